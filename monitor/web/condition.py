"""How a source fares, in sentences a person can act on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, assert_never

from monitor.ports.sourcing import Condition, PollMark, SourceStanding
from monitor.web.spoken import counted, lasting

CONDITIONS: Final[Mapping[Condition, str]] = {
    "failing": "failing",
    "stalled": "stalled",
    "retrying": "retrying",
    "paused": "paused",
    "closed": "closed",
    "new": "new",
    "healthy": "healthy",
}
"""Every condition, those first that ask for somebody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A condition in words. ``because`` may hold a server's text; ``next`` is what comes, "" for nothing."""

    condition: Condition
    word: str
    since: datetime | None = None
    by: str = ""
    because: str = ""
    next: str = ""


def status(standing: SourceStanding) -> Status:
    """The sentence's parts: *word*, since when, because of what; and what comes next."""
    reason, due = standing.reason, _due(standing)
    match standing.condition:
        case "new":
            return _of(standing, "New", "it was not visited yet", f"The first visit is {due}." if due else "")
        case "healthy":
            return _of(standing, "Healthy", "", f"The next visit is {due}." if due else "")
        case "retrying":
            because = reason or f"the last {counted(standing.failures, 'visit')} failed"
            return _of(standing, "Retrying", because, f"It is tried again {due}." if due else "")
        case "failing":
            because = reason or "its visits fail"
            after = "Nothing is told as removed meanwhile; the last good copy stands."
            return _of(standing, "Failing", because, f"{after} It is tried again {due}." if due else after)
        case "stalled":
            return _of(
                standing, "Stalled", reason or _stalled(standing), "Look whether every role runs: stetwatch status"
            )
        case "paused":
            by = reason.removeprefix("by ") if reason.startswith("by ") else ""
            paused = _of(standing, "Paused", "" if by else reason, "It is not visited until it is resumed.")
            return replace(paused, by=by)
        case "closed":
            return _of(standing, "Closed", "the page says that its coverage ended", "")
        case _:
            assert_never(standing.condition)


def cadence(standing: SourceStanding, polls: Sequence[PollMark]) -> str:
    """How often it is looked at as things are, within which bounds, and what that was learned from."""
    low, high = standing.source.poll_min_s, standing.source.poll_max_s
    bounds = f"{lasting(low)} to {lasting(high)}"
    if standing.interval_s is None:
        return f"Not learned yet; it may be anything from {bounds}."
    every = f"Every {lasting(standing.interval_s)}"
    if standing.interval_s <= low * 1.05:
        where = f"as often as it may (bounds: {bounds})"
    elif standing.interval_s >= high * 0.95:
        where = f"as seldom as it may (bounds: {bounds})"
    else:
        where = f"between its bounds of {bounds}"
    if not polls:
        return f"{every}, {where}."
    changed = sum(poll.outcome == "changed" for poll in polls)
    return f"{every}, {where}: the page was another at {changed} of the last {counted(len(polls), 'visit')}."


def _of(standing: SourceStanding, word: str, because: str, after: str) -> Status:
    return Status(condition=standing.condition, word=word, since=standing.since, because=because, next=after)


def _due(standing: SourceStanding) -> str:
    seconds = standing.due_in_s
    if seconds is None:
        return ""
    if seconds < 0:
        return f"late by {lasting(-seconds)}" if seconds <= -1 else "due now"
    if standing.interval_s is not None and seconds > 1.5 * standing.interval_s + 1:
        return "now"  # further off than it is ever planned: a poller holds the source for its visit
    return f"in {lasting(seconds)}"


def _stalled(standing: SourceStanding) -> str:
    if standing.waiting:
        return f"{counted(standing.waiting, 'copy', 'copies')} fetched, yet no worker came"
    return "it is due, yet no poller came"
