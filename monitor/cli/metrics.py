"""``stetwatch metrics``: every number, as a table, as JSON lines, or as Prometheus text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Column, Table

from monitor.bootstrap import numbers_now
from monitor.cli.options import as_json, configured, settings_for
from monitor.cli.show import plain, unfolded
from monitor.errors import UsageError
from monitor.exposition import exposition
from monitor.metrics import COUNTERS, GAUGES, HISTOGRAMS, Metric
from monitor.ports.numbers import Figures
from monitor.rollup import quantile_ms


@click.command()
@click.option("--source", "sources", multiple=True, help="The counters of this source too; else of the worst.")
@click.option("--prometheus", is_flag=True, help="As Prometheus text, as /metrics has it.")
@configured
@as_json
def metrics(
    sources: tuple[str, ...], config_path: Path | None, data_dir: Path | None, *, prometheus: bool, as_json: bool
) -> None:
    """Print every counter, gauge and histogram as it stands.

    \b
    Example:  stetwatch metrics --source budget-day
    """
    if prometheus and as_json:
        raise UsageError("--prometheus and --json exclude each other: give one of them")
    figures = numbers_now(settings_for(config_path, data_dir), sources or None)
    if prometheus:
        click.echo(exposition(figures), nl=False)
    elif as_json:
        for row in _rows(figures):
            click.echo(msgspec.json.encode(row))
    else:
        _show(unfolded(), figures)


def _rows(figures: Figures) -> Iterator[Mapping[str, object]]:
    """One object a number: its name and value, and whose it is unless it is everybody's."""
    yield from _values(COUNTERS, figures.counters, {})
    yield from _values(GAUGES, figures.gauges, {})
    for one in HISTOGRAMS:
        fields = figures.histograms.get(one.name, {})
        buckets = {name.removeprefix("le_"): count for name, count in fields.items() if name.startswith("le_")}
        told = {"count": fields.get("count", 0), "sum_ms": fields.get("sum", 0), "le": buckets}
        yield {"name": one.name, "kind": one.kind, "p50": _ms(fields, 0.5), "p95": _ms(fields, 0.95), **told}
    for source, counters in figures.sources.items():
        yield from _values([one for one in COUNTERS if "source" in one.per], counters, {"source": source})
    for destination, counters in figures.destinations.items():
        kept = [one for one in COUNTERS if "destination" in one.per]
        yield from _values(kept, counters, {"destination": destination})
    for source, ms in figures.worst:
        yield {"name": "behind_ms", "kind": "gauge", "value": ms, "source": source}


def _values(
    metrics: Sequence[Metric], values: Mapping[str, float], owner: Mapping[str, str]
) -> Iterator[Mapping[str, object]]:
    for one in metrics:
        yield {"name": one.name, "kind": one.kind, "value": values.get(one.name, 0), **owner}


def _show(out: Console, figures: Figures) -> None:
    for title, metrics, values in (("now", GAUGES, figures.gauges), ("since the start", COUNTERS, figures.counters)):
        table = Table(title, Column("", justify="right"), "meaning")
        for one in metrics:
            value = values.get(one.name, 0)
            table.add_row(one.name, f"{value:,.0f}", one.meaning, style="" if value else "dim")
        out.print(table)
    table = Table("how long it took", *(Column(name, justify="right") for name in ("p50", "p95", "times")), "meaning")
    for one in HISTOGRAMS:
        fields = figures.histograms.get(one.name, {})
        told = (f"{_ms(fields, 0.5):,.0f} ms", f"{_ms(fields, 0.95):,.0f} ms", f"{fields.get('count', 0):,.0f}")
        table.add_row(one.name, *told, one.meaning)
    out.print(table)
    for scope, each in (("source", figures.sources), ("destination", figures.destinations)):
        if each:
            out.print(_of_each(scope, each))


def _of_each(scope: str, each: Mapping[str, Mapping[str, int]]) -> Table:
    """A row a source or destination, with a column for each counter that moved for any of them."""
    moved = [one.name for one in COUNTERS if scope in one.per and any(counts.get(one.name) for counts in each.values())]
    columns = (Column(name.removesuffix("_total"), justify="right", overflow="fold") for name in moved)
    table = Table(Column(scope, overflow="fold"), *columns)
    for owner, counts in each.items():
        table.add_row(plain(owner), *(f"{counts.get(name, 0):,}" for name in moved))
    return table


def _ms(fields: Mapping[str, float], quantile: float) -> float:
    return round(quantile_ms(fields, quantile), 1)
