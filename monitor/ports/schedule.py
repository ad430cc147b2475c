"""The schedule, as the poller sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from monitor.model import Observation, Source
from monitor.ports.fetching import Validators


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


PollOutcome = Literal["changed", "same", "not modified", "failed"]
"""What came of a visit: other bytes than last time, the same bytes, a 304, no page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """What one visit leaves behind; written, put in the inbox and rung for in one step.

    ``observation`` None: nothing to tell the worker (an unchanged page nobody waits for). ``body`` is stored when
    the observation is a Snapshot. ``counters`` are metric names (``monitor.metrics``) and amounts, ``timings_ms``
    histogram names and what was measured. ``outcome`` is remembered among the source's last visits with how long the
    fetch ``took_ms`` and the ``received`` bytes; None is not.
    """

    next_in_s: float
    observation: Observation | None = None
    body: bytes | None = None
    validators: Validators | None = None
    failures: int = 0
    counters: Mapping[str, int] = field(default_factory=dict)
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    outcome: PollOutcome | None = None
    took_ms: float = 0.0
    received: int = 0


class Schedule(Protocol):
    """Which source is due, and what a visit leaves behind."""

    async def sync(self, sources: Sequence[Source]) -> None:
        """Make the schedule hold exactly these configured sources, beside those added while running (``SourceDesk``);
        a source that stays keeps its state.
        """
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
