"""``stetwatch status`` and ``healthcheck``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
import msgspec
from rich.table import Table

from monitor.adapters.valkey.overview import SourceRow
from monitor.bootstrap import numbers_now, open_overview, open_standing
from monitor.cli.options import as_json, configured, settings_for
from monitor.cli.screen import screen
from monitor.cli.show import due_text, plain, unfolded
from monitor.config import Settings
from monitor.errors import StetwatchError

_FEW, _MOST = 50, 1_000
_TROUBLED = {"failing", "retrying"}


def roles_of(settings: Settings) -> tuple[str, ...]:
    """The roles this configuration needs."""
    return settings.roles()


@click.command()
@click.option("--all", "every", is_flag=True, help="List every source, not only those in trouble.")
@configured
@as_json
def status(config_path: Path | None, data_dir: Path | None, *, every: bool, as_json: bool) -> None:
    """Show roles, sources, queues, rates and destinations as they stand.

    \b
    Example:  stetwatch status
    """
    settings = settings_for(config_path, data_dir)
    overview, standing = open_overview(settings), open_standing(settings)()
    sources = overview.sources()
    destinations = overview.destinations([destination.name for destination in settings.destinations])
    figures = numbers_now(settings, ())
    if as_json:
        told = {"roles": standing.processes, "set_aside": overview.set_aside(), "counters": overview.counters()}
        now = {"standing": standing, "gauges": figures.gauges, "worst": dict(figures.worst)}
        click.echo(msgspec.json.encode({**told, **now}))
        for source in sources:
            click.echo(msgspec.json.encode({"source": {**asdict(source), "state": source.state}}))
        for destination in destinations:
            said = standing.destinations.get(destination.name, "fine")
            click.echo(msgspec.json.encode({"destination": {**asdict(destination), "state": said}}))
        return
    out = unfolded()
    out.print(screen(standing, figures, destinations, roles_of(settings)))
    shown = [row for row in sources if every or row.state in _TROUBLED or len(sources) <= _FEW][:_MOST]
    if shown:
        out.print(_sources(shown))
    if len(shown) < len(sources):
        out.print(f"{len(sources) - len(shown)} sources are not listed: stetwatch status --json has them all")
    if overview.set_aside():
        out.print(f"{overview.set_aside()} observations killed their worker and were set aside")


def _sources(rows: Sequence[SourceRow]) -> Table:
    table = Table("source", "state", "next poll", "polls", "waiting", "changes", "last trouble")
    for row in rows:
        due = due_text(row.due_in_s)
        table.add_row(
            row.name, row.state, due, str(row.polls), str(row.waiting), str(row.changes), plain(row.last_error)
        )
    return table


@click.command()
@configured
def healthcheck(config_path: Path | None, data_dir: Path | None) -> None:
    """Exit 0 when the store answers and every role is alive; else 1, with a line that says which is not.

    A role is missed when the configuration needs it, or when it has lived and all others live on.

    \b
    Example:  HEALTHCHECK CMD ["stetwatch", "healthcheck"]
    """
    settings = settings_for(config_path, data_dir)
    standing = open_standing(settings)()
    absent = standing.absent(roles_of(settings))
    if absent:
        raise StetwatchError(
            f"no {' and no '.join(absent)} process has been heard of lately; start: stetwatch {absent[0]}"
        )
    if sys.stdout.isatty():
        click.echo("fine: " + ", ".join(f"{role} ×{count}" for role, count in sorted(standing.processes.items())))
