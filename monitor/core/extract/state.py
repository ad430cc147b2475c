"""Posts in the state a page carries for its scripts: JSON blocks, assignments to ``window``, encoded attributes.

Sites that render in the browser leave little in the markup; what their scripts would show stands in the page as JSON.
It is found by byte search and read as any document of posts is (``lists``).
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, tzinfo
from itertools import islice

import msgspec

from monitor.core.chronology import shape_of
from monitor.core.extract import jsonld, ld, lists
from monitor.model import Page

_MOST, _MOST_TRIED, _LEAST_CHARS = 60, 200, 200
_SCRIPT = re.compile(r"<script\b[^>]{0,1000}>", re.IGNORECASE)
_JSON_TYPE = re.compile(r"application/(?!ld\+)(?:[a-z.+-]{0,40}\+)?json|__NEXT_DATA__", re.IGNORECASE)
_MEMBER, _NAME = r"""(?:\.[\w$]{1,80}|\[["'][^"']{1,80}["']\])""", r"\s[\w$]{1,80}"
_VALUE = r"""\s{0,9}=\s{0,9}(?:(?=[{\[])|JSON\.parse\(\s{0,9}(?=["']))"""
_HOLDERS = {"window": _MEMBER, "self": _MEMBER, "globalThis": _MEMBER, "var": _NAME, "let": _NAME, "const": _NAME}
# Alternatives that each begin with a letter are looked for three times as fast as a group of them.
_ASSIGNED = re.compile("|".join(f"{holder}{name}{_VALUE}" for holder, name in _HOLDERS.items()))
_STREAMED = re.compile(r"""self\.__next_f\.push\(\s*(?=\[\s*1\s*,\s*")""")
_ATTRIBUTE = re.compile(r"""\s[\w:.-]{1,60}=(?:"([\[{](?:&quot;|&#34;|&#x22;)[^"]{200,})"|'([\[{]"[^']{200,})')""")
_ATTRIBUTE_MARKS = ('="{&', '="[&', "='{\"", "='[\"")
_UNDEFINED = re.compile(r"(?<=[:,\[])\s*(?:undefined|NaN|void 0)\s*(?=[,}\]])")
_ROW = re.compile(r"^[0-9a-f]{1,6}:(?=[\[{])", re.MULTILINE)
_LENIENT = json.JSONDecoder(strict=False)


def read(text: str, url: str, anchor: datetime, zone: tzinfo) -> Page | None:
    """The posts of the embedded document that holds the most of them; None when none looks like posts."""
    best: lists.Listed | None = None
    where = ""
    for name, document in _documents(text):
        blogs = ld.find_in_strings(document) if "LiveBlogPosting" in text else []
        if blogs and (page := jsonld.page_of(blogs, url, zone)).posts:
            return replace(page, reasons=(*page.reasons, f"found in embedded state: {name}"))
        found = lists.find(document, url, anchor, zone, "state")
        if found is not None and (best is None or len(found.posts) > len(best.posts)):
            best, where = found, name
    if best is None:
        return None
    shape = shape_of(best.posts) if any(post.published is not None for post in best.posts) else "blog"
    reason = f"{len(best.posts)} posts in embedded JSON state: {where}, {best.path[:120] or 'the document'}"
    return Page(posts=best.posts, rung="state", shape=shape, reasons=(reason,))


def _documents(text: str) -> Iterator[tuple[str, object]]:
    count = 0
    for name, document in _candidates(text):
        if isinstance(document, dict | list) and document:
            count += 1
            yield name, document
        if count >= _MOST:
            return


def _candidates(text: str) -> Iterator[tuple[str, object]]:
    if "json" in text or "__NEXT_DATA__" in text:
        yield from (("a JSON script block", _decoded(block)) for block in _blocks(text))
    for assigned in islice(_ASSIGNED.finditer(text), _MOST_TRIED):
        yield f"{assigned[0].partition('=')[0].strip()[:60]} = …", _literal(text, assigned.end())
    if "__next_f" in text:
        yield from (("streamed state", row) for row in _streamed(text))
    if any(mark in text for mark in _ATTRIBUTE_MARKS):
        for attribute in islice(_ATTRIBUTE.finditer(text), _MOST_TRIED):
            yield "an attribute", _decoded(html.unescape(attribute[1] or attribute[2]))


def _blocks(text: str) -> Iterator[str]:
    """What stands in script elements of a JSON type."""
    place = 0
    while (opening := _SCRIPT.search(text, place)) is not None:
        end = text.find("</script", opening.end())
        if end < 0:
            return
        if end - opening.end() >= _LEAST_CHARS and _JSON_TYPE.search(opening[0]) is not None:
            yield text[opening.end() : end]
        place = end


def _decoded(raw: str) -> object:
    try:
        return msgspec.json.decode(raw)
    except (ValueError, RecursionError):
        return _prefix(raw.strip().removeprefix("<!--"), 0)


def _literal(text: str, start: int) -> object:
    """The value of an assignment: a literal, or a string that holds one."""
    if text[start : start + 1] in "{[":
        return _prefix(text, start)
    if text[start : start + 1] == "'":
        end = text.find("')", start)
        if end < 0:
            return None
        value: object = text[start + 1 : end].replace("\\'", "'").replace('\\"', '"').replace("\\\\", "\\")
    else:
        value = _prefix(text, start)
    return _decoded(value) if isinstance(value, str) else None


def _prefix(text: str, start: int) -> object:
    """The JSON value that begins at a place, whatever follows it; None when none does."""
    try:
        return _LENIENT.raw_decode(text, start)[0]
    except (ValueError, RecursionError):
        end = text.find("</script", start)
        literal = text[start : end if end >= 0 else len(text)]
        if "undefined" not in literal and "NaN" not in literal and "void 0" not in literal:
            return None
    try:
        return _LENIENT.raw_decode(_UNDEFINED.sub("null", literal).lstrip())[0]
    except (ValueError, RecursionError):
        return None


def _streamed(text: str) -> Iterator[object]:
    """Rows of the state that React server components stream: strings pushed one after another, a row a line."""
    pieces: list[str] = []
    for push in islice(_STREAMED.finditer(text), _MOST_TRIED * 5):
        pushed = _prefix(text, push.end())
        if isinstance(pushed, list) and len(pushed) == 2 and isinstance(pushed[1], str):
            pieces.append(pushed[1])
    whole = "".join(pieces)
    for place, row in enumerate(_ROW.finditer(whole)):
        if place >= _MOST * 10:
            return
        yield _prefix(whole, row.end())
