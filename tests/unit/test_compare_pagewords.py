"""The page's own words: what ticks by itself is no edit, an end is told once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.core.compare.state import pack, unpack
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
    assert told(watch, "Rail live", 2, 1) == []
    assert told(watch, "Rail live (closed)", 2, 1) == []


def test_coverage_that_goes_on_may_end_again() -> None:
    """A new post on a page that no longer says that it is closed: the next end is news."""
    watch = Watch()
    told(watch, "Rail live (closed)", 2, 1)
    told(watch, "Rail live", 3, 2, 1)
    assert "page.closed" in told(watch, "Rail live (closed)", 3, 2, 1)


def test_a_title_that_flaps_is_told_once() -> None:
    """An old copy between two new ones goes back to the title before: neither that nor the way forth is news."""
    watch = Watch()
    told(watch, "Rail strike, live", 2, 1)
    assert told(watch, "Rail strike off, live", 2, 1) == ["page.edited"]
    for _ in range(3):
        assert told(watch, "Rail strike, live", 2, 1) == []
        assert told(watch, "Rail strike off, live", 2, 1) == []


def test_a_title_taken_back_is_told_by_the_next_copy() -> None:
    """An editor who goes back to the earlier title is believed one copy later."""
    watch = Watch()
    told(watch, "Rail strike, live", 2, 1)
    told(watch, "Rail strike off, live", 2, 1)
    assert told(watch, "Rail strike, live", 2, 1) == []
    watch.state = unpack(pack(watch.state))
    change = watch.see(page(*blog(2, 1), title="Rail strike, live")).changes[0]
    assert (change.type, change.fields) == ("page.edited", ("title",))
    assert change.page is not None
    assert (change.page.title, change.page.previous_title) == ("Rail strike, live", "Rail strike off, live")
    assert told(watch, "Rail strike, live", 2, 1) == []


def test_an_unchanged_poll_confirms_a_title_taken_back() -> None:
    """The doubt is asked about until it is settled, and the same bytes again settle it."""
    watch = Watch()
    told(watch, "Rail strike, live", 2, 1)
    told(watch, "Rail strike off, live", 2, 1)
    assert watch.see(page(*blog(2, 1), title="Rail strike, live")).eager
    settled = watch.unchanged()
    assert ([change.type for change in settled.changes], settled.eager) == (["page.edited"], False)
    assert told(watch, "Rail strike, live", 2, 1) == []


def test_a_new_title_never_waits() -> None:
    """Neither after another nor while an earlier one is held."""
    watch = Watch()
    told(watch, "Rail strike, live", 2, 1)
    assert told(watch, "Rail strike off, live", 2, 1) == ["page.edited"]
    assert told(watch, "Rail strike, live", 2, 1) == []
    assert told(watch, "Rail strike over, live", 2, 1) == ["page.edited"]
    assert told(watch, "Rail strike settled, live", 2, 1) == ["page.edited"]


def test_a_summary_is_held_like_a_title() -> None:
    """Each of the page's words for itself."""
    watch = Watch()
    kinds = [
        [change.type for change in watch.see(replace(page(*blog(2, 1), title=title), summary=summary)).changes]
        for title, summary in [("A", "One"), ("A", "Two"), ("B", "One"), ("B", "Two"), ("B", "One"), ("B", "One")]
    ]
    assert kinds == [[], ["page.edited"], ["page.edited"], [], [], ["page.edited"]]


def test_the_copy_that_raised_a_doubt_is_no_second_witness() -> None:
    """Tracked again, it settles nothing."""
    watch = Watch()
    told(watch, "Rail strike, live", 2, 1)
    told(watch, "Rail strike off, live", 2, 1)
    told(watch, "Rail strike, live", 2, 1)
    watch.now -= timedelta(minutes=1)
    assert told(watch, "Rail strike, live", 2, 1) == []
