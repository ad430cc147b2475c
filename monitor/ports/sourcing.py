"""Sources as operators see and change them while pollers run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from monitor.model import Source
from monitor.ports.schedule import PollOutcome

Condition = Literal["new", "healthy", "retrying", "failing", "stalled", "paused", "closed"]
"""``stalled``: due, yet no poller came, or fetched, yet no worker came. ``closed``: the page says coverage ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollMark:
    """One visit: what came of it, and after how long the next was planned (seconds)."""

    at: datetime
    outcome: PollOutcome
    took_ms: int
    bytes: int
    next_s: float
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStanding:
    """One source as it stands. ``due_in_s`` is negative when late, None while paused. ``reason`` says why it fails, is
    stalled or paused. ``origin``: the configuration file, or added while running (only these can be removed).
    """

    source: Source
    origin: Literal["file", "added"]
    condition: Condition
    reason: str = ""
    since: datetime | None = None
    due_in_s: float | None = None
    interval_s: float | None = None
    waiting: int = 0
    failures: int = 0
    last_poll_at: datetime | None = None
    successor: str | None = None
    counters: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePage:
    """Some of the sources, by name; ``after`` is where the next page begins, None at the end.

    A page of one condition may hold fewer than were asked for, even none, though it goes on: many were looked at.
    """

    rows: tuple[SourceStanding, ...]
    after: str | None


class SourceDesk(Protocol):
    """Synchronous, safe to call from several threads. Raises InfrastructureError only."""

    def page(self, limit: int = 100, after: str = "", condition: Condition | None = None) -> SourcePage: ...

    def names(self) -> Sequence[str]:
        """Every source there is, by name."""
        ...

    def counts(self) -> Mapping[str, int]:
        """How many sources are in which condition, and ``all``; cheap at any number of sources."""
        ...

    def standing(self, name: str) -> SourceStanding | None: ...

    def polls(self, name: str) -> Sequence[PollMark]:
        """The last visits, newest first."""
        ...

    def add(self, source: Source) -> bool:
        """Watch it from now on; False when the name is taken."""
        ...

    def remove(self, name: str) -> Literal["removed", "unknown", "configured"]: ...

    def pause(self, name: str, reason: str = "", by: str = "operator") -> bool:
        """No polls until it is resumed; False when it is unknown or paused already."""
        ...

    def resume(self, name: str) -> bool: ...
