"""The inbox: observations on their way into detection (``ports.Inbox``), as a diff worker sees it.

A claim is a lease by score and an epoch that fences it. What a claim changes is one script: state, changes, history,
deliveries, metrics and the observations taken go together or not at all. So a drain job may be lost, killed, run
twice or raced: no change is lost, none told twice, none out of order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import redis
import structlog

from monitor.adapters.valkey.counting import increments
from monitor.adapters.valkey.errors import translated
from monitor.adapters.valkey.keys import Keys
from monitor.adapters.valkey.observations import (
    decode_observation,
    decode_source,
    encode_copy,
    pack_body,
    unpack_body,
    when,
)
from monitor.adapters.valkey.scripts import lua
from monitor.adapters.valkey.telling import told
from monitor.model import Observation, Snapshot
from monitor.ports import Claim, Commit

Bell = Callable[[], None]
"""Sends one drain job."""

AT_ONCE = 16
"""Observations a claim takes at most."""

LEFT_ALONE_S = 60.0
"""How long a source whose definition this version cannot read is left to workers that can."""

DEATHS = 3
"""Claims that may die before the head observation is set aside."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long changes, histories and the change log are kept, and how many entries the log holds (about)."""

    keep_s: int
    max_changes: int


class ValkeyInbox:
    """The inboxes of all sources on one server."""

    def __init__(self, client: redis.Redis, keys: Keys, bell: Bell, retention: Retention) -> None:
        self._client = client
        self._keys = keys
        self._bell = bell
        self._retention = retention
        self._claim = client.register_script(lua("inbox_claim"))
        self._commit = client.register_script(lua("inbox_commit", "marking", "telling"))
        self._aside = client.register_script(lua("inbox_aside"))
        self._release = client.register_script(lua("inbox_release"))
        self._ring = client.register_script(lua("ring"))

    def silence(self) -> None:
        with translated():
            self._client.delete(self._keys.key("bell"))

    def claim(self, limit: int, lease_s: float) -> Sequence[Claim]:
        """Ready sources, longest ready first. One whose last claim died comes alone, with one observation.

        An observation that cannot be read is set aside when it is the oldest, else left for the next claim.
        """
        with translated():
            rows, asides = self._claim(args=[self._keys.prefix, limit, round(lease_s * 1000), AT_ONCE, DEATHS])
        for name, reason in asides:
            _log.error("observation set aside", source=name.decode(), reason=reason.decode())
        claims = [claim for row in rows if (claim := self._readable_claim(*row)) is not None]
        for claim in claims:
            if not claim.observations:
                self.set_aside(claim, "it cannot be read")
        return [claim for claim in claims if claim.observations]

    def _readable_claim(
        self, name: bytes, epoch: int, fields: Sequence[Any], observations: Sequence[bytes]
    ) -> Claim | None:
        """The claim, or None: a source defined by another version is no reason to stop for the others."""
        try:
            return _claim(epoch, fields, observations)
        except ValueError as error:
            source = name.decode()
            _log.error("source left alone", source=source, reason=f"its definition cannot be read: {error}")
            self._give_back(source, epoch, LEFT_ALONE_S)
            return None

    def body(self, snapshot: Snapshot) -> bytes | None:
        with translated():
            packed: Any = self._client.get(self._keys.key("snap", snapshot.sha256))
        return None if packed is None else unpack_body(packed)

    def texts(self, source: str, tracks: Sequence[str]) -> Mapping[str, bytes]:
        """The packed texts of those tracks that have one."""
        if not tracks:
            return {}
        with translated():
            values: Any = self._client.hmget(self._keys.key("text", source), list(tracks))
        return {track: value for track, value in zip(tracks, values, strict=True) if value is not None}

    def commit(self, claim: Claim, commit: Commit) -> bool:
        plan, blobs = self._plan(claim, commit)
        packed = msgspec.json.encode(plan)
        args: list[str | int | bytes] = [self._keys.prefix, claim.source.name, claim.epoch, packed, commit.state]
        with translated():
            return bool(self._commit(args=[*args, *blobs]))

    def set_aside(self, claim: Claim, reason: str) -> bool:
        with translated():
            done = bool(self._aside(args=[self._keys.prefix, claim.source.name, claim.epoch, reason]))
        if done:
            _log.error("observation set aside", source=claim.source.name, reason=reason)
        return done

    def release(self, claim: Claim, after_s: float) -> bool:
        """The source is ready again after ``after_s``, its inbox untouched and its worker under no suspicion."""
        return self._give_back(claim.source.name, claim.epoch, after_s)

    def _give_back(self, source: str, epoch: int, after_s: float) -> bool:
        with translated():
            return bool(self._release(args=[self._keys.prefix, source, epoch, round(after_s * 1000)]))

    def ring(self) -> bool:
        """True when work was ready and the bell silent: then a drain job has been sent."""
        with translated():
            wanted = bool(self._ring(args=[self._keys.prefix]))
            if wanted:
                self._bell()
        return wanted

    def _plan(self, claim: Claim, commit: Commit) -> tuple[Mapping[str, object], Sequence[bytes]]:
        """What the script reads, and the binary arguments behind its state that the plan's numbers point to."""
        first = 6
        blobs: list[bytes] = []

        def place(blob: bytes) -> int:
            blobs.append(blob)
            return first + len(blobs) - 1

        changes = [
            told(written, place(written.body))
            | {"post": written.change.post is not None}
            | ({"whole": place(pack_body(written.whole, ""))} if written.whole else {})
            for written in commit.changes
        ]
        plan: dict[str, object] = {
            "taken": commit.taken,
            "heat": repr(commit.heat),
            "heat_at": commit.heat_at.isoformat(),
            "eager": "1" if commit.eager else "0",
            "refetch": commit.refetch,
            "closed": commit.closed,
            "soonest_ms": round(claim.source.poll_min_s * 1000),
            "evidence": _copies(claim, commit),
            "spent": tuple(commit.spent),
            "keep_s": self._retention.keep_s,
            "max_changes": self._retention.max_changes,
            "changes": changes,
            "texts": [(track, place(text)) for track, text in commit.texts.items() if text is not None],
            "forgotten": [track for track, text in commit.texts.items() if text is None],
            "counts": increments(self._keys, commit.counters, commit.timings_ms, per=(f"src:{claim.source.name}",)),
        }
        if commit.trouble is not None:
            plan["trouble"] = commit.trouble
        if commit.closed and commit.successor is not None:
            plan["successor"] = commit.successor
        return plan, blobs


def _claim(epoch: int, fields: Sequence[Any], observations: Sequence[bytes]) -> Claim:
    definition, state, heat, heat_at, generation = fields
    return Claim(
        source=decode_source(definition),
        epoch=epoch,
        state=state,
        observations=tuple(_readable(observations)),
        heat=float(heat or 0),
        heat_at=when(heat_at),
        generation=int(generation or 0),
    )


def _copies(claim: Claim, commit: Commit) -> Sequence[Mapping[str, str]]:
    """The copies that told a change, as the script takes them."""
    told = frozenset(commit.evidence)
    return [
        {"sha256": one.sha256, "name": one.name, "copy": encode_copy(one)}
        for one in claim.observations[: commit.taken]
        if isinstance(one, Snapshot) and one.sha256 in told
    ]


def _readable(observations: Sequence[bytes]) -> Iterator[Observation]:
    """The observations before the first that cannot be read: order is kept, nothing is skipped."""
    for text in observations:
        try:
            yield decode_observation(text)
        except ValueError:
            return
