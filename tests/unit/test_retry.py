"""When a delivery is tried again."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.deliver.retry import Kind, next_attempt
from monitor.model import WEBHOOK_SCHEDULE_S

AT = datetime(2026, 1, 1, tzinfo=UTC)


def wait(
    kind: Kind,
    attempts: int,
    jitter: float = 0.5,
    after_s: float | None = None,
    tried_s: float | None = 0,
    *,
    counts: bool = True,
) -> float | None:
    """The wait after so many attempts of a delivery first tried so long ago (None: this was the first)."""
    tried_at = None if tried_s is None else AT - timedelta(seconds=tried_s)
    return next_attempt(
        kind, attempts=attempts, counts=counts, tried_at=tried_at, now=AT, after_s=after_s, jitter=jitter
    )


def test_webhooks_follow_the_published_schedule() -> None:
    """Nine waits after ten attempts' nine failures, from five seconds to a day; the tenth failure is the end."""
    waits = [wait("webhook", n) for n in range(1, 11)]

    assert waits == [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400, None]


@given(st.integers(1, 9), st.floats(0, 1))
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


def test_slack_gives_up_a_day_after_the_first_attempt() -> None:
    """An alert that was tried in vain for 24 hours is dead."""
    assert wait("slack", 3, tried_s=86_399) is not None
    assert wait("slack", 3, tried_s=86_400) is None


@given(st.sampled_from(["slack", "webhook"]), st.booleans())
def test_what_was_never_tried_before_survives_its_first_failure(kind: Kind, counts: bool) -> None:
    """However long a delivery had waited for its first attempt, that attempt is not its last."""
    assert wait(kind, int(counts), after_s=1, tried_s=None, counts=counts) is not None


def test_answers_that_do_not_count_cannot_keep_a_delivery_for_ever() -> None:
    """A receiver that says 429 for five days gets no more attempts, though none was counted."""
    assert wait("webhook", 0, after_s=60, tried_s=4 * 86_400, counts=False) is not None
    assert wait("webhook", 0, after_s=60, tried_s=5 * 86_400, counts=False) is None


@given(st.sampled_from(["slack", "webhook"]), st.integers(0, 10), st.floats(0, 1e9), st.floats(0, 1))
def test_an_answer_that_does_not_count_waits_as_long_as_it_asks(
    kind: Kind, attempts: int, after_s: float, jitter: float
) -> None:
    """Busy, come back in two seconds: the schedule of a delivery that has failed often has no say in that.

    At least a second, at most an hour; up to a second more, so that not all come back at once.
    """
    asked = min(max(after_s, 1.0), 3600.0)
    found = wait(kind, attempts, jitter, after_s, counts=False)

    assert found is not None
    assert asked <= found <= asked + 1


def test_the_far_ends_wish_is_a_floor_of_an_hour_at_most() -> None:
    """Retry-After makes a wait longer, never shorter, and never longer than an hour."""
    assert wait("webhook", 1, after_s=120) == 120
    assert wait("webhook", 3, after_s=120) == 1800
    assert wait("webhook", 1, after_s=1e9) == 3600


@given(st.lists(st.floats(0.05, 600_000), min_size=1, max_size=12))
def test_a_schedule_of_ones_own_is_kept_to_its_end(waits: list[float]) -> None:
    """Each failed attempt waits as configured; after the last of them there is none, and no horizon cuts it short."""

    def planned(attempts: int) -> float | None:
        tried_at = AT - timedelta(seconds=sum(waits[: attempts - 1]))
        return next_attempt(
            "webhook", attempts=attempts, counts=True, tried_at=tried_at, now=AT, after_s=None, jitter=0.5,
            schedule_s=waits,
        )  # fmt: skip

    assert [planned(n) for n in range(1, len(waits) + 2)] == [*waits, None]
