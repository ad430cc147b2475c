"""A small installation that really runs: pages that change by a script, receivers, one of which has gone for good.

What it does is recounted from its records by ``recount``, never from its metrics.
"""

from __future__ import annotations

import contextlib
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import redis

from monitor.adapters.valkey.keys import Keys
from monitor.demo.newsroom import Newsroom
from monitor.demo.receiver import Fault, Receiver
from monitor.metrics import change_counter
from tests.kit.attempts import SECRET
from tests.kit.site import Reply, Site, running_site

KEYS = Keys()
DESTINATIONS = ("archive", "grave")
MUTED = "shaky"
"""The source of which ``archive`` does not want to hear."""

_CONFIG = """
data_dir = "{folder}/state"
[redis]
listen = "127.0.0.1:{port}"
[network]
allow = ["127.0.0.0/8"]
[work]
processes = 1
"""
_SOURCE = """
[[source]]
name = "{name}"
url = "{url}/{name}"
poll = {{ min = "0.2s", max = "0.2s" }}
"""
_DESTINATION = """
[[destination]]
name = "{name}"
type = "webhook"
url = "{url}"
allow_http = true
secret = "{secret}"
retry = ["0.5s", "1s", "2s"]
"""
_ROUTES = """
[[route]]
match = { types = ["post.added", "post.edited", "post.retimed", "post.removed", "source.failing", "source.recovered"] }
to = ["archive"]
[[route]]
match = { types = ["post.added", "post.edited"] }
to = ["grave"]
[[route]]
match = { types = ["delivery.dead", "destination.disabled"] }
to = ["archive"]
"""


@dataclass
class Installation:
    """``archive`` fails once and then takes everything; ``grave`` answers 410 and is disabled by it."""

    config: Path
    state: Path
    site: Site
    archive: Receiver
    grave: Receiver
    scripts: Mapping[str, list[Reply]]
    dropped: set[tuple[str, str]] = field(default_factory=set)

    def answers(self, source: str) -> list[Reply]:
        """What the site has answered for a source, in order."""
        asked = sum(one.path == f"/{source}" for one in self.site.requests)
        script = self.scripts[source]
        return [script[min(at, len(script) - 1)] for at in range(asked)]

    @property
    def scripts_over(self) -> bool:
        """Whether every page has been seen in its last form, twice."""
        return all(len(self.answers(name)) > len(script) + 1 for name, script in self.scripts.items())


def storm() -> list[Reply]:
    """Copies of a page on which a post is published, and posts are corrected, re-timed and reworded."""
    newsroom = Newsroom(rng=random.Random(11), now=lambda: datetime.now(UTC))
    newsroom.open(6)
    replies = [_page(newsroom)]
    for deed in (newsroom.publish, newsroom.correct, newsroom.retime, newsroom.reword):
        deed()
        replies.append(_page(newsroom))
    return replies


def taken_out() -> list[Reply]:
    """A page from which a post disappears."""
    newsroom = Newsroom(rng=random.Random(14), now=lambda: datetime.now(UTC))
    newsroom.open(8)
    first = _page(newsroom)
    del newsroom.entries[4]
    return [first, *(_page(newsroom) for _ in range(3))]


def shaky() -> list[Reply]:
    """A page that fails three times and comes back with another post."""
    newsroom = Newsroom(rng=random.Random(12), now=lambda: datetime.now(UTC))
    newsroom.open(4)
    first = _page(newsroom)
    newsroom.publish()
    return [first, *[Reply(status=500)] * 3, _page(newsroom)]


def still() -> list[Reply]:
    """A page that never changes, by a server that says so."""
    newsroom = Newsroom(rng=random.Random(13), now=lambda: datetime.now(UTC))
    newsroom.open(3)
    first = _page(newsroom)
    return [Reply(headers={**first.headers, "ETag": '"1"'}, body=first.body), Reply(status=304)]


def _page(newsroom: Newsroom) -> Reply:
    return Reply(headers={"Content-Type": "text/html; charset=utf-8"}, body=newsroom.render().encode())


