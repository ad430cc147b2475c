"""One observation of a source → its new state and what there is to tell.

Two phases, so that stored texts are loaded only for posts that changed: ``begin`` reads and matches, and names the
texts it wants (``Draft.needs``); ``conclude`` compares. Both are pure: ``now`` is when the observation was fetched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from monitor.core.compare import clocks, closing, match, partial, readings, track, window
from monitor.core.compare.changes import Scene, of_source
from monitor.core.compare.pairing import Matching, Trust
from monitor.core.compare.revise import reads_otherwise
from monitor.core.compare.seen import Seen, sights
from monitor.core.compare.state import SourceState
from monitor.core.compare.track import Step
from monitor.core.extract import decode, extract
from monitor.model import (
    Change,
    Extraction,
    FailedPoll,
    Observation,
    Page,
    Snapshot,
    Source,
    Unchanged,
    Unreadable,
    Version,
)

FAILURES_BEFORE_ALARM = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Readable:
    """A page that can be compared. ``matching`` is None at the first good sight, where there is nothing to match."""

    page: Page
    posts: tuple[Seen, ...]
    matching: Matching | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """No page worth believing. ``at_once``: told without waiting for more; ``lasting``: the same again is no better."""

    reason: str
    at_once: bool = False
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Stale:
    """An old copy, ignored."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """The last good copy again; ``newer``: made after all copies seen, so that it bears witness."""

    newer: bool


Reading = Readable | Failure | Stale | Repeat


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An observation read and matched. ``needs`` are the names of the stored texts that ``conclude`` wants."""

    source: Source
    state: SourceState
    observation: Observation
    reading: Reading
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """What an observation changes.

    ``texts`` maps a name (a track's id) to the text to keep, None to forget it. ``eager``: an unchanged poll must be
    reported too, since something is ``in_doubt`` or the end of coverage is awaited. ``fresh`` counts new and edited
    posts, for the cadence. ``refetch``: the last copy could not be read, so that hearing "unchanged" of it is worth
    nothing, and the next poll should bring the page whole.
    """

    state: SourceState
    texts: Mapping[str, Version | None] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    eager: bool = False
    in_doubt: bool = False
    fresh: int = 0
    refetch: bool = False


def detect(
    source: Source,
    state: SourceState,
    observation: Observation,
    body: bytes | None,
    texts: Mapping[str, Version],
) -> Detection:
    """``begin`` and ``conclude`` in one, for callers that hold every text."""
    return conclude(begin(source, state, observation, body), texts)


def begin(source: Source, state: SourceState, observation: Observation, body: bytes | None) -> Draft:
    """Read and match one observation; ``body`` is the snapshot's, None when it has expired."""
    match observation:
        case FailedPoll(reason=reason):
            return Draft(source=source, state=state, observation=observation, reading=Failure(reason=reason))
        case Unchanged():
            return _look_again(source, state, observation)
        case Snapshot():
            return _look(source, state, observation, body)
        case _:
            assert_never(observation)


def consider(source: Source, state: SourceState, snapshot: Snapshot, extraction: Extraction) -> Draft:
    """``begin`` for a snapshot whose extraction is at hand."""
    reading: Reading
    needs: tuple[str, ...] = ()
    match extraction:
        case Unreadable(reason=reason):
            reading = Failure(reason=reason, at_once=True, lasting=True)
        case Page(built_at=built_at) if clocks.is_stale(state, state.built_at, built_at, snapshot.fetched_at):
            reading = Stale()
        case Page() if not state.baseline_done:
            reading = Readable(page=extraction, posts=sights(extraction), matching=None)
        case Page():
            ids, links = state.distrust
            posts = sights(extraction, state.tracks, ids=not ids)
            matching = match.cascade(state.tracks, state.departed, posts, Trust(ids=ids, links=links))
            reading = Readable(page=extraction, posts=posts, matching=matching)
            spoken = readings.heard(state, extraction, matching).matching
            changed = [pair.track.id for pair in spoken.pairs if reads_otherwise(pair)]
            needs = (*changed, *(missing.id for missing in matching.missing))
        case _:
            assert_never(extraction)
    return Draft(source=source, state=state, observation=snapshot, reading=reading, needs=needs)


def conclude(draft: Draft, texts: Mapping[str, Version]) -> Detection:
    """Compare, given the stored texts that the draft needs; one that is missing is no longer kept."""
    state = draft.state
    draft = replace(draft, state=replace(state, polls=state.polls + 1))
    match draft.reading:
        case Failure() as failure:
            return _failed(draft, failure)
        case Stale():
            since = state.stale_since or draft.observation.fetched_at
            return _settled(draft, Step(state=replace(draft.state, stale_since=since)))
        case Repeat(newer=newer):
            return _repeated(draft, texts, newer=newer)
        case Readable() as readable:
            return _compared(draft, readable, texts)
        case _:
            assert_never(draft.reading)


def _look(source: Source, state: SourceState, snapshot: Snapshot, body: bytes | None) -> Draft:
    if body is None:
        expired = Failure(reason="the copy's bytes had expired before they were read", lasting=True)
        return Draft(source=source, state=state, observation=snapshot, reading=expired)
    if clocks.is_stale(state, state.generated_at, snapshot.generated_at, snapshot.fetched_at):
        return Draft(source=source, state=state, observation=snapshot, reading=Stale())
    return consider(
        source, state, snapshot, _with_end(state, snapshot, body, extract(body, snapshot, source, state.agreement))
    )


