"""Times as intervals: what a page's words about a time can mean, given when its copy was made.

A text of minute precision is the whole minute, a date the whole day, "5 min ago" the minute five to six minutes
before the anchor: another notation, a gain in precision or a ticking label always meets its old span, and only a
re-timestamped post does not. The anchor is the copy's *generation* time, not the moment it reached us.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from monitor.core.normalize import text as tidy
from monitor.core.timeparts import LONGEST, Parts, parts_of
from monitor.core.timewords import ZONES
from monitor.model import Span, SpanKind

AHEAD = timedelta(minutes=5)
"""A clock time further than this ahead of the copy is yesterday's."""

_TICK = timedelta(microseconds=1)
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_EARLIEST, _LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

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


@lru_cache(maxsize=512)
def zone_of(name: str | None) -> tzinfo:
    """A source's time zone by its IANA name; UTC when it has none or nobody knows it."""
    if name is None:
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def read(text: str, anchor: datetime, zone: tzinfo) -> Span | None:
    """When a text meant for people says something happened, or None when it holds no time.

    ``anchor`` is when this copy of the page was made, ``zone`` what clocks without a zone mean. A time with a date
    is ``absolute``, one without is ``clock`` (and may be yesterday's), "5 min ago" is ``relative``.
    """
    shown = tidy(text[: LONGEST * 2])[:LONGEST]
    if not shown:
        return None
    parts = parts_of(shown)
    if parts.empty:
        return None
    try:
        if parts.ago is not None and parts.clock is None and parts.date is None:
            least, most = parts.ago
            at = anchor.astimezone(UTC)
            return _span(at - timedelta(seconds=most), at - timedelta(seconds=least), shown, "relative")
        return _absolute(parts, anchor, zone, shown)
    except (ValueError, OverflowError):
        return None


def line_kind(line: str) -> SpanKind | None:
    """What kind of time a line is that is nothing but a time ("36 min ago", "12.36 BST", "Updated 20:18"), or None.

    A bare date is none: posts begin at a time of day or an age.
    """
    if len(line) > LONGEST:
        return None
    parts = parts_of(tidy(line))
    if not parts.whole:
        return None
    if parts.clock is not None:
        return "clock" if parts.date is None else "absolute"
    return "relative" if parts.ago is not None else None


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


def _span(earliest: datetime, latest: datetime, shown: str, kind: SpanKind) -> Span | None:
    if earliest < _EARLIEST or latest > _LATEST:
        return None
    return Span(earliest=earliest, latest=latest, text=shown, kind=kind)


def _number(value: float, zone: tzinfo) -> Span | None:
    if isinstance(value, bool) or not math.isfinite(value):
        return None
    shown = str(value)
    if isinstance(value, int) and (found := _COMPACT.fullmatch(shown)) is not None:
        year, month, day, hour, minute, second = (int(group) if group else None for group in found.groups())
        local = datetime(year or 0, month or 0, day or 0, hour or 0, minute or 0, second or 0)  # noqa: DTZ001
        width = _DAY if hour is None else _MINUTE if second is None else timedelta()
        return _interval(local, width, zone, shown, "machine")
    size = abs(value)
    for limit, per_second in ((1e11, 1), (1e14, 1e3), (1e17, 1e6), (1e20, 1e9)):
        if size < limit:
            at = datetime.fromtimestamp(value / per_second, UTC)
            return _span(at, at, shown, "machine")
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
        return _interval(at, _DAY, zone, shown, "machine")
    width = timedelta() if shown[16:17] == ":" else _MINUTE
    if at.tzinfo is None:
        return _interval(at, width, zone, shown, "machine")
    at = at.astimezone(UTC)
    return _span(at, at + width - _TICK if width else at, shown, "machine")


