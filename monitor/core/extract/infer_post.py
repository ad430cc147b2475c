"""One member of a repeated structure read as a post. Every rule looks at this member alone, so that what stands
beside it, and how many there are, never changes how it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from selectolax.lexbor import LexborNode

from monitor.core.extract import dom, pins
from monitor.core.extract.fields import MAX_BODY_CHARS, author_of, body_of, key_of, media_of, url_of
from monitor.core.extract.infer_lines import is_button, is_byline, is_counter, is_minute, is_name
from monitor.core.extract.infer_marks import UNREAD, Mark, spans
from monitor.core.extract.infer_structure import Member
from monitor.core.normalize import text as tidy
from monitor.core.times import line_kind, read
from monitor.model import Post, Span

_HEADLINE = 250
_HEAD_LINES = 4
_HEADING = "h1, h2, h3, h4, h5, h6, [role=heading]"
_AUTHOR = "[rel=author], [itemprop=author], address, [class*=byline], [class*=Byline], [class*=author], [class*=Author]"
KEYS = ("id", "data-id", "data-post-id", "data-entry-id", "data-item-id", "data-key", "data-cid", "data-uid", "name")
_EDGE = " :–—-|•·,/\u00a0"


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when the copy was made, and whether the page's machine times tell its posts' times."""

    url: str
    page: str
    anchor: datetime
    zone: tzinfo
    machine: bool = True


def post(member: Member, place: Place) -> Post | None:
    """The post an element holds; None when it says nothing but a time."""
    top = member.nodes[0]
    pinned = any(pins.take(node) for node in member.nodes[:_HEAD_LINES])
    lines = [line for node in member.nodes for line in dom.paragraphs(node, MAX_BODY_CHARS)]
    signed = _author(member.nodes)
    shown = _shown(member.marks)
    lines, labelled = pins.off(lines, lambda line: _without_time(line, shown))
    lines, author = _without_meta(lines, shown, signed)
    headings = [_heading(node) for node in member.nodes[:2]]
    headline, lines = _headline(member.nodes, headings, shown, lines)
    if author is None and lines and is_byline(lines[0]):
        author, lines = author_of(lines[0]), lines[1:]
    elif author is None and len(lines) > 1 and is_byline(lines[-1]):
        author, lines = author_of(lines[-1]), lines[:-1]
    body = body_of(lines, headline)
    if not headline and not body:
        return None
    published, modified = _times(member, place)
    return Post(
        key=_key(top, place.page),
        url=_link(member, headings[0], place),
        headline=headline,
        body=body,
        author=author,
        published=published,
        modified=modified,
        media=media_of([address for node in member.nodes for address in dom.media(node)], place.url),
        pinned=pinned or labelled,
        found_by="structure",
    )


def _times(member: Member, place: Place) -> tuple[Span | None, Span | None]:
    published, modified = spans(member.marks, place.anchor, place.zone, machine=place.machine)
    if published is None or published.kind != "clock":
        return published, modified
    # A clock whose date stands in an element beside it ("22.11." "12:30") is read with that date.
    mark = next((mark for mark in member.marks if not mark.revised and mark.shown == published.text), None)
    above = mark.node.parent if mark is not None else None
    if above is None or above.mem_id == member.nodes[0].mem_id:
        return published, modified
    whole = tidy(above.text(separator=" ")[:200])
    if len(whole) <= 60 and whole != published.text and line_kind(whole) == "absolute":
        return read(whole, place.anchor, place.zone) or published, modified
    return published, modified


def _author(nodes: Sequence[LexborNode]) -> str:
    for node in nodes:
        found = node.css_first(_AUTHOR)
        if found is not None and found.mem_id != node.mem_id and (name := dom.flat(found)) and len(name) <= 120:
            return name
    return ""


def _without_meta(lines: Sequence[str], shown: Mapping[str, bool], signed: str) -> tuple[list[str], str | None]:
    """The lines that are the post's own: without its times, its minute, who signs it, and buttons to share it."""
    kept: list[str] = []
    author = author_of(signed) if signed else None
    for number, whole in enumerate(lines):
        line = whole
        if len(kept) < _HEAD_LINES or number == len(lines) - 1:
            rest = _without_time(whole, shown)
            if rest != whole and len(rest) <= 60 and len(lines) > 2 and (rest == signed or _is_label(rest)):
                author = author or (author_of(rest) if is_name(rest) else None)
                continue
            if not rest or is_minute(rest) or (rest == whole and len(line) <= 60 and line_kind(line) is not None):
                continue
            line = rest
        if line == signed or (len(line) <= 60 and (is_button(line) or is_counter(line) or line in shown)):
            continue
        kept.append(line)
    return kept, author


