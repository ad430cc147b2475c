"""Ids and permalinks: believed where they prove true, whatever a page does to them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Page
from tests.kit.pages import Watch, blog, page, post, told

Naming = Callable[[int, int, int], str]
"""Place, number of the post and number of the copy → id."""

REGIMES: dict[str, Naming] = {
    "index": lambda place, _number, _copy: f"post-{place}",
    "random": lambda _place, number, copy: f"{copy}-{number * 7919 % 1000}",
}


def named(naming: Naming, copy: int, *numbers: int) -> Page:
    """Posts of the rolling blog under ids of a regime, in their ids and permalinks alike."""
    posts = []
    for place, one in enumerate(blog(*numbers)):
        key = naming(place, numbers[place], copy)
        posts.append(post(key, one.headline, *one.body, at=one.published, url=f"https://news.example/live#{key}"))
    return page(*posts)


@pytest.mark.parametrize("regime", REGIMES)
def test_ids_that_lie_are_seen_through(regime: str) -> None:
    """Under ids that number places, or are made anew in every copy: additions are added, and nothing else is told."""
    naming, watch = REGIMES[regime], Watch()
    watch.see(named(naming, 0, *range(9, 0, -1)))
    assert [told(watch.see(named(naming, copy, *range(9 + copy, copy, -1)))) for copy in range(1, 6)] == [
        [("post.added", naming(0, 9 + copy, copy))] for copy in range(1, 6)
    ]


def test_an_index_is_not_believed_when_only_its_end_slides() -> None:
    """A removal near the bottom leaves four in five ids right; the one that moved to another post proves the index."""
    watch = Watch()
    watch.see(named(REGIMES["index"], 0, *range(20, 0, -1)))
    shown = named(REGIMES["index"], 1, *range(20, 3, -1), 2, 1)
    assert told(watch.see(shown)) == []
    assert [kind for kind, _ in told(watch.see(shown))] == ["post.removed"]


def test_disbelief_is_remembered() -> None:
    """An index that holds still for a copy is not believed there: the edit on top is no other post's."""
    watch = Watch()
    watch.see(named(REGIMES["index"], 0, 6, 5, 4, 3, 2, 1))
    watch.see(named(REGIMES["index"], 1, 7, 6, 5, 4, 3, 2))
    ids = watch.state.distrust
    watch.see(named(REGIMES["index"], 2, 7, 6, 5, 4, 3, 2))
    assert watch.state.distrust == ids != (0, 0)


def test_new_ids_for_all_posts_once_are_forgiven() -> None:
    """A redesign gives every post another id: nothing is told, and in time the new ids are believed."""
    watch = Watch()
    watch.see(page(*blog(5, 4, 3, 2, 1)))
    for top in range(5, 19):
        shown = [
            post(f"new-{one.key}", one.headline, *one.body, at=one.published) for one in blog(*range(top, top - 5, -1))
        ]
        assert {kind for kind, _ in told(watch.see(page(*shown)))} <= {"post.added"}
    assert watch.state.distrust == (0, 0)


def test_the_id_of_a_departed_post_may_be_given_to_another() -> None:
    """A number that belonged to a post which slid off names a new post: it is added, and nothing is restored."""
    watch = Watch()
    watch.see(page(*blog(9, 8, 7, 6, 5)))
    watch.see(page(*blog(11, 10, 9, 8, 7)))
    again = post("k5", "Bridge shut", "Engineers found cracks along the western span.", at="10:12")
    assert told(watch.see(page(again, *blog(11, 10, 9, 8)))) == [("post.added", "k5")]


def test_a_post_is_back_under_its_id_though_another_had_it_meanwhile() -> None:
    """Text and id together are stronger than the id alone."""
    watch = Watch()
    watch.see(page(*blog(9, 8, 7, 6, 5)))
    without = page(*blog(9, 8, 6, 5))
    watch.see(without)
    watch.see(without)
    other = post("k7", "Bridge shut", "Engineers found cracks along the western span.", at="10:10")
    assert told(watch.see(page(other, *blog(9, 8, 6, 5)))) == [("post.added", "k7")]
    back = page(*blog(9, 8, 7, 6, 5))
    watch.see(back)
    assert ("post.restored", "k7") in told(watch.see(back))


def test_the_address_of_a_story_is_not_given_to_another() -> None:
    """A feed rewrites and re-dates a story under its address: an edit, however much of it is new."""
    url = "https://news.example/world/57161333"
    watch = Watch()
    watch.see(page(post(url, "Talks open", "Ministers arrive at noon.", at="10:00"), *blog(2, 1), shape="feed"))
    new = post(url, "Ceasefire agreed", "Guns fall silent along the border tonight.", at="11:30")
    assert told(watch.see(page(new, *blog(2, 1), shape="feed"))) == [("post.edited", url)]


def test_an_id_that_every_post_carries_identifies_none() -> None:
    """The channel's own address on every entry says nothing: one goes, another comes."""
    url = "https://news.example/live"

    def carried(*numbers: int) -> Page:
        return page(*(post(url, one.headline, *one.body, at=one.published) for one in blog(*numbers)), shape="feed")

    watch = Watch()
    watch.see(carried(5, 4, 3, 2, 1))
    other = post(url, "Bridge shut", "Engineers found cracks along the western span.", at="10:30")
    shown = carried(5, 4, 3, 2)
    assert told(watch.see(page(other, *shown.posts, shape="feed"))) == [("post.added", url)]


@given(pages=st.lists(st.lists(st.integers(1, 12), min_size=3, max_size=8, unique=True), min_size=2, max_size=6))
def test_no_two_tracks_share_an_id(pages: list[list[int]]) -> None:
    """Whatever an index of places does to keys, ids in a state stay unique."""
    watch = Watch()
    for copy, numbers in enumerate(pages):
        watch.see(named(REGIMES["index"], copy, *numbers))
        ids = [track.id for track in (*watch.state.tracks, *watch.state.departed)]
        assert len(ids) == len(set(ids))


def test_a_pinned_copy_is_its_original() -> None:
    """Pinned on top, whole or cut short, with or without an id: neither new nor moved, nor missed when unpinned."""
    watch, posts = Watch(), blog(6, 5, 4, 3, 2, 1)
    first, second = posts[3], posts[4]
    watch.see(page(*posts))
    whole = post(None, first.headline, *first.body, pinned=True)
    short = post(None, second.headline, second.body[0][:30], pinned=True)
    for shown in ((whole, *posts), (short, *posts), (whole, *blog(9, 8, 7, 6, 5, 4)), blog(9, 8, 7, 6, 5, 4)):
        assert not [kind for kind, _ in told(watch.see(page(*shown))) if kind != "post.added"]
    assert told(watch.see(page(*blog(9, 8, 7, 6, 5, 4)))) == []


def test_an_unknown_pinned_post_is_new_only_when_its_time_says_so() -> None:
    """A pin from further down the page is met in silence; one published since is news."""

    old = post(
        None, "What we know", "The roof of the old hall came down at dawn, and 14 were hurt.", at="08:00", pinned=True
    )
    new = post(None, "Just in", "Ministers have called the cabinet together for this evening.", at="10:30", pinned=True)
    watch = Watch()
    watch.see(page(*blog(6, 5, 4)))
    assert told(watch.see(page(old, *blog(6, 5, 4)))) == []
    assert told(watch.see(page(new, *blog(6, 5, 4)))) == [("post.added", None)]
