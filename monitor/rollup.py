"""The rollup row: totals as they are, gauges as they are, and what happened since the row before. Pure.

A reader that only plots (Grafana's Redis source does no arithmetic) gets rates and quantiles ready; it takes every
numeric field of a stream's rows as a series, and a missing one as 0, hence every field in every row.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from monitor.metrics import COUNTERS, GAUGES, HISTOGRAM_BOUNDS_MS, HISTOGRAMS, RATES, ROLLUP_QUANTILES
from monitor.ports.numbers import Figures

_NOTHING = Figures()


def row(now: Figures, before: Figures | None, elapsed_s: float) -> dict[str, float]:
    """The fields of ``metrics.rollup_fields()``, in their order.

    ``before`` are the numbers of the last row, ``elapsed_s`` how long ago it was written. Without them (the first
    row) rates and quantiles are 0; a counter that went back (a store that was emptied) counts from 0.
    """
    fields: dict[str, float] = {one.name: now.counters.get(one.name, 0) for one in COUNTERS}
    fields |= {one.name: now.gauges.get(one.name, 0) for one in GAUGES}
    for name, counters in RATES.items():
        grown = 0.0
        if before is not None and elapsed_s > 0:
            grown = sum(_grown(now.counters, before.counters, one.name) for one in counters) / elapsed_s
        fields[name] = round(grown, 3)
    for one in HISTOGRAMS:
        buckets = now.histograms.get(one.name, {})
        since = (before or _NOTHING).histograms.get(one.name, {})
        fresh = {field: _grown(buckets, since, field) for field in buckets} if before is not None else {}
        for suffix, quantile in ROLLUP_QUANTILES.items():
            fields[f"{one.name}_{suffix}"] = round(quantile_ms(fresh, quantile), 1)
    return fields


def quantile_ms(buckets: Mapping[str, float], quantile: float) -> float:
    """The value below which that share (0..1) of what a histogram has counted lies, in ms; 0 when it is empty.

    ``buckets`` are cumulative, ``le_<bound>`` and ``le_inf``; one that is absent has counted nothing up to its bound.
    Within a bucket values are taken as evenly spread, and beyond the last bound as that bound, as Prometheus does.
    """
    whole = buckets.get("le_inf", 0.0)
    if whole <= 0:
        return 0.0
    rank = quantile * whole
    below_bound, below = 0.0, 0.0
    for bound in HISTOGRAM_BOUNDS_MS:
        within = max(below, buckets.get(f"le_{bound}", 0.0))
        if within >= rank and within > below:
            return below_bound + (bound - below_bound) * max(0.0, rank - below) / (within - below)
        below_bound, below = float(bound), within
    return float(HISTOGRAM_BOUNDS_MS[-1])


def _grown(now: Mapping[str, float], before: Mapping[str, float], name: str) -> float:
    grown = now.get(name, 0) - before.get(name, 0)
    return float(grown if grown >= 0 else now.get(name, 0)) if math.isfinite(grown) else 0.0
