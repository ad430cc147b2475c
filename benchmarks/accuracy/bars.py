"""A bar: what was measured, what it must reach, and whether it does."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """``value`` against ``bar``; with a ``bar`` of None it is only reported. ``note`` says where or of how many."""

    name: str
    value: float
    bar: float | None
    higher_is_better: bool
    note: str = ""

    @property
    def met(self) -> bool | None:
        """None where there is no bar to meet."""
        if self.bar is None:
            return None
        return self.value >= self.bar if self.higher_is_better else self.value <= self.bar

    def is_worse_than(self, floor: float) -> bool:
        """Whether the value lies beyond a pinned floor (for counts: above it)."""
        return self.value < floor if self.higher_is_better else self.value > floor


def at_least(name: str, value: float, bar: float | None, note: str = "") -> Bar:
    """A share that must not be smaller."""
    return Bar(name, round(value, 5), bar, higher_is_better=True, note=note)


def at_most(name: str, value: float, bar: float | None, note: str = "") -> Bar:
    """A count that must not be larger."""
    return Bar(name, round(value, 5), bar, higher_is_better=False, note=note)
