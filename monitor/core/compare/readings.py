"""Which reading of a post speaks: what its JSON-LD says, or what its DOM shows.

A page that tells its posts twice seldom changes both at once. The one that changed since it was last read speaks;
where both did, the DOM, for readers see it. What is read from the other for the first time is taken on in silence: a
text that differs because it is read elsewhere is no edit. Where the DOM once showed a post otherwise, JSON-LD alone
does not change it, and a text that is missing changes nothing: unknown is not absent. Where the two were measured to
agree, what JSON-LD said stands for what the DOM showed: a text that the DOM then shows otherwise was edited.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import xxhash

from monitor.core import normalize
from monitor.core.compare import switches
from monitor.core.compare.pairing import Matching, Pair
from monitor.core.compare.seen import PRINT_BYTES, Seen, media_print
from monitor.core.compare.state import UNTOLD, SourceState, Track
from monitor.core.compare.switches import RUNG
from monitor.core.compare.track import Step
from monitor.model import ChangeType, Page, Post


@dataclass(frozen=True, slots=True)
class Marks:
    """Prints for the track: what JSON-LD says where that is not the track's text, what the DOM shows, and each rung."""

    ld: bytes
    dom: bytes
    rungs: tuple[bytes, bytes] = (b"", b"")
    behind: int = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """A matching with each post in the reading that speaks.

    By the track's id: the ``marks`` to set, which changes are ``quiet``, who is ``kept`` as it was known, and who
    is read on the other side (``switches``).
    """

    matching: Matching
    marks: Mapping[str, Marks] = field(default_factory=dict)
    quiet: Mapping[str, frozenset[ChangeType]] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    crossed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Speaker:
    """The reading of one post that speaks, and the marks of its track from here on."""

    seen: Seen
    ld: bytes = b""
    dom: bytes = b""
    quiet: frozenset[ChangeType] = switches.NOTHING
    kept: bool = False


def heard(state: SourceState, page: Page, matching: Matching) -> Heard:
    """The matching of a page, with the reading of each known post that speaks."""
    switched = switches.has_switched(state, page)
    apart = switched or any(any(pair.track.rungs) for pair in matching.pairs)
    if not apart and _stands_alone(page, matching):
        return Heard(matching)
    agreed = state.agreement is not None and state.agreement.agrees is True
    original = {seen.place: seen for seen in matching.posts}
    pairs: list[Pair] = []
    marks: dict[str, Marks] = {}
    quiet: dict[str, frozenset[ChangeType]] = {}
    kept, crossed = set(), set()
    for pair in matching.pairs:
        track = pair.track
        crossing = switches.crossing(track, page, switched=switched)
        said = _speaks(crossing.own, original.get(pair.seen.place, pair.seen), page, agreed=agreed)
        if crossing.crossed:
            crossed.add(track.id)
            said = _across(crossing, said)
            track = switches.taken_on(track, said.seen, said.quiet)
        if said.kept:
            # Pictures that JSON-LD has no word of are no change either: the track has its own back in ``marked``.
            kept.add(track.id)
            track = replace(track, media=media_print(said.seen.post.media))
        if said.quiet:
            quiet[track.id] = said.quiet
        mark = Marks(said.ld, said.dom, *crossing.after(None if said.kept else said.seen, said.quiet))
        if mark != Marks(track.ld, track.dom, track.rungs, track.behind):
            marks[track.id] = mark
        same = said.seen is pair.seen and track is pair.track
        pairs.append(pair if same else replace(pair, track=track, seen=said.seen))
    return Heard(replace(matching, pairs=tuple(pairs)), marks, quiet, frozenset(kept), frozenset(crossed))


def _stands_alone(page: Page, matching: Matching) -> bool:
    """Whether there is but one reading of every post: no JSON-LD, or, the common case, nothing beside it."""
    if page.rung != RUNG:
        return True
    return not page.shown and all(not pair.track.ld and pair.seen.post.body for pair in matching.pairs)


def _across(crossing: switches.Crossing, said: _Speaker) -> _Speaker:
    """The reading of a side for a track whose text is the other's."""
    if said.kept or crossing.is_stale(said.seen):
        known = _as_known(crossing.track, said.seen, said.ld)
        return replace(known, dom=said.dom)
    return replace(said, quiet=crossing.quiet(said.seen))


