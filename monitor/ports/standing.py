"""How an installation stands, for whoever operates it: what lives, what was lost, how destinations fare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """As the last rounds found it, at ``looked_at`` (None: nobody ever looked).

    ``roles`` maps a role to ``alive`` or ``stopped since …``, ``processes`` to how many beat now. ``lost`` are the
    processes of the last hour that fell silent without a farewell, and when. ``destinations`` say ``fine``, or
    ``failing``, ``paused`` or ``disabled`` and since when. ``row`` is the last rollup row (``metrics.rollup_fields``).
    """

    looked_at: datetime | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    processes: Mapping[str, int] = field(default_factory=dict)
    lost: Mapping[str, datetime] = field(default_factory=dict)
    destinations: Mapping[str, str] = field(default_factory=dict)
    row: Mapping[str, float] = field(default_factory=dict)
    now: datetime | None = None
    """The store's clock."""

    def absent(self, needed: tuple[str, ...]) -> tuple[str, ...]:
        """The roles that are needed, or lived and stopped, and have no process."""
        asked = dict.fromkeys((*needed, *self.roles))
        return tuple(role for role in asked if not self.processes.get(role))
