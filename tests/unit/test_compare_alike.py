"""Posts without names: which are one, by all the evidence there is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.core.compare.likeness import Rarity, grew, likeness, terms
from monitor.core.compare.match import cascade, settle
from monitor.core.compare.pairing import Matching
from monitor.core.compare.revise import UNSURE
from monitor.core.compare.seen import sights
from monitor.model import Post
from tests.kit.pages import Watch, blog, page, post, told


def matched(before: list[Post], after: list[Post]) -> Matching:
    """What becomes of one page's posts on the next."""
    watch = Watch()
    watch.see(page(*before))
    tracks, posts = watch.state.tracks, sights(page(*after))
    return settle(cascade(tracks, (), posts), tracks, watch.texts)


def around(*posts: Post) -> list[Post]:
    """The posts in the middle of a page that stays as it is."""
    return [*blog(9, 8, 7, ids=False), *posts, *blog(3, 2, 1, ids=False)]


def test_common_words_count_for_little() -> None:
    """Two posts built on one sentence are less alike than two that share its rare words."""
    pattern = "Power cut hits {} homes near {} this evening, the grid operator says."
    one, other = terms([pattern.format(18, "Kestrel")]), terms([pattern.format(36, "Stellan")])
    page_of_them = [terms([pattern.format(n, f"Place{n}")]).distinct for n in range(20)]
    rare = Rarity([*page_of_them, *[terms([f"Another story altogether, number {n}."]).distinct for n in range(20)]])
    assert likeness(one, other, Rarity(page_of_them)) < likeness(one, other, rare) < likeness(one, one, rare)
    assert likeness(one, one, rare) > 0.99


def test_a_text_that_grew_is_known_by_its_beginning() -> None:
    """The shorter text begins the longer; the longer its words, the surer."""
    assert 0.35 < grew(terms(["Kick-off"]), terms(["Kick-off! The match is on."])) < 0.65
    assert grew(terms(["More soon"]), terms(["Soon more"])) == 0.0


def test_posts_of_one_pattern_at_two_times_are_two() -> None:
    """One is taken off and a sibling with the same headline is added: no edit."""
    one = post(None, "Power cut", "Power cut hits 18 homes near Kestrel Point, the grid operator says.", at="10:04:10")
    other = post(None, "Power cut", "Power cut hits 36 homes near Stellan Cove, the grid operator says.", at="10:41:33")
    matching = matched(around(one), [other, *around()])
    assert (len(matching.fresh), len(matching.missing)) == (1, 1)


def test_a_rewrite_in_its_place_and_time_is_an_edit() -> None:
    """Three words in four are new; the moment, the headline and the neighbours are not."""
    was = "Officials in the capital said the vote would be held on Thursday after a long night of talks."
    now = "Parliament meets on Thursday, when deputies will decide whether the coalition survives its third crisis."
    before, after = post(None, "The vote", was, at="10:05:12"), post(None, "The vote", now, at="10:05:12")
    assert [pair.by for pair in matched(around(before), around(after)).pairs if pair.seen.post is after] == [
        "similar text"
    ]


def test_a_placeholder_that_is_filled_is_one_edit() -> None:
    """Without an id: "Kick-off" at its minute becomes a paragraph at the same minute."""
    watch = Watch()
    watch.see(page(*around(post(None, "", "Kick-off", at="10:05"))))
    full = post(None, "", "Kick-off and straight away a chance for the visitors, who hit the post.", at="10:05")
    assert told(watch.see(page(*around(full)))) == [("post.edited", None)]


def test_two_posts_of_one_minute_are_told_apart() -> None:
    """Both are edited in one poll, and each keeps to its own."""
    one = post(None, "", "The coastguard has closed the north pier after the storm surge.", at="10:05")
    other = post(None, "", "Trains to the airport run again, the operator says, every half hour.", at="10:05")
    one_now = post(None, "", "The coastguard has closed the north and south piers after the surge.", at="10:05")
    other_now = post(None, "", "Trains to the airport run again, every twenty minutes, the operator says.", at="10:05")
    pairs = matched(around(one, other), around(other_now, one_now)).pairs
    now = {pair.track.exact: pair.seen.post for pair in pairs if pair.by == "similar text"}
    assert list(now.values()) == [one_now, other_now] or list(now.values()) == [other_now, one_now]
    by_text = {seen.exact: seen.post for seen in sights(page(one, other))}
    assert {by_text[exact].body[0][:9]: post.body[0][:9] for exact, post in now.items()} == {
        "The coast": "The coast",
        "Trains to": "Trains to",
    }


def test_a_near_tie_is_flagged() -> None:
    """Two posts are as like the one that went: one is taken, and said to be ambiguous."""
    was = post(None, "", "Crews have reopened the ring road in Norvik after reports of flooding.")
    one = post(None, "", "Crews have reopened the ring road in Norvik after claims of flooding.")
    other = post(None, "", "Crews have reopened the ring road in Norvik after rumours of flooding.")
    found = [pair for pair in matched(around(was), around(one, other)).pairs if pair.by == "similar text"]
    assert [pair.ambiguous for pair in found] == [True]
    watch = Watch()
    watch.see(page(*around(was)))
    edited = [change for change in watch.see(page(*around(one, other))).changes if change.type == "post.edited"]
    assert [change.significance and change.significance.reasons[-1] for change in edited] == [UNSURE]


def test_equal_headlines_are_no_identity() -> None:
    """Seven posts with one headline and other texts stay seven."""
    posts = [
        post(None, "World Cup", f"{place} sang for {n} hours when the final whistle went at last.", at=f"10:{n:02}")
        for n, place in enumerate(("Norvik", "Dunmere", "Corrie", "Stellan", "Tarn", "Grimsund", "Pellworth"), 1)
    ]
    new = post(None, "World Cup", "A bus with the winners crossed the bridge to the palace.", at="10:30")
    watch = Watch()
    watch.see(page(*posts[::-1]))
    assert told(watch.see(page(new, *posts[::-1]))) == [("post.added", None)]


@pytest.mark.parametrize("timed", [True, False])
def test_an_edit_is_told_though_most_of_a_large_page_rolled_off(timed: bool) -> None:
    """Two hundred posts without ids become sixty and twenty new ones: too many pairs to compare each, never none."""
    posts = [one if timed else replace(one, published=None) for one in blog(*range(220, 0, -1), ids=False)]
    edited = replace(posts[50], body=(posts[50].body[0].replace("at some length", "for an hour"),))
    matching = matched(posts[20:], [*posts[:50], edited, *posts[51:80]])
    assert [pair.by for pair in matching.pairs if pair.seen.post is edited] == ["similar text"]
