"""Which post on the page is which of the posts we know: a cascade from strong evidence to weak.

::

    trusted native id → permalink → exact text → loose text → an id that is unique among what is left → similar text

Each step pairs what it can and leaves the rest to the next; nothing is ever paired twice. First come the posts that
were on the page a moment ago, then those that had left it. ``cascade`` needs no texts; ``settle`` takes back the
pairs that the texts belie, and pairs what is alike of the residue.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TypeVar

from monitor.core import normalize
from monitor.core.compare.identity import address
from monitor.core.compare.retime import compatible
from monitor.core.compare.seen import Seen
from monitor.core.compare.similarity import similarity
from monitor.core.compare.state import Track
from monitor.model import Version

MIN_WITNESSES = 3
MIN_TRUST = 0.8
"""Ids are believed unless three or more unchanged posts bear witness and fewer than four in five kept theirs."""

RECOGNISABLE = 40
"""Characters of text by which a post is known again without its id or time: "Goal!" is not enough."""

REUSED_BELOW = 0.12
"""Under this similarity, with another headline and another time, an id has been given to another post."""


ALIKE = 0.35
ALIKE_THEN = 0.25
SAME_MOMENT = 0.2
"""Texts without an id are one post from this similarity on; less will do when both were published at one moment."""

MAX_COMPARED = 2_500
"""Pairs of left-over posts whose texts are compared; with more, the page is another page."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A track and the post it is now; ``by`` names the evidence."""

    track: Track
    seen: Seen
    by: str


@dataclass(frozen=True, slots=True)
class Matching:
    """A partial bijection between tracks and posts.

    ``fresh`` are posts of no track, in page order; ``missing`` are tracks of the page that no post is.
    ``ids_lie``: unchanged posts had other ids than before.
    """

    pairs: tuple[Pair, ...]
    fresh: tuple[Seen, ...]
    missing: tuple[Track, ...]
    ids_lie: bool = False


_EXACT: Callable[[Track | Seen], bytes] = attrgetter("exact")
_LOOSE: Callable[[Track | Seen], bytes] = attrgetter("loose")
_Name = TypeVar("_Name")
_Thing = TypeVar("_Thing")

Found = Iterable[tuple[Track, Seen]]
Step = Callable[[Sequence[Track], Sequence[Seen]], Found]


def cascade(live: Sequence[Track], departed: Sequence[Track], posts: Sequence[Seen]) -> Matching:
    """Pair tracks and posts without their texts. ``live`` and ``posts`` are in page order."""
    ids_lie = id_trust(live, posts) < MIN_TRUST
    pairs: list[Pair] = []
    missing: Sequence[Track] = live
    fresh: Sequence[Seen] = posts
    for tracks in (live, departed):
        left: Sequence[Track] = tracks
        for evidence, step in _steps(ids_lie=ids_lie, departed=tracks is departed):
            if not left or not fresh:
                break
            found = [Pair(track, seen, evidence) for track, seen in step(left, fresh)]
            pairs += found
            left, fresh = _without(left, fresh, found)
        missing = left if tracks is live else missing
    return Matching(tuple(pairs), tuple(fresh), tuple(missing), ids_lie)


def settle(matching: Matching, texts: Mapping[str, Version]) -> Matching:
    """Take back pairs whose texts say that an id was given to another post, and pair what is alike of the rest."""
    belied = [pair for pair in matching.pairs if suspect(pair) and _another_post(pair, texts.get(pair.track.id))]
    kept = [pair for pair in matching.pairs if pair not in belied]
    fresh = [*matching.fresh, *(pair.seen for pair in belied)]
    alike = _alike(matching.missing, matching.fresh, texts, ids_lie=matching.ids_lie)
    # A track that had departed before is not missing from this page.
    gone = [pair.track for pair in belied if pair.track.status in ("present", "absent")]
    missing, rest = _without([*matching.missing, *gone], fresh, alike)
    in_order = sorted(rest, key=lambda seen: seen.place)
    return Matching((*kept, *alike), tuple(in_order), tuple(missing), matching.ids_lie)


def suspect(pair: Pair) -> bool:
    """Whether everything but the id speaks against a pair, so that its texts must be compared."""
    if pair.by not in ("id", "permalink") or pair.seen.exact == pair.track.exact:
        return False
    was, now = normalize.loose(pair.track.headline), normalize.loose(pair.seen.post.headline)
    return bool(was and now and was != now) and compatible(pair.track.published, pair.seen.post.published) is False


def id_trust(tracks: Sequence[Track], posts: Sequence[Seen]) -> float:
    """The share of unchanged, unmistakable posts that kept their id: 1.0 when too few bear witness."""
    before = _unique((track.exact, track.key) for track in tracks if track.key is not None)
    now = _unique((seen.exact, seen.post.key) for seen in posts if seen.post.key is not None)
    witnesses = before.keys() & now.keys()
    if len(witnesses) < MIN_WITNESSES:
        return 1.0
    return sum(before[exact] == now[exact] for exact in witnesses) / len(witnesses)


