"""Detection fed with pages at hand: the way from two pages to changes, without bytes, for runs of a million polls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.core.compare.state import unpack
from monitor.core.detect import conclude, consider
from monitor.model import Change, Page, Post, Snapshot, Source, Version

SOURCE = Source(name="watched", url="https://coast.example/live/watched")


class Watch:
    """One source and all that detection remembers of it."""

    def __init__(self) -> None:
        self._state = unpack(None)
        self._texts: dict[str, Version] = {}

    def look(self, posts: Sequence[Post], fetched_at: datetime, generated_at: datetime | None) -> tuple[Change, ...]:
        """What is told of one more copy of the page."""
        snapshot = Snapshot(
            name=f"{fetched_at:%Y%m%dT%H%M%S%f}",
            url=SOURCE.url,
            sha256="",
            fetched_at=fetched_at,
            generated_at=generated_at,
        )
        page = Page(posts=tuple(posts), rung="shapes")
        found = conclude(consider(SOURCE, self._state, snapshot, page), self._texts)
        self._state = found.state
        for name, version in found.texts.items():
            if version is None:
                self._texts.pop(name, None)
            else:
                self._texts[name] = version
        return found.changes
