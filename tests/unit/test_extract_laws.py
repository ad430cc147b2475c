"""What holds for every body: extraction answers, and what it answers can be stored."""

from __future__ import annotations

import json
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Extraction, ExtractRules, Page, Unreadable
from tests.kit.copies import PAGES, page_of, read_copy

Format = Literal["auto", "jsonld", "amp", "feed", "json", "css", "text", "article"]
FORMATS: tuple[Format, ...] = ("auto", "jsonld", "amp", "feed", "json", "css", "text", "article")
PIECES = (
    *(b"<script type='application/ld+json'>", b'{"@type":"LiveBlogPosting","liveBlogUpdate":[', b"</script>"),
    *(b'{"@id":"1","articleBody":"', b'"}]}', b"<rss><channel>", b"<item><title>", b"<![CDATA[", b"]]>", b"</item>"),
    *(b"</channel></rss>", b"&amp;", b"&#0;", b"&#xd800;", b"5 min ago\n", b"20:18\n", b"<div id=x>", b"<p>", b"\xff"),
    *(b"<time datetime=1>", b"\x00", b"[", b"]", b'{"id":', b"1e999", b'"\\ud800"', b"}", b",", b"<!--", b"<table>"),
    *(b"\xef\xbb\xbf", b"text\n", b"\r\n\r\n", b"<html>", b"</html>", b"<amp-live-list>", b"<div items>", b"</div>"),
    *(b"<article id=block-1>", b"<article id=h_2 class=block>", b"</article>", b"<h2>Head</h2>", b"<footer>"),
    *(
        b"<div id=pinned-post>",
        b"<div itemprop=liveBlogUpdate>",
        b"<time>5 min ago</time>",
        b"<div class=live-event-entry",
    ),
    *(
        b" data-post-time=1777885200>",
        b"<script type=application/json>",
        b'{"posts":[{"id":1,"body":"',
        b"window.x = {",
    ),
    *(
        b"self.__next_f.push([1,",
        b"<div data-x='[\"",
        b"'>",
        b"<article>",
        b"A sentence of more than forty characters, here.",
    ),
)


def _rules(form: Format) -> ExtractRules:
    fields = {"css": ("div", "@id", "h2", "p", "time"), "json": ("[]", "id", "h", "b", "p")}
    posts, key, headline, body, published = fields.get(form, (None,) * 5)
    return ExtractRules(format=form, posts=posts, id=key, headline=headline, body=body, published=published)


def _storable(found: Extraction) -> None:
    """Fails unless everything in an extraction is bounded, encodable and on one line."""
    if isinstance(found, Unreadable):
        assert "\n" not in found.reason
        found.reason.encode()
        return
    for post in found.posts:
        for line in (post.key or "", post.url or "", post.headline, post.author or "", *post.body, *post.media):
            line.encode()
            assert "\n" not in line
        assert all(url.startswith(("http://", "https://")) for url in (post.url or "http://", *post.media))
        for span in (post.published, post.modified):
            assert span is None or span.earliest <= span.latest


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300) | st.lists(st.sampled_from(PIECES), max_size=14).map(b"".join), st.sampled_from(FORMATS))
def test_no_bytes_make_extraction_fail(body: bytes, form: Format) -> None:
    """Arbitrary bytes under every format give a page or a reason."""
    _storable(read_copy(body, _rules(form)))


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "@id", "url"]), inner, max_size=2)
    ),
    max_leaves=6,
)
UPDATES = st.dictionaries(
    st.sampled_from(["@id", "url", "headline", "articleBody", "datePublished", "dateModified", "author", "image"]),
    VALUES,
)


@settings(max_examples=40, deadline=None)
@given(st.lists(UPDATES, max_size=4), UPDATES)
def test_no_value_makes_extraction_fail(updates: list[dict[str, object]], blog: dict[str, object]) -> None:
    """Any JSON value in any field of JSON-LD or a mapped document gives a page that can be stored."""
    document = json.dumps({**blog, "@type": "LiveBlogPosting", "liveBlogUpdate": updates}).encode()
    _storable(read_copy(b"<script type=application/ld+json>" + document + b"</script>"))
    rules = ExtractRules(
        format="json",
        posts="liveBlogUpdate",
        id="url",
        headline="headline",
        body="articleBody",
        author="author",
        published="datePublished",
        link="url",
        media="image",
    )
    _storable(read_copy(document, rules))


@settings(max_examples=30, deadline=None)
@given(
    st.binary(max_size=60),
    st.sampled_from(["gzip", "br", "zstd", "deflate", "identity", "compress", "gzip, gzip", ","]),
)
def test_no_coding_makes_extraction_fail(body: bytes, coding: str) -> None:
    """Arbitrary bytes under every content coding give a page or a reason."""
    _storable(read_copy(body, encoding=coding))


@pytest.mark.parametrize("name", ["liveblog.html", "feed.xml", "atom.xml", "posts.json", "capture.txt", "printed.txt"])
def test_no_cut_makes_extraction_fail(name: str) -> None:
    """A page cut anywhere gives a page or a reason."""
    body = (PAGES / name).read_bytes()
    for end in range(0, len(body), 97):
        for form in ("auto", "css", "json"):
            _storable(read_copy(body[:end], _rules(form), name=name))


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"<script type=application/ld+json>LiveBlogPosting" + b"[" * 100_000 + b"</script>",
        b'[{"h":' + b"[" * 900 + b"]" * 900 + b"}]",
        b"<![CDATA[" * 20_000,
        b"<rss>" + b"& " * 50_000,
        b"12:30\n" * 20_000,
        b"<a><b>" * 5_000,
        b"<div>" * 50_000,
        b"<html>" + b"<script>" * 30_000,
        b"<html>" + b"<!--" * 50_000,
        b"<script type=application/json>" * 10_000,
        b"<p>window.a = {" * 20_000,
        b"<p>self.__next_f.push([1, " * 10_000,
        b"<article id=block-1><p>" + b"<time>x</time>" * 3_000,
        b"<div id=pinned-post>" + b"<article class=block><p>x</p></article>" * 3_000,
        b"<amp-live-list><div items>" + b"<div id=a><span>x</span></div>" * 3_000,
        b"<article><p>" + b"<b>" * 900 + b"x" * 99,
    ],
)
def test_depth_and_repetition_do_not_hurt(body: bytes) -> None:
    """Nested and repeated input, the usual traps for parsers, gives an answer in every format."""
    for form in FORMATS:
        _storable(read_copy(body, _rules(form)))


def test_posts_are_bounded() -> None:
    """A list of more posts than any page has is cut at 5,000."""
    page = page_of(read_copy(b"[" + b'{"id": 1},' * 6_000 + b"{}]", _rules("json")))
    assert isinstance(page, Page)
    assert len(page.posts) == 5_000
