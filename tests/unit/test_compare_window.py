"""The window: what absence means, and when a page is not believed."""

from __future__ import annotations

from typing import Literal

import pytest

from monitor.core.compare.clocks import STALE_FOR
from monitor.core.compare.window import collapsed, order
from monitor.core.detect import Detection
from monitor.model import Post, Span
from tests.kit.pages import SOURCE, Watch, blog, page, post, told


def test_what_slides_off_the_old_end_has_left() -> None:
    """A rolling blog drops its oldest posts, and nothing is told."""
    watch = Watch()
    watch.see(page(*blog(9, 8, 7, 6, 5, 4)))
    detection = watch.see(page(*blog(11, 10, 9, 8, 7, 6)))
    assert told(detection) == [("post.added", "k10"), ("post.added", "k11")]
    assert [track.status for track in watch.state.departed] == ["left", "left"]


def test_the_old_end_is_the_top_where_the_oldest_post_comes_first() -> None:
    """A ticker that lists its oldest post first rolls at its top."""
    watch = Watch()
    watch.see(page(*blog(4, 5, 6, 7, 8)))
    assert told(watch.see(page(*blog(6, 7, 8, 9)))) == [("post.added", "k9")]
    assert not watch.see(page(*blog(6, 7, 8, 9))).changes


def test_a_post_is_removed_once_a_second_copy_lacks_it() -> None:
    """One copy without a post raises a doubt, the next one confirms it."""
    watch = Watch()
    watch.see(page(*blog(9, 8, 7, 6, 5, 4)))
    first = watch.see(page(*blog(9, 8, 6, 5, 4)))
    assert (told(first), first.eager) == ([], True)
    second = watch.see(page(*blog(10, 9, 8, 6, 5, 4)))
    assert told(second) == [("post.removed", "k7"), ("post.added", "k10")]
    assert second.changes[0].before is not None
    assert second.changes[0].before.body == blog(7)[0].body
    assert second.changes[0].after is None
    assert not second.eager


def test_an_unchanged_poll_confirms_a_removal() -> None:
    """The same bytes from a newer poll are a second copy that lacks the post."""
    watch = Watch()
    watch.see(page(*blog(9, 8, 7, 6, 5)))
    watch.see(page(*blog(9, 8, 6, 5)))
    assert told(watch.unchanged()) == [("post.removed", "k7")]
    assert told(watch.unchanged()) == []


def test_the_same_cached_copy_again_confirms_nothing() -> None:
    """An unchanged answer from a cache, generated no later than the copy seen, is the same witness twice."""
    watch = Watch()
    watch.see(page(*blog(9, 8, 7, 6, 5)), generated_at=watch.now)
    made_at = watch.now
    watch.see(page(*blog(9, 8, 6, 5)), generated_at=made_at)
    assert told(watch.unchanged(generated_at=made_at)) == []


def test_a_post_that_is_missed_once_is_never_told() -> None:
    """A cache that loses a post for seconds raises no alarm, neither at its going nor at its coming back."""
    watch = Watch()
    watch.see(page(*blog(9, 8, 7, 6, 5)))
    assert told(watch.see(page(*blog(8, 7, 6, 5)))) == []
    back = watch.see(page(*blog(9, 8, 7, 6, 5)))
    assert (told(back), back.eager) == ([], False)


def test_a_removed_post_that_returns_is_restored() -> None:
    """The same track goes on, once a second copy has the post again: its id stays, its sequence counts on."""
    watch = Watch()
    watch.see(page(*blog(9, 8, 7, 6, 5)))
    watch.see(page(*blog(9, 8, 6, 5)))
    removed = watch.see(page(*blog(9, 8, 6, 5))).changes[0]
    first = watch.see(page(*blog(9, 8, 7, 6, 5)))
    assert (told(first), first.eager) == ([], True)
    restored = watch.see(page(*blog(9, 8, 7, 6, 5))).changes[0]
    assert (removed.type, restored.type) == ("post.removed", "post.restored")
    assert removed.post is not None
    assert restored.post is not None
    assert removed.post.id == restored.post.id
    assert (removed.post.sequence, restored.post.sequence) == (2, 3)


@pytest.mark.parametrize("shape", ["feed", "list"])
def test_feeds_and_edited_lists_never_remove(shape: Literal["feed", "list"]) -> None:
    """What goes from a feed has left it; what returns is neither new nor restored."""
    watch = Watch()
    watch.see(page(*blog(9, 8, 7, 6, 5), shape=shape))
    for _ in range(3):
        assert told(watch.see(page(*blog(9, 8, 6, 5), shape=shape))) == []
    assert told(watch.see(page(*blog(9, 8, 7, 6, 5), shape=shape))) == []


