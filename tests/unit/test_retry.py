"""When a delivery is tried again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.deliver.retry import WEBHOOK_SCHEDULE_S, Kind, next_attempt, retry_after_s

AT = datetime(2026, 1, 1, tzinfo=UTC)


def wait(
    kind: Kind, attempts: int, jitter: float = 0.0, after_s: float | None = None, age_s: float = 0
) -> float | None:
    """The wait after so many attempts of a delivery that old."""
    now = AT + timedelta(seconds=age_s)
    return next_attempt(kind, attempts=attempts, first_at=AT, now=now, after_s=after_s, jitter=jitter)


def test_webhooks_follow_the_published_schedule() -> None:
    """Nine waits after ten attempts' nine failures, from five seconds to a day; the tenth failure is the end."""
    waits = [wait("webhook", n) for n in range(1, 11)]

    assert waits == [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400, None]


@given(st.integers(1, 9), st.floats(-1, 1))
def test_webhook_jitter_stays_within_a_fifth(attempts: int, jitter: float) -> None:
    """The schedule is spread by 20 % either way, so that receivers are not met by all at once."""
    planned = WEBHOOK_SCHEDULE_S[attempts - 1]
    found = wait("webhook", attempts, jitter)

    assert found is not None
    assert 0.8 * planned <= found <= 1.2 * planned + 1e-9


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_slack_waits_at_most_five_minutes(attempts: int, jitter: float) -> None:
    """Full jitter doubles from two seconds up to five minutes, however often it failed."""
    found = wait("slack", attempts, jitter)

    assert found is not None
    assert 0 <= found <= min(300.0, 2.0 * 2.0 ** min(max(attempts - 1, 0), 20))


def test_slack_gives_up_after_a_day() -> None:
    """An alert older than 24 hours is dead."""
    assert wait("slack", 3, 0.5, age_s=86_399) is not None
    assert wait("slack", 3, 0.5, age_s=86_400) is None


def test_answers_that_do_not_count_cannot_keep_a_delivery_for_ever() -> None:
    """A receiver that says 429 for five days gets no more attempts, though none was counted."""
    assert wait("webhook", 0, after_s=60, age_s=4 * 86_400) == 60
    assert wait("webhook", 0, after_s=60, age_s=5 * 86_400) is None


def test_the_far_ends_wish_is_a_floor_of_an_hour_at_most() -> None:
    """Retry-After makes a wait longer, never shorter, and never longer than an hour."""
    assert wait("webhook", 1, after_s=120) == 120
    assert wait("webhook", 3, after_s=120) == 1800
    assert wait("webhook", 1, after_s=1e9) == 3600


@pytest.mark.parametrize(
    ("value", "expected"),
    [("120", 120), (" 7 ", 7), ("Thu, 01 Jan 2026 00:01:00 GMT", 60), ("Wed, 31 Dec 2025 00:00:00 GMT", 0),
     (None, None), ("", None), ("soon", None), ("-5", None), ("1.5", None), ("٣", None)],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date(value: str | None, expected: float | None) -> None:
    """Both forms of RFC 9110 are understood, anything else is as if it were not there."""
    assert retry_after_s(value, AT) == expected