def _with_end(state: SourceState, snapshot: Snapshot, body: bytes, extraction: Extraction) -> Extraction:
    """The page, closed when it says so, and then with the page it goes on at."""
    seen = closing.noticed(extraction, snapshot.generated_at or snapshot.fetched_at, state)
    if not isinstance(seen, Page) or not seen.closed or seen.successor or state.closed:
        return seen
    plain = decode.uncoded(body, snapshot.encoding)
    if isinstance(plain, Unreadable):
        return seen
    markup = decode.decoded(plain, decode.charset(plain, snapshot.content_type))
    return replace(seen, successor=closing.successor(markup, snapshot.url))


def _look_again(source: Source, state: SourceState, unchanged: Unchanged) -> Draft:
    """The same bytes again are as good as the last copy was, and no better."""
    reading: Reading
    if state.unreadable:
        reading = Failure(reason=state.unreadable, lasting=True)
    elif state.stale_since is not None:
        reading = Stale()
    else:
        made_at = unchanged.generated_at
        reading = Repeat(newer=made_at is None or state.generated_at is None or made_at > state.generated_at)
    needs = track.wanted_to_confirm(state) if reading == Repeat(newer=True) else ()
    return Draft(source=source, state=state, observation=unchanged, reading=reading, needs=needs)


def _compared(draft: Draft, readable: Readable, texts: Mapping[str, Version]) -> Detection:
    scene, page = _scene(draft), readable.page
    if readable.matching is None:
        step = track.baseline(scene, draft.state, page, readable.posts)
        said = readings.Heard(Matching((), readable.posts, ()))
        return _settled(draft, _good(draft, readings.marked(draft.state, step, page, said), page))
    matching = match.settle(readable.matching, draft.state.tracks, texts)
    state = draft.state
    if page.partial:
        return _settled(draft, _good(draft, partial.updated(scene, state, page, matching, texts), page))
    short = window.short(state, page, matching)
    another = window.replaced(state, page, matching)
    reason = short or another
    # A page without a post is never another page for good: as soon as it shows one, it is judged by that.
    if reason is not None and not (readable.posts and clocks.has_failed_long(state, scene.at)):
        return _failed(draft, Failure(reason=reason, at_once=True, lasting=True))
    anew, unseen = another is not None, short is not None
    said = readings.heard(state, page, matching)
    step = track.advance(scene, state, page, said.matching, texts, anew=anew, unseen=unseen)
    return _settled(draft, _good(draft, readings.marked(state, step, page, said), page))


def _repeated(draft: Draft, texts: Mapping[str, Version], *, newer: bool) -> Detection:
    step = track.confirm(_scene(draft), draft.state, texts) if newer else Step(state=draft.state)
    return _settled(draft, _good(draft, step, None))


def _good(draft: Draft, step: Step, page: Page | None) -> Step:
    """The step, with the clocks set and, where the source had been failing, its recovery told first."""
    was, seen = draft.state, draft.observation
    made_at = _scene(draft).generated_at
    built_at = clocks.plausible(page.built_at if page else None, seen.fetched_at)
    # Copies that were taken for stale until now have shown that the clocks had been wrong.
    forget = page is not None and was.stale_since is not None and clocks.patience_is_over(was, seen.fetched_at)
    state = replace(
        step.state,
        failures=0,
        failing_since=None,
        failing=False,
        unreadable="",
        stale_since=None,
        generated_at=made_at if forget else clocks.newest(was.generated_at, made_at),
        built_at=built_at if forget else clocks.newest(was.built_at, built_at),
        agreement=(page.agreement if page else None) or was.agreement,
    )
    if page is not None:
        state = replace(state, partial_at=seen.fetched_at if page.partial else None)
    if page is not None and not page.partial:
        closes_at, floating = closing.dated(page, was)
        state = replace(state, closes_at=closes_at, floating=floating)
    if not was.failing:
        return replace(step, state=state)
    state = replace(state, source_sequence=was.source_sequence + 1)
    reason = "the page can be read again; what changed meanwhile is told from here"
    recovered = of_source(_scene(draft), "source.recovered", state.source_sequence, reason)
    return replace(step, state=state, changes=(recovered, *step.changes))


def _failed(draft: Draft, failure: Failure) -> Detection:
    was = draft.state
    failures = was.failures + 1
    tell = not was.failing and (failure.at_once or failures >= FAILURES_BEFORE_ALARM)
    state = replace(
        was,
        failures=failures,
        failing_since=was.failing_since or draft.observation.fetched_at,
        failing=was.failing or tell,
        unreadable=failure.reason if failure.lasting else was.unreadable,
        source_sequence=was.source_sequence + tell,
    )
    if not tell:
        return _settled(draft, Step(state=state))
    often = "" if failure.at_once else f" ({failures} polls in a row)"
    reason = f"{failure.reason}{often}; nothing counts as removed: look at it with `stetwatch check {draft.source.url}`"
    failing = of_source(_scene(draft), "source.failing", state.source_sequence, reason)
    return _settled(draft, Step(state=state, changes=(failing,)))


def _settled(draft: Draft, step: Step) -> Detection:
    in_doubt = step.state.failures > 0 or track.in_doubt(step.state)
    return Detection(
        state=step.state,
        texts=step.texts,
        changes=step.changes,
        eager=in_doubt or closing.awaited(step.state, draft.observation.fetched_at),
        in_doubt=in_doubt,
        fresh=step.fresh,
        refetch=step.state.unreadable != "",
    )


def _scene(draft: Draft) -> Scene:
    seen = draft.observation
    made_at = None if isinstance(seen, FailedPoll) else seen.generated_at
    return Scene(draft.source, seen.fetched_at, seen if isinstance(seen, Snapshot) else None, made_at)
