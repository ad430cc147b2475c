"""The page's own words: its title and summary, and that its coverage has ended."""

from __future__ import annotations

import re
from dataclasses import replace

import xxhash

from monitor.core import normalize
from monitor.core.compare import closing
from monitor.core.compare.changes import Scene, of_page
from monitor.core.compare.state import SourceState
from monitor.model import Change, Page, PageRef

_TICKING = re.compile(
    r"^\s*[(\[][0-9]{1,4}\+?[)\]]\s*"
    r"|(?<![\w.:])(?:[01]?[0-9]|2[0-3])(?::[0-5][0-9](?::[0-5][0-9])?(?:\s?(?:uhr|[ap]\.?m\b\.?))?|[.h][0-5][0-9]\s?(?:uhr|[ap]m))"
    r"(?![\w:])",
    re.IGNORECASE,
)


_NAMES = ("title", "summary")

REMEMBERED = 6
"""How many earlier titles and summaries are known again when a copy goes back to one of them."""


def follow(scene: Scene, state: SourceState, page: Page, *, goes_on: bool = False) -> tuple[SourceState, list[Change]]:
    """The state with the page's words as they are now, and what there is to tell of them.

    Words that go back to earlier ones are held until a newer copy repeats them: caches serve old, new, old, new.
    Coverage that has ended stays so, however its title flaps, until it ``goes_on``: the page has a new post.
    """
    known, shown = (state.title, state.summary), (page.title, page.summary)
    held = [new if _is_held(scene, state, place, new) else None for place, new in enumerate(shown)]
    words = [old if back else new or old for old, new, back in zip(known, shown, held, strict=True)]
    again = held == list(state.held_words) and state.held_since
    now = replace(
        state,
        closed=page.closed or (state.closed and not goes_on),
        held_words=(held[0], held[1]),
        held_since=(again or scene.at) if any(held) else None,
    )
    now, changes = _reworded(scene, now, words[0], words[1])
    if page.closed and not state.closed:
        now, ended = _ended(scene, now, page.successor)
        changes.append(ended)
    return now, changes


def confirm(scene: Scene, state: SourceState) -> tuple[SourceState, list[Change]]:
    """A newer copy, the same as the last one: words that were held are believed, and so is an end that is past."""
    title, summary = state.held_words
    settled = replace(state, held_words=(None, None), held_since=None)
    now, changes = _reworded(scene, settled, title or state.title, summary or state.summary)
    if not closing.is_due(now, scene.made_at):
        return now, changes
    now, ended = _ended(scene, now, None)
    return replace(now, closed=True), [*changes, ended]


def _ended(scene: Scene, state: SourceState, successor: str | None) -> tuple[SourceState, Change]:
    now = replace(state, page_sequence=state.page_sequence + 1)
    words = PageRef(title=now.title, summary=now.summary, successor=successor)
    return now, of_page(scene, "page.closed", now.page_sequence, words)


def in_doubt(state: SourceState) -> bool:
    """Whether a title or a summary awaits a newer copy."""
    return any(state.held_words)


def _reworded(
    scene: Scene, state: SourceState, title: str | None, summary: str | None
) -> tuple[SourceState, list[Change]]:
    pairs = {"title": (state.title, title), "summary": (state.summary, summary)}
    fields = [name for name, (old, new) in pairs.items() if _differ(old, new)]
    now = replace(state, title=title, summary=summary)
    if not fields:
        return now, []
    gone, come = [[_print(name, pairs[name][side] or "") for name in fields] for side in (0, 1)]
    past = (*(old for old in state.past_words if old not in (*gone, *come)), *gone)
    now = replace(now, page_sequence=now.page_sequence + 1, past_words=past[-REMEMBERED:])
    words = PageRef(title=title, summary=summary, previous_title=state.title, previous_summary=state.summary)
    return now, [of_page(scene, "page.edited", now.page_sequence, words, fields)]


def _is_held(scene: Scene, state: SourceState, place: int, new: str | None) -> bool:
    """Whether a title (0) or summary (1) goes back to an earlier one, and no copy before this one had said so."""
    old, waits = (state.title, state.summary)[place], state.held_words[place]
    if new is None or not _differ(old, new) or _print(_NAMES[place], new) not in state.past_words:
        return False
    newer = state.held_since is not None and scene.at > state.held_since
    return not (newer and waits is not None and not _differ(waits, new))


def _print(name: str, words: str) -> bytes:
    return xxhash.xxh3_64_digest(f"{name}\0{_still(words)}".encode("utf-8", "surrogatepass"))


def _differ(old: str | None, new: str | None) -> bool:
    # Words that appear or vanish tell of the template, or of another extraction rung.
    return bool(old and new) and _still(old or "") != _still(new or "")


def _still(words: str) -> str:
    """The words without what ticks by itself: a counter of unread posts before them, the clock."""
    return normalize.text(_TICKING.sub("", normalize.text(words)))
