"""JSON-LD completed from the DOM, and where it stands alone."""

from __future__ import annotations

import json
from collections.abc import Sequence

from monitor.core.extract import crosscheck
from monitor.model import Page
from tests.kit.copies import page_of, read_copy, reason_of

STAMP = "2026-05-04T09:30:00Z"


def _update(key: str | None, text: str, **more: object) -> dict[str, object]:
    update: dict[str, object] = {"@type": "BlogPosting", "headline": f"Title {key}", "articleBody": text, **more}
    return update | ({"@id": key} if key is not None else {})


def _copy(updates: Sequence[object], dom: str, **blog: object) -> Page:
    node = {"@type": "LiveBlogPosting", "headline": "Live", "liveBlogUpdate": list(updates), **blog}
    script = f"<script type='application/ld+json'>{json.dumps(node)}</script>"
    return page_of(read_copy(f"<html><head>{script}</head><body><section>{dom}</section></body></html>".encode()))


def _shown(key: str, text: str, headline: str = "", minute: int = 0) -> str:
    head = f"<h3>{headline}</h3>" if headline else ""
    name = f" id='post-{key}'" if key else ""
    return f"<div{name}><time datetime='2026-05-04T09:{minute:02}:00Z'>x</time>{head}<p>{text}</p></div>"


def test_elements_that_say_otherwise_of_most_posts_are_not_believed() -> None:
    """Elements found only by the ids may hold more than the post: where few say what JSON-LD says, it stands alone."""
    posts = [_update(f"{n}", f"Text {n}.", datePublished=f"2026-05-04T09:0{n}:00Z") for n in range(3)]
    page = _copy(posts, "".join(_shown(f"{n}", "Otherwise.", minute=30) for n in range(3)))
    assert not crosscheck.wanted(page)
    assert [post.body for post in page.posts] == [("Text 0.",), ("Text 1.",), ("Text 2.",)]
    assert {post.found_by for post in page.posts} == {"jsonld"}


def test_readers_see_the_page() -> None:
    """Where most elements say what JSON-LD says, one that says more or otherwise is believed; one cut short is not."""
    posts = [_update(f"{n}", f"Text {n}. More of {n}.", datePublished=f"2026-05-04T09:0{n}:00Z") for n in range(6)]
    texts = [f"Text {n}. More of {n}." for n in range(6)]
    texts[1], texts[2] = "Text 1. More of 1. And the last word.", "Text 2. Mo …"
    page = _copy(posts, "".join(_shown(f"{n}", text, minute=n) for n, text in enumerate(texts)))
    assert [post.body[0] for post in page.posts][:4] == [
        posts[0]["articleBody"],
        texts[1],
        *(post["articleBody"] for post in posts[2:4]),
    ]
    assert [post.found_by for post in page.posts].count("jsonld+dom") == 1
    assert page.ld[1].body == (posts[1]["articleBody"],)
    assert page.agreement is not None
    assert page.agreement.agrees is False
    assert any("what readers see" in reason for reason in page.reasons)


def test_times_a_zone_apart_are_not_the_pages() -> None:
    """A DOM whose times are all JSON-LD's in another zone, unnamed, moves none; beside others that agree, one does."""
    posts = [_update(f"{n}", f"Text {n}.", datePublished=f"2026-05-04T07:0{n}:00Z") for n in range(4)]
    page = _copy(posts, "".join(_shown(f"{n}", f"Text {n}.", minute=n) for n in range(4)))
    assert [post.published.earliest.hour for post in page.posts if post.published] == [7] * 4
    posts[1:] = [{**post, "datePublished": f"2026-05-04T09:0{n}:00Z"} for n, post in enumerate(posts[1:], 1)]
    page = _copy(posts, "".join(_shown(f"{n}", f"Text {n}.", minute=n) for n in range(4)))
    assert [post.published.earliest.hour for post in page.posts if post.published] == [9] * 4


def test_a_gap_is_filled_and_its_neighbours_are_left() -> None:
    """An empty body comes from the DOM; posts beside it keep every field, so that one gap is never an edit of all."""
    posts = [_update(f"{n}", f"Text {n}." if n != 1 else "", datePublished=f"2026-05-04T09:0{n}:00Z") for n in range(3)]
    dom = "".join(_shown(f"{n}", "From the page.", f"Title {n}", minute=30) for n in range(3))
    filled, whole = _copy(posts, dom), _copy([posts[0], {**posts[1], "articleBody": "x."}, posts[2]], dom)
    assert [post.body for post in filled.posts] == [("Text 0.",), ("From the page.",), ("Text 2.",)]
    assert (filled.posts[0], filled.posts[2]) == (whole.posts[0], whole.posts[2])
    assert filled.posts[1].published == whole.posts[1].published
    assert filled.posts[1].found_by == "jsonld+dom"


