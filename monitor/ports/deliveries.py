"""Deliveries and destinations as operators see them, and what operators do with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

State = Literal["pending", "dead", "delivered"]
Asked = Literal["gone", "waiting", "due", "queued"]
Dropped = Literal["unknown", "in flight", "dropped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """A delivery. ``at`` is when it was settled, or queued when it is pending.

    ``due_at`` is when the head of its lane will be tried (or its lease ends); None behind the head, and when settled.
    ``held``: quiet hours keep it, or kept it. ``batch`` names the message it was frozen into; ``message`` is the
    destination's own name of the one that settled it. ``status`` is the answer's, or ``muted``, once it is settled.
    """

    destination: str
    change_id: str
    lane: str
    state: State
    attempts: int
    at: datetime
    due_at: datetime | None = None
    reason: str = ""
    redelivery: bool = False
    held: bool = False
    batch: str = ""
    status: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow:
    """One try: the ``n``-th of its delivery that counts. ``next_at`` is when it was to be tried again, None when not.

    ``answer`` is the beginning of the response's body where it was a refusal: text of the far end, to be shown as such.
    """

    at: datetime
    change_id: str
    lane: str
    n: int
    outcome: Literal["delivered", "retry", "dead", "paused"]
    duration_s: float
    status: int | None
    address: str
    reason: str
    next_at: datetime | None
    answer: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationState:
    """How a destination fares. ``breaker_until`` is when an open breaker lets one delivery try.

    ``failing_since`` is the first failure after the last arrival, ``failed`` how many attempts have failed since.
    ``lanes`` wait, ``pending`` deliveries in them, the oldest queued at ``oldest_at``.
    """

    name: str
    state: Literal["active", "paused", "disabled"] = "active"
    reason: str = ""
    since: datetime | None = None
    by: str = ""
    breaker: Literal["closed", "open", "half open"] = "closed"
    breaker_until: datetime | None = None
    wish_until: datetime | None = None
    failing_since: datetime | None = None
    failed: int = 0
    in_flight: int = 0
    lanes: int = 0
    pending: int = 0
    dead: int = 0
    oldest_at: datetime | None = None


class DeliveryDesk(Protocol):
    """Every destination, whether configured or not. Synchronous, safe to call from several threads.

    Raises InfrastructureError only.
    """

    def names(self) -> Sequence[str]:
        """Every name that ever had a delivery, or was paused, in order."""
        ...

    def knows(self, name: str) -> bool:
        """Whether anything is kept under this name: deliveries that wait, that are dead, or that arrived; a state."""
        ...

    def state(self, name: str) -> DestinationState:
        """How it fares, and how much waits for it; that of an unknown name is empty."""
        ...

    def pause(self, name: str, reason: str, by: str = "operator") -> bool:
        """Hand out nothing more until it is resumed; False when it was paused or disabled already."""
        ...

    def resume(self, name: str) -> bool:
        """Deliver again at once, what waits for a later attempt too. False: it was active."""
        ...

    def rows(self, name: str, state: State, limit: int = 1000) -> Sequence[DeliveryRow]:
        """Deliveries of one destination: pending ones oldest first, settled ones newest first."""
        ...

    def row(self, name: str, change_id: str) -> DeliveryRow | None:
        """Where that change stands: waiting or dead, else its last arrival."""
        ...

    def attempts(self, name: str, change_id: str | None = None, limit: int = 20) -> Sequence[AttemptRow]:
        """The attempts at one change, or at all, newest first."""
        ...

    def drop(self, name: str, change_id: str, *, dry_run: bool = False) -> Dropped:
        """Never send that pending or dead delivery. ``in flight``: it is on its way. ``dry_run`` only says."""
        ...

    def redeliver(self, name: str, change_id: str) -> Asked:
        """Send a change once more, marked as a redelivery: ``queued``.

        One that waits keeps its place: ``due`` when its next attempt is now, else ``waiting``. ``gone``: its body is
        not kept, or not any longer.
        """
        ...

    def redeliver_many(
        self,
        name: str,
        *,
        states: Sequence[State] = ("dead",),
        since: datetime | None = None,
        until: datetime | None = None,
        types: Sequence[str] = (),
        limit: int = 1000,
        dry_run: bool = False,
    ) -> Mapping[str, Asked]:
        """``redeliver`` for those settled (or, pending, queued) from ``since`` to ``until``, oldest first."""
        ...
