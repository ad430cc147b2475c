"""A post printed twice: pinned copies that nothing marks as such."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from monitor.core.times import read
from monitor.model import Page, Post
from tests.kit.pages import DAY, Watch, blog, page, post, span, told


def with_copy(posts: Sequence[Post], of: int, key: str | None = "pin-1") -> Page:
    """The page with one of its posts printed on top once more, under an id of its own and not marked as pinned."""
    return page(replace(posts[of], key=key, url=None), *posts)


@pytest.mark.parametrize("key", ["pin-1", None])
def test_a_copy_with_an_id_of_its_own_is_its_original(key: str | None) -> None:
    """On an unknown layout nothing marks a pin: the same text at the same time is not new, and not gone afterwards."""
    posts = blog(6, 5, 4, 3, 2, 1)
    watch = Watch()
    watch.see(page(*posts))
    assert told(watch.see(with_copy(posts, 3, key))) == []
    assert told(watch.see(with_copy(posts, 3, key))) == []
    assert told(watch.see(with_copy(blog(7, 6, 5, 4, 3, 2, 1), 4, key))) == [("post.added", "k7")]
    for _ in range(3):
        assert told(watch.see(page(*blog(7, 6, 5, 4, 3, 2, 1)))) == []
    assert [track.key for track in watch.state.tracks] == [f"k{number}" for number in (7, 6, 5, 4, 3, 2, 1)]


def test_a_copy_there_from_the_first_is_its_original() -> None:
    """Pinned when the page is first seen: one track, and nothing is removed when the pin goes."""
    posts = blog(6, 5, 4, 3, 2, 1)
    watch = Watch()
    watch.see(with_copy(posts, 3))
    assert len(watch.state.tracks) == 6
    for _ in range(3):
        assert told(watch.see(page(*posts))) == []


@pytest.mark.parametrize("late", [False, True])
def test_an_edit_that_a_copy_follows_is_told_once(*, late: bool) -> None:
    """Original and copy change together, or the copy one poll later: one edit."""
    posts = blog(6, 5, 4, 3, 2, 1)
    watch = Watch()
    watch.see(page(*posts))
    watch.see(with_copy(posts, 3))
    edited = [*posts[:3], replace(posts[3], body=("Member number 3 sat down after all.",)), *posts[4:]]
    copy = replace((posts if late else edited)[3], key="pin-1", url=None)
    assert told(watch.see(page(copy, *edited))) == [("post.edited", "k3")]
    for _ in range(3):
        assert told(watch.see(with_copy(edited, 3))) == []
    for _ in range(3):
        assert told(watch.see(page(*edited))) == []


def test_a_copy_outlives_its_original_on_the_page() -> None:
    """The original slides off the old end while its copy stays on top, and then the copy goes: nothing is told."""
    watch = Watch()
    watch.see(page(*blog(6, 5, 4, 3, 2, 1)))
    copy = replace(blog(1)[0], key="pin-1", url=None)
    watch.see(page(copy, *blog(6, 5, 4, 3, 2, 1)))
    shown = [(copy, *blog(7, 6, 5, 4, 3, 2)), (copy, *blog(8, 7, 6, 5, 4, 3)), *[blog(8, 7, 6, 5, 4, 3)] * 3]
    assert {kind for posts in shown for kind, _ in told(watch.see(page(*posts)))} == {"post.added"}


def test_copies_that_were_tracked_apart_go_without_a_word() -> None:
    """Two posts of two times that end as one text at one time: the one that goes then was a copy."""
    posts = blog(6, 5, 4, 3, 2, 1)
    watch = Watch()
    watch.see(page(post("pin-1", "Later", "A placeholder that will say more.", at="10:03"), *posts))
    assert told(watch.see(with_copy(posts, 3))) == [("post.edited", "pin-1")]
    for _ in range(3):
        assert told(watch.see(page(*posts))) == []


@pytest.mark.parametrize(
    ("other", "at"),
    [("Member number 3 rose to speak of matter 21 at some length.", "10:09"), ("Goal!", "10:03")],
)
def test_the_same_words_at_another_time_are_another_post(other: str, at: str) -> None:
    """Reports repeat themselves, and short ones do within the minute: both are told."""
    posts = blog(6, 5, 4, 2, 1)
    short = post("s1", "", other, at="10:03")
    watch = Watch()
    watch.see(page(*posts[:3], short, *posts[3:]))
    again = replace(short, key="s2", published=span(at))
    assert told(watch.see(page(again, *posts[:3], short, *posts[3:]))) == [("post.added", "s2")]


@pytest.mark.parametrize("key", ["pin-1", None])
@pytest.mark.parametrize(
    "labels",
    [
        ("58 minutes ago", "59 minutes ago", "an hour ago"),
        ("58 minutes ago", "59 minutes ago", "1 hour ago"),
        ("2 hours ago", "about 2 hours ago"),
        ("23 hours ago", "1 day ago"),
        ("11:05", "11:05", "2 March 2026"),
    ],
)
def test_a_copy_stays_one_when_its_label_widens(labels: Sequence[str], key: str | None) -> None:
    """The time of a post is known from before, however little the page says of it by now."""
    others = blog(6, 5, 4, 3, 2, 1)
    watch = Watch()
    for label in (*labels, labels[-1]):
        at = read(label, watch.now + timedelta(minutes=1), UTC)
        original = replace(blog(7, ids=key is not None)[0], published=at)
        assert told(watch.see(page(replace(original, key=key), *others[:2], original, *others[2:]))) == []
    assert len(watch.state.tracks) == 7


def test_an_edit_that_a_copy_follows_under_a_wide_label_is_told_once() -> None:
    """The time of the original was known to the minute, and its copy says under "an hour ago" what it had said."""
    watch = Watch()
    others, original = blog(6, 5, 4, 3, 2, 1), blog(7)[0]
    told_last: list[tuple[str, str | None]] = []
    for label, body in (("59 minutes ago", original.body), ("an hour ago", ("Member number 7 sat down after all.",))):
        at = read(label, watch.now + timedelta(minutes=1), UTC)
        shown = replace(original, published=at, body=body)
        copy = replace(original, key="pin-1", published=at)
        told_last = told(watch.see(page(copy, *others[:2], shown, *others[2:])))
    assert told_last == [("post.edited", "k7")]


@pytest.mark.parametrize(
    ("first", "then"),
    [("1 hour ago", "2 hours ago"), ("an hour ago", "about 2 hours ago"), ("1 day ago", "2 days ago")],
)
def test_ages_that_only_touch_are_two_moments(first: str, then: str) -> None:
    """What a page says every hour in the same words is new every hour."""
    text = "Headlines at this hour, word for word as they were an hour ago."
    watch = Watch()
    at = watch.now + timedelta(minutes=1)
    watch.see(page(post("h1", "", text, at=read(first, at, UTC)), *blog(3, 2, 1)))
    at = watch.now + timedelta(minutes=1)
    two = (post("h2", "", text, at=read(first, at, UTC)), post("h1", "", text, at=read(then, at, UTC)))
    assert told(watch.see(page(*two, *blog(3, 2, 1)))) == [("post.added", "h2")]


def test_posts_without_ids_that_were_told_apart_stay_apart() -> None:
    """Two of one text, under minutes at first and later under one date: neither has gone."""
    text = "Headlines at this hour, word for word as they were an hour ago."
    watch = Watch()
    for labels in (("11:50", "11:10"), ("2 March 2026", "2 March 2026"), ("2 March 2026", "2 March 2026")):
        spans = [read(label, DAY + timedelta(hours=12), UTC) for label in labels]
        first, second = (post(None, "", text, at=at) for at in spans)
        assert told(watch.see(page(first, *blog(9, 8, 7), second, *blog(3, 2, 1)))) == []
    assert [track.status for track in watch.state.tracks] == ["present"] * 8
