"""Texts of the invented newsroom, and edits of known kind to them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final, Literal

from benchmarks.accuracy import words

Kind = Literal[
    "number", "typo", "name", "quote", "wording", "growth", "paragraph-added", "paragraph-removed", "rewrite",
    "headline", "punctuation", "typography", "correction", "blank",
]  # fmt: skip
"""What an edit does to a text. ``blank`` changes white space only, which is no edit."""

EDITS: Final[tuple[tuple[Kind, int], ...]] = (
    ("number", 14), ("typo", 10), ("name", 8), ("quote", 6), ("wording", 12), ("growth", 16), ("paragraph-added", 10),
    ("paragraph-removed", 5), ("rewrite", 8), ("headline", 7), ("punctuation", 2), ("typography", 2),
)  # fmt: skip
"""Kind → weight: most real edits make a text longer, a quarter are small fixes, a fifth rewrite."""

_NUMBER = re.compile(r"\d+")
_QUOTE = re.compile(r"“([^”]+)”")
_WORD = re.compile(r"\b[a-z]{6,}\b")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[“A-Z0-9])")
_NAME = re.compile(rf"\b(?:{'|'.join(words.FIRST)}) (?:{'|'.join(words.LAST)})\b")


@dataclass(frozen=True, slots=True)
class Text:
    """A headline ("" for none) and paragraphs."""

    headline: str
    body: tuple[str, ...]


Writer = Callable[[], Text]


def sentences(paragraph: str) -> list[str]:
    """A paragraph's sentences; a quotation belongs to the sentence around it."""
    return _SENTENCE.split(paragraph)


def sentence(rng: Random, pattern: str | None = None) -> str:
    """One filled pattern."""
    place, place2 = rng.sample(words.PLACES, 2)
    body, thing, speech = rng.choice(words.BODIES), rng.choice(words.THINGS), rng.choice(words.SPEECH)
    if pattern is None:
        pattern = rng.choice(words.PATTERNS)
    return pattern.format(
        n=rng.choice((rng.randint(3, 99), rng.randint(100, 950))),
        m=rng.randint(2, 40),
        place=place,
        place2=place2,
        body=body,
        Body=body[0].upper() + body[1:],
        thing=thing,
        Thing=thing[0].upper() + thing[1:],
        speech=speech[0].upper() + speech[1:],
        name=_person(rng),
        name2=_person(rng),
        verb=rng.choice(words.VERBS),
        adj=rng.choice(words.ADJECTIVES),
        noun=rng.choice(words.NOUNS),
        day=rng.choice(words.DAYS),
    )


def headline(rng: Random) -> str:
    """A headline of its own, seldom one that other posts carry too, seldom none."""
    dice = rng.random()
    if dice < 0.1:
        return ""
    return rng.choice(words.SHARED_HEADLINES) if dice < 0.22 else sentence(rng, rng.choice(words.HEADLINES))


def text(rng: Random) -> Text:
    """A post of one to four paragraphs, of one to three sentences each."""
    return Text(headline(rng), tuple(paragraph(rng) for _ in range(rng.choice((1, 1, 2, 2, 3, 4)))))


def paragraph(rng: Random) -> str:
    """One to three sentences."""
    return " ".join(sentence(rng) for _ in range(rng.choice((1, 2, 2, 3))))


def placeholder(rng: Random) -> Text:
    """What is put on the page before there is a text: one sentence, sometimes with a closer."""
    closer = f" {rng.choice(words.CLOSERS)}" if rng.random() < 0.5 else ""
    return Text(headline(rng), (sentence(rng) + closer,))


def filled(rng: Random, short: Text) -> Text:
    """The text a placeholder becomes: most keep their first sentence, all grow; a few get a headline."""
    first = sentences(short.body[0])[0]
    opening = first if rng.random() < 0.8 else _reworded(rng, first)
    line = headline(rng) if not short.headline or rng.random() < 0.1 else short.headline
    return Text(line, (f"{opening} {sentence(rng)}", *(paragraph(rng) for _ in range(rng.randint(1, 3)))))


def sibling(rng: Random, other: Text) -> Text:
    """Another post built like this one: the same pattern with other fillings, and the same headline."""
    patterns = [pattern for pattern in words.PATTERNS if _opens(pattern, other.body[0])]
    first = sentence(rng, patterns[0] if patterns else None)
    return Text(other.headline, (f"{first} {sentence(rng)}", *(paragraph(rng) for _ in other.body[1:])))


def edited(rng: Random, old: Text, kind: Kind) -> Text | None:
    """The text after an edit of this kind, None where it has nothing such an edit could change."""
    match kind:
        case "headline":
            line = sentence(rng, rng.choice(words.HEADLINES))
            common = set(line.casefold().split()) & set(old.headline.casefold().split())
            return Text(line, old.body) if old.headline and len(common) < 2 else None
        case "paragraph-added":
            place = rng.randint(1, len(old.body))
            return Text(old.headline, (*old.body[:place], paragraph(rng), *old.body[place:]))
        case "paragraph-removed":
            place = rng.randrange(len(old.body))
            shorter = (*old.body[:place], *old.body[place + 1 :])
            return Text(old.headline, shorter) if len(old.body) > 1 else None
        case "growth":
            return _grown(rng, old)
        case "rewrite":
            return _rewritten(rng, old)
        case "correction":
            notice = f"An earlier version of this post gave the wrong figure for {rng.choice(words.PLACES)}."
            return Text(old.headline, (*old.body, notice))
        case _:
            return _touched(rng, old, kind)