def _steps(*, ids_lie: bool, departed: bool) -> Iterator[tuple[str, Step]]:
    def likely(track: Track, seen: Seen) -> bool:
        moment = compatible(track.published, seen.post.published)
        if not ids_lie and _keys_differ(track, seen):
            return _recognisable(seen)
        return moment or _recognisable(seen) or (moment is None and not departed)

    if not ids_lie:
        yield "id", _by_key
    yield "permalink", lambda tracks, posts: _by_address(tracks, posts, ids_lie=ids_lie)
    yield "text", lambda tracks, posts: _by_print(tracks, posts, _EXACT, likely)
    yield "loose text", lambda tracks, posts: _by_print(tracks, posts, _LOOSE, likely)
    if not ids_lie:
        yield "id", _by_key


def _by_key(tracks: Sequence[Track], posts: Sequence[Seen]) -> Found:
    """Equal ids; an id seen twice on either side identifies nothing."""
    known = _unique((track.key, track) for track in tracks)
    shown = _unique((seen.post.key, seen) for seen in posts)
    return [(known[key], seen) for key, seen in shown.items() if key is not None and key in known]


def _by_address(tracks: Sequence[Track], posts: Sequence[Seen], *, ids_lie: bool) -> Found:
    known = _unique((address(track.url), track) for track in tracks if track.url)
    shown = _unique((address(seen.post.url), seen) for seen in posts if seen.post.url)
    pairs = [(known[url], seen) for url, seen in shown.items() if url in known]
    return [(track, seen) for track, seen in pairs if ids_lie or not _keys_differ(track, seen)]


def _by_print(
    tracks: Sequence[Track],
    posts: Sequence[Seen],
    of: Callable[[Track | Seen], bytes],
    likely: Callable[[Track, Seen], bool],
) -> Found:
    """Equal prints; where several posts share one, first those of the same moment, then in page order."""
    known: dict[bytes, list[Track]] = defaultdict(list)
    for track in tracks:
        if of(track):
            known[of(track)].append(track)
    late: list[Seen] = []
    for seen in posts:
        same = known.get(of(seen), [])
        twin = next((t for t in same if compatible(t.published, seen.post.published) and likely(t, seen)), None)
        if twin is None:
            late.append(seen)
        else:
            same.remove(twin)
            yield twin, seen
    for seen in late:
        same = known.get(of(seen), [])
        first = next((track for track in same if likely(track, seen)), None)
        if first is not None:
            same.remove(first)
            yield first, seen


def _alike(
    missing: Sequence[Track], fresh: Sequence[Seen], texts: Mapping[str, Version], *, ids_lie: bool
) -> list[Pair]:
    """Pairs by similarity, the most similar first. Greedy on purpose: the best sum of all would invent swaps."""
    if len(missing) * len(fresh) > MAX_COMPARED:
        return []
    scored = [
        (likeness, -place, -seen.place, track, seen)
        for place, track in enumerate(missing)
        for seen in fresh
        if track.id in texts and (ids_lie or not _keys_differ(track, seen))
        if (likeness := _likeness(track, texts[track.id], seen)) > 0
    ]
    pairs: list[Pair] = []
    known, shown = set[str](), set[int]()
    for *_, track, seen in sorted(scored, key=lambda candidate: candidate[:3], reverse=True):
        if track.id not in known and seen.place not in shown:
            known.add(track.id)
            shown.add(seen.place)
            pairs.append(Pair(track, seen, "similar text"))
    return pairs


def _likeness(track: Track, text: Version, seen: Seen) -> float:
    """How alike two posts are, 0 when too little; the same moment of publishing makes up for much."""
    moment = compatible(track.published, seen.post.published)
    # "Kick-off", grown into a paragraph at the same moment, is the same post; at another it is a coincidence.
    words = {"min_contained": 1} if moment else {}
    alike = similarity((text.headline, *text.body), (seen.post.headline, *seen.post.body), **words)
    if moment is False and not _recognisable(seen):
        return 0.0
    return alike + (SAME_MOMENT if moment else 0.0) if alike >= (ALIKE_THEN if moment else ALIKE) else 0.0


def _another_post(pair: Pair, text: Version | None) -> bool:
    if text is None:
        return False
    return similarity((text.headline, *text.body), (pair.seen.post.headline, *pair.seen.post.body)) < REUSED_BELOW


def _keys_differ(track: Track, seen: Seen) -> bool:
    return track.key is not None and seen.post.key is not None and track.key != seen.post.key


def _recognisable(seen: Seen) -> bool:
    return len(seen.post.headline) + sum(map(len, seen.post.body)) >= RECOGNISABLE


def _without(
    tracks: Sequence[Track], posts: Sequence[Seen], found: Sequence[Pair]
) -> tuple[Sequence[Track], Sequence[Seen]]:
    if not found:
        return tracks, posts
    known, shown = {pair.track.id for pair in found}, {pair.seen.place for pair in found}
    return [t for t in tracks if t.id not in known], [seen for seen in posts if seen.place not in shown]


def _unique(named: Iterable[tuple[_Name, _Thing]]) -> dict[_Name, _Thing]:
    """Name → thing, without the names that occur twice."""
    things: dict[_Name, _Thing] = {}
    twice: set[_Name] = set()
    for name, thing in named:
        if name in things:
            twice.add(name)
        things[name] = thing
    for name in twice:
        del things[name]
    return things
