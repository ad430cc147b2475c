"""One article as one post."""

from __future__ import annotations

import json

import pytest

from monitor.model import ExtractRules, Span
from tests.kit.copies import page_of, read_copy, reason_of

URL = "https://news.example/2026/pier"
LONG = (
    "The first paragraph has more than forty characters in it.",
    "The second paragraph has them as well, and a stop.",
)
ARTICLE = f"<article><h1>Pier</h1><p>{LONG[0]}</p><p>{LONG[1]}</p></article>"

META = (
    '<meta property="article:published_time" content="2026-05-03T10:01:00Z">'
    '<meta property="article:modified_time" content="2026-05-04T08:31:00Z">'
)
LD = '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2026-05-03T10:02:00Z"}</script>'


def _page(inner: str, head: str = "") -> bytes:
    return f"<html><head>{head}</head><body><nav><p>Menu</p></nav>{inner}</body></html>".encode()


def test_an_article_is_one_post_of_paragraphs() -> None:
    """Headline, paragraphs and address come out; the menu does not."""
    page = page_of(read_copy(_page(ARTICLE), url=URL))
    (post,) = page.posts
    assert (page.rung, page.shape) == ("article", "list")
    assert (post.key, post.headline, post.body) == ("news.example/2026/pier", "Pier", LONG)


def test_json_ld_tells_who_and_when_and_stands_in_for_missing_text() -> None:
    """Times and names are JSON-LD's; its text counts where the page shows none."""
    node = {
        "@type": ["NewsArticle"],
        "headline": "Pier",
        "datePublished": "2026-05-03T10:00:00Z",
        "author": "By A. Reed",
    }
    script = "<script type='application/ld+json'>{}</script>"
    (post,) = page_of(read_copy(_page(ARTICLE, script.format(json.dumps(node))), url=URL)).posts
    assert post.author == "A. Reed"
    assert post.published is not None
    whole = script.format(json.dumps({**node, "articleBody": "\n".join(LONG)}))
    assert page_of(read_copy(_page("<p>x</p>", whole), url=URL)).posts[0].body == LONG


@pytest.mark.parametrize(
    "url",
    ["https://news.example/live/pier", "https://news.example/sport/liveticker-7", "https://x.example/a/live-news/b"],
)
def test_a_live_page_is_never_an_article(url: str) -> None:
    """A live page whose posts are not found is unreadable: all of it as one text would alert on every change."""
    assert "live" in reason_of(read_copy(_page(ARTICLE), url=url))
    assert page_of(read_copy(_page(ARTICLE), ExtractRules(format="article"), url=url)).rung == "article"


def test_mentions_of_a_live_platform_count_too() -> None:
    """Markup of a live blog without posts is a live blog that shows none."""
    assert "liveblog" in reason_of(read_copy(_page(f"{ARTICLE}<div class=liveblog></div>"), url=URL))


def test_two_paragraphs_are_the_least() -> None:
    """A page of teasers or of one sentence is no article."""
    assert reason_of(read_copy(_page(f"<article><p>{LONG[0]}</p></article>"), url=URL))
    assert reason_of(read_copy(_page("<article><p>Short.</p><p>Also.</p></article>"), ExtractRules(format="article")))


REAL = """<main><article>
<header><h1>Pier</h1><p class="standfirst">What the engineers found below the second pier</p>
<p>By Jane Doe</p><p>Published <time datetime="2026-05-03T10:00:00Z">3 May 2026</time></p>
<p>Updated <time datetime="2026-05-04T08:30:00Z">4 May 2026, 9.30am</time></p>
<ul class="share-tools"><li><a href="#">Facebook</a></li><li><a href="#">Copy link</a></li></ul></header>
<figure><img src="/p.jpg"><figcaption>The second pier, seen from the harbour. Photograph: A. Reed</figcaption></figure>
<p>The first paragraph has more than forty characters in it.</p>
<div class="wp-caption"><img src="/q.jpg">
<p class="wp-caption-text">Another caption of more than forty characters.</p></div>
<p>Read more: <a href="/1">Why the first pier was closed in the winter of last year</a></p>
<p>The second paragraph has them as well, and a stop, on <time datetime="1912-05-01">1 May 1912</time>.</p>
<h3>Related stories</h3>
<ul><li><a href="/2">The council and the bridge</a></li><li><a href="/3">Salt and steel</a></li></ul>
<article class="card"><h3>Another</h3><p>By Max Roe</p><time datetime="2020-01-01T00:00:00Z">1 Jan 2020</time>
<p>A teaser that is no part of the story, however long it may be told.</p></article>
</article></main>"""
REAL_BODY = (
    "What the engineers found below the second pier",
    "The first paragraph has more than forty characters in it.",
    "The second paragraph has them as well, and a stop, on 1 May 1912.",
)


