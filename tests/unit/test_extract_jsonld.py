"""JSON-LD LiveBlogPosting to posts."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from monitor.core.extract.fields import key_of, place_of
from monitor.model import ExtractRules
from tests.kit.copies import PAGES, URL, page_of, read_copy, reason_of


def _page(*blocks: object, raw: str | None = None) -> bytes:
    scripts = "".join(f"<script type=application/ld+json>{json.dumps(block)}</script>" for block in blocks)
    return f"<html><body>{raw or ''}{scripts}</body></html>".encode()


def _blog(*updates: object, **more: object) -> dict[str, object]:
    return {"@type": "LiveBlogPosting", "headline": "Harbour", "liveBlogUpdate": list(updates), **more}


def test_a_page_is_read_whole() -> None:
    """Ids, times, bodies, authors, pictures and the page's own words come out of one JSON-LD block."""
    head = (PAGES / "liveblog.html").read_bytes().partition(b"<main>")[0] + b"</body></html>"
    page = page_of(read_copy(head, timezone="Europe/London"))
    first, second, third = page.posts
    assert (page.rung, page.shape, page.title) == ("jsonld", "blog", "Harbour bridge closed: live updates")
    assert page.built_at == datetime(2026, 5, 4, 9, 31, tzinfo=UTC)
    assert (first.key, second.key, third.key) == ("a1b2c3d4", "b2c3d4e5", None)
    assert first.url == URL + "#block-a1b2c3d4"
    assert first.author == "Mara Lindqvist"
    assert first.body == ("Divers have found a crack 1.5 metres long.", 'The harbour office said "nobody was hurt".')
    assert first.media == ("https://news.example/pier.jpg",)
    assert second.headline == ""
    assert second.body == ("Ferries will run all day.", "Tickets cost 3.50 euros.")
    assert second.published is not None
    assert second.published.earliest == datetime(2026, 5, 4, 8, 2, tzinfo=UTC)
    assert third.published is not None
    assert (third.published.earliest.hour, third.published.latest.second) == (5, 59)
    assert (third.url, third.body) == (None, ())


def test_dates_and_bylines_of_the_page_are_not_the_posts() -> None:
    """Three posts that all have the page's dates and several authors have none; the reasons say so."""
    stamp = "2026-05-04T09:00:00Z"
    authors = [{"name": "A"}, {"name": "B"}]
    same = {"datePublished": stamp, "dateModified": stamp, "author": authors}
    posts = [{"@id": f"block-{n}", "articleBody": f"text {n}", **same} for n in range(3)]
    page = page_of(read_copy(_page(_blog(*posts, **same))))
    assert {(p.published, p.modified, p.author) for p in page.posts} == {(None, None, None)}
    assert len(page.reasons) == 4
    two = page_of(read_copy(_page(_blog(*posts[:2], **same))))
    assert all(p.published is not None and p.author == "A, B" for p in two.posts)


def test_graphs_lists_and_two_copies_are_merged() -> None:
    """A blog inside @graph or a list is found; the AMP copy of the same posts adds nothing twice."""
    first = {"@graph": [{"@type": "WebPage"}, _blog({"@id": "x#block-1", "articleBody": "one"})]}
    other = [_blog({"url": "/amp#block-1", "articleBody": "one"}, {"url": "/amp#block-2", "articleBody": "two"})]
    page = page_of(read_copy(_page(first, {"@type": "Thing"}, other)))
    assert [(p.key, p.body) for p in page.posts] == [("1", ("one",)), ("2", ("two",))]


def test_a_shared_id_within_one_blog_keeps_both_posts() -> None:
    """Two posts under one id are both told: which is which is for comparison to find out."""
    page = page_of(
        read_copy(
            _page(
                _blog(
                    {"@id": "7", "articleBody": "one"},
                    {"@id": "7", "articleBody": "two"},
                    {"@id": "8", "articleBody": "three"},
                )
            )
        )
    )
    assert [p.key for p in page.posts] == ["7", "7", "8"]
    every = page_of(read_copy(_page(_blog({"@id": "7", "articleBody": "one"}, {"@id": "7", "articleBody": "two"}))))
    assert [p.key for p in every.posts] == [None, None]


def test_a_blog_before_its_first_post_is_an_empty_page() -> None:
    """A LiveBlogPosting without updates is a legal baseline."""
    assert page_of(read_copy(_page({"@type": ["Thing", "LiveBlogPosting"]}))).posts == ()


def test_broken_blocks_do_not_hide_good_ones() -> None:
    """Control characters are read through, an invalid block is passed over."""
    posts = '[{"@id":"1","articleBody":"a\tb\nc"}]'
    loose = '<script type="application/ld+json">{"@type":"LiveBlogPosting","liveBlogUpdate":' + posts + "}"
    page = page_of(
        read_copy(_page(raw=f'<SCRIPT type="application/ld+json">{{"LiveBlogPosting": </SCRIPT>{loose}</script>'))
    )
    assert page.posts[0].body == ("a b", "c")


@pytest.mark.parametrize("body", [b"<html></html>", b"<html>LiveBlogPosting</html>", b"{}"])
def test_no_blog_is_unreadable(body: bytes) -> None:
    """A page configured as JSON-LD that holds no LiveBlogPosting is a failure, not an empty page."""
    assert "LiveBlogPosting" in reason_of(read_copy(body, ExtractRules(format="jsonld")))


def test_hostile_values_are_left_out() -> None:
    """Wrong types, script links and absurd dates give empty fields, never an error."""
    odd = {
        "@id": {"a": 1},
        "url": "javascript:alert(1)",
        "headline": ["a", {"b": 2}],
        "articleBody": {"c": 3},
        "datePublished": [1],
        "dateModified": 1e300,
        "author": [[["x"]], {"name": {"name": "y"}}],
        "image": ["data:x", {}],
    }
    (post,) = page_of(read_copy(_page(_blog(odd)))).posts
    assert (post.key, post.url, post.headline, post.body) == (None, None, "a", ())
    assert (post.published, post.modified, post.author, post.media) == (None, None, None, ())


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("block-646218558f08e408b758af8d", "646218558f08e408b758af8d"),
        ("646218558f08e408b758af8d", "646218558f08e408b758af8d"),
        ("https://news.example/live/a?page=with:block-64ab#block-64ab", "64ab"),
        ("?page=with:block-64ab", "64ab"),
        ("?page=with%3Ablock-64ab", "64ab"),
        ("#64ab", "64ab"),
        ("post-1288914", "1288914"),
        ("https://news.example/live/a.html/#liveblogPost1288914", "1288914"),
        ("#live-blog-post-77", "77"),
        ("https://news.example/live/a?post=asset:7d3f-11", "7d3f-11"),
        ("https://news.example/live/a?post-id=cm1abc", "cm1abc"),
        ("https://news.example/live/a/h_0123abcd", "h_0123abcd"),
        (751105, "751105"),
        ("patch-7.5-release", "patch-7.5-release"),
        ("https://news.example/live/a", None),
        ("http://www.news.example/live/a/?utm=1", None),
        ("https://other.example/x", "other.example/x"),
        ("_:b0", None),
        ("", None),
        (None, None),
        (True, None),
        ({"a": 1}, None),
    ],
)
def test_ids_have_one_spelling(raw: object, key: str | None) -> None:
    """The same post's id is one key wherever the page writes it; the page's own address is no id."""
    assert key_of(raw, place_of("https://www.news.example/live/a")) == key
