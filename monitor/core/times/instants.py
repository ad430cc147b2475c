"""Local times as instants: zones by name or label, and intervals of some precision."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from monitor.core.times.words import ZONES
from monitor.model import Span, SpanKind

TICK: Final = timedelta(microseconds=1)
"""What an interval of whole minutes stops short of the next one."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_EARLIEST, _LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=512)
def zone_of(name: str | None) -> tzinfo:
    """A source's time zone by its IANA name; UTC when it has none or nobody knows it."""
    if name is None:
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def span_of(earliest: datetime, latest: datetime, shown: str, kind: SpanKind) -> Span | None:
    """A span from one instant to another; None outside 1990..2100, where publishers write zero dates."""
    if earliest < _EARLIEST or latest > _LATEST:
        return None
    return Span(earliest=earliest, latest=latest, text=shown, kind=kind)


@lru_cache(maxsize=256)
def fixed(hours: float) -> tzinfo:
    """The zone so many hours east of UTC."""
    return timezone(timedelta(minutes=round(hours * 60))) if hours else UTC


def named(label: str | float | None, local: datetime, zone: tzinfo) -> tzinfo:
    """The zone a label or IANA name means; the source's own when it goes by that label then (IST, CST, BST)."""
    if label is None:
        return zone
    if not isinstance(label, str):
        return fixed(label)
    if local.replace(tzinfo=zone).tzname() == label:
        return zone
    meant = ZONES.get(label, label)
    return zone_of(meant) if isinstance(meant, str) else fixed(meant)


def interval(local: datetime, width: timedelta, zone: tzinfo, shown: str, kind: SpanKind) -> Span | None:
    """A local time of some precision as a span; a clock hour that daylight saving repeats spans both readings."""
    if zone is UTC:
        first = second = local.replace(tzinfo=UTC)
    else:
        first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
        second = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if width == DAY:
        end = (local + width).replace(tzinfo=zone).astimezone(UTC) - TICK
    else:
        end = max(first, second) + (width - TICK if width else width)
    return span_of(min(first, second), end, shown, kind)
