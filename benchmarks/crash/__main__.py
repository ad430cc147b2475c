"""``python -m benchmarks.crash``: kill everything again and again; nothing lost, nothing out of order."""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import sys
from dataclasses import asdict

from rich.console import Console
from rich.progress import Progress as ProgressBar
from rich.table import Table

from benchmarks.crash.siege import DESTINATIONS, Outcome, Plan, run
from benchmarks.crash.verdict import DUPLICATES


def main() -> int:
    """The command. Exit code 1 when the bar is not met."""
    asked = _parser().parse_args()
    plan = Plan(changes=asked.changes, kills=asked.kills, server_kills=asked.server_kills, seed=asked.seed)
    with ProgressBar(console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("starting", total=plan.changes)

        def progress(name: str, done: int, whole: int) -> None:
            shown.update(task, description=name, completed=done, total=whole)

        outcome = asyncio.run(run(plan, progress))
    if asked.json:
        print(json.dumps(_figures(plan, outcome)))
    else:
        _show(plan, outcome)
    return 0 if outcome.finished and outcome.verdict.met else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crash", description=__doc__)
    parser.add_argument("--changes", type=int, default=10_000, help="changes to be committed (default: %(default)s)")
    parser.add_argument("--kills", type=int, default=60, help="SIGKILLs of roles, by turns (default: %(default)s)")
    parser.add_argument("--server-kills", type=int, default=3, help="SIGKILLs of the store (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the pages and the faults (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    return parser


def _figures(plan: Plan, outcome: Outcome) -> dict[str, object]:
    verdict = outcome.verdict
    return {
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "seed": plan.seed,
        "destinations": len(DESTINATIONS),
        **asdict(verdict),
        "duplicate_share": round(verdict.duplicate_share, 4),
        "faults": asdict(outcome.faults),
        "kills": outcome.kills,
        "duration_s": round(outcome.duration_s, 1),
        "finished": outcome.finished,
        "met": outcome.finished and verdict.met,
    }


def _show(plan: Plan, outcome: Outcome) -> None:
    verdict, faults = outcome.verdict, outcome.faults
    table = Table("measured", "figure", "bar", title=f"{verdict.changes} changes × {len(DESTINATIONS)} destinations")
    table.add_row("lost", str(verdict.lost), "0")
    table.add_row("skipped in a post's sequence", str(verdict.skipped), "0")
    table.add_row("out of order within a post", str(verdict.out_of_order), "0")
    table.add_row("duplicates", f"{verdict.duplicates} ({verdict.duplicate_share:.2%})", f"≤ {DUPLICATES:.0%}")
    table.add_row("duplicates with other bytes", str(verdict.altered), "0")
    kills = ", ".join(f"{count} × {name}" for name, count in sorted(outcome.kills.items()))
    table.add_row("SIGKILLs", kills, f"≥ {plan.kills} of roles, {plan.server_kills} of the store")
    told = f"{faults.broken} × 500, {faults.busy} × 429, {faults.silent} × taken without an answer"
    table.add_row("faults", f"{told}, of {faults.requests} requests", "5 %, 3 %, 3 %")
    table.add_row("took", f"{outcome.duration_s:.0f} s", "")
    Console().print(table)
    print("all bars met" if outcome.finished and verdict.met else "MISSED" if outcome.finished else "NOT FINISHED")
    if outcome.log:
        print(outcome.log, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
