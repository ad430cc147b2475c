"""One plain article as one post with paragraphs: the last rung, for pages that are no list of posts at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.core.extract import dom, ld
from monitor.core.extract.fields import author_of, body_of, line_of, media_of, paragraphs_of, place_of, time_of, url_of
from monitor.core.extract.marked import Place, outermost, title_of
from monitor.model import Page, Post

_TYPES = frozenset(
    {
        *("NewsArticle", "Article", "ReportageNewsArticle", "AnalysisNewsArticle", "BackgroundNewsArticle"),
        *("OpinionNewsArticle", "ReviewNewsArticle", "BlogPosting", "Report", "AdvertiserContentArticle"),
    }
)
_TEXT = "p, h2, h3, h4, ul, ol, blockquote, figcaption, pre, table"
_NO_TEXT = "nav, aside, footer, form, [class*=related], [class*=newsletter], [class*=promo]"
_ENOUGH, _CHARS, _ABOVE = 2, 40, 60
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
    shown = body_of(_lines(container), headline) if container is not None else ()
    paragraphs = shown if _is_text(shown) else body_of(paragraphs_of(described.get("articleBody")), headline)
    if not _is_text(paragraphs):
        return None
    post = Post(
        key=place_of(link) or None,
        url=link,
        headline=headline,
        body=paragraphs,
        author=author_of(described.get("author")) or _meta(page, 'meta[name="author"]'),
        published=time_of(
            described.get("datePublished") or _meta(page, 'meta[property="article:published_time"]'),
            place.anchor,
            place.zone,
        ),
        modified=time_of(
            described.get("dateModified") or _meta(page, 'meta[property="article:modified_time"]'),
            place.anchor,
            place.zone,
        ),
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
    return sum(len(line) >= _CHARS for line in paragraphs) >= _ENOUGH


def _meta(page: LexborHTMLParser, selector: str) -> str | None:
    node = page.css_first(selector)
    return node.attributes.get("content") if node is not None else None


def _container(page: LexborHTMLParser) -> LexborNode | None:
    """The element with the article's text; of several the one with most, so that teasers never win."""
    for selector in ("[itemprop=articleBody]", "article", "main, [role=main]"):
        found = outermost(page.css(selector)[:200])
        best = max(found, key=lambda node: sum(len(line) for line in _lines(node) if len(line) >= _CHARS), default=None)
        if best is not None and _is_text(tuple(_lines(best))):
            return best
    return None


def _lines(container: LexborNode) -> list[str]:
    left_out = {node.mem_id for node in container.css(_NO_TEXT)}
    found: list[str] = []
    for node in outermost(container.css(_TEXT)[:5_000]):
        above = node.parent
        for _ in range(_ABOVE):
            if above is None or above.mem_id == container.mem_id or above.mem_id in left_out:
                break
            above = above.parent
        if above is None or above.mem_id not in left_out:
            found += dom.paragraphs(node)
    return found
