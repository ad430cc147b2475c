"""How often Slack takes what: one message a second for a channel, a cap for the workspace, tiers for methods.

https://docs.slack.dev/apis/web-api/rate-limits
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

TIERS: Mapping[str, int] = {
    "chat.update": 50, "chat.postEphemeral": 100, "conversations.history": 50, "conversations.replies": 50,
}  # fmt: skip
_TIER_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """``per_s`` messages a second in a channel after a ``burst``; the workspace likewise; calls a minute by method."""

    per_s: float = 1.0
    burst: int = 1
    workspace_per_s: float = 5.0
    workspace_burst: int = 20
    per_minute: Mapping[str, int] = field(default_factory=lambda: dict(TIERS))


class Paces:
    """What was taken when. Each ``wait_s`` returns 0 and counts the call, or the whole seconds to wait and counts none.

    Channels and the workspace are held to a generic cell rate (https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm),
    methods to so many in any sixty seconds. ``now_s`` may be any clock that does not go back.
    """

    def __init__(self, limits: Limits | None) -> None:
        self._limits = limits
        self._free_at: dict[str, float] = {}
        self._calls: defaultdict[str, deque[float]] = defaultdict(deque)

    def message_wait_s(self, channel: str, now_s: float) -> int:
        """For one more message in a channel."""
        if self._limits is None:
            return 0
        limits = self._limits
        cells = (
            (f"channel {channel}", 1 / limits.per_s, limits.burst),
            ("workspace", 1 / limits.workspace_per_s, limits.workspace_burst),
        )
        free = [max(self._free_at.get(name, now_s), now_s) for name, _, _ in cells]
        waits = [at - (burst - 1) * every - now_s for at, (_, every, burst) in zip(free, cells, strict=True)]
        if max(waits) > 1e-9:
            return math.ceil(max(waits))
        self._free_at.update({name: at + every for at, (name, every, _) in zip(free, cells, strict=True)})
        return 0

    def method_wait_s(self, method: str, now_s: float) -> int:
        """For one more call of a method."""
        most = self._limits.per_minute.get(method) if self._limits is not None else None
        if most is None:
            return 0
        calls = self._calls[method]
        while calls and calls[0] <= now_s - _TIER_S:
            calls.popleft()
        if len(calls) >= most:
            return math.ceil(calls[0] + _TIER_S - now_s)
        calls.append(now_s)
        return 0
