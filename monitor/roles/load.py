"""How much a poller asks of each host: visits under way, and how long one takes lately."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from monitor.ports import HostLoad

_UNKNOWN_S = 0.2
"""What a visit is taken to last before one has come to its end."""

_NEWEST = 0.3
"""The weight of the newest visit in the running mean."""


class Loads:
    """The loads of the hosts that are being visited; one without visits is forgotten."""

    def __init__(self) -> None:
        self._loads: dict[str, HostLoad] = {}

    @property
    def now(self) -> Mapping[str, HostLoad]:
        return self._loads

    def begin(self, host: str) -> None:
        """One more visit."""
        load = self._loads.get(host, HostLoad(visits=0, visit_s=_UNKNOWN_S))
        self._loads[host] = replace(load, visits=load.visits + 1)

    def end(self, host: str, took_s: float) -> None:
        """One less."""
        load = self._loads[host]
        if load.visits == 1:
            del self._loads[host]
        else:
            mean_s = load.visit_s + _NEWEST * (took_s - load.visit_s)
            self._loads[host] = HostLoad(visits=load.visits - 1, visit_s=mean_s)
