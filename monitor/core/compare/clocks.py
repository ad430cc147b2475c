"""Clocks of copies: when a cache or a page says that a copy was made, and whether to believe it."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.core.compare.state import SourceState

STALE_AFTER_S = 5.0
"""A copy whose own clock is this much older than one already seen is a stale cache's; it changes nothing."""

STALE_FOR = timedelta(hours=1)
"""When every copy has been older for so long, the newest clock seen was wrong, and the page is believed again."""

CLOCK_AHEAD = timedelta(minutes=5)
"""A page built later than this after we fetched it does not know the time."""


def is_stale(state: SourceState, newest: datetime | None, clock: datetime | None, now: datetime) -> bool:
    """Whether a copy's clock is older than the newest one seen, and the hour in which that is believed not over."""
    if newest is None or clock is None or patience_is_over(state, now):
        return False
    return (newest - clock).total_seconds() > STALE_AFTER_S


def patience_is_over(state: SourceState, now: datetime) -> bool:
    """Whether copies have been taken for stale for so long that the newest clock must have been wrong."""
    return state.stale_since is not None and now - state.stale_since >= STALE_FOR


def has_failed_long(state: SourceState, now: datetime) -> bool:
    """Whether nothing was believed for an hour: if the page then is another one for good, it is met anew."""
    return state.failing_since is not None and now - state.failing_since >= STALE_FOR


def plausible(clock: datetime | None, now: datetime) -> datetime | None:
    """The clock of a copy, unless it is ahead of ours by more than clocks differ."""
    return clock if clock is not None and clock <= now + CLOCK_AHEAD else None


def newest(one: datetime | None, other: datetime | None) -> datetime | None:
    """The later of two clocks, of those there are."""
    return max(filter(None, (one, other)), default=None)
