"""Readers of two recorded tickers, written by hand for these pages alone: what extraction without a mapping is held
against. They know the pages' class names and the words around the posts; detection knows nothing of either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz
from selectolax.lexbor import LexborHTMLParser

from monitor.core import normalize

_CLOCK = re.compile(r"   (\d\d:\d\d)")
_MINUTE = re.compile(r"\d{1,3}\.(?: ?\+\d+)?")
_END = re.compile(r"TOPAKTUELL|\d+ Bilder? zum Spiel|Video zum Spiel|Bilder zum Spiel")
_BETWEEN = re.compile(r"Wer gewinnt\?|- Anzeige -|Sieg \w|Advertisement|(?:Anpfiff|Abpfiff)\b|Schlusspfiff|\[ADTECH")
_SAME = 50.0


@dataclass(frozen=True, slots=True)
class Line:
    """One post of a ticker: the clock it shows, its words loosely normalised, and its letters without any space."""

    clock: str
    words: str
    letters: str = ""


def html_ticker(body: bytes) -> list[Line]:
    """Rows with a clock in ``.tickerZeit`` and words in ``.ltereigtxt``."""
    page = LexborHTMLParser(body.decode("cp1252", "replace").encode())
    lines = []
    for row in page.css("tr"):
        clock, text = row.css_first("td.tdTickerIcon div.tickerZeit"), row.css_first("div.ltereigtxt")
        if clock is None or text is None:
            continue
        for hidden in text.css("script, style"):
            hidden.decompose()
        lines += _line(clock.text(), text.text(separator=" "))
    return lines


def text_ticker(body: bytes) -> list[Line]:
    """Below a line that is a clock: the minute, perhaps a headline, and the blocks up to a board or an advert."""
    text = body.decode("utf-8", "replace").splitlines()
    marks = [place for place, line in enumerate(text) if _CLOCK.fullmatch(line)]
    # The sidebar has clocks of its own further down; the ticker starts below its menu.
    start = next((place for place, line in enumerate(text) if "Alle Tore" in line), 0)
    marks = [place for place in marks if place > start]
    lines = []
    for mark, end in zip(marks, [*marks[1:], len(text)], strict=True):
        lines += _line(text[mark], " ".join(_words(text[mark + 1 : end])))
    return lines


def _line(clock: str, text: str) -> list[Line]:
    words = normalize.loose(text)
    return [Line(clock.strip(), words, "".join(normalize.text(text).split()))] if words else []


def _words(below: Sequence[str]) -> Iterator[str]:
    """The lines that belong to the post, its minute left out."""
    if below and _MINUTE.fullmatch(below[0].strip()):
        below = below[1:]
    for block in _blocks(below):
        if any(line == ":" for line in block):
            return
        end = next((place for place, line in enumerate(block) if _END.match(line)), None)
        if end is not None:
            yield from block[:end]
            return
        if not _BETWEEN.match(block[0]):
            yield from block
        elif block[0].startswith(("Wer gewinnt", "- Anzeige")):
            return


def _blocks(lines: Sequence[str]) -> Iterator[list[str]]:
    block: list[str] = []
    for line in (*lines, ""):
        if line.strip():
            block.append(line.strip())
        elif block:
            yield block
            block = []


@dataclass(frozen=True, slots=True)
class Sight:
    """A ticker's posts in one snapshot by identity, and which of them are new or read otherwise."""

    posts: dict[int, Line]
    added: frozenset[int]
    edited: frozenset[int]


def aligned(snapshots: Sequence[Sequence[Line]]) -> list[Sight]:
    """Identity by text: the same line, then the same words, then the likest words under the same clock.

    An empty snapshot is a failed fetch; the posts stay known through it.
    """
    sights: list[Sight] = []
    known: dict[int, Line] = {}
    count = 0
    for lines in snapshots:
        posts, rest = _same(known, lines)
        posts |= _like(known, posts, rest)
        added = set[int]()
        for line in rest:
            if line not in posts.values():
                posts[count] = line
                added.add(count)
                count += 1
        edited = {uid for uid, line in posts.items() if uid in known and known[uid].letters != line.letters}
        sights.append(Sight(posts, frozenset(added if known else ()), frozenset(edited)))
        known |= posts
    return sights


def _same(known: dict[int, Line], lines: Sequence[Line]) -> tuple[dict[int, Line], list[Line]]:
    posts: dict[int, Line] = {}
    rest = list(lines)
    for by_clock in (True, False):
        for line in list(rest):
            same = next(
                (
                    uid
                    for uid, old in known.items()
                    if uid not in posts and old.words == line.words and (old.clock == line.clock or not by_clock)
                ),
                None,
            )
            if same is not None:
                posts[same] = line
                rest.remove(line)
    return posts, rest


def _like(known: dict[int, Line], taken: dict[int, Line], rest: Sequence[Line]) -> dict[int, Line]:
    """The rest by how alike they are, the likest pair first; under another clock they must be very much so."""
    pairs = [
        (score, -uid, line)
        for uid, old in known.items()
        if uid not in taken
        for line in rest
        if (score := _alike(old, line)) >= _SAME
    ]
    found: dict[int, Line] = {}
    for _, negative, line in sorted(pairs, key=lambda pair: pair[:2], reverse=True):
        if -negative not in found and line not in found.values():
            found[-negative] = line
    return found


def _alike(one: Line, other: Line) -> float:
    """Under one clock a text that grew is the same; under another only one that reads nearly the same."""
    if one.clock == other.clock:
        return max(fuzz.ratio(one.words, other.words), 100.0 * other.words.startswith(one.words))
    return fuzz.ratio(one.words, other.words) - 30


def find(words: str, posts: dict[int, Line], least: float = 80.0) -> int | None:
    """Which of the posts a text is, by how alike it reads."""
    scores = {uid: fuzz.token_sort_ratio(words, line.words) for uid, line in posts.items()}
    best = max(scores, key=scores.__getitem__, default=None)
    return best if best is not None and scores[best] >= least else None
