"""A text meant for people → the interval it may mean."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo

from monitor.core.normalize import text as tidy
from monitor.core.times.instants import DAY, HOUR, MINUTE, interval, named, span_of
from monitor.core.times.parts import LONGEST, Order, Parts, parts_of
from monitor.core.times.words.zones import AMERICAN_LABELS, h_is_oclock, month_first, twelve_hours, year_first
from monitor.model import Span, SpanKind

AHEAD = timedelta(minutes=5)
"""A clock time further than this ahead of the copy is yesterday's."""


def read(text: str, anchor: datetime, zone: tzinfo) -> Span | None:
    """When a text meant for people says something happened, or None when it holds no time, or no sure one.

    ``anchor`` is when this copy of the page was made, ``zone`` what clocks without a zone mean. A time with a date
    is ``absolute``, one without is ``clock`` (and may be yesterday's), "5 min ago" is ``relative``: five to six
    minutes (:func:`rounded` for sites that round). A text that can mean two times spans both when they
    are half a day apart ("5:40" where clocks count to twelve), and is None otherwise ("3/4" in an unknown zone).
    """
    shown = tidy(text[: LONGEST * 2])[:LONGEST]
    if not shown:
        return None
    parts = parts_of(shown)
    if parts.empty:
        return None
    try:
        if parts.ago is not None and parts.clock is None and parts.date is None:
            return _relative(parts, parts.ago, anchor, zone, shown)
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


def half_unit(span: Span) -> timedelta:
    """Half of the unit an age was told in, by which a site that rounds may be ahead; none for what is no age."""
    return timedelta(seconds=parts_of(span.text).half_s if span.kind == "relative" else 0)


def rounded(span: Span) -> Span:
    """What an age means where sites of both kinds may have told it: "5 min ago" from four and a half minutes on.

    Days and more are read wide enough already.
    """
    half = half_unit(span)
    if not half or half > HOUR:
        return span
    least = parts_of(span.text).ago or (0, 0)
    return replace(span, latest=span.latest + min(half, timedelta(seconds=least[0])))


def _relative(parts: Parts, ago: tuple[int, int], anchor: datetime, zone: tzinfo, shown: str) -> Span | None:
    if parts.hours_or_age and h_is_oclock(str(zone)):
        return None
    at = anchor.astimezone(UTC)
    return span_of(at - timedelta(seconds=ago[1]), at - timedelta(seconds=ago[0]), shown, "relative")


def _absolute(parts: Parts, anchor: datetime, zone: tzinfo, shown: str) -> Span | None:
    day = anchor.astimezone(zone).replace(tzinfo=None)
    today = anchor.astimezone(named(parts.zone, day, zone)).date()
    if parts.date is not None:
        dated = _day_of(parts, today, zone)
        return _on(parts, dated, anchor, zone, shown, "absolute") if dated is not None else None
    back = parts.days_back or 0
    weekday = _weekday(parts, zone) if parts.days_back is None else None
    if weekday is not None:
        back = (today.weekday() - weekday) % 7
    span = _on(parts, today - timedelta(days=back), anchor, zone, shown, "clock")
    if parts.days_back is None and (span is None or span.earliest > anchor + AHEAD):
        back += 7 if weekday is not None else 1
        span = _on(parts, today - timedelta(days=back), anchor, zone, shown, "clock")
    return span


def _on(parts: Parts, day: date, anchor: datetime, zone: tzinfo, shown: str, kind: SpanKind) -> Span | None:
    """The clock of a text on a day, or the day itself when it shows none."""
    start = datetime.combine(day, datetime.min.time())
    if parts.clock is None:
        return interval(start, DAY, named(parts.zone, start, zone), shown, kind)
    hour, minute, second = parts.clock
    width = HOUR if minute is None else MINUTE if second is None else timedelta()

    def at(hours: int) -> Span | None:
        local = start + timedelta(hours=hours, minutes=minute or 0, seconds=second or 0)
        return interval(local, width, named(parts.zone, local, zone), shown, kind)

    if parts.half or not (twelve_hours(str(zone)) or parts.zone in AMERICAN_LABELS):
        return at(hour)
    # "5:40" by a clock of twelve hours: the two latest such times that had come, nearest to each other.
    morning, evening = at(hour % 12), at(hour % 12 + 12)
    if morning is not None and evening is not None and evening.earliest > anchor + AHEAD:
        if kind != "clock" or parts.days_back is not None or parts.weekdays:
            return morning
        if morning.earliest > anchor + AHEAD:
            return morning
        evening, morning = morning, at(hour % 12 - 12)
    if morning is None or evening is None:
        return None
    return replace(morning, latest=evening.latest)


def _weekday(parts: Parts, zone: tzinfo) -> int | None:
    if not parts.weekdays:
        return None
    return parts.weekdays[-1 if str(zone) in ("Europe/Prague", "Europe/Bratislava") else 0]


def _day_of(parts: Parts, today: date, zone: tzinfo) -> date | None:
    """The day a date means: without a year the latest such day, and None when its order is not known."""
    assert parts.date is not None  # noqa: S101
    last, first, second = parts.date
    if not parts.orders:
        return _in_year(last, first, second, today)
    meant: dict[Order, date] = {}
    for order in parts.orders:
        with suppress(ValueError):
            year, month, day = _in_order(order, last, first, second)
            meant[order] = _in_year(year, month, day, today)
    if parts.weekdays:
        meant = {order: day for order, day in meant.items() if day.weekday() in parts.weekdays} or meant
    if len(set(meant.values())) < 2:
        return next(iter(meant.values()), None)
    return _likeliest(meant, parts, today, str(zone))


def _likeliest(meant: dict[Order, date], parts: Parts, today: date, zone: str) -> date | None:
    """Of several readings, the one that the readers of a zone would take, or that is of these days."""
    american = month_first(zone)
    if parts.zone in AMERICAN_LABELS:
        american = True
    wanted: tuple[Order, ...] = () if american is None else ("month",) if american else ("day",)
    if year_first(zone):
        wanted = ("year",) if "year" in meant else ("month",) if parts.date and parts.date[0] is None else wanted
    for order in wanted:
        if order in meant:
            return meant[order]
    near = {day for day in meant.values() if -2 <= (day - today).days <= 1}
    return near.pop() if len(near) == 1 else None


def _in_order(order: Order, last: int | None, first: int, second: int) -> tuple[int | None, int, int]:
    if order == "year":
        return 2000 + first, second, last or 0
    year = last + 2000 if last is not None and last < 100 else last
    return (year, second, first) if order == "day" else (year, first, second)


def _in_year(year: int | None, month: int, day: int, today: date) -> date:
    if year is not None:
        return date(year, month, day)
    if (month, day) == (2, 29):
        return date(today.year - today.year % 4, month, day)
    this = date(today.year, month, day)
    return this if this <= today + timedelta(days=2) else this.replace(year=today.year - 1)
