"""Counters and histograms on their way into the store: made flat here, applied by ``count`` of the scripts' prelude."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

from monitor.adapters.valkey.keys import Keys
from monitor.metrics import HISTOGRAM_BOUNDS_MS


def increments(
    keys: Keys,
    counters: Mapping[str, int],
    timings_ms: Mapping[str, Sequence[float]],
    *,
    per: Sequence[str] = (),
) -> list[str]:
    """Flat (key, field, amount) triples of whole keys.

    ``counters`` go to ``m:c`` and to ``m:<per>`` for each of ``per`` (``src:<source>``, ``dst:<destination>``);
    zeros are left out. ``timings_ms`` go to the histogram hashes ``m:h:<name>``.
    """
    tally = Tally(keys)
    tally.add(counters, {})
    for name, values in timings_ms.items():
        for value in values:
            tally.add({}, {name: value})
    flat = tally.take()
    for one in per:
        key = keys.key("m", one)
        flat += (part for name, amount in counters.items() if amount for part in (key, name, str(amount)))
    return flat


class Tally:
    """Totals summed up in the process, so that many visits cost the store one write a counter."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._counters: defaultdict[str, int] = defaultdict(int)
        self._buckets: dict[str, list[int]] = {}
        self._sums: defaultdict[str, float] = defaultdict(float)

    def add(self, counters: Mapping[str, int], timings_ms: Mapping[str, float]) -> None:
        for name, amount in counters.items():
            self._counters[name] += amount
        for name, value in timings_ms.items():
            buckets = self._buckets.get(name)
            if buckets is None:
                buckets = self._buckets[name] = [0] * (len(HISTOGRAM_BOUNDS_MS) + 1)
            buckets[bisect_left(HISTOGRAM_BOUNDS_MS, value)] += 1
            self._sums[name] += value

    def take(self) -> list[str]:
        """The triples of all that was added since the last call."""
        total = self._keys.key("m", "c")
        flat = [part for name, amount in self._counters.items() if amount for part in (total, name, str(amount))]
        for name, buckets in self._buckets.items():
            key = self._keys.key("m", "h", name)
            for field, amount_text in _histogram(buckets, self._sums[name]):
                flat += (key, field, amount_text)
        self._counters.clear()
        self._buckets.clear()
        self._sums.clear()
        return flat


def _histogram(buckets: Sequence[int], total_ms: float) -> Iterator[tuple[str, str]]:
    """Cumulative buckets ``le_<bound>`` and ``le_inf``, then ``sum`` (ms, three decimals) and ``count``."""
    *within, count = accumulate(buckets)
    if not count:
        return
    for bound, so_far in zip(HISTOGRAM_BOUNDS_MS, within, strict=True):
        if so_far:
            yield f"le_{bound}", str(so_far)
    yield "le_inf", str(count)
    yield "sum", f"{total_ms:.3f}"
    yield "count", str(count)
