"""The page's own words: what ticks by itself is no edit, an end is told once."""

from __future__ import annotations

import pytest

from tests.kit.pages import Watch, blog, page


def told(watch: Watch, title: str, *numbers: int) -> list[str]:
    """The kinds of change that the page with this title and these posts makes."""
    return [change.type for change in watch.see(page(*blog(*numbers), title=title, closed="closed" in title)).changes]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("(1) Rail live +++ 12:01", "(3) Rail live +++ 12:06"),
        ("Rail live", "(3) Rail live"),
        ("Streik: Stand 9.05 Uhr", "Streik: Stand 10.35 Uhr"),
        ("Rail live at 9:05 am", "Rail live at 1:35 pm"),
    ],
)
def test_a_ticking_title_is_no_edit(before: str, after: str) -> None:
    """Counters of unread posts and clocks change with every copy, and tell nothing."""
    watch = Watch()
    told(watch, before, 2, 1)
    assert told(watch, after, 2, 1) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [("Storm: 14 dead", "Storm: 17 dead"), ("Final live: 2:1", "Final live: 3:1"), ("(1) Rail", "(1) Bus")],
)
def test_a_title_with_other_words_is_edited(before: str, after: str) -> None:
    """Tolls and scores are no clocks."""
    watch = Watch()
    told(watch, before, 2, 1)
    assert told(watch, after, 2, 1) == ["page.edited"]


def test_a_flapping_title_ends_the_coverage_once() -> None:
    """An old copy between two that say "closed" does not open the page again."""
    watch = Watch()
    told(watch, "Rail live", 2, 1)
    assert "page.closed" in told(watch, "Rail live (closed)", 2, 1)
    assert told(watch, "Rail live", 2, 1) == ["page.edited"]
    assert told(watch, "Rail live (closed)", 2, 1) == ["page.edited"]


def test_coverage_that_goes_on_may_end_again() -> None:
    """A new post on a page that no longer says that it is closed: the next end is news."""
    watch = Watch()
    told(watch, "Rail live (closed)", 2, 1)
    told(watch, "Rail live", 3, 2, 1)
    assert "page.closed" in told(watch, "Rail live (closed)", 3, 2, 1)
