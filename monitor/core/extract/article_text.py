"""What the elements of one article say: its paragraphs, who signs it, when it was published and revised.

Around the text of an article stand captions, buttons to share it, other stories and adverts; above it the byline and
the dates. They are told by their elements, by readable names, and by what their lines say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from selectolax.lexbor import LexborNode

from monitor.core.extract import dom
from monitor.core.extract.fields import author_of, time_of
from monitor.core.extract.infer_lines import is_button, is_byline, is_name
from monitor.core.extract.infer_marks import REVISED
from monitor.core.extract.marked import outermost
from monitor.core.times import line_kind, read
from monitor.model import Span

PROSE_CHARS = 40
"""Characters from which a line is taken for a paragraph of running text."""

_TEXT = "p, h2, h3, h4, ul, ol, blockquote, pre, table"
_BESIDE = "nav, aside, footer, form, button, figcaption, figure p"
_NAMED_BESIDE = ", ".join(
    (
        "article, address, [role=toolbar]",
        *(f"[class*={name} i]" for name in ("related", "newsletter", "promo", "caption", "share", "sharing", "social")),
        *(f"[class*={name} i]" for name in ("byline", "author", "read-more", "readmore", "recommend", "teaser")),
    )
)
_SIGNING = "[rel=author], [itemprop=author]"
_SIGNED = "[class*=byline i], [class*=author i], address"
_TIMES = "time[datetime], [itemprop=datePublished], [itemprop=dateModified]"
_BLOCKS = frozenset({"p", "li", "ul", "ol", "h2", "h3", "h4", "blockquote", "address", "td"})
_ABOVE, _NEAR, _MOST, _HEAD_LINES, _META_CHARS = 60, 4, 500, 6, 120
_ENDED = re.compile(r"[.!?…:][\"'”’»)]*$")
_PROMOTES = re.compile(
    r"(?:read more|read also|read next|also read|see also|related(?: (?:stor(?:y|ies)|articles?|topics?|content"
    r"|coverage|news|links?))?|more on this(?: story)?|more stories|recommended(?: reading)?|watch(?: more)?|listen"
    r"|weiterlesen|mehr dazu|mehr zum thema|lesen sie auch|lire aussi|à lire aussi"
    r"|lea también|leer más|leggi anche|leia também|lees ook)\s?(?:[:|>»–—-].*)?",
    re.IGNORECASE,
)
_TITLED = re.compile(r"(?:by|von|par|por|di|door)\s+([^,]{3,60}),\s[^.]{1,80}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Told:
    """What an article's elements say of it, beside its headline."""

    lines: tuple[str, ...] = ()
    author: str | None = None
    published: Span | None = None
    modified: Span | None = None


def told(container: LexborNode, anchor: datetime, zone: tzinfo) -> Told:
    """Everything that the element with an article's text, and the article around it, say."""
    scope = _scope(container)
    kept, signed = _without_meta(list(_lines(container)), anchor, zone)
    published, modified = _times(scope, anchor, zone)
    return Told(tuple(kept), _author(scope) or signed, published, modified)


def prose_chars(container: LexborNode) -> int:
    """Characters of the running text in an element; 0 below two paragraphs."""
    found = [len(line) for line in _lines(container) if len(line) >= PROSE_CHARS]
    return sum(found) if len(found) > 1 else 0


def _scope(container: LexborNode) -> LexborNode:
    node: LexborNode | None = container
    for _ in range(_ABOVE):
        if node is None:
            break
        if node.tag in {"article", "main"}:
            return node
        node = node.parent
    return container


def _lines(container: LexborNode) -> Iterator[str]:
    beside = _beside(container)
    for node in outermost(container.css(_TEXT)[:5_000]):
        if not _is_in(node, container, beside):
            for line in dom.paragraphs(node):
                if not (len(line) <= PROSE_CHARS and is_button(line)) and not _promotes(node, line):
                    yield line


def _beside(container: LexborNode) -> frozenset[int]:
    """Elements that are none of the text; one that holds half of it is the text, whatever it is called."""
    found = {node.mem_id for node in container.css(_BESIDE)}
    named = container.css(_NAMED_BESIDE)[:_MOST]
    blocks = [block for node in container.css(_SIGNING)[:_MOST] if (block := _block(node)) is not None]
    half = len(container.text()) // 2 if named or blocks else 0
    found |= {node.mem_id for node in named if len(node.text()) < half}
    found |= {node.mem_id for node in blocks if len(node.text()) < min(half, _META_CHARS)}
    return frozenset(found - {container.mem_id})


def _block(node: LexborNode) -> LexborNode | None:
    """The paragraph or list an element stands in, or is."""
    above: LexborNode | None = node
    for _ in range(_NEAR):
        if above is None or above.tag in _BLOCKS:
            return above
        above = above.parent
    return None


