"""schema.org ``LiveBlogPosting`` in JSON-LD: found by byte search, so that most pages need no DOM at all.

Publishers fill it loosely: the page's date or headline on every post, ids in four places, bodies in HTML, plain or
escaped twice. What is plainly the page's is ignored here, with the reason said on the page.
Where a post's text or time is missing here, ``crosscheck`` takes it from the DOM.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import islice

import msgspec
import xxhash

from monitor.core.extract import dom
from monitor.core.extract.fields import (
    MAX_POSTS,
    author_of,
    body_of,
    key_of,
    line_of,
    media_of,
    paragraphs_of,
    place_of,
    url_of,
)
from monitor.core.extract.ld import Node, document, find, places
from monitor.core.times import read_machine
from monitor.model import Agreement, Page, Post, Span

_ENOUGH = 3
_REMEMBERED = 16_000
_SHORTEST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, eq=False)
class _Context:
    """Where the posts of one blog stand, and which of their fields are plainly the page's own.

    Contexts that are equal are one object (``_context``), so that a post is looked up by it in no time.
    """

    url: str
    places: frozenset[str]
    zone: tzinfo
    headline: str
    image: object
    copied: frozenset[str]


def read(body: bytes, codec: str, url: str, zone: tzinfo) -> Page | None:
    """The page its JSON-LD describes; None when no block holds a LiveBlogPosting, or only teasers of other pages."""
    blogs: list[Node] = []
    outside, end = xxhash.xxh3_64(), 0
    whole = memoryview(body)
    for start, stop in places(body):
        outside.update(whole[end:start])
        end = stop
        block = body[start:stop]
        if b"LiveBlogPosting" in block:
            blogs += find(document(block, codec))
    if not blogs or _is_listing(blogs, url, zone):
        return None
    outside.update(whole[end:])
    page = page_of(blogs, url, zone)
    return replace(page, agreement=page.agreement and replace(page.agreement, outside=outside.digest()))


def _is_listing(blogs: Sequence[Node], url: str, zone: tzinfo) -> bool:
    """Whether several live blogs are named, none of them this page's and none with two dated updates."""
    addresses = {place_of(address) for blog in blogs if isinstance(address := blog.get("url") or blog.get("@id"), str)}
    if len(addresses) < 2 or place_of(url) in addresses:
        return False
    dated = (post for blog in blogs for post in update_posts(blog, url, zone).posts if post.published is not None)
    return sum(1 for _ in islice(dated, 2)) < 2


def page_of(blogs: Sequence[Node], url: str, zone: tzinfo) -> Page:
    """One page of all LiveBlogPosting nodes: the canonical and the AMP copy are merged by the posts' ids."""
    posts: list[Post] = []
    seen: set[str] = set()
    prints: list[bytes] = []
    reasons = [f"JSON-LD LiveBlogPosting ({len(blogs)} of them)" if len(blogs) > 1 else "JSON-LD LiveBlogPosting"]
    for blog in blogs:
        found = update_posts(blog, url, zone)
        added = found.posts
        prints.append(found.print)
        fresh = [post for post in added if post.key is None or post.key not in seen] if seen else added
        if posts and not seen:
            fresh = []
        posts += fresh
        seen.update(post.key for post in fresh if post.key is not None)
        reasons += [reason for reason in found.ignored if reason not in reasons]
    first = blogs[0]
    built = [span.latest for blog in blogs if (span := _time(blog.get("dateModified"), zone)) is not None]
    return Page(
        posts=tuple(posts[:MAX_POSTS]),
        rung="jsonld",
        shape="blog",
        title=line_of(first.get("headline")) or line_of(first.get("name")) or None,
        summary=line_of(first.get("description")) or None,
        built_at=max(built, default=None),
        ends_at=_end(first, zone),
        reasons=tuple(reasons),
        agreement=Agreement(ld=xxhash.xxh3_64_digest(b"".join(prints))),
    )


def _end(blog: Node, zone: tzinfo) -> datetime | None:
    """When coverage ends; None where that is plainly the start, as some software fills it in."""
    start, end = _time(blog.get("coverageStartTime"), zone), _time(blog.get("coverageEndTime"), zone)
    if end is None or (start is not None and end.latest - start.earliest <= _SHORTEST):
        return None
    return end.latest


@dataclass(frozen=True, slots=True)
class _Updates:
    """The posts of one LiveBlogPosting in its order, what was ``ignored`` on them, in words, and a print of all."""

    posts: list[Post]
    ignored: list[str]
    print: bytes = b""


