"""What a human time says, before anyone asks when it was said: the parts of "Updated at 12.36 BST", "vor 5 Minuten".

Recognition needs no anchor, so it is remembered by text: pages repeat the same few dozen strings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from monitor.core.timewords import LANGUAGES, ZONES

LONGEST = 120
"""Characters of a text that are looked at: no page writes a longer time."""

_UNIT_S = {"s": 1, "min": 60, "h": 3600, "d": 86400, "w": 604800, "mo": 2592000, "y": 31536000}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The pieces found in a text. ``ago`` is seconds before the anchor, at least and at most.

    ``clock`` holds hour, minute, second, the last two None when not shown. ``date`` holds year (or None), month,
    day. ``ambiguous`` dates may be month first ("3/4/2023"). ``whole`` tells that the text holds nothing but a time.
    """

    ago: tuple[int, int] | None = None
    clock: tuple[int, int | None, int | None] | None = None
    date: tuple[int | None, int, int] | None = None
    ambiguous: bool = False
    days_back: int | None = None
    weekday: int | None = None
    zone: str | float | None = None
    whole: bool = False

    @property
    def empty(self) -> bool:
        return self.ago is None and self.clock is None and self.date is None and self.days_back is None


def _alternation(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(set(words), key=len, reverse=True))


def _numbered(rows: Iterable[tuple[str, ...]], start: int) -> Mapping[str, int]:
    return {word: start + place for row in rows for place, cell in enumerate(row) for word in cell.split()}


_MONTHS = _numbered([language.months for language in LANGUAGES], 1)
_WEEKDAYS = _numbered([language.weekdays for language in LANGUAGES], 0)
_UNITS = {word: unit for language in LANGUAGES for unit, words in language.units.items() for word in words.split()}
_DAYS_BACK = {word: 0 for language in LANGUAGES for word in language.today} | {
    word: 1 for language in LANGUAGES for word in language.yesterday
}

_ONES = [word for language in LANGUAGES for word in language.one.split()]
_WORDS_ONE = _alternation(word for word in _ONES if word[-1].isalpha())
_ELIDED_ONE = _alternation(word for word in _ONES if not word[-1].isalpha())
_COUNT = rf"(?:[0-9]{{1,4}}\s?|(?:{_WORDS_ONE})\s|(?:{_ELIDED_ONE})\s?)"
_RUN = rf"(?P<count>{_COUNT})(?P<unit>{_alternation(_UNITS)})(?![^\W_])\.?"
_RUN_BARE = _RUN.replace("?P<count>", "?:").replace("?P<unit>", "?:")
_JOIN = rf"(?:\s|,|(?<!\w)(?:{_alternation(w for la in LANGUAGES for w in la.joiners.split())})(?!\w)){{0,4}}"

_NOWS = [phrase for language in LANGUAGES for phrase in language.now]
_NOW = re.compile(rf"(?<!\w)(?:{_alternation(p for p in _NOWS if not p.isalpha())})(?!\w)", re.IGNORECASE)
_NOW_WORD = re.compile(rf"(?<!\w)(?:{_alternation(p for p in _NOWS if p.isalpha())})(?!\w)", re.IGNORECASE)
_AGO = re.compile(
    rf"(?:(?<!\w)(?P<lead>{_alternation(w for la in LANGUAGES for w in la.before)})\s+)?"
    rf"(?<![\w.:])(?P<runs>{_RUN_BARE}(?:{_JOIN}{_RUN_BARE}){{0,4}})"
    rf"(?:\s*(?P<tail>{_alternation(w for la in LANGUAGES for w in la.after)})(?!\w))?",
    re.IGNORECASE,
)
_ONE_RUN = re.compile(_RUN, re.IGNORECASE)