def _is_in(node: LexborNode, container: LexborNode, found: frozenset[int]) -> bool:
    above: LexborNode | None = node
    for _ in range(_ABOVE):
        if above is None or above.mem_id == container.mem_id:
            return False
        if above.mem_id in found:
            return True
        above = above.parent
    return False


def _promotes(node: LexborNode, line: str) -> bool:
    """Whether a line sends to other stories: it says so, or it is a link and no sentence."""
    if _PROMOTES.fullmatch(line) is not None:
        return True
    if len(line) > _META_CHARS or _ENDED.search(line) is not None or node.tag in {"blockquote", "pre", "table"}:
        return False
    linked = sum(len(link.text().strip()) for link in node.css("a[href]"))
    return linked > 0 and linked * 10 >= len(node.text().strip()) * 9


def _without_meta(lines: Sequence[str], anchor: datetime, zone: tzinfo) -> tuple[list[str], str | None]:
    """The lines without those at either end that only sign or date the article; and the name they sign with."""
    kept: list[str] = []
    author: str | None = None
    for place, line in enumerate(lines):
        if place < _HEAD_LINES or place == len(lines) - 1:
            if (name := _signature(line)) is not None:
                author = author or name
                continue
            if _is_date(line, anchor, zone):
                continue
        kept.append(line)
    return kept, author


def _signature(line: str) -> str | None:
    """Who signs with a line that does nothing else."""
    if len(line) > _META_CHARS or _ENDED.search(line) is not None:
        return None
    if (titled := _TITLED.fullmatch(line)) is not None and is_name(titled[1]):
        return titled[1]
    return author_of(line) if is_byline(line) else None


def _is_date(line: str, anchor: datetime, zone: tzinfo) -> bool:
    if len(line) > PROSE_CHARS * 2 or _ENDED.search(line) is not None:
        return False
    return line_kind(line) is not None or read(line, anchor, zone) is not None


def _author(scope: LexborNode) -> str | None:
    names = [dom.flat(node) for node in scope.css(_SIGNING)[:20] if _is_own(node, scope)]
    if (author := author_of([name for name in names if 0 < len(name) <= _META_CHARS])) is not None:
        return author
    for node in scope.css(_SIGNED)[:20]:
        if not _is_own(node, scope):
            continue
        linked = [name for link in node.css("a")[:5] if is_name(name := dom.flat(link))]
        lines = linked or dom.paragraphs(node, _META_CHARS * 4)[:_NEAR]
        signing = [name for line in lines if (name := _signature(line) or (line if is_name(line) else ""))]
        if signing:
            return author_of(linked) or signing[0]
    return None


def _is_own(node: LexborNode, scope: LexborNode) -> bool:
    """Whether an element speaks of this article, and not of a teaser or a box in it."""
    above = node.parent
    for _ in range(_ABOVE):
        if above is None or above.mem_id == scope.mem_id:
            return True
        if above.tag in {"article", "aside", "nav"}:
            return False
        above = above.parent
    return True


def _times(scope: LexborNode, anchor: datetime, zone: tzinfo) -> tuple[Span | None, Span | None]:
    """When elements say that the article was published and revised; a date inside a sentence is no such time."""
    published = revised = None
    for node in scope.css(_TIMES)[:50]:
        if not _is_own(node, scope) or _in_sentence(node):
            continue
        attributes = node.attributes
        span = time_of(attributes.get("datetime") or attributes.get("content"), anchor, zone)
        if _says_revised(node):
            revised = revised or span
        else:
            published = published or span
    return published, revised


def _in_sentence(node: LexborNode) -> bool:
    block = _block(node)
    line = dom.flat(block) if block is not None else ""
    return len(line) >= PROSE_CHARS and _ENDED.search(line) is not None


def _says_revised(node: LexborNode) -> bool:
    """Whether a time's property, its class or the word before it tells that it is of a revision."""
    attributes = node.attributes
    named = f"{attributes.get('itemprop') or ''} {attributes.get('class') or ''}".lower()
    if "publi" in named:
        return False
    return (
        "modified" in named or "updated" in named or REVISED.search(f"{_before(node)} {node.text()[:200]}") is not None
    )


def _before(node: LexborNode) -> str:
    """The words right before an element, up to another time."""
    for at in (node, node.parent):
        before = at.prev if at is not None else None
        for _ in range(2):
            if before is None or before.tag == "time":
                break
            if words := ((before.text_content if before.is_text_node else before.text()) or "").strip():
                return words[-80:]
            before = before.prev
        if at is None or at.tag in _BLOCKS:
            break
    return ""
