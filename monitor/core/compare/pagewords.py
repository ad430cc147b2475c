"""The page's own words: its title and summary, and that its coverage has ended."""

from __future__ import annotations

from dataclasses import replace

from monitor.core import normalize
from monitor.core.compare.changes import Scene, of_page
from monitor.core.compare.state import SourceState
from monitor.model import Change, Page, PageRef


def follow(scene: Scene, state: SourceState, page: Page) -> tuple[SourceState, list[Change]]:
    """The state with the page's words as they are now, and what there is to tell of them."""
    changes: list[Change] = []
    fields = [
        name
        for name, old, new in (("title", state.title, page.title), ("summary", state.summary, page.summary))
        if _differ(old, new)
    ]
    now = replace(state, title=page.title or state.title, summary=page.summary or state.summary, closed=page.closed)
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
    return bool(old and new) and normalize.text(old or "") != normalize.text(new or "")