def _mail(shown: str, zone: tzinfo) -> Span | None:
    found = _MAIL.fullmatch(shown)
    month = _MAIL_MONTHS.get(found[2].lower()) if found is not None else None
    if found is None or month is None:
        return None
    year = int(found[3]) + (2000 if len(found[3]) == 2 else 0)
    local = datetime(year, month, int(found[1]), int(found[4]), int(found[5]), int(found[6] or 0))  # noqa: DTZ001
    width = timedelta() if found[6] else _MINUTE
    label = found[7]
    if label is None:
        return _interval(local, width, zone, shown, "machine")
    if label[0] in "+-":
        minutes = int(label[1:3]) * 60 + int(label[3:5])
        return _interval(local, width, _fixed((minutes if label[0] == "+" else -minutes) / 60), shown, "machine")
    return _interval(local, width, _named(label, local, zone), shown, "machine") if label in ZONES else None


@lru_cache(maxsize=256)
def _fixed(hours: float) -> tzinfo:
    return timezone(timedelta(minutes=round(hours * 60))) if hours else UTC


def _named(label: str | float | None, local: datetime, zone: tzinfo) -> tzinfo:
    """The zone a label means; the source's own zone when it goes by that label at that time (IST, CST, BST)."""
    if label is None:
        return zone
    if not isinstance(label, str):
        return _fixed(label)
    if local.replace(tzinfo=zone).tzname() == label:
        return zone
    meant = ZONES[label]
    return zone_of(meant) if isinstance(meant, str) else _fixed(meant)


def _interval(local: datetime, width: timedelta, zone: tzinfo, shown: str, kind: SpanKind) -> Span | None:
    """A local time of some precision as a span; a clock hour that daylight saving repeats spans both readings."""
    if zone is UTC:
        first = second = local.replace(tzinfo=UTC)
    else:
        first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
        second = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if width == _DAY:
        end = (local + width).replace(tzinfo=zone).astimezone(UTC) - _TICK
    else:
        end = max(first, second) + (width - _TICK if width else width)
    return _span(min(first, second), end, shown, kind)


def _absolute(parts: Parts, anchor: datetime, zone: tzinfo, shown: str) -> Span | None:
    if parts.clock is None:
        hour, minute, second, width = 0, 0, 0, _DAY
    else:
        hour, minute, second = parts.clock[0], parts.clock[1] or 0, parts.clock[2] or 0
        width = _HOUR if parts.clock[1] is None else _MINUTE if parts.clock[2] is None else timedelta()
    day = anchor.astimezone(zone).replace(tzinfo=None)
    meant = _named(parts.zone, day, zone)
    today = anchor.astimezone(meant).date()
    if parts.date is not None:
        local = datetime.combine(_dated(parts, today, zone), datetime.min.time()).replace(
            hour=hour, minute=minute, second=second
        )
        return _interval(local, width, _named(parts.zone, local, zone), shown, "absolute")
    back = parts.days_back or 0
    if parts.weekday is not None and parts.days_back is None:
        back = (today.weekday() - parts.weekday) % 7
    local = datetime.combine(today - timedelta(days=back), datetime.min.time()).replace(
        hour=hour, minute=minute, second=second
    )
    span = _interval(local, width, _named(parts.zone, local, zone), shown, "clock")
    if span is not None and parts.days_back is None and span.earliest > anchor + AHEAD:
        local -= timedelta(days=7 if parts.weekday is not None else 1)
        span = _interval(local, width, _named(parts.zone, local, zone), shown, "clock")
    return span


def _dated(parts: Parts, today: date, zone: tzinfo) -> date:
    """The day a date means: without a year the latest such day; "3/4" is April 3, in American zones March 4."""
    assert parts.date is not None  # noqa: S101
    year, month, day = parts.date
    if parts.ambiguous and str(zone).startswith("America/"):
        month, day = day, month
    if year is not None:
        return date(year, month, day)
    if (month, day) == (2, 29):
        return date(today.year - today.year % 4, month, day)
    this = date(today.year, month, day)
    return this if this <= today + timedelta(days=2) else this.replace(year=today.year - 1)
