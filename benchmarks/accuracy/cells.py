"""Which combinations are measured, against which bars, and how many series each needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from benchmarks.accuracy.scoring import Cell, Tally, episode
from benchmarks.accuracy.series import COPIES
from benchmarks.accuracy.templates_plain import TEMPLATES

MEASURED: Final = ("added", "edited", "retimed", "removed")
"""The types that have bars; ``restored`` is rare and only reported."""

FULL_EVENTS: Final = 2_000
FAST_EVENTS: Final = 15
FAST_COPIES: Final = 40
MOST_EPISODES: Final = 160
DUPLICATED_IN: Final = ("jsonld", "blocks", "json")


@dataclass(frozen=True, slots=True)
class Group:
    """Cells that share a bar. ``f1`` None: measured and reported, no bar set."""

    name: str
    f1: float | None
    about: str


STABLE: Final = Group("stable", 0.999, "stable ids, times kept")
UNSTABLE: Final = Group("unstable", 0.985, "ids absent, random, index-based or re-used, times kept")
BARE: Final = Group("bare", 0.95, "no ids, no times")
RELATIVE: Final = Group("relative", None, "no ids, relative labels only")
DUPLICATED: Final = Group("duplicated", None, "one id in twenty given to two posts, times kept")
GROUPS: Final = (STABLE, UNSTABLE, BARE, RELATIVE, DUPLICATED)


def group_of(cell: Cell) -> Group:
    """The bar a cell counts for."""
    if cell.times == "none":
        return BARE
    if cell.times == "relative":
        return RELATIVE
    if cell.ids == "duplicated":
        return DUPLICATED
    # A page without any ids of its own is measured among those whose ids are hidden.
    return STABLE if cell.ids == "stable" else UNSTABLE


def every() -> Iterator[Cell]:
    """All cells: every regime with times, and pages without ids in every other way of showing times."""
    for template in TEMPLATES:
        for ids in template.regimes:
            yield Cell(template, ids, "kept")
        for times in template.times:
            if times != "kept":
                yield Cell(template, "absent", times)
        if template.name in DUPLICATED_IN:
            yield Cell(template, "duplicated", "kept")


def by_name(part: str) -> list[Cell]:
    """Cells whose name is ``part`` or contains it."""
    cells = list(every())
    return [cell for cell in cells if cell.name == part] or [cell for cell in cells if part in cell.name]


def measured(name: str, events: int) -> Tally:
    """A cell's tally over as many series as give it ``events`` of every type it has."""
    cell = next(cell for cell in every() if cell.name == name)
    wanted = [type_ for type_ in cell.types if type_ in MEASURED]
    tally, count = Tally(), COPIES if events > FAST_EVENTS else FAST_COPIES
    for number in range(MOST_EPISODES):
        tally += episode(cell, number, count)
        if all(tally.expected(type_) >= events for type_ in wanted):
            break
    return tally


def row(name: str, tally: Tally) -> Mapping[str, object]:
    """A cell's figures as a JSON object."""
    cell = next(cell for cell in every() if cell.name == name)
    figures: dict[str, object] = {"cell": name, "group": group_of(cell).name}
    for type_ in (*MEASURED, "restored"):
        figures[type_] = (
            {
                "events": tally.expected(type_),
                "precision": round(tally.precision(type_), 5),
                "recall": round(tally.recall(type_), 5),
                "f1": round(tally.f1(type_), 5),
            }
            if type_ in cell.types
            else "n/a"
        )
    return figures | {"copies": tally.copies, "quiet_copies": tally.quiet, "false_alerts_on_quiet": tally.alarms}
