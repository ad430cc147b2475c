"""Matching: a partial bijection, by the strongest evidence there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given

from monitor.core import normalize
from monitor.core.compare import match, retime
from monitor.core.compare.match import MOST_TRIED, cascade, settle
from monitor.core.compare.pairing import Matching
from monitor.core.compare.seen import sights
from monitor.core.compare.state import Track
from monitor.model import Page, Post, Span
from tests.kit.pages import Watch, blog, page, post, span, told
from tests.kit.strategies import pages


def known(*posts: Post) -> tuple[Track, ...]:
    """Tracks of a page seen once."""
    watch = Watch()
    watch.see(page(*posts))
    return watch.state.tracks


def paired(matching: Matching) -> list[tuple[str, str, str]]:
    """Old headline, new headline, evidence."""
    return [(pair.track.headline, pair.seen.post.headline, pair.by) for pair in matching.pairs]


LONG = "A sentence that is long enough to be known again wherever it is met."


@given(before=pages, after=pages)
def test_matching_is_a_partial_bijection(before: Page, after: Page) -> None:
    """Every post and every track is in one pair at most, and otherwise in fresh or missing, exactly once."""
    tracks, posts = known(*before.posts), sights(after)
    matching = cascade(tracks, (), posts)
    assert sorted([pair.seen.place for pair in matching.pairs] + [seen.place for seen in matching.fresh]) == [
        seen.place for seen in posts
    ]
    every = [pair.track.id for pair in matching.pairs] + [track.id for track in matching.missing]
    assert sorted(every) == sorted(track.id for track in tracks)


@given(shown=pages)
def test_a_page_matches_itself(shown: Page) -> None:
    """Nothing is missing from, or fresh on, a page that did not change."""
    matching = cascade(known(*shown.posts), (), sights(shown))
    assert not matching.missing
    assert not matching.fresh


def test_equal_ids_pair_whatever_the_text() -> None:
    """A native id that nothing speaks against is identity."""
    matching = cascade(known(post("a", "One", LONG)), (), sights(page(post("a", "Two", "Other words."))))
    assert paired(matching) == [("One", "Two", "id")]


def test_permalinks_pair_posts_without_ids() -> None:
    """A permalink is identity, whatever campaign it carries."""
    before = post(None, "One", url="https://news.example/live#p1")
    after = post(None, "Uno", url="http://news.example/live?utm_source=x#p1")
    assert paired(cascade(known(before), (), sights(page(after)))) == [("One", "Uno", "permalink")]


def test_index_based_ids_are_not_believed() -> None:
    """Ids that slide by one when a post is added lose their trust, and texts decide."""
    before = [post(f"post-{place}", "", f"Text of report number {n} here") for place, n in enumerate([5, 4, 3, 2])]
    after = [post(f"post-{place}", "", f"Text of report number {n} here") for place, n in enumerate([6, 5, 4, 3])]
    tracks, posts = known(*before), sights(page(*after))
    matching = cascade(tracks, (), posts)
    assert matching.ids_lie
    assert [seen.place for seen in matching.fresh] == [0]
    assert {pair.by for pair in matching.pairs} == {"text"}


def test_equal_texts_pair_by_their_time() -> None:
    """A second "Goal!" ten minutes later is a new post, though it stands where the first one stood."""
    matching = cascade(
        known(post(None, "Goal!", at="10:00")),
        (),
        sights(page(post(None, "Goal!", at="10:10"), post(None, "Goal!", at="10:00"))),
    )
    assert [seen.place for seen in matching.fresh] == [0]


def test_one_id_for_two_posts_is_told_apart_by_text() -> None:
    """An id seen twice identifies nothing: the posts keep to their texts, copy after copy."""
    one, other = post("same", "One", LONG, at="10:00"), post("same", "Other", LONG * 2, at="10:05")
    watch = Watch()
    watch.see(page(one))
    assert told(watch.see(page(other, one))) == [("post.added", "same")]
    assert told(watch.see(page(one, other))) == []
    assert len({track.id for track in watch.state.tracks}) == 2


def test_a_post_printed_twice_counts_once() -> None:
    """The same id with the same text twice on a page is one post, and so is a pinned copy without an id."""
    shown = post("a", "One", LONG)
    pinned = post(None, "One", LONG, pinned=True)
    assert len(sights(page(pinned, shown, shown))) == 1


@given(before=pages, after=pages)
def test_settling_keeps_the_bijection(before: Page, after: Page) -> None:
    """Whatever the texts belie or join, every post and track still counts once."""
    watch = Watch()
    watch.see(page(*before.posts))
    posts = sights(after)
    matching = settle(cascade(watch.state.tracks, (), posts), watch.state.tracks, watch.texts)
    shown = [pair.seen.place for pair in matching.pairs] + [seen.place for seen in matching.fresh]
    known = [pair.track.id for pair in matching.pairs] + [track.id for track in matching.missing]
    assert sorted(shown) == [seen.place for seen in posts]
    assert sorted(known) == sorted(track.id for track in watch.state.tracks)


def test_an_edit_of_a_post_without_an_id_is_an_edit() -> None:
    """Without ids and permalinks, a text that is mostly the same is the same post; another text is another."""
    watch = Watch()
    watch.see(page(*blog(5, 4, 3, 2, 1, ids=False)))
    posts = list(blog(6, 5, 4, 3, 2, 1, ids=False))
    posts[3] = post(None, posts[3].headline, posts[3].body[0].replace("rose", "stood up"), at="10:03")
    assert [change.type for change in watch.see(page(*posts)).changes] == ["post.edited", "post.added"]


def test_a_re_used_id_is_another_post() -> None:
    """Another headline, another time and no word in common: the page gave the id to another post."""
    tracks = known(post("a", "Rain over the north", "Umbrellas sell out in hours.", at="10:00"))
    posts = sights(page(post("a", "Budget passes", "Members vote late at night.", at="11:00")))
    matching = cascade(tracks, (), posts)
    watch = Watch()
    watch.see(page(post("a", "Rain over the north", "Umbrellas sell out in hours.", at="10:00")))
    settled = settle(matching, watch.state.tracks, watch.texts)
    assert (len(matching.pairs), len(settled.pairs), len(settled.fresh), len(settled.missing)) == (1, 0, 1, 1)


def test_a_post_that_grew_keeps_its_id() -> None:
    """A placeholder that is filled in and re-timed is not taken for another post."""
    watch = Watch()
    watch.see(page(post("a", "", "Vote result soon", at="10:00")))
    full = post("a", "", "Ayes have it by 12, after a long night of talks.", at="10:04")
    assert told(watch.see(page(full))) == [("post.edited", "a")]


def test_a_reposted_text_under_a_new_id_is_the_same_post() -> None:
    """Some systems give an edited or re-posted text a new id; that is neither a removal nor an addition."""
    watch = Watch()
    watch.see(page(*blog(5, 4, 3, 2, 1)))
    posts = list(blog(5, 4, 3, 2, 1))
    posts[2] = post("new-id", posts[2].headline, *posts[2].body, at="10:03")
    assert told(watch.see(page(*posts))) == []
    assert watch.state.tracks[2].key == "new-id"


def test_a_page_of_pinned_copies_is_told_apart_in_linear_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every text is normalised a few times at most, however many posts are pinned."""
    calls = 0
    loose = normalize.loose

    def counted(text: Sequence[str] | str) -> str:
        nonlocal calls
        calls += 1
        return loose(text)

    monkeypatch.setattr(normalize, "loose", counted)
    shown = [post(f"k{number}", f"Post {number}", f"{LONG} {number}") for number in range(100)]
    pinned = [replace(one, key=None, pinned=True, body=one.body[:1]) for one in shown]
    assert len(sights(page(*pinned, *shown))) == 100
    assert calls <= 4 * 200


