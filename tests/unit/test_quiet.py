"""Quiet hours: until when a delivery is held, through midnight, weekdays and the nights clocks are changed."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.deliver.quiet import LONGEST, held_until, length, released_at
from monitor.model import QuietHours

LONDON = QuietHours(start=time(22), end=time(6), timezone="Europe/London")
ZONES = ("UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Antarctica/Troll", "Asia/Kathmandu",
         "Africa/Cairo", "America/Santiago", "Pacific/Chatham")  # fmt: skip


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-01-14T21:59:59", None),
        ("2026-01-14T22:00:00", "2026-01-15T06:00:00"),
        ("2026-01-15T05:59:59", "2026-01-15T06:00:00"),
        ("2026-01-15T06:00:00", None),
        ("2026-07-14T21:30:00", "2026-07-15T05:00:00"),  # summer time: an hour before UTC
        ("2026-03-28T23:00:00", "2026-03-29T05:00:00"),  # clocks go forward: a night of seven hours
        ("2026-10-24T23:00:00", "2026-10-25T06:00:00"),  # clocks go back: a night of nine
    ],
)
def test_a_night_is_held_until_its_morning(now: str, until: str | None) -> None:
    """From 22:00 to 06:00 in London, both by London's clock."""
    assert held_until(LONDON, at(now)) == (at(until) if until else None)


@pytest.mark.parametrize(
    ("start", "end", "now", "until"),
    [
        # 29 March 2026: 01:30 is on no clock in London
        (time(22), time(1, 30), "2026-03-29T01:10:00", "2026-03-29T01:30:00"),
        (time(1, 30), time(6), "2026-03-29T01:00:00", "2026-03-29T05:00:00"),
        # 25 October 2026: 01:30 is shown twice
        (time(22), time(1, 30), "2026-10-25T00:40:00", "2026-10-25T01:30:00"),
        (time(1, 30), time(6), "2026-10-25T01:05:00", "2026-10-25T06:00:00"),
    ],
)
def test_quiet_is_never_shorter_than_the_clock_says(start: time, end: time, now: str, until: str) -> None:
    """An end that is shown twice is its second showing, a beginning its first; one that is skipped errs to quiet."""
    assert held_until(QuietHours(start=start, end=end, timezone="Europe/London"), at(now)) == at(until)


def test_days_are_those_on_which_quiet_begins() -> None:
    """A quiet Friday night lasts into Saturday morning, and Saturday night is not quiet."""
    friday = QuietHours(start=time(22), end=time(6), timezone="UTC", days=(4,))
    assert held_until(friday, at("2026-01-16T23:00:00")) == at("2026-01-17T06:00:00")
    assert held_until(friday, at("2026-01-17T03:00:00")) == at("2026-01-17T06:00:00")
    assert held_until(friday, at("2026-01-16T03:00:00")) is None
    assert held_until(friday, at("2026-01-17T23:00:00")) is None


def test_two_ways_hold_only_together() -> None:
    """A route without quiet lets a change through; of two that hold it the first to end lets it go."""
    longer, now = QuietHours(start=time(20), end=time(8), timezone="UTC"), at("2026-01-14T23:00:00")
    assert released_at([LONDON, None], now) is None
    assert released_at([LONDON, longer], now) == at("2026-01-15T06:00:00")
    assert released_at([LONDON, longer], at("2026-01-15T07:00:00")) is None
    assert released_at([], now) is None


clocks = st.integers(0, 1439).map(lambda minutes: time(minutes // 60, minutes % 60))
hours = (
    st.builds(
        QuietHours,
        start=clocks,
        end=clocks,
        timezone=st.sampled_from(ZONES),
        days=st.lists(st.integers(0, 6), unique=True).map(tuple),
    )
    .filter(lambda found: length(found.start, found.end) <= LONGEST)
)  # fmt: skip
moments = st.datetimes(datetime(2020, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # bounds are naive


def _by_the_clock(hours: QuietHours, now: datetime) -> bool:
    """Whether a person who looks at the clock on the wall calls it quiet."""
    local = now.astimezone(ZoneInfo(hours.timezone))
    wall, today = local.time().replace(tzinfo=None), local.date()
    days = set(hours.days or range(7))
    if hours.start < hours.end:
        return hours.start <= wall < hours.end and today.weekday() in days
    yesterday = (today - timedelta(days=1)).weekday()
    return (wall >= hours.start and today.weekday() in days) or (wall < hours.end and yesterday in days)


@given(hours, moments)
def test_held_is_until_a_moment_to_come_that_is_not_quiet(hours: QuietHours, now: datetime) -> None:
    """Law: the end is ahead, within the length of quiet and what a clock is put by, and outside quiet hours."""
    until = held_until(hours, now)
    if until is None:
        assert not _by_the_clock(hours, now)
    else:
        assert timedelta() < until - now <= length(hours.start, hours.end) + timedelta(hours=4)
        assert until.tzinfo is UTC
        assert not _by_the_clock(hours, until)
        assert held_until(hours, until) is None
