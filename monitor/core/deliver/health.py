"""When a destination is left alone: the numbers of its breaker and of its patience, judged where the state is kept."""

from __future__ import annotations

from dataclasses import dataclass

_HOUR_S = 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The breaker opens after ``in_a_row`` attempts without a connection or with a server's fault, or when
    ``window_share`` of at least ``window_least`` attempts within ``window_s`` were such: for ``open_s`` first, twice
    as long after each probe that fails, at most ``open_most_s``. (Convoy's defaults; one probe closes it.)

    A destination is disabled when nothing has arrived for ``disable_s`` and ``disable_failed`` attempts have failed.
    (Svix: five days.)
    """

    in_a_row: int = 5
    window_share: float = 0.7
    window_least: int = 10
    window_s: float = 300.0
    open_s: float = 30.0
    open_most_s: float = 600.0
    disable_s: float = 120 * _HOUR_S
    disable_failed: int = 10