def _is_label(line: str) -> bool:
    """Whether what stands beside a time is no text: a name, a label in capitals ("KEY EVENT")."""
    return is_name(line) or is_byline(line) or (line.isupper() and len(line) <= 25)


def _shown(marks: Sequence[Mark]) -> dict[str, bool]:
    """The times as they are shown, the longest first, and whether each may be taken off the end of a line too."""
    told = [mark for mark in marks if mark.shown]
    ends = {mark.shown for mark in told[:2] if mark.alone}
    return {text: text in ends for text in sorted({mark.shown for mark in told}, key=len, reverse=True)}


def _without_time(line: str, shown: Mapping[str, bool]) -> str:
    """The line without the times at its ends; elements may touch, so "21:00Ann Lee" begins with a time."""
    for _ in range(3):
        before = line
        for time, ends in shown.items():
            if line == time:
                return ""
            if line.startswith(time) and _part(line[len(time) - 1], line[len(time)]):
                line = line[len(time) :].lstrip(_EDGE)
            elif (
                ends
                and line.endswith(time)
                and _part(line[-len(time) - 1], line[-len(time)])
                and len(line) <= len(time) + 60
            ):
                line = line[: -len(time)].rstrip(_EDGE)
        if line == before:
            break
    return line


def _part(one: str, other: str) -> bool:
    if one.isalpha() and other.isalpha():
        return one.islower() and other.isupper()
    return not (one.isdigit() and other.isdigit())


def _heading(node: LexborNode) -> LexborNode | None:
    return node if node.tag in {"h1", "h2", "h3", "h4", "h5", "h6"} else node.css_first(_HEADING)


def _headline(
    nodes: Sequence[LexborNode],
    headings: Sequence[LexborNode | None],
    shown: Mapping[str, bool],
    lines: list[str],
) -> tuple[str, list[str]]:
    """A heading, else a first line all in bold, else a first line in an element of another kind than what follows."""
    for heading in filter(None, headings):
        line = _without_time(dom.flat(heading), shown)
        for place in range(min(2, len(lines))):
            if line and lines[place] == line:
                return line[:_HEADLINE], [*lines[:place], *lines[place + 1 :]]
    if len(lines) < 2 or len(lines[0]) > _HEADLINE:
        return "", lines
    first = lines[0]
    for node in nodes[:2]:
        bold = node.css_first("strong, b")
        if bold is not None and dom.flat(bold) == first and (first[-1] != "." or len(first) < 80):
            return first, lines[1:]
    if first[-1] not in ".…" and len(nodes) == 1 and _stands_apart(nodes[0], first):
        return first, lines[1:]
    return "", lines


def _stands_apart(node: LexborNode, line: str) -> bool:
    """Whether a first line has an element to itself, and the text after it one of another tag or class."""
    for _ in range(12):
        units = [child for child in node.iter(include_text=True) if _speaks(child)]
        for place, unit in enumerate(units):
            if unit.is_text_node:
                if line.startswith(tidy((unit.text_content or "")[:_HEADLINE])):
                    return False
                continue
            text = dom.flat(unit)
            if text == line and place + 1 < len(units):
                second = units[place + 1]
                return second.is_element_node and _kind(unit) != _kind(second)
            if line in text:
                node = unit
                break
        else:
            return False
    return False


def _speaks(node: LexborNode) -> bool:
    if node.is_text_node:
        return bool((node.text_content or "").strip())
    return node.is_element_node and node.tag not in UNREAD and bool(node.text().strip())


def _kind(node: LexborNode) -> tuple[str | None, str | None]:
    return node.tag, node.attributes.get("class")


def _key(node: LexborNode, page: str) -> str | None:
    attributes = node.attributes
    for name in KEYS:
        if (raw := attributes.get(name)) and (key := key_of(raw, page)) is not None:
            return key
    anchor = node.css_first("a[name], a[id]")
    if anchor is not None and not anchor.text().strip():
        return key_of(anchor.attributes.get("name") or anchor.attributes.get("id"), page)
    inner = node.css_first("article[id], article[data-id], article[data-cid]")
    return _key(inner, page) if inner is not None and inner.mem_id != node.mem_id else None


def _link(member: Member, heading: LexborNode | None, place: Place) -> str | None:
    """The post's own address: what its time or its heading links to, else an anchor on this page."""
    ways = [mark.node for mark in member.marks[:2]]
    if heading is not None:
        ways.append(heading.css_first("a[href]") or heading)
    for way in ways:
        node: LexborNode | None = way
        for _ in range(5):
            if node is None or node.mem_id == member.nodes[0].mem_id:
                break
            if node.tag == "a" and (url := url_of(node.attributes.get("href"), place.url)) is not None:
                return url if url.rstrip("#") != place.url.partition("#")[0] else None
            node = node.parent
    return None
