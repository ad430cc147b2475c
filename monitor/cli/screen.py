"""The operator's view, as ``status`` prints it once and ``top`` again and again. Words say all that colours say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from monitor.adapters.valkey.overview import DestinationRow
from monitor.cli.show import plain
from monitor.ports.numbers import Figures
from monitor.ports.standing import Standing

_STALE_S = 10
_SHOWN = 10


def screen(
    standing: Standing, figures: Figures, destinations: Sequence[DestinationRow], needed: tuple[str, ...]
) -> Group:
    """Roles, sources by state, queue ages, rates, the slowest sources, destinations and dead letters."""
    lines = Table.grid(Column(style="dim"), Column(overflow="fold"), padding=(0, 2))
    for name, told in _lines(standing, figures, needed):
        lines.add_row(name, told)
    parts: list[RenderableType] = [lines]
    if figures.worst:
        parts.append(_worst(figures.worst[:_SHOWN]))
    if destinations:
        parts.append(_destinations(destinations, standing.destinations))
    return Group(*parts)


def _lines(standing: Standing, figures: Figures, needed: tuple[str, ...]) -> Iterator[tuple[str, Text]]:
    gauges, row = figures.gauges, standing.row
    yield "roles", _roles(standing, needed)
    if standing.lost:
        yield "lost", Text(", ".join(f"{plain(node)} {at:%H:%M:%S}Z" for node, at in standing.lost.items()), "yellow")
    if stale := _stale(standing):
        yield "numbers", Text(stale, "bold red")
    yield "sources", _sources(gauges)
    yield (
        "queues",
        Text(
            f"{_n(gauges, 'sources_due')} due, longest {_age(gauges, 'due_lag_ms')} · "
            f"{_n(gauges, 'inbox_ready')} to compare, longest {_age(gauges, 'inbox_age_ms')} · "
            f"{_n(gauges, 'deliveries_pending')} to deliver, oldest {_age(gauges, 'delivery_age_ms')}"
        ),
    )
    yield (
        "per second",
        Text(
            f"{_rate(row, 'polls')} polls, {_rate(row, 'polls_failed')} failed · {_rate(row, 'changes')} changes · "
            f"{_rate(row, 'deliveries_delivered')} delivered, {_rate(row, 'deliveries_retried')} to be retried · "
            f"{row.get('poll_bytes_per_s', 0) / 1000:,.0f} kB"
        ),
    )
    took = (("fetch", "fetch_ms"), ("detect", "detect_ms"), ("deliver", "deliver_ms"), ("edit to delivery", "e2e_ms"))
    yield (
        "p50 / p95",
        Text(
            " · ".join(
                f"{words} {row.get(f'{name}_p50', 0):,.0f} / {row.get(f'{name}_p95', 0):,.0f} ms"
                for words, name in took
            )
        ),
    )
    dead, held = gauges.get("deliveries_dead", 0), gauges.get("destinations_held", 0)
    yield "trouble", Text(f"{dead:,.0f} dead letters · {held:,.0f} destinations held", "red" if dead or held else "")
    yield "memory", Text(_memory(gauges))


def _roles(standing: Standing, needed: tuple[str, ...]) -> Text:
    told = Text()
    for role in dict.fromkeys((*needed, *standing.roles)):
        count, said = standing.processes.get(role, 0), standing.roles.get(role, "alive")
        told.append(" · " if told else "")
        if count:
            told.append(f"{role} ×{count}", style="green")
        else:
            told.append(f"{role} {'ABSENT' if said == 'alive' else said.upper()}", style="bold red")
    return told


def _stale(standing: Standing) -> str:
    """What must be said of numbers that nobody keeps any more."""
    if standing.looked_at is None:
        return "no role has ever run here"
    age_s = _seconds(standing.now, standing.looked_at)
    return f"of {standing.looked_at:%Y-%m-%d %H:%M:%S}Z: no role has kept them since" if age_s > _STALE_S else ""


def _seconds(now: datetime | None, then: datetime) -> float:
    return 0.0 if now is None else (now - then).total_seconds()


def _sources(gauges: Mapping[str, float]) -> Text:
    told = Text(f"{_n(gauges, 'sources')} watched")
    for state, style in (("failing", "red"), ("stalled", "red"), ("paused", "yellow")):
        count = gauges.get(f"sources_{state}", 0)
        told.append(" · ")
        told.append(f"{count:,.0f} {state}", style=style if count else "")
    return told


def _memory(gauges: Mapping[str, float]) -> str:
    used, limit = gauges.get("memory_used_bytes", 0) / 1e6, gauges.get("memory_limit_bytes", 0) / 1e6
    return f"{used:,.0f} MB of {limit:,.0f} MB ({used / limit:.0%})" if limit else f"{used:,.0f} MB, no limit is set"


def _worst(worst: Sequence[tuple[str, float]]) -> Table:
    table = Table(Column("slowest sources", overflow="fold"), Column("behind, or failing for", justify="right"))
    for name, ms in worst:
        table.add_row(plain(name), _span(ms))
    return table


def _destinations(rows: Sequence[DestinationRow], said: Mapping[str, str]) -> Table:
    numbers = (Column(name, justify="right") for name in ("pending", "delivered", "retried", "dead"))
    table = Table(Column("destination", overflow="fold"), Column("state", overflow="fold"), *numbers)
    for row in rows:
        counts = (f"{count:,}" for count in (row.pending, row.delivered, row.retried, row.dead))
        table.add_row(row.name, said.get(row.name, "fine"), *counts)
    return table


def _n(gauges: Mapping[str, float], name: str) -> str:
    return f"{gauges.get(name, 0):,.0f}"


def _rate(row: Mapping[str, float], name: str) -> str:
    return f"{row.get(f'{name}_per_s', 0):,.1f}"


def _age(gauges: Mapping[str, float], name: str) -> str:
    return _span(gauges.get(name, 0))


def _span(ms: float) -> str:
    seconds = ms / 1000
    if seconds < 60:
        return f"{seconds:.1f} s"
    if seconds < 3_600:
        return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
    return f"{seconds // 3600:,.0f} h {seconds % 3600 // 60:.0f} min"
