"""Answers that hold only what changed: what they lack stands, what they mark has gone, and they never grow for good."""

from __future__ import annotations

from dataclasses import replace

from monitor.core.compare.partial import MOST_LIVE
from monitor.core.compare.state import pack, unpack
from monitor.model import Page, Post
from tests.kit.pages import Watch, blog, page, post, told


def answer(*posts: Post, tombstones: tuple[str, ...] = ()) -> Page:
    """An update answer with these posts, and these ids marked as taken off."""
    return replace(page(*posts, shape="feed"), partial=True, tombstones=frozenset(tombstones))


def test_a_tombstone_removes_once_a_second_copy_repeats_it() -> None:
    """It is the page's own word that a post was taken off; it is told once, and with its text."""
    watch = Watch()
    watch.see(page(*blog(5, 4, 3, 2, 1)))
    first = watch.see(answer(tombstones=("k3",)))
    assert (told(first), first.eager) == ([], True)
    second = watch.see(answer(tombstones=("k3",)))
    assert told(second) == [("post.removed", "k3")]
    assert second.changes[0].before is not None
    assert second.changes[0].before.body == blog(3)[0].body
    assert told(watch.see(answer(tombstones=("k3",)))) == []
    assert [track.key for track in watch.state.tracks] == ["k5", "k4", "k2", "k1"]


def test_a_tombstone_is_confirmed_by_the_same_answer_and_taken_back_by_the_post() -> None:
    """An unchanged poll repeats the answer that held it; a copy that shows the post again settles it in silence."""
    watch = Watch()
    watch.see(page(*blog(5, 4, 3, 2, 1)))
    watch.see(answer(tombstones=("k3",)))
    watch.state = unpack(pack(watch.state))
    assert told(watch.unchanged()) == [("post.removed", "k3")]
    watch.see(answer(tombstones=("k2",)))
    watch.see(answer(*blog(2)))
    assert told(watch.unchanged()) == []
    assert watch.state.tracks[2].status == "present"


def test_an_answer_repeated_confirms_no_absence_of_before() -> None:
    """A whole copy lacked a post; an answer that does not speak of it, and its repetition, are no second witness."""
    watch = Watch()
    watch.see(page(*blog(9, 8, 7, 6, 5, 4)))
    watch.see(page(*blog(9, 8, 6, 5, 4)))
    assert told(watch.see(answer())) == []
    assert told(watch.unchanged()) == []
    assert told(watch.see(page(*blog(9, 8, 6, 5, 4)))) == [("post.removed", "k7")]


def test_an_answer_repeated_confirms_no_reversion_of_before() -> None:
    """A whole copy showed a post as it had been; an answer that does not speak of it is no second witness."""
    posts = blog(9, 8, 7)
    watch = Watch()
    watch.see(page(*posts))
    edited = replace(posts[1], body=("Member number 8 sat down after all.",))
    watch.see(page(posts[0], edited, posts[2]))
    assert told(watch.see(page(*posts))) == []
    watch.see(answer())
    assert told(watch.unchanged()) == []
    assert told(watch.see(page(*posts))) == [("post.edited", "k8")]


def test_a_reused_id_in_an_answer_is_another_post() -> None:
    """It gets a track of its own, though the answer does not show the post that had the id; that one has left."""
    watch = Watch()
    watch.see(page(*blog(9, 8, 7, 6, 5, 4)))
    old = watch.state.tracks[2].id
    other = post(
        "k7", "Wholly different matter now", "Avalanche closes a pass near the border; rescuers search.", at="11:55"
    )
    seen = watch.see(answer(other))
    assert told(seen) == [("post.added", "k7")]
    new = seen.changes[0].subject
    assert new != old
    assert watch.texts[old].headline == "Report 7 from the chamber"
    assert [track.id for track in watch.state.tracks].count(new) == 1
    assert old not in {track.id for track in watch.state.tracks}
    assert told(watch.see(page(other, *blog(9, 8, 6, 5, 4)))) == []


def test_answers_never_grow_the_state_for_good() -> None:
    """A day of answers: the oldest leaves for each new post, its text after some more; nothing is told of it."""
    watch = Watch()
    watch.see(answer(*blog(5, 4, 3, 2, 1)))
    changes = []
    for number in range(6, 400):
        changes += told(watch.see(answer(*blog(number))))
    assert [kind for kind, _ in changes] == ["post.added"] * 394
    assert len(watch.state.tracks) == MOST_LIVE
    assert len(watch.texts) <= 2 * MOST_LIVE
    assert watch.state.tracks[0].key == "k399"


def test_a_long_page_keeps_its_length_under_answers() -> None:
    """What a whole copy showed is not cut short by the next answer: one new post, one old one leaves."""
    watch = Watch()
    watch.see(page(*blog(*range(90, 0, -1))))
    watch.see(answer(*blog(91)))
    assert [track.key for track in watch.state.tracks] == [f"k{number}" for number in range(91, 1, -1)]
    assert told(watch.see(page(*blog(*range(91, 0, -1))))) == []