@contextlib.asynccontextmanager
async def built(folder: Path, port: int) -> AsyncIterator[Installation]:
    """Its configuration, pages and receivers, before anything runs; the store will listen at that port too."""
    scripts = {"storm": storm(), MUTED: shaky(), "still": still(), "gone": taken_out()}
    archive, grave = Receiver([SECRET]), Receiver([SECRET], always=Fault(status=410))
    archive.faults.append(Fault(status=500))
    async with running_site() as site, archive.serving(), grave.serving():
        for name, replies in scripts.items():
            site.on(f"/{name}", *replies)
        text = _CONFIG.format(folder=folder, port=port)
        text += "".join(_SOURCE.format(name=name, url=site.url) for name in scripts)
        for name, receiver in (("archive", archive), ("grave", grave)):
            text += _DESTINATION.format(name=name, url=receiver.url, secret=SECRET.reveal())
        config = folder / "stetwatch.toml"
        config.write_text(text + _ROUTES, encoding="utf-8")
        yield Installation(config, folder / "state", site, archive, grave, scripts)


# --- the recount --------------------------------------------------------------------------------------------------


def recount(store: redis.Redis, made: Installation) -> dict[str, dict[str, int]]:
    """Every counter, from the change log, the logs of attempts and deliveries, and the site's own memory.

    Totals under "", each source's under ``src:<name>``, each destination's under ``dst:<name>``. What is not in it
    must be 0. Left out: what is timed, and observations of a state that asked for witnesses.
    """
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def add(owner: str, counters: Mapping[str, int]) -> None:
        counted[""].update(counters)
        counted[owner].update(counters)

    for name in made.scripts:
        add(f"src:{name}", _polls(made.answers(name)))
    for change in _rows(store, "changes"):
        of_destination = change["type"].startswith(("delivery.", "destination."))
        owner = f"dst:{change['subject']}" if of_destination else f"src:{change['source']}"
        add(owner, {change_counter(change["type"]): 1})
    for name in DESTINATIONS:
        add(f"dst:{name}", _deliveries(store, name, made.dropped))
    return {owner: {name: amount for name, amount in each.items() if amount} for owner, each in counted.items()}


def _polls(answers: list[Reply]) -> dict[str, int]:
    came = [one for one in answers if one.status == 200]
    same = sum(one.body == before.body for before, one in pairwise(came))
    return {
        "polls_total": len(answers),
        "polls_not_modified_total": sum(one.status == 304 for one in answers),
        "polls_failed_total": sum(one.status >= 400 for one in answers),
        "polls_same_body_total": same,
        "poll_bytes_total": sum(len(one.body) for one in came),
        "snapshots_total": len(came) - same,
    }


def _deliveries(store: redis.Redis, name: str, dropped: set[tuple[str, str]]) -> dict[str, int]:
    settled, attempts = _rows(store, "delivered", name), _rows(store, "attempts", name)
    arrived = [one["id"] for one in settled if one["status"] != "muted"]
    muted = [one["id"] for one in settled if one["status"] == "muted"]
    kept: Any = store.hkeys(KEYS.key("delivery", name))
    taken_out = [id_ for destination, id_ in dropped if destination == name]
    again = len(arrived) - len(set(arrived))
    outcomes = Counter(one["outcome"] for one in attempts)
    state: Any = store.hget(KEYS.key("dst", name), "state")
    return {
        "deliveries_queued_total": len({*arrived, *muted, *taken_out, *(one.decode() for one in kept)}),
        "deliveries_delivered_total": len(arrived),
        "deliveries_muted_total": len(muted),
        "deliveries_dropped_total": len(taken_out),
        "deliveries_redelivered_total": again,
        "deliveries_retried_total": outcomes["retry"],
        "deliveries_dead_total": outcomes["dead"],
        "destinations_disabled_total": int(state == b"disabled"),
    }


def _rows(store: redis.Redis, *parts: str) -> list[dict[str, str]]:
    rows: Any = store.xrange(KEYS.key(*parts))
    return [{field.decode(): value.decode() for field, value in fields.items()} for _, fields in rows]
