"""Tracks × page → changes, and the tracks as they are afterwards."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from monitor.core.compare import memory, pagewords, rebuilt, rounding, window
from monitor.core.compare.changes import Scene, of_post
from monitor.core.compare.identity import track_id
from monitor.core.compare.pairing import Matching, Pair
from monitor.core.compare.revise import Revision, last_known, revise
from monitor.core.compare.seen import Seen, media_print, of_version
from monitor.core.compare.state import SourceState, Track, held_key
from monitor.model import Change, Page, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a source: its state, texts to keep (None: to forget), what to tell, how much was new or edited."""

    state: SourceState
    texts: Mapping[str, Version | None] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    fresh: int = 0


def baseline(scene: Scene, state: SourceState, page: Page, posts: Sequence[Seen]) -> Step:
    """The first good sight of a source: all is known from here on, and told only where the source asks for it."""
    alert = scene.source.baseline == "alert"
    met = _meet(scene, state, posts, tell=alert)
    tracks = tuple(revision.track for revision in met.values())
    now = replace(
        state,
        baseline_done=True,
        tracks=tracks,
        title=page.title,
        summary=page.summary,
        closed=page.closed,
        rung=page.rung,
    )
    return _step(now, [], met, [], tracks)


def advance(
    scene: Scene,
    state: SourceState,
    page: Page,
    matching: Matching,
    texts: Mapping[str, Version],
    *,
    anew: bool = False,
    unseen: bool = False,
    aside: Sequence[Track] = (),
) -> Step:
    """The next good sight: what became of every post, and of the page's own words.

    ``anew``: the page is another one than before, and its posts are met in silence as at the first sight.
    ``unseen``: too much is missing to say that it was taken off; it has left, and is known when it returns.
    ``aside`` are tracks of which a partial page says nothing: their names are taken.
    """
    tally, matching = rounding.as_meant(state.rounding, matching)
    way = window.direction(state, page)
    older = window.revealed(state.tracks, way, matching)
    quiet = {seen.place for seen in matching.fresh if anew or _is_mere_pin(seen, state.tracks)}
    goes_on = any(seen.place not in older | quiet for seen in matching.fresh)
    now, of_words = pagewords.follow(scene, state, page, goes_on=goes_on)
    sights = rebuilt.hushed(matching, {pair.seen.place: _revised(scene, pair, texts) for pair in matching.pairs})
    sights |= _meet(scene, state, matching.fresh, older=older | quiet, aside=aside)
    on_page = [sights[place].track for place in sorted(sights)]
    surviving = {track.id for track in on_page}
    left = window.left(state.tracks, on_page, None if unseen else way)
    left -= {track.id for track in state.tracks if track.key in page.tombstones}
    missing = [_lack(scene, track, texts, left=left) for track in state.tracks if track.id not in surviving]
    absent = [revision.track for revision in missing if revision.track.status == "absent"]
    gone = [revision for revision in missing if revision.track.status != "absent"]
    now = replace(
        now,
        tracks=memory.woven(state.tracks, on_page, absent),
        distrust=(matching.trust.ids, matching.trust.links),
        rolled=window.roll(state, matching),
        rounding=tally,
        rung=page.rung,
    )
    return _step(now, of_words, sights, gone, on_page)


def _revised(scene: Scene, pair: Pair, texts: Mapping[str, Version]) -> Revision:
    return revise(scene, pair, texts.get(pair.track.id))


def _is_mere_pin(seen: Seen, tracks: Iterable[Track]) -> bool:
    """Whether a pinned post that nobody knows is a copy of one further down than the page shows, and so not new."""
    published = seen.post.published
    newest = max((track.published.latest for track in tracks if track.published is not None), default=None)
    return seen.post.pinned and not (published and newest and published.earliest > newest)


def confirm(scene: Scene, state: SourceState, texts: Mapping[str, Version]) -> Step:
    """A newer copy, the same as the last one: what that left in doubt is settled."""
    absent = {track.id for track in state.tracks if track.status == "absent" and _was_raised(state, track)}
    gone = [_lack(scene, track, texts) for track in state.tracks if track.id in absent]
    tracks = [track for track in state.tracks if track.id not in absent]
    sights: dict[int, Revision] = {}
    for place, track in enumerate(tracks):
        text = texts.get(held_key(track.id)) if track.held and _was_raised(state, track) else None
        if text is not None:
            shown = of_version(text, key=track.key, url=track.url, pinned=track.pinned, place=place)
            sights[place] = revise(scene, Pair(track, shown, "held"), texts.get(track.id))
            tracks[place] = sights[place].track
    now, of_words = pagewords.confirm(scene, state)
    return _step(replace(now, tracks=tuple(tracks)), of_words, sights, gone, tracks)