@pytest.mark.parametrize("text", ["Goal!", LONG])
def test_many_posts_of_one_text_are_told_apart_in_linear_time(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Each is tried with a few others at most, also when all of them were re-timed at once."""
    calls = 0

    def counted(one: Span | None, other: Span | None) -> bool | None:
        nonlocal calls
        calls += 1
        return retime.compatible(one, other)

    before = known(*[post(None, "", text, at=f"{number // 60:02}:{number % 60:02}") for number in range(300)])
    after = [post(None, "", text, at=f"{number // 60:02}:{number % 60:02}:30") for number in range(300)]
    monkeypatch.setattr(match, "compatible", counted)
    cascade(before, (), sights(page(*after)))
    assert calls <= 300 * 5 * MOST_TRIED


def test_of_posts_with_one_text_the_one_of_that_time_is_meant() -> None:
    """Thirty posts are gone from the top: the others are known by their times, and none of them is re-timed."""
    watch = Watch()
    times = [f"{10 + number // 60}:{number % 60:02}" for number in range(99, -1, -1)]
    watch.see(page(*[post(None, "", LONG, at=at) for at in times]))
    assert told(watch.see(page(*[post(None, "", LONG, at=at) for at in times[30:]]))) == []
    assert [track.published for track in watch.state.tracks if track.status == "present"] == [*map(span, times[30:])]
