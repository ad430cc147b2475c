"""Which post on the page is which of the posts we know: a cascade from strong evidence to weak.

::

    trusted native id → trusted permalink → exact text → loose text → an id that is unique among what is left
    → similar text, with time, headline, author and neighbours

Each step pairs what it can and leaves the rest to the next; nothing is ever paired twice. First come the posts that
were on the page a moment ago, then those that had left it. ``cascade`` needs no texts; ``settle`` takes back the
pairs that the texts belie, and pairs what is alike of the residue.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from operator import attrgetter

from monitor.core import normalize
from monitor.core.compare.alike import alike
from monitor.core.compare.identity import address
from monitor.core.compare.likeness import Rarity, likeness, rarity_of, terms_of
from monitor.core.compare.pairing import BELIEVED, Matching, Pair, Trust, keys_differ, unique
from monitor.core.compare.retime import compatible, meets, tells_moment
from monitor.core.compare.seen import Seen
from monitor.core.compare.state import UNTOLD, Track
from monitor.core.compare.trust import calm, weigh
from monitor.model import Span, Version

MOST_TRIED = 12
"""Posts of one text that are tried for the one that is seen: on a page where every post says the same, any will do."""

REUSED_BELOW = 0.22
REUSED_BELOW_AWAY = 0.35
"""Under this similarity, with another headline and another time, an id has been given to another post. It takes
less to say so of a post that had left the page."""

_EXACT: Callable[[Track | Seen], bytes] = attrgetter("exact")
_LOOSE: Callable[[Track | Seen], bytes] = attrgetter("loose")

Found = Iterable[tuple[Track, Seen]]
Step = Callable[[Sequence[Track], Sequence[Seen]], Found]


def cascade(
    live: Sequence[Track], departed: Sequence[Track], posts: Sequence[Seen], trust: Trust = BELIEVED
) -> Matching:
    """Pair tracks and posts without their texts. ``live`` and ``posts`` are in page order.

    ``trust`` is what earlier copies taught about the page's ids and permalinks.
    """
    now = weigh(trust, live, posts)
    pairs = [] if now.ids else [Pair(track, seen, "id") for track, seen in _back(live, departed, posts)]
    missing: Sequence[Track] = live
    away, fresh = _without(departed, posts, pairs)
    for tracks in (live, away):
        left: Sequence[Track] = tracks
        for evidence, step in _steps(now, departed=tracks is away):
            if not left or not fresh:
                break
            found = [Pair(track, seen, evidence) for track, seen in step(left, fresh)]
            if evidence == "shared id" and found:
                common = _common(posts)
                found = [pair for pair in found if pair.seen.post.key not in common]
            pairs += found
            left, fresh = _without(left, fresh, found)
        missing = left if tracks is live else missing
    if fresh or missing:
        now = calm(now, trust)
    copies = _echoes(fresh, pairs)
    fresh = [seen for seen in fresh if seen.place not in copies]
    return Matching(tuple(pairs), tuple(fresh), tuple(missing), tuple(posts), now)


def settle(matching: Matching, live: Sequence[Track], texts: Mapping[str, Version]) -> Matching:
    """Take back pairs whose texts say that an id was given to another post, and pair what is alike of the rest."""
    suspects = [pair for pair in matching.pairs if suspect(pair)]
    rarity = rarity_of(matching.posts) if suspects else None
    belied = [pair for pair in suspects if rarity and _another_post(pair, texts.get(pair.track.id), rarity)]
    if belied:
        # A track that had departed before is not missing from this page.
        gone = [pair.track for pair in belied if pair.track.status in ("present", "absent")]
        fresh = sorted((*matching.fresh, *(pair.seen for pair in belied)), key=lambda seen: seen.place)
        kept = tuple(pair for pair in matching.pairs if pair not in belied)
        matching = replace(matching, pairs=kept, fresh=tuple(fresh), missing=(*matching.missing, *gone))
    parted = {(pair.track.id, pair.seen.place) for pair in belied}
    pairs = [pair for pair in alike(matching, live, texts) if (pair.track.id, pair.seen.place) not in parted]
    missing, rest = _without(matching.missing, matching.fresh, pairs)
    return replace(matching, pairs=(*matching.pairs, *pairs), fresh=tuple(rest), missing=tuple(missing))


def suspect(pair: Pair) -> bool:
    """Whether everything but the name speaks against a pair, so that its texts must be compared."""
    if pair.by not in ("id", "permalink", "shared id") or pair.seen.exact == pair.track.exact:
        return False
    if pair.by == "shared id":
        return True
    if _is_address(pair.track.key):
        return False
    moment = compatible(pair.track.published, pair.seen.post.published)
    if pair.track.status != "present":
        return moment is not True
    was, now = normalize.loose(pair.track.headline), normalize.loose(pair.seen.post.headline)
    return bool(was and now and was != now) and moment is False


def _steps(trust: Trust, *, departed: bool) -> Iterator[tuple[str, Step]]:
    ids_lie, links_lie = trust.ids > 0, trust.links > 0

    def likely(track: Track, seen: Seen) -> bool:
        moment = compatible(track.published, seen.post.published)
        if not ids_lie and keys_differ(track, seen):
            return seen.is_recognisable
        return moment or seen.is_recognisable or (moment is None and not departed)

    if not ids_lie:
        yield "id", _by_key
        yield "id", _by_alias
    if not links_lie:
        yield "permalink", lambda tracks, posts: _by_address(tracks, posts, ids_lie=ids_lie)
    yield "text", lambda tracks, posts: _by_print(tracks, posts, _EXACT, likely)
    yield "loose text", lambda tracks, posts: _by_print(tracks, posts, _LOOSE, likely)
    if not ids_lie:
        yield "shared id", _by_key


def _back(live: Sequence[Track], departed: Sequence[Track], posts: Sequence[Seen]) -> Found:
    """Departed posts that are back as they were, under ids which a page had given to others meanwhile."""
    present = {(track.key, track.exact) for track in live}
    gone = {(track.key, track.exact): track for track in departed if track.key is not None}
    names = {track.key for track in live}
    for seen in posts:
        name = (seen.post.key, seen.exact)
        if name in gone and name not in present and seen.post.key in names:
            yield gone.pop(name), seen


def _by_key(tracks: Sequence[Track], posts: Sequence[Seen]) -> Found:
    """Equal ids; an id seen twice on either side identifies nothing."""
    known = unique((track.key, track) for track in tracks)
    shown = unique((seen.post.key, seen) for seen in posts)
    return [(known[key], seen) for key, seen in shown.items() if key is not None and key in known]


def _by_alias(tracks: Sequence[Track], posts: Sequence[Seen]) -> Found:
    """Posts that JSON-LD lists under another id than the DOM, which showed them first."""
    shown = unique((seen.alias, seen) for seen in posts if seen.alias is not None)
    known = unique((track.key, track) for track in tracks if track.key in shown) if shown else {}
    return [(track, shown[track.key]) for track in known.values() if track.key is not None and track.ld == UNTOLD]


def _common(posts: Sequence[Seen]) -> set[str | None]:
    """Ids that stand on three posts or more, and so name the page or a section rather than a post."""
    return {key for key, count in Counter(seen.post.key for seen in posts).items() if count > 2}


def _by_address(tracks: Sequence[Track], posts: Sequence[Seen], *, ids_lie: bool) -> Found:
    known = unique((address(track.url), track) for track in tracks if track.url)
    shown = unique((address(seen.post.url), seen) for seen in posts if seen.post.url)
    pairs = [(known[url], seen) for url, seen in shown.items() if url in known]
    return [(track, seen) for track, seen in pairs if ids_lie or not keys_differ(track, seen)]


def _by_print(
    tracks: Sequence[Track],
    posts: Sequence[Seen],
    of: Callable[[Track | Seen], bytes],
    likely: Callable[[Track, Seen], bool],
) -> Found:
    """Equal prints; where several posts share one, first those of one label, then of one moment, then in page order."""
    same: dict[bytes, dict[str, Track]] = defaultdict(dict)
    timed: dict[tuple[bytes, Span | None], dict[str, Track]] = defaultdict(dict)
    for track in tracks:
        if of(track):
            same[of(track)][track.id] = timed[of(track), track.published][track.id] = track

    def first(among: Mapping[str, Track] | None, seen: Seen, *, timely: bool) -> Track | None:
        near = islice(among.values(), MOST_TRIED) if among else ()
        fit = (track for track in near if not timely or compatible(track.published, seen.post.published))
        return next((track for track in fit if likely(track, seen)), None)

    rest: Sequence[Seen] = posts
    for exactly, timely in ((True, True), (False, True), (False, False)):
        late = []
        for seen in rest:
            among = timed.get((of(seen), seen.post.published)) if exactly else same.get(of(seen))
            twin = first(among, seen, timely=timely)
            if twin is None:
                late.append(seen)
            else:
                del same[of(twin)][twin.id], timed[of(twin), twin.published][twin.id]
                yield twin, seen
        rest = late


def _another_post(pair: Pair, text: Version | None, rarity: Rarity) -> bool:
    if text is None:
        return False
    below = REUSED_BELOW if pair.track.status == "present" else REUSED_BELOW_AWAY
    return likeness(terms_of(text), terms_of(pair.seen.post), rarity) < below


def _is_address(key: str | None) -> bool:
    """Whether an id is the address of a page: a number may be given to another post, a page is hardly ever."""
    return key is not None and "://" in key and "#" not in key


def _echoes(fresh: Sequence[Seen], pairs: Sequence[Pair]) -> set[int]:
    """Places of posts that say, at its time, what another of the page said before it was edited: copies left behind.

    Its time is known of old, however little the label of the copy tells by now.
    """
    said: dict[bytes, list[Pair]] = defaultdict(list)
    for pair in pairs if fresh else ():
        if pair.seen.exact != pair.track.exact or pair.track.past:
            for text in (pair.track.exact, *pair.track.past):
                said[text].append(pair)
    return {
        seen.place
        for seen in fresh
        if seen.is_recognisable
        and any(_at_its_time(pair.track.published, seen.post.published) for pair in said.get(seen.exact, ()))
    }


def _at_its_time(known: Span | None, seen: Span | None) -> bool:
    return known is not None and seen is not None and tells_moment(known) and meets(known, seen)


def _without(
    tracks: Sequence[Track], posts: Sequence[Seen], found: Sequence[Pair]
) -> tuple[Sequence[Track], Sequence[Seen]]:
    if not found:
        return tracks, posts
    known, shown = {pair.track.id for pair in found}, {pair.seen.place for pair in found}
    return [t for t in tracks if t.id not in known], [seen for seen in posts if seen.place not in shown]