def update_posts(blog: Node, url: str, zone: tzinfo) -> _Updates:
    """The posts of one LiveBlogPosting."""
    updates = blog.get("liveBlogUpdate")
    if isinstance(updates, dict):
        updates = [updates]
    if not isinstance(updates, list):
        return _Updates([], [])
    nodes: list[Node] = [update for update in updates[:MAX_POSTS] if isinstance(update, dict)]
    own = blog.get("url")
    copied, reasons = _copied(blog, nodes, zone)
    places = frozenset({place_of(url), place_of(own) if isinstance(own, str) else ""})
    image = _encoded(blog.get("image"))
    context = _context(url, places, zone, line_of(blog.get("headline")), image or b"null", copied)
    read = [_read(node, context) for node in nodes]
    posts = [post for post, _ in read]
    mark = xxhash.xxh3_64_digest(b"".join([mark for _, mark in read]))
    keys = {post.key for post in posts}
    if len(posts) > 1 and len(keys) == 1 and None not in keys:
        return _Updates([replace(post, key=None) for post in posts], [*reasons, "one id on every post ignored"], mark)
    return _Updates(posts, reasons, mark)


def _copied(blog: Node, nodes: Sequence[Node], zone: tzinfo) -> tuple[frozenset[str], list[str]]:
    """The fields all of three or more posts have from the page: its dates, its bylines (when it has several)."""
    if len(nodes) < _ENOUGH:
        return frozenset(), []
    copied: set[str] = set()
    for name in ("datePublished", "dateModified"):
        first = nodes[0].get(name)
        if first is not None and all(node.get(name) == first for node in nodes):
            mine, page = _time(first, zone), _time(blog.get(name), zone)
            if mine is not None and page is not None and mine.earliest == page.earliest:
                copied.add(name)
    authors = blog.get("author")
    if isinstance(authors, list) and len(authors) > 1 and all(node.get("author") == authors for node in nodes):
        copied.add("author")
    return frozenset(copied), [f"the page's {name} on every post ignored" for name in sorted(copied)]


@lru_cache(maxsize=64)
def _context(
    url: str, places: frozenset[str], zone: tzinfo, headline: str, image: bytes, copied: frozenset[str]
) -> _Context:
    decoded = msgspec.json.decode(image)
    return _Context(url=url, places=places, zone=zone, headline=headline, image=decoded, copied=copied)


def _encoded(value: object) -> bytes | None:
    try:
        return msgspec.json.encode(value)
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None


def _read(update: Node, context: _Context) -> tuple[Post, bytes]:
    """The post of an update and a print of it; most are as they were in the copy before, and are looked up."""
    raw = _encoded(update)
    if raw is None or len(raw) > _REMEMBERED:
        return _post(update, context), xxhash.xxh3_64_digest(raw or b"")
    return _remembered(raw, context)


@lru_cache(maxsize=4096)
def _remembered(raw: bytes, context: _Context) -> tuple[Post, bytes]:
    return _post(msgspec.json.decode(raw), context), xxhash.xxh3_64_digest(raw)


def _post(update: Node, context: _Context) -> Post:
    get, copied, zone = update.get, context.copied, context.zone
    headline = line_of(get("headline") or get("name"))
    if headline == context.headline:
        headline = ""
    raw = get("articleBody") or get("text") or get("description")
    pictures = _pictures(update, context.image)
    if isinstance(raw, str) and "<" in raw:
        pictures += _embeds(raw)
    link = url_of(get("url"), context.url)
    return Post(
        key=_key(update, context.places),
        url=link if link is not None and (_inner(link) or place_of(link) not in context.places) else None,
        headline=headline,
        body=body_of(paragraphs_of(raw), headline),
        author=author_of(get("author")) if "author" not in copied else None,
        published=_time(get("datePublished"), zone) if "datePublished" not in copied else None,
        modified=_time(get("dateModified"), zone) if "dateModified" not in copied else None,
        media=media_of(pictures, context.url) if pictures else (),
        found_by="jsonld",
    )


def _inner(permalink: str) -> bool:
    return "#" in permalink or "?" in permalink


def _embeds(html: str) -> list[object]:
    if "<img" not in html and "<iframe" not in html and "<video" not in html:
        return []
    root = dom.parse(html)
    return list(dom.media(root)) if root is not None else []


def _key(update: Node, places: frozenset[str]) -> str | None:
    page = max(places, key=len)
    for name in ("@id", "url", "identifier", "mainEntityOfPage"):
        raw = update.get(name)
        if isinstance(raw, dict):
            raw = raw.get("@id") or raw.get("value")
        if raw is not None and (key := key_of(raw, page)) is not None and key not in places:
            return key
    return None


def _pictures(update: Node, page_image: object) -> list[object]:
    """Raw addresses of ``image`` and ``video``; the page's own picture on a post says nothing about it."""
    found: list[object] = []
    for name in ("image", "video"):
        value = update.get(name)
        if value is None or value == page_image:
            continue
        parts = value[:10] if isinstance(value, list) else [value]
        found += [_address(part) if isinstance(part, dict) else part for part in parts]
    return found


def _address(node: Node) -> object:
    return node.get("url") or node.get("contentUrl") or node.get("embedUrl")


def _time(value: object, zone: tzinfo) -> Span | None:
    return read_machine(value, zone) if isinstance(value, str | int | float) else None
