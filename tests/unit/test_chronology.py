"""Whether a page runs in the order of its times, and what ``check`` says of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.chronology import Steps, of_posts, shape_of
from monitor.core.compare.window import order
from monitor.core.detect import Detection
from monitor.core.extract import extract
from monitor.core.look import verdict
from monitor.model import Source
from tests.kit.pages import Watch, blog, page, post, snapshot


def _rows(*numbers: int, above: str = "") -> bytes:
    """A page nobody described: a row a post, the highest number the newest; above them one more row."""
    rows = [
        f"<div class=x9f><span class=t>{10 + number // 60}:{number % 60:02}</span><h3>Report {number}</h3>"
        f"<p>Member number {number} rose to speak of matter {number * 7} at some length.</p></div>"
        for number in numbers
    ]
    return f"<html><body><main><h1>Live</h1><div class=feed>{above}{''.join(rows)}</div></main></body></html>".encode()


def _row(number: int) -> str:
    body = _rows(number).decode()
    return body[body.index("<div class=x9f") : body.index("</div></main>")]


def _seen(watch: Watch, *bodies: bytes) -> list[tuple[str, str]]:
    """What copies of a page tell, by type and headline."""
    found: list[Detection] = []
    for body in bodies:
        copy = snapshot(watch.polls, watch.now)
        found.append(watch.see(extract(body, copy, Source(name="live", url=copy.url, timezone="UTC"))))
    return [(change.type, change.post.headline if change.post else "") for one in found for change in one.changes]


@pytest.mark.parametrize("count", [12, 24, 48])
def test_a_pinned_copy_on_top_leaves_removals_on(count: int) -> None:
    """One old post repeated on top, with nothing that says so, and one deleted from the middle: it is told once."""
    numbers = list(range(count, 0, -1))
    pin = _row(numbers[count // 2 + 1])
    whole, short = _rows(*numbers, above=pin), _rows(*numbers[:4], *numbers[5:], above=pin)
    assert _seen(Watch(), whole, whole, short, short, short) == [("post.removed", f"Report {numbers[4]}")]


def test_a_back_dated_post_leaves_removals_on() -> None:
    """One post in the middle that shows an older time is one step of many."""
    numbers = list(range(30, 10, -1))
    whole = _rows(*numbers[:9], 2, *numbers[9:])
    short = _rows(*numbers[:4], *numbers[5:9], 2, *numbers[9:])
    assert _seen(Watch(), whole, whole, short, short, short) == [("post.removed", f"Report {numbers[4]}")]


def test_copies_and_pinned_posts_say_nothing_of_the_order() -> None:
    """A post above its own repetition, and a post marked as pinned, are no step; what else turns is."""
    few = blog(9, 8, 7, 6)
    assert of_posts(few) == Steps(down=3, up=0)
    assert of_posts((few[2], *few)) == Steps(down=3, up=0)
    assert of_posts((replace(few[3], headline="Another", pinned=True), *few)) == Steps(down=3, up=0)
    assert of_posts((replace(few[3], headline="Another"), *few)) == Steps(down=3, up=1)


@given(st.lists(st.integers(0, 40), max_size=30))
def test_extraction_and_the_window_judge_alike(numbers: list[int]) -> None:
    """A page that detection finds in order is never a list, and a list is never in order for detection."""
    posts = tuple(post(f"k{place}", f"Report {place}", at=f"10:{n:02}") for place, n in enumerate(numbers))
    watch = Watch()
    watch.see(page(*posts))
    assert order(watch.state.tracks) == of_posts(posts).order
    assert (shape_of(posts) == "list") == of_posts(posts).turn


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((1, *range(20, 8, -1)), "a live blog: 11 of 12 steps run from newest to oldest, so"),
        ((3, 4, 5, 6), "a live blog: 3 of 3 steps run from oldest to newest, so"),
        ((9, 8), "a live blog: 1 of 1 step runs from newest to oldest; nothing is told as removed until"),
        ((3, 9, 1, 7, 5, 8), "an edited list: 3 of 5 steps run from oldest to newest; its order proves nothing"),
        ((5,), "a live blog: no two of its times differ; nothing is told as removed until"),
    ],
)
def test_check_says_how_the_page_will_be_judged(numbers: tuple[int, ...], said: str) -> None:
    """The verdict is detection's own, with the counts it rests on."""
    posts = blog(*numbers)
    assert verdict(page(*posts, shape=shape_of(posts))).startswith(said)


def test_check_never_says_that_turning_times_run_one_way() -> None:
    """A page taken for a blog by its markup whose times turn is told as what it is."""
    turning = verdict(page(*blog(9, 8, 4, 7, 3, 6, 5, 2, 10)))
    assert turning.startswith("a live blog: 5 of 8 steps run from newest to oldest; nothing is told as removed until")


def test_check_says_why_an_ordered_list_is_none() -> None:
    """A list of links in the order of its times is still an edited list; without times it is judged by its growth."""
    assert "mostly links" in verdict(page(*blog(9, 8, 7, 6), shape="list"))
    untimed = [replace(one, published=None) for one in blog(9, 8, 7)]
    assert "until it has grown" in verdict(page(*untimed, shape="list"))
    assert verdict(page(*blog(9, 8, 7), shape="feed")).startswith("a feed:")
