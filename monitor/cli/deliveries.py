"""``stetwatch deliveries list|redeliver``."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path

import click
import msgspec
from rich.table import Table

from monitor.adapters.valkey.lanes import State
from monitor.bootstrap import open_lanes
from monitor.cli.options import as_json, configured, settings_for
from monitor.cli.show import console, plain
from monitor.config import Settings
from monitor.errors import StetwatchError, UsageError


@click.group()
def deliveries() -> None:
    """See what is on its way, what arrived, what was given up; send it again.

    \b
    Example:  stetwatch deliveries list --state dead
    """


@deliveries.command("list")
@click.option("--destination", help="Only this one's.")
@click.option("--state", type=click.Choice(["pending", "dead", "delivered"]), default="pending", show_default=True)
@configured
@as_json
def list_(
    destination: str | None, state: State, config_path: Path | None, data_dir: Path | None, *, as_json: bool
) -> None:
    """List deliveries of one state."""
    settings = settings_for(config_path, data_dir)

    async def rows() -> list[dict[str, object]]:
        async with open_lanes(settings) as lanes:
            found = [await lanes.rows(name, state) for name in _names(settings, destination)]
            return [asdict(row) for each in found for row in each]

    found = asyncio.run(rows())
    if as_json:
        for row in found:
            click.echo(msgspec.json.encode(row))
        return
    table = Table("destination", "change", "lane", "attempts", "at", "last trouble")
    for row in found:
        columns = ("destination", "change_id", "lane", "attempts", "at", "reason")
        table.add_row(*(plain(str(row.get(column) or "")) for column in columns))
    console().print(table if found else f"no {state} deliveries")


@deliveries.command()
@click.argument("change", metavar="CHANGE")
@click.option("--destination", required=True, help="Where to send it again.")
@configured
def redeliver(change: str, destination: str, config_path: Path | None, data_dir: Path | None) -> None:
    """Send CHANGE (chg_…) again: same id, same bytes, behind what already waits for the same post.

    \b
    Example:  stetwatch deliveries redeliver chg_4k2… --destination desk
    """
    settings = settings_for(config_path, data_dir)

    async def ask() -> bool:
        async with open_lanes(settings) as lanes:
            return await lanes.redeliver(_names(settings, destination)[0], change)

    if not asyncio.run(ask()):
        raise StetwatchError(
            f"{change}: {destination} knows no such change, or its body has expired; see: stetwatch changes"
        )
    click.echo(f"{change} waits for {destination} again")


def _names(settings: Settings, wanted: str | None) -> list[str]:
    names = [destination.name for destination in settings.destinations]
    if wanted is not None and wanted not in names:
        raise UsageError(f"no destination named {wanted!r} in the configuration (known: {', '.join(names) or 'none'})")
    return [wanted] if wanted else names
