"""Whether a displayed time moved. Times are intervals; a post is re-timed when all that was seen cannot be true.

A page that says "36 min ago" names an interval, anchored on when the copy was made. Every copy narrows the running
intersection of what the post's time can be. Only an empty intersection is a re-timestamp; a ticking label, another
notation or a gain in precision is not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.model import Span

TOLERANCE_S = 5.0
"""Clocks of servers, caches and renderers disagree by seconds; newsrooms re-time by minutes."""


MOMENT = timedelta(minutes=90)
"""A label that holds for longer than "about 2 hours ago" tells no moment: "today"."""

SHARP = timedelta(minutes=5)
"""Of two labels that hold for longer, it takes more than to touch: "1 hour ago" and "2 hours ago" are two moments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What is known of one time after a copy: the running ``span``, whether it ``moved``, and a ``doubt`` left open."""

    span: Span | None
    moved: bool = False
    doubt: Span | None = None


def follow(known: Span | None, seen: Span | None, doubt: Span | None = None) -> Timing:
    """Take one more sight of a time into account.

    ``doubt`` is the contradicting span of the copy before, if there was one. A contradiction by a machine-readable
    or absolute time counts at once; one by a relative label, or between two kinds of notation, needs a second copy
    that agrees with the first contradiction.
    """
    if seen is None or known is None:
        # A time that appears or disappears tells of the page's template, not of the post.
        return Timing(span=known or seen)
    if seen == known:
        return Timing(span=known)
    gap_s = apart_s(known, seen)
    if gap_s <= 0:
        return Timing(span=_intersection(known, seen))
    if gap_s <= TOLERANCE_S or _same_label(known, seen):
        return Timing(span=known)
    if _stands_alone(known, seen) or (doubt is not None and apart_s(doubt, seen) <= TOLERANCE_S):
        return Timing(span=seen, moved=True)
    return Timing(span=known, doubt=seen)


def apart_s(one: Span, other: Span) -> float:
    """Seconds between two intervals; 0 when they touch or overlap."""
    later, earlier = max(one.earliest, other.earliest), min(one.latest, other.latest)
    return max(0.0, (later - earlier).total_seconds())


def compatible(one: Span | None, other: Span | None) -> bool | None:
    """Whether two times can be the same moment; None when one of them is not known."""
    if one is None or other is None:
        return None
    return apart_s(one, other) <= TOLERANCE_S


def at_once(one: Span | None, other: Span | None) -> bool:
    """Whether two times tell one moment, and not only one day."""
    return one is not None and other is not None and tells_moment(one) and tells_moment(other) and meets(one, other)


def tells_moment(span: Span) -> bool:
    """Whether a time is told to the hour at least."""
    return span.latest - span.earliest <= MOMENT


def meets(one: Span, other: Span) -> bool:
    """Whether two times can be one, and do not only touch where one hour, or one day, ends and the next begins."""
    apart = max(one.earliest, other.earliest) - min(one.latest, other.latest)
    vague = is_vague(one) and is_vague(other)
    return apart.total_seconds() < -TOLERANCE_S if vague else apart.total_seconds() <= TOLERANCE_S


def is_vague(span: Span) -> bool:
    """Whether a time is not told to the minute, or nearly so."""
    return span.latest - span.earliest > SHARP


def same_interval(one: Span, other: Span) -> bool:
    """Whether two times are one interval, whatever they are read from."""
    return (one.earliest, one.latest) == (other.earliest, other.latest)


def is_before(one: Span | None, other: Span | None) -> bool:
    """Whether one time lies clearly before another; labels that tick prove nothing."""
    if one is None or other is None or "relative" in (one.kind, other.kind):
        return False
    return (other.earliest - one.latest).total_seconds() > TOLERANCE_S


def holds(span: Span, moment: datetime) -> bool:
    """Whether a moment lies in an interval, or within the tolerance of it."""
    return (span.earliest - moment).total_seconds() <= TOLERANCE_S >= (moment - span.latest).total_seconds()


def _intersection(known: Span, seen: Span) -> Span:
    """Both hold. The text is the latest sight's, and the kind is of whichever is narrower."""
    width_known, width_seen = known.latest - known.earliest, seen.latest - seen.earliest
    return replace(
        seen,
        earliest=max(known.earliest, seen.earliest),
        latest=min(known.latest, seen.latest),
        kind=seen.kind if width_seen <= width_known else known.kind,
    )


def _same_label(known: Span, seen: Span) -> bool:
    # "20:15" read on another day, or under another page date, is the same label: only our reading of it moved.
    return seen.kind != "relative" and known.kind == seen.kind and known.text == seen.text


def _stands_alone(known: Span, seen: Span) -> bool:
    return seen.kind != "relative" and known.kind == seen.kind
