"""A change as ``scripts/telling.lua`` takes it."""

from __future__ import annotations

from monitor.core.deliver.findable import findable
from monitor.metrics import change_counter
from monitor.ports import Written


def told(written: Written, body: int) -> dict[str, object]:
    """What the script reads of a change; ``body`` is the place of its wire form among the arguments."""
    change = written.change
    score = "" if change.significance is None else str(round(change.significance.score * 1000))
    holds = {name: round(at.timestamp() * 1000) for name, at in written.holds.items()}
    return {
        "id": change.id,
        "type": change.type,
        "source": change.source.name,
        "subject": change.subject,
        "score": score,
        "find": findable(change),
        "tags": change.source.tags,
        "counter": change_counter(change.type),
        "body": body,
        "destinations": written.destinations,
        **({"holds": holds} if holds else {}),
    }
