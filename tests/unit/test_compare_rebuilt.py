"""Copies that are not the newsroom's doing: another template, another zone, another page, a copy gone back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from monitor.core.compare.clocks import STALE_FOR
from monitor.model import Page, Post, Span
from tests.kit.pages import Watch, blog, page, post, told

ALL = tuple(range(20, 0, -1))


def later(one: Post, by: timedelta) -> Post:
    """The post with its time moved."""
    assert one.published is not None
    was = one.published
    return replace(
        one,
        published=Span(earliest=was.earliest + by, latest=was.latest + by, text=f"{was.text} + {by}", kind=was.kind),
    )


def other_page(size: int = 6, at: str | None = None) -> Page:
    """What a redesign, a wall or another story shows: none of the posts."""
    return page(
        *(post(None, f"Offer {n}", f"Subscribe now and read on, part {n} of many.", at=at) for n in range(size))
    )


def test_a_new_template_edits_nothing() -> None:
    """All bodies gain a line of the template's at once: nobody is told, and later edits are told against it."""
    watch = Watch()
    watch.see(page(*blog(*ALL)))
    rebuilt = [replace(one, body=(*one.body, "Share this post with your friends.")) for one in blog(*ALL)]
    assert told(watch.see(page(*rebuilt))) == []
    rebuilt[3] = replace(rebuilt[3], body=("Member number 17 sat down.", *rebuilt[3].body[1:]))
    changes = watch.see(page(*rebuilt)).changes
    assert [(change.type, change.post and change.post.version) for change in changes] == [("post.edited", 2)]


def test_a_new_post_on_a_rebuilt_page_is_told() -> None:
    """What is new is new, whatever happened to the others."""
    watch = Watch()
    watch.see(page(*blog(*ALL)))
    rebuilt = [replace(one, body=(*one.body, "Share this post with your friends.")) for one in blog(*ALL)]
    assert told(watch.see(page(*blog(21), *rebuilt))) == [("post.added", "k21")]


def test_times_that_move_together_are_a_zone() -> None:
    """Every post an hour later is another time zone; one post an hour later is a re-timestamp."""
    watch = Watch()
    watch.see(page(*blog(*ALL)))
    shifted = [later(one, timedelta(hours=1)) for one in blog(*ALL)]
    assert told(watch.see(page(*shifted))) == []
    shifted[4] = later(shifted[4], timedelta(minutes=15))
    assert told(watch.see(page(*shifted))) == [("post.retimed", "k16")]


def test_a_few_edits_at_once_are_edits() -> None:
    """Seven of ten posts edited between two polls after an outage are told."""
    watch = Watch()
    watch.see(page(*blog(*range(10, 0, -1))))
    posts = [
        replace(one, headline=f"{one.headline}, amended") if n < 7 else one
        for n, one in enumerate(blog(*range(10, 0, -1)))
    ]
    assert [kind for kind, _ in told(watch.see(page(*posts)))] == ["post.edited"] * 7


def test_another_page_under_the_address_fails() -> None:
    """None of the posts and others that are no newer: the source is failing, nothing is removed, nothing is added."""
    watch = Watch()
    watch.see(page(*blog(9, 8, 7, 6, 5)))
    tracks = watch.state.tracks
    assert told(watch.see(other_page())) == [("source.failing", "source")]
    assert told(watch.see(other_page(at="09:00"))) == []
    assert watch.state.tracks == tracks
    assert told(watch.see(page(*blog(9, 8, 7, 6, 5)))) == [("source.recovered", "source")]


def test_a_window_that_rolled_on_unseen_is_believed() -> None:
    """After a long gap every post is another, and newer than all that were known."""
    watch = Watch()
    watch.see(page(*blog(9, 8, 7, 6, 5)))
    assert [kind for kind, _ in told(watch.see(page(*blog(24, 23, 22, 21, 20))))] == ["post.added"] * 5


def test_another_page_that_stays_is_met_anew() -> None:
    """After an hour of nothing else, the other page is the page: its posts are met in silence, as at first sight."""
    watch = Watch()
    watch.see(page(*blog(9, 8, 7, 6, 5)))
    watch.see(other_page())
    watch.now += STALE_FOR
    assert told(watch.see(other_page())) == [("source.recovered", "source")]
    new = post(None, "News at last", "The committee published its report this evening.")
    assert told(watch.see(page(new, *other_page().posts))) == [("post.added", None)]


def test_a_copy_gone_back_changes_nothing() -> None:
    """A cache without a clock serves the page before: its texts, times, lost and returned posts; then the new one."""
    watch = Watch()
    first = [*blog(12, 11, 10, 9, 8, 7, 6, 5)]
    watch.see(page(*first))
    gone = [one for one in first if one.key != "k9"]
    watch.see(page(*gone))
    watch.see(page(*gone))
    now = [*blog(13), *gone]
    now[2] = replace(now[2], headline="Report 11, amended")
    now[3] = later(now[3], timedelta(minutes=5))
    now[4] = replace(now[4], modified=Span(earliest=watch.now, latest=watch.now, text="just now", kind="machine"))
    watch.see(page(*now))
    assert [told(watch.see(page(*shown))) for shown in (first, now, first, now)] == [[], [], [], []]


def test_a_time_moved_back_is_told_when_a_second_copy_shows_it() -> None:
    """An editor who takes a re-timestamp back is believed one copy later, or at an unchanged poll."""
    by_copy, by_poll = Watch(), Watch()
    was = page(*blog(5, 4, 3, 2, 1))
    moved = page(later(blog(5)[0], timedelta(minutes=15)), *blog(4, 3, 2, 1))
    for watch in (by_copy, by_poll):
        watch.see(was)
        assert told(watch.see(moved)) == [("post.retimed", "k5")]
        assert watch.see(was).eager
    assert told(by_copy.see(was)) == told(by_poll.unchanged()) == [("post.retimed", "k5")]
    assert told(by_copy.see(was)) == []


def test_a_returned_post_is_confirmed_by_an_unchanged_poll() -> None:
    """The same bytes from a newer poll are a second copy that has the removed post again."""
    watch, without = Watch(), page(*blog(9, 8, 6, 5))
    watch.see(page(*blog(9, 8, 7, 6, 5)))
    watch.see(without)
    watch.see(without)
    watch.see(page(*blog(9, 8, 7, 6, 5)))
    assert told(watch.unchanged()) == [("post.restored", "k7")]
    assert told(watch.unchanged()) == []


def test_an_unreadable_copy_asks_for_a_whole_one() -> None:
    """Hearing "unchanged" of a copy that could not be read is worth nothing."""
    watch = Watch()
    watch.see(page(*blog(5, 4, 3)))
    assert watch.see(page()).refetch
    assert not watch.see(page(*blog(5, 4, 3))).refetch
