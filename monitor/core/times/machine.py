"""Times as programs write them: ISO 8601, RFC 5322, epochs of any magnitude."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta, tzinfo

from monitor.core.times.instants import DAY, MINUTE, TICK, fixed, interval, named, span_of
from monitor.core.times.words import ZONES
from monitor.model import Span

_DIGITS = re.compile(r"-?[0-9]{1,19}(?:\.[0-9]{1,9})?")
_COMPACT = re.compile(
    r"((?:19|20)[0-9]{2})(0[1-9]|1[0-2])([0-2][0-9]|3[01])(?:([01][0-9]|2[0-3])([0-5][0-9])([0-5][0-9])?)?"
)
_MAIL = re.compile(
    r"(?:[A-Za-z]{3,9},?\s)?([0-9]{1,2})[\s-]([A-Za-z]{3})[a-z]{0,6}[\s-]([0-9]{2}(?:[0-9]{2})?)\s"
    r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?(?:\s?([+-][0-9]{4}|[A-Z]{1,5}))?"
)
_MAIL_MONTHS = {
    name: place
    for place, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)  # noqa: SIM905
}


def read_machine(value: str | float, zone: tzinfo) -> Span | None:
    """When a value meant for programs says something happened: ISO 8601, RFC 5322, epoch seconds or milliseconds.

    A value without an offset is in ``zone``. Anything outside 1990..2100 is None: publishers write zero dates.
    """
    try:
        if not isinstance(value, str):
            return _number(value, zone)
        shown = value.strip()[:64]
        if _DIGITS.fullmatch(shown):
            return _number(float(shown) if "." in shown else int(shown), zone)
        return _iso(shown, zone) or _mail(shown, zone)
    except (ValueError, OverflowError):
        return None


def _number(value: float, zone: tzinfo) -> Span | None:
    if isinstance(value, bool) or not math.isfinite(value):
        return None
    shown = str(value)
    if isinstance(value, int) and (found := _COMPACT.fullmatch(shown)) is not None:
        year, month, day, hour, minute, second = (int(group) if group else None for group in found.groups())
        local = datetime(year or 0, month or 0, day or 0, hour or 0, minute or 0, second or 0)  # noqa: DTZ001
        width = DAY if hour is None else MINUTE if second is None else timedelta()
        return interval(local, width, zone, shown, "machine")
    size = abs(value)
    for limit, per_second in ((1e11, 1), (1e14, 1e3), (1e17, 1e6), (1e20, 1e9)):
        if size < limit:
            at = datetime.fromtimestamp(value / per_second, UTC)
            return span_of(at, at, shown, "machine")
    return None


def _iso(shown: str, zone: tzinfo) -> Span | None:
    # Ten characters are a date, sixteen before the offset a minute: `2023-05-15`, `2023-05-15T11:34`.
    if len(shown) < 10 or shown[4] != "-" or not shown[:4].isdecimal():
        return None
    try:
        at = datetime.fromisoformat(shown)
    except ValueError:
        return None
    if len(shown) == 10:
        return interval(at, DAY, zone, shown, "machine")
    width = timedelta() if shown[16:17] == ":" else MINUTE
    if at.tzinfo is None:
        return interval(at, width, zone, shown, "machine")
    at = at.astimezone(UTC)
    return span_of(at, at + width - TICK if width else at, shown, "machine")


def _mail(shown: str, zone: tzinfo) -> Span | None:
    found = _MAIL.fullmatch(shown)
    month = _MAIL_MONTHS.get(found[2].lower()) if found is not None else None
    if found is None or month is None:
        return None
    year = int(found[3]) + (2000 if len(found[3]) == 2 else 0)
    local = datetime(year, month, int(found[1]), int(found[4]), int(found[5]), int(found[6] or 0))  # noqa: DTZ001
    width = timedelta() if found[6] else MINUTE
    label = found[7]
    if label is None:
        return interval(local, width, zone, shown, "machine")
    if label[0] in "+-":
        minutes = int(label[1:3]) * 60 + int(label[3:5])
        return interval(local, width, fixed((minutes if label[0] == "+" else -minutes) / 60), shown, "machine")
    return interval(local, width, named(label, local, zone), shown, "machine") if label in ZONES else None
