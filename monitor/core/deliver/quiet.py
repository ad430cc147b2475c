"""Quiet hours: until when a delivery is held. Detection goes on, nothing is dropped, order is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.model import QuietHours

LONGEST = timedelta(hours=20)
"""Quiet hours leave at least four hours open, more than any clock is ever put forward: one night ends before the next
begins."""


def held_until(hours: QuietHours, now: datetime) -> datetime | None:
    """The end of the quiet hours that hold at ``now`` (aware UTC), None when none do.

    Where clocks are put forward or back within them, quiet is never shorter than the clock on the wall says: it begins
    at the first time the clock shows its beginning, and ends at the last time it shows its end.
    """
    zone = ZoneInfo(hours.timezone)
    today = now.astimezone(zone).date()
    for begins_on in (today - timedelta(days=1), today, today + timedelta(days=1)):
        if hours.days and begins_on.weekday() not in hours.days:
            continue
        ends_on = begins_on + timedelta(days=hours.end <= hours.start)
        if min(_instants(begins_on, hours.start, zone)) <= now < (end := max(_instants(ends_on, hours.end, zone))):
            return end
    return None


def released_at(ways: Iterable[QuietHours | None], now: datetime) -> datetime | None:
    """When a change that reaches a destination by these routes is let go; None: now, for one of them has no quiet."""
    ends = [None if hours is None else held_until(hours, now) for hours in ways]
    held = [end for end in ends if end is not None]
    return min(held) if held and len(held) == len(ends) else None


def holds(reached: Mapping[str, Iterable[QuietHours | None]], now: datetime) -> dict[str, datetime]:
    """The destinations whose quiet hours hold a change that reaches them so (``route.reached``), each until when."""
    return {name: until for name, ways in reached.items() if (until := released_at(ways, now)) is not None}


def length(start: time, end: time) -> timedelta:
    """How long quiet hours last by the clock, over midnight when they end before they begin."""
    minutes = (end.hour - start.hour) * 60 + end.minute - start.minute
    return timedelta(minutes=minutes % 1440 or 1440)


def _instants(day: date, at: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Both readings of a wall time (PEP 495): they differ where the clock shows it twice, or never."""
    local = datetime.combine(day, at, zone)
    return local.replace(fold=0).astimezone(UTC), local.replace(fold=1).astimezone(UTC)
