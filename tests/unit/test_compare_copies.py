"""A post printed twice: pinned copies that nothing marks as such."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from monitor.model import Page, Post
from tests.kit.pages import Watch, blog, page, post, span, told


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
