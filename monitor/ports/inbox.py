"""The inbox, as the diff worker sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from monitor.model import Change, Observation, Snapshot, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A ready source under lease: its hot state and the observations to take, oldest first. ``epoch`` fences.

    ``generation`` counts the pages the source's name stood for before: each begins with no state.
    """

    source: Source
    epoch: int
    state: bytes | None
    observations: tuple[Observation, ...]
    heat: float
    heat_at: datetime | None
    generation: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One change ready to be kept: its frozen wire form, and the destinations it goes to.

    ``holds`` says of some of these until when (aware UTC) quiet hours hold it. ``whole`` is the change uncut where its
    wire form was cut for size, else empty.
    """

    change: Change
    body: bytes
    destinations: tuple[str, ...]
    holds: Mapping[str, datetime] = field(default_factory=dict)
    whole: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """Everything a claim changes, for one atomic write.

    ``taken`` observations leave the inbox. ``texts`` maps a track id to its packed text, None to forget it.
    ``eager`` asks pollers to report unchanged pages too; ``refetch`` to ask for the whole page, because the last copy
    could not be read. ``evidence`` and ``spent`` are the sha256 of bodies: those that told a change, and those nobody
    needs any more. ``trouble`` is why the source is failing, "" when it is well, None when nothing new is known.
    ``closed``: the page says that its coverage has ended; ``successor`` is the page it goes on at, None when no end of
    this claim names one.
    """

    taken: int
    state: bytes
    texts: Mapping[str, bytes | None]
    changes: Sequence[Written]
    eager: bool
    heat: float
    heat_at: datetime
    refetch: bool = False
    evidence: Sequence[str] = ()
    spent: Sequence[str] = ()
    trouble: str | None = None
    closed: bool = False
    successor: str | None = None
    counters: Mapping[str, int] = field(default_factory=dict)
    timings_ms: Mapping[str, Sequence[float]] = field(default_factory=dict)


class Inbox(Protocol):
    """Observations on their way into detection."""

    def silence(self) -> None:
        """Reset the bell: from here on a new observation rings again."""
        ...

    def claim(self, limit: int, lease_s: float) -> Sequence[Claim]: ...

    def body(self, snapshot: Snapshot) -> bytes | None:
        """The bytes of a snapshot as received, None when they have expired."""
        ...

    def texts(self, source: str, tracks: Sequence[str]) -> Mapping[str, bytes]: ...

    def commit(self, claim: Claim, commit: Commit) -> bool:
        """One atomic write; False when the epoch has moved on (then nothing was written)."""
        ...

    def set_aside(self, claim: Claim, reason: str) -> bool:
        """Move the head observation, with its bytes, out of the way of the others."""
        ...

    def release(self, claim: Claim, after_s: float) -> bool:
        """Give a source back as it is, ready again after a while."""
        ...

    def ring(self) -> bool: ...
