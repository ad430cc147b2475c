"""What one message to a channel settles: a single lane, or many of them in a digest.

A digest takes the place of a flood: of more new posts than anyone reads (a storm), of what quiet hours held, and of
what an outage kept back. Nothing is left out of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from monitor.core.deliver.netting import weight
from monitor.core.deliver.saying import minutes
from monitor.model import Change, Delivery

STORM: Final = 10
"""New posts a minute that are still told one by one: a storm begins with more, and ends with as many."""

MINUTE: Final = timedelta(minutes=1)

DIGEST_EVERY: Final = timedelta(minutes=2)
LATE: Final = timedelta(minutes=2)
"""What arrives later than this, its settling apart, says so."""

COLLECT: Final = timedelta(seconds=30)
"""In a storm the first digest is given this long to fill."""

_FULL = 10
_FLOOD = 3
_DIGEST = "dig_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A claimed delivery with the changes it tells of: its own and those that follow, oldest first."""

    delivery: Delivery
    changes: tuple[Change, ...]
    threaded: bool

    @property
    def ids(self) -> tuple[str, ...]:
        return (self.delivery.change_id, *(one.change_id for one in self.delivery.following))


@dataclass(frozen=True, slots=True)
class Single:
    """One lane's message."""

    waiting: Waiting


@dataclass(frozen=True, slots=True)
class Digest:
    """One message about many lanes; ``reason`` says why, for its reader. ``batch`` names it."""

    waiting: tuple[Waiting, ...]
    reason: str
    batch: str


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing now: these wait for a digest, or for the storm to end, and are looked at again in ``wait_s``."""

    wait_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """How a channel has been going: how many parents were posted within the last minute, which new ones (the changes
    they begin with) came within it, told or not, and when the last digest was.
    """

    recent_parents: int = 0
    arrivals: frozenset[str] = frozenset()
    digest_at: datetime | None = None


Plan = Single | Digest | Later


def plan(waiting: Sequence[Waiting], flow: Flow, *, broadcast_at: float, settle_most_s: float, now: datetime) -> Plan:
    """What the next message is about; ``waiting`` is not empty, longest due first. The others wait for another turn."""
    begun = next((one.delivery.batch for one in waiting if one.delivery.batch.startswith(_DIGEST)), None)
    if begun is not None:
        members = tuple(one for one in waiting if one.delivery.batch == begun)
        return Digest(members, _reason(members, settle_most_s, now), begun)
    fresh = [one for one in waiting if not one.delivery.batch]
    held = [one for one in fresh if one.delivery.held]
    if len(held) > 1:
        return digest(held, "held by quiet hours")
    late = [one for one in fresh if lateness_s(one, settle_most_s, now) > 0]
    if len(late) >= _FLOOD:
        return digest(late, _reason(late, settle_most_s, now))
    flood = _storm(fresh, flow, broadcast_at, now)
    if not flood:
        return Single(waiting[0])
    others = [one for one in waiting if one not in flood]
    urgent = next((one for one in others if matters(one, broadcast_at)), None)
    due_at = _digest_due_at(flood, flow, now)
    if urgent is not None:
        return Single(urgent)
    if due_at <= now:
        return digest(flood, "many new posts at once") if len(flood) > 1 else Single(flood[0])
    # Looked at again within a minute: the storm may have ended by then.
    return Single(others[0]) if others else Later(min(due_at - now, MINUTE).total_seconds())


def digest(waiting: Sequence[Waiting], reason: str) -> Digest:
    """A digest of these, named by what it holds."""
    members = tuple(waiting)
    return Digest(members, reason, batch_name(_DIGEST, [id_ for one in members for id_ in one.ids]))


def batch_name(kind: str, ids: Sequence[str]) -> str:
    """The name of a message by the changes it settles, whatever their order."""
    return kind + hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()[:24]


def lateness_s(waiting: Waiting, settle_most_s: float, now: datetime) -> float:
    """How long after its time a delivery comes, in seconds; 0 up to two minutes beyond its settling."""
    settling = timedelta(seconds=settle_most_s if waiting.delivery.memory else 0.0)
    late = now - waiting.delivery.first_at
    return late.total_seconds() if late > LATE + settling else 0.0


def late_note(waiting: Waiting, settle_most_s: float, now: datetime) -> str:
    """What a late message says of itself; "" when it is in time, or was asked for again by hand."""
    if waiting.delivery.redelivery:
        return "sent again by hand"
    if waiting.delivery.held:
        return "held by quiet hours"
    late_s = lateness_s(waiting, settle_most_s, now)
    return f"delivered {minutes(late_s)} late" if late_s else ""


def matters(waiting: Waiting, broadcast_at: float) -> bool:
    """Whether even in a storm it gets a message of its own: a significant edit, not merely a new post."""
    return any(one.type == "post.edited" and weight(one) >= broadcast_at for one in waiting.changes)


def is_new(waiting: Waiting, now: datetime) -> bool:
    """Whether it was queued within the last minute."""
    return now - waiting.delivery.first_at < MINUTE


def _storm(fresh: Sequence[Waiting], flow: Flow, broadcast_at: float, now: datetime) -> list[Waiting]:
    """The new parents that a digest should take; none when few came within the last minute, and few would be posted."""
    parents = [one for one in fresh if not one.threaded]
    come = flow.arrivals.union(one.delivery.change_id for one in parents if is_new(one, now))
    if len(come) <= STORM and flow.recent_parents + len(parents) <= STORM:
        return []
    return [one for one in parents if not matters(one, broadcast_at)]


def _digest_due_at(flood: Sequence[Waiting], flow: Flow, now: datetime) -> datetime:
    oldest_at = min(one.delivery.first_at for one in flood)
    collected_at = now if len(flood) >= _FULL else oldest_at + COLLECT
    return max(collected_at, flow.digest_at + DIGEST_EVERY) if flow.digest_at else collected_at


def _reason(members: Sequence[Waiting], settle_most_s: float, now: datetime) -> str:
    if all(one.delivery.held for one in members):
        return "held by quiet hours"
    latest_s = max(lateness_s(one, settle_most_s, now) for one in members)
    return f"delivered up to {minutes(latest_s)} late" if latest_s else "many new posts at once"
