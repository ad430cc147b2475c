"""Where an unknown page shows times: elements that carry one for programs, and texts that are nothing but a time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.core.normalize import text as tidy
from monitor.core.times import line_kind, read, read_machine
from monitor.core.times.words import LANGUAGES
from monitor.model import Span

PUBLISHED = (
    "datetime", "data-timestamp", "data-time", "data-published", "data-post-time", "data-date", "data-sort-time",
)  # fmt: skip
MODIFIED = ("data-update-time", "data-last-updated", "data-last-modified-time", "data-updated")
_MACHINE = ", ".join(f"[{name}]" for name in (*PUBLISHED, *MODIFIED))
UNREAD = frozenset(
    "script style noscript template svg math head title iframe object canvas audio video button select textarea".split()  # noqa: SIM905
)
_LONGEST = 60
_MOST = 20_000
# What a text must hold before it is asked what time it says: digits that touch a clock's mark or a word, or a word of
# those that times are told in.
_CLOCKLIKE = re.compile(r"\d[:.hH]\d\d|\d\s?[^\W\d]|[^\W\d]\s?\d|\d[年月日時时点]")
_WORDS = frozenset(
    word for language in LANGUAGES for phrase in (*language.before, *language.after, *language.now)
    for word in phrase.lower().split()
)  # fmt: skip
_read_shown = lru_cache(maxsize=4096)(read)
_read_machine = lru_cache(maxsize=4096)(read_machine)
REVISED = re.compile(
    r"\b(?:up-?dated?|last updated|modified|edited|aktualisiert|mis à jour|actualizado|aggiornato|atualizado|bijgewerkt"
    r"|zuletzt|geändert|uppdaterad|opdateret|oppdatert|zaktualizowano)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Mark:
    """An element that shows a time: what it shows, and what it tells programs ("" for neither)."""

    node: LexborNode
    shown: str
    value: str = ""
    revised: bool = False
    alone: bool = True
    """Whether the element shows nothing but the time."""

    @property
    def machine(self) -> bool:
        return bool(self.value)


def marks(tree: LexborHTMLParser, zone: tzinfo) -> list[Mark]:
    """The times of a page in its order."""
    body = tree.body
    if body is None:
        return []
    found: list[Mark] = []
    told = _told(tree, zone)
    inside: LexborNode | None = None
    for node in body.traverse(include_text=True):
        if node.is_text_node:
            mark = _shown(node)
            if mark is not None and not (inside is not None and _lies_in(mark.node, inside)):
                found.append(mark)
        elif told and (value := told.get(node.mem_id)) is not None:
            found.append(Mark(node, tidy(node.text()[:200]) if node.tag in _OWN else "", *value))
            inside = node if node.tag in _OWN else None
        if len(found) >= _MOST:
            break
    return found


_OWN = frozenset({"time", "abbr", "relative-time", "amp-timeago", "span", "small"})
"""Elements whose text is the time they tell programs; on others the attribute speaks of all they hold."""


def _told(tree: LexborHTMLParser, zone: tzinfo) -> Mapping[int, tuple[str, bool]]:
    """Elements with a readable time in an attribute: the value, and whether it is of a later revision."""
    found: dict[int, tuple[str, bool]] = {}
    for node in tree.css(_MACHINE)[:_MOST]:
        attributes = node.attributes
        for names, revised in ((PUBLISHED, False), (MODIFIED, True)):
            value = next((raw for name in names if (raw := attributes.get(name))), None)
            if value is not None and len(value) <= 64 and _read_machine(value, zone) is not None:
                found[node.mem_id] = (value, revised or _says_revised(node))
                break
    return found


def _says_revised(node: LexborNode) -> bool:
    return node.tag == "time" and REVISED.search(node.text()[:200]) is not None


def _lies_in(node: LexborNode, above: LexborNode) -> bool:
    for _ in range(4):
        if node.mem_id == above.mem_id:
            return True
        parent = node.parent
        if parent is None:
            return False
        node = parent
    return False


def _shown(node: LexborNode) -> Mark | None:
    raw = (node.text_content or "").strip()
    text = _time_in(raw) if 0 < len(raw) <= _LONGEST + 20 else ""
    if not text:
        return None
    parent = node.parent
    if parent is None or parent.tag in UNREAD:
        return None
    around = tidy(parent.text(separator=" ")[: _LONGEST * 4])
    # A time in the middle of a sentence ("delayed by an hour") is no time of the post.
    if len(around) > _LONGEST + 20 and not around.startswith(text):
        return None
    return Mark(parent, text, revised=REVISED.search(text) is not None, alone=around == text)


@lru_cache(maxsize=8192)
def _time_in(raw: str) -> str:
    """A text, tidied, that is nothing but a time; "" for any other. A page repeats most of its short texts."""
    text = tidy(raw) if _may_be_time(raw) else ""
    return text if text and len(text) <= _LONGEST and line_kind(text) is not None else ""


def _may_be_time(raw: str) -> bool:
    if _CLOCKLIKE.search(raw) is not None:
        return True
    return len(raw) <= 40 and not _WORDS.isdisjoint(raw.lower().split())


def spans(found: Sequence[Mark], anchor: datetime, zone: tzinfo, *, machine: bool) -> tuple[Span | None, Span | None]:
    """When a post was published and revised, of all the times it shows: machine times first, then what people read."""
    published = revised = None
    for mark in found:
        span = _read_machine(mark.value, zone) if mark.machine and machine else None
        span = span or (_read_shown(mark.shown, anchor, zone) if mark.shown else None)
        if span is None:
            continue
        if mark.revised:
            revised = revised or span
        elif published is None or (span.kind == "machine" != published.kind):
            published = span
    return (published, revised) if published is not None else (revised, None)
