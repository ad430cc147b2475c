"""Times are intervals: only a contradiction is a re-timestamp."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.compare.retime import follow
from monitor.model import Span
from tests.kit.pages import ago, clock, span


def test_a_ticking_label_is_no_change_and_narrows_the_time() -> None:
    """ "5 min ago", then "6 min ago" forty seconds later, is one moment known more exactly."""
    first = ago(5, seen="12:00:00")
    found = follow(first, ago(6, seen="12:00:40"))
    assert not found.moved
    assert found.span is not None
    assert (found.span.earliest, found.span.latest) == (clock("11:54:00"), clock("11:54:40"))


@given(st.lists(st.integers(min_value=0, max_value=90), min_size=2, max_size=30))
def test_no_row_of_true_labels_ever_moves(minutes: list[int]) -> None:
    """A post of 11:00:30 is never re-timed by labels that are true, in whatever order copies are made."""
    known: Span | None = None
    for minute in minutes:
        # Seen 11:00:30 + n min + 20 s: the label says n.
        made_at = f"{11 + minute // 60}:{minute % 60:02}:50"
        found = follow(known, ago(minute, seen=made_at))
        assert not found.moved
        assert found.doubt is None
        known = found.span


def test_a_gain_in_precision_is_no_change() -> None:
    """ "12:30", then "12:30:04", is the same time."""
    found = follow(span("12:30", "12:30:59", kind="absolute"), span("12:30:04", kind="absolute"))
    assert not found.moved
    assert found.span is not None
    assert found.span.earliest == clock("12:30:04")


def test_another_machine_time_moves_at_once() -> None:
    """A machine-readable time needs no second witness."""
    found = follow(span("12:30"), span("12:45"))
    assert found.moved
    assert found.span == span("12:45")


def test_five_seconds_are_no_move_and_do_not_add_up() -> None:
    """Small slips are tolerated against the first sight, so that a slow drift is told in the end."""
    known = follow(span("12:30:00"), span("12:30:05"))
    assert not known.moved
    assert follow(known.span, span("12:30:10")).moved


def test_a_relative_label_needs_a_second_witness() -> None:
    """A label that jumps back to "1 min ago" is doubted once and believed twice."""
    known = ago(30, seen="12:00:00")
    first = follow(known, ago(1, seen="12:01:00"))
    assert (first.moved, first.span) == (False, known)
    second = follow(first.span, ago(2, seen="12:02:00"), first.doubt)
    assert second.moved


def test_a_single_wrong_label_is_forgotten() -> None:
    """A contradiction that the next copy does not repeat leaves no trace."""
    known = ago(30, seen="12:00:00")
    first = follow(known, ago(1, seen="12:01:00"))
    second = follow(first.span, ago(32, seen="12:02:00"), first.doubt)
    assert (second.moved, second.doubt) == (False, None)


def test_the_same_clock_label_read_on_another_day_is_no_move() -> None:
    """ "20:15" stays "20:15", whatever day the page's date makes of it."""
    known = span("10:15", kind="clock", text="20:15")
    assert not follow(known, span("20:15", kind="clock", text="20:15")).moved


def test_another_kind_of_notation_needs_a_second_witness() -> None:
    """Machine time gone and a clock label in its place that disagrees: the template changed, perhaps not the post."""
    first = follow(span("12:30"), span("14:30", kind="clock"))
    assert not first.moved
    assert follow(first.span, span("14:30", kind="clock"), first.doubt).moved


def test_a_time_that_appears_or_vanishes_is_no_move() -> None:
    """Templates show and hide times."""
    assert follow(None, span("12:30")).span == span("12:30")
    assert follow(span("12:30"), None).span == span("12:30")
