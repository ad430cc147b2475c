"""When to poll next: laws of the cadence, and its numbers on quiet and busy pages."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.cadence import next_in_s, rate_per_h, warmed
from monitor.model import Source

NOW = datetime(2023, 3, 21, 12, 0, tzinfo=UTC)
SOURCE = Source(name="s", url="https://news.example/", poll_min_s=15, poll_max_s=600)

heats = st.floats(0, 1_000)
jitters = st.floats(-1, 1)
waits = st.none() | st.floats(0, 10_000)
bounds = st.tuples(st.floats(0.05, 600), st.floats(1, 100)).map(
    lambda pair: Source(name="s", url="https://news.example/", poll_min_s=pair[0], poll_max_s=pair[0] * pair[1])
)


def pause(source: Source = SOURCE, **changes: Any) -> float:
    """The pause of a quiet, healthy source, but for ``changes``."""
    standard: dict[str, Any] = {
        "heat": 0.0,
        "heat_at": None,
        "failures": 0,
        "expires_in_s": None,
        "retry_after_s": None,
        "now": NOW,
        "jitter": 0.0,
    }
    return next_in_s(source=source, **standard | changes)


@given(bounds, heats, st.integers(0, 10_000), waits, jitters)
def test_the_pause_stays_within_the_sources_bounds(
    source: Source, heat: float, failures: int, expires_in_s: float | None, jitter: float
) -> None:
    """Without a Retry-After no page, however hot, broken or cached, is polled outside [min, max]."""
    pause_s = pause(source, heat=heat, failures=failures, expires_in_s=expires_in_s, jitter=jitter)

    assert source.poll_min_s <= pause_s <= source.poll_max_s


@given(bounds, heats, st.integers(0, 9), st.floats(0, 1e9), jitters)
def test_retry_after_is_a_floor_up_to_an_hour(
    source: Source, heat: float, failures: int, retry_after_s: float, jitter: float
) -> None:
    """A server's wish is granted beyond the maximum, but never for more than an hour."""
    without_s = pause(source, heat=heat, failures=failures, jitter=jitter)
    with_s = pause(source, heat=heat, failures=failures, jitter=jitter, retry_after_s=retry_after_s)

    assert with_s == max(without_s, min(retry_after_s, 3600))


@given(heats, heats, jitters)
def test_a_hotter_page_is_never_polled_later(one: float, other: float, jitter: float) -> None:
    """The pause falls as the count of recent changes grows."""
    cold, hot = sorted((one, other))

    assert pause(heat=hot, jitter=jitter) <= pause(heat=cold, jitter=jitter)


@given(st.integers(1, 2_000), jitters)
def test_more_failures_never_shorten_the_pause(failures: int, jitter: float) -> None:
    """Failures in a row only lengthen the pause."""
    assert pause(failures=failures, jitter=jitter) <= pause(failures=failures + 1, jitter=jitter)


def test_failures_double_from_the_minimum_to_the_maximum() -> None:
    """The first failure is looked at again soon, the tenth is left alone."""
    assert [pause(failures=n) for n in range(1, 9)] == [15, 30, 60, 120, 240, 480, 600, 600]


@given(st.floats(0, 599))
def test_no_visit_before_a_cached_copy_expires(expires_in_s: float) -> None:
    """Whatever the jitter, a copy that expires within the maximum is not asked for before."""
    for jitter in (-1.0, 0.0, 1.0):
        assert pause(heat=100, expires_in_s=expires_in_s, jitter=jitter) >= expires_in_s


def test_a_copy_that_outlives_the_maximum_is_not_waited_for() -> None:
    """An hour of max-age does not hide an hour of news: the site may purge its copies."""
    assert pause(heat=100, expires_in_s=3_601) == 15


def test_a_failing_source_does_not_wait_for_an_old_copy() -> None:
    """What a cache said before it failed does not delay the next try."""
    assert pause(failures=1, expires_in_s=300) == 15


@given(heats, jitters)
def test_jitter_moves_a_visit_by_a_tenth_at_most(heat: float, jitter: float) -> None:
    """Sources drift apart, but not far."""
    steady_s = pause(heat=heat)

    assert 0.9 * steady_s - 1e-9 <= pause(heat=heat, jitter=jitter) <= 1.1 * steady_s + 1e-9


def test_jitter_parts_sources_that_began_together() -> None:
    """Different jitter gives different pauses wherever the bounds leave room."""
    assert len({pause(jitter=step / 10) for step in range(-10, 11)}) == 21


def test_quiet_busy_and_hot_pages() -> None:
    """Nothing known: about ten times the minimum; thirty changes an hour by the estimate: the minimum."""
    quiet_s, busy_s, hot_s = pause(), pause(heat=5), pause(heat=28)

    assert quiet_s == pytest.approx(15 * math.sqrt(30 / rate_per_h(0)))
    assert 140 < quiet_s < 150
    assert 30 < busy_s < 40
    assert hot_s == 15


def test_heat_decays_to_1_e_in_twenty_minutes() -> None:
    """What was hot an hour ago has all but cooled down; fresh changes count whole."""
    assert warmed(10, NOW - timedelta(minutes=20), 0, NOW) == pytest.approx(10 / math.e)
    assert warmed(10, NOW - timedelta(minutes=20), 3, NOW) == pytest.approx(10 / math.e + 3)
    assert warmed(10, None, 2, NOW) == 12


def test_a_clock_that_steps_back_heats_nothing() -> None:
    """A heat_at ahead of now leaves the count as it is."""
    assert warmed(10, NOW + timedelta(hours=1), 0, NOW) == 10


@given(heats, st.integers(0, 50), st.floats(0, 7_200), st.floats(0, 7_200))
def test_decay_in_two_steps_is_decay_in_one(heat: float, fresh: int, first_s: float, second_s: float) -> None:
    """It does not matter how often the count is brought up to date."""
    middle, end = NOW + timedelta(seconds=first_s), NOW + timedelta(seconds=first_s + second_s)

    in_two = warmed(warmed(heat, NOW, 0, middle), middle, fresh, end)

    assert in_two == pytest.approx(warmed(heat, NOW, fresh, end), abs=1e-3)


@given(heats, st.floats(1, 1e6))
def test_the_rate_is_positive_and_the_prior_at_first(heat: float, watched_s: float) -> None:
    """A page nobody has watched has the prior's rate; none is ever thought dead."""
    assert rate_per_h(heat, watched_s) > 0
    assert rate_per_h(0, 0) == pytest.approx(0.5)


def test_the_rate_finds_a_steady_page() -> None:
    """Sixty changes an hour for hours leave a count of twenty, and an estimate of the right size."""
    assert 20 < rate_per_h(20) < 60
