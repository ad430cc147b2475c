"""The whole of `run` under fire: workers and notifiers killed in the middle of their work."""

from __future__ import annotations

import base64
import contextlib
import os
import random
import signal
from collections import defaultdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
import redis
from aiohttp import web

from monitor.adapters.valkey.connect import endpoint, open_sync
from monitor.demo.newsroom import Newsroom
from monitor.demo.receiver import Receiver, served
from monitor.demo.score import Arrival, score
from monitor.model import Secret
from tests.kit.cli import running
from tests.kit.waiting import wait_for

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes ...").decode()
CONFIG = """
data_dir = "{data_dir}"
[network]
allow = ["127.0.0.0/8"]
[work]
processes = 2
[web]
listen = "127.0.0.1:0"
[[source]]
name = "storm"
url = "{page}"
poll = {{ min = "0.2s", max = "0.2s" }}
[[destination]]
name = "archive"
type = "webhook"
url = "{hook}"
allow_http = true
secret = "{secret}"
"""
DEEDS = 9
VICTIMS = {1: "work", 3: "notify", 5: "work", 6: "notify"}


def pids(store: redis.Redis, role: str) -> list[int]:
    """The processes that beat in a role and still live."""
    found = [int(key.rpartition(b"-")[2]) for key in store.scan_iter(match=f"stet:m:p:{role}-*", count=1000)]
    return [pid for pid in found if Path(f"/proc/{pid}").exists()]


def kill_one(store: redis.Redis, role: str) -> bool:
    """SIGKILL one process of a role; False when there is none yet."""
    for pid in pids(store, role):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            return True
    return False


def served_since(newsroom: Newsroom, served_before: int) -> bool:
    """Whether the page has been polled twice more."""
    return newsroom.served >= served_before + 2


@pytest.mark.timeout(120)
async def test_nothing_is_lost_when_workers_and_notifiers_are_killed(tmp_path: Path) -> None:
    """Every deed arrives, each post's in order, and a duplicate carries the same id and the same bytes."""
    newsroom = Newsroom(rng=random.Random(4), now=lambda: datetime.now(UTC))
    newsroom.open(8)
    receiver, log = Receiver([Secret(SECRET)]), tmp_path / "log"
    receiver.delay_s = 0.15  # the notifier is nearly always in the middle of a delivery
    app = web.Application()
    app.router.add_get("/live", newsroom.page)

    async with served(app, "127.0.0.1", 0) as port, receiver.serving():
        config = tmp_path / "stetwatch.toml"
        page = f"http://127.0.0.1:{port}/live"
        config.write_text(CONFIG.format(data_dir=tmp_path / "state", page=page, hook=receiver.url, secret=SECRET))
        with running("run", "--config", config, log=log):
            await wait_for(lambda: newsroom.served >= 2, within_s=20, saying="polling")
            store = open_sync(endpoint(None, tmp_path / "state"))
            for number in range(DEEDS):
                newsroom.act()
                if number in VICTIMS:
                    victim = partial(kill_one, store, VICTIMS[number])
                    await wait_for(victim, within_s=20, saying=f"a {VICTIMS[number]} to kill")
                await wait_for(partial(served_since, newsroom, newsroom.served), within_s=20, saying="two more polls")
            await wait_for(lambda: len(receiver.ids) >= DEEDS, within_s=60, saying=log.read_text()[-3000:])
            store.close()

    first: dict[str, bytes] = {}
    for one in receiver.taken:
        assert first.setdefault(one.id, one.body) == one.body
    once = {one.id: one for one in reversed(receiver.taken)}.values()
    arrivals = [Arrival(at=one.at, type=str(one.change["type"]), key=key_of(one.change)) for one in once]
    result = score(newsroom.deeds, arrivals)
    assert (result.missed, result.false) == ((), ())
    for sequences in sequences_by_post([dict(one.change) for one in sorted(once, key=lambda one: one.at)]).values():
        assert sequences == sorted(sequences)


def key_of(change: dict[str, object]) -> str:
    """The page's own id of the post a change is about."""
    return str(change["data"]["post"]["key"])  # type: ignore[index]  # plain JSON


def sequences_by_post(changes: list[dict[str, object]]) -> dict[str, list[int]]:
    """Each post's sequence numbers in the order they arrived."""
    found: dict[str, list[int]] = defaultdict(list)
    for change in changes:
        found[key_of(change)].append(change["data"]["post"]["sequence"])  # type: ignore[index]  # as above
    return dict(found)
