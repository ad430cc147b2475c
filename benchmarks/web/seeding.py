"""A store with a million changes: the scripts that commits use, fed with filled stories."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec
import redis
import redis.asyncio

from benchmarks.web.stories import CASE, LENGTH, case_of, page_news, stories
from monitor.adapters.valkey.errors import translated
from monitor.adapters.valkey.keys import Keys
from monitor.adapters.valkey.schedule import ValkeySchedule
from monitor.adapters.valkey.scripts import lua
from monitor.adapters.valkey.server_setup import find_binary
from monitor.metrics import change_counter
from monitor.model import Source

Progress = Callable[[str], object]
KEYS: Final = Keys()
KEEP_S: Final = 30 * 86_400

_STORIES: Final = 300
_AT_ONCE: Final = 250
_PAGE_NEWS_EVERY: Final = 60
_SKEW: Final = 2.0
"""Of ten thousand sources the busiest tenth tells a third of the changes."""

_SEED: Final = """
for _, change in ipairs(cjson.decode(ARGV[2])) do
  tell(change, change.source, ARGV[change.body], tonumber(ARGV[3]), tonumber(ARGV[4]))
  if change.post then
    redis.call('RPUSH', key('history', change.subject), change.id)
    redis.call('EXPIRE', key('history', change.subject), ARGV[3])
  end
  redis.call('HINCRBY', key('m', 'src', change.source), change.counter, 1)
end
"""
_FIRST_BODY: Final = 5


@contextlib.contextmanager
def server() -> Iterator[str]:
    """A Valkey that writes nothing to disk; its ``unix://`` URL."""
    with tempfile.TemporaryDirectory(prefix="stet") as folder:
        socket = Path(folder) / "v.sock"
        command = [
            find_binary(),
            "--port",
            "0",
            "--unixsocket",
            str(socket),
            "--dir",
            folder,
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            try:
                _await_answer(f"unix://{socket}")
                yield f"unix://{socket}"
            finally:
                process.kill()


def seed(url: str, changes: int, sources: int, progress: Progress) -> None:
    """Register the sources, then tell the changes, oldest first."""
    progress("registering sources")
    asyncio.run(_register(url, sources))
    client = redis.Redis.from_url(url)
    tell = client.register_script(lua("telling") + _SEED)
    making = _changes(changes, sources)
    done = 0
    while batch := [told for _, told in zip(range(_AT_ONCE), making, strict=False)]:
        metas = [{**meta, "body": _FIRST_BODY + place} for place, (meta, _) in enumerate(batch)]
        with translated():
            tell(args=[KEYS.prefix, msgspec.json.encode(metas), KEEP_S, changes, *(body for _, body in batch)])
        done += len(batch)
        progress(f"{done:,} of {changes:,} changes stored")
    client.close()


def source_name(number: int) -> str:
    """The sources' names; the lower the number, the busier."""
    return f"source-{number:05}"


def tags_of(number: int) -> tuple[str, str]:
    """A tag a fortieth of all sources have, and one of twenty sources."""
    return f"section-{number % 40:02}", f"region-{number // 20:03}"


def post_id(source: int, post: int) -> str:
    """The posts' ids; each has ``LENGTH`` changes."""
    return f"pst_{source:05}x{post:06}"


def posts_per_source(changes: int, sources: int) -> int:
    """How many whole posts even the quietest source is sure to have, about."""
    return max(1, changes // sources // LENGTH // 4)


def _changes(count: int, sources: int) -> Iterator[tuple[dict[str, Any], bytes]]:
    """What the script reads of each change, and its wire form."""
    rng = Random(2)  # as in stories
    lives, news, told = stories(_STORIES), page_news(), [0] * sources
    for number in range(count):
        source = int(sources * rng.random() ** _SKEW)
        of_page = number % _PAGE_NEWS_EVERY == 0
        post, place = divmod(told[source], LENGTH)
        case = 7_919 * source + 104_729 * post
        one = news[number // _PAGE_NEWS_EVERY % len(news)] if of_page else lives[case % _STORIES][place]
        told[source] += not of_page
        name, tags, change_id = source_name(source), tags_of(source), f"chg_{number:016}"
        subject = one.type.split(".")[0] if of_page else post_id(source, post)
        meta = {
            "id": change_id,
            "type": one.type,
            "subject": subject,
            "source": name,
            "score": one.score,
            "find": one.find.replace(CASE, case_of(case)),
            "tags": tags,
            "counter": change_counter(one.type),
            "destinations": (),
            "post": not of_page,
        }
        yield meta, one.filled(change_id, subject, name, tags, case, place + 1)


async def _register(url: str, sources: int) -> None:
    client = redis.asyncio.Redis.from_url(url)
    schedule = ValkeySchedule(client, KEYS, lambda: None, keep_s=KEEP_S)
    await schedule.sync(
        [
            Source(
                name=source_name(number), url=f"https://news.example/live/{source_name(number)}", tags=tags_of(number)
            )
            for number in range(sources)
        ]
    )
    await client.aclose()


def _await_answer(url: str) -> None:
    client = redis.Redis.from_url(url)
    for _ in range(2_000):
        with contextlib.suppress(redis.ConnectionError, FileNotFoundError):
            client.ping()
            break
        time.sleep(0.005)
    client.close()
