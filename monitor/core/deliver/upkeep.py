"""Changes about the watching itself: a role nobody fills any more, a source whose turn came in vain, and their ends.

Unlike changes about deliveries they go wherever a source's trouble goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from monitor.core.compare.identity import change_id
from monitor.core.deliver.saying import minutes
from monitor.model import Change, SourceRef

HealthType = Literal["source.stalled", "source.resumed", "role.stopped", "role.recovered"]

OURSELVES: Final = SourceRef(name="stetwatch", url="")
"""What a change of a role has for its source."""

_MEANS: Final = {
    "poll": "sources are not visited",
    "work": "copies are not compared",
    "notify": "deliveries wait",
    "web": "the pages are not served",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A role or a source that has turned, for the worse or back.

    ``name`` is the role's (poll, work, notify, web), or the source's. ``since`` is when the trouble began: the last
    sign of life, or when the turn that nobody took had come. ``awaits`` is the role that a stalled source waits for.
    """

    type: HealthType
    name: str
    since: datetime
    source: SourceRef = OURSELVES
    awaits: str = "poll"


def change_of(turn: Turn, at: datetime) -> Change:
    """The change to tell. Its id says which trouble: whoever tells of it, and how often, it is the same change."""
    subject = turn.name if turn.source is OURSELVES else "source"
    return Change(
        id=change_id(turn.source.name, subject, turn.type, 0, turn.since.isoformat()),
        type=turn.type,
        at=at,
        source=turn.source,
        subject=subject,
        reason=_reason(turn, at),
    )


def _reason(turn: Turn, at: datetime) -> str:
    since = f"{turn.since.astimezone(UTC):%d %b %H:%M:%S} UTC"
    lasted = minutes((at - turn.since).total_seconds())
    match turn.type:
        case "role.stopped":
            means = _MEANS.get(turn.name, "its work is not done")
            return f"no sign of life since {since}: {means}; start `stetwatch {turn.name}`"
        case "role.recovered":
            return f"back after {lasted}"
        case "source.stalled":
            return (
                f"due since {since}, and no poller has come"
                if turn.awaits == "poll"
                else f"fetched, and since {since} no worker has compared the copy"
            )
        case "source.resumed":
            return f"taken up again after {lasted}"
