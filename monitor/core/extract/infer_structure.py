"""What a repeated structure is, and how much of it is text of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.core.extract.infer_marks import Mark

ENOUGH = 400
"""Characters beyond which a longer post counts no more."""

_FOLDED = 20_000
_ASIDE = re.compile(
    r"(?:^|[\W_])(?:comments?|kommentare?|commentaires?|comentarios?|commenti|reacties|discussion|disqus|forum|related"
    r"|recommend\w*|teasers?|most-?read|meistgelesen|popular|trending|sidebar|newsletter|promo|sponsored|outbrain|taboola"
    r"|menu|navi?|navigation|breadcrumbs?|footer|key-?events?|scoreboard|standings|fixtures|timeline-nav)(?:$|[\W_])",
    re.IGNORECASE,
)
_NOT_OWN = "script, style, noscript, template, svg, a[href]"
_ASIDE_TAGS = frozenset({"nav", "aside", "footer", "form", "select", "menu"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


@dataclass(frozen=True, slots=True)
class Member:
    """One post as elements: a single one, or a dated one with the siblings that follow it."""

    nodes: tuple[LexborNode, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Structure:
    """The siblings taken for posts: their parents, tag, how many of the like were passed over, how they score."""

    parents: tuple[LexborNode, ...]
    tag: str
    members: tuple[Member, ...]
    passed_over: int
    score: float
    said: int
    """Characters the posts show, of long ones the first ``ENOUGH``."""
    dated: bool
    flat: bool = False
    linked: bool = False
    """Whether what the posts say is mostly links: a list of headlines."""
    machine: bool = True
    """Whether attributes tell the times of posts; not when one value stands on all of them."""


def chars(node: LexborNode) -> int:
    """Characters of all text below an element; white space is folded where there is little enough to look at."""
    text = node.text()
    return len(text) if len(text) > _FOLDED else len(" ".join(text.split()))


def prose(node: LexborNode, marks: Sequence[Mark]) -> tuple[int, int]:
    """Characters of an element that are text of its own, links counting a quarter; and with its links.

    Times and scripts count nothing.
    """
    text = chars(node)
    if text == 0:
        return 0, 0
    hidden = linked = 0
    for part in node.css(_NOT_OWN):
        if part.tag == "a":
            linked += chars(part)
        else:
            hidden += chars(part)
    said = max(0, text - hidden - sum(len(mark.shown) for mark in marks))
    linked = linked if node.tag != "a" else text
    return max(0, said - min(linked, text) * 3 // 4), said


def is_aside(node: LexborNode) -> bool:
    """Whether readable names above a post, or the heading before its list, say it is comments, teasers or a menu."""
    above: LexborNode | None = node
    for depth in range(12):
        if above is None or above.tag in {"body", "main", "html"}:
            return False
        attributes = above.attributes
        names = f"{attributes.get('id') or ''} {attributes.get('class') or ''}" if depth else ""
        if above.tag in _ASIDE_TAGS or (len(names) > 1 and _ASIDE.search(names[:400]) is not None):
            return True
        heading = _heading_before(above)
        if heading is not None and _ASIDE.search(heading.text()[:80]) is not None:
            return True
        above = above.parent
    return False


def _heading_before(node: LexborNode) -> LexborNode | None:
    """The heading among the nearest siblings before an element."""
    before = node.prev
    for _ in range(6):
        if before is None:
            return None
        if before.tag in _HEADINGS:
            return before
        before = before.prev
    return None


def page_chars(tree: LexborHTMLParser) -> int:
    """Characters a page shows."""
    body = tree.body
    if body is None:
        return 0
    hidden = sum(len(" ".join(node.text().split())) for node in body.css("script, style, noscript, template"))
    return max(0, len(" ".join(body.text().split())) - hidden)
