"""``python -m benchmarks.metrics``: what metrics cost of a poll's CPU, poller and store together; the bar is 5 %."""

from __future__ import annotations

import argparse
import json
import platform
import sys

from rich.console import Console
from rich.table import Table

from benchmarks.metrics.measures import BAR, REFERENCE_PER_S, loaded, polls, rounds
from monitor import logs


def main() -> int:
    """The command. Exit code 1 when the bar is not met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.metrics", description=__doc__)
    parser.add_argument("--turns", type=int, default=400, help="of measuring with and without (default: %(default)s)")
    parser.add_argument("--polls", type=int, default=100, help="in each half of a turn (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=24, help="of heartbeats (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    asked = parser.parse_args()
    logs.configure(level="warning", secrets=())
    with Console(stderr=True).status("starting") as status:
        counting = polls(asked.turns, asked.polls, status.update)
        beats = rounds(asked.seconds, counting["poll_us"], status.update)
    whole = counting["share"] + beats[f"share_at_{REFERENCE_PER_S}_polls_a_second"]
    met = whole <= BAR
    if asked.json:
        machine = f"{platform.machine()}, Python {platform.python_version()}, load {loaded():.1f}"
        print(
            json.dumps({"machine": machine, "polls": counting, "rounds": beats, "share": round(whole, 4), "met": met})
        )
        return 0 if met else 1
    table = Table("measured", "figure")
    table.add_row("a poll without metrics", f"{counting['poll_us']} µs")
    parts = f"poller {counting['of_it_poller_us']} µs, store {counting['of_it_store_us']} µs"
    table.add_row("its counters and histogram", f"{counting['metrics_us']} µs ({counting['share']:.1%}): {parts}")
    low, high = counting["share_by_halves_of_the_turns"]
    table.add_row("by every second turn", f"{low:.1%} and {high:.1%}")
    at = beats[f"share_at_{REFERENCE_PER_S}_polls_a_second"]
    table.add_row("heartbeats and rounds", f"{beats['us_a_second']} µs a second ({at:.1%} of {REFERENCE_PER_S} polls)")
    table.add_row("together", f"{whole:.1%}, bar {BAR:.0%}: {'met' if met else 'MISSED'}")
    Console().print(table)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
