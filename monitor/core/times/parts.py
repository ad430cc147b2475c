"""What a human time says, before anyone asks when it was said: the parts of "Updated at 12.36 BST", "vor 5 Minuten".

Recognition needs no anchor, so it is remembered by text: pages repeat the same few dozen strings. A text that says
two things, or something no one reading is sure of, has no parts: not read is better than read wrongly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from monitor.core.times.ages import age
from monitor.core.times.grammar import (
    CLOCKS,
    DATES,
    DAY_OF_MONTH,
    DAY_WORD,
    NEUTRAL,
    NOW_WORD,
    OFFSET,
    RANGE,
    WEEKDAY,
    ZONE,
)
from monitor.core.times.tokens import Coded, coded, fold, playing

LONGEST = 120
"""Characters of a text that are looked at: no page writes a longer time."""

_MARKERS: Final = playing("A")
_YEARS: Final = frozenset("48")
_WORDS: Final = frozenset("x12346") | playing("AOUVEMWKNDBGQ")
_STRANGERS = 6
"""Words of no meaning here that a text may hold beside a time: "By Jane Doe, 21 March 2023 12:30"."""

Order = Literal["day", "month", "year"]
"""What a date of three numbers of one or two digits may begin with."""


@dataclass(slots=True, kw_only=True)
class Parts:
    """The pieces found in a text: filled while it is read, never changed after.

    ``ago`` is seconds before the anchor, at least and at most, and ``half_s`` half of its unit, by which a site that
    rounds may be ahead. ``clock`` holds hour, minute, second, the last two None when not shown; ``half`` tells that
    it shows which half of the day it is. ``date`` holds year (or None), month, day; one with ``orders`` holds three
    numbers as written that may be read in these ways. ``weekdays`` are more than one where languages differ ("So" is a
    Sunday in German, a Saturday in Czech), the Czech one last. ``whole`` tells that the text holds nothing but a time,
    and ``firm`` that it cannot be mistaken for anything else.
    """

    ago: tuple[int, int] | None = None
    half_s: int = 0
    clock: tuple[int, int | None, int | None] | None = None
    half: bool = False
    date: tuple[int | None, int, int] | None = None
    orders: tuple[Order, ...] = ()
    days_back: int | None = None
    weekdays: tuple[int, ...] = ()
    zone: str | float | None = None
    hours_or_age: bool = False
    whole: bool = False
    firm: bool = False

    @property
    def empty(self) -> bool:
        return self.ago is None and self.clock is None and self.date is None and self.days_back is None


NOTHING: Final = Parts()


@lru_cache(maxsize=4096)
def parts_of(text: str) -> Parts:
    """The parts of a text already folded in white space and at most ``LONGEST`` characters long."""
    folded = fold(text)
    offset = OFFSET.search(folded) if "+" in folded or "-" in folded else None
    if offset is not None:
        folded = f"{folded[: offset.start()]} {folded[offset.end() :]}"
    code = coded(folded, _STRANGERS)
    if code is None or (("-" in code.codes or "–" in code.codes or "—" in code.codes) and RANGE.search(code.codes)):
        return NOTHING
    start, parts = code.codes, Parts()
    if found := age(code):
        parts.ago, parts.half_s, parts.hours_or_age = found
    _find_date(code, parts)
    _find_clock(code, parts)
    if parts.clock is not None and ("Z" in code.plays or offset is not None):
        _find_zone(code, parts, offset)
    if "D" in code.plays or "W" in code.plays:
        _find_day(code, parts)
    if parts.empty:
        return _only_now(code, parts)
    return _judged(code, parts, start)


def _only_now(code: Coded, parts: Parts) -> Parts:
    if "K" not in code.plays or (found := NOW_WORD.search(code.codes)) is None:
        return NOTHING
    code.take(found)
    if not NEUTRAL.issuperset(code.codes):
        return NOTHING
    parts.ago, parts.half_s = (0, 60), 30
    return parts


def _judged(code: Coded, parts: Parts, start: str) -> Parts:
    """The parts when the rest of the text allows them: nothing else, or a few words beside an unmistakable time."""
    left = set(code.codes) - NEUTRAL
    if not left:
        sole = parts.ago is None or parts.clock is not None or parts.date is None
        parts.whole = sole and (parts.firm or parts.clock is None)
        return parts
    if any(not (sign.isalnum() or sign >= "\ue000") for sign in left) or left & _MARKERS:
        return NOTHING
    if "d" in code.plays and DAY_OF_MONTH.search(code.codes) is not None:
        return NOTHING
    if parts.date is not None and parts.date[0] is None and left & _YEARS:
        return NOTHING
    if (parts.date is None or parts.clock is None) and _runs_on(code.codes, start):
        return NOTHING
    if parts.ago is not None and parts.clock is None and parts.date is None:
        return parts
    named = parts.date is not None and (parts.firm or parts.date[0] is not None)
    first = next(place for place, sign in enumerate(start) if sign not in NEUTRAL)
    labelled = "L" in code.plays or "P" in code.plays or parts.half or parts.zone is not None
    told = parts.clock is not None and parts.firm and (labelled or code.codes[first] == " ")
    return parts if named or told else NOTHING


def _runs_on(left: str, start: str) -> bool:
    """Whether words follow the time without a sign between: "36 min ago the bridge fell" is a sentence."""
    last = max(place for place, sign in enumerate(start) if left[place] != sign)
    for sign in left[last + 1 :]:
        if sign in _WORDS:
            return True
        if sign != " " and sign < "\ue000":
            return False
    return False


def _present(needs: str, code: Coded) -> bool:
    return needs[1] in code.plays if needs[0] == "@" else any(sign in code.codes for sign in needs)


def _find_date(code: Coded, parts: Parts) -> None:
    for needs, pattern in DATES:
        if not _present(needs, code):
            continue
        for found in pattern.finditer(code.codes):
            groups = found.groupdict()
            if (read := _date(code, found, groups)) is not None:
                code.take(found)
                parts.date, parts.orders = read
                parts.firm = groups.get("M") is not None
                return


def _date(
    code: Coded, found: re.Match[str], groups: dict[str, str | None]
) -> tuple[tuple[int | None, int, int], tuple[Order, ...]] | None:
    def number(name: str) -> int | None:
        return code.number(found.start(name)) if groups.get(name) is not None else None

    year, short = number("y"), number("c") or number("c2")
    if year is not None and year < 100:
        year += 2000
    if groups.get("a") is not None:
        return _numbers(number("a") or 0, number("b") or 0, year, short, groups.get("sep"))
    if short is not None:
        year = 2000 + short
    month = code.value(found.start("M"), "M") if groups.get("M") is not None else number("m")
    day = number("d") or 0
    if not isinstance(month, int) or not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    return (year, month, day), ()


def _numbers(
    first: int, second: int, year: int | None, short: int | None, sign: str | None
) -> tuple[tuple[int | None, int, int], tuple[Order, ...]] | None:
    """Three numbers, or two, that may be in several orders: kept as written, with the orders that can be."""
    orders: list[Order] = []
    if 1 <= second <= 12 and 1 <= first <= 31:
        orders.append("day")
    if sign == "/" and 1 <= first <= 12 and 1 <= second <= 31:
        orders.append("month")
    if short is not None:
        if 1 <= second <= 12 and 1 <= short <= 31 and first >= 10:
            orders.append("year")
        if short < 10:  # "15.05.00" is no date of the year 2000
            orders = [order for order in orders if order == "year"]
    last = year if year is not None else short
    return ((last, first, second), tuple(orders)) if orders else None


def _find_clock(code: Coded, parts: Parts) -> None:
    for needs, pattern in CLOCKS:
        if not _present(needs, code):
            continue
        for found in pattern.finditer(code.codes):
            if _clock(code, parts, found):
                code.take(found)
                return


def _clock(code: Coded, parts: Parts, found: re.Match[str]) -> bool:
    """Whether the match is a clock; it is then among the parts."""
    groups = {name: found.start(name) for name, text in found.groupdict().items() if text is not None}
    hour = code.number(groups["h"])
    minute = code.number(groups["m"]) if "m" in groups else 30 if "half" in groups else None
    second = code.number(groups["s"]) if "s" in groups else None
    place = groups.get("H", groups.get("H2"))
    half = code.value(place, "H") if place is not None else None
    if place is not None and half is None:
        return False
    hour = _hour(hour, half)
    if hour > 23 or (minute or 0) > 59:
        return False
    alone = "m" not in groups and "C" in groups and not {"at", "to"} & groups.keys() and half is None
    if alone and "U" in code.word(groups["C"]).roles and parts.date is None:
        return False  # "14h", "14 horas": an hour of the day only where the text says so
    digits = len(code.numbers[groups["h"]])
    firm = "dot" not in groups or digits == 2 or bool({"at", "C", "H", "H2"} & groups.keys()) or parts.date is not None
    padded = digits == 2 and code.numbers[groups["h"]][0] == "0"
    told = half is not None or padded or hour == 0 or hour > 12 or "mark" in groups or "C" in groups
    parts.clock, parts.half, parts.firm = (hour, minute, second), told, firm or parts.firm
    return True


def _hour(hour: int, half: object) -> int:
    if hour > 12 or half is None:
        return hour
    if half == "am":
        return hour % 12
    if half == "pm":
        return hour % 12 + 12
    if half == "noon":
        return hour if hour >= 10 else hour + 12
    return hour % 12 + 12 if 6 <= hour <= 11 else hour % 12


def _find_zone(code: Coded, parts: Parts, offset: re.Match[str] | None) -> None:
    if offset is not None:
        sign, hours, minutes = next(group for group in (offset.groups()[n : n + 3] for n in (0, 3, 6)) if group[0])
        east = int(hours) + int(minutes or 0) / 60
        parts.zone, parts.firm = east if sign == "+" else -east, True
    elif (found := ZONE.search(code.codes)) is not None:
        label = code.value(found.start(), "Z")
        code.take(found)
        parts.zone, parts.firm = label if isinstance(label, str) else None, True


def _find_day(code: Coded, parts: Parts) -> None:
    if parts.date is None and (found := DAY_WORD.search(code.codes)) is not None:
        back = code.value(found.start(), "D")
        code.take(found)
        parts.days_back, parts.firm = back if isinstance(back, int) else None, True
    if (found := WEEKDAY.search(code.codes)) is not None:
        days = [value for value, _ in code.word(found.start()).roles["W"]]
        code.take(found)
        parts.weekdays, parts.firm = tuple(day for day in days if isinstance(day, int)), True
