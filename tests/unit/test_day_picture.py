"""The picture of a day: what stands where, on days of every length, and the same as a table."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import ChangeType
from monitor.ports.records import Mark
from monitor.web.day import NARROW, ROWS, WIDE, Picture, Size, Tick, bounds, by_hour, picture, said

LONDON = ZoneInfo("Europe/London")
DAY = date(2026, 3, 17)
NOON = datetime(2026, 3, 17, 12, tzinfo=UTC)
UNTOLD = {type_ for type_ in get_args(ChangeType) if not type_.startswith(("post.", "page."))}


def mark(at: datetime, type_: ChangeType = "post.edited") -> Mark:
    """One change at a time."""
    return Mark(at=at, type=type_, subject="pst_1", change_id="chg_1", score=None)


def drawn(*marks: Mark, now: datetime = NOON, size: Size = WIDE) -> Picture:
    """The picture of the day in London."""
    return picture(marks, DAY, LONDON, now, size)


@pytest.mark.parametrize(("day", "hours"), [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_day_is_as_long_as_the_clocks_make_it(day: str, hours: int) -> None:
    """Its bounds are where the source is, and an hour apart where clocks were changed; noon's tick stands at noon."""
    shown = date.fromisoformat(day)
    since, until = bounds(shown, LONDON)
    assert until - since == timedelta(hours=hours)

    noon = datetime(shown.year, shown.month, shown.day, 12, tzinfo=LONDON)
    (bar,) = picture([mark(noon.astimezone(UTC))], shown, LONDON, noon, WIDE).bars
    (tick,) = (one for one in drawn_ticks(shown) if one.label == "12:00")
    assert bar.x == tick.x
    assert bar.words.startswith("12:00")


def drawn_ticks(day: date) -> tuple[Tick, ...]:
    """The ticks of a day in London."""
    return picture([], day, LONDON, NOON, WIDE).ticks


def test_what_happened_stands_in_its_row_at_its_time() -> None:
    """A quarter of the day after midnight is a quarter of the way; more in the same ten minutes is a taller bar."""
    six = datetime(2026, 3, 17, 6, tzinfo=UTC)
    edits = [mark(six + timedelta(minutes=n)) for n in (0, 3, 9)]
    shown = drawn(*edits, mark(six, "post.added"), mark(six + timedelta(minutes=10)))

    many, one = (bar for bar in shown.bars if bar.row == "edited")
    (new,) = (bar for bar in shown.bars if bar.row == "added")
    assert many.x == new.x == shown.left + (shown.width - shown.left) / 4
    assert (many.words, one.words) == ("06:00–06:10: 3 edits", "06:10–06:20: 1 edit")
    assert many.height > one.height == new.height
    bases = {row.name: row.base for row in shown.rows}
    assert (many.y + many.height, new.y + new.height) == (bases["edited"], bases["added"])


@given(
    times=st.lists(
        st.tuples(
            st.datetimes(datetime(2026, 3, 16), datetime(2026, 3, 19), timezones=st.just(UTC)),  # noqa: DTZ001  # bounds are naive
            st.sampled_from(get_args(ChangeType)),
        ),
        max_size=60,
    ),
    zone=st.sampled_from(["Europe/London", "Asia/Kolkata", "Pacific/Chatham", "America/St_Johns"]),
    size=st.sampled_from([WIDE, NARROW]),
)
def test_nothing_is_lost_and_nothing_sticks_out(
    times: list[tuple[datetime, ChangeType]], zone: str, size: Size
) -> None:
    """Every change of the day that has a row is in one bar and in one hour of the table; bars stay in their rows."""
    place = ZoneInfo(zone)
    marks = [mark(at, type_) for at, type_ in times]
    inside = [one for one in marks if one.at.astimezone(place).date() == DAY and one.type not in UNTOLD]
    shown = picture(marks, DAY, place, NOON, size)

    assert sum(bar.count for bar in shown.bars) == len(inside)
    assert sum(sum(counts.values()) for _, counts in by_hour(marks, DAY, place)) == len(inside)
    tops = {row.name: row.base - size.row_height for row in shown.rows}
    for bar in shown.bars:
        assert tops[bar.row] <= bar.y <= bar.y + bar.height <= tops[bar.row] + size.row_height + 0.1
        assert shown.left <= bar.x <= bar.x + bar.width <= shown.width + 0.1
    for row in ROWS:
        bars = [bar for bar in shown.bars if bar.row == row]
        assert all(one.x + one.width <= other.x for one, other in pairwise(bars))


def test_failing_is_shaded_from_its_beginning_to_its_end() -> None:
    """What began before the day is shaded from midnight, what has not ended up to now, and said in words."""
    hours = [datetime(2026, 3, 17, hour, tzinfo=UTC) for hour in (2, 6, 8, 9)]
    failing: ChangeType = "source.failing"
    shown = drawn(
        mark(hours[0], "source.recovered"), mark(hours[1], failing), mark(hours[2], "source.recovered"),
        mark(hours[3], failing),
    )  # fmt: skip

    bands = [band for band in shown.bands if band.kind == "failing"]
    an_hour = (shown.width - shown.left) / 24
    assert [round((band.x - shown.left) / an_hour) for band in bands] == [0, 6, 9]
    assert [round(band.width / an_hour) for band in bands] == [2, 2, 3]
    assert shown.said == "No changes. It began to fail 2 times."


def test_what_has_not_come_yet_is_marked() -> None:
    """Of today the rest is shaded behind a line; a day that is over has neither."""
    today = drawn(now=NOON)
    assert today.now_x == today.left + (today.width - today.left) / 2
    assert [(band.kind, band.x) for band in today.bands] == [("future", today.now_x)]
    over = drawn(now=NOON + timedelta(days=2))
    assert (over.now_x, over.bands) == (None, ())


def test_the_table_counts_by_the_clock_of_the_source() -> None:
    """An hour begins on the hour there, whatever its zone, and hours without a change are left out."""
    kolkata = ZoneInfo("Asia/Kolkata")
    at = datetime(2026, 3, 17, 6, 40, tzinfo=UTC)  # 12:10 there
    rows = by_hour([mark(at), mark(at + timedelta(minutes=49)), mark(at + timedelta(hours=3))], DAY, kolkata)
    assert [(f"{hour:%H:%M}", dict(counts)) for hour, counts in rows] == [
        ("12:00", {"edited": 2}),
        ("15:00", {"edited": 1}),
    ]


def test_the_hour_that_comes_twice_is_two_rows() -> None:
    """When clocks go back, what happened before and after is not added up."""
    day = date(2026, 10, 25)
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    rows = by_hour([mark(first), mark(first + timedelta(hours=1))], day, LONDON)
    assert [f"{hour:%H:%M %Z}" for hour, _ in rows] == ["01:00 BST", "01:00 GMT"]


def test_the_day_is_said_in_a_sentence() -> None:
    """Kinds in a fixed order, in words, one of each in the singular; a day without changes says so."""
    marks = [mark(NOON, "post.removed"), mark(NOON), mark(NOON), mark(NOON, "post.added"), mark(NOON, "post.restored")]
    assert said(marks) == "1 post, 1 post restored, 2 edits and 1 removal."
    assert said([]) == "No changes."
