"""From one copy of a page to its posts: undo the coding, find the charset, take the rung that fits.

The configured format is taken at its word. With ``auto`` the first rung that reads the page wins, surest first:
JSON-LD by byte search (its gaps filled from the DOM), JSON documents, feeds, text captures, AMP live lists, known
shapes, embedded state, repeated structure, and one plain article as one post. A page cut off or a wall with status
200 is told as such, never read. Nothing a page holds makes this raise.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

import msgspec
from selectolax.lexbor import LexborHTMLParser

from monitor.core.chronology import shape_of
from monitor.core.extract import (
    agreement,
    amp,
    article,
    capture,
    crosscheck,
    css_map,
    decode,
    dom,
    feed,
    infer,
    json_map,
    jsonld,
    ld,
    lists,
    shapes,
    state,
    walls,
    wordpress,
)
from monitor.core.extract.marked import Place, title_of
from monitor.core.times import zone_of
from monitor.model import Agreement, Extraction, ExtractRules, Page, Post, Snapshot, Source, Unreadable

_TEXT_TYPES = ("text/plain",)


@dataclass(frozen=True, slots=True)
class _Copy:
    """A body ready to be read, and what its times and links are relative to."""

    body: bytes
    codec: str
    content_type: str
    name: str
    url: str
    anchor: datetime
    zone: tzinfo
    rules: ExtractRules
    snapshot: Snapshot
    source: Source
    known: Agreement | None = None

    @property
    def first(self) -> bytes:
        """The first byte that says something."""
        return self.body[:64].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:1]

    @property
    def html(self) -> bytes:
        """The body in UTF-8."""
        return self.body if self.codec == "utf-8" else self.text.encode("utf-8", "replace")

    @property
    def place(self) -> Place:
        return Place(url=self.url, anchor=self.anchor, zone=self.zone)

    @property
    def text(self) -> str:
        return decode.decoded(self.body, self.codec)


def extract(body: bytes, snapshot: Snapshot, source: Source, known: Agreement | None = None) -> Extraction:
    """The posts of a snapshot as its source says they are found.

    Args:
        body: the bytes as received, in the snapshot's content coding.
        snapshot: gives the coding, the type, the address links are relative to, and the anchor of relative times
            (``generated_at``, else ``fetched_at``).
        source: gives the extraction rules and the zone of times that carry none.
        known: what the copy before taught of JSON-LD and the DOM; without it both are read.

    Returns:
        A Page, whose ``posts`` may be empty when a mapping, a feed or a LiveBlogPosting validly is; or Unreadable
        with one line that says what is wrong and what to do. Never raises for what the bytes hold.
    """
    plain = decode.uncoded(body, snapshot.encoding)
    if isinstance(plain, Unreadable):
        return plain
    if not plain.strip():
        return Unreadable(reason="the body is empty: the server sent no page")
    copy = _Copy(
        body=plain,
        codec=decode.charset(plain, snapshot.content_type),
        content_type=snapshot.content_type.partition(";")[0].strip().lower(),
        name=snapshot.name.removesuffix(".gz"),
        url=snapshot.url,
        anchor=snapshot.generated_at or snapshot.fetched_at,
        zone=zone_of(source.timezone),
        rules=source.extract,
        snapshot=snapshot,
        source=source,
        known=known,
    )
    if copy.first == b"<" and (cut := walls.truncated(plain)) is not None:
        return Unreadable(reason=cut)
    return _read(copy)


def _read(copy: _Copy) -> Extraction:
    match copy.rules.format:
        case "jsonld":
            return _jsonld(copy) or Unreadable(reason=f"no LiveBlogPosting in JSON-LD{_seen(copy)}: check the url")
        case "feed":
            return _feed(copy)
        case "json":
            return _json(copy)
        case "css":
            return _css(copy)
        case "text":
            return capture.read_text(copy.text, copy.anchor, copy.zone)
        case "amp" | "article":
            return _html(copy)
        case "auto":
            return _auto(copy)


def _auto(copy: _Copy) -> Extraction:
    if (page := _jsonld(copy)) is not None:
        return page
    if copy.first in {b"{", b"["}:
        return _any_json(copy)
    if copy.first == b"<" and feed.is_xml(copy.text):
        return feed.read(copy.text, copy.url, copy.anchor, copy.zone)
    if copy.content_type in _TEXT_TYPES or (copy.first != b"<" and copy.name.endswith(".txt")):
        return capture.read_text(copy.text, copy.anchor, copy.zone)
    if b"<" not in copy.body:
        return Unreadable(
            reason=f"no posts found{_seen(copy)}: no page, feed or time lines; configure [source.extract]"
        )
    return _html(copy)


def _any_json(copy: _Copy) -> Extraction:
    """A JSON document without a mapping: a feed, the WordPress plugin's answer, or one clear list of posts."""
    document = _document(copy)
    if isinstance(document, Unreadable):
        return document
    if isinstance(document, dict) and feed.is_json(document):
        return feed.read_json(document, copy.url, copy.anchor, copy.zone)
    if isinstance(document, dict) and wordpress.is_rest(document):
        return wordpress.read(document, copy.url, copy.zone)
    found = lists.find(document, copy.url, copy.anchor, copy.zone, "json", titles=True)
    if found is None:
        return Unreadable(
            reason='the page is JSON without a mapping or clear list of posts: set format = "json" in [source.extract]'
        )
    reason = f"{len(found.posts)} objects that look like posts, at {found.path[:120] or 'the top'}"
    return Page(posts=found.posts, rung="json", shape=shape_of(found.posts), reasons=(reason,))


