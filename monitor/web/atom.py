"""Changes as Atom feeds (RFC 4287): of all sources, of one, of a tag.

Page text stands in a feed as text: escaped as XML, and within the entries' HTML once more.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from aiohttp import web

from monitor.core.deliver.excerpt import excerpt, paragraphs
from monitor.core.deliver.permalinks import permalink
from monitor.core.deliver.saying import evidence, moment, summary, why
from monitor.core.deliver.slack_text import clean
from monitor.model import Change, Redline, Version
from monitor.ports.records import Logged, Wanted
from monitor.web.answers import absolute
from monitor.web.api_words import off_loop, unknown
from monitor.web.conditional import tagged
from monitor.web.parts import web_parts
from monitor.web.routes import Route
from monitor.web.wanted import wanted_of

_ENTRIES: Final = 50
_LONGEST: Final = 4_000
_TYPE: Final = "application/atom+xml; charset=utf-8"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MARKS: Final = {"=": "{}", "-": "<del>{}</del>", "+": "<ins>{}</ins>"}


async def everything(request: web.Request) -> web.Response:
    """The feed of all changes."""
    return await _feed(request, "All changes", wanted_of(request))


async def of_source(request: web.Request) -> web.Response:
    """The feed of one source."""
    name = request.match_info["source"]
    if await off_loop(web_parts(request).sources.standing, name) is None:
        raise unknown("source", name)
    return await _feed(request, name, replace(wanted_of(request), sources=frozenset({name})))


async def of_tag(request: web.Request) -> web.Response:
    """The feed of the sources with a tag."""
    tag = request.match_info["tag"]
    return await _feed(request, tag, replace(wanted_of(request), tag=tag))


async def _feed(request: web.Request, title: str, wanted: Wanted) -> web.Response:
    found = await web_parts(request).records.changes(wanted, _ENTRIES)
    site = absolute(request, "")
    body = feed(found.rows, title=f"Stetwatch: {title}", site=site, path=request.path_qs)
    return tagged(body, _TYPE)


def feed(rows: Sequence[Logged], *, title: str, site: str, path: str) -> bytes:
    """The document; ``path`` is its own address on ``site``."""
    root = Element("feed", {"xmlns": "http://www.w3.org/2005/Atom"})
    _text(root, "title", title)
    _text(root, "id", f"urn:stetwatch:feed:{path}")
    _text(root, "updated", _moment(max((row.change.at for row in rows), default=_EPOCH)))
    SubElement(root, "link", {"rel": "self", "type": "application/atom+xml", "href": _xml(site + path)})
    SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": _xml(site + "/")})
    _text(SubElement(root, "author"), "name", "Stetwatch")
    for row in rows:
        _entry(root, row.change, site)
    document: bytes = tostring(root, "utf-8", xml_declaration=True)
    return document


def _entry(root: Element, change: Change, site: str) -> None:
    entry = SubElement(root, "entry")
    _text(entry, "title", summary(change))
    _text(entry, "id", f"urn:stetwatch:{change.id}")
    _text(entry, "updated", _moment(change.at))
    _text(entry, "published", _moment(change.at))
    _text(SubElement(entry, "author"), "name", change.source.name)
    SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": _xml(permalink(site, change))})
    for term in (change.type, *change.source.tags):
        SubElement(entry, "category", {"term": _xml(term)})
    _text(entry, "content", "".join(_content(change))).set("type", "html")


def _content(change: Change) -> Iterator[str]:
    """The entry's HTML: every text of the page is escaped into it."""
    yield from (f"<p><em>{_html(words)}</em></p>" for words in (why(change), evidence(change)) if words)
    for name, redline in change.redline.items():
        runs, left_out = excerpt(redline, _LONGEST)
        more = f" <em>… and {left_out} more changes</em>" if left_out else ""
        yield f"<p>{'' if name == 'body' else _html(name) + ': '}{_redlined(tuple(runs))}{more}</p>"
    version = change.before if change.type == "post.removed" else change.after
    if version is not None and not change.redline:
        yield f"<p>{_broken(_html(paragraphs(version.body, _LONGEST)))}</p>"
    if change.before is not None and change.after is not None:
        yield from _times(change.before, change.after)
    if change.reason:
        yield f"<p>{_html(change.reason)}</p>"


def _redlined(runs: Redline) -> str:
    return "".join(_MARKS[op].format(_broken(_html(text))) for op, text in runs)


def _broken(text: str) -> str:
    """Line ends as HTML shows them."""
    return text.replace("\n", "<br>")


def _times(before: Version, after: Version) -> Iterator[str]:
    for name in ("published", "modified"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield f"<p>{name}: <del>{_html(moment(old))}</del> <ins>{_html(moment(new))}</ins></p>"


def _html(text: str) -> str:
    return html.escape(clean(text[:_LONGEST]))


def _text(parent: Element, name: str, text: str) -> Element:
    child = SubElement(parent, name)
    child.text = _xml(text)
    return child


def _xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


ROUTES: Final = (
    Route(method="GET", path="/feeds/all.atom", answer=everything, name="feed_all"),
    Route(method="GET", path="/feeds/sources/{source}.atom", answer=of_source, name="feed_source"),
    Route(method="GET", path="/feeds/tags/{tag}.atom", answer=of_tag, name="feed_tag"),
)
