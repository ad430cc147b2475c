"""The WordPress Liveblog plugin's REST answers (Automattic/liveblog): ``entries`` of type new, update and delete.

An edit is a new entry that carries the id it replaces: ``timestamp`` is when it was edited, ``entry_time`` when the
post first appeared. A deletion carries the id and no content.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo

from monitor.core.extract import dom
from monitor.core.extract.fields import (
    MAX_POSTS,
    author_of,
    body_of,
    key_of,
    line_of,
    media_of,
    paragraphs_of,
    url_of,
)
from monitor.core.times import read_machine
from monitor.model import Page, Post, Span

Entry = Mapping[str, object]


def is_rest(document: object) -> bool:
    """Whether a JSON document is the plugin's: entries that are rendered and timed (an empty list proves nothing)."""
    entries = document.get("entries") if isinstance(document, dict) else None
    if not isinstance(entries, list) or not entries:
        return False
    return all(
        isinstance(entry, dict) and "id" in entry and ("timestamp" in entry or "entry_time" in entry)
        and ("render" in entry or "content" in entry or entry.get("type") == "delete")
        for entry in entries[:20]
    )  # fmt: skip


def read(document: Mapping[str, object], url: str, zone: tzinfo) -> Page:
    """The posts of an answer in its order: of several entries with one id the latest, deleted ones left out.

    An answer that does not count its ``pages`` holds only what changed in an interval: nothing it lacks has gone
    (``shape`` is ``feed``).
    """
    entries = document.get("entries")
    latest: dict[str, Entry] = {}
    for entry in entries[:MAX_POSTS] if isinstance(entries, list) else []:
        key = key_of(entry.get("id"), "") if isinstance(entry, dict) else None
        if key is not None and (key not in latest or _at(entry) >= _at(latest[key])):
            latest[key] = entry
    posts = [_post(key, entry, url, zone) for key, entry in latest.items() if entry.get("type") != "delete"]
    deleted = len(latest) - len(posts)
    return Page(
        posts=tuple(posts),
        rung="wordpress",
        shape="blog" if "pages" in document else "feed",
        reasons=("WordPress Liveblog entries", *([f"{deleted} deleted left out"] if deleted else [])),
    )


def _at(entry: Entry) -> float:
    value = entry.get("timestamp")
    if isinstance(value, str) and value.isdecimal():
        return float(value[:15])
    return float(value) if isinstance(value, int | float) and abs(value) < 1e15 else 0.0


def _post(key: str, entry: Entry, url: str, zone: tzinfo) -> Post:
    headline = line_of(entry.get("headline") or entry.get("title"))
    raw = entry.get("content") or entry.get("render")
    root = dom.parse(raw) if isinstance(raw, str) and "<img" in raw else None
    return Post(
        key=key,
        url=url_of(entry.get("share_link"), url),
        headline=headline,
        body=body_of(paragraphs_of(raw), headline),
        author=author_of(entry.get("authors")),
        published=_span(entry.get("entry_time") or entry.get("timestamp"), zone),
        modified=_span(entry.get("timestamp"), zone),
        media=media_of(dom.media(root), url) if root is not None else (),
        found_by="wordpress",
    )


def _span(value: object, zone: tzinfo) -> Span | None:
    return read_machine(value, zone) if isinstance(value, str | int | float) else None
