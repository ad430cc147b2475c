"""A source before it is watched: the draft of one, and what one visit to it shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from monitor.core.look import Looked
from monitor.model import Snapshot, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One visit, read as a poll would read it; nothing of it is kept."""

    snapshot: Snapshot
    size: int
    looked: Looked


@dataclass(frozen=True, slots=True)
class Unseen:
    """No posts to show: the visit failed, or the copy must not be believed. One line that says why."""

    reason: str


Previewed = Seen | Unseen

Preview = Callable[[Source], Awaitable[Previewed]]
"""One visit through the guarded connector, in bounded time. Never raises for what a page does."""


Faults = Mapping[str, str]
"""What is wrong with a draft, all at once: key (``poll.min``; "" for the whole) → what is wrong; the cure."""

Draft = Callable[[Mapping[str, object]], Source | Faults]
"""A ``[[source]]`` table's words → the source, by the checks of the configuration file; secrets have no place in it."""
