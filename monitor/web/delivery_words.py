"""How a destination and its deliveries fare, in sentences a person can act on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, assert_never

from monitor.ports.deliveries import AttemptRow, DeliveryRow, DestinationState
from monitor.web.spoken import counted, lasting

Fares = Literal["active", "retrying", "failing", "paused", "disabled"]

_FAILING: Final = 3
"""So many failures in a row are more than a hiccup."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A destination in words. ``because`` may hold the far end's text; ``next`` is what comes, "" for nothing."""

    fares: Fares
    word: str
    since: datetime | None = None
    by: str = ""
    because: str = ""
    next: str = ""


def standing(one: DestinationState, now: datetime) -> Standing:
    """The parts of the sentence: *word* since when, by whom, because of what; and what comes next."""
    match one.state:
        case "paused":
            held = "What comes for it waits, in order, until it is resumed."
            return Standing(fares="paused", word="Paused", since=one.since, by=one.by, because=one.reason, next=held)
        case "disabled":
            held = "What comes for it waits; look at it, then resume it."
            word = "Disabled"
            return Standing(fares="disabled", word=word, since=one.since, by=one.by, because=one.reason, next=held)
        case "active":
            return _active(one, now)
        case _:
            assert_never(one.state)


def breaker(one: DestinationState, now: datetime) -> str:
    """What the circuit breaker does now."""
    match one.breaker:
        case "closed":
            return "closed: everything goes through"
        case "open":
            until = "" if one.breaker_until is None else f" in {lasting((one.breaker_until - now).total_seconds())}"
            return f"open: too much failed; one delivery tries{until}"
        case "half open":
            return "half open: one delivery tries, then all go on or wait again"
        case _:
            assert_never(one.breaker)


def outcome(attempt: AttemptRow) -> str:
    """What came of one attempt."""
    answered = f"HTTP {attempt.status}" if attempt.status is not None else "no answer"
    match attempt.outcome:
        case "delivered":
            return f"arrived ({answered})"
        case "retry":
            return attempt.reason or answered
        case "dead":
            return f"given up: {attempt.reason or answered}"
        case "paused":
            return f"paused: {attempt.reason or answered}"
        case _:
            assert_never(attempt.outcome)


def lately(attempts: Sequence[AttemptRow]) -> str:
    """``18 of the last 20 attempts arrived``."""
    if not attempts:
        return "no attempt yet"
    arrived = sum(one.outcome == "delivered" for one in attempts)
    return f"{arrived} of the last {counted(len(attempts), 'attempt')} arrived"


def waiting(row: DeliveryRow, now: datetime, at: DestinationState) -> str:
    """What a pending delivery waits for at this destination."""
    if row.due_at is None:
        return "behind its post's earlier changes"
    if row.held and row.due_at > now:
        return f"quiet hours end in {lasting((row.due_at - now).total_seconds())}"
    if row.due_at > now:
        return f"next try in {lasting((row.due_at - now).total_seconds())}"
    if at.state != "active":
        return f"{at.name} to be resumed"
    return "its turn is now" if at.breaker == "closed" else "the breaker to close"


def _active(one: DestinationState, now: datetime) -> Standing:
    if one.failing_since is None:
        return Standing(fares="active", word="Fine", next=_wish(one, now))
    because = f"{counted(one.failed, 'attempt')} failed since something last arrived"
    fares: Fares = "failing" if one.failed >= _FAILING or one.breaker != "closed" else "retrying"
    word = "Failing" if fares == "failing" else "Retrying"
    return Standing(fares=fares, word=word, since=one.failing_since, because=because, next=_wish(one, now))


def _wish(one: DestinationState, now: datetime) -> str:
    if one.wish_until is None or one.wish_until <= now:
        return ""
    return f"It asked for a rest: nothing is sent for {lasting((one.wish_until - now).total_seconds())}."
