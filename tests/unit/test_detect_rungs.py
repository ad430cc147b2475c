"""A page that comes with its JSON-LD from one cache and without from the next: only what the newsroom did is told."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.kit.pages import Watch
from tests.kit.readings import BODIES, Copies, Texts

PLAIN: dict[str, Sequence[str]] = {key: (f"Member {key} didn't rise.", *body) for key, body in BODIES.items()}
"""Quotes as JSON-LD has them; fewer posts than those whose changes at once would be another template."""
PLAIN = dict(list(PLAIN.items())[:6])
CURLY: dict[str, Sequence[str]] = {key: (f"Member {key} didn’t rise.", *body[1:]) for key, body in PLAIN.items()}
LONG: dict[str, Sequence[str]] = {key: (*body, "The house thanked all who had come.") for key, body in PLAIN.items()}
EDITED = "Matter 21 was dropped by 17 votes."
AGAIN = "Matter 21 was dropped by 18 votes."


def _edited(posts: Texts, line: str = EDITED) -> dict[str, Sequence[str]]:
    return {**posts, "1003": (posts["1003"][0], line, *posts["1003"][2:])}


def _told(copies: Copies, order: str, ld: Texts, dom: Texts, times: dict[str, str] | None = None) -> list[object]:
    """What copies with JSON-LD (J) and without (D) tell."""
    return [change for one in order for change in copies.see(ld if one == "J" else None, dom, times=times)]


@pytest.mark.parametrize("dom", [PLAIN, CURLY, LONG], ids=["alike", "curly quotes", "a paragraph more"])
@pytest.mark.parametrize("order", ["JDJJ", "DJDD", "JDDD", "JDJJDD", "JDDJJ", "JJDJDJJJ", "DDJJDJJD"])
def test_a_page_that_loses_its_json_ld_and_has_it_back_tells_nothing(order: str, dom: Texts) -> None:
    """Words that differ because they are read elsewhere are no edits, however often the reading changes."""
    assert _told(Copies(Watch()), order, PLAIN, dom) == []


@pytest.mark.parametrize("dom", [PLAIN, CURLY, LONG], ids=["alike", "curly quotes", "a paragraph more"])
@pytest.mark.parametrize(("before", "after"), [("JDJDJ", "DJDJDJD"), ("JDJD", "JDJDJD"), ("DJ", "JJDDJJ")])
def test_an_edit_while_caches_alternate_is_told_once(before: str, after: str, dom: Texts) -> None:
    """An edit is told by the cache that has it first, and not again by the other."""
    copies = Copies(Watch())
    assert _told(copies, before, PLAIN, dom) == []
    assert _told(copies, after, _edited(PLAIN), _edited(dom)) == [("post.edited", "1003")]
    assert _told(copies, after, _edited(PLAIN, AGAIN), _edited(dom, AGAIN)) == [("post.edited", "1003")]


@pytest.mark.parametrize("dom", [PLAIN, CURLY, LONG], ids=["alike", "curly quotes", "a paragraph more"])
def test_a_cache_that_has_an_edit_later_takes_nothing_back(dom: Texts) -> None:
    """A cache that still has the old text takes no edit back, nor tells it again once it has the new one."""
    copies = Copies(Watch())
    assert _told(copies, "JDJD", PLAIN, dom) == []
    told = [_told(copies, one, _edited(PLAIN), _edited(dom) if one == "J" else dom) for one in "JDJDDJD"]
    assert told == [[("post.edited", "1003")], *[[]] * 6]
    assert EDITED in copies.text("1003").body
    assert _told(copies, "DJDDJJ", _edited(PLAIN), _edited(dom)) == []
    assert _told(copies, "DJDDJJ", _edited(PLAIN, AGAIN), _edited(dom, AGAIN)) == [("post.edited", "1003")]


def test_times_that_differ_by_reading_are_no_moves() -> None:
    """Where the page without JSON-LD shows other times, a switch re-times nothing, and a move is told once."""
    copies = Copies(Watch())
    times = {"1002": "2026-03-02T10:02:30Z", "1003": "2026-03-02T10:03:40Z"}
    moved = {**times, "1003": "2026-03-02T10:33:40Z"}
    ld = {"1003": "2026-03-02T10:33:00Z"}

    def see(one: str, times: dict[str, str], ld_times: dict[str, str]) -> list[tuple[str, str | None]]:
        return copies.see(PLAIN if one == "J" else None, PLAIN, times=times, ld_times=ld_times)

    assert [see(one, times, {}) for one in "JDJJDDJD"] == [[]] * 8
    assert [change for one in "JDJDDJJ" for change in see(one, moved, ld)] == [("post.retimed", "1003")]


def test_a_post_that_one_cache_alone_has_is_known_by_its_own_text() -> None:
    """A post that only JSON-LD lists is away while copies lack that, and its text there is not taken for the page's."""
    copies = Copies(Watch())
    few = dict(list(CURLY.items())[1:])
    assert [copies.see(PLAIN if one == "J" else None, few) for one in "JDJJDJD"] == [[]] * 7
    assert _told(copies, "DJDJJDD", PLAIN, CURLY) == []
