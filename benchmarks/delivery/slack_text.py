"""Any page text to Slack: ``python -m benchmarks.delivery.slack_text [EXAMPLES]`` prints one JSON object.

Fresh random changes each time (2,000 unless told), and every nasty in every place of every kind of change; each
rendered in every way there is and judged by the stand-in's rules. Exit 1 when one was refused, pinged or linked.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter

from hypothesis import HealthCheck, given, settings

from monitor.model import Change
from tests.kit.slack_law import MONSTERS, NASTIES, RENDERERS, any_change, breaches, changes_that_say, many_tiny_edits


def main() -> int:
    """Run the law and count."""
    examples = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    tried: Counter[str] = Counter()
    found: list[str] = []

    def judge(change: Change, of: str) -> None:
        tried[of] += 1
        found.extend(f"{breach.renderer}: {breach.what}" for breach in breaches(change))

    @settings(
        max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck), print_blob=False
    )
    @given(any_change)
    def law(change: Change) -> None:
        judge(change, "random")

    started = time.perf_counter()
    law()
    for text in (*NASTIES, *MONSTERS):
        for change in changes_that_say(text):
            judge(change, "nasty")
    judge(many_tiny_edits(), "nasty")
    told = {
        "changes": dict(tried),
        "renderers": sorted(RENDERERS),
        "refused": sum("refused" in one for one in found),
        "pings": sum(": pings " in one for one in found),
        "links_not_ours": sum(": links to " in one for one in found),
        "pictures": sum(": shows a picture " in one for one in found),
        "first_breaches": found[:5],
        "seconds": round(time.perf_counter() - started, 1),
    }
    print(json.dumps(told, indent=1))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
