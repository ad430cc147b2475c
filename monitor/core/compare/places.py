"""The places of a redline where the two texts differ, with what a reader knows of each: its words, its position."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from monitor.core.compare.redline import PARTING
from monitor.core.compare.tokens import ends_sentence, is_word, tokens
from monitor.model import Redline

SMALL_WORDS = 4
"""A place of at most so many words on each side is a change of detail, not of a passage."""

_OPENERS = "\"'“”„«»‘’([—–-:•"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What was deleted and inserted in one spot; ``opens_old`` and ``opens_new``: there a sentence begins."""

    deleted: str
    inserted: str
    opens_old: bool = False
    opens_new: bool = False

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
        old, new = self.deleted.strip(), self.inserted.strip()
        if old and new:
            return f"“{old}” → “{new}”"
        return f"added “{new}”" if new else f"removed “{old}”"


def of(redline: Redline) -> Iterator[Place]:
    """The places of one redline in order; the end of a paragraph ends a place."""
    old_tail, new_tail, deleted, inserted = "", "", "", ""
    for sign, text in (*redline, PARTING):
        if sign == "-":
            deleted += text
        elif sign == "+":
            inserted += text
        else:
            if deleted or inserted:
                yield Place(deleted=deleted, inserted=inserted, opens_old=_opens(old_tail), opens_new=_opens(new_tail))
            parting = (sign, text) == PARTING
            old_tail = "" if parting else old_tail + deleted + text
            new_tail = "" if parting else new_tail + inserted + text
            deleted, inserted = "", ""


def whole_paragraphs(redline: Redline, sign: Literal["-", "+"]) -> list[str]:
    """The paragraphs only one side has."""
    paragraphs = [list(runs) for parting, runs in groupby(redline, PARTING.__eq__) if not parting]
    return [runs[0][1] for runs in paragraphs if len(runs) == 1 and runs[0][0] == sign]


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
        elif ends_sentence(token):
            opens = True
    return names


def _opens(before: str) -> bool:
    """Whether a sentence begins after this text of the same paragraph."""
    tail = before.rstrip().rstrip(_OPENERS).rstrip()
    return not tail or ends_sentence(tail[-1])
