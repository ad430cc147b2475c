"""What a measurement came to, and how it is told."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

Figures = dict[str, Any]


def timed(what: str, taken_ms: Sequence[float], bar_ms: float, **more: Any) -> Figures:
    """Median and 95th percentile beside a bar."""
    p95 = percentile(taken_ms, 0.95)
    return {
        "what": what,
        "samples": len(taken_ms),
        "median_ms": round(percentile(taken_ms, 0.5), 2),
        "p95_ms": round(p95, 2),
        **more,
        "bar": f"p95 ≤ {bar_ms:g} ms",
        "met": p95 <= bar_ms,
    }


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that is no less than this share of all (nearest rank)."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def show(found: Sequence[Figures], *, as_json: bool) -> int:
    """Print them: a JSON object each, or a table. Returns the exit code: 1 when a bar is not met."""
    if as_json:
        machine = f"{platform.machine()}, Python {platform.python_version()}"
        for one in found:
            print(json.dumps({"machine": machine, **one}))
    else:
        table = Table("measured", "figures", "bar", "")
        for one in found:
            figures = ", ".join(f"{name} {value}" for name, value in one.items() if name not in {"what", "bar", "met"})
            table.add_row(one["what"], figures, one["bar"], "met" if one["met"] else "MISSED")
        Console().print(table)
    return 0 if all(one["met"] for one in found) else 1
