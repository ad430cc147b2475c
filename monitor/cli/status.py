"""``stetwatch status`` and ``healthcheck``."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click
import msgspec
from rich.table import Table

from monitor.bootstrap import open_overview, roles_alive
from monitor.cli.options import as_json, configured, settings_for
from monitor.cli.show import console, due_text, plain
from monitor.config import Settings
from monitor.errors import StetwatchError


def roles_of(settings: Settings) -> tuple[str, ...]:
    """The roles this configuration needs: without destinations there is nothing to notify."""
    return ("poll", "work", "notify") if settings.destinations else ("poll", "work")


@click.command()
@configured
@as_json
def status(config_path: Path | None, data_dir: Path | None, *, as_json: bool) -> None:
    """Show roles, sources and destinations as they stand.

    \b
    Example:  stetwatch status
    """
    settings = settings_for(config_path, data_dir)
    overview, alive = open_overview(settings), roles_alive(settings)
    sources = overview.sources()
    destinations = overview.destinations([destination.name for destination in settings.destinations])
    if as_json:
        click.echo(
            msgspec.json.encode({"roles": alive, "set_aside": overview.set_aside(), "counters": overview.counters()})
        )
        for source in sources:
            click.echo(msgspec.json.encode({"source": {**asdict(source), "state": source.state}}))
        for destination in destinations:
            click.echo(msgspec.json.encode({"destination": asdict(destination)}))
        return
    out = console()
    out.print(
        "roles: "
        + ", ".join(
            f"{role} ×{alive.get(role, 0)}" if alive.get(role) else f"{role} ABSENT" for role in roles_of(settings)
        )
    )
    table = Table("source", "state", "next poll", "polls", "waiting", "changes", "last trouble")
    for row in sources:
        due = due_text(row.due_in_s)
        table.add_row(
            row.name, row.state, due, str(row.polls), str(row.waiting), str(row.changes), plain(row.last_error)
        )
    out.print(table)
    if destinations:
        table = Table("destination", "pending", "delivered", "retried", "dead")
        for each in destinations:
            table.add_row(each.name, str(each.pending), str(each.delivered), str(each.retried), str(each.dead))
        out.print(table)
    if overview.set_aside():
        out.print(f"{overview.set_aside()} observations killed their worker and were set aside")


@click.command()
@configured
def healthcheck(config_path: Path | None, data_dir: Path | None) -> None:
    """Exit 0 when the store answers and every role is alive; else 1, with a line that says which is not.

    \b
    Example:  HEALTHCHECK CMD ["stetwatch", "healthcheck"]
    """
    settings = settings_for(config_path, data_dir)
    alive = roles_alive(settings)
    absent = [role for role in roles_of(settings) if not alive.get(role)]
    if absent:
        raise StetwatchError(
            f"no {' and no '.join(absent)} process has been heard of lately; start: stetwatch {absent[0]}"
        )
    if sys.stdout.isatty():
        click.echo("fine: " + ", ".join(f"{role} ×{alive[role]}" for role in roles_of(settings)))
