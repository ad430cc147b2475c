"""When a delivery that did not arrive is tried again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, assert_never

from monitor.model import WEBHOOK_SCHEDULE_S

Kind = Literal["webhook", "slack"]

_WEBHOOK_HORIZON = timedelta(days=5)
"""Answers that do not count as attempts (429 with Retry-After) must not keep a delivery for ever."""
_SLACK_HORIZON = timedelta(hours=24)
_SHORTEST_PAUSE_S, _LONGEST_WISH_S = 1.0, 3_600.0
_SPREAD = 0.2
_SPREAD_PAUSE_S = 1.0


def next_attempt(
    kind: Kind,
    *,
    attempts: int,
    counts: bool,
    tried_at: datetime | None,
    now: datetime,
    after_s: float | None,
    jitter: float,
    schedule_s: Sequence[float] = WEBHOOK_SCHEDULE_S,
) -> float | None:
    """Seconds until the next attempt, None when there is none left and the delivery is dead.

    ``attempts`` counts those made that count, the last one included; ``counts`` says whether the last one does.
    ``tried_at`` is when the first attempt failed, None when that was this one: the end is measured from there, so
    that a backlog which waited for longer than that still gets its attempts. ``after_s`` is the far end's wish
    (Retry-After), of an hour at most: a floor of the schedule's wait, and all there is to the wait after an answer
    that does not count. ``jitter`` is in [0, 1]: a spread of 20 % either way for webhooks, the whole wait for Slack
    (full jitter: AWS, "Exponential backoff and jitter"), up to a second more after an answer that does not count.
    ``schedule_s`` are a webhook's waits after its first, second, … attempt.
    """
    if tried_at is not None and now - tried_at >= _horizon(kind, schedule_s):
        return None
    wish_s = min(after_s or 0.0, _LONGEST_WISH_S)
    if not counts:
        return max(wish_s, _SHORTEST_PAUSE_S) + _SPREAD_PAUSE_S * jitter
    wait_s = _wait_s(kind, max(attempts, 1), jitter, schedule_s)
    return None if wait_s is None else max(wait_s, wish_s)


def _wait_s(kind: Kind, attempts: int, jitter: float, schedule_s: Sequence[float]) -> float | None:
    match kind:
        case "webhook":
            if attempts > len(schedule_s):
                return None
            return schedule_s[attempts - 1] * (1 + _SPREAD * (2 * jitter - 1))
        case "slack":
            return jitter * min(300.0, 2.0 * 2.0 ** min(attempts - 1, 10))
        case _:
            assert_never(kind)


def _horizon(kind: Kind, schedule_s: Sequence[float]) -> timedelta:
    match kind:
        case "webhook":
            return max(_WEBHOOK_HORIZON, timedelta(seconds=sum(schedule_s) * (1 + _SPREAD)))
        case "slack":
            return _SLACK_HORIZON
        case _:
            assert_never(kind)
