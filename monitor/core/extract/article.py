"""One plain article as one post with paragraphs: the last rung, for pages that are no list of posts at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.core.extract import article_text, dom, ld
from monitor.core.extract.article_text import PROSE_CHARS, Told
from monitor.core.extract.fields import author_of, body_of, line_of, media_of, paragraphs_of, place_of, time_of, url_of
from monitor.core.extract.marked import Place, outermost, title_of
from monitor.model import Page, Post, Span

_TYPES = frozenset(
    {
        *("NewsArticle", "Article", "ReportageNewsArticle", "AnalysisNewsArticle", "BackgroundNewsArticle"),
        *("OpinionNewsArticle", "ReviewNewsArticle", "BlogPosting", "Report", "AdvertiserContentArticle"),
    }
)
_ENOUGH = 2
_LIVE_PATH = re.compile(
    r"(?:^|[/_-])(?:live(?:blog|ticker|-news|-updates?|-blog|-ticker)?|ticker|minute-by-minute)(?=[/_.-]|$)"
)
_LIVE_MARKS = (
    b"LiveBlogPosting",
    b"liveBlogUpdate",
    b"amp-live-list",
    b"live-blog",
    b"liveblog",
    b"liveBlog",
    b"liveticker",
)


def looks_live(page: LexborHTMLParser, body: bytes, url: str) -> str | None:
    """What makes a page a live page, in words: its text is then no article, whatever its markup."""
    if _LIVE_PATH.search(urlsplit(url).path.lower()) is not None:
        return "its address says that it is live"
    if mark := next((mark for mark in _LIVE_MARKS if mark in body), None):
        return f"it mentions {mark.decode()}"
    dated = sum(1 for node in page.css("article")[:50] if node.css_first("time") is not None)
    return f"it has {dated} dated articles" if dated >= 3 else None


def read(page: LexborHTMLParser, body: bytes, codec: str, place: Place) -> Page | None:
    """The article as a page of one post; None when there are no two paragraphs to tell it by."""
    described = next((node for node in ld.nodes(body, codec, b"Article") if _is_article(node)), {})
    headline = line_of(described.get("headline")) or title_of(page) or ""
    canonical = page.css_first("link[rel=canonical]")
    link = url_of(canonical.attributes.get("href") if canonical is not None else None, place.url) or place.url
    container = _container(page)
    told = article_text.told(container, place.anchor, place.zone) if container is not None else Told()
    author = author_of(described.get("author")) or _meta(page, 'meta[name="author"]') or told.author
    shown = body_of([line for line in told.lines if line != author], headline)
    paragraphs = shown if _is_text(shown) else body_of(paragraphs_of(described.get("articleBody")), headline)
    if not _is_text(paragraphs):
        return None

    def told_to_programs(name: str, selector: str) -> Span | None:
        spans = (time_of(value, place.anchor, place.zone) for value in (described.get(name), _meta(page, selector)))
        return next((span for span in spans if span is not None), None)

    post = Post(
        key=place_of(link) or None,
        url=link,
        headline=headline,
        body=paragraphs,
        author=author,
        published=told_to_programs("datePublished", 'meta[property="article:published_time"]') or told.published,
        modified=told_to_programs("dateModified", 'meta[property="article:modified_time"]') or told.modified,
        media=media_of(dom.media(container), place.url) if container is not None else (),
        found_by="article",
    )
    reason = f"one article of {len(paragraphs)} paragraphs, {'as shown' if paragraphs is shown else 'from JSON-LD'}"
    return Page(posts=(post,), rung="article", shape="list", title=headline or None, reasons=(reason,))


def _is_article(node: Mapping[str, object]) -> bool:
    kind = node.get("@type")
    kinds = kind if isinstance(kind, list) else [kind]
    return any(isinstance(name, str) and name in _TYPES for name in kinds)


def _is_text(paragraphs: tuple[str, ...]) -> bool:
    return sum(len(line) >= PROSE_CHARS for line in paragraphs) >= _ENOUGH


def _meta(page: LexborHTMLParser, selector: str) -> str | None:
    node = page.css_first(selector)
    return node.attributes.get("content") if node is not None else None


def _container(page: LexborHTMLParser) -> LexborNode | None:
    """The element with the article's text; of several the one with most, so that teasers never win."""
    for selector in ("[itemprop=articleBody]", "article", "main, [role=main]"):
        found = [(article_text.prose_chars(node), node) for node in outermost(page.css(selector)[:200])]
        most, best = max(found, key=lambda pair: pair[0], default=(0, None))
        if most:
            return best
    return None
