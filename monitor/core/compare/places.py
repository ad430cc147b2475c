"""The places of a redline where the two texts differ, with what a reader knows of each: its words, its position."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from monitor.core.compare.rebroken import BREAK, Run, is_break, settled
from monitor.core.compare.redline import PARTING
from monitor.core.compare.tokens import ends_sentence, has_sentence_end, is_word, tokens
from monitor.model import Redline

SMALL_WORDS = 4
"""A place of at most so many words on each side is a change of detail, not of a passage."""

_OPENERS = "\"'“”„«»‘’([—–-:•"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What was deleted and inserted in one spot; ``opens_old`` and ``opens_new``: there a sentence begins.

    ``goes_on``: the place before it is in the same sentence.
    """

    deleted: str
    inserted: str
    opens_old: bool = False
    opens_new: bool = False
    goes_on: bool = False

    @property
    def is_small(self) -> bool:
        return max(len(_words(self.deleted)), len(_words(self.inserted))) <= SMALL_WORDS

    @property
    def replaces(self) -> bool:
        """Whether words stand on both sides."""
        return bool(_words(self.deleted) and _words(self.inserted))

    def names_lost(self) -> list[str]:
        """Capitalised words inside a sentence that are not on the other side, whatever its case."""
        return _names(self.deleted, opens=self.opens_old, other=self.inserted)

    def names_gained(self) -> list[str]:
        return _names(self.inserted, opens=self.opens_new, other=self.deleted)

    def words(self) -> str:
        """The place in words: ``“big” → “huge”``, ``added “very”``, ``removed “very”``."""
        old, new = " ".join(self.deleted.split()), " ".join(self.inserted.split())
        if old and new:
            return f"“{old}” → “{new}”"
        return f"added “{new}”" if new else f"removed “{old}”"

    def spaces(self) -> str:
        """A place whose two texts differ in spaces, in words: ``a space added: “sand bags”``."""
        more = sum(map(str.isspace, self.inserted)) - sum(map(str.isspace, self.deleted))
        what = "a space added" if more > 0 else "a space removed" if more < 0 else "a space moved"
        shown = (self.deleted if more < 0 else self.inserted).strip()
        return f"{what}: “{shown}”" if shown else what


def of(redline: Redline) -> Iterator[Place]:
    """The places of one redline in order; a break between paragraphs ends a place, one that came or went is none."""
    old_tail, new_tail, deleted, inserted = "", "", "", ""
    goes_on = False
    for run in (*settled(redline), PARTING):
        sign, text = run
        if sign == "-":
            deleted += text
        elif sign == "+":
            inserted += text
        else:
            if (deleted or inserted) and not is_break(deleted + inserted):
                opens = _opens(old_tail), _opens(new_tail)
                yield Place(deleted=deleted, inserted=inserted, opens_old=opens[0], opens_new=opens[1], goes_on=goes_on)
                goes_on = True
            goes_on = goes_on and run != PARTING and not has_sentence_end(deleted + inserted + text)
            old_tail = "" if run == PARTING else old_tail + deleted + text
            new_tail = "" if run == PARTING else new_tail + inserted + text
            deleted, inserted = "", ""


def whole_paragraphs(redline: Redline, sign: Literal["-", "+"]) -> list[str]:
    """The paragraphs only one side has: none of their words was in another paragraph that was split or joined."""
    whole: list[str] = []
    for parting, group in groupby(redline, PARTING.__eq__):
        runs = list(group)
        if not parting and len(runs) == 1:
            whole += [text for op, text in runs if op == sign]
        elif not parting and any(text == BREAK for _, text in runs):
            whole += _unshared(runs, sign)
    return whole


def _unshared(runs: Sequence[Run], sign: Literal["-", "+"]) -> Iterator[str]:
    """Of paragraphs compared across their breaks, those of one side that kept no word."""
    side = [run for run in runs if run[0] in ("=", sign)]
    for parting, group in groupby(side, lambda run: run[1] == BREAK):
        paragraph = list(group)
        if not parting and not any(op == "=" and _words(text) for op, text in paragraph):
            yield "".join(text for _, text in paragraph)


def word_counts(redline: Redline) -> tuple[int, int, int]:
    """Words kept, words of the old text, words of the new."""
    counts = Counter[str]()
    for sign, text in redline:
        counts[sign] += len(_words(text))
    return counts["="], counts["="] + counts["-"], counts["="] + counts["+"]


def words_in(text: str) -> int:
    """How many words a text has."""
    return len(_words(text))


def _words(text: str) -> list[str]:
    return [token for token in tokens(text) if is_word(token)]


def _names(text: str, *, opens: bool, other: str) -> list[str]:
    elsewhere = {word.casefold() for word in _words(other)}
    names = []
    for token in tokens(text):
        if is_word(token):
            if token[0].isupper() and not opens and token.casefold() not in elsewhere:
                names.append(token)
            opens = False
        elif ends_sentence(token) or token == BREAK:
            opens = True
    return names


def _opens(before: str) -> bool:
    """Whether a sentence begins after this text of the same paragraph."""
    tail = before.rstrip().rstrip(_OPENERS).rstrip()
    return not tail or ends_sentence(tail[-1])
