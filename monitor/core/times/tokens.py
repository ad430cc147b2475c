"""A text as a string of one-letter codes, a code a token, so that the grammar of times is a few short patterns.

Digits of every script, the kinds of apostrophe, dash and colon, and letters with several spellings are folded first.
A word may play several parts ("mar" is a month and a weekday, "ago" a month and a marker): every set of parts has a
private character of its own, and :func:`grammar` writes ``@M`` as the class of all characters that may be a month.
Which word was meant is settled by the languages of the words around it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from monitor.core.times.words import LANGUAGES, MARKS, NAMED, ZONES, Language

Value = int | float | str | tuple[str, int]
Roles = Mapping[str, tuple[tuple[Value, int], ...]]
"""For each part a word can play (a letter), what it then means, each meaning with the languages it has it in."""

_MARKS = "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c7\u064b-\u0652\u0670\u0900-\u0903\u093a-\u094f\u0951-\u0957"
_SINGLE = "\u3005\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
_TOKEN = re.compile(rf"[0-9]+|[{_SINGLE}]|(?:[^\W\d_{_SINGLE}]|[{_MARKS}])+|\s|.", re.DOTALL)


def _folds() -> dict[int, str | None]:
    table: dict[int, str | None] = {
        place: str(unicodedata.digit(chr(place)))
        for first in (0x0660, 0x06F0, 0x0966, 0x09E6, 0x0E50, 0xFF10)
        for place in range(first, first + 10)
    }
    pairs = (
        "İi ıi Ёё ёе ʼ' ’' ‘' ′' ׳' `' ´' ׀| －- ‐- ‑- −- ־- ：: ．. ／/ ，, 、, ،, （( ）) 　  ॰. 。. ٫. أا إا آا ىي ـ"
    )
    table |= {ord(pair[0]): pair[1:] or None for pair in pairs.split(" ") if pair}
    table |= dict.fromkeys((0x0307, 0x093C, *range(0x064B, 0x0653), 0x0670))
    table[ord("Ё")] = "Е"
    return table


_FOLDS: Final = _folds()


def fold(text: str) -> str:
    """A text in NFC with digits, marks and letters that are written several ways written one way; case stays."""
    if text.isascii():
        return text
    return text.translate(_FOLDS)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the tables: its ``code``, and what it can mean."""

    code: str
    roles: Roles


class _Codes(dict[frozenset[str], str]):
    """A private character for every set of parts, given out as sets turn up."""

    def __missing__(self, parts: frozenset[str]) -> str:
        self[parts] = chr(0xE000 + len(self))
        return self[parts]


_CODES: Final = _Codes()
_EVERYWHERE: Final = (1 << len(LANGUAGES)) - 1


def _meanings(language: Language) -> Iterator[tuple[str, str, Value]]:
    """Every word of a language with a part it plays and what it means there."""
    for letter, cells in (("M", language.months), ("W", language.weekdays)):
        for place, cell in enumerate(cells):
            yield from ((word, letter, place + (letter == "M")) for word in cell.split())
    for unit, words in language.units.items():
        yield from ((word, "U", (unit, 1)) for word in words.split())
    for unit, words in (language.duals or {}).items():
        yield from ((word, "V", (unit, 2)) for word in words.split())
    for word in language.alone.split():
        yield word, "E", 0
    for letter, value, words in (
        ("B", 0, language.lead), ("G", 0, language.around), ("A", 0, language.tail), ("O", 1, language.one),
        ("O", 2, language.two), ("J", 0, language.joiners), ("N", 60, language.recent), ("N", 600, language.moments),
        ("K", 60, language.now_words), ("D", 0, language.today), ("D", 1, language.yesterday),
        ("D", 2, language.before_yesterday), ("Q", "less", language.less), ("Q", "about", language.about),
        ("Q", "more", language.more), ("P", 0, language.at), ("C", 0, language.clock), ("H", "am", language.am),
        ("H", "pm", language.pm), ("H", "noon", language.noon), ("H", "night", language.night), ("F", 0, language.of),
        ("S", 0, language.ordinals), ("L", 0, language.labels),
    ):  # fmt: skip
        yield from ((word, letter, value) for word in words.split())


def tokens(text: str) -> list[str]:
    """Numbers, words, single characters of scripts without spaces, spaces and signs."""
    return _TOKEN.findall(text)


def _meant() -> dict[tuple[str, ...], dict[str, dict[Value, int]]]:
    """Every word and phrase of the tables as tokens, with what it means in each part and in which languages."""
    meant: dict[tuple[str, ...], dict[str, dict[Value, int]]] = defaultdict(lambda: defaultdict(dict))

    def add(word: str, letter: str, value: Value, languages: int, case: bool = False) -> None:
        folded = fold(unicodedata.normalize("NFC", word.replace("_", " ")))
        values = meant[tuple(tokens(folded if case else folded.lower()))][letter]
        values[value] = values.get(value, 0) | languages

    for place, language in enumerate(LANGUAGES):
        for word, letter, value in _meanings(language):
            add(word, letter, value, 1 << place)
    for letter, words in MARKS.items():
        for word in words.split():
            add(word, letter, 0, _EVERYWHERE)
    for name in (*ZONES, *NAMED):
        add(name, "Z", NAMED.get(name, name), _EVERYWHERE, case=name in ZONES)
    for name in ZONES:  # a zone's capitals may also be another word in capitals: "MST", "ET"
        key = tuple(tokens(fold(name)))
        small = tuple(part.lower() for part in key)
        if small != key and small in meant:
            meant[key] |= {letter: values for letter, values in meant[small].items() if letter != "Z"}
    return meant


