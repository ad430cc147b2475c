"""Keywords in page text, found in one pass whatever the page says and however many keywords there are.

A keyword is plain text, never a pattern. It is matched by **units**: a word is one unit, so is a number with its inner
``. , :`` (``3.5``, ``17:19``), so is each character of scripts written without spaces or with particles joined to the
word (Han, Kana, Hangul, Thai, Lao, Burmese, Khmer). Everything else only parts units: *Trump* is found in *Trump's*,
*rate cut* in *rate-cut*, never *rat* in *rate*; a phrase is not found across paragraphs. Units are folded as
caseless matching asks (Unicode 15 §3.13 D146: NFKC around the case folding), so *STRASSE* is *Straße*. Units, and not
the whole text: to normalise a long run of combining marks takes Python quadratic time (measured: 100,000 of them 7 s).

The phrases form one automaton over units (Aho and Corasick, 1975): each unit of a text is looked at once, and the
steps back are never more than the steps forward. Time is linear in the text and does not depend on the keywords.
"""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from monitor.core import normalize
from monitor.core.compare.tokens import ALONE, MARKS

_HANGUL = "\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3"
_LETTER = rf"(?:(?![{ALONE}{_HANGUL}_])\w|[{MARKS}])"
_UNIT = re.compile(rf"[{ALONE}{_HANGUL}]|{_LETTER}(?:{_LETTER}|(?<=\d)[.,:](?=\d))*")
_LONGEST_WORD = 100
_ASCII_UNIT = re.compile(r"[a-z0-9]+(?:(?<=[0-9])[.,:](?=[0-9])[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Keywords:
    """The automaton. A state is a number, 0 the beginning: ``steps`` leads on from it by a unit, ``back`` to the
    longest end of what was read that begins a keyword, ``ended`` is a keyword that ends there."""

    steps: tuple[Mapping[str, int], ...]
    back: tuple[int, ...]
    ended: tuple[str | None, ...]

    def first(self, texts: Iterable[str]) -> str | None:
        """The keyword whose end comes first in the texts, None when there is none."""
        steps, back, ended = self.steps, self.back, self.ended
        for text in texts:
            state = 0
            for unit in units(text):
                while state and unit not in steps[state]:
                    state = back[state]
                state = steps[state].get(unit, 0)
                if ended[state] is not None:
                    return ended[state]
        return None


def units(text: str) -> Iterator[str]:
    """The folded units of a text, in order. Stored text is NFC already, which scripts with single units rely on."""
    if text.isascii():
        return (found[0] for found in _ASCII_UNIT.finditer(text.lower()))
    return (_folded(found[0]) for found in _UNIT.finditer(text))


def _folded(unit: str) -> str:
    if unit.isascii():
        return unit.lower()
    if len(unit) > _LONGEST_WORD:
        return unit.casefold()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", unit).casefold())


def automaton(keywords: Iterable[str]) -> Keywords:
    """The keywords made ready; one without a unit (punctuation alone) is never found."""
    steps: list[dict[str, int]] = [{}]
    ended: list[str | None] = [None]
    for keyword in keywords:
        state = 0
        for unit in units(normalize.text(keyword)):
            if unit not in steps[state]:
                steps[state][unit] = len(steps)
                steps.append({})
                ended.append(None)
            state = steps[state][unit]
        if state and ended[state] is None:
            ended[state] = keyword
    back = _steps_back(steps, ended)
    return Keywords(steps=tuple(steps), back=tuple(back), ended=tuple(ended))


def _steps_back(steps: list[dict[str, int]], ended: list[str | None]) -> list[int]:
    """Where each state goes when a unit does not lead on; a keyword that ends another's prefix is put there too."""
    back = [0] * len(steps)
    waiting = deque(steps[0].values())
    while waiting:
        state = waiting.popleft()
        for unit, after in steps[state].items():
            shorter = back[state]
            while shorter and unit not in steps[shorter]:
                shorter = back[shorter]
            back[after] = steps[shorter].get(unit, 0)
            if ended[after] is None:
                ended[after] = ended[back[after]]
            waiting.append(after)
    return back
