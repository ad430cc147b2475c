"""What the roles ask of the world: the Protocols that have a fake or a second implementation, and their values.

The poller and the notifier are asyncio programs, so their ports are async; the detector runs inside an RQ worker,
so its port is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from monitor.model import Access, Change, Delivery, Observation, Snapshot, Source

# --- fetching ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What makes the next GET conditional (RFC 9110 §13)."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A 200: the body as it came over the wire, still in its content coding."""

    snapshot: Snapshot
    body: bytes
    validators: Validators
    expires_in_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """A 304: the copy we hold is still the page."""

    fetched_at: datetime
    generated_at: datetime | None
    expires_in_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """No page came; ``reason`` is one line an operator can act on. ``retry_after_s`` is the server's own wish."""

    fetched_at: datetime
    reason: str
    retry_after_s: float | None = None


FetchOutcome = Fetched | NotModified | Failed


class Fetcher(Protocol):
    """Visits a source once."""

    async def fetch(self, source: Source, access: Access, validators: Validators) -> FetchOutcome: ...


# --- the schedule, as the poller sees it ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One due source, claimed under a lease. ``token`` fences the claim.

    ``eager`` is true when the state awaits a newer witness, so that an unchanged page must be reported too.
    ``heat`` is the decayed count of recent changes at ``heat_at`` (``core.cadence``); ``failures`` counts failed
    polls in a row, ``unreadable`` copies in a row that detection could make nothing of; ``polls`` numbers the
    snapshots. ``host`` is where the page came from last, redirects followed.
    """

    source: Source
    token: int
    validators: Validators
    body_sha256: str | None
    eager: bool
    failures: int
    polls: int
    heat: float
    heat_at: datetime | None
    unreadable: int = 0
    host: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostLoad:
    """What a poller asks of one host: ``visits`` under way, and how long one takes lately."""

    visits: int
    visit_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """What one visit leaves behind; written, put in the inbox and rung for in one step.

    ``observation`` None: nothing to tell the worker (an unchanged page nobody waits for). ``body`` is stored when
    the observation is a Snapshot. ``counters`` are metric names (``monitor.metrics``) and amounts, ``timings_ms``
    histogram names and what was measured.
    """

    next_in_s: float
    observation: Observation | None = None
    body: bytes | None = None
    validators: Validators | None = None
    failures: int = 0
    counters: Mapping[str, int] = field(default_factory=dict)
    timings_ms: Mapping[str, float] = field(default_factory=dict)


class Schedule(Protocol):
    """Which source is due, and what a visit leaves behind."""

    async def sync(self, sources: Sequence[Source]) -> None:
        """Make the schedule hold exactly these configured sources; a source that stays keeps its state."""
        ...

    async def claim(self, limit: int, lease_s: float, loads: Mapping[str, HostLoad]) -> Sequence[Visit]:
        """Due sources, each leased to us. Put off instead: one with two observations waiting, and one whose host has
        as many visits under way (``loads``, by host) as it gets at once.
        """
        ...

    async def finish(self, visit: Visit, result: PollResult) -> bool:
        """Settle a visit; False when the lease had passed to another (then nothing was written)."""
        ...

    async def next_due_in(self) -> float | None:
        """Seconds until the next source is due (0 when one is), None when there is none."""
        ...

    async def ring(self) -> None:
        """Ring for a worker if work is ready and the bell is silent: heals a lost bell, a dead worker."""
        ...


# --- the inbox, as the worker sees it ---------------------------------------------------------------------------


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
    """One change ready to be kept: its frozen wire form, and the destinations it goes to."""

    change: Change
    body: bytes
    destinations: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """Everything a claim changes, for one atomic write.

    ``taken`` observations leave the inbox. ``texts`` maps a track id to its packed text, None to forget it.
    ``eager`` asks pollers to report unchanged pages too; ``refetch`` to ask for the whole page, because the last copy
    could not be read. ``evidence`` and ``spent`` are the sha256 of bodies: those that told a change, and those nobody
    needs any more. ``trouble`` is why the source is failing, "" when it is well, None when nothing new is known.
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


# --- lanes, as the notifier sees them ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """The destination took it (2xx). ``memory`` is kept with the lane for the next delivery of the same subject."""

    status: int = 200
    memory: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """It did not arrive, or we cannot know. ``after_s`` is the destination's own wish (Retry-After)."""

    reason: str
    after_s: float | None = None
    counts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GaveUp:
    """Trying again cannot help: the delivery is dead. ``disable`` closes the destination too (410)."""

    reason: str
    disable: bool = False


SendOutcome = Delivered | Retry | GaveUp


class Sender(Protocol):
    """Sends one delivery to one destination; never raises for what the far end does."""

    async def send(self, delivery: Delivery, change: Change) -> SendOutcome: ...


class Lanes(Protocol):
    """Deliveries in order: one lane a destination and subject, only its head in flight."""

    async def claim(self, destination: str, limit: int, lease_s: float) -> Sequence[Delivery]:
        """Heads of due lanes, at most one a lane, each leased to us."""
        ...

    async def delivered(
        self, delivery: Delivery, outcome: Delivered, *, since_commit_s: float, since_fetch_s: float
    ) -> bool:
        """Take the head off its lane and log it; False when the claim had passed to another (likewise below)."""
        ...

    async def retry(self, delivery: Delivery, outcome: Retry, after_s: float) -> bool: ...

    async def dead(self, delivery: Delivery, outcome: GaveUp) -> bool: ...

    async def next_due_in(self, destinations: Sequence[str]) -> float | None: ...

    async def destinations(self) -> Mapping[str, int]:
        """Every name that ever had a delivery, configured or not, and how many lanes wait under it."""
        ...

    async def wait(self, timeout_s: float) -> None:
        """Return when a commit or a redelivery may have filled a lane, or after the timeout."""
        ...
