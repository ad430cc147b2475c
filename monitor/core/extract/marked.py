"""One post out of its element: the reader that every rung with a DOM shares.

A ``Marking`` says where the fields of a post stand; what is left of the element, once those are taken out, is its
body. The tree is the rung's own and is used up by reading: what was read as a headline, a time or a name is removed
from it, so that no label that ticks is ever taken for text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.core.extract import dom, pins
from monitor.core.extract.fields import (
    MAX_BODY_CHARS,
    MAX_FIELD_CHARS,
    author_of,
    body_of,
    key_of,
    line_of,
    media_of,
    place_of,
    time_of,
    url_of,
)
from monitor.core.normalize import text as tidy
from monitor.core.times import line_kind, read
from monitor.model import Post, Span

_ABOVE = 40
_NEVER_BODY = "button, nav, form, [class*=share], [class*=Share], [class*=social-]"
_QUOTES = frozenset({"blockquote", "figure"})
_PROSE = frozenset({"p", "li", "td", "blockquote", "em", "strong", "a", "span"})
_PROSE_CHARS = 40
_LOOKED_AT = 50
_REMEMBERED = 16_000
_LABEL = re.compile(r'<(?:time|amp-timeago)\b[^>]*?\sdatetime="[0-9]{4}-[0-9]{2}-[0-9]{2}T[^>]*>([^<]*)')
_ANY = datetime(2000, 1, 1, tzinfo=UTC)
_NO_AUTHORS = frozenset({"key event", "breaking"})


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A place below a post: ``selector``, ``selector@attribute`` or ``@attribute`` (of the post's own element)."""

    selector: str
    attribute: str | None


def fields(*places: str) -> tuple[Field, ...]:
    """Places as they are written in a table, best first."""
    cut = [place.partition("@") for place in places]
    return tuple(Field(selector=selector, attribute=attribute or None) for selector, _, attribute in cut)


_HEADINGS = fields("h2", "h3", "h4", "h1", "h5")
_TIMES = fields("time@datetime", "amp-timeago@datetime", "time", "[datetime]@datetime")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Marking:
    """Where the fields of a post stand; of several places the first that holds something counts.

    ``body``: a selector of the elements with the text; "" is all that is left. ``gone``: what is no text of the post.
    """

    key: tuple[Field, ...] = fields("@id")
    link: tuple[Field, ...] = ()
    headline: tuple[Field, ...] = _HEADINGS
    author: tuple[Field, ...] = fields("[rel=author]", "[itemprop=author]", "[class*=byline]", "[class*=author]")
    published: tuple[Field, ...] = _TIMES
    modified: tuple[Field, ...] = fields("footer time@datetime", "footer time", "[itemprop=dateModified]@content")
    body: str = ""
    gone: str = "time, amp-timeago, header, footer"
    signed: bool = False
    """Whether posts may end in a line of name and time that no class or element tells apart."""


MARKING = Marking(signed=True)
"""What most platforms agree on: headings, ``time`` elements, bylines; the rest is text."""


@dataclass(frozen=True, slots=True)
class Place:
    """What the times and links of a page are relative to."""

    url: str
    anchor: datetime
    zone: tzinfo


def post_of(node: LexborNode, marking: Marking, place: Place, found_by: str) -> Post:
    """The post of an element. Removes from the tree what it read.

    Most posts of a changed page are as they were in the copy before: the element's own serialisation is looked up
    first, the label of the time above its text taken out.
    """
    markup = node.html or ""
    if len(markup) <= _REMEMBERED:
        label = _LABEL.search(markup, 0, max(0, markup.find("<p")))
        unticked = markup[: label.start(1)] + markup[label.end(1) :] if label is not None else markup
        if (post := _fixed(unticked, marking, place.url, place.zone, found_by)) is not None:
            return post
    return _post(node, marking, place, found_by)


@lru_cache(maxsize=4096)
def _fixed(markup: str, marking: Marking, url: str, zone: tzinfo, found_by: str) -> Post | None:
    """The post of an element by its markup; None when what it shows depends on when the copy was made."""
    body = LexborHTMLParser(markup).body
    node = body.child if body is not None else None
    if node is None or not markup.startswith(f"<{node.tag}"):
        return None
    post = _post(node, marking, Place(url=url, anchor=_ANY, zone=zone), found_by)
    fixed = all(span is None or span.kind == "machine" for span in (post.published, post.modified))
    return post if fixed and post.published is not None else None


def _post(node: LexborNode, marking: Marking, place: Place, found_by: str) -> Post:
    pinned = pins.take(node)
    shown = _Shown(node)
    published, modified = shown.time(marking.published, place), shown.time(marking.modified, place)
    headline, title = shown.line(marking.headline)
    author, signed = shown.line(marking.author)
    author = "" if author.casefold() in _NO_AUTHORS or pins.is_pin(author) else author
    page = place_of(place.url)
    key = next((key for raw in shown.values(marking.key) if (key := key_of(raw, page))), None)
    link = next((link for raw in shown.values(marking.link) if (link := url_of(raw, place.url))), None)
    for taken in (title, signed):
        if taken is not None and taken.mem_id != node.mem_id:
            taken.decompose()
    _remove(node, marking.gone)
    if marking.signed:
        author = _signature(node) or author
    parts = outermost(node.css(marking.body)) if marking.body else []
    return Post(
        key=key,
        url=link,
        headline=headline,
        body=body_of(_text(parts or [node]), headline),
        author=author_of(author),
        published=published,
        modified=modified,
        media=media_of(dom.media(node), place.url),
        pinned=pinned,
        found_by=found_by,
    )


