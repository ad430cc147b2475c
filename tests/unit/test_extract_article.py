"""One article as one post."""

from __future__ import annotations

import json

import pytest

from monitor.model import ExtractRules
from tests.kit.copies import page_of, read_copy, reason_of

URL = "https://news.example/2026/pier"
LONG = (
    "The first paragraph has more than forty characters in it.",
    "The second paragraph has them as well, and a stop.",
)
ARTICLE = f"<article><h1>Pier</h1><p>{LONG[0]}</p><p>{LONG[1]}</p></article>"


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
