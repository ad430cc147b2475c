"""Paragraphs that were split or joined: found by the words that cross a break, compared as if breaks were spaces.

A page that shows as two paragraphs what was one has the same text to a reader. Compared paragraph by paragraph, all
of it would be deleted and inserted again, and the one word that changed would be lost in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Literal

from rapidfuzz.distance import Indel

from monitor.core.compare.hunks import Hunk
from monitor.core.compare.tokens import interned, is_word, tokens

BREAK = "\n\n"
"""What parts two paragraphs in a redline; always a run of its own."""

MAX_WORDS = 20_000
"""Words a side up to which crossing words are looked for; the time is quadratic."""

MIN_CROSSING = 4
"""Words that make a crossing; fewer only where they are most of a short paragraph."""

MOST = 0.5
"""The share, of the words that stay unexplained on either side of a break, that must be found across it."""

NEARLY_ALL = 0.8
"""The share of words both sides have where there is no need to look which paragraph became which."""

SHORTEST = 3
"""Characters of the shortest paragraph that is looked for."""

Row = tuple[Sequence[str], Sequence[str]]
"""Paragraphs of the old text and of the new that belong together."""

Run = tuple[Literal["=", "-", "+"], str]


def is_relaid(old: Sequence[str], new: Sequence[str]) -> bool:
    """Whether nearly the same words stand in another number of paragraphs: all of them are best compared as one."""
    if len(old) == len(new) or not old or not new:
        return False
    before, after = (Counter(" ".join(text).split()) for text in (old, new))
    return (before & after).total() >= NEARLY_ALL * max(before.total(), after.total())


def rejoined(rows: Sequence[Row]) -> Sequence[Row]:
    """The same rows, of at most one paragraph a side, those joined whose words crossed from one into another."""
    if not _may_cross(rows):
        return rows
    old = [[token for text in before for token in tokens(text) if is_word(token)] for before, _ in rows]
    new = [[token for text in after for token in tokens(text) if is_word(token)] for _, after in rows]
    if sum(map(len, old)) * sum(map(len, new)) > MAX_WORDS**2:
        return rows
    ends = list(range(len(rows)))
    for one, other in _crossings(old, new):
        first, last = sorted((one, other))
        ends[first] = max(ends[first], last)
    return list(_ranges(rows, ends))


def _may_cross(rows: Sequence[Row]) -> bool:
    """Whether one row became shorter and another longer, by any word: most edits need no closer look."""
    grown = [len("".join(after)) - len("".join(before)) for before, after in rows]
    return min(grown) <= -SHORTEST and max(grown) >= SHORTEST


def _crossings(old: Sequence[Sequence[str]], new: Sequence[Sequence[str]]) -> Iterator[tuple[int, int]]:
    """Rows whose old paragraph has words of the other's new one: a paragraph with two partners was split or joined.

    One that has its words from a single other one was moved, which is no matter of breaks.
    """
    common = _common(old, new)
    links = []
    for (one, other), shared in common.items():
        left = min(len(old[one]) - common[one, one], len(new[other]) - common[other, other])
        enough = min(MIN_CROSSING, MOST * len(old[one]), MOST * len(new[other]))
        if shared >= enough and (one == other or shared >= MOST * left):
            links.append((one, other))
    partners_of_old, partners_of_new = (Counter(link[side] for link in links) for side in (0, 1))
    for one, other in links:
        if one != other and max(partners_of_old[one], partners_of_new[other]) > 1:
            yield one, other


def _common(old: Sequence[Sequence[str]], new: Sequence[Sequence[str]]) -> Counter[tuple[int, int]]:
    """(row of the old text, row of the new) → the words both have, in the longest common subsequence of all."""
    was = [row for row, words in enumerate(old) for _ in words]
    now = [row for row, words in enumerate(new) for _ in words]
    common = Counter[tuple[int, int]]()
    flat = ([word for words in side for word in words] for side in (old, new))
    for step in Indel.opcodes(*interned(*flat)):
        if step.tag == "equal":
            pairs = zip(was[step.src_start : step.src_end], now[step.dest_start : step.dest_end], strict=True)
            common.update(pairs)
    return common


def _ranges(rows: Sequence[Row], ends: Sequence[int]) -> Iterator[Row]:
    """The rows, each joined with those after it up to its end, and theirs."""
    first = 0
    while first < len(rows):
        last = first
        row = first
        while row <= last:
            last = max(last, ends[row])
            row += 1
        joined = rows[first : last + 1]
        yield [text for before, _ in joined for text in before], [text for _, after in joined for text in after]
        first = last + 1


def laid(paragraphs: Sequence[str]) -> list[str]:
    """The tokens of paragraphs, each break among them as one."""
    return [token for place, text in enumerate(paragraphs) for token in ([BREAK] if place else []) + tokens(text)]


def unbroken(pieces: Iterable[str]) -> list[str]:
    """The same tokens with a space for each break."""
    return [" " if token == BREAK else token for token in pieces]


def with_breaks(stretches: Iterable[Hunk], old: Sequence[str], new: Sequence[str]) -> Iterator[Run]:
    """The runs of a comparison that took breaks for spaces, with the breaks of both texts in them."""
    i = k = 0
    for stretch in stretches:
        before, after = old[i : i + len(stretch.old)], new[k : k + len(stretch.new)]
        i, k = i + len(before), k + len(after)
        if stretch.kept:
            yield from _kept(before, after)
        else:
            yield from _parted("-", before)
            yield from _parted("+", after)


def _kept(before: Sequence[str], after: Sequence[str]) -> Iterator[Run]:
    start = 0
    for place, pair in enumerate(zip(before, after, strict=True)):
        if BREAK not in pair:
            continue
        if start < place:
            yield "=", "".join(after[start:place])
        yield from (("=", BREAK),) if pair[0] == pair[1] else (("-", pair[0]), ("+", pair[1]))
        start = place + 1
    if start < len(after):
        yield "=", "".join(after[start:])


def _parted(sign: Literal["=", "-", "+"], pieces: Iterable[str]) -> Iterator[Run]:
    for is_break, group in groupby(pieces, BREAK.__eq__):
        if is_break:
            yield from ((sign, BREAK) for _ in group)
        else:
            yield sign, "".join(group)


def settled(redline: Iterable[Run]) -> Iterator[Run]:
    """The runs as a reader sees them: a break that gave way to a space, or a space to a break, is one that stayed."""
    previous: Run | None = None
    for run in redline:
        if previous is not None and previous[0] == "-" and run[0] == "+" and is_break(previous[1] + run[1]):
            yield "=", BREAK
            previous = None
            continue
        if previous is not None:
            yield previous
        previous = run
    if previous is not None:
        yield previous


def is_break(text: str) -> bool:
    """Whether a text is white space that parts paragraphs."""
    return BREAK in text and text.isspace()
