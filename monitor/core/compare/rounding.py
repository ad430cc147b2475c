"""Whether a site rounds its labels: "2 hours ago" from 90 minutes on, where most sites say so from 120 on.

It is measured by the posts themselves. One that was seen under labels of minutes is known to the minute; when it is
between a half and a whole unit past the hour, its label tells which kind of site this is. Until a source is measured,
a label that contradicts what is known only as rounding would is read as a rounded one; after that, all are or none is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Final, Literal

from monitor.core.compare.pairing import Matching, Pair
from monitor.core.compare.retime import TOLERANCE_S, apart_s
from monitor.core.compare.seen import Seen
from monitor.core.compare.state import Ticked, Track
from monitor.core.times import half_unit, rounded
from monitor.model import Span

Kind = Literal["floor", "rounds"]
Tally = tuple[int, int]
"""How many posts have shown that their site rounds down, and how many that it rounds to the nearest."""

_ENOUGH: Final = {"floor": 3, "rounds": 2}
_AGAINST: Final = 3
"""One that tells otherwise, perhaps a post that was re-timed, is outvoted by so many."""
_REMEMBERED: Final = 9
"""Of more posts than this the latest count, each in place of one that told otherwise: sites are built anew."""
_MINUTE, _HALF_HOUR = timedelta(seconds=30), timedelta(minutes=30)
_EXACT = timedelta(minutes=3)
"""A post is known so exactly when minutes were seen; twice their half is what they may be off."""


def measured(tally: Tally) -> Kind | None:
    """What kind of site a source is, as far as its posts have shown; None when not known."""
    floor, rounds = tally
    if floor >= _ENOUGH["floor"] and floor >= _AGAINST * rounds:
        return "floor"
    return "rounds" if rounds >= _ENOUGH["rounds"] and rounds >= _AGAINST * floor else None


def as_meant(tally: Tally, matching: Matching) -> tuple[Tally, Matching]:
    """The tally after one more copy, and the copy's posts with relative labels read as the site means them."""
    if not any(_relative(seen) for seen in (*matching.fresh, *(pair.seen for pair in matching.pairs))):
        return tally, matching
    ticked = [_ticked(pair) for pair in matching.pairs]
    tally = _counted(tally, ((pair.track, now) for pair, now in zip(matching.pairs, ticked, strict=True)))
    kind = measured(tally)
    pairs = tuple(_meant(pair, now, kind) for pair, now in zip(matching.pairs, ticked, strict=True))
    fresh = tuple(_widened(seen) for seen in matching.fresh) if kind == "rounds" else matching.fresh
    return tally, replace(matching, pairs=pairs, fresh=fresh)


def _relative(seen: Seen) -> Span | None:
    span = seen.post.published
    return span if span is not None and span.kind == "relative" else None


def _ticked(pair: Pair) -> Ticked:
    """What the labels of a post have shown so far: nothing, when it was to the minute, or the kind of its site."""
    was, known, seen = pair.track.ticked, pair.track.published, _relative(pair.seen)
    if seen is None or known is None:
        return was
    if apart_s(known, seen) > TOLERANCE_S:
        if half_unit(seen) < _HALF_HOUR or not _is_explained(known, seen):
            return "" if was == "minutes" else was
        return "rounds"
    half = half_unit(seen)
    if half <= _MINUTE:
        return was or "minutes"
    exact = was == "minutes" and known.latest - known.earliest <= _EXACT
    return "floor" if exact and half == _HALF_HOUR and known.latest + _EXACT / 2 < seen.earliest + half else was


def _is_explained(known: Span, seen: Span) -> bool:
    """Whether a label that makes a post older than it can be does so by no more than rounding would."""
    return seen.latest < known.earliest and apart_s(known, rounded(seen)) <= TOLERANCE_S


def _counted(tally: Tally, ticked: Iterable[tuple[Track, str]]) -> Tally:
    floor, rounds = tally
    for track, now in ticked:
        if now == "floor" != track.ticked:
            floor, rounds = _with_one_more(floor, rounds)
        elif now == "rounds" != track.ticked:
            rounds, floor = _with_one_more(rounds, floor)
    return floor, rounds


def _with_one_more(one: int, other: int) -> Tally:
    return min(one + 1, _REMEMBERED), other - (other > 0 and one + other >= _REMEMBERED)


def _meant(pair: Pair, ticked: Ticked, kind: Kind | None) -> Pair:
    track = pair.track if pair.track.ticked == ticked else replace(pair.track, ticked=ticked)
    known, seen = track.published, _relative(pair.seen)
    wide = kind == "rounds" or (
        kind is None
        and ticked != "floor"
        and seen is not None
        and known is not None
        and apart_s(known, seen) > TOLERANCE_S
        and _is_explained(known, seen)
    )
    return replace(pair, track=track, seen=_widened(pair.seen) if wide else pair.seen)


def _widened(seen: Seen) -> Seen:
    span = _relative(seen)
    return replace(seen, post=replace(seen.post, published=rounded(span))) if span is not None else seen
