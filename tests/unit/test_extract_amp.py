"""AMP live lists."""

from __future__ import annotations

from datetime import timedelta

from monitor.model import ExtractRules, Snapshot, Source
from tests.kit.copies import ANCHOR, URL, page_of, read_copy, reason_of
from tests.kit.pages import Watch

_POST = "<div id='post-{0}' data-sort-time='{1}' data-update-time='{2}'><h3>{3}</h3><p>Words of {3}.</p>{4}</div>"


def _list(*posts: str) -> bytes:
    inner = "".join(posts)
    live = f"<amp-live-list id=l><div items>{inner}</div></amp-live-list>"
    return f"<html amp><body><h1>Live</h1>{live}</body></html>".encode()


def test_seconds_and_milliseconds_are_one_instant() -> None:
    """The unit of a sort time is told by its magnitude, also when both stand in one list."""
    page = page_of(
        read_copy(
            _list(
                _POST.format(2, 1777885200000, 1777885200000, "A", ""), _POST.format(1, 1777885200, 1777885260, "B", "")
            )
        )
    )
    first, second = page.posts
    assert first.published is not None
    assert second.published is not None
    assert first.published.earliest == second.published.earliest
    assert second.modified is not None
    assert (second.modified.earliest - second.published.earliest).total_seconds() == 60


def test_the_shown_time_wins_over_the_sort_time() -> None:
    """A scheduled post is published when it says so, whenever it was written."""
    shown = "<amp-timeago datetime='2026-05-04T09:00:00Z'>40 minutes ago</amp-timeago>"
    (post,) = page_of(read_copy(_list(_POST.format(1, 1777870800000, 1777870800000, "A", shown)))).posts
    assert post.published is not None
    assert post.published.earliest.hour == 9
    assert post.body == ("Words of A.",)


def test_a_ticking_label_is_no_text() -> None:
    """Two copies that differ in the age they show hold the same words."""
    copies = [
        page_of(
            read_copy(_list(_POST.format(1, 1777885200, 1777885200, "A", f"<amp-timeago>{n} min ago</amp-timeago>")))
        )
        for n in (4, 5)
    ]
    assert copies[0].posts[0].body == copies[1].posts[0].body


def test_adverts_and_tombstones_are_left_out() -> None:
    """Children that are adverts or marked as taken off are no posts; the reasons count them."""
    advert = "<div id='ad-7' data-sort-time='1777885200'><p>Buy a boat</p></div>"
    stone = "<div id='post-3' data-sort-time='1777885200' data-tombstone><p>Gone</p></div>"
    page = page_of(read_copy(_list(advert, _POST.format(1, 1777885200, 1777885200, "A", ""), stone)))
    assert [post.key for post in page.posts] == ["1"]
    assert "1 advert left out" in page.reasons
    assert any("tombstone" in reason for reason in page.reasons)


def test_an_update_answer_says_nothing_of_what_it_lacks() -> None:
    """The answer to a live list's own poll may hold few posts or none: absence never means removal in it."""
    url = f"{URL}?amp_latest_update_time=1777885200"
    whole, partial, empty = (
        page_of(read_copy(_list(*posts), url=address))
        for posts, address in (((), URL), ((_POST.format(1, 1777885200, 1777885200, "A", ""),), url), ((), url))
    )
    assert (whole.shape, partial.shape, empty.shape) == ("blog", "feed", "feed")
    assert (whole.partial, partial.partial, empty.partial) == (False, True, True)
    assert empty.posts == ()


def test_a_tombstone_in_an_update_answer_is_carried() -> None:
    """It says of an id what the lack of it in an answer never says; a whole list needs none."""
    stone = "<div id='post-3' data-sort-time='1777885200' data-tombstone></div>"
    whole, partial = (page_of(read_copy(_list(stone), url=url)) for url in (URL, f"{URL}?amp_latest_update_time=1"))
    shown = page_of(read_copy(_list(_POST.format(3, 1777885200, 1777885200, "A", "")))).posts[0]
    assert shown.key is not None
    assert (whole.tombstones, partial.tombstones) == (frozenset(), frozenset({shown.key}))


def test_an_update_answer_with_nothing_new_is_no_failure() -> None:
    """Posts the answers lack stand as they were: no failure, no removal; what changed is told, and told once."""
    source = Source(name="harbour", url=f"{URL}?amp_latest_update_time=1777885200")
    watch, told = Watch(source=source), []
    shown = [_POST.format(n, 1777885200 + n, 1777885200 + n, f"Title {n}", f"<p>Text {n}.</p>") for n in (4, 3, 2, 1)]
    edited, fresh = (
        shown[1].replace("Text 3.", "Text 3, and 14 more words."),
        _POST.format(5, 1777885300, 1777885300, "Fifth", ""),
    )
    for minute, posts in enumerate((shown, (), [edited], [edited], [fresh], (), shown[2:])):
        seen = Snapshot(name=f"{minute}.html", url=source.url, sha256="", fetched_at=ANCHOR + timedelta(minutes=minute))
        told.append([change.type for change in watch.observe(seen, _list(*posts)).changes])
    assert told == [[], [], ["post.edited"], [], ["post.added"], [], []]
    assert len(watch.state.tracks) == 5
    assert not watch.state.departed


def test_a_source_that_says_amp_must_be_amp() -> None:
    """A page without a live list is unreadable for a source configured as AMP."""
    assert "amp-live-list" in reason_of(read_copy(b"<html><body><p>x</p></body></html>", ExtractRules(format="amp")))
    assert page_of(read_copy(_list(), ExtractRules(format="amp"))).rung == "amp"
