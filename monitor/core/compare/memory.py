"""What is kept of posts that are not on the page: absent ones in their place, departed ones for when they return."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from monitor.core.compare.state import SourceState, Track, held_key
from monitor.model import Version

REMEMBERED_POSTS = 200
"""Departed posts known again when they return: several times what a long page or feed shows."""

KEPT_TEXTS = 60
"""Departed posts whose text is kept, so that an edit made while they were away can be shown."""


def woven(before: Sequence[Track], on_page: Sequence[Track], absent: Sequence[Track]) -> tuple[Track, ...]:
    """The tracks on the page, each absent one behind the neighbour it was last seen behind."""
    shown, waiting = {track.id for track in on_page}, {track.id: track for track in absent}
    behind: dict[str, list[Track]] = defaultdict(list)
    neighbour = ""
    for track in before:
        if track.id in shown:
            neighbour = track.id
        elif track.id in waiting:
            behind[neighbour].append(waiting[track.id])
    return (*behind[""], *(track for shown_one in on_page for track in (shown_one, *behind[shown_one.id])))


def remember(state: SourceState, gone: Sequence[Track]) -> tuple[SourceState, dict[str, Version | None]]:
    """The state with ``gone`` among the departed and the returned no longer, and the texts this lets go of."""
    back = {track.id for track in state.tracks}
    every = [track for track in state.departed if track.id not in back] + [_slim(track) for track in gone]
    departed = tuple(every[-REMEMBERED_POSTS:])
    had_text = {track.id for track in (*state.departed[-KEPT_TEXTS:], *gone)} - back
    dropped: dict[str, Version | None] = dict.fromkeys(had_text - {track.id for track in departed[-KEPT_TEXTS:]})
    dropped |= {held_key(track.id): None for track in gone if track.held}
    return replace(state, departed=departed), dropped


def _slim(track: Track) -> Track:
    """A departed track without what only matters on the page: hundreds of them must stay small.

    A removed one keeps its headline and digest, to be told of when it is restored.
    """
    bare = replace(
        track, loose=b"", doubt=None, held=b"", past=(), past_times=(), since=None, url=None if track.key else track.url
    )
    if track.status == "removed":
        return bare
    published = track.published and replace(track.published, text="")
    return replace(bare, headline="", author=None, sha256=b"", published=published, modified=None)
