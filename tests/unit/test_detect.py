"""Detection: failures, recoveries, stale copies, and the two phases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.compare.clocks import STALE_FOR
from monitor.core.detect import begin, consider
from monitor.model import FailedPoll, Page, Unreadable
from tests.kit.pages import NOON, SOURCE, Watch, blog, page, post, snapshot, told
from tests.kit.strategies import blogs

FULL = page(*blog(9, 8, 7, 6, 5))


def watching() -> Watch:
    """A watch past its baseline."""
    watch = Watch()
    watch.see(FULL)
    return watch


def test_three_failed_polls_in_a_row_are_told_once() -> None:
    """The third failure alarms, the fourth does not, and the line says what to do."""
    watch = watching()
    assert [told(watch.fail()) for _ in range(4)] == [[], [], [("source.failing", "source")], []]
    assert watch.state.failing
    assert watch.state.failures == 4


def test_a_failure_names_its_reason_and_what_to_do() -> None:
    """The reason is one line that an operator can act on."""
    watch = watching()
    watch.fail()
    watch.fail()
    reason = watch.fail("HTTP 503").changes[0].reason
    assert reason is not None
    assert reason.startswith("HTTP 503 (3 polls in a row)")
    assert f"stetwatch check {SOURCE.url}" in reason


def test_a_good_poll_between_failures_starts_the_count_anew() -> None:
    """Two failures, a good copy, two failures: no alarm."""
    watch = watching()
    for step in (watch.fail, watch.fail, watch.unchanged, watch.fail, watch.fail):
        assert told(step()) == []


def test_recovery_is_told_first() -> None:
    """The next good copy tells that the source is back, then what changed meanwhile."""
    watch = watching()
    for _ in range(3):
        watch.fail()
    assert told(watch.see(page(*blog(10, 9, 8, 7, 6, 5)))) == [("source.recovered", "source"), ("post.added", "k10")]


def test_a_second_outage_has_other_ids_than_the_first() -> None:
    """Changes of the source are counted, so that no two share an id."""
    watch, ids = watching(), []
    for _ in range(2):
        for _ in range(3):
            ids += [change.id for change in watch.fail().changes]
        ids += [change.id for change in watch.see(FULL).changes]
    assert len(ids) == len(set(ids)) == 4


@pytest.mark.parametrize(
    "seen",
    [page(), page(*blog(9, 5)), Unreadable(reason="no posts found: a consent wall?")],
    ids=["none", "few", "wall"],
)
def test_a_collapsed_page_alarms_at_once_and_removes_nothing(seen: Page | Unreadable) -> None:
    """No posts, hardly any, or nothing readable: the source is failing, the last good state stands."""
    watch = watching()
    before = watch.state.tracks
    first = watch.see(seen)
    assert told(first) == [("source.failing", "source")]
    assert first.eager
    assert told(watch.see(seen)) == []
    assert watch.state.tracks == before
    assert told(watch.see(FULL)) == [("source.recovered", "source")]


@pytest.mark.parametrize("numbers", [(3, 2, 1), (9, 8, 7, 6, 5)], ids=["young", "older"])
def test_posts_that_had_left_make_the_page_again(numbers: tuple[int, ...]) -> None:
    """A wall is taken for the page in the end; the true page is known when it is back, and its edits are told."""
    watch, true = Watch(), page(*blog(*numbers))
    watch.see(true)
    wall = page(post(None, "Your privacy", "We value the trust of our readers."), shape="list")
    watch.see(wall)
    watch.now += STALE_FOR
    watch.see(wall)
    assert not watch.state.failing
    assert told(watch.see(true)) == []
    edited = post(f"k{numbers[0]}", "A report that was amended", *true.posts[0].body, at=f"10:0{numbers[0]}")
    assert told(watch.see(page(edited, *true.posts[1:]))) == [("post.edited", edited.key)]


def test_a_feed_that_rolled_on_in_a_gap_is_the_same_feed() -> None:
    """A feed that shows none of its posts after a gap, some newer and one older, is believed at once."""
    watch = Watch()
    watch.see(page(*blog(9, 8, 7, 6, 5), shape="feed"))
    detection = watch.see(page(*blog(14, 13, 12, 3), shape="feed"))
    assert {type_ for type_, _ in told(detection)} == {"post.added"}


def test_a_feed_of_older_posts_only_is_another() -> None:
    """A copy from long ago is not told as news."""
    watch = Watch()
    watch.see(page(*blog(19, 18, 17, 16, 15), shape="feed"))
    assert told(watch.see(page(*blog(4, 3, 2), shape="feed"))) == [("source.failing", "source")]


def test_a_young_blog_that_reads_as_an_article_is_a_wall() -> None:
    """Neither the wall's words nor its title are told, however few posts were known, until it has stood an hour."""
    watch, true = Watch(), page(*blog(2, 1))
    watch.see(true)
    words = post(None, "Your privacy", "We value the trust of our readers.", at="13:00")
    wall = replace(page(words, shape="list", title="Wall"), rung="article")
    assert told(watch.see(wall)) == [("source.failing", "source")]
    assert told(watch.see(true)) == [("source.recovered", "source")]
    watch.see(wall)
    watch.now += STALE_FOR
    assert told(watch.see(wall)) == [("source.recovered", "source"), ("page.edited", "page")]


