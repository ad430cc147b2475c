"""JSON-LD beside a DOM that does not say the same: which speaks, and that no switch between them is an edit."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.kit.pages import Watch, clock
from tests.kit.readings import BODIES, Copies, with_


@pytest.fixture(params=[True, False], ids=["known shape", "hashed classes"])
def copies(request: pytest.FixtureRequest) -> Copies:
    """A watch of a page whose DOM is of a known shape, or only found by the ids that JSON-LD gives."""
    return Copies(Watch(), known=request.param)


EDITED = ("Member number 4 rose to speak.", "Matter 28 was withdrawn, 17 members voting.")
AGAIN = ("Member number 4 rose to speak.", "Matter 28 was withdrawn, 18 members voting.")


def test_an_edit_that_json_ld_has_later_is_told_once(copies: Copies) -> None:
    """The DOM's edit is told at once; neither the old JSON-LD nor the one that caught up tells it again."""
    copies.see(BODIES, BODIES)
    assert copies.see(BODIES, BODIES) == []
    assert copies.see(BODIES, with_("1004", *EDITED)) == [("post.edited", "1004")]
    assert copies.text("1004").body == EDITED
    assert copies.see(BODIES, with_("1004", *EDITED)) == []
    caught_up = with_("1004", *EDITED)
    assert [copies.see(caught_up, caught_up) for _ in range(6)] == [[]] * 6
    assert copies.see(caught_up, with_("1004", *AGAIN)) == [("post.edited", "1004")]


def test_two_edits_before_json_ld_has_the_first(copies: Copies) -> None:
    """JSON-LD that goes through the edits behind the page reverts nothing."""
    copies.see(BODIES, BODIES)
    assert copies.see(BODIES, with_("1004", *EDITED)) == [("post.edited", "1004")]
    assert copies.see(BODIES, with_("1004", *AGAIN)) == [("post.edited", "1004")]
    assert copies.see(with_("1004", *EDITED), with_("1004", *AGAIN)) == []
    assert copies.see(with_("1004", *AGAIN), with_("1004", *AGAIN)) == []
    assert copies.text("1004").body == AGAIN


def test_an_edit_that_the_dom_has_later_is_told_once(copies: Copies) -> None:
    """JSON-LD's edit is told when JSON-LD has it; a DOM that still shows the old text reverts nothing."""
    copies.see(BODIES, BODIES)
    assert copies.see(with_("1004", *EDITED), BODIES) == [("post.edited", "1004")]
    assert [copies.see(with_("1004", *EDITED), BODIES) for _ in range(3)] == [[]] * 3
    assert copies.see(with_("1004", *EDITED), with_("1004", *EDITED)) == []
    assert copies.see(with_("1004", *EDITED), with_("1004", *AGAIN)) == [("post.edited", "1004")]


def test_a_post_that_json_ld_has_later_is_told_once(copies: Copies) -> None:
    """A new post is told when the page shows it, and known when JSON-LD lists it."""
    old = dict(list(BODIES.items())[:8])
    new = {"1008": BODIES["1008"], **old}
    copies.see(old, old)
    assert copies.see(old, new) == [("post.added", "1008")]
    assert [copies.see(ld, new) for ld in (old, new, new, new)] == [[]] * 4


def test_a_body_a_paragraph_short_is_no_edit(copies: Copies) -> None:
    """Where JSON-LD always lacks a paragraph, posts that the DOM shows, hides and shows again tell nothing."""
    short = {key: body[:1] for key, body in BODIES.items()}
    copies.see(short, BODIES)
    assert copies.text("1002").body == BODIES["1002"]
    few = dict(list(BODIES.items())[4:])
    for dom in (BODIES, few, few, BODIES, {}, {}, BODIES):
        assert copies.see(short, dom) == []
    assert copies.see(short, {**BODIES, "1002": EDITED}) == [("post.edited", "1002")]
    assert copies.text("1002").body == EDITED


def test_a_dom_first_read_later_is_taken_on_in_silence(copies: Copies) -> None:
    """Posts known by JSON-LD alone take the text that the DOM then shows, and nobody is told."""
    short = {key: body[:1] if key in ("1002", "1003") else body for key, body in BODIES.items()}
    copies.see(short, {})
    for _ in range(40):
        assert copies.see(short, BODIES) == []
    assert copies.text("1002").body == BODIES["1002"]


def test_a_body_that_slides_out_of_the_dom_is_not_emptied() -> None:
    """JSON-LD without a body for a post the DOM showed says nothing of it: not an edit, and the text is kept."""
    copies = Copies(Watch())
    gaps = {key: () if key in ("1001", "1002") else body for key, body in BODIES.items()}
    copies.see(gaps, BODIES)
    few = dict(list(BODIES.items())[3:])
    for dom in (few, few, {}, few, BODIES):
        assert copies.see(gaps, dom) == []
        assert copies.text("1001").body == BODIES["1001"]


def test_bodies_that_vanish_from_json_ld_are_no_edits(copies: Copies) -> None:
    """JSON-LD that goes from whole to empty and back, beside its DOM or alone, tells nothing."""
    copies.see(BODIES, BODIES)
    empty: dict[str, Sequence[str]] = dict.fromkeys(BODIES, ())
    for ld, dom in ((empty, BODIES), (BODIES, BODIES), (empty, {}), (empty, {}), (BODIES, {}), (BODIES, BODIES)):
        assert copies.see(ld, dom) == []
    assert copies.text("1005").body == BODIES["1005"]


