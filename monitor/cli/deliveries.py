"""``stetwatch deliveries list|redeliver``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final, assert_never

import click
import msgspec
from rich.table import Column, Table

from monitor.adapters.valkey.destinations import Destinations
from monitor.adapters.valkey.rows import DeliveryRow, State
from monitor.bootstrap import open_destinations
from monitor.cli.options import as_json, configured, settings_for
from monitor.cli.show import console, moment, plain
from monitor.config import Settings
from monitor.errors import StetwatchError, UsageError

_PIPED_WIDTH: Final = 10_000
"""Off a terminal nothing is cut: what is read from a file or pasted must be whole."""


@click.group()
def deliveries() -> None:
    """See what is on its way, what arrived, what was given up; send it again.

    \b
    Example:  stetwatch deliveries list --state dead
    """


@deliveries.command("list")
@click.option("--destination", help="Only this one's; it may be one that is no longer configured.")
@click.option("--state", type=click.Choice(["pending", "dead", "delivered"]), default="pending", show_default=True)
@configured
@as_json
def list_(
    destination: str | None, state: State, config_path: Path | None, data_dir: Path | None, *, as_json: bool
) -> None:
    """List deliveries of one state."""
    settings = settings_for(config_path, data_dir)

    known = open_destinations(settings)
    found = [row for name in _names(known, settings, destination) for row in known.rows(name, state)]
    if as_json:
        for row in found:
            click.echo(msgspec.json.encode(asdict(row)))
    elif found:
        _show(found)
    else:
        click.echo(f"no {state} deliveries")


@deliveries.command()
@click.argument("change", metavar="CHANGE")
@click.option("--destination", required=True, help="Where to send it again.")
@configured
def redeliver(change: str, destination: str, config_path: Path | None, data_dir: Path | None) -> None:
    """Send CHANGE (chg_…) again: same id, same bytes, behind what already waits for the same post.

    One that waits for its next attempt is tried at once.

    \b
    Example:  stetwatch deliveries redeliver chg_4k2… --destination desk
    """
    settings = settings_for(config_path, data_dir)

    known = open_destinations(settings)
    _names(known, settings, destination)
    match known.redeliver(destination, change):
        case "gone":
            raise StetwatchError(f"{change}: no such change is kept, or not any longer; see: stetwatch changes")
        case "queued":
            click.echo(f"{change} waits for {destination} again")
        case "due":
            click.echo(f"{change} waited for {destination} already: its next attempt is now")
        case "waiting":
            click.echo(f"{change} waits for {destination} already: it is on its way, or its post's earlier changes are")
        case asked:
            assert_never(asked)


def _show(rows: Sequence[DeliveryRow]) -> None:
    destination, lane = Column("destination", overflow="fold"), Column("lane", overflow="fold")
    table = Table(destination, Column("change", no_wrap=True), lane, "attempts", "at", "last trouble")
    for row in rows:
        shown = (row.destination, row.change_id, row.lane, str(row.attempts), moment(row.at), row.reason)
        table.add_row(*map(plain, shown))
    out = console()
    if not out.is_terminal:
        out.width = _PIPED_WIDTH
    out.print(table)


def _names(destinations: Destinations, settings: Settings, wanted: str | None) -> list[str]:
    """The destination that is asked for, else all: those configured, then those that only the store knows."""
    configured_names = [destination.name for destination in settings.destinations]
    known = list(dict.fromkeys([*configured_names, *destinations.names()]))
    if wanted is None:
        return known
    if wanted not in known and not destinations.knows(wanted):
        raise UsageError(f"no destination is named {wanted!r} (known: {', '.join(known) or 'none'})")
    return [wanted]