def _was_raised(state: SourceState, track: Track) -> bool:
    """Whether the last copy speaks of a doubt: a partial one says nothing of what it lacks, nor does it repeated."""
    return state.partial_at is None or track.since == state.partial_at


def in_doubt(state: SourceState) -> bool:
    """Whether an absence or a reversion awaits a newer copy."""
    return pagewords.in_doubt(state) or any(track.status == "absent" or track.held for track in state.tracks)


def wanted_to_confirm(state: SourceState) -> tuple[str, ...]:
    """Names of the texts that ``confirm`` reads."""
    doubtful = [one for one in state.tracks if (one.status == "absent" or one.held) and _was_raised(state, one)]
    return (*(one.id for one in doubtful), *(held_key(one.id) for one in doubtful if one.held))


def _meet(
    scene: Scene,
    state: SourceState,
    posts: Iterable[Seen],
    *,
    older: Container[int] = (),
    tell: bool = True,
    aside: Sequence[Track] = (),
) -> dict[int, Revision]:
    """Place → the track of a post not known before. The ``older`` places are met, and not told."""
    taken = {track.id for track in (*state.tracks, *state.departed, *aside)}
    met = {}
    for seen in posts:
        track = _new_track(scene, seen, taken)
        taken.add(track.id)
        after = seen.version(track.published, track.modified)
        told = tell and seen.place not in older
        met[seen.place] = Revision(
            track=track,
            texts={track.id: after},
            change=of_post(scene, "post.added", track, after=after) if told else None,
        )
    return met


def _new_track(scene: Scene, seen: Seen, taken: Container[str]) -> Track:
    """A track of its own: one whose key named another post before is of the next generation of that key."""
    post, name = seen.post, scene.snapshot.name if scene.snapshot else ""
    generation, id_ = 0, ""
    while not id_ or (id_ in taken and post.key is not None):
        id_ = track_id(scene.source.name, key=post.key, generation=generation, snapshot=name, place=seen.place)
        generation += 1
    return Track(
        id=id_,
        key=post.key,
        url=post.url,
        headline=post.headline,
        author=post.author,
        exact=seen.exact,
        loose=seen.loose,
        media=media_print(post.media),
        sha256=bytes.fromhex(seen.version(None, None).sha256),
        published=post.published,
        modified=post.modified,
        pinned=post.pinned,
        generation=generation - 1,
    )


def _lack(scene: Scene, track: Track, texts: Mapping[str, Version], *, left: Iterable[str] = ()) -> Revision:
    """A copy of the page lacks this post: it has left, or is missed, or was missed before and is gone for good."""
    if track.id in left and track.status != "returning":
        return Revision(track=replace(track, status="left"))
    if track.status == "returning":
        return Revision(track=replace(track, status="removed", since=None, held=b""), texts=_release(track))
    if track.status == "present":
        return Revision(track=replace(track, status="absent", since=scene.at, held=b""), texts=_release(track))
    if track.since is not None and scene.at <= track.since:
        return Revision(track=track)
    gone = replace(track, status="removed", sequence=track.sequence + 1)
    before = last_known(track, texts.get(track.id))
    return Revision(track=gone, change=of_post(scene, "post.removed", gone, before=before))


def _release(track: Track) -> Mapping[str, Version | None]:
    return {held_key(track.id): None} if track.held else {}


def _step(
    state: SourceState,
    of_words: Sequence[Change],
    sights: Mapping[int, Revision],
    gone: Sequence[Revision],
    on_page: Sequence[Track],
) -> Step:
    """Everything in the order a reader would have met it: the page's words, what is gone, then posts, oldest first."""
    upwards = window.order(on_page) != "oldest first"
    met = [sights[place] for place in sorted(sights, reverse=upwards)]
    state, dropped = memory.remember(state, [revision.track for revision in gone])
    texts = {name: text for revision in (*gone, *met) for name, text in revision.texts.items()}
    told = [revision.change for revision in (*gone, *met) if revision.change is not None]
    return Step(
        state=state,
        texts={**texts, **dropped},
        changes=(*of_words, *told),
        fresh=sum(change.type in ("post.added", "post.edited", "post.restored") for change in told),
    )
