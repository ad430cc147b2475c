"""``python -m benchmarks.accuracy``: measure, print one table of all bars, and hold them against the pinned floors."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence

from rich.console import Console
from rich.progress import Progress as ProgressBar
from rich.table import Table

from benchmarks.accuracy import cells, floors, gate, peers, recordings
from benchmarks.accuracy.bars import Bar
from benchmarks.accuracy.gate import Outcome

SHOWN = 6
"""Examples of what went wrong in a cell, unless all are asked for."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Exit code 1 when a bar is not met or a floor is broken, 2 for wrong usage."""
    asked = _parser().parse_args(arguments)
    if asked.peers:
        print(peers.as_json() if asked.json else peers.as_markdown())
        return 0
    started = time.monotonic()
    try:
        outcome = _measured(asked)
    except KeyError:
        print(
            f"no cell is named {asked.only!r}: try one of {', '.join(c.name for c in cells.every())}", file=sys.stderr
        )
        return 2
    if asked.json:
        _print_json(outcome)
    else:
        _print_table(outcome, time.monotonic() - started, explain=asked.explain)
    if asked.only:
        return 0
    return _judged(asked, outcome.bars)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("--fast", action="store_true", help="a small share of the series: about a minute")
    parser.add_argument("--only", metavar="CELL", help="the cells whose name contains this, e.g. json/absent/kept")
    parser.add_argument("--explain", action="store_true", help="print what went wrong, change by change")
    parser.add_argument("--json", action="store_true", help="one JSON object a line: cells, then bars")
    parser.add_argument("--update", action="store_true", help="pin what was measured as the new floors")
    parser.add_argument("--allow-regression", action="store_true", help="let --update lower floors")
    parser.add_argument("--peers", action="store_true", help="the ten scenarios of the comparison, nothing else")
    return parser


def _measured(asked: argparse.Namespace) -> Outcome:
    with ProgressBar(console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("measuring", total=None)

        def progress(name: str, done: int, total: int) -> None:
            shown.update(task, description=name, completed=done, total=total)

        return gate.run(fast=asked.fast, only=asked.only, progress=progress)


def _judged(asked: argparse.Namespace, bars: Sequence[Bar]) -> int:
    run = "fast" if asked.fast else "full"
    if asked.update:
        sinking = floors.pin(run, bars, allow_regression=asked.allow_regression)
        if sinking:
            print(*(f"floor would sink: {one}" for one in sinking), sep="\n", file=sys.stderr)
            print("nothing pinned: mend detection, or say --allow-regression", file=sys.stderr)
            return 1
        print(f"pinned {len(bars)} floors of the {run} run in {floors.FILE.name}", file=sys.stderr)
    broken = floors.lowered(run, bars)
    print(*(f"below its floor: {one}" for one in broken), sep="\n", end="\n" if broken else "", file=sys.stderr)
    for drift in floors.drifted(run):
        print(f"floors were pinned on something else ({drift}): measure anew with --update", file=sys.stderr)
    # A fast run sees too few events to judge the bars; it guards the floors alone.
    missed = [] if asked.fast else [bar for bar in bars if bar.met is False]
    return 1 if broken or missed else 0


def _print_json(outcome: Outcome) -> None:
    for name, tally in outcome.tallies.items():
        print(json.dumps(cells.row(name, tally)))
    for bar in outcome.bars:
        line = {"bar": bar.name, "value": bar.value, "wanted": bar.bar, "met": bar.met, "note": bar.note}
        print(json.dumps(line, ensure_ascii=False))


def _print_table(outcome: Outcome, took_s: float, *, explain: bool) -> None:
    console = Console(width=None if sys.stdout.isatty() else 180)
    table = Table(title=f"Detection accuracy ({took_s:.0f} s)")
    table.add_column("measured on")
    table.add_column("value", justify="right")
    table.add_column("bar", justify="right")
    table.add_column("met")
    table.add_column("where", overflow="fold")
    for bar in outcome.bars:
        wanted = "–" if bar.bar is None else f"{'≥' if bar.higher_is_better else '≤'} {bar.bar:g}"
        met = {True: "[green]yes[/]", False: "[red]no[/]", None: "–"}[bar.met]
        table.add_row(bar.name, _figure(bar), wanted, met, bar.note)
    console.print(table)
    if explain or len(outcome.tallies) <= 3:
        for tally in outcome.tallies.values():
            wrong = tally.examples if explain else tally.examples[:SHOWN]
            console.print(*wrong, sep="\n", markup=False, highlight=False)
    if not recordings.CORPUS.is_dir():
        console.print(f"bars on recordings skipped: {recordings.ABSENT}")


def _figure(bar: Bar) -> str:
    return f"{bar.value:.4f}" if bar.higher_is_better else f"{bar.value:g}"


if __name__ == "__main__":
    sys.exit(main())