def marked(was: SourceState, step: Step, page: Page, said: Heard) -> Step:
    """The step without what is not to be told, its tracks with their marks."""
    switched = switches.has_switched(was, page)
    if not (page.shown or said.marks or said.quiet or switched):
        return step
    known = {track.id: track for track in (*was.tracks, *was.departed)}
    fresh = iter(sorted(said.matching.fresh, key=lambda seen: seen.place))
    hushed = [change for change in step.changes if change.type in said.quiet.get(change.subject, ())]
    silent = {change.subject for change in hushed}
    tracks = []
    for track in step.state.tracks:
        before, seen = known.get(track.id), None if track.id in known else next(fresh, None)
        if before is not None:
            now = track if track.held else _settled(track, before, said, silent)
            tracks.append(switches.left_behind(now, page) if switched else now)
        else:
            tracks.append(track if seen is None or page.rung != RUNG else _with(track, first_marks(page, seen)))
    departed = step.state.departed
    if switched:
        here = {track.id for track in was.tracks}
        departed = tuple(switches.left_behind(track, page) if track.id in here else track for track in departed)
    return replace(
        step,
        state=replace(step.state, tracks=tuple(tracks), departed=departed),
        changes=tuple(change for change in step.changes if change not in hushed) if hushed else step.changes,
        fresh=step.fresh - sum(change.type == "post.edited" for change in hushed),
    )


def _settled(track: Track, before: Track, said: Heard, silent: Collection[str]) -> Track:
    if track.id in said.kept:
        track = replace(track, media=before.media)
    if track.id in said.crossed:
        track = switches.remembered(track, before, said.quiet.get(track.id, switches.NOTHING))
    if track.id in silent:
        track = replace(track, sequence=before.sequence, version=before.version)
    marks = said.marks.get(track.id)
    return _with(track, marks) if marks is not None else track


def _with(track: Track, marks: Marks) -> Track:
    return replace(track, ld=marks.ld, dom=marks.dom, rungs=marks.rungs, behind=marks.behind)


def first_marks(page: Page, seen: Seen) -> Marks:
    """The marks of a post met for the first time, in the reading that the page gives."""
    own = page.ld.get(seen.place)
    if own is None and not seen.post.found_by.startswith(RUNG):
        return Marks(UNTOLD, seen.exact)
    return Marks(_sight(own) if own is not None else b"", seen.exact if seen.place in page.shown else b"")


def _speaks(track: Track, seen: Seen, page: Page, *, agreed: bool) -> _Speaker:
    if page.rung != RUNG:
        return _Speaker(seen, track.ld, track.dom)
    if not seen.post.found_by.startswith(RUNG):
        return _Speaker(seen, UNTOLD, seen.exact)
    if seen.place not in page.shown:
        return _told_alone(track, seen)
    own = page.ld.get(seen.place)
    if own is None:
        # JSON-LD has caught up with the page: the same words in another typography are no edit.
        caught_up = track.ld != b"" and (seen.exact == track.exact or seen.loose == track.loose)
        # What the page still cuts short, JSON-LD now has whole.
        shown = page.dom.get(seen.place)
        caught_up |= track.ld == UNTOLD and shown is not None and _exact(shown) == track.exact
        return _Speaker(seen, b"", seen.exact, quiet=switches.ALL if caught_up else switches.NOTHING)
    now = _sight(own)
    unread = track.dom == b""
    if seen.exact == track.exact:
        return _Speaker(seen, now, seen.exact, quiet=switches.TIMES if unread else switches.NOTHING)
    lags = seen.exact == track.dom or (seen.exact in track.past and track.dom != track.exact)
    if lags and own.body and track.ld == b"":
        return _Speaker(replace(seen, post=own, exact=_exact(own)), b"", seen.exact)
    return _Speaker(seen, now, seen.exact, quiet=switches.ALL if unread and not agreed else switches.NOTHING)


def _told_alone(track: Track, seen: Seen) -> _Speaker:
    """A post that only JSON-LD tells of: the DOM was not read, or shows it no longer."""
    post = seen.post
    if track.ld == b"":
        if post.body or seen.exact == track.exact or _exact(Post(headline=track.headline)) == track.exact:
            return _Speaker(seen, b"", track.dom)
        return _as_known(track, seen, b"")
    now = _sight(post)
    if now == track.ld or not post.body or seen.exact == track.exact or seen.exact in track.past:
        return _as_known(track, seen, now)
    return _Speaker(seen, b"", track.dom, quiet=switches.ALL)


def _as_known(track: Track, seen: Seen, ld: bytes) -> _Speaker:
    """The sight with the text and times the track has: its own body is not to be read."""
    if track.status in ("removed", "returning"):
        return _Speaker(seen, ld, track.dom)
    post = replace(
        seen.post, headline=track.headline, author=track.author, published=track.published, modified=track.modified
    )
    return _Speaker(replace(seen, post=post, exact=track.exact), ld, track.dom, quiet=switches.ALL, kept=True)


def _exact(post: Post) -> bytes:
    return normalize.exact_print(post.headline, post.body)[:PRINT_BYTES]


def _sight(post: Post) -> bytes:
    """A print of a post's text and times."""
    times = [span.earliest.isoformat() if span else "" for span in (post.published, post.modified)]
    return xxhash.xxh3_64_digest(_exact(post) + " ".join(times).encode())
