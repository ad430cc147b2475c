"""A change log as diff workers write it, by the commit itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import redis

from monitor.adapters.valkey.inbox import Retention, ValkeyInbox
from monitor.adapters.valkey.observations import encode_observation, encode_source
from monitor.core.deliver.wire import encoded
from monitor.model import Change, Observation, PostRef, Significance, SnapshotRef, SourceRef, Unchanged, Version
from monitor.ports import Claim, Commit, Written
from tests.kit.snapshots import KEYS, NOON, make_source, silent_bell

RETENTION = Retention(keep_s=3600, max_changes=1000)


def edit(
    number: int, *, source: str = "desk", score: float | None = 0.5, tags: Sequence[str] = (), **parts: Any
) -> Change:
    """Edit ``number`` of the post ``pst_<source>``; ``headline``, ``old`` and ``new`` are its words."""
    headline, old, new = parts.pop("headline", "Toll"), parts.pop("old", "fourteen"), parts.pop("new", f"word{number}")
    before = Version(headline=headline, body=(f"At least {old} hurt.",), author=None, published=None, modified=None)
    base = Change(
        id=f"chg_{source}_{number}",
        type="post.edited",
        at=NOON,
        source=SourceRef(name=source, url=f"https://news.example/{source}", tags=tuple(tags)),
        subject=f"pst_{source}",
        snapshot=SnapshotRef(name=f"{number:03}_20261123T120000Z.html", fetched_at=NOON),
        post=PostRef(id=f"pst_{source}", key=None, url=None, headline=headline, sequence=number, version=number),
        fields=("body",),
        significance=None if score is None else Significance(name="number", score=score),
        before=before,
        after=replace(before, body=(f"At least {new} hurt.",)),
        redline={"body": (("=", "At least "), ("-", old), ("+", new), ("=", " hurt."))},
    )
    return replace(base, **parts)


def commit(
    client: redis.Redis,
    *changes: Change,
    observations: Sequence[Observation] = (),
    evidence: Sequence[str] = (),
    retention: Retention = RETENTION,
) -> None:
    """Commit changes of one source in one step, as what these observations told."""
    source = changes[0].source.name
    inbox = ValkeyInbox(client, KEYS, silent_bell, retention)
    seen = observations or [Unchanged(fetched_at=NOON)]
    client.hset(KEYS.key("src", source), "def", encode_source(make_source(source)))
    client.rpush(KEYS.key("inbox", source), *map(encode_observation, seen))
    client.zadd(KEYS.key("ready"), {source: 0})
    [claim] = inbox.claim(1, 30)
    assert inbox.commit(claim, _commit(claim, changes, evidence))


def _commit(claim: Claim, changes: Sequence[Change], evidence: Sequence[str]) -> Commit:
    return Commit(
        taken=len(claim.observations),
        state=b"s",
        texts={},
        changes=[_written(change) for change in changes],
        eager=False,
        heat=0.0,
        heat_at=NOON,
        evidence=evidence,
    )


def _written(change: Change) -> Written:
    body, whole = encoded(change, "https://stetwatch.example")
    return Written(change=change, body=body, whole=whole, destinations=())