def test_an_edit_made_while_a_post_was_away_is_told_when_it_returns() -> None:
    """A feed drops a post and brings it back with another headline: an edit, with its text before."""
    watch = Watch()
    watch.see(page(*blog(9, 8, 7, 6, 5), shape="feed"))
    watch.see(page(*blog(9, 8, 6, 5), shape="feed"))
    edited = post("k7", "Report 7, amended", *blog(7)[0].body, at="10:07")
    detection = watch.see(page(*blog(9, 8), edited, *blog(6, 5), shape="feed"))
    assert [(change.type, change.fields) for change in detection.changes] == [("post.edited", ("headline",))]


def test_no_removal_where_the_list_is_not_chronological() -> None:
    """Where times do not tell the order, a post that goes missing has merely left."""
    watch = Watch()
    shuffled = blog(3, 9, 1, 7, 5, 8)
    watch.see(page(*shuffled))
    for _ in range(3):
        assert told(watch.see(page(*shuffled[:2], *shuffled[3:]))) == []


def test_an_older_post_that_slides_back_in_is_not_new() -> None:
    """A window of fixed size shows an older post when one is taken off; it is met in silence."""
    watch = Watch()
    watch.see(page(*blog(9, 8, 7, 6, 5)))
    assert told(watch.see(page(*blog(9, 8, 6, 5, 4)))) == []
    assert told(watch.see(page(*blog(9, 8, 6, 5, 4)))) == [("post.removed", "k7")]


@pytest.mark.parametrize(
    ("known", "surviving", "fresh", "believed"),
    [(0, 0, 0, True), (8, 0, 0, False), (8, 3, 0, False), (8, 4, 0, True), (8, 3, 1, True), (8, 0, 8, True)],
)
def test_which_page_is_believed(known: int, surviving: int, fresh: int, believed: bool) -> None:
    """Nothing left, or fewer than half and nothing new, is an extraction that collapsed."""
    assert (collapsed(known, surviving, fresh) is None) is believed


def test_one_new_post_does_not_make_a_hollow_page_good() -> None:
    """Most posts gone from between others were not read: the source fails, and none of them is ever told as removed."""
    watch = Watch()
    watch.see(page(*blog(*range(20, 0, -1))))
    hollow = page(*blog(21, 20, 1))
    assert told(watch.see(hollow)) == [("source.failing", "source")]
    assert told(watch.see(hollow)) == []
    watch.now += STALE_FOR
    assert told(watch.see(hollow)) == [("source.recovered", "source"), ("post.added", "k21")]
    for _ in range(3):
        assert told(watch.see(hollow)) == []
    assert told(watch.see(page(*blog(*range(22, 0, -1))))) == [("post.added", "k22")]
    assert not watch.state.failing


def test_a_few_posts_taken_off_are_not_a_hollow_page() -> None:
    """Four of six gone from between others are removals, once a second copy lacks them."""
    watch = Watch()
    watch.see(page(*blog(9, 8, 7, 6, 5, 4)))
    without = page(*blog(10, 9, 4))
    watch.see(without)
    assert [type_ for type_, _ in told(watch.see(without))] == ["post.removed"] * 4


def test_a_page_trimmed_to_its_newest_posts_is_good() -> None:
    """A "load more" that was folded again takes nothing off, hides no edit, and its posts are known when unfolded."""
    watch = Watch()
    watch.see(page(*blog(*range(23, 0, -1))))
    newest = blog(*range(23, 15, -1))
    assert told(watch.see(page(*newest))) == []
    edited = post("k23", "Report 23, amended", *newest[0].body, at="10:23")
    assert told(watch.see(page(edited, *newest[1:]))) == [("post.edited", "k23")]
    assert told(watch.see(page(edited, *newest[1:], *blog(*range(15, 0, -1))))) == []


def test_a_page_that_lacks_its_newest_posts_is_not_trimmed() -> None:
    """Only the old end of the list left: the newest posts were not read."""
    watch = Watch()
    watch.see(page(*blog(*range(23, 0, -1))))
    assert told(watch.see(page(*blog(*range(8, 0, -1))))) == [("source.failing", "source")]


def test_order_needs_times_that_part_the_posts() -> None:
    """Labels too wide to part neighbours tell no order."""
    watch = Watch(source=SOURCE)
    day = Span(earliest=watch.now, latest=watch.now, text="today", kind="relative")
    watch.see(page(*(post(f"k{n}", f"Post {n}", at=day) for n in range(5))))
    assert order(watch.state.tracks) is None


def bare(*numbers: int) -> tuple[Post, ...]:
    """Posts that show neither ids nor times."""
    return tuple(post(None, one.headline, *one.body) for one in blog(*numbers))


