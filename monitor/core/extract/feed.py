"""RSS 2.0 and 1.0, Atom and JSON Feed, strictly parsed; a feed is a window on a list, so nothing absent is removed.

XML is read by expat. Entity declarations are refused before it sees them, so nothing can unfold or be fetched; what
publishers commonly break (bare ampersands, HTML entities, control characters) is mended once.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from xml.etree import ElementTree as ET

from monitor.core.extract import dom
from monitor.core.extract.fields import (
    MAX_BODY_CHARS,
    MAX_POSTS,
    author_of,
    body_of,
    line_of,
    media_of,
    paragraphs_of,
    time_of,
    url_of,
)
from monitor.model import Page, Post, Unreadable

_ROOT = re.compile(r"<(?:rss|feed|(?:\w+:)?RDF)[\s>]")
_MARKUP_ROOT = re.compile(r"<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)")
_NAMED = re.compile(r"&[a-zA-Z][a-zA-Z0-9]{1,31};")
_PROLOG = re.compile(r"^\s*<\?xml[^>]{0,300}\?>")
_TRACKERS = ("feedburner", "/~r/", "/~ff/", "doubleclick", "feedsportal", "pixel", "/beacon", "google-analytics")

_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_DC = "{http://purl.org/dc/elements/1.1/}"
_MEDIA = "{http://search.yahoo.com/mrss/}"
_PLAIN = re.compile(
    r"\{(?:http://www\.w3\.org/(?:2005/Atom|1999/02/22-rdf-syntax-ns#)|http://purl\.org/rss/1\.0/|http://backend\.userland\.com/[^}]*)\}"
)


def is_xml(text: str) -> bool:
    """Whether a text opens as an XML feed does; a page of HTML that mentions one does not."""
    head = text[:4096]
    found = _ROOT.search(head)
    return found is not None and head.lstrip()[:1] == "<" and _MARKUP_ROOT.search(head, 0, found.start()) is None


def is_json(document: object) -> bool:
    """Whether a JSON document is a JSON Feed (jsonfeed.org, versions 1 and 1.1)."""
    version = document.get("version") if isinstance(document, dict) else None
    return isinstance(version, str) and "jsonfeed.org/version/" in version


def read(text: str, url: str, anchor: datetime, zone: tzinfo) -> Page | Unreadable:
    """The posts of an XML feed in feed order; Unreadable when it is cut off, broken or no feed."""
    if "<!ENTITY" in text:
        return Unreadable(reason="the feed declares entities: refused, such a document can unfold without end")
    root = _tree(text)
    if isinstance(root, Unreadable):
        return root
    name = _bare(root.tag)
    channel = root if name == "feed" else next((node for node in root if _bare(node.tag) == "channel"), None)
    if name not in {"rss", "feed", "RDF"} or channel is None:
        return Unreadable(reason=f"the document is XML <{name[:40]}>, not RSS or Atom: check the source's url")
    nodes = [node for node in (root if name == "RDF" else channel) if _bare(node.tag) in {"item", "entry"}]
    base = url_of(_link(channel), url) or url
    posts = tuple(_post(node, base, anchor, zone) for node in nodes[:MAX_POSTS])
    own = _children(channel)
    built = [
        span.latest
        for tag in ("lastBuildDate", "updated", f"{_DC}date")
        if tag in own and (span := time_of(_inner(own[tag]), anchor, zone)) is not None
    ]
    return Page(
        posts=posts,
        rung="feed",
        shape="feed",
        title=line_of(_inner(own.get("title"))) or None,
        summary=line_of(_inner(own.get("description", own.get("subtitle")))) or None,
        built_at=built[0] if built else None,
        reasons=({"rss": "RSS feed", "feed": "Atom feed", "RDF": "RSS 1.0 feed"}[name],),
    )


def _tree(text: str) -> ET.Element | Unreadable:
    # The text is decoded by now: what the prolog says of its encoding no longer holds.
    bare = _PROLOG.sub("", text.encode("utf-8", "replace").decode())
    try:
        return ET.fromstring(bare)  # noqa: S314
    except (ET.ParseError, ValueError):
        mended = _mended(_CONTROL.sub("", bare.lstrip()))
    try:
        return ET.fromstring(mended)  # noqa: S314
    except (ET.ParseError, ValueError) as error:
        return Unreadable(reason=f"the feed is cut off or not well-formed XML ({str(error)[:80]})")


def _mended(xml: str) -> str:
    """Ampersands and HTML entities made XML's, outside CDATA sections."""
    pieces: list[str] = []
    place = 0
    while True:
        start = xml.find("<![CDATA[", place)
        end = xml.find("]]>", start) + 3 if start >= 0 else 0
        if end < 3:
            pieces.append(_AMPERSAND.sub("&amp;", _NAMED.sub(_named, xml[place:])))
            return "".join(pieces)
        pieces += [_AMPERSAND.sub("&amp;", _NAMED.sub(_named, xml[place:start])), xml[start:end]]
        place = end