def _lexicon() -> dict[str, tuple[tuple[tuple[str, ...], Word], ...]]:
    """Every word and phrase by its first token, the longest first, each with the tokens that follow."""
    first: dict[str, list[tuple[tuple[str, ...], Word]]] = defaultdict(list)
    for key, parts in _meant().items():
        roles = {letter: tuple(values.items()) for letter, values in parts.items()}
        first[key[0]].append((key[1:], Word(_CODES[frozenset(roles)], roles)))
    return {key: tuple(sorted(found, key=lambda pair: -len(pair[0]))) for key, found in first.items()}


_LEXICON: Final = _lexicon()
_PART = re.compile("@([A-Za-z])")
_PLAIN: Final = frozenset(" .,:/-()|") - _LEXICON.keys()


def playing(letters: str) -> frozenset[str]:
    """The codes of words that may play one of these parts."""
    return frozenset(code for parts, code in _CODES.items() if not parts.isdisjoint(letters))


def grammar(pattern: str) -> re.Pattern[str]:
    """A pattern over codes: ``@M`` is a word that may play that part, ``#`` a number of one or two digits.

    Numbers are coded by their digits: ``1``, ``2`` (two digits below sixty), ``6`` (two digits from sixty), ``3``,
    ``4`` (a year from 1990 to 2099), ``8`` (any longer one). Spaces and signs stand for themselves, ``x`` is any
    other word.
    """
    return re.compile(_PART.sub(lambda found: f"[{''.join(sorted(playing(found[1])))}]", pattern.replace("#", "[12]")))


@dataclass(slots=True)
class Coded:
    """A text as codes, with what stands behind each: the number, or the word's meanings, and all parts it plays."""

    codes: str
    numbers: list[str]
    words: list[Word | None]
    plays: set[str]

    def number(self, place: int) -> int:
        return int(self.numbers[place])

    def word(self, place: int) -> Word:
        """The word at a place where the grammar found one."""
        found = self.words[place]
        assert found is not None  # noqa: S101
        return found

    def value(self, place: int, letter: str, languages: int = -1) -> Value | None:
        """What the word means in a part, in these languages if it has it there; None when that is not one thing."""
        known = self.word(place).roles[letter]
        meant = {value for value, mask in known if mask & languages} or {value for value, _ in known}
        return meant.pop() if len(meant) == 1 else None

    def languages(self, place: int, letter: str) -> int:
        """The languages in which the word plays a part."""
        mask = 0
        for _, languages in self.word(place).roles[letter]:
            mask |= languages
        return mask

    def take(self, found: re.Match[str]) -> None:
        """Blank what was understood, so that what is left can be seen."""
        self.codes = f"{self.codes[: found.start()]}{' ' * (found.end() - found.start())}{self.codes[found.end() :]}"


def coded(text: str, strangers: int) -> Coded | None:
    """A folded text as codes; None as soon as it has more than so many words that mean nothing here."""
    parts = _TOKEN.findall(text)
    codes: list[str] = []
    numbers: list[str] = []
    words: list[Word | None] = []
    plays: set[str] = set()
    place, count = 0, len(parts)
    while place < count:
        part = parts[place]
        place += 1
        word: Word | None = None
        if part in _PLAIN:
            code = part
        elif part[0] in "0123456789":
            code = "x" if codes and _glued(words[-1], numbers[-1]) else _number_code(part)
        else:
            known = _LEXICON.get(part) or _LEXICON.get(part.lower())
            match = _longest(known, parts, place) if known is not None else None
            if match is not None:
                word, place = match
                code = word.code
                plays.update(word.roles)
            elif len(part) > 1 or part.isalnum():  # a word with combining marks is no isalnum, and still one code
                code = "x"
                strangers -= 1
                if strangers < 0:
                    return None
            else:
                code = part
        codes.append(code)
        numbers.append(part)
        words.append(word)
    return Coded("".join(codes), numbers, words, plays)


def _glued(word: Word | None, part: str) -> bool:
    """Whether a number right behind this is part of a name ("v2.10", "MH17"), not of a time ("14h30", "kl14")."""
    if not (part.isascii() and part.isalpha()):
        return False
    if word is None:
        return True
    return word.roles.keys().isdisjoint("PHC") and not any(mask & 1 for _, mask in word.roles.get("U", ()))


def _number_code(digits: str) -> str:
    size = len(digits)
    if size == 2:
        return "2" if digits < "60" else "6"
    if size == 4:
        return "4" if "1990" <= digits < "2100" else "8"
    return "1" if size == 1 else "3" if size == 3 else "8"


def _longest(known: tuple[tuple[tuple[str, ...], Word], ...], parts: list[str], place: int) -> tuple[Word, int] | None:
    for rest, word in known:
        if not rest:
            return word, place
        end = place + len(rest)
        if end > len(parts) or parts[place].lower() != rest[0]:
            continue
        if all(a == b or a.lower() == b for a, b in zip(parts[place:end], rest, strict=True)):
            return word, end
    return None