def _html(copy: _Copy) -> Extraction:
    """The rungs that read a DOM, as the format says or one after another."""
    html = copy.html
    tree = dom.parse_page(html)
    if tree is None:
        return Unreadable(reason=f"the HTML nests more than {dom.MAX_DEPTH} elements deep: not a page, left unread")
    match copy.rules.format:
        case "article":
            found = article.read(tree, html, "utf-8", copy.place)
            return found or Unreadable(reason="no article of two paragraphs found: check the url and the format")
        case "amp":
            found = amp.read(tree, copy.place)
            return found or Unreadable(reason="the page has no amp-live-list: check the url and the format")
        case _:
            return _marked(copy, tree, html) or _unmarked(copy, html)


def _marked(copy: _Copy, tree: LexborHTMLParser, html: bytes) -> Page | None:
    """A live list or a known shape. Reading uses the tree up."""
    if amp.MARK in html and (page := amp.read(tree, copy.place)) is not None:
        return page
    return shapes.read(tree, copy.place)


def _unmarked(copy: _Copy, html: bytes) -> Extraction:
    """A page that does not say what it is: a wall, embedded state, a repeated structure, an article."""
    tree = dom.parse_page(html)
    if tree is None:
        return Unreadable(reason="the HTML could not be read twice")
    if (wall := walls.wall(tree, html)) is not None:
        return Unreadable(reason=wall)
    if (page := state.read(copy.text, copy.url, copy.anchor, copy.zone)) is not None:
        return page if page.title is not None else replace(page, title=title_of(tree))
    inferred = infer.read(tree, copy.snapshot, copy.source)
    if isinstance(inferred, Page):
        return inferred
    if (live := article.looks_live(tree, html, copy.url)) is not None:
        return Unreadable(reason=f"{inferred.reason} (no article either: {live})")
    return article.read(tree, html, "utf-8", copy.place) or inferred


def _seen(copy: _Copy) -> str:
    return f" ({copy.content_type})" if copy.content_type else ""


def _jsonld(copy: _Copy) -> Page | None:
    if copy.codec.startswith("utf-16"):
        page = jsonld.read(copy.html, "utf-8", copy.url, copy.zone)
    else:
        page = jsonld.read(copy.body, copy.codec, copy.url, copy.zone)
    if page is None and b"LiveBlogPosting" in copy.body[:2048] and copy.first in {b"{", b"["}:
        blogs = ld.find(_document(copy))
        return jsonld.page_of(blogs, copy.url, copy.zone) if blogs else None
    if page is None or page.agreement is None or copy.first != b"<":
        return page
    now, due = agreement.asked(copy.known, page.agreement, copy.body)
    page = replace(page, agreement=now)
    if not page.posts or not (due or crosscheck.wanted(page)):
        return page
    return _beside_dom(copy, page, now)


def _beside_dom(copy: _Copy, page: Page, now: Agreement) -> Page:
    """What JSON-LD and the DOM tell together, and what this teaches of the two."""
    html = copy.html
    tree = dom.parse_page(html)

    def inferred() -> tuple[Post, ...]:
        again = dom.parse_page(html)
        found = infer.read(again, copy.snapshot, copy.source) if again is not None else None
        return found.posts if isinstance(found, Page) else ()

    checked = crosscheck.checked(page, tree, html, copy.place, inferred) if tree is not None else None
    if checked is None:
        return replace(page, agreement=agreement.answered(now, agrees=None))
    agrees = checked.agreement.agrees if checked.agreement is not None else None
    return replace(checked, agreement=agreement.answered(now, agrees=agrees))


def _feed(copy: _Copy) -> Extraction:
    if copy.body.lstrip()[:1] in {b"{", b"["}:
        document = _document(copy)
        if isinstance(document, Unreadable):
            return document
        if isinstance(document, dict) and feed.is_json(document):
            return feed.read_json(document, copy.url, copy.anchor, copy.zone)
        return Unreadable(reason="the document is JSON and no JSON Feed: check the source's url and format")
    return feed.read(copy.text, copy.url, copy.anchor, copy.zone)


def _json(copy: _Copy) -> Extraction:
    document = _document(copy)
    if isinstance(document, Unreadable):
        return document
    return json_map.read(document, copy.rules, copy.url, copy.anchor, copy.zone)


def _document(copy: _Copy) -> object:
    """The decoded JSON document, or Unreadable."""
    try:
        if copy.codec == "utf-8":
            return msgspec.json.decode(copy.body.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):
        pass  # control characters and broken bytes inside strings are worth a second, lenient look
    text = copy.text
    try:
        return json.loads(text, strict=False)
    except RecursionError:
        return Unreadable(reason="the JSON nests too deep to be a list of posts")
    except ValueError as error:
        if text.lstrip()[:1] == "<":
            return Unreadable(reason="HTML where JSON was expected: the server sent a page (an error, a login?)")
        return Unreadable(reason=f"the body is no valid JSON ({str(error)[:80]}): cut off, or not the API's address")


def _css(copy: _Copy) -> Extraction:
    first = copy.body.lstrip()[:1]
    if first != b"<" and b"<" not in copy.body:
        return Unreadable(reason="the body holds no HTML: check the source's url")
    page = dom.parse_page(copy.html)
    if page is None:
        return Unreadable(reason=f"the HTML nests more than {dom.MAX_DEPTH} elements deep: not a page, left unread")
    return css_map.read_page(page, copy.rules, copy.url, copy.anchor, copy.zone)
