"""Redlines people can read: what was deleted and inserted, in words, with the noise of a raw diff cleaned away.

Paragraphs are aligned first, the parts of one that was split or joined together; then each pair is compared token by
token: the longest common subsequence (Indel, no substitutions), coincidental islands of equality melted into their
surroundings (N. Fraser, "Diff Strategies", 2006, semantic clean-up), pure insertions slid to the boundary of a
sentence or word. Tokens are whole, so no change ever cuts a number or a word.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, zip_longest
from typing import Literal

from rapidfuzz.distance import Indel

from monitor.core import normalize
from monitor.core.compare.hunks import Hunk, readable
from monitor.core.compare.rebroken import BREAK, Row, is_relaid, laid, rejoined, unbroken, with_breaks
from monitor.core.compare.tokens import interned, is_word, tokens
from monitor.model import Redline

PARTING: tuple[Literal["="], str] = ("=", BREAK)
"""Stands between paragraphs, whoever of the two sides has them."""

SIMILAR_PARAGRAPH = 0.45
MAX_FIGURE = 24
"""Characters at most of a paragraph that is a number with its unit."""

_FIGURE = re.compile("[0-9]+(?:[.,:][0-9]+)*")
MAX_PAIRINGS = 1_600
"""A gap of more paragraph pairs than this is paired from its top: a page that large was rewritten."""

MAX_TOKENS = 40_000
"""Tokens a side up to which a rewritten paragraph is compared token by token; the time is quadratic."""

_Alignment = Iterator[tuple[str | None, str | None]]


def of_paragraphs(old: Sequence[str], new: Sequence[str]) -> Redline:
    """The complete redline of two bodies; empty when they are equal."""
    if tuple(old) == tuple(new):
        return ()
    stretches = [_stretch(before, after) for before, after in _aligned(old, new)]
    return tuple(chain(*[((PARTING,) if place else ()) + runs for place, runs in enumerate(stretches)]))


def of_line(old: str, new: str) -> Redline:
    """The redline of two headlines or bylines; empty when they are equal."""
    return () if old == new else _paragraph(old or None, new or None)


def apply(redline: Redline, side: Literal["old", "new"]) -> tuple[str, ...]:
    """The paragraphs of one side, read back from a redline of two different texts."""
    sign = "-" if side == "old" else "+"
    paragraphs: list[list[str]] = [[]]
    for run in redline:
        if run[0] not in ("=", sign):
            continue
        if run[1] == BREAK:
            paragraphs.append([])
        else:
            paragraphs[-1].append(run[1])
    return tuple(filter(None, map("".join, paragraphs)))


def _stretch(old: Sequence[str], new: Sequence[str]) -> Redline:
    """The runs of paragraphs that belong together: one a side, or more where a break came or went between them."""
    if len(old) <= 1 and len(new) <= 1:
        return _paragraph(old[0] if old else None, new[0] if new else None)
    before, after = laid(old), laid(new)
    return tuple(with_breaks(readable(_hunks(*map(unbroken, (before, after)))), before, after))


def _paragraph(old: str | None, new: str | None) -> Redline:
    if old is None or new is None:
        return (("-", old),) if old is not None else (("+", new or ""),)
    if old == new:
        return (("=", old),)
    before, after = tokens(old), tokens(new)
    return tuple(_runs(readable(_hunks(before, after))))


def _hunks(before: list[str], after: list[str]) -> list[Hunk]:
    """Kept and changed stretches in turn, as the longest common subsequence has them.

    Common ends are trimmed inside ``opcodes``, in C++. Where much differs between long ends, it is one replacement.
    """
    head, tail = _common_ends(before, after)
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    if len(old) * len(new) > MAX_TOKENS**2:
        ends = before[:head], before[len(before) - tail :]
        first, last = [Hunk(kept=True, old=end, new=end.copy()) for end in ends]
        return [stretch for stretch in (first, Hunk(kept=False, old=old, new=new), last) if stretch.old]
    stretches: list[Hunk] = []
    for step in Indel.opcodes(*interned(before, after)):
        kept = step.tag == "equal"
        if kept or not stretches or stretches[-1].kept:
            stretches.append(Hunk(kept=kept))
        stretches[-1].old += before[step.src_start : step.src_end]
        stretches[-1].new += after[step.dest_start : step.dest_end]
    return stretches


def _common_ends(before: Sequence[str], after: Sequence[str]) -> tuple[int, int]:
    most = min(len(before), len(after))
    head = next((place for place in range(most) if before[place] != after[place]), most)
    tail = next((place for place in range(most - head) if before[-1 - place] != after[-1 - place]), most - head)
    return head, tail


def _runs(stretches: Iterable[Hunk]) -> Iterator[tuple[Literal["=", "-", "+"], str]]:
    for stretch in stretches:
        if stretch.kept:
            yield "=", "".join(stretch.old)
            continue
        if stretch.old:
            yield "-", "".join(stretch.old)
        if stretch.new:
            yield "+", "".join(stretch.new)


def _aligned(old: Sequence[str], new: Sequence[str]) -> Iterator[Row]:
    """Paragraphs that belong together, in order; a side may have none. Equal ones anchor, similar ones pair between."""
    anchors = Indel.opcodes(*interned([normalize.loose(text) for text in old], [normalize.loose(text) for text in new]))
    i = k = 0
    for step in anchors:
        if step.tag == "equal":
            yield from _gap(old[i : step.src_start], new[k : step.dest_start])
            i, k = step.src_end, step.dest_end
            yield from (
                ((was,), (now,)) for was, now in zip(old[step.src_start : i], new[step.dest_start : k], strict=True)
            )
    yield from _gap(old[i:], new[k:])


def _gap(old: Sequence[str], new: Sequence[str]) -> Sequence[Row]:
    if is_relaid(old, new):
        return [(old, new)]
    rows = [(() if was is None else (was,), () if now is None else (now,)) for was, now in _paired(old, new)]
    return rejoined(rows) if len(rows) > 1 and old and new else rows


def _paired(old: Sequence[str], new: Sequence[str]) -> _Alignment:
    """The alignment without crossings that has the most similarity in all (dynamic programming), or from the top."""
    if not old or not new or len(old) * len(new) > MAX_PAIRINGS:
        yield from zip_longest(old, new)
        return
    best, likeness = _table(old, new)
    i = k = 0
    while i < len(old) or k < len(new):
        if i < len(old) and k < len(new) and likeness[i][k] and best[i][k] == likeness[i][k] + best[i + 1][k + 1]:
            yield old[i], new[k]
            i, k = i + 1, k + 1
        elif i < len(old) and best[i][k] == best[i + 1][k]:
            yield old[i], None
            i += 1
        else:
            yield None, new[k]
            k += 1


def _table(old: Sequence[str], new: Sequence[str]) -> tuple[list[list[float]], list[list[float]]]:
    likeness = _likeness(old, new)
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for k in reversed(range(len(new))):
            paired = likeness[i][k] + best[i + 1][k + 1] if likeness[i][k] else 0.0
            best[i][k] = max(paired, best[i + 1][k], best[i][k + 1])
    return best, likeness


def _likeness(old: Sequence[str], new: Sequence[str]) -> list[list[float]]:
    pieces = [tokens(text) for text in (*old, *new)]
    if sum(map(len, pieces[: len(old)])) * sum(map(len, pieces[len(old) :])) > MAX_TOKENS**2:
        bags = [Counter(text) for text in pieces]
        return [[_in_common(a, b) for b in bags[len(old) :]] for a in bags[: len(old)]]
    spelled = interned(*pieces)
    bare = [_bare(text) for text in (*old, *new)]
    cores = [text[: _core(part)] for text, part in zip(spelled, pieces, strict=True)]

    def alike(i: int, k: int) -> float:
        k += len(old)
        shown = Indel.normalized_similarity(spelled[i], spelled[k], score_cutoff=SIMILAR_PARAGRAPH)
        if shown or not (
            (bare[i] and bare[i] == bare[k]) or _opens(cores[i], spelled[k]) or _opens(cores[k], spelled[i])
        ):
            return shown
        return SIMILAR_PARAGRAPH + 0.05

    return [[alike(i, k) for k in range(len(new))] for i in range(len(old))]


def _bare(text: str) -> str | None:
    """A short paragraph around its number, of which there is one ("2,53km"); None for any other."""
    around, numbers = _FIGURE.subn("0", text) if len(text) <= MAX_FIGURE else (text, 0)
    return around if numbers == 1 else None


def _core(pieces: Sequence[str]) -> int:
    """How many tokens a paragraph has up to its last word, when it has two words or more: else none."""
    words = [place for place, token in enumerate(pieces) if is_word(token)]
    return words[-1] + 1 if len(words) > 1 else 0


def _opens(core: str, text: str) -> bool:
    """Whether a text grew out of a shorter one: a placeholder that was filled in."""
    return bool(core) and text.startswith(core)


def _in_common(one: Counter[str], other: Counter[str]) -> float:
    """The similarity of two texts too long to compare in order: never less than it would be then."""
    share = 2 * (one & other).total() / max(1, one.total() + other.total())
    return share if share >= SIMILAR_PARAGRAPH else 0.0
