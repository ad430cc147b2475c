"""A page that holds only what changed: the answer to "anything new since?"."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import islice

from monitor.core.compare import track
from monitor.core.compare.changes import Scene
from monitor.core.compare.pairing import Matching
from monitor.core.compare.state import SourceState, Track
from monitor.model import Page, Version

MOST_LIVE = 60
"""Posts that answers alone never take off the page: of more, the oldest leaves for each new one."""


def updated(
    scene: Scene, state: SourceState, page: Page, matching: Matching, texts: Mapping[str, Version]
) -> track.Step:
    """The step of a ``partial`` page: posts it lacks stand as they were, and nothing at all is no failure.

    Those it marks as taken off are missed. One whose id it gives to another post has left, and so have the oldest, when
    there are too many.
    """
    shown = {pair.track.id for pair in matching.pairs}
    gone = {known.id for known in state.tracks if known.id not in shown and known.key in page.tombstones}
    names = {seen.post.key for seen in matching.fresh} - {None}
    replaced = {known.id for known in state.tracks if known.id not in shown and known.key in names}
    touched = shown | gone | replaced
    touched |= _overflow(state, len(matching.fresh) + len(shown - {known.id for known in state.tracks}), touched)
    part = replace(state, tracks=tuple(known for known in state.tracks if known.id in touched))
    aside = tuple(known for known in state.tracks if known.id not in touched)
    step = track.advance(scene, part, page, replace(matching, missing=()), texts, aside=aside)
    now = {one.id: one for one in (*aside, *step.state.tracks)}
    before = {known.id for known in state.tracks}
    fresh = (one for one in step.state.tracks if one.id not in before)
    tracks = (*fresh, *(now[known.id] for known in state.tracks if known.id in now))
    return replace(step, state=replace(step.state, tracks=tracks, rolled=state.rolled))


def _overflow(state: SourceState, more: int, touched: Collection[str]) -> set[str]:
    """Ids of the lowest posts, when with so many ``more`` there are more than there may be, and than there were."""
    too_many = len(state.tracks) + more - max(MOST_LIVE, len(state.tracks))
    lowest: list[Track] = [known for known in reversed(state.tracks) if known.id not in touched]
    return {known.id for known in islice(lowest, max(0, too_many))}
