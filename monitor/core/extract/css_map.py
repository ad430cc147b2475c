"""HTML read by a source's own mapping: a CSS selector for the posts, ``selector``, ``selector@attribute`` or
``@attribute`` for each field below a post."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from monitor.core.chronology import shape_of
from monitor.core.extract import dom, pins
from monitor.core.extract.fields import (
    MAX_BODY_CHARS,
    MAX_POSTS,
    author_of,
    body_of,
    key_of,
    media_of,
    place_of,
    time_of,
    url_of,
)
from monitor.core.normalize import text as tidy
from monitor.core.times import read
from monitor.model import ExtractRules, Page, Post, Span, Unreadable

_TIME_ATTRIBUTES = ("datetime", "data-timestamp", "data-time", "content", "title")


@dataclass(frozen=True, slots=True)
class Where:
    """One field's place below a post: which elements ("" is the post itself), and which attribute if any."""

    selector: str
    attribute: str | None


@lru_cache(maxsize=1024)
def where(mapping: str) -> Where:
    """A field's mapping taken apart: ``selector``, ``selector@attribute`` or ``@attribute``."""
    # An @ inside brackets or quotes belongs to the selector.
    selector, mark, attribute = mapping.rpartition("@")
    if not mark or not attribute.replace("-", "").replace("_", "").replace(":", "").isalnum():
        return Where(selector=mapping.strip(), attribute=None)
    return Where(selector=selector.strip(), attribute=attribute.strip().lower())


def read_page(
    page: LexborHTMLParser, rules: ExtractRules, url: str, anchor: datetime, zone: tzinfo
) -> Page | Unreadable:
    """The mapped posts in page order; a valid page on which the selector finds nothing has no posts (yet)."""
    if rules.posts is None:
        return Unreadable(reason="a css source needs a mapping: set posts (a CSS selector) in [source.extract]")
    try:
        found = _outermost(page.css(rules.posts), 0)[:MAX_POSTS]
        posts = tuple(_post(node, rules, url, anchor, zone) for node in found)
    except (SelectolaxError, UnicodeEncodeError):
        return Unreadable(reason=f"a CSS selector of [source.extract] cannot be used: {_faulty(rules)!r}: correct it")
    title = page.css_first("title")
    return Page(
        posts=posts,
        rung="css",
        shape=shape_of(posts),
        title=dom_title(title) if title is not None else None,
        reasons=(f"CSS mapping posts = {rules.posts}",),
    )


def dom_title(node: LexborNode) -> str | None:
    """The page's title, tidied."""
    return tidy(node.text(deep=True)[:2000]) or None


def _faulty(rules: ExtractRules) -> str:
    blank = LexborHTMLParser("<p>")
    for name in ("posts", "id", "headline", "body", "author", "published", "modified", "link", "media"):
        mapping = getattr(rules, name)
        if mapping is None:
            continue
        selector = mapping if name == "posts" else where(mapping).selector
        try:
            if selector or name == "posts":
                blank.css(selector)
        except (SelectolaxError, UnicodeEncodeError):
            return f"{name} = {mapping[:80]}"
    return "?"


def _post(node: LexborNode, rules: ExtractRules, url: str, anchor: datetime, zone: tzinfo) -> Post:
    pinned = pins.take(node)
    headline = _line(node, rules.headline)
    link = _first(node, rules.link)
    return Post(
        key=key_of(_value(node, rules.id), place_of(url)),
        url=url_of(_value(node, rules.link) or (link.attributes.get("href") if link is not None else None), url),
        headline=headline,
        body=body_of(_body(node, rules.body), headline),
        author=author_of(_line(node, rules.author)),
        published=_time(node, rules.published, anchor, zone),
        modified=_time(node, rules.modified, anchor, zone),
        media=media_of(_media(node, rules), url),
        pinned=pinned,
        found_by="css",
    )


def _first(node: LexborNode, mapping: str | None) -> LexborNode | None:
    if mapping is None:
        return None
    place = where(mapping)
    return node.css_first(place.selector) if place.selector else node


def _value(node: LexborNode, mapping: str | None) -> str | None:
    """The attribute a mapping names, else None for a link (its ``href`` is meant) and the text for the rest."""
    found = _first(node, mapping)
    if found is None or mapping is None:
        return None
    attribute = where(mapping).attribute
    if attribute is not None:
        return found.attributes.get(attribute)
    return None if found.tag == "a" else dom.flat(found)


def _line(node: LexborNode, mapping: str | None) -> str:
    found = _first(node, mapping)
    if found is None or mapping is None:
        return ""
    attribute = where(mapping).attribute
    return tidy((found.attributes.get(attribute) or "")[:2000]) if attribute is not None else dom.flat(found)


def _body(node: LexborNode, mapping: str | None) -> list[str]:
    if mapping is None:
        return dom.paragraphs(node, MAX_BODY_CHARS)
    place = where(mapping)
    nodes = node.css(place.selector) if place.selector else [node]
    if place.attribute is not None:
        return [line for part in nodes if (line := tidy(part.attributes.get(place.attribute) or ""))]
    if len(nodes) == 1:
        return dom.paragraphs(nodes[0], MAX_BODY_CHARS)
    found: list[str] = []
    size = 0
    for part in _outermost(nodes, node.mem_id):
        lines = dom.paragraphs(part, MAX_BODY_CHARS)
        found += lines
        size += sum(map(len, lines))
        if size > MAX_BODY_CHARS:
            break
    return found


def _outermost(nodes: Sequence[LexborNode], end: int) -> list[LexborNode]:
    """Elements that lie in no other of them: a selector may match a quote and its paragraphs, a post in a post."""
    taken: set[int] = set()
    kept: list[LexborNode] = []
    for node in nodes:
        if not _within(node, taken, end):
            kept.append(node)
        taken.add(node.mem_id)
    return kept


def _within(part: LexborNode, taken: set[int], end: int) -> bool:
    """Whether an element lies in one already met; looking up a few levels is enough."""
    above = part.parent
    for _ in range(32):
        if above is None or above.mem_id == end:
            return False
        if above.mem_id in taken:
            return True
        above = above.parent
    return False


def _time(node: LexborNode, mapping: str | None, anchor: datetime, zone: tzinfo) -> Span | None:
    """A machine time beside or below the mapped element, else what its text says."""
    found = _first(node, mapping)
    if found is None or mapping is None:
        return None
    attribute = where(mapping).attribute
    if attribute is not None:
        return time_of(found.attributes.get(attribute), anchor, zone)
    inner = found if found.attributes.get("datetime") else found.css_first("[datetime]") or found
    attributes = inner.attributes
    for name in _TIME_ATTRIBUTES:
        value = attributes.get(name)
        if value and (span := time_of(value, anchor, zone)) is not None:
            return span
    return read(dom.flat(found), anchor, zone)


def _media(node: LexborNode, rules: ExtractRules) -> Sequence[object]:
    if rules.media is None:
        return dom.media(node)
    place = where(rules.media)
    nodes = node.css(place.selector) if place.selector else [node]
    return [part.attributes.get(place.attribute or "src") for part in nodes[:100]]
