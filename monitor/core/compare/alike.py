"""Posts that neither a name nor an unchanged text identifies: paired by how alike they are, all evidence together.

The text counts most; the moment of publishing, the headline, the author and the neighbours on the page add to it.
Greedy by score on purpose: the best sum of all would invent swaps. A near tie is paired and flagged.
"""

from __future__ import annotations

import heapq
from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TypeVar

from monitor.core import normalize
from monitor.core.compare.likeness import Rarity, Terms, grew, likeness, rarity_of, terms_of
from monitor.core.compare.pairing import Matching, Pair, keys_differ
from monitor.core.compare.retime import compatible
from monitor.core.compare.seen import Seen
from monitor.core.compare.state import Track
from monitor.model import Span, Version

ALIKE = 0.35
ALIKE_ELSEWHEN = 0.6
"""Posts are one from this score on; it takes more when their times, or without times their places, say that they are
two. A headline they share then says nothing: two reports of one thing are what a newsroom writes."""

SURE = 0.45
MARGIN = 0.05
"""A pair of a lower score, or with a rival this close, is ambiguous."""

MAX_COMPARED = 2_500
"""Pairs of left-over posts whose texts are compared; of more, those whose times can be one and the nearest by place."""

MAX_WEIGHED = 100_000
"""Pairs of left-over posts whose times and places are compared at all."""

SAME_SECOND, SAME_MINUTE, SAME_HOUR = 0.3, 0.2, 0.05
SAME_HEADLINE, SAME_AUTHOR = 0.1, 0.05
SAME_NEIGHBOURS, ONE_NEIGHBOUR = 0.2, 0.05
LEAST_WORDS = 0.04
"""However much speaks for a pair, its texts must have something in common."""

_Neighbours = tuple[str, str]
_Place = TypeVar("_Place", str, int)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A track and a post that may be one, and the score of all evidence for it."""

    score: float
    track: Track
    seen: Seen


def alike(matching: Matching, live: Sequence[Track], texts: Mapping[str, Version]) -> list[Pair]:
    """Pairs among the missing tracks and the fresh posts of a matching; ``live`` are the page's tracks in order."""
    candidates = list(_candidates(matching, live, texts))
    candidates.sort(key=lambda one: (-one.score, one.seen.place))
    pairs: list[Pair] = []
    known, shown = set[str](), set[int]()
    for place, best in enumerate(candidates):
        if best.track.id in known or best.seen.place in shown:
            continue
        rivals = _rivals(best, candidates[place + 1 :])
        rival = any(other.track.id not in known and other.seen.place not in shown for other in rivals)
        known.add(best.track.id)
        shown.add(best.seen.place)
        pairs.append(Pair(best.track, best.seen, "similar text", ambiguous=rival or best.score < SURE))
    return pairs


def _rivals(best: Candidate, rest: Iterable[Candidate]) -> Iterator[Candidate]:
    """The candidates after the best that are nearly as good and share its track or post."""
    close = takewhile(lambda other: other.score > best.score - MARGIN, rest)
    return (other for other in close if other.track is best.track or other.seen is best.seen)


def _candidates(matching: Matching, live: Sequence[Track], texts: Mapping[str, Version]) -> Iterator[Candidate]:
    tracks = [track for track in matching.missing if track.id in texts]
    every = ((track, seen) for track in tracks for seen in matching.fresh)
    many = len(tracks) * len(matching.fresh) > MAX_COMPARED
    unnamed = (pair for pair in every if matching.ids_lie or not keys_differ(*pair))
    possible = _nearest(tracks, matching, live) if many else list(unnamed)
    if not possible:
        return
    shown = {seen.place: terms_of(seen.post) for seen in matching.fresh}
    rarity = rarity_of(matching.posts)
    known = {track.id: terms_of(texts[track.id]) for track in {track.id: track for track, _ in possible}.values()}
    before, now = _neighbours(matching, live)
    for track, seen in possible:
        words = _words(known[track.id], shown[seen.place], rarity, compatible(track.published, seen.post.published))
        if words < LEAST_WORDS:
            continue
        beside = _beside(before[track.id], now[seen.place])
        moment = compatible(track.published, seen.post.published)
        # Where no time can tell, a place among other neighbours speaks against: an edit moves nothing.
        apart = moment is False or (moment is None and not beside and len(matching.pairs) > 0)
        score = words + _evidence(track, seen, apart=apart) + beside
        if score >= (ALIKE_ELSEWHEN if apart else ALIKE):
            yield Candidate(score, track, seen)


