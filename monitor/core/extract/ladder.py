"""From one copy of a page to its posts: undo the coding, find the charset, take the rung that fits.

The configured format is taken at its word. With ``auto`` the first rung that reads the page wins: JSON-LD by byte
search, a feed by its first tag, a text capture by its type. Nothing a page holds makes this raise.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, tzinfo

import msgspec

from monitor.core.extract import capture, css_map, decode, dom, feed, json_map, jsonld
from monitor.core.times import zone_of
from monitor.model import Extraction, ExtractRules, Page, Snapshot, Source, Unreadable

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

    @property
    def text(self) -> str:
        return decode.decoded(self.body, self.codec)


def extract(body: bytes, snapshot: Snapshot, source: Source) -> Extraction:
    """The posts of a snapshot as its source says they are found.

    Args:
        body: the bytes as received, in the snapshot's content coding.
        snapshot: gives the coding, the type, the address links are relative to, and the anchor of relative times
            (``generated_at``, else ``fetched_at``).
        source: gives the extraction rules and the zone of times that carry none.

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
    )
    match source.extract.format:
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
        case "auto" | "amp" | "article":
            return _auto(copy)


def _auto(copy: _Copy) -> Extraction:
    first = copy.body[:64].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:1]
    if (page := _jsonld(copy)) is not None:
        return page
    if first in {b"{", b"["}:
        document = _document(copy)
        if feed.is_json(document) and isinstance(document, dict):
            return feed.read_json(document, copy.url, copy.anchor, copy.zone)
        if not isinstance(document, Unreadable):
            return Unreadable(reason='the page is JSON without a mapping: set format = "json" in [source.extract]')
    text = copy.text
    if first == b"<" and feed.is_xml(text):
        return feed.read(text, copy.url, copy.anchor, copy.zone)
    if copy.content_type in _TEXT_TYPES or (first != b"<" and copy.name.endswith(".txt")):
        return capture.read_text(text, copy.anchor, copy.zone)
    return Unreadable(reason=f"no posts found{_seen(copy)}: no JSON-LD, feed or time lines; configure [source.extract]")


def _seen(copy: _Copy) -> str:
    return f" ({copy.content_type})" if copy.content_type else ""


def _jsonld(copy: _Copy) -> Page | None:
    if copy.codec.startswith("utf-16"):
        return jsonld.read(copy.text.encode("utf-8", "replace"), "utf-8", copy.url, copy.zone)
    page = jsonld.read(copy.body, copy.codec, copy.url, copy.zone)
    if page is None and b"LiveBlogPosting" in copy.body[:2048] and copy.body.lstrip()[:1] in {b"{", b"["}:
        blogs = jsonld.find(_document(copy))
        return jsonld.page_of(blogs, copy.url, copy.zone) if blogs else None
    return page


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
    html = copy.body if copy.codec == "utf-8" else copy.text.encode("utf-8", "replace")
    page = dom.parse_page(html)
    if page is None:
        return Unreadable(reason=f"the HTML nests more than {dom.MAX_DEPTH} elements deep: not a page, left unread")
    return css_map.read_page(page, copy.rules, copy.url, copy.anchor, copy.zone)
