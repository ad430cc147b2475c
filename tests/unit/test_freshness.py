"""When a copy was made, how long it stays, when to come back: read from headers strangers wrote."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.freshness import expires_in_s, generated_at, http_date, retry_after_s

NOW = datetime(2023, 3, 21, 12, 0, tzinfo=UTC)


def ago(seconds: float) -> str:
    """The HTTP date of that many seconds before NOW."""
    return format_datetime(NOW - timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "delay_s", "age_s"),
    [
        pytest.param({"date": ago(0)}, 0, 0, id="made for us"),
        pytest.param({"date": ago(40), "age": "40"}, 0, 40, id="a cache that keeps Date"),
        pytest.param({"date": ago(0), "age": "40"}, 0, 40, id="a cache that writes its own Date"),
        pytest.param({"age": "40"}, 0, 40, id="Age alone"),
        pytest.param({"age": "40"}, 3, 43, id="the response took time"),
        pytest.param({"date": ago(300)}, 0, 300, id="an old copy without Age"),
        pytest.param({"date": ago(50), "age": "40"}, 0, 50, id="the larger counts"),
        pytest.param({"date": ago(0), "age": "7, 900"}, 0, 7, id="the first Age of a list"),
        pytest.param({"date": ago(-30)}, 0, -30, id="our clock is half a minute slow"),
        pytest.param({"date": ago(-30), "age": "40"}, 0, 10, id="slow clock, cached copy"),
        pytest.param({"date": ago(-600), "age": "40"}, 0, 40, id="their clock is wrong: Age alone"),
        pytest.param({"date": ago(90_000), "age": "40"}, 0, 40, id="a Date from the day before: Age alone"),
        pytest.param({"date": ago(10), "age": "-5"}, 0, 10, id="a negative Age"),
        pytest.param({"date": ago(10), "age": "soon"}, 0, 10, id="an Age in words"),
        pytest.param({"date": ago(10), "age": "99999999999999"}, 0, 10, id="an absurd Age"),
        pytest.param({"date": "yesterday", "age": "10"}, 0, 10, id="a Date in words"),
    ],
)
def test_a_copys_age(headers: dict[str, str], delay_s: float, age_s: float) -> None:
    """RFC 9111's corrected age, with the server's clock believed before a slow one of ours."""
    assert generated_at(headers, NOW, delay_s) == NOW - timedelta(seconds=age_s)


@pytest.mark.parametrize("headers", [{}, {"date": ago(-600)}, {"date": ago(90_000)}, {"date": "x", "age": "y"}])
def test_no_credible_header_no_time(headers: dict[str, str]) -> None:
    """Without a credible Date or Age the generation time is unknown, not now."""
    assert generated_at(headers, NOW) is None


def test_a_fast_clock_of_ours_is_corrected_by_date() -> None:
    """Two machines whose clocks differ by two minutes agree on when a page was made."""
    headers = {"date": ago(0)}

    assert generated_at(headers, NOW) == generated_at(headers, NOW + timedelta(minutes=2))


@given(st.integers(0, 3_000), st.integers(0, 3_000), st.floats(0, 20))
def test_a_copy_re_read_later_keeps_its_time(first: int, later: int, delay_s: float) -> None:
    """The same cached copy, read again as its Age grows, was generated at the same time, or no sooner than said."""
    date = ago(first)

    seen = generated_at({"date": date, "age": str(first)}, NOW)
    again = generated_at({"date": date, "age": str(first + later)}, NOW + timedelta(seconds=later))
    slowly = generated_at({"date": date, "age": str(first)}, NOW, delay_s)

    assert seen == again == NOW - timedelta(seconds=first)
    assert slowly is not None
    assert timedelta(0) <= NOW - timedelta(seconds=first) - slowly <= timedelta(seconds=20)


@pytest.mark.parametrize(
    ("headers", "expected_s"),
    [
        ({"age": "20", "cache-control": "public, max-age=60"}, 41),
        ({"age": "20", "cache-control": "max-age=10, s-maxage=60"}, 41),
        ({"x-cache": "HIT", "cache-control": 'max-age="60"'}, 61),
        ({"cf-cache-status": "HIT", "age": "90", "cache-control": "max-age=60"}, 1),
        ({"cache-status": "edge; hit", "cache-control": "Max-Age=60"}, 61),
        ({"age": "5", "date": ago(5), "expires": ago(-55)}, 56),
        ({"age": "5", "expires": "0"}, None),
        ({"cache-control": "max-age=60"}, None),
        ({"age": "0"}, None),
        ({"age": "0", "cache-control": "max-age=soon"}, None),
        ({"age": "0", "cache-control": "private, max-age=60"}, None),
        ({"age": "0", "cache-control": "no-store, max-age=60"}, None),
        ({"age": "0", "cache-control": "no-cache, max-age=60"}, None),
    ],
)
def test_when_a_shared_copy_expires(headers: dict[str, str], expected_s: float | None) -> None:
    """Lifetime − Age + 1 s, where a shared cache has signed and says how long it keeps the page."""
    assert expires_in_s(headers, NOW) == expected_s


@pytest.mark.parametrize(
    ("value", "expected_s"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("999999999999", 3600),
        ("9" * 5_000, 3600),
        (ago(-90), 90),
        (ago(90), 0),
        (ago(-90_000), 3600),
        (None, None),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("soon", None),
    ],
)
def test_retry_after(value: str | None, expected_s: float | None) -> None:
    """Seconds or a date, kept within an hour; anything else is no wish at all."""
    assert retry_after_s(value, NOW) == expected_s


@pytest.mark.parametrize(
    "text", ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
)
def test_the_three_forms_of_an_http_date(text: str) -> None:
    """RFC 9110's own examples of one moment."""
    assert http_date(text) == datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


def test_an_http_date_with_an_offset_is_brought_to_utc() -> None:
    """A zone that should not be there is honoured, and the result is UTC."""
    parsed = http_date("Tue, 21 Mar 2023 14:00:00 +0200")

    assert parsed == NOW
    assert parsed.tzinfo is UTC


@given(st.dictionaries(st.sampled_from(["date", "age", "cache-control", "expires", "x-cache"]), st.text(max_size=60)))
def test_no_header_raises(headers: dict[str, str]) -> None:
    """Whatever strangers write, the answer is a time not far ahead of us, a duration of at least 1 s, or None."""
    made = generated_at(headers, NOW)
    expires = expires_in_s(headers, NOW)

    assert made is None or made <= NOW + timedelta(minutes=5)
    assert expires is None or expires >= 1


@given(st.text(max_size=60))
def test_any_retry_after_is_bounded(value: str) -> None:
    """No Retry-After raises, reaches into the past or beyond an hour."""
    wait_s = retry_after_s(value, NOW)

    assert wait_s is None or 0 <= wait_s <= 3600
