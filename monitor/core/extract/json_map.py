"""A JSON document read by a source's own mapping: JMESPath for the list of posts, and for each field below a post."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from functools import lru_cache

import jmespath
from jmespath.exceptions import JMESPathError

from monitor.core.chronology import shape_of
from monitor.core.extract import dom
from monitor.core.extract.fields import (
    MAX_POSTS,
    author_of,
    body_of,
    key_of,
    line_of,
    media_of,
    paragraphs_of,
    place_of,
    time_of,
    url_of,
)
from monitor.model import ExtractRules, Page, Post, Unreadable

Reader = Callable[[object], object]


@lru_cache(maxsize=1024)
def _reader(expression: str) -> Reader:
    """A function of a value; plain names skip the interpreter, which costs ten times a look-up."""
    if expression.isidentifier():
        return lambda value: value.get(expression) if isinstance(value, dict) else None
    return jmespath.compile(expression).search


def _field(expression: str | None) -> Reader:
    if expression is None:
        return lambda _: None
    search = _reader(expression)

    def read_field(value: object) -> object:
        try:
            return search(value)
        except (JMESPathError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError):
            return None

    return read_field


def read(document: object, rules: ExtractRules, url: str, anchor: datetime, zone: tzinfo) -> Page | Unreadable:
    """The mapped posts in the document's order; Unreadable when the mapping gives no list."""
    if rules.posts is None:
        return Unreadable(
            reason='a json source needs a mapping: set posts in [source.extract] (JMESPath, "[]" for a list)'
        )
    try:
        found = _reader(rules.posts)(document)
        readers = {
            name: _field(getattr(rules, name))
            for name in ("id", "headline", "body", "author", "published", "modified", "link", "media")
        }
    except (JMESPathError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        line = " ".join(str(error).split())[:120]
        return Unreadable(reason=f"the JSON mapping cannot be used: {line}: correct [source.extract]")
    if not isinstance(found, list):
        kind = "nothing" if found is None else type(found).__name__
        return Unreadable(reason=f"posts = {rules.posts!r} found {kind}, not a list: correct it in [source.extract]")
    place = place_of(url)
    posts = tuple(_post(raw, readers, url, place, anchor, zone) for raw in found[:MAX_POSTS] if isinstance(raw, dict))
    if found and not posts:
        return Unreadable(
            reason=f"posts = {rules.posts!r} found a list without objects: correct it in [source.extract]"
        )
    return Page(posts=posts, rung="json", shape=shape_of(posts), reasons=(f"JSON mapping posts = {rules.posts}",))


def _post(raw: object, readers: dict[str, Reader], url: str, place: str, anchor: datetime, zone: tzinfo) -> Post:
    headline = line_of(readers["headline"](raw))
    body = readers["body"](raw)
    return Post(
        key=key_of(readers["id"](raw), place),
        url=url_of(readers["link"](raw), url),
        headline=headline,
        body=body_of(paragraphs_of(body), headline),
        author=author_of(readers["author"](raw)),
        published=time_of(readers["published"](raw), anchor, zone),
        modified=time_of(readers["modified"](raw), anchor, zone),
        media=media_of([*_addresses(readers["media"](raw)), *_embeds(body)], url),
        found_by="json",
    )


def _addresses(value: object) -> Sequence[object]:
    return value[:100] if isinstance(value, list) else [value]


def _embeds(body: object) -> list[str]:
    """Pictures inside HTML bodies."""
    found: list[str] = []
    for part in body[:500] if isinstance(body, list) else [body]:
        if isinstance(part, str) and ("<img" in part or "<iframe" in part) and (root := dom.parse(part)) is not None:
            found += dom.media(root)
    return found
