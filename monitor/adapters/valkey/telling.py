"""A change as ``scripts/telling.lua`` takes it."""

from __future__ import annotations

from monitor.metrics import change_counter
from monitor.ports import Written


def told(written: Written, body: int) -> dict[str, object]:
    """What the script reads of a change; ``body`` is the place of its wire form among the arguments."""
    change = written.change
    holds = {name: round(at.timestamp() * 1000) for name, at in written.holds.items()}
    return {
        "id": change.id,
        "type": change.type,
        "source": change.source.name,
        "subject": change.subject,
        "counter": change_counter(change.type),
        "body": body,
        "destinations": written.destinations,
        **({"holds": holds} if holds else {}),
    }
