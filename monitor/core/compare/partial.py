"""A page that holds only what changed: the answer to "anything new since?"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from monitor.core.compare import track
from monitor.core.compare.changes import Scene
from monitor.core.compare.pairing import Matching
from monitor.core.compare.state import SourceState
from monitor.model import Page, Version


def updated(
    scene: Scene, state: SourceState, page: Page, matching: Matching, texts: Mapping[str, Version]
) -> track.Step:
    """The step of a ``partial`` page: posts it lacks stand as they were, and nothing at all is no failure."""
    shown = {pair.track.id for pair in matching.pairs}
    part = replace(state, tracks=tuple(known for known in state.tracks if known.id in shown))
    step = track.advance(scene, part, page, replace(matching, missing=()), texts)
    now = {one.id: one for one in step.state.tracks}
    before = {known.id for known in state.tracks}
    fresh = (one for one in step.state.tracks if one.id not in before)
    tracks = (*fresh, *(now.get(known.id, known) for known in state.tracks))
    return replace(step, state=replace(step.state, tracks=tracks, rolled=state.rolled))