def test_an_article_may_be_rewritten() -> None:
    """Where the source was an article before, another text is no wall."""
    watch = Watch()
    for words, types in (("One text.", []), ("Quite another story now.", ["post.added"])):
        story = post(None, words, words * 5)
        detection = watch.see(replace(page(story, shape="list"), rung="article"))
        assert [type_ for type_, _ in told(detection)] == types


def test_a_short_page_that_stays_is_believed_within_the_hour() -> None:
    """A page of unknown order that stays short is the page: what it lacks has left, and its edits are told."""
    watch = Watch()
    shuffled = blog(3, 9, 1, 7, 5, 8, 2, 6)
    watch.see(page(*shuffled))
    assert told(watch.see(page(*shuffled[:2]))) == [("source.failing", "source")]
    watch.now += STALE_FOR
    assert told(watch.see(page(*shuffled[:2]))) == [("source.recovered", "source")]
    edited = post("k3", "Report 3, amended", *shuffled[0].body, at="10:03")
    assert told(watch.see(page(edited, shuffled[1]))) == [("post.edited", "k3")]
    assert told(watch.see(page(edited, *shuffled[1:]))) == []


def test_a_page_of_no_posts_is_never_believed() -> None:
    """However long it lasts; and the first copy with posts is believed at once."""
    watch = watching()
    watch.see(page())
    watch.now += STALE_FOR
    assert told(watch.see(page())) == []
    assert watch.state.failing
    assert told(watch.see(page(*blog(10, 9, 8, 7, 6)))) == [("source.recovered", "source"), ("post.added", "k10")]


def test_the_same_unreadable_bytes_again_are_no_recovery() -> None:
    """An unchanged poll after an unreadable copy is that copy again."""
    watch = watching()
    watch.see(Unreadable(reason="no posts found"))
    assert told(watch.unchanged()) == []
    assert watch.state.failing
    assert watch.state.failures == 2


def test_an_unchanged_poll_after_failed_ones_is_a_recovery() -> None:
    """The last copy was good, and the page still is that copy."""
    watch = watching()
    for _ in range(3):
        watch.fail()
    assert told(watch.unchanged()) == [("source.recovered", "source")]


