"""When a delivery that did not arrive is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal, assert_never

Kind = Literal["webhook", "slack"]

_MINUTE, _HOUR = 60.0, 3_600.0
WEBHOOK_SCHEDULE_S = (5.0, 5 * _MINUTE, 30 * _MINUTE, *(h * _HOUR for h in (2, 5, 10, 14, 20, 24)))
"""The example schedule of Standard Webhooks 1.0.0: ten attempts over three days."""

_WEBHOOK_HORIZON = timedelta(days=5)
"""Answers that do not count as attempts (429 with Retry-After) must not keep a delivery for ever."""
_SLACK_HORIZON = timedelta(hours=24)
_LONGEST_WISH_S = _HOUR
_SPREAD = 0.2


def next_attempt(
    kind: Kind, *, attempts: int, first_at: datetime, now: datetime, after_s: float | None, jitter: float
) -> float | None:
    """Seconds until the next attempt, None when there is none left and the delivery is dead.

    ``attempts`` counts those made that count, the last one included. ``after_s`` is the far end's wish
    (Retry-After): a floor, of an hour at most. ``jitter`` is in [-1, 1] for webhooks (spread of 20 %) and in [0, 1]
    for Slack (full jitter: AWS, "Exponential backoff and jitter").
    """
    wait_s = _wait_s(kind, max(attempts, 1), jitter)
    if wait_s is None or now - first_at >= _horizon(kind):
        return None
    return max(wait_s, min(after_s or 0.0, _LONGEST_WISH_S))


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """What a Retry-After header asks for (RFC 9110 §10.2.3: seconds or an HTTP date); None where it says nothing."""
    if not value:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds())


def _wait_s(kind: Kind, attempts: int, jitter: float) -> float | None:
    match kind:
        case "webhook":
            if attempts > len(WEBHOOK_SCHEDULE_S):
                return None
            return WEBHOOK_SCHEDULE_S[attempts - 1] * (1 + _SPREAD * jitter)
        case "slack":
            return jitter * min(300.0, 2.0 * 2.0 ** min(attempts - 1, 10))
        case _:
            assert_never(kind)


def _horizon(kind: Kind) -> timedelta:
    match kind:
        case "webhook":
            return _WEBHOOK_HORIZON
        case "slack":
            return _SLACK_HORIZON
        case _:
            assert_never(kind)