_MONTH = rf"(?P<month>{_alternation(_MONTHS)})(?![^\W_])\.?"
_YEAR = r"(?P<year>(?:19|20)[0-9]{2})(?![0-9])"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<![0-9]){_YEAR}[-/.](?P<m>[0-9]{{1,2}})[-/.](?P<d>[0-9]{{1,2}})(?![0-9])",
        r"(?<![0-9.:])(?P<d>[0-9]{1,2})\.\s?(?P<m>[0-9]{1,2})\.(?:\s?(?P<year>20[0-9]{2}|[0-9]{2})(?![0-9:.]))?",
        r"(?<![0-9])(?P<d>[0-9]{1,2})(?P<slash>[/-])(?P<m>[0-9]{1,2})(?:[/-](?P<year>20[0-9]{2}|[0-9]{2}))?(?![0-9])",
        (
            rf"(?<![0-9])(?P<d>[0-9]{{1,2}})(?:st|nd|rd|th|er|º|ª|\.)?[\s-](?:(?:of|de|di)\s)?{_MONTH}"
            rf"(?:[\s,-]{{1,2}}(?:(?:de|del)\s)?{_YEAR})?"
        ),
        rf"(?<![^\W_]){_MONTH}\s(?P<d>[0-9]{{1,2}})(?:st|nd|rd|th)?(?![0-9:.]\d|[0-9])(?:[\s,]{{1,2}}{_YEAR})?",
    )
)
_CLOCK = re.compile(
    r"(?<![0-9.:])(?P<h>[01]?[0-9]|2[0-3])(?:[:.hH](?P<m>[0-5][0-9])(?:[:.](?P<s>[0-5][0-9])(?:[.,][0-9]{1,6})?)?"
    r"\s?(?P<half>[ap]\.?\s?m(?:\.|(?!\w)))?(?:\s?(?:uhr|uur|h)(?!\w))?"
    r"|\s?(?:(?P<bare>[ap]\.?\s?m(?:\.|(?!\w)))|(?:uhr|uur)(?!\w)))(?![0-9])",
    re.IGNORECASE,
)
_OFFSET = re.compile(
    r"(?:(?<![A-Za-z])(?:GMT|UTC)|(?<=[0-9:])|(?<=\s))\s?([+\u2212-])([01]?[0-9]):?([0-5][0-9])?(?![0-9])"
)
_ZONE = re.compile(rf"(?<![^\W0-9_])(?:{_alternation(ZONES)})(?![\w])")
_WEEKDAY = re.compile(rf"(?<!\w)(?P<day>{_alternation(_WEEKDAYS)})(?!\w)\.?", re.IGNORECASE)
_DAY_WORD = re.compile(rf"(?<!\w)(?P<day>{_alternation(_DAYS_BACK)})(?!\w)", re.IGNORECASE)
_LABEL = re.compile(
    rf"(?<!\w)(?:{_alternation(w for la in LANGUAGES for w in la.labels.split())})(?!\w)|[\s,.:;|()·•–—-]",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def parts_of(text: str) -> Parts:
    """The parts of a text already folded in white space and at most ``LONGEST`` characters long."""
    rest = text
    found = _NOW.search(rest)
    ago: tuple[int, int] | None = None
    if found is not None:
        ago, rest = (0, 60), _without(rest, found)
    else:
        ago, rest = _ago(rest)
    date, ambiguous, rest = _date(rest)
    clock, rest = _clock(rest)
    zone, rest = _zone(rest) if clock is not None else (None, rest)
    days_back, weekday = None, None
    if date is None and (found := _DAY_WORD.search(rest)) is not None:
        days_back, rest = _DAYS_BACK[found["day"].lower()], _without(rest, found)
    if (found := _WEEKDAY.search(rest)) is not None:
        weekday, rest = _WEEKDAYS[found["day"].lower()], _without(rest, found)
    if (ago, clock, date, days_back) == (None, None, None, None) and (found := _NOW_WORD.search(rest)) is not None:
        ago, rest = (0, 60), _without(rest, found)
    whole = not _LABEL.sub("", rest)
    return Parts(
        ago=ago,
        clock=clock,
        date=date,
        ambiguous=ambiguous,
        days_back=days_back,
        weekday=weekday,
        zone=zone,
        whole=whole,
    )


def _without(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}"


def _ago(text: str) -> tuple[tuple[int, int] | None, str]:
    for found in _AGO.finditer(text):
        if found["lead"] is None and found["tail"] is None and found[0] != text:
            continue
        total, width = 0, 1
        for run in _ONE_RUN.finditer(found["runs"]):
            digits = run["count"].strip()
            width = _UNIT_S[_UNITS[run["unit"].lower()]]
            total += width * (int(digits) if digits.isdecimal() else 1)
        # Calendar months and years are wider than their shortest: 28 to 31 days, 365 or 366.
        least = total * 28 // 30 if width == _UNIT_S["mo"] else total
        most = (total + width) * 31 // 30 if width == _UNIT_S["mo"] else total + width
        return (least, most), _without(text, found)
    return None, text


def _date(text: str) -> tuple[tuple[int | None, int, int] | None, bool, str]:
    for pattern in _DATES:
        for found in pattern.finditer(text):
            groups = found.groupdict()
            name = groups.get("month")
            month = _MONTHS[name.lower()] if name else int(found["m"])
            day, year = int(found["d"]), int(groups["year"]) if groups.get("year") else None
            if year is not None and year < 100:
                year += 2000
            slashed = groups.get("slash") is not None
            if slashed and month > 12 >= day:
                month, day = day, month
            if 1 <= month <= 12 and 1 <= day <= 31:
                return (year, month, day), slashed and day <= 12, _without(text, found)
    return None, False, text


def _clock(text: str) -> tuple[tuple[int, int | None, int | None] | None, str]:
    found = _CLOCK.search(text)
    if found is None:
        return None, text
    hour, half = int(found["h"]), (found["half"] or found["bare"] or "")[:1].lower()
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    minute = int(found["m"]) if found["m"] else None
    second = int(found["s"]) if found["s"] else None
    return (hour, minute, second), _without(text, found)


def _zone(text: str) -> tuple[str | float | None, str]:
    if (found := _OFFSET.search(text)) is not None:
        hours = int(found[2]) + int(found[3] or 0) / 60
        return (hours if found[1] == "+" else -hours), _without(text, found)
    if (found := _ZONE.search(text)) is not None:
        return found[0], _without(text, found)
    return None, text
