"""The whole measurement: every cell, recording and label, over the machine's cores, as a list of bars."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any, Final

from benchmarks.accuracy import cells, classes, recordings, ticking
from benchmarks.accuracy.bars import Bar, at_least, at_most
from benchmarks.accuracy.cells import GROUPS, MEASURED, STABLE, Group
from benchmarks.accuracy.scoring import Tally

WORKERS: Final = 2
Job = tuple[str, Callable[..., Any], tuple[object, ...]]
Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class Outcome:
    """All bars of a run, and the cells behind those of the generated series."""

    bars: list[Bar] = field(default_factory=list)
    tallies: dict[str, Tally] = field(default_factory=dict)


def run(*, fast: bool, only: str | None = None, progress: Progress = lambda *_: None) -> Outcome:
    """Measure everything, or the cells whose name contains ``only``. Raises KeyError when there is none."""
    wanted = cells.by_name(only) if only else list(cells.every())
    if not wanted:
        raise KeyError(only)
    events = cells.FAST_EVENTS if fast else cells.FULL_EVENTS
    jobs: list[Job] = [(cell.name, cells.measured, (cell.name, events)) for cell in wanted]
    if only is None:
        plan = ticking.FAST if fast else ticking.FULL
        jobs += [(f"labels {number}", *job) for number, job in enumerate(ticking.jobs(plan))]
        jobs.append(("classes", classes.measure, (classes.FAST_EACH if fast else classes.FULL_EACH,)))
        jobs.append(("recordings", recordings.measure, ()))
    found = _worked(jobs, progress)
    tallies = {name: found[name] for name, *_ in jobs if isinstance(found[name], Tally)}
    outcome = Outcome(tallies=tallies, bars=list(_of_cells(tallies)))
    for name, *_ in jobs:
        match found[name]:
            case Bar() as bar:
                outcome.bars.append(bar)
            case list() as bars:
                outcome.bars += bars
    return outcome


def _worked(jobs: Sequence[Job], progress: Progress) -> dict[str, Any]:
    """Every job's result by its name; the order they end in changes nothing."""
    found: dict[str, Any] = {}
    if len(jobs) == 1:
        name, work, given = jobs[0]
        return {name: work(*given)}
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        waiting = {pool.submit(work, *given): name for name, work, given in jobs}
        for done in as_completed(waiting):
            found[waiting[done]] = done.result()
            progress(waiting[done], len(found), len(jobs))
    return found


def _of_cells(tallies: Mapping[str, Tally]) -> Iterator[Bar]:
    """A bar a group and type: its worst cell; and the false alerts where nothing happened."""
    named = {cell.name: cell for cell in cells.every()}
    for group in GROUPS:
        mine = {name: tally for name, tally in tallies.items() if cells.group_of(named[name]) == group}
        for type_ in MEASURED:
            fit = {name: tally.f1(type_) for name, tally in mine.items() if type_ in named[name].types}
            if fit:
                yield _worst(group, type_, fit, mine)
        if mine:
            alarms = sum(tally.alarms for tally in mine.values())
            quiet = sum(tally.quiet for tally in mine.values())
            noisy = max(mine, key=lambda name: mine[name].alarms)
            where = f"; most in {noisy}" if alarms else ""
            bar = 0 if group is STABLE else None
            yield at_most(f"{group.about}: false alerts on noise-only steps", alarms, bar, f"{quiet:,} steps{where}")


def _worst(group: Group, type_: str, f1: Mapping[str, float], tallies: Mapping[str, Tally]) -> Bar:
    worst = min(f1, key=lambda name: (f1[name], name))
    least = min(tallies[name].expected(type_) for name in f1)
    failing = sum(value < group.f1 for value in f1.values()) if group.f1 is not None else 0
    where = "every cell" if len(set(f1.values())) == 1 < len(f1) else f"worst: {worst}"
    note = f"{where}; {f'{failing} of {len(f1)} cells short; ' if failing else ''}≥ {least:,} events a cell"
    return at_least(f"{group.about}: {type_}, F1", f1[worst], group.f1, note)
