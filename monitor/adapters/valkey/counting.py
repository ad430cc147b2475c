"""Counters and histograms moved inside scripts: made flat here, applied by ``count`` of ``scripts/prelude.lua``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

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
    totals = [keys.key("m", "c"), *(keys.key("m", one) for one in per)]
    flat: list[str] = []
    for name, amount in counters.items():
        if amount:
            for key in totals:
                flat += (key, name, str(amount))
    for name, values in timings_ms.items():
        key = keys.key("m", "h", name)
        for field, amount_text in _histogram(values):
            flat += (key, field, amount_text)
    return flat


def _histogram(values: Sequence[float]) -> Iterator[tuple[str, str]]:
    """Cumulative buckets ``le_<bound>`` and ``le_inf``, then ``sum`` (ms, three decimals) and ``count``."""
    if not values:
        return
    for bound in HISTOGRAM_BOUNDS_MS:
        within = sum(value <= bound for value in values)
        if within:
            yield f"le_{bound}", str(within)
    yield "le_inf", str(len(values))
    yield "sum", f"{sum(values):.3f}"
    yield "count", str(len(values))