def _nearest(tracks: Sequence[Track], matching: Matching, live: Sequence[Track]) -> list[tuple[Track, Seen]]:
    """The pairs worth comparing when there are too many: each track is looked for beside those that stayed."""
    stayed = {pair.track.id: pair.seen.place for pair in matching.pairs if not pair.seen.post.pinned}
    expected: dict[str, int] = defaultdict(int)
    place = 0
    for track in live:
        expected[track.id] = place = stayed.get(track.id, place)
        place += 1
    row = sorted(tracks, key=lambda track: expected[track.id])
    places = [expected[track.id] for track in row]
    reach = max(1, MAX_WEIGHED // len(matching.fresh) // 2)

    def near() -> Iterator[tuple[Track, Seen]]:
        for seen in matching.fresh:
            middle = bisect(places, seen.place)
            for track in row[max(0, middle - reach) : middle + reach]:
                if matching.ids_lie or not keys_differ(track, seen):
                    yield track, seen

    def far(pair: tuple[Track, Seen]) -> tuple[bool, int]:
        track, seen = pair
        return compatible(track.published, seen.post.published) is False, abs(expected[track.id] - seen.place)

    return heapq.nsmallest(MAX_COMPARED, near(), key=far)


def _words(one: Terms, other: Terms, rarity: Rarity, moment: bool | None) -> float:
    # "Kick-off", grown into a paragraph at the same moment, is the same post; at another it is a coincidence.
    alike = likeness(one, other, rarity)
    return alike if moment is False else max(alike, grew(one, other))


def _evidence(track: Track, seen: Seen, *, apart: bool) -> float:
    """What time, headline and author add to the likeness of the texts."""
    post = seen.post
    headline = not apart and track.headline != "" and normalize.loose(track.headline) == normalize.loose(post.headline)
    author = track.author is not None and track.author == post.author
    return _moment(track.published, post.published) + SAME_HEADLINE * headline + SAME_AUTHOR * author


def _moment(known: Span | None, shown: Span | None) -> float:
    if known is None or shown is None or not compatible(known, shown):
        return 0.0
    width_s = max((span.latest - span.earliest).total_seconds() for span in (known, shown))
    if width_s <= 1 and shown.earliest.second:
        return SAME_SECOND
    return SAME_MINUTE if width_s <= 120 else SAME_HOUR


def _beside(one: _Neighbours, other: _Neighbours) -> float:
    """Posts between the same two neighbours are in the same place; the ends of the page are nobody's neighbours."""
    same = sum(mine == theirs != "" for mine, theirs in zip(one, other, strict=True))
    return (0.0, ONE_NEIGHBOUR, SAME_NEIGHBOURS)[same]


def _neighbours(matching: Matching, live: Sequence[Track]) -> tuple[dict[str, _Neighbours], dict[int, _Neighbours]]:
    """The nearest tracks that stayed, above and below: of every track, and of every place on the page."""
    stayed = {pair.track.id: pair.seen.place for pair in matching.pairs if not pair.seen.post.pinned}
    by_place = {place: id_ for id_, place in stayed.items()}
    before = _between([track.id for track in live], {track.id: track.id for track in live if track.id in stayed})
    now = _between([seen.place for seen in matching.posts], by_place)
    return before, now


def _between(row: Sequence[_Place], stayed: Mapping[_Place, str]) -> dict[_Place, _Neighbours]:
    above: dict[_Place, str] = {}
    last = ""
    for place in row:
        above[place] = last
        last = stayed.get(place, last)
    found: dict[_Place, _Neighbours] = {}
    last = ""
    for place in reversed(row):
        found[place] = (above[place], last)
        last = stayed.get(place, last)
    return found