def test_the_pages_date_gives_way_to_the_times_shown() -> None:
    """When every post has the page's date, each takes the time its element shows."""
    posts = [_update(f"{n}", f"Text {n}.", datePublished=STAMP, dateModified=STAMP) for n in range(3)]
    dom = "".join(_shown(f"{n}", f"Text {n}.", minute=20 - n) for n in range(3))
    page = _copy(posts, dom, datePublished=STAMP, dateModified=STAMP)
    assert [post.published.earliest.minute for post in page.posts if post.published is not None] == [20, 19, 18]


def test_a_cut_body_takes_the_rest_from_the_page() -> None:
    """A body that ends in dots is continued by the element that begins with the same words, and by no other."""
    start = "The harbour office has said that the bridge stays shut until"
    posts = [
        _update("1", f"{start} …", datePublished="2026-05-04T09:01:00Z"),
        _update("2", f"{start} …", datePublished="2026-05-04T09:02:00Z"),
    ]
    page = _copy(posts, _shown("1", f"{start} Monday.") + _shown("2", "Something else."))
    assert [post.body for post in page.posts] == [(f"{start} Monday.",), (f"{start} …",)]


def test_posts_without_ids_are_matched_by_headline_and_order() -> None:
    """Headlines that are one of a kind match; what stands between two matched posts is the one between them."""
    posts = [_update(None, "", headline=title) for title in ("First", "Same", "Same", "Last")]
    shown = [("First", "One."), ("Same", "Two."), ("Same", "Three."), ("Last", "Four.")]
    page = _copy(posts, "".join(_shown("", text, title, 9 - n) for n, (title, text) in enumerate(shown)))
    assert [(post.headline, post.body) for post in page.posts] == [(title, (text,)) for title, text in shown]


def test_json_ld_beyond_the_window_of_the_page() -> None:
    """Whole posts below the last one shown stay; where the text is the page's, the page's window is the list."""
    whole = [_update(f"{n}", f"Text {n}." if n else "", datePublished=f"2026-05-04T09:0{9 - n}:00Z") for n in range(6)]
    dom = "".join(_shown(f"{n}", f"Shown {n}.", minute=9 - n) for n in range(3))
    assert len(_copy(whole, dom).posts) == 6
    bare = [{**post, "articleBody": ""} for post in whole]
    page = _copy(bare, dom)
    assert [post.body for post in page.posts] == [("Shown 0.",), ("Shown 1.",), ("Shown 2.",)]
    assert any("3 posts of JSON-LD" in reason for reason in page.reasons)


def test_a_pinned_copy_adds_nothing_to_json_ld() -> None:
    """The pinned element repeats a post that JSON-LD has once: it is marked, not doubled."""
    time = "<time datetime='2026-05-04T09:0{0}:00Z'>x</time>"
    block = f"<article id='block-{{0}}'>{time}<h2>Title {{0}}</h2><p>Text {{0}}.</p></article>"
    posts = [_update(f"{n}", f"Text {n}.", datePublished=STAMP) for n in (3, 2, 1)]
    pin = "<div id=pinned-post><article class=block><h2>Title 2</h2><p>Text 2.</p></article></div>"
    page = _copy(posts, pin + "".join(block.format(n) for n in (3, 2, 1)), datePublished=STAMP)
    assert [(post.key, post.pinned) for post in page.posts] == [("3", False), ("2", True), ("1", False)]


def test_json_ld_without_a_dom_stands_alone() -> None:
    """An embed that a script renders leaves nothing to check against: the posts are what JSON-LD says."""
    page = _copy([_update("1", ""), _update("2", "Text.")], "<div id=app></div>")
    assert [(post.key, post.body, post.found_by) for post in page.posts] == [
        ("1", (), "jsonld"),
        ("2", ("Text.",), "jsonld"),
    ]


def test_teasers_of_live_blogs_are_no_live_blog() -> None:
    """A front page that names several live blogs, none of them its own, is not one; a live page's second copy is."""
    blogs = [
        {"@type": "LiveBlogPosting", "url": f"https://news.example/live/{name}", "headline": name} for name in "ab"
    ]
    body = f"<html><body><script type='application/ld+json'>{json.dumps(blogs)}</script></body></html>".encode()
    assert reason_of(read_copy(body, url="https://news.example/"))
    assert page_of(read_copy(body, url="https://news.example/live/a")).rung == "jsonld"
