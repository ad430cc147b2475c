"""What was done to the page against what arrived: nothing missed, nothing false."""

from __future__ import annotations

import statistics
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.demo.newsroom import Deed


@dataclass(frozen=True, slots=True)
class Arrival:
    """A change as it reached a receiver."""

    at: datetime
    type: str
    key: str | None
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Score:
    """Deeds by type, how many were told of, and after how long (seconds)."""

    done: dict[str, int]
    told: dict[str, int]
    delays_s: dict[str, list[float]]
    missed: tuple[Deed, ...]
    false: tuple[Arrival, ...]

    def median_s(self, type_: str) -> float | None:
        delays = self.delays_s.get(type_)
        return statistics.median(delays) if delays else None

    @property
    def clean(self) -> bool:
        return not self.missed and not self.false


def score(deeds: Sequence[Deed], arrivals: Sequence[Arrival]) -> Score:
    """Pair each deed with the next arrival of the same type for the same post, in order."""
    waiting: dict[tuple[str, str | None], deque[Deed]] = defaultdict(deque)
    done: dict[str, int] = defaultdict(int)
    told: dict[str, int] = defaultdict(int)
    delays_s: dict[str, list[float]] = defaultdict(list)
    for deed in deeds:
        waiting[deed.type, deed.key].append(deed)
        done[deed.type] += 1
    false: list[Arrival] = []
    for arrival in sorted(arrivals, key=lambda each: each.at):
        queue = waiting[arrival.type, arrival.key]
        if not queue or not arrival.verified:
            false.append(arrival)
            continue
        deed = queue.popleft()
        told[arrival.type] += 1
        delays_s[arrival.type].append((arrival.at - deed.at).total_seconds())
    missed = tuple(deed for queue in waiting.values() for deed in queue)
    return Score(dict(done), dict(told), dict(delays_s), missed, tuple(false))
