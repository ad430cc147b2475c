"""A raw token diff made readable: islands melted, shredded sentences replaced whole, insertions slid to boundaries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from monitor.core.compare.tokens import ends_sentence, is_word

MAX_ISLAND_WORDS = 3
"""Kept words between two changes that say nothing by themselves when the changes are at least as large."""

MIN_KEPT = 0.35
"""A sentence that keeps less than this share of its words is shown as one replacement."""


@dataclass(slots=True)
class Hunk:
    """A stretch of tokens on both sides: the same on both (``kept``), or ``old`` replaced by ``new``."""

    kept: bool
    old: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)


def readable(stretches: Sequence[Hunk]) -> list[Hunk]:
    """The same two texts in fewer, larger and better placed hunks; kept and changed stretches still take turns."""
    melted = _melt_islands(stretches)
    whole = _replace_shredded(melted)
    _slide(whole)
    return [stretch for stretch in whole if stretch.old or stretch.new]


def _melt_islands(stretches: Sequence[Hunk]) -> list[Hunk]:
    """Join changes over an island of equality: no word in it, or up to three and no more than each neighbour has.

    A joined change is larger than its parts, so an island before it may melt in turn. Words are counted once a
    stretch and joined changes grow in place: a page where every second word changed stays linear.
    """
    done: list[Hunk] = []
    counts: list[tuple[int, int]] = []
    for stretch in stretches:
        done.append(stretch)
        counts.append(_word_counts(stretch))
        while len(done) >= 3 and not done[-1].kept and done[-2].kept and _is_island(*map(max, counts[-3:])):
            for part in done[-2:]:
                done[-3].old += part.old
                done[-3].new += part.new
            counts[-3:] = [(sum(old for old, _ in counts[-3:]), sum(new for _, new in counts[-3:]))]
            del done[-2:]
    return done


def _is_island(before: int, island: int, after: int) -> bool:
    return island == 0 or (island <= MAX_ISLAND_WORDS and island <= min(before, after))


def _word_counts(stretch: Hunk) -> tuple[int, int]:
    return sum(map(is_word, stretch.old)), sum(map(is_word, stretch.new))


def _replace_shredded(stretches: Sequence[Hunk]) -> list[Hunk]:
    whole: list[Hunk] = []
    for sentence in _sentences(stretches):
        changes = [place for place, stretch in enumerate(sentence) if not stretch.kept]
        if len(changes) < 2 or _kept_share(sentence) >= MIN_KEPT:
            whole += sentence
        else:
            first, last = changes[0], changes[-1]
            whole += [*sentence[:first], _joined(sentence[first : last + 1]), *sentence[last + 1 :]]
    return _merged(whole)


def _sentences(stretches: Sequence[Hunk]) -> Iterator[list[Hunk]]:
    """Stretches grouped by sentence; a kept stretch is cut after each end of a sentence, a change never."""
    group: list[Hunk] = []
    for stretch in stretches:
        if not stretch.kept:
            group.append(stretch)
            continue
        start = 0
        for place, token in enumerate(stretch.old):
            if ends_sentence(token):
                part = stretch.old[start : place + 1]
                yield [*group, Hunk(kept=True, old=part, new=part.copy())]
                group, start = [], place + 1
        if start < len(stretch.old):
            rest = stretch.old[start:]
            group.append(Hunk(kept=True, old=rest, new=rest.copy()))
    if group:
        yield group


def _kept_share(stretches: Sequence[Hunk]) -> float:
    kept = sum(max(_word_counts(stretch)) for stretch in stretches if stretch.kept)
    old = sum(is_word(token) for stretch in stretches for token in stretch.old)
    new = sum(is_word(token) for stretch in stretches for token in stretch.new)
    return kept / max(old, new, 1)


def _joined(stretches: Sequence[Hunk]) -> Hunk:
    return Hunk(
        kept=False,
        old=[token for stretch in stretches for token in stretch.old],
        new=[token for stretch in stretches for token in stretch.new],
    )


def _merged(stretches: Sequence[Hunk]) -> list[Hunk]:
    """Neighbours of one kind as one stretch."""
    merged: list[Hunk] = []
    for stretch in stretches:
        if merged and merged[-1].kept == stretch.kept:
            merged[-1].old += stretch.old
            merged[-1].new += stretch.new
        else:
            merged.append(stretch)
    return merged


def _slide(stretches: list[Hunk]) -> None:
    """Move each pure insertion or deletion between two kept stretches to the best boundary it can have, in place."""
    for place in range(1, len(stretches) - 1):
        before, change, after = stretches[place - 1 : place + 2]
        if change.kept or (change.old and change.new):
            continue
        moved = change.old or change.new
        head, rest = _best_cut(before.old, moved, after.old)
        ring = [*before.old, *moved, *after.old]
        moved[:] = ring[head : head + len(moved)]
        before.old[:], after.old[:] = ring[:head], ring[rest:]
        before.new[:], after.new[:] = ring[:head], ring[rest:]


def _best_cut(before: Sequence[str], moved: Sequence[str], after: Sequence[str]) -> tuple[int, int]:
    """Where the moved tokens may begin and end in before + moved + after, at the most natural boundaries."""
    ring, size = [*before, *moved, *after], len(moved)
    start = len(before)
    while start > 0 and ring[start - 1] == ring[start - 1 + size]:
        start -= 1
    best, score = start, _boundary(ring, start) + _boundary(ring, start + size)
    while start + size < len(ring) and ring[start] == ring[start + size]:
        start += 1
        here = _boundary(ring, start) + _boundary(ring, start + size)
        if here >= score:
            best, score = start, here
    return best, best + size


def _boundary(ring: Sequence[str], place: int) -> int:
    """How natural a cut before ``ring[place]`` is: the text's ends, a sentence, a word, any other."""
    if place in (0, len(ring)):
        return 4
    if ring[place - 1].isspace():
        return 3 if place > 1 and ends_sentence(ring[place - 2]) else 2
    return 1 if ring[place].isspace() else 0
