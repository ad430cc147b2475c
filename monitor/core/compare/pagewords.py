"""The page's own words: its title and summary, and that its coverage has ended."""

from __future__ import annotations

import re
from dataclasses import replace

from monitor.core import normalize
from monitor.core.compare.changes import Scene, of_page
from monitor.core.compare.state import SourceState
from monitor.model import Change, Page, PageRef

_TICKING = re.compile(
    r"^\s*[(\[][0-9]{1,4}\+?[)\]]\s*"
    r"|(?<![\w.:])(?:[01]?[0-9]|2[0-3])(?::[0-5][0-9](?::[0-5][0-9])?(?:\s?(?:uhr|[ap]\.?m\b\.?))?|[.h][0-5][0-9]\s?(?:uhr|[ap]m))"
    r"(?![\w:])",
    re.IGNORECASE,
)


def follow(scene: Scene, state: SourceState, page: Page, *, goes_on: bool = False) -> tuple[SourceState, list[Change]]:
    """The state with the page's words as they are now, and what there is to tell of them.

    Coverage that has ended stays so, however its title flaps, until it ``goes_on``: the page has a new post.
    """
    changes: list[Change] = []
    fields = [
        name
        for name, old, new in (("title", state.title, page.title), ("summary", state.summary, page.summary))
        if _differ(old, new)
    ]
    closed = page.closed or (state.closed and not goes_on)
    now = replace(state, title=page.title or state.title, summary=page.summary or state.summary, closed=closed)
    if fields:
        now = replace(now, page_sequence=now.page_sequence + 1)
        words = PageRef(
            title=now.title, summary=now.summary, previous_title=state.title, previous_summary=state.summary
        )
        changes.append(of_page(scene, "page.edited", now.page_sequence, words, fields))
    if page.closed and not state.closed:
        now = replace(now, page_sequence=now.page_sequence + 1)
        words = PageRef(title=now.title, summary=now.summary, successor=page.successor)
        changes.append(of_page(scene, "page.closed", now.page_sequence, words))
    return now, changes


def _differ(old: str | None, new: str | None) -> bool:
    # Words that appear or vanish tell of the template, or of another extraction rung.
    return bool(old and new) and _still(old or "") != _still(new or "")


def _still(words: str) -> str:
    """The words without what ticks by itself: a counter of unread posts before them, the clock."""
    return normalize.text(_TICKING.sub("", normalize.text(words)))