def title_of(page: LexborHTMLParser) -> str | None:
    """The page's headline: its first ``h1`` with words, else its title."""
    for heading in page.css("h1")[:5]:
        if shown := dom.flat(heading):
            return shown[:MAX_FIELD_CHARS]
    title = page.css_first("title")
    return (tidy(title.text(deep=True)[:MAX_FIELD_CHARS]) or None) if title is not None else None


def outermost(nodes: Sequence[LexborNode]) -> list[LexborNode]:
    """Elements that lie in no other of them, each once, in page order."""
    taken: set[int] = set()
    kept: list[LexborNode] = []
    for node in nodes:
        # A list of selectors gives an element once for each that it meets.
        if node.mem_id in taken:
            continue
        above = node.parent
        for _ in range(_ABOVE):
            if above is None or above.mem_id in taken:
                break
            above = above.parent
        if above is None or above.mem_id not in taken:
            kept.append(node)
            taken.add(node.mem_id)
    return kept


def _remove(node: LexborNode, gone: str) -> None:
    if gone:
        for place, part in enumerate(outermost(node.css(gone))):
            if part.mem_id != node.mem_id and not _is_quoted(part) and (place >= _LOOKED_AT or not _is_prose(part)):
                part.decompose()
    for part in outermost(node.css(_NEVER_BODY)):
        # A class name may say "share" of the whole text; only what holds no paragraph is a tool.
        if part.mem_id != node.mem_id and part.css_first("p") is None:
            part.decompose()


def _is_quoted(part: LexborNode) -> bool:
    """Whether a tweet or a picture signs and dates itself: that belongs to what is quoted."""
    above = part.parent
    return above is not None and above.tag in _QUOTES


def _is_prose(part: LexborNode) -> bool:
    """Whether a time stands in a sentence; a label that ticks never does."""
    above = part.parent
    if part.tag != "time" or above is None or above.tag not in _PROSE:
        return False
    shown = part.text()
    return len(above.text()) > len(shown) + _PROSE_CHARS and line_kind(shown) != "relative"


def _signature(node: LexborNode) -> str:
    """The name beside a time at the end of a post, both taken out; "" when it ends in text."""
    spans = node.css("span")[-2:]
    if not spans or line_kind(dom.flat(spans[-1])) is None:
        return ""
    name = dom.flat(spans[0]) if len(spans) == 2 and spans[0].next is not None else ""
    beside = name if spans[0].next is not None and spans[0].next.mem_id == spans[-1].mem_id else ""
    for span in spans if beside else spans[-1:]:
        span.decompose()
    return beside


def _text(parts: Sequence[LexborNode]) -> list[str]:
    found: list[str] = []
    size = 0
    for part in parts:
        lines = dom.paragraphs(part, MAX_BODY_CHARS)
        found += lines
        size += sum(map(len, lines))
        if size > MAX_BODY_CHARS:
            break
    return found


class _Shown:
    """What an element holds under the places of a marking; each selector is looked for once."""

    __slots__ = ("_attributes", "_found", "_node")

    def __init__(self, node: LexborNode) -> None:
        self._node = node
        self._attributes = node.attributes
        self._found: dict[str, LexborNode | None] = {}

    def _look(self, field: Field) -> tuple[LexborNode | None, str | None]:
        """The element of a place, and its attribute if that is meant."""
        if not field.selector:
            return self._node, self._attributes.get(field.attribute) if field.attribute else None
        if field.selector not in self._found:
            self._found[field.selector] = self._node.css_first(field.selector)
        found = self._found[field.selector]
        return found, found.attributes.get(field.attribute) if found is not None and field.attribute else None

    def values(self, places: Sequence[Field]) -> Iterator[str]:
        """The values of the places that have one, best first."""
        for field in places:
            found, value = self._look(field)
            if found is not None and field.attribute is None:
                value = dom.flat(found)
            if value:
                yield value

    def line(self, places: Sequence[Field]) -> tuple[str, LexborNode | None]:
        """A field of one line, and the element it was read from when that shows it."""
        for field in places:
            found, value = self._look(field)
            if found is not None and field.attribute is None and (shown := dom.flat(found)[:MAX_FIELD_CHARS]):
                return shown, found
            if value and (shown := line_of(value)):
                return shown, None
        return "", None

    def time(self, places: Sequence[Field], place: Place) -> Span | None:
        """The first of the places that is a time."""
        for field in places:
            found, value = self._look(field)
            span = time_of(value, place.anchor, place.zone) if value else None
            if found is not None and field.attribute is None:
                span = read(dom.flat(found)[:MAX_FIELD_CHARS], place.anchor, place.zone)
            if span is not None:
                return span
        return None
