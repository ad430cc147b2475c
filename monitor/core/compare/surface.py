"""What the surface of a text shows without knowing its language: numbers, quotes, names, slips of the keyboard."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from itertools import product

from rapidfuzz.distance import OSA

from monitor.core import normalize
from monitor.core.compare.similarity import similarity
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

SAME_QUOTE = 0.3
MAX_QUOTE_PAIRS = 10_000

SHORT_WORD = 6

SLIP = 4
"""Letters of the longer word at least: shorter ones a keystroke apart are mostly two words."""

_LOGOGRAM = re.compile("[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff]")

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*%?")
_SCALE = re.compile(
    r"(?<=\d)\s?(?:(?P<_thousand>k|tsd)|(?P<_million>mn?|mln)|(?P<_billion>bn|b)|(?P<_trillion>tn|trn))\b"
    r"|(?<![^\W\d_])(?:(?P<thousand>thousands?|tausend|mille|tsd)|(?P<million>millions?|millionen|millones|millón|mio|mln"
    r"|milioni|milione|miljoen|miljoner|milhões)|(?P<milliard>milliarde?n?|milliards|mrd|miliardi|miliardo|miljard|miljarder"
    r"|mld)|(?P<billion>billions?|billionen|billones|bilhões|biljoen)|(?P<trillion>trillions?|trillionen))\b",
    re.IGNORECASE,
)
_SCORE = re.compile(r"(?<![\w-])[0-9]{1,3}-[0-9]{1,3}(?![\w-])")
_NEGATIVE = re.compile(r"(?<![^\s(])-([0-9]+(?:[.,:][0-9]+)*%?)")
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


def scales(text: str) -> Counter[str]:
    """The words that make a number a thousand times another: ``1.5m`` and ``1.5 million`` have ``million``."""
    return Counter((found.lastgroup or "").lstrip("_") for found in _SCALE.finditer(text))


def scores(text: str) -> Counter[str]:
    """Pairs of small numbers: ``2-1``."""
    return Counter(_SCORE.findall(text.translate(_PLAIN)))


def negatives(text: str) -> Counter[str]:
    """The numbers below zero, without their sign."""
    return Counter(_NEGATIVE.findall(text.translate(_PLAIN)))


def is_sign(text: str) -> bool:
    """Whether a text is a minus and nothing else."""
    return text.strip().translate(_PLAIN) == "-"


def same_digits(old: str, new: str) -> list[str]:
    """What the same digits say otherwise: a thousand times as much, a score the other way round."""
    return [
        change_of_numbers(list((was - now).elements()), list((now - was).elements()))
        for was, now in ((read(old), read(new)) for read in (scales, scores))
        if was - now and now - was
    ]


def change_of_numbers(lost: Sequence[str], gained: Sequence[str]) -> str:
    """``14 → 17``, ``14 removed``, ``17 added``."""
    if lost and gained:
        return f"{', '.join(lost)} → {', '.join(gained)}"
    return f"{', '.join(lost)} removed" if lost else f"{', '.join(gained)} added"


def quotes(text: str) -> dict[str, str]:
    """Loose form → words, of what stands between paired quotation marks."""
    found = ["".join(groups) for groups in _QUOTE.findall(text)]
    return {normalize.loose(quote): quote for quote in found}


def reworded(lost: Sequence[str], gained: Sequence[str]) -> list[tuple[str, str]]:
    """The quotes of two texts that are one in other words; of very many, only those that stand in the same order."""
    many = len(lost) * len(gained) > MAX_QUOTE_PAIRS
    pairs = zip(lost, gained, strict=False) if many else product(lost, gained)
    return [(old, new) for old, new in pairs if similarity([old], [new]) >= SAME_QUOTE]


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
    """One word for one word, at most two keystrokes apart (one in a short word): Damerau's four kinds of slip.

    Never what another word is: very short ones ("now" → "not"), single signs of a script without spaces, a prefix
    ("likely" → "unlikely").
    """
    before, after = old.strip(), new.strip()
    if not (len(tokens(before)) == len(tokens(after)) == 1 and before[0].isalpha() and after[0].isalpha()):
        return False
    before, after = normalize.loose(before), normalize.loose(after)
    shorter, longer = sorted((before, after), key=len)
    if len(longer) < SLIP or _LOGOGRAM.search(longer) or (longer != shorter and longer.endswith(shorter)):
        return False
    allowed = 1 if len(shorter) < SHORT_WORD else 2
    return 0 < OSA.distance(before, after) <= allowed


def plain(text: str) -> str:
    """The text with typography folded and white space gone, case and punctuation kept."""
    return "".join(unicodedata.normalize("NFKC", text).translate(_PLAIN).split())


def _latin_digits(text: str) -> str:
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
