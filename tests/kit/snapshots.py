"""Sources, snapshots, visits and changes for tests that move them through Redis."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import redis.asyncio

from monitor.adapters.valkey.keys import Keys
from monitor.adapters.valkey.schedule import ValkeySchedule
from monitor.model import (
    Change,
    FailedPoll,
    PageRef,
    PostRef,
    Significance,
    Snapshot,
    SnapshotRef,
    Source,
    SourceRef,
    Unchanged,
    Version,
)
from monitor.ports import Commit, PollResult, Validators, Visit, Written

KEYS = Keys()
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def silent_bell() -> None:
    """A bell for tests that look at the bell's key instead."""


def make_source(name: str = "desk", url: str | None = None) -> Source:
    """A source of that name."""
    return Source(name=name, url=url or f"https://news.example/{name}")


def make_snapshot(number: int, body: bytes, *, source: str = "desk", encoding: str = "") -> Snapshot:
    """Snapshot ``number``, fetched that many seconds after noon."""
    return Snapshot(
        name=f"{number:03}_20261123T120000Z.html",
        url=f"https://news.example/{source}",
        sha256=hashlib.sha256(body).hexdigest(),
        fetched_at=NOON + timedelta(seconds=number),
        content_type="text/html",
        encoding=encoding,
    )


def make_failure(number: int, reason: str = "status 500") -> FailedPoll:
    """A failed poll, that many seconds after noon."""
    return FailedPoll(fetched_at=NOON + timedelta(seconds=number), reason=reason)


def make_unchanged(number: int) -> Unchanged:
    """An unchanged poll, that many seconds after noon."""
    return Unchanged(fetched_at=NOON + timedelta(seconds=number))


def found(number: int, body: bytes, *, source: str = "desk", next_in_s: float = 0.0) -> PollResult:
    """A visit's result that brings snapshot ``number``; the source is due again at once unless told otherwise."""
    return PollResult(
        next_in_s=next_in_s,
        observation=make_snapshot(number, body, source=source),
        body=body,
        validators=Validators(etag=f'"{number}"', last_modified=None),
        counters={"polls_total": 1, "snapshots_total": 1},
        timings_ms={"fetch_ms": 7.5},
    )


def make_change(number: int, *, source: str = "desk", subject: str = "pst_1") -> Change:
    """A whole edit (or a page's new title); its id tells source, subject and ``number``."""
    shared: dict[str, Any] = {
        "id": f"chg_{source}_{subject}_{number}",
        "at": NOON,
        "source": SourceRef(name=source, url=f"https://news.example/{source}"),
        "subject": subject,
        "snapshot": SnapshotRef(name=f"{number:03}_20261123T120000Z.html", fetched_at=NOON),
    }
    if subject == "page":
        return Change(type="page.edited", fields=("title",), page=PageRef(title="b", previous_title="a"), **shared)
    return Change(
        type="post.edited",
        post=PostRef(id=subject, key=None, url=None, headline="b", sequence=number, version=number),
        fields=("headline",),
        significance=Significance(name="headline", score=0.5),
        before=Version(headline="a", body=(), author=None, published=None, modified=None, sha256="00"),
        after=Version(headline="b", body=(), author=None, published=None, modified=None, sha256="01"),
        redline={"headline": (("-", "a"), ("+", "b"))},
        **shared,
    )


def make_commit(taken: int = 1, *changes: Change, to: tuple[str, ...] = ("hook",), state: bytes = b"s") -> Commit:
    """A commit of changes for the destinations ``to``."""
    return Commit(
        taken=taken,
        state=state,
        texts={},
        changes=[Written(change=change, body=b"{}", destinations=to) for change in changes],
        eager=False,
        heat=1.5,
        heat_at=NOON,
    )


async def offer(client: redis.asyncio.Redis, number: int, body: bytes, source: str = "desk") -> None:
    """Put a snapshot into a source's inbox the way a poller does, whatever the source's cadence."""
    schedule = ValkeySchedule(client, KEYS, silent_bell, keep_s=600)
    if not await client.exists(KEYS.key("src", source)):
        due: Any = await client.zrange(KEYS.key("due"), 0, -1)
        known = [name.decode() for name in due]
        await schedule.sync([make_source(name) for name in (*known, source)])
    token = await client.hincrby(KEYS.key("src", source), "poll_token", 1)
    visit = Visit(
        source=make_source(source),
        token=token,
        validators=Validators(),
        body_sha256=None,
        eager=False,
        failures=0,
        polls=0,
        heat=0.0,
        heat_at=None,
    )
    assert await schedule.finish(visit, found(number, body, source=source))