def headlines(detection: Detection) -> list[tuple[str, str]]:
    """Type and headline of what is told."""
    return [(change.type, change.post.headline) for change in detection.changes if change.post]


@pytest.mark.parametrize("shape", ["blog", "list"])
def test_a_page_without_times_shows_its_order_by_how_it_grows(shape: Literal["blog", "list"]) -> None:
    """Posts come in on top and fall off at the bottom: then one that goes missing between was taken off."""
    watch = Watch()
    for top in (9, 10, 11):
        watch.see(page(*bare(*range(top, top - 6, -1)), shape=shape))
    without = page(*bare(11, 10, 8, 7, 6), shape=shape)
    assert headlines(watch.see(without)) == []
    assert headlines(watch.see(without)) == [("post.removed", "Report 9 from the chamber")]


def test_a_page_without_times_may_grow_at_its_bottom() -> None:
    """The oldest on top: what leaves there has left, and what goes missing between is removed."""
    watch = Watch()
    for top in (6, 7, 8):
        watch.see(page(*bare(*range(top - 5, top + 1))))
    assert headlines(watch.see(page(*bare(4, 5, 6, 7, 8)))) == []
    assert headlines(watch.see(page(*bare(4, 5, 7, 8)))) == []
    assert headlines(watch.see(page(*bare(4, 5, 7, 8)))) == [("post.removed", "Report 6 from the chamber")]


def test_a_list_that_grows_anywhere_never_removes() -> None:
    """Without times, and with posts put in above and below: an edited list."""
    watch = Watch()
    for numbers in ((5, 4, 3), (6, 5, 4, 3), (6, 5, 4, 3, 9), (6, 5, 4, 3, 9, 8), (7, 6, 5, 4, 3, 9, 8)):
        watch.see(page(*bare(*numbers)))
    for _ in range(3):
        assert headlines(watch.see(page(*bare(7, 6, 5, 3, 9, 8)))) == []


def test_load_more_without_times_is_met_in_silence() -> None:
    """A page known to grow on top shows more of its old end: nothing is new there."""
    watch = Watch()
    for top in (19, 20, 21):
        watch.see(page(*bare(*range(top, top - 6, -1))))
    assert headlines(watch.see(page(*bare(*range(21, 5, -1))))) == []


def test_a_post_below_all_that_stay_has_left_though_one_moved_up() -> None:
    """The post that stood last is re-timed to the top, and its neighbour slides off: it is older than all."""
    watch = Watch()
    watch.see(page(*blog(9, 8, 7, 6, 5, 4)))
    moved = post("k4", *[blog(4)[0].headline, *blog(4)[0].body], at="10:08:30")
    for _ in range(2):
        assert told(watch.see(page(blog(9)[0], moved, *blog(8, 7, 6)))) in ([("post.retimed", "k4")], [])
    assert [track.status for track in watch.state.departed] == ["left"]


def test_a_gap_that_the_window_passes_is_a_removal_all_the_same() -> None:
    """Missing from between others, and below the end of the page before a second copy came: two copies lack it."""
    watch = Watch()
    watch.see(page(*blog(8, 7, 6, 5, 4, 3, 2, 1)))
    assert told(watch.see(page(*blog(9, 8, 7, 6, 5, 4, 3, 1)))) == [("post.added", "k9")]
    assert told(watch.see(page(*blog(11, 10, 9, 8, 7, 6, 5)))) == [
        ("post.removed", "k2"),
        ("post.added", "k10"),
        ("post.added", "k11"),
    ]
    assert told(watch.see(page(*blog(11, 10, 9, 8, 7, 6, 5)))) == []


def test_a_gap_in_a_page_that_rolled_on_whole_is_none() -> None:
    """Nothing that was known is left to say where the gap was."""
    watch = Watch()
    watch.see(page(*blog(8, 7, 6, 5, 4, 3, 2, 1)))
    watch.see(page(*blog(8, 7, 6, 5, 4, 3, 1)))
    assert {kind for kind, _ in told(watch.see(page(*blog(18, 17, 16, 15, 14, 13))))} == {"post.added"}


def test_a_post_edited_while_it_was_away_is_not_new_below_all_that_stayed() -> None:
    """Without ids, "load more" brings back posts that had left, one of them reworded: it is as old as they are."""
    watch = Watch()
    watch.see(page(*blog(6, 5, 4, 3, 2, 1, ids=False)))
    watch.see(page(*blog(9, 8, 7, 6, 5, 4, ids=False)))
    reworded = post(None, "Stand-in 2 from the floor", "Nobody of the second row has said a thing.", at="10:02")
    seen = page(*blog(9, 8, 7, 6, 5, 4, 3, ids=False), reworded, *blog(1, ids=False))
    assert told(watch.see(seen)) == []