def _touched(rng: Random, old: Text, kind: Kind) -> Text | None:
    """One small place changed in one paragraph."""
    places = list(range(len(old.body)))
    rng.shuffle(places)
    for place in places:
        was = old.body[place]
        now = _SMALL[kind](rng, was)
        if now is not None and now != was:
            return Text(old.headline, (*old.body[:place], now, *old.body[place + 1 :]))
    return None


def _grown(rng: Random, old: Text) -> Text:
    """More than 1.8 times as long, the old text on top."""
    size, body = sum(map(len, old.body)), list(old.body)
    body[-1] = f"{body[-1]} {sentence(rng)}"
    while sum(map(len, body)) <= 1.8 * size:
        body.append(paragraph(rng))
    return Text(old.headline, tuple(body))


def _rewritten(rng: Random, old: Text) -> Text | None:
    """Half to three quarters of the words new; the headline stays more often than not."""
    every = [(place, part) for place, line in enumerate(old.body) for part in sentences(line)]
    if len(every) < 3:
        return None
    total, kept = sum(len(part.split()) for _, part in every), 0
    keep = set[int]()
    share = rng.uniform(0.25, 0.5)
    for number in rng.sample(range(len(every)), len(every)):
        if kept + len(every[number][1].split()) <= share * total:
            keep.add(number)
            kept += len(every[number][1].split())
    new = [(place, part if number in keep else sentence(rng)) for number, (place, part) in enumerate(every)]
    lines = tuple(" ".join(part for at, part in new if at == place) for place in range(len(old.body)))
    return Text(old.headline if rng.random() < 0.7 else headline(rng), lines) if keep else None


def _reworded(rng: Random, line: str) -> str:
    return _wording(rng, line) or _number(rng, line) or line


def _number(rng: Random, line: str) -> str | None:
    found = list(_NUMBER.finditer(line))
    if not found:
        return None
    spot = rng.choice(found)
    other = int(spot[0]) + rng.choice((1, 2, 3, 5, 10, 27))
    return f"{line[: spot.start()]}{other}{line[spot.end() :]}"


def _name(rng: Random, line: str) -> str | None:
    found = list(_NAME.finditer(line))
    if not found:
        return None
    spot = rng.choice(found)
    first, last = spot[0].split()
    other = rng.choice([name for name in words.LAST if name[0] != last[0]])
    return f"{line[: spot.start()]}{first} {other}{line[spot.end() :]}"


def _quote(rng: Random, line: str) -> str | None:
    found = list(_QUOTE.finditer(line))
    if not found:
        return None
    spot = rng.choice(found)
    said = spot[1].rstrip(",").split()
    place = rng.randrange(1, len(said))
    said[place] = rng.choice([word for word in ("hardly", "always", "certainly", "really") if word != said[place]])
    return f"{line[: spot.start(1)]}{' '.join(said)}{',' if spot[1].endswith(',') else ''}{line[spot.end(1) :]}"


def _wording(rng: Random, line: str) -> str | None:
    outside = _QUOTE.sub("", line)
    fit = [word for word in words.SYNONYMS if re.search(rf"\b{word}\b", outside) and not _quoted(line, word)]
    if not fit:
        return None
    word = rng.choice(fit)
    return re.sub(rf"\b{word}\b", words.SYNONYMS[word], line, count=1)


def _typo(rng: Random, line: str) -> str | None:
    found = [spot for spot in _WORD.finditer(line) if not _quoted(line, spot[0])]
    if not found:
        return None
    spot = rng.choice(found)
    word = spot[0]
    at = rng.randrange(1, len(word) - 2)
    wrong = word[:at] + word[at + 1] + word[at] + word[at + 2 :] if rng.random() < 0.5 else word[:at] + word[at + 1 :]
    return f"{line[: spot.start()]}{wrong}{line[spot.end() :]}" if wrong != word else None


def _punctuation(rng: Random, line: str) -> str | None:
    if line.endswith(".") and rng.random() < 0.5:
        return f"{line[:-1]}!"
    return line.replace(", ", " – ", 1) if ", " in line else None


def _typography(_: Random, line: str) -> str | None:
    if "“" in line:
        return line.replace("“", '"').replace("”", '"')
    return line.replace("'", "’") if "'" in line else None


def _blank(rng: Random, line: str) -> str | None:
    parts = line.split(" ")
    place = rng.randrange(1, len(parts))
    return f"{' '.join(parts[:place])}{rng.choice(('  ', chr(0xA0), ' ' + chr(0x200B)))}{' '.join(parts[place:])}"


def _quoted(line: str, word: str) -> bool:
    return any(word in said for said in _QUOTE.findall(line))


def _opens(pattern: str, line: str) -> bool:
    parts = [re.escape(part) for part in re.split(r"\{\w+\}", pattern)]
    return re.match(".+?".join(parts) if parts[0] else ".+?" + ".+?".join(parts[1:]), line) is not None


def _person(rng: Random) -> str:
    return f"{rng.choice(words.FIRST)} {rng.choice(words.LAST)}"


_SMALL = {
    "number": _number,
    "name": _name,
    "quote": _quote,
    "wording": _wording,
    "typo": _typo,
    "punctuation": _punctuation,
    "typography": _typography,
    "blank": _blank,
}
