"""``python -m benchmarks.delivery``: delay, rate and isolation of delivery, held against their bars."""

from __future__ import annotations

import argparse
import json
import platform
import sys

from rich.console import Console
from rich.table import Table

from benchmarks.delivery.measures import Figures, Measure, isolation, latency, throughput

_MEASURES: dict[str, Measure] = {"latency": latency, "throughput": throughput, "isolation": isolation}


def main() -> int:
    """The command. Exit code 1 when a bar is not met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.delivery", description=__doc__)
    parser.add_argument("measure", nargs="*", choices=[*_MEASURES, []], help="which; all when none is named")
    parser.add_argument("--json", action="store_true", help="one JSON object a measure")
    asked = parser.parse_args()
    shown = Console(stderr=True)
    found: list[Figures] = []
    for name in asked.measure or _MEASURES:
        with shown.status(name) as status:
            found.append(_MEASURES[name](status.update))
        if asked.json:
            print(json.dumps({"machine": f"{platform.machine()}, Python {platform.python_version()}", **found[-1]}))
    if not asked.json:
        _show(found)
    return 0 if all(one["met"] for one in found) else 1


def _show(found: list[Figures]) -> None:
    table = Table("measured", "figures", "bar", "")
    for one in found:
        figures = ", ".join(f"{name} {value}" for name, value in one.items() if name not in {"what", "bar", "met"})
        table.add_row(one["what"], figures, one["bar"], "met" if one["met"] else "MISSED")
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
