"""Posts in embedded state, and in JSON documents without a mapping."""

from __future__ import annotations

import html
import json

import pytest

from tests.kit.copies import page_of, read_copy, reason_of

POSTS = [
    {
        "id": f"p{n}",
        "headline": f"Headline {n}",
        "body": f"<p>Words of post number {n}.</p>",
        "publishedAt": 1777885200000 + n,
    }
    for n in (3, 2, 1)
]
STORIES = [
    {"id": n, "title": f"An older story number {n}", "url": f"/{n}", "publishedAt": 1777000000} for n in range(9)
]
STATE = {"app": {"related": STORIES, "live": {"posts": POSTS}}}


def _page(inner: str) -> bytes:
    return f"<html><head><title>Live</title></head><body><main>Loading</main>{inner}</body></html>".encode()


def _streamed(state: object) -> str:
    rows = f"1:{json.dumps(['$', 'div', None, state])}\n2:[]\n"
    half = len(rows) // 2
    pushes = (json.dumps([1, part]) for part in (rows[:half], rows[half:]))
    return "".join(f"<script>self.__next_f.push({push})</script>" for push in pushes)


@pytest.mark.parametrize(
    "inner",
    [
        f"<script type='application/json'>{json.dumps(STATE)}</script>",
        f"<script id=__NEXT_DATA__ type='application/json'>{json.dumps({'props': STATE})}</script>",
        f"<script>window.__STATE__ = {json.dumps(STATE)};</script>",
        f"<script>window['state']={json.dumps(STATE)}; window.x = 1</script>",
        f'<script>window.__S__ = {json.dumps(STATE)[:-1]}, "u": undefined}};</script>',
        f"<script>var initial = JSON.parse({json.dumps(json.dumps(STATE))});</script>",
        f'<div data-props="{html.escape(json.dumps(STATE))}"></div>',
        f"<div props='{json.dumps(STATE)}'></div>",
        _streamed(STATE),
    ],
    ids=["block", "next", "window", "bracket", "undefined", "parse", "attribute", "plain", "streamed"],
)
def test_state_is_found_wherever_it_stands(inner: str) -> None:
    """The same posts come out of every way a page carries its state; links to other stories are none."""
    page = page_of(read_copy(_page(inner)))
    assert (page.rung, page.title) == ("state", "Live")
    assert [(post.key, post.headline, post.body) for post in page.posts] == [
        (f"p{n}", f"Headline {n}", (f"Words of post number {n}.",)) for n in (3, 2, 1)
    ]
    assert all(post.published is not None for post in page.posts)


def test_the_markup_of_a_known_shape_comes_first() -> None:
    """State is read only where the page shows no posts that are known."""
    shown = "<article id='block-1a'><time datetime='2026-05-04T09:00:00Z'>x</time><p>Shown.</p></article>"
    page = page_of(read_copy(_page(f"{shown}<script type='application/json'>{json.dumps(STATE)}</script>")))
    assert (page.rung, page.posts[0].body) == ("shape", ("Shown.",))


@pytest.mark.parametrize(
    "document",
    [
        {"stories": STORIES, "n": 1},
        {"posts": [{"id": 1, "body": "Only one, and without a time."}]},
        {"users": [{"id": n, "name": "A name", "created": 1777885200} for n in range(5)]},
        [],
    ],
)
def test_lists_that_lack_what_makes_a_post_are_left(document: object) -> None:
    """Links, users and undated scraps inside a page are no posts."""
    inner = f"<script type='application/json'>{json.dumps(document)}{' ' * 200}</script>"
    assert reason_of(read_copy(_page(inner), url="https://news.example/front"))


def test_a_document_of_headlines_is_a_list() -> None:
    """A JSON document that is nothing but dated headlines with ids is read; inside a page it would be a menu."""
    page = page_of(read_copy(json.dumps(STORIES).encode()))
    assert (page.rung, len(page.posts)) == ("json", 9)
    assert page.posts[0].url == "https://news.example/0"


def test_text_is_found_in_trees_and_times_one_level_down() -> None:
    """A body may be a tree of blocks, a time may stand under "dates", a title in {"rendered": …}."""
    entries = [
        {
            "urn": f"asset:7d3f-{n}",
            "title": {"rendered": f"Title {n}"},
            "content": {
                "model": {"blocks": [{"type": "paragraph", "model": {"text": f"Paragraph {n} of the stream."}}]}
            },
            "dates": {"firstPublished": "2026-05-04T09:00:00Z", "lastPublished": "2026-05-04T09:05:00Z"},
        }
        for n in range(3)
    ]
    page = page_of(read_copy(json.dumps({"data": {"results": entries}}).encode()))
    assert [(post.key, post.headline) for post in page.posts] == [(f"7d3f-{n}", f"Title {n}") for n in range(3)]
    assert page.posts[0].body == ("Paragraph 0 of the stream.",)
    assert page.posts[0].modified is not None
    assert page.posts[0].modified.earliest.minute == 5


def test_a_rare_headline_is_no_less_a_headline() -> None:
    """A field that one post in many has is read on that one."""
    posts = [{"id": n, "body": "Words enough for a post.", "created": 1777885200 + n} for n in range(20)]
    posts[17]["title"] = "Summary"
    assert page_of(read_copy(json.dumps({"posts": posts}).encode())).posts[17].headline == "Summary"
