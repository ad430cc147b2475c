"""Pages that come now with their JSON-LD and now without: each of the two sides is compared with itself.

Caches of one page differ, and a site may drop its JSON-LD and have it back. What reads otherwise on the other side is
no edit; what reads otherwise than this side did is one. A side that has an edit later than the other is known to be
behind: its old text takes nothing back, and its new one tells nothing again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import xxhash

from monitor.core.compare.retime import compatible
from monitor.core.compare.seen import PRINT_BYTES, Seen
from monitor.core.compare.state import SourceState, Track
from monitor.model import ChangeType, Page, Span

RUNG = "jsonld"

NOTHING: frozenset[ChangeType] = frozenset()
TIMES: frozenset[ChangeType] = frozenset(("post.retimed",))
TEXTS: frozenset[ChangeType] = frozenset(("post.edited",))
ALL = TEXTS | TIMES


@dataclass(frozen=True, slots=True)
class Crossing:
    """A known post read on one ``side`` (0: with JSON-LD), ``was`` what that side last gave (empty: never read).

    ``rungs`` are what both sides last gave. ``crossed``: the track's text or times are not of this side.
    """

    track: Track
    side: int
    rungs: tuple[bytes, bytes]
    crossed: bool

    @property
    def was(self) -> bytes:
        return self.rungs[self.side]

    @property
    def own(self) -> Track:
        """The track with the text that this side last gave, where that is known."""
        return replace(self.track, exact=self.was[:PRINT_BYTES]) if self.was else self.track

    @property
    def is_behind(self) -> bool:
        """Whether the other side told what this one is yet to show."""
        return self.track.behind == self.side + 1

    def news(self, seen: Seen) -> frozenset[ChangeType]:
        """What reads otherwise than on this side before: the text, the time, both or none."""
        given = _given(seen.exact, seen.post.published)
        text, time = given[:PRINT_BYTES] != self.was[:PRINT_BYTES], given[PRINT_BYTES:]
        moved = bool(time and self.was[PRINT_BYTES:]) and time != self.was[PRINT_BYTES:]
        return (TEXTS if text else NOTHING) | (TIMES if moved else NOTHING)

    def is_stale(self, seen: Seen) -> bool:
        """Whether this side still shows what it did before the other told of a change."""
        return self.is_behind and bool(self.was) and not self.news(seen)

    def quiet(self, seen: Seen) -> frozenset[ChangeType]:
        """The types of change that this sight of a crossed track does not tell."""
        if not self.was or self.is_behind:
            return ALL
        news = self.news(seen)
        return ALL - news if seen.loose != self.track.loose else ALL - (news - TEXTS)

    def after(self, seen: Seen | None, quiet: Iterable[ChangeType]) -> tuple[tuple[bytes, bytes], int]:
        """``rungs`` and ``behind`` of the track from here on; ``seen`` is None where it was kept as it was known."""
        if not any(self.rungs) or seen is None:
            return self.rungs, self.track.behind
        given = _given(seen.exact, seen.post.published)
        rungs = (given, self.rungs[1]) if self.side == 0 else (self.rungs[0], given)
        told = self.was and self.news(seen) - frozenset(quiet)
        other = 2 - self.side
        return rungs, other if told else 0 if self.is_behind else self.track.behind


def has_switched(state: SourceState, page: Page) -> bool:
    """Whether the page came without its JSON-LD, or with it again."""
    return state.rung not in ("", page.rung) and RUNG in (page.rung, state.rung)


def crossing(track: Track, page: Page, *, switched: bool) -> Crossing:
    """What each side is known to say of a track; ``switched``: the copy before was of the other side."""
    side = int(page.rung != RUNG)
    if not any(track.rungs) and not switched:
        return Crossing(track, side, track.rungs, crossed=False)
    rungs = track.rungs if any(track.rungs) else _by_side(track, 1 - side)
    crossed = switched or track.behind == side + 1 or rungs[side][:PRINT_BYTES] != track.exact
    return Crossing(track, side, rungs, crossed)


def taken_on(track: Track, seen: Seen, quiet: frozenset[ChangeType]) -> Track:
    """The track as it is to be compared, so that nothing is held back or moved of what is ``quiet``."""
    post = seen.post
    if quiet >= TIMES:
        published = post.published if compatible(track.published, post.published) is False else track.published
        modified = post.modified if compatible(track.modified, post.modified) is False else track.modified
        track = replace(track, published=published, modified=modified, past_times=(), doubt=None)
    return replace(track, past=()) if quiet >= TEXTS else track


def remembered(track: Track, before: Track, quiet: frozenset[ChangeType]) -> Track:
    """The track with the earlier texts and times it had: none was added to them by what is ``quiet``."""
    track = replace(track, past=before.past) if quiet >= TEXTS else track
    return replace(track, past_times=before.past_times) if quiet >= TIMES else track


def left_behind(track: Track, page: Page) -> Track:
    """A track that a page of the other side does not show, with the side it is of."""
    return track if any(track.rungs) else replace(track, rungs=_by_side(track, int(page.rung == RUNG)))


def _by_side(track: Track, side: int) -> tuple[bytes, bytes]:
    given = _given(track.exact, track.published)
    return (given, b"") if side == 0 else (b"", given)


def _given(exact: bytes, published: Span | None) -> bytes:
    """A print of a text, and of its time where machines read it: labels tick."""
    if published is None or published.kind != "machine":
        return exact
    return exact + xxhash.xxh32_digest(published.earliest.isoformat().encode())
