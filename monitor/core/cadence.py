"""When to poll a source next.

To keep the delay of detection low for a number of visits, a page is visited in proportion to the square root of its
rate of change (minimise Σ λᵢτᵢ/2 under Σ 1/τᵢ = const). The rate is a decayed count of the changes seen, pulled
towards a prior: three numbers a page, and the fast pages are found again within minutes of waking up.
"""

from __future__ import annotations

import math
from datetime import datetime

from monitor.core.freshness import RETRY_AFTER_MAX_S
from monitor.model import Source

MEMORY_S = 20 * 60.0
"""T: after this long without changes a count has decayed to 1/e."""

PRIOR_PER_H = 0.5
PRIOR_WEIGHT = 0.3
"""A page nobody has seen change yet counts as ``PRIOR_WEIGHT`` changes at ``PRIOR_PER_H``."""

REFERENCE_PER_H = 30.0
"""A page with this many changes an hour is visited every ``poll_min_s``."""

JITTER = 0.1


def warmed(heat: float, heat_at: datetime | None, fresh: int, now: datetime) -> float:
    """The decayed count of changes at ``now``: what is left of ``heat``, and ``fresh`` changes seen now."""
    if heat_at is None:
        return max(0.0, heat) + fresh
    passed_s = max(0.0, (now - heat_at).total_seconds())
    return max(0.0, heat) * math.exp(-passed_s / MEMORY_S) + fresh


def rate_per_h(heat: float, watched_s: float = math.inf) -> float:
    """Changes an hour, estimated from a decayed count ``heat`` over ``watched_s`` seconds of watching.

    λ = (S + a) / (T(1 − e^(−t/T)) + a/prior), always above 0.
    """
    window_h = MEMORY_S * -math.expm1(-watched_s / MEMORY_S) / 3600
    return (heat + PRIOR_WEIGHT) / (window_h + PRIOR_WEIGHT / PRIOR_PER_H)


def next_in_s(
    *,
    source: Source,
    heat: float,
    heat_at: datetime | None,
    failures: int,
    expires_in_s: float | None,
    retry_after_s: float | None,
    now: datetime,
    jitter: float,
) -> float:
    """Seconds until the next visit, within [``poll_min_s``, ``poll_max_s``]; only ``Retry-After`` may ask for more.

    ``failures`` in a row double the pause from the minimum on. Where a cache serves copies that expire within
    ``poll_max_s``, no visit is made before: it would see the same copy. ``jitter`` in [−1, 1] moves the visit by up
    to a tenth, so that sources added together do not stay in step.
    """
    low_s, high_s = source.poll_min_s, source.poll_max_s
    if failures > 0:
        pause_s = low_s * 2.0 ** min(failures - 1, 60)
    else:
        pause_s = low_s * math.sqrt(REFERENCE_PER_H / rate_per_h(warmed(heat, heat_at, 0, now)))
    pause_s = _within(pause_s, low_s, high_s) * (1 + JITTER * jitter)
    if failures == 0 and expires_in_s is not None and expires_in_s <= high_s:
        pause_s = max(pause_s, expires_in_s)
    pause_s = _within(pause_s, low_s, high_s)
    return max(pause_s, min(retry_after_s or 0.0, RETRY_AFTER_MAX_S))


def _within(value: float, low: float, high: float) -> float:
    return max(low, min(value, high))
