"""What was seen and is not told yet: every doubt that a second copy settles is named until it is settled."""

from __future__ import annotations

from monitor.core.replay import pending
from tests.kit.pages import Watch, ago, blog, page, post, told


def open_of(watch: Watch) -> list[tuple[str, str, str]]:
    """Type, what was seen, and of what."""
    return [(one.type, one.seen, one.subject) for one in pending(watch.state, watch.texts)]


def test_nothing_is_pending_where_all_was_told() -> None:
    """After a baseline and after a new post there is nothing to wait for."""
    watch = Watch()
    watch.see(page(*blog(3, 2, 1)))
    watch.see(page(*blog(4, 3, 2, 1)))

    assert open_of(watch) == []


def test_a_removal_is_pending_until_the_second_copy() -> None:
    """One copy without the post: pending; two: told."""
    watch = Watch()
    watch.see(page(*blog(5, 4, 3, 2, 1)))
    watch.see(page(*blog(5, 4, 2, 1)))
    assert open_of(watch) == [("post.removed", "missing here", "Report 3 from the chamber")]

    assert told(watch.see(page(*blog(5, 4, 2, 1)))) == [("post.removed", "k3")]
    assert open_of(watch) == []

    watch.see(page(*blog(5, 4, 3, 2, 1)))
    assert open_of(watch) == [("post.restored", "back again", "Report 3 from the chamber")]


def test_a_reversion_is_pending_until_it_is_repeated() -> None:
    """A text or a time that was there before; a post without a headline is named by its opening words."""
    watch = Watch()
    old, new = (post("k", "", text, at="11:00") for text in ("Ten boats are out.", "Twelve boats are out."))
    for seen in (old, new, old):
        watch.see(page(seen))
    assert open_of(watch) == [("post.edited", "goes back to an earlier text", "Twelve boats are out.")]

    watch = Watch()
    for modified in ("11:30", "11:10"):
        watch.see(page(post("k", "Boats", "Ten boats are out.", at="11:00", modified=modified)))
    assert open_of(watch) == [("post.retimed", "goes back to an earlier time", "Boats")]


def test_a_doubted_label_is_pending_with_both_times() -> None:
    """Relative labels need a second copy; both intervals are given."""
    watch = Watch()
    watch.see(page(post("k", "Boats", "Ten boats are out.", at=ago(5, seen="12:01"))))
    watch.see(page(post("k", "Boats", "Ten boats are out.", at=ago(45, seen="12:02"))))

    (one,) = pending(watch.state, watch.texts)
    assert (one.type, one.seen) == ("post.retimed", "another time")
    assert one.before is not None
    assert one.after is not None
    assert one.after.latest < one.before.earliest


def test_a_title_that_goes_back_is_pending() -> None:
    """The page's own words wait like those of a post."""
    watch = Watch()
    for title in ("Budget day", "Budget passed", "Budget day"):
        watch.see(page(*blog(3, 2, 1), title=title))

    assert open_of(watch) == [("page.edited", "the page's title goes back to an earlier one", "Budget day")]


def test_failed_polls_are_pending_until_the_third() -> None:
    """One and two polls without a page are not told yet; the third is."""
    watch = Watch()
    watch.see(page(*blog(3, 2, 1)))
    watch.fail()
    assert open_of(watch) == [("source.failing", "the last poll brought nothing", "")]
    watch.fail()
    assert open_of(watch) == [("source.failing", "the last 2 polls brought nothing", "")]
    assert told(watch.fail()) == [("source.failing", "source")]
    assert open_of(watch) == []
