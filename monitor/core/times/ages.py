"""Ages: "5 min ago", "vor 2 Std. 5 Min.", "just now", as seconds before whoever is asked, at least and at most."""

from __future__ import annotations

import re
from typing import Final

from monitor.core.times.grammar import AGO, NOW, ONE_RUN, SHORT_AGO
from monitor.core.times.tokens import Coded
from monitor.core.times.words import LANGUAGES

Age = tuple[tuple[int, int], int, bool]
"""Seconds ago at least and at most; half of the unit; and whether it may be an hour of the day instead ("14h")."""

_UNIT_S: Final = {"s": 1, "min": 60, "h": 3600, "d": 86400, "w": 604800, "mo": 2592000, "y": 31536000}
_SHORT: Final = {"s": 60, "sec": 60, "m": 60, "min": 60, "mins": 60, "h": 24, "hr": 24, "hrs": 24, "d": 32}


def age(code: Coded) -> Age | None:
    """The age a text says, taken out of it; None when it says none, or one that could be two."""
    plays = code.plays
    if "N" in plays and (now := NOW.search(code.codes)) is not None:
        seconds = code.value(now.start(), "N")
        code.take(now)
        return ((0, seconds), 30, False) if isinstance(seconds, int) else None
    if plays.isdisjoint("UV"):
        return None
    if "B" in plays and (short := SHORT_AGO.search(code.codes)) is not None:
        unit = code.value(short.start("u"), "U", code.languages(short.start("lead"), "B"))
        if unit == ("h", 1):
            least = code.number(short.start("n")) * 3600 + code.number(short.start("m")) * 60
            code.take(short)
            return (least, least + 60), 30, False
    for found in AGO.finditer(code.codes):
        if (read := _age(code, found)) is not None:
            code.take(found)
            return read
    return None


def _age(code: Coded, found: re.Match[str]) -> Age | None:
    """The age a run of numbers and units says, when something marks it as one or there is nothing else."""
    languages, marked = -1, False
    for name, letter in (("lead", "B"), ("late", "B"), ("tail", "A")):
        if found[name] is not None:
            place = found.start(name) + (found[name][0] == " ")
            languages &= code.languages(place, letter)
            marked = True
    if not languages or (found["around"] is not None and found["tail"] is None):
        return None
    hedge = code.value(found.start("hedge"), "Q") if found["hedge"] is not None else ""
    if not marked:
        if found[0].strip() != code.codes.strip() or hedge or not _bare(code, found):
            return None
        # "4m" is English; "-4 h" is what libraries write in many languages, of which Indonesian is none.
        languages = 1 if found["minus"] is None else ~(1 << (len(LANGUAGES) - 1))
    counted = _counted(code, found.start("runs"), found.end("runs"), languages)
    if counted is None or hedge == "more" or hedge is None:
        return None
    total, unit, article = counted
    least, most, half_s = _width(total, unit, article)
    if hedge:
        least, most = (0, total) if hedge == "less" else (max(0, least - half_s), most)
    first = found.start("runs") + 1
    bare_hours = not marked and found["minus"] is None and "h" in code.numbers[first : first + 2]
    return (least, most), half_s, bare_hours


def _bare(code: Coded, found: re.Match[str]) -> bool:
    """Whether an age that nothing marks can be one: "4m", "2 hr 22 min". "7 days", "24 hours", "400 m" are amounts."""
    if found["minus"] is not None:
        return True
    start, end = found.span("runs")
    return all(
        run["n"] is not None and code.number(run.start("n")) < _SHORT.get(code.numbers[run.start("u")].lower(), 0)
        for run in ONE_RUN.finditer(code.codes, start, end)
    )


def _counted(code: Coded, start: int, end: int, languages: int) -> tuple[int, str, bool] | None:
    """Seconds in all, the last unit, and whether it is an article that counts ("an hour"); None when not sure."""
    total, last, unit, article = 0, "", "", False
    for run in ONE_RUN.finditer(code.codes, start, end):
        letter, name = ("V", "v") if run["v"] is not None else ("U", "u" if run["u"] is not None else "e")
        meant = code.value(run.start(name), letter, languages)
        if not isinstance(meant, tuple):
            return None
        unit, count = meant
        if last and _UNIT_S[unit] >= _UNIT_S[last]:
            return None
        last = unit
        if run["n"] is not None:
            count = code.number(run.start("n"))
        elif run["o"] is not None:
            said = code.value(run.start("o"), "O", languages)
            count = said if isinstance(said, int) else 1
        article = run["n"] is None and count == 1 and total == 0
        total += count * _UNIT_S[unit]
    return (total, unit, article) if unit and total <= 100 * _UNIT_S["y"] else None


def _width(total: int, unit: str, article: bool) -> tuple[int, int, int]:
    """Seconds ago at least and at most, and half the unit.

    "5 min ago" is five to six minutes. "An hour ago" is what libraries say from 45 minutes on. Days may be counted
    by midnights, weeks and more are rounded by many: they reach down by a day, or half their unit.
    """
    width = _UNIT_S[unit]
    least, most = total, total + width
    if unit == "d":
        least = total - width
    elif unit in ("w", "mo", "y"):
        least = total - width // 2
        most = most * 31 // 30 + (86400 if unit == "y" else 0) if unit != "w" else most
        least = least * 28 // 30 if unit == "mo" else least
    elif article:
        least = total - width // 4
    return max(0, least), most, width // 2
