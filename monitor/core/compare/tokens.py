"""Text cut into the pieces a reader compares: words, whole numbers, runs of white space, single CJK characters."""

from __future__ import annotations

import re
from collections.abc import Sequence

MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0963\u0966-\u0dff\u200c\u200d"
ALONE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer: written without spaces
    "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"  # Kana and Han
)
"""Characters that are a word each; a class of ``re``, as ``MARKS`` is, which belong to the letter before them."""

_LETTER = rf"(?:(?![{ALONE}_])\w|[{MARKS}])"
_TOKEN = re.compile(
    rf"{_LETTER}(?:{_LETTER}|(?<=\d)[.,:](?=\d)|['’\-‐‑](?={_LETTER}))*(?:(?<=\d)%)?"
    r"|\s+"
    r"|.(?:[\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff]|\u200d.)*",
    re.DOTALL,
)
_SENTENCE_ENDS = frozenset(".!?…。！？।؟")


def tokens(text: str) -> list[str]:
    """``text`` in pieces; joined they are ``text`` again. A number keeps its inner ``. , :`` and its ``%``."""
    return _TOKEN.findall(text)


def is_word(token: str) -> bool:
    """Whether a token carries meaning of its own: a word, a number, a CJK character."""
    return token[0].isalnum() or token[0] == "_"


def ends_sentence(token: str) -> bool:
    """Whether a token is a full stop or its like."""
    return token in _SENTENCE_ENDS


def has_sentence_end(text: str) -> bool:
    """Whether a full stop or its like stands anywhere in a text, be it of a number."""
    return not _SENTENCE_ENDS.isdisjoint(text)


def interned(*texts: Sequence[str]) -> list[str]:
    """Each text as a string with one character a token, which is what the C++ comparison is fastest at."""
    known: dict[str, str] = {}
    return ["".join([known.setdefault(token, _character(len(known))) for token in text]) for text in texts]


def _character(number: int) -> str:
    return chr(number if number < 0xD800 else number + 0x800)  # surrogates are no characters