def _moment(span: Span | None) -> str | None:
    return span.earliest.isoformat() if span is not None else None


def test_an_article_is_read_without_what_stands_around_its_text() -> None:
    """Byline, dates, captions, share bar, related links and teasers are none of the body; the standfirst is."""
    (post,) = page_of(read_copy(_page(REAL), url=URL)).posts
    assert (post.headline, post.body) == ("Pier", REAL_BODY)


def test_the_byline_is_the_author_and_the_times_are_the_article_s_own() -> None:
    """ "By Jane Doe" signs; the header's `<time>` elements tell, not one in a sentence, nor a teaser's."""
    (post,) = page_of(read_copy(_page(REAL), url=URL)).posts
    assert post.author == "Jane Doe"
    assert (_moment(post.published), _moment(post.modified)) == (
        "2026-05-03T10:00:00+00:00",
        "2026-05-04T08:30:00+00:00",
    )


@pytest.mark.parametrize(
    ("head", "published", "modified"),
    [
        ("", "2026-05-03T10:00:00+00:00", "2026-05-04T08:30:00+00:00"),
        (META, "2026-05-03T10:01:00+00:00", "2026-05-04T08:31:00+00:00"),
        (META + LD, "2026-05-03T10:02:00+00:00", "2026-05-04T08:31:00+00:00"),
    ],
    ids=["time", "meta", "json-ld"],
)
def test_json_ld_is_trusted_before_meta_before_time_elements(head: str, published: str, modified: str) -> None:
    """Each time by itself comes from the first of JSON-LD, meta and `<time>` that tells it."""
    (post,) = page_of(read_copy(_page(REAL, head), url=URL)).posts
    assert (_moment(post.published), _moment(post.modified)) == (published, modified)


@pytest.mark.parametrize(
    ("byline", "author"),
    [
        ("<p>By Jane Doe and Max Roe</p>", "Jane Doe and Max Roe"),
        ("<div class=byline>By <a href='/j'>Jane Doe</a>, <span>political editor</span></div>", "Jane Doe"),
        ("<p><a rel=author href='/j'>Jane Doe</a> in London</p>", "Jane Doe"),
        ("<p><a rel=author href='/j'>Jane Doe</a> and <a rel=author href='/m'>Max Roe</a></p>", "Jane Doe, Max Roe"),
        ("<address>Von Jane Doe</address>", "Jane Doe"),
        ("", None),
    ],
)
def test_bylines_of_several_makes_are_the_author_and_no_text(byline: str, author: str | None) -> None:
    """However a page signs an article, the names are the author and the line is not in the body."""
    inner = f"<article><h1>Pier</h1>{byline}<p>{LONG[0]}</p><p>{LONG[1]}</p></article>"
    (post,) = page_of(read_copy(_page(inner), url=URL)).posts
    assert (post.author, post.body) == (author, LONG)


def test_times_and_byline_beside_the_text_s_own_element_are_found() -> None:
    """Where `itemprop=articleBody` marks the text alone, who and when stand beside it in the article."""
    inner = (
        f"<article><h1>Pier</h1><p class=author>By Jane Doe</p><time itemprop=dateModified datetime=2026-05-04T08:30Z>x"
        f"</time><time itemprop=datePublished datetime=2026-05-03T10:00Z>y</time>"
        f"<div itemprop=articleBody><p>{LONG[0]}</p><p>{LONG[1]}</p></div></article>"
    )
    (post,) = page_of(read_copy(_page(inner), url=URL)).posts
    assert (post.author, post.body) == ("Jane Doe", LONG)
    assert (_moment(post.published), _moment(post.modified)) == (
        "2026-05-03T10:00:00+00:00",
        "2026-05-04T08:30:00+00:00",
    )


def test_a_sentence_that_becomes_a_link_stays_in_the_text() -> None:
    """Links tell related stories only where they are no sentences: linking a paragraph is no edit."""
    inner = f"<article><h1>Pier</h1><p>{LONG[0]}</p><p><a href='/x'>{LONG[1]}</a></p></article>"
    assert page_of(read_copy(_page(inner), url=URL)).posts[0].body == LONG


def test_a_name_that_holds_most_of_the_text_does_not_hide_it() -> None:
    """An element named for sharing or captions is passed over only where it is not the article itself."""
    text = f"<h1>Pier</h1><p>{LONG[0]}</p><p>{LONG[1]}</p>"
    inner = f"<article class=shareable><div class='social-story caption-wide'>{text}</div></article>"
    assert page_of(read_copy(_page(inner), url=URL)).posts[0].body == LONG