def test_times_come_from_the_page() -> None:
    """Where the page shows another time than JSON-LD, that is the post's, when it slid out of the DOM too."""
    copies = Copies(Watch())
    times = {"1002": "2026-03-02T09:12:00Z", "1003": "2026-03-02T09:43:00Z"}
    copies.see(BODIES, BODIES, times=times)
    published = [
        track.published.earliest for track in copies.watch.state.tracks if track.key == "1002" and track.published
    ]
    assert published == [clock("9:12")]
    few = dict(list(BODIES.items())[4:])
    for dom in (BODIES, few, few, BODIES):
        assert copies.see(BODIES, dom, times=times) == []
    assert copies.see(BODIES, BODIES, times={**times, "1002": "2026-03-02T09:32:00Z"}) == [("post.retimed", "1002")]


NEW = "1009"
"""A post that comes in while JSON-LD stands alone."""


def test_the_first_edit_of_a_post_that_json_ld_alone_told(copies: Copies) -> None:
    """Where the two were measured to agree, a DOM that says otherwise of a post never read there was edited."""
    told = {**BODIES, NEW: ("At least 14 people died in the fire.", "More follows.")}
    edited = {**told, NEW: ("At least 17 people died in the fire.", "More follows.")}
    copies.see(BODIES, BODIES)
    assert copies.see(BODIES, BODIES) == []
    assert copies.see(told, told) == [("post.added", NEW)]
    assert copies.see(told, edited) == [("post.edited", NEW)]
    assert copies.text(NEW).body == tuple(edited[NEW])
    assert [copies.see(ld, edited) for ld in (told, edited, edited)] == [[]] * 3


def test_a_time_first_read_from_the_dom_is_taken_on_in_silence(copies: Copies) -> None:
    """A post that JSON-LD has first is not re-timed by the DOM that shows another time; later moves are told."""
    told, times = with_(NEW, *EDITED), {NEW: "2026-03-02T10:14:00Z"}
    copies.see(BODIES, BODIES)
    assert copies.see(told, BODIES) == [("post.added", NEW)]
    assert [copies.see(told, told, times=times) for _ in range(3)] == [[]] * 3
    assert copies.see(told, told, times={NEW: "2026-03-02T10:34:00Z"}) == [("post.retimed", NEW)]


def test_times_an_hour_off_and_to_the_minute_are_json_lds_own(copies: Copies) -> None:
    """A DOM in another time zone, and to the minute where JSON-LD has seconds, tells no other times."""
    told = with_(NEW, *EDITED)
    local = {key: f"2026-03-02T11:{key[2:]}" for key in told}
    exact = {key: f"2026-03-02T10:{key[2:]}:{int(key) * 13 % 60:02}Z" for key in told}
    copies.see(BODIES, BODIES, times=local, ld_times=exact)
    assert copies.see(told, BODIES, times=local, ld_times=exact) == [("post.added", NEW)]
    assert [copies.see(told, told, times=local, ld_times=exact) for _ in range(3)] == [[]] * 3
    published = [track.published.earliest for track in copies.watch.state.tracks if track.published]
    assert min(published) == clock("10:00:40")


WHOLE = ("Member number 9 rose to speak as well, and said that it would be balanced.", "Matter 63 was heard at length.")
CUT = ("Member number 9 rose to speak as well, and said that …",)


@pytest.mark.parametrize("ld_id", ["block-%s", "other-%s"], ids=["one id", "another id in JSON-LD"])
def test_a_post_shown_cut_short_before_json_ld_has_it_whole(copies: Copies, ld_id: str) -> None:
    """A beginning that the DOM shows first is the post that JSON-LD then has whole: told once."""
    whole, cut = {NEW: WHOLE, **BODIES}, {NEW: CUT, **BODIES}
    copies.see(BODIES, BODIES, ld_id=ld_id)
    assert [kind for kind, _ in copies.see(BODIES, cut, ld_id=ld_id)] == ["post.added"]
    assert [copies.see(whole, cut, ld_id=ld_id) for _ in range(4)] == [[]] * 4
    told = {**whole, NEW: (WHOLE[0], "Matter 63 was heard by 17 members.")}
    assert [kind for kind, _ in copies.see(told, told, ld_id=ld_id)] == ["post.edited"]


def test_a_post_that_goes_on_in_both_is_edited() -> None:
    """A post that the DOM had first, and that is longer there too when JSON-LD has it, was edited."""
    copies = Copies(Watch())
    copies.see(BODIES, BODIES)
    assert copies.see(BODIES, {NEW: CUT, **BODIES}) == [("post.added", NEW)]
    assert copies.see({NEW: WHOLE, **BODIES}, {NEW: WHOLE, **BODIES}) == [("post.edited", NEW)]


def test_posts_below_json_lds_last_are_not_tracked(copies: Copies) -> None:
    """What the DOM shows below the posts that JSON-LD lists is neither known nor told, whatever becomes of it."""
    shown = dict(reversed(BODIES.items()))
    listed = dict(list(shown.items())[:4])
    copies.see(listed, shown)
    assert {track.key for track in copies.watch.state.tracks} == set(listed)
    edited = {**shown, "1002": EDITED}
    fewer = {key: body for key, body in edited.items() if key != "1003"}
    assert [copies.see(listed, dom) for dom in (edited, fewer, fewer, shown)] == [[]] * 4
    told = [change for _ in range(4) for change in copies.see(listed, {**shown, "1007": EDITED})]
    assert told == [("post.edited", "1007")], "words that tick below have the DOM read every fourth copy"