@given(
    before=blogs,
    failures=st.lists(st.sampled_from(["poll", "empty", "unreadable"]), min_size=1, max_size=5),
)
def test_failures_never_remove(before: Page, failures: list[str]) -> None:
    """Whatever fails, in whatever order: no post is told of, and none is forgotten."""
    watch = Watch()
    watch.see(before)
    tracks = watch.state.tracks
    for failure in failures:
        if failure == "poll":
            detection = watch.fail()
        else:
            detection = watch.see(page() if failure == "empty" else Unreadable(reason="torn"))
        assert all(change.type == "source.failing" for change in detection.changes)
    assert watch.state.tracks == tracks
    assert {change.type for change in watch.see(before).changes} <= {"source.recovered"}


def test_a_snapshot_whose_bytes_expired_is_a_failed_poll() -> None:
    """What was never read cannot be believed."""
    watch = watching()
    detection = watch.observe(snapshot(9, NOON + timedelta(hours=1)), None)
    assert detection.changes == ()
    assert detection.eager
    assert "expired" in watch.state.unreadable


def test_an_older_copy_by_its_headers_changes_nothing() -> None:
    """Date and Age say that a cache served an old copy."""
    watch = Watch()
    watch.see(FULL, generated_at=NOON)
    stale = watch.observe(snapshot(9, NOON + timedelta(minutes=3), NOON - timedelta(seconds=6)), b"whatever")
    assert stale.changes == ()
    assert told(watch.unchanged()) == []
    assert told(watch.see(page(*blog(10, 9, 8, 7, 6, 5)), generated_at=NOON + timedelta(minutes=4))) == [
        ("post.added", "k10")
    ]


def test_an_older_copy_by_its_own_date_changes_nothing() -> None:
    """A feed's build date that goes back marks a stale copy, however much of it differs."""
    watch = Watch()
    watch.see(page(*blog(9, 8, 7), shape="feed", built_at=NOON))
    old = page(*blog(3, 2, 1), shape="feed", built_at=NOON - timedelta(hours=29))
    assert told(watch.see(old)) == []
    assert told(watch.see(page(*blog(9, 8, 7), shape="feed", built_at=NOON + timedelta(minutes=1)))) == []


def test_a_clock_that_was_wrong_does_not_blind_us() -> None:
    """When every copy looks old for an hour, the newest clock had been wrong, and the page is believed again."""
    watch = Watch()
    watch.see(page(*blog(3, 2, 1), built_at=NOON))
    later = page(*blog(4, 3, 2, 1), built_at=NOON - timedelta(hours=2))
    assert told(watch.see(later)) == []
    watch.now += STALE_FOR
    assert told(watch.see(later)) == [("post.added", "k4")]
    assert watch.state.built_at == NOON - timedelta(hours=2)


def test_a_page_dated_in_the_future_does_not_set_the_clock() -> None:
    """A build date hours ahead of us is no clock."""
    watch = Watch()
    watch.see(page(*blog(3, 2, 1), built_at=NOON + timedelta(days=1)))
    assert told(watch.see(page(*blog(4, 3, 2, 1), built_at=NOON))) == [("post.added", "k4")]


def test_texts_are_wanted_for_changed_and_missing_posts_only() -> None:
    """Of a long page, only what differs is loaded."""
    watch = watching()
    edited = post("k8", "Report 8, amended", at="10:08")
    draft = consider(SOURCE, watch.state, snapshot(2, NOON), page(*blog(9), edited, *blog(7, 6)))
    ids = {track.key: track.id for track in watch.state.tracks}
    assert set(draft.needs) == {ids["k8"], ids["k5"]}


def test_a_failed_poll_wants_no_texts() -> None:
    """A failure is settled from the hot state alone."""
    assert begin(SOURCE, watching().state, FailedPoll(fetched_at=NOON, reason="timed out"), None).needs == ()


def test_the_same_observations_give_the_same_ids() -> None:
    """A commit that is repeated after a crash repeats its ids: nothing in them comes from a clock."""
    one, two = watching(), watching()
    later = page(*blog(10, 9, 8, 7, 6, 5))
    two.now += timedelta(seconds=7)
    assert [change.id for change in one.see(later).changes] == [change.id for change in two.see(later).changes]
