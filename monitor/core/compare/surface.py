"""What the surface of a text shows without knowing its language: numbers, quotes, names, slips of the keyboard."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from rapidfuzz.distance import OSA

from monitor.core import normalize
from monitor.core.compare.tokens import ends_sentence, is_word, tokens

NOUNS_CAPITALISED = 0.15
ALL_CAPITALISED = 0.45
"""Above these shares of capitalised words inside sentences, in German and in any language, a capital marks no name."""

TITLE_CASE = 0.6
"""A headline with a larger share is in title case."""

_GERMAN = frozenset((
    "der", "die", "das", "und", "ist", "nicht", "mit", "von", "den", "dem", "ein", "eine", "einen", "auf", "für",
    "sich", "auch", "bei", "nach", "aus", "wird", "sind", "im", "zu",
))  # fmt: skip
_GERMAN_WORDS = 0.15

SHORT_WORD = 6

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*%?")
_GROUPING = re.compile(r"(?<=\d)[.,](?=(?:\d{2},)*\d{3}(?!\d))")
_SPACED = re.compile("(?<=[0-9])['’\u00a0\u2009\u202f](?=[0-9]{3}(?![0-9]))")
_QUOTE = re.compile(
    '“([^“”]+)”|„([^„“”]+)[“”]|«([^«»]+)»|»([^«»]+)«|‹([^‹›]+)›|「([^「」]+)」|『([^『』]+)』|"([^"\n]+)"|”([^“”\n]+)”'
    r"|(?<!\w)[‘']([^'‘’\n]+\s[^'‘’\n]+(?:['’]\w[^'‘’\n]*)*)['’](?!\w)"  # single ones need two words
)
_PLAIN = {ord(c): p for cs, p in (("‘’‚‛′´`", "'"), ("“”„‟″«»", '"'), ("‐‑‒–—―−", "-")) for c in cs} | {0x2026: "..."}


def numbers(text: str) -> Counter[str]:
    """The numbers in a text without their grouping (``1,000`` is ``1000``), in the digits of any script."""
    digits = unicodedata.normalize("NFKC", _SPACED.sub("", text))
    return Counter(_GROUPING.sub("", number) for number in _NUMBER.findall(_latin_digits(digits)))


def change_of_numbers(lost: Sequence[str], gained: Sequence[str]) -> str:
    """``14 → 17``, ``14 removed``, ``17 added``."""
    if lost and gained:
        return f"{', '.join(lost)} → {', '.join(gained)}"
    return f"{', '.join(lost)} removed" if lost else f"{', '.join(gained)} added"


def quotes(text: str) -> dict[str, str]:
    """Loose form → words, of what stands between paired quotation marks."""
    found = ["".join(groups) for groups in _QUOTE.findall(text)]
    return {normalize.loose(quote): quote for quote in found}


def capitalises_nouns(text: str) -> bool:
    """Whether a text capitalises so much inside its sentences that a capital is no sign of a name: German does."""
    inside, capitals = _capitals(text)
    if not inside or capitals <= NOUNS_CAPITALISED * inside:
        return False
    words = [token for token in tokens(text) if is_word(token)]
    german = sum(word in _GERMAN for word in words) > _GERMAN_WORDS * len(words)
    return german or capitals > ALL_CAPITALISED * inside


def is_title_case(*headlines: str) -> bool:
    """Whether any of these headlines Capitalises Most of Its Words."""
    return any(capitals > TITLE_CASE * inside for inside, capitals in map(_capitals, headlines))


def _capitals(text: str) -> tuple[int, int]:
    """How many words stand inside sentences, and how many of them begin with a capital."""
    inside = capitals = 0
    opens = True
    for token in tokens(text):
        if is_word(token) and token[0].isalpha():
            inside += not opens
            capitals += not opens and token[0].isupper()
            opens = False
        elif ends_sentence(token) or "\n" in token:
            opens = True
    return inside, capitals


def is_slip(old: str, new: str) -> bool:
    """One word for one word, at most two keystrokes apart (one in a short word): Damerau's four kinds of slip."""
    before, after = old.strip(), new.strip()
    if not (len(tokens(before)) == len(tokens(after)) == 1 and before[0].isalpha() and after[0].isalpha()):
        return False
    before, after = normalize.loose(before), normalize.loose(after)
    allowed = 1 if min(len(before), len(after)) < SHORT_WORD else 2
    return 0 < OSA.distance(before, after) <= allowed


def plain(text: str) -> str:
    """The text with typography folded and white space gone, case and punctuation kept."""
    return "".join(unicodedata.normalize("NFKC", text).translate(_PLAIN).split())


def _latin_digits(text: str) -> str:
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
