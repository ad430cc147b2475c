"""Tracks: what is told of a post through its life."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given

from monitor.core.compare.memory import KEPT_TEXTS, REMEMBERED_POSTS
from monitor.model import Page, Source
from tests.kit.pages import SOURCE, Watch, ago, blog, page, post, span, told
from tests.kit.strategies import blogs, pages


@given(shown=pages)
def test_the_same_page_twice_is_no_change(shown: Page) -> None:
    """Tracking a page a second time tells nothing, changes no track and stores no text."""
    watch = Watch()
    watch.see(shown)
    before = watch.state.tracks
    again = watch.see(shown)
    assert again.changes == ()
    assert watch.state.tracks == before
    assert not again.texts


@given(before=blogs, after=blogs)
def test_every_change_is_told_once(before: Page, after: Page) -> None:
    """Seen again and again, a page tells nothing more than the removals its second copy confirms."""
    watch = Watch()
    watch.see(before)
    watch.see(after)
    watch.see(after)
    assert told(watch.see(after)) == []


@given(shown=blogs)
def test_order_of_other_posts_does_not_matter(shown: Page) -> None:
    """An edit is told alike wherever the other posts stand."""
    watch, other = Watch(), Watch()
    watch.see(shown)
    other.see(replace(shown, posts=shown.posts[::-1]))
    edited = replace(shown.posts[3], body=("Another text for number four.",))
    posts = (*shown.posts[:3], edited, *shown.posts[4:])
    one, two = watch.see(replace(shown, posts=posts)), other.see(replace(shown, posts=posts[::-1]))
    assert [(c.id, c.type, c.fields) for c in one.changes] == [(c.id, c.type, c.fields) for c in two.changes]
    assert told(one) == [("post.edited", edited.key)]


def test_the_first_sight_is_a_baseline() -> None:
    """What is there at first is known and not told."""
    watch = Watch()
    detection = watch.see(page(*blog(3, 2, 1)))
    assert (detection.changes, detection.fresh, detection.eager) == ((), 0, False)
    assert watch.state.baseline_done
    assert len(watch.texts) == 3


def test_a_source_may_ask_to_be_told_of_its_baseline() -> None:
    """``baseline = "alert"`` tells of every post found at first, the oldest first."""
    watch = Watch(source=Source(name="x", url=SOURCE.url, baseline="alert"))
    detection = watch.see(page(*blog(3, 2, 1)))
    assert told(detection) == [("post.added", "k1"), ("post.added", "k2"), ("post.added", "k3")]


def test_a_valid_empty_page_is_a_baseline() -> None:
    """A ticker that has not begun: the first post after it is new."""
    watch = Watch()
    watch.see(page())
    assert told(watch.see(page(*blog(1)))) == [("post.added", "k1")]


def test_an_edit_tells_all_there_is_to_know() -> None:
    """Fields, versions, redline, delta, significance, counters."""
    watch = Watch()
    watch.see(page(post("a", "Roof falls", "At least 14 people were hurt.", at="10:00")))
    change = watch.see(page(post("a", "Roof falls", "At least 17 people were hurt.", at="10:00"))).changes[0]
    assert (change.type, change.fields, change.silent) == ("post.edited", ("body",), True)
    assert change.before is not None
    assert change.after is not None
    assert change.before.body == ("At least 14 people were hurt.",)
    assert change.after.body == ("At least 17 people were hurt.",)
    assert change.before.sha256 != change.after.sha256
    assert change.redline["body"] == (("=", "At least "), ("-", "14"), ("+", "17"), ("=", " people were hurt."))
    assert change.significance is not None
    assert (change.significance.name, change.significance.reasons) == ("number", ("14 → 17",))
    assert change.post is not None
    assert (change.post.sequence, change.post.version) == (2, 2)
    assert list(change.delta) == ["values_changed"]


def test_an_edit_with_a_new_time_is_not_silent() -> None:
    """Text and time in one step are one edit that names both."""
    watch = Watch()
    watch.see(page(post("a", "Roof falls", "Details soon.", at="10:00", modified="10:00")))
    change = watch.see(page(post("a", "Roof falls", "Nobody was hurt.", at="10:00", modified="10:09"))).changes[0]
    assert (change.fields, change.silent) == (("body", "modified"), False)


def test_an_edit_on_a_page_without_times_is_neither_silent_nor_not() -> None:
    """Where no times are shown, ``silent`` is unknown."""
    watch = Watch()
    watch.see(page(post("a", "Roof falls", "Details soon.")))
    assert watch.see(page(post("a", "Roof falls", "Nobody was hurt."))).changes[0].silent is None


def test_a_label_that_jumps_makes_an_edit_loud() -> None:
    """ "1 min ago" where "30 min ago" stood: the reader sees a new time, though it is not yet a re-timestamp."""
    watch = Watch()
    watch.see(page(post("a", "Roof falls", "Details soon.", at=ago(30, seen="12:01"))))
    change = watch.see(page(post("a", "Roof falls", "Nobody hurt.", at=ago(1, seen="12:02")))).changes[0]
    assert (change.fields, change.silent) == (("body",), False)
    later = watch.see(page(post("a", "Roof falls", "Nobody hurt.", at=ago(2, seen="12:03"))))
    assert [(c.type, c.fields) for c in later.changes] == [("post.retimed", ("published",))]


def test_times_alone_are_a_retiming() -> None:
    """Published or modified moved, the text did not."""
    watch = Watch()
    watch.see(page(post("a", "Roof falls", at="10:00", modified="10:00"), *blog(1)))
    first = watch.see(page(post("a", "Roof falls", at="10:00", modified="10:20"), *blog(1))).changes
    second = watch.see(page(post("a", "Roof falls", at="10:15", modified="10:20"), *blog(1))).changes
    assert [(c.type, c.fields) for c in (*first, *second)] == [
        ("post.retimed", ("modified",)),
        ("post.retimed", ("published",)),
    ]
    assert first[0].before is not None
    assert first[0].after is not None
    assert first[0].before.modified == span("10:00")
    assert first[0].after.modified == span("10:20")
    assert first[0].before.sha256 == first[0].after.sha256
    assert first[0].id != second[0].id


def test_markup_and_white_space_are_no_edit() -> None:
    """Paragraphs that break elsewhere, and a byline that appears, change nothing for a reader."""
    watch = Watch()
    watch.see(page(post("a", "Roof falls", "Nobody was hurt.", "More soon.")))
    again = watch.see(page(post("a", "Roof  falls", "Nobody was hurt. More soon.", author="A. Ray")))
    assert told(again) == []


def test_typography_is_an_edit_of_little_weight() -> None:
    """Straight quotes made curly are told, with a score near nothing."""
    watch = Watch()
    watch.see(page(post("a", "It's over")))
    change = watch.see(page(post("a", "It’s over"))).changes[0]
    assert change.significance is not None
    assert (change.significance.name, change.significance.score) == ("typography", 0.05)


def test_a_text_that_flaps_is_told_once() -> None:
    """Old, new, old, new within seconds, as caches serve it: one edit."""
    watch = Watch()
    old, new = page(post("a", "One", at="10:00")), page(post("a", "Two", at="10:00"))
    watch.see(old)
    assert [told(watch.see(shown)) for shown in (new, old, new, old, new)] == [[("post.edited", "a")], [], [], [], []]
    assert not watch.texts.keys() - {track.id for track in watch.state.tracks}


def test_an_edit_taken_back_is_told_when_a_second_copy_shows_it() -> None:
    """An editor who goes back to the earlier text is believed one copy later, or at an unchanged poll."""
    old, new = page(post("a", "One", at="10:00")), page(post("a", "Two", at="10:00"))
    watch, other = Watch(), Watch()
    for seen in (old, new):
        watch.see(seen)
        other.see(seen)
    assert watch.see(old).eager
    assert other.see(old).eager
    by_copy, by_poll = watch.see(old), other.unchanged()
    assert told(by_copy) == told(by_poll) == [("post.edited", "a")]
    assert by_copy.changes[0].id == by_poll.changes[0].id
    assert by_poll.changes[0].redline["headline"] == (("-", "Two"), ("+", "One"))
    assert not other.unchanged().changes


def test_an_edit_is_told_though_the_text_before_is_no_longer_kept() -> None:
    """Without the stored text there is no redline, and still an edit."""
    watch = Watch()
    watch.see(page(post("a", "Roof falls", "Details soon.")))
    watch.texts.clear()
    change = watch.see(page(post("a", "Roof falls", "Nobody was hurt."))).changes[0]
    assert (change.type, change.fields, dict(change.redline)) == ("post.edited", ("body",), {})
    assert change.significance is not None
    assert change.significance.reasons == ("the earlier text is no longer kept",)


def test_a_departed_post_returns_though_its_text_is_no_longer_kept() -> None:
    """Long gone from a feed and back: no change when it is as it was, an edit of the body when it is not."""
    watch, other = Watch(), Watch()
    for one in (watch, other):
        one.see(page(*blog(9, 8, 7), shape="feed"))
        one.see(page(*blog(9, 8), shape="feed"))
        one.texts.clear()
    assert told(watch.see(page(*blog(9, 8, 7), shape="feed"))) == []
    assert watch.state.tracks[2].headline == blog(7)[0].headline
    edited = post("k7", blog(7)[0].headline, "Something else altogether.", at="10:07")
    changes = other.see(page(*blog(9, 8), edited, shape="feed")).changes
    assert [(change.type, change.fields) for change in changes] == [("post.edited", ("body",))]


def test_a_re_used_key_starts_another_track() -> None:
    """The page gives a key to another post: a new track with its own id."""
    watch = Watch()
    watch.see(page(post("a", "Rain over the north", "Umbrellas sell out in hours.", at="10:00"), *blog(2, 1)))
    first = watch.state.tracks[0].id
    change = watch.see(page(post("a", "Budget passes", "Members vote late.", at="11:00"), *blog(2, 1))).changes[0]
    assert (change.type, change.post is not None and change.post.id != first) == ("post.added", True)


def test_page_words_are_told_when_they_change() -> None:
    """A rewritten page headline is a change of the page; the end of coverage is another."""
    watch = Watch()
    watch.see(page(*blog(2, 1), title="Budget day, live"))
    edited = watch.see(page(*blog(2, 1), title="Budget passes, live"))
    closed = watch.see(page(*blog(2, 1), title="Budget passes, live", closed=True, successor="https://news.example/2"))
    assert told(edited) == [("page.edited", "page")]
    assert edited.changes[0].page is not None
    assert edited.changes[0].page.previous_title == "Budget day, live"
    assert told(closed) == [("page.closed", "page")]
    assert closed.changes[0].page is not None
    assert closed.changes[0].page.successor == "https://news.example/2"
    assert told(watch.see(page(*blog(2, 1), title=None, closed=True))) == []


def test_memory_of_departed_posts_is_bounded() -> None:
    """A feed that runs for years keeps a bounded number of posts, and of texts."""
    watch = Watch()
    watch.see(page(*blog(*range(9)), shape="feed"))
    for start in range(9, 9 * 60, 9):
        watch.see(page(*blog(*range(start, start + 9)), shape="feed"))
    assert len(watch.state.departed) == REMEMBERED_POSTS
    assert len(watch.texts) == KEPT_TEXTS + 9


def _again(watch: Watch, shown: Page) -> list[tuple[str, str | None]]:
    """What the last copy tells when it is tracked once more, fetched when it was."""
    watch.now -= timedelta(minutes=1)
    return told(watch.see(shown))


def test_a_copy_tracked_again_confirms_no_reversion() -> None:
    """One copy is one witness, however often it is tracked; the next one confirms."""
    watch, was = Watch(), blog(3, 2, 1)
    edited = (was[0], replace(was[1], body=("Another text for number two, and a longer one.",)), was[2])
    watch.see(page(*was))
    watch.see(page(*edited))
    assert told(watch.see(page(*was))) == []
    assert _again(watch, page(*was)) == []
    assert told(watch.see(page(*was))) == [("post.edited", "k2")]


def test_a_copy_tracked_again_is_no_second_witness_of_a_label() -> None:
    """A relative label that contradicts waits for another copy, not for the same one."""
    watch = Watch()
    watch.see(page(post("a", "One", "Text.", at=ago(5, seen="12:01"))))
    jumped = page(post("a", "One", "Text.", at=ago(30, seen="12:02")))
    assert told(watch.see(jumped)) == []
    assert _again(watch, jumped) == []
    assert _again(watch, jumped) == []
    assert told(watch.see(page(post("a", "One", "Text.", at=ago(31, seen="12:03"))))) == [("post.retimed", "a")]
