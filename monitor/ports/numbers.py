"""The numbers of the installation, as they stand in the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What stands under ``m:*``: names are those of ``monitor.metrics``, a name that never moved is absent.

    ``histograms`` holds cumulative counts by ``le_<bound>``, ``le_inf``, ``sum`` (ms) and ``count``; ``sources`` and
    ``destinations`` the counters of each, ``worst`` the sources furthest behind, with milliseconds, worst first.
    """

    counters: Mapping[str, int] = field(default_factory=dict)
    gauges: Mapping[str, float] = field(default_factory=dict)
    histograms: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    sources: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    destinations: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    worst: Sequence[tuple[str, float]] = ()


class Numbers(Protocol):
    """Raises InfrastructureError only."""

    async def numbers(self, sources: Sequence[str] | None = None) -> Figures:
        """All of them; of sources those that are named, or when none are, the worst twenty."""
        ...