def _named(entity: re.Match[str]) -> str:
    name = entity[0]
    return name if name in {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"} else html.unescape(name)


def _bare(tag: object) -> str:
    return _PLAIN.sub("", tag) if isinstance(tag, str) else ""


def _children(node: ET.Element) -> dict[str, ET.Element]:
    """The first child of each name; Atom and RSS 1.0 names bare, those of other vocabularies whole."""
    found: dict[str, ET.Element] = {}
    for child in node:
        found.setdefault(_bare(child.tag), child)
    return found


def _inner(node: ET.Element | None) -> str:
    """The text of an element; Atom's ``type="xhtml"`` content as its markup."""
    if node is None:
        return ""
    if len(node) and node.get("type") == "xhtml":
        return _markup(node)
    return (node.text or "") if not len(node) else " ".join(part for part in node.itertext() if part.strip())


def _markup(node: ET.Element) -> str:
    """What an element holds, as HTML; a loop, since a feed may nest deeper than the stack is."""
    pieces = [html.escape(node.text or "")]
    size = 0
    above = [iter(node)]
    opened: list[ET.Element] = []
    while above and size < MAX_BODY_CHARS:
        child = next(above[-1], None)
        if child is not None:
            pieces.append(f"<{child.tag.rpartition('}')[2]}>{html.escape(child.text or '')}")
            above.append(iter(child))
            opened.append(child)
        else:
            above.pop()
            if opened:
                done = opened.pop()
                pieces.append(f"</{done.tag.rpartition('}')[2]}>{html.escape(done.tail or '')}")
        size += len(pieces[-1])
    return "".join(pieces)


def _link(node: ET.Element) -> str | None:
    for child in node:
        if _bare(child.tag) == "link":
            address = child.get("href") if child.get("rel", "alternate") == "alternate" else None
            if address or (child.text and child.text.strip()):
                return address or child.text
    return None


def _post(node: ET.Element, base: str, anchor: datetime, zone: tzinfo) -> Post:
    own = _children(node)
    guid = own.get("guid", own.get("id"))
    key = line_of(_inner(guid)) or node.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about")
    link = url_of(_link(node), base)
    if link is None and guid is not None and guid.get("isPermaLink", "true") == "true":
        link = url_of(key, base) if key and key.startswith("http") else None
    headline = line_of(_inner(own.get("title")))
    raw = next((text for tag in _BODIES if (text := _inner(own.get(tag))).strip()), "")
    published = own.get("pubDate", own.get("published", own.get(f"{_DC}date")))
    author = own.get(f"{_DC}creator", own.get("author"))
    signed = author.findtext("{http://www.w3.org/2005/Atom}name") if author is not None else None
    return Post(
        key=(key or link or "")[:500] or None,
        url=link,
        headline=headline,
        body=body_of(paragraphs_of(raw, wrapped=True), headline),
        author=author_of(signed or _inner(author)),
        published=time_of(_inner(published), anchor, zone),
        modified=time_of(_inner(own.get("updated")), anchor, zone),
        media=media_of(_pictures(node, raw), base),
        found_by="feed",
    )


_BODIES = (_CONTENT, "content", "description", "summary")


def _pictures(node: ET.Element, raw: str) -> list[str]:
    found = [
        child.get("url", "") for child in node if child.tag in {f"{_MEDIA}thumbnail", f"{_MEDIA}content", "enclosure"}
    ]
    for group in node.findall(f"{_MEDIA}group"):
        found += [child.get("url", "") for child in group if child.tag == f"{_MEDIA}content"][:1]
    if "<img" in raw or "<iframe" in raw:
        root = dom.parse(raw)
        found += dom.media(root) if root is not None else []
    return [address for address in found if not any(mark in address for mark in _TRACKERS)]


def read_json(document: Mapping[str, object], url: str, anchor: datetime, zone: tzinfo) -> Page | Unreadable:
    """The posts of a JSON Feed in feed order."""
    entries = document.get("items")
    if not isinstance(entries, list):
        return Unreadable(reason="the JSON Feed has no list of items: check the source's url")
    base = url_of(document.get("home_page_url"), url) or url
    return Page(
        posts=tuple(_json_post(entry, base, anchor, zone) for entry in entries[:MAX_POSTS] if isinstance(entry, dict)),
        rung="feed",
        shape="feed",
        title=line_of(document.get("title")) or None,
        summary=line_of(document.get("description")) or None,
        reasons=("JSON Feed",),
    )


def _json_post(entry: Mapping[str, object], base: str, anchor: datetime, zone: tzinfo) -> Post:
    headline = line_of(entry.get("title"))
    authors = entry.get("authors")
    pictures: Sequence[object] = [entry.get("image")]
    return Post(
        key=line_of(entry.get("id"))[:500] or None,
        url=url_of(entry.get("url"), base),
        headline=headline,
        body=body_of(
            paragraphs_of(entry.get("content_html") or entry.get("content_text") or entry.get("summary")), headline
        ),
        author=author_of(authors if isinstance(authors, list) else entry.get("author")),
        published=time_of(entry.get("date_published"), anchor, zone),
        modified=time_of(entry.get("date_modified"), anchor, zone),
        media=media_of(pictures, base),
        found_by="feed",
    )
