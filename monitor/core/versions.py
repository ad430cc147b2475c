"""The texts a post has had, read back from its changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.core.compare import redline
from monitor.model import Change, Redline, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text of a post. ``number`` counts them from 1.

    ``seen_at`` is when a copy first showed it, None where the change that brought it is not known: it was there when
    the watch began, or its record is past its keeping. ``silent`` as the change says. ``is_whole`` is false where only
    a part was kept.
    """

    number: int
    version: Version
    seen_at: datetime | None = None
    change_id: str | None = None
    silent: bool | None = None
    is_whole: bool = True


def texts(history: Iterable[Change]) -> Mapping[int, Text]:
    """The texts that the changes of one post, oldest first, tell of, by number."""
    found: dict[int, Text] = {}
    for change in history:
        if change.post is None:
            continue
        number, was, now = change.post.version, change.before, change.after
        is_new = was is None or (now is not None and was.sha256 != now.sha256)
        if was is not None:
            _take(found, Text(number=number - (is_new and now is not None), version=was, is_whole=not change.truncated))
        if now is not None:
            brought = (
                Text(number=number, version=now, seen_at=change.at, change_id=change.id, silent=change.silent)
                if is_new
                else Text(number=number, version=now)
            )
            _take(found, replace(brought, is_whole=not change.truncated))
    return {number: found[number] for number in sorted(found)}


def between(one: Text, other: Text) -> Mapping[str, Redline]:
    """Field → redline from ``one`` to ``other``, of the fields that differ."""
    old, new = one.version, other.version
    lines = {
        "headline": redline.of_line(old.headline, new.headline),
        "author": redline.of_line(old.author or "", new.author or ""),
        "body": redline.of_paragraphs(old.body, new.body),
    }
    return {field: runs for field, runs in lines.items() if runs}


def _take(found: dict[int, Text], text: Text) -> None:
    """What is known of a text first stands; a whole one takes the place of a part."""
    known = found.get(text.number)
    if text.number < 1 or (known is not None and (known.is_whole or not text.is_whole)):
        return
    found[text.number] = text if known is None else replace(known, version=text.version, is_whole=True)
