"""Changes about delivery itself: a delivery that keeps failing or is given up, a destination that is closed.

They go only where a route names their type, never to the destination they are about, and never about the delivery of
another such change: telling of trouble must not make more of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Literal

from monitor.core.compare.identity import change_id
from monitor.core.deliver.route import reached, routing
from monitor.core.deliver.wire import decode
from monitor.model import OPERATIONAL_TYPES, Change, Delivery, QuietHours, Route, SourceRef

Operational = Literal["delivery.failing", "delivery.dead", "destination.disabled"]
FAILING_AFTER: Final = 4
"""Failed attempts of one delivery after which somebody should hear of it (Svix: the same)."""


def operational(type_: Operational, delivery: Delivery, reason: str, at: datetime) -> Change | None:
    """The change to tell, its subject the delivery's destination; None where it is about a change of this kind.

    Its id says which delivery and, of a closed destination, at which attempt: told again it is the same change.
    """
    told = _change(delivery.body)
    if told is not None and told.type in OPERATIONAL_TYPES and type_ != "destination.disabled":
        return None
    source = told.source if told is not None else SourceRef(name=delivery.lane.rpartition("/")[0], url="")
    attempt = delivery.attempts if type_ == "destination.disabled" else 0
    occasion = delivery.first_at.isoformat()
    return Change(
        id=change_id(source.name, delivery.destination, type_, attempt, delivery.change_id, occasion),
        type=type_,
        at=at,
        source=source,
        subject=delivery.destination,
        reason=f"{delivery.change_id}: {reason}" if type_ != "destination.disabled" else reason,
    )


def told_to(
    change: Change, routes: Sequence[Route], names: Sequence[str]
) -> Mapping[str, tuple[QuietHours | None, ...]]:
    """The destinations that a route sends this type to by name, but for the one it is about, with its quiet hours."""
    return reached(change, routing(routes, names))


def _change(body: bytes) -> Change | None:
    try:
        return decode(body)
    except ValueError:
        return None
