"""``stetwatch changes``: the change log, and what comes."""

from __future__ import annotations

from pathlib import Path

import click

from monitor.bootstrap import open_ledger
from monitor.cli.options import as_json, configured, moment_of, settings_for
from monitor.cli.show import change_lines, console
from monitor.core.deliver.wire import encode
from monitor.model import Change


@click.command()
@click.option("--source", help="Only this source's.")
@click.option("--since", help="Committed since a time (ISO 8601), or for a while: 30m, 6h, 2d.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=1), help="At most so many.")
@click.option("--follow", is_flag=True, help="Go on with those to come, until Ctrl-C.")
@configured
@as_json
def changes(
    source: str | None,
    since: str | None,
    limit: int,
    config_path: Path | None,
    data_dir: Path | None,
    *,
    follow: bool,
    as_json: bool,
) -> None:
    """Print the newest changes, oldest first.

    \b
    Example:  stetwatch changes --since 2h --follow
    """
    ledger = open_ledger(settings_for(config_path, data_dir))
    place = ledger.newest_place()
    for change in ledger.recent(limit, source=source, since=moment_of(since, "--since"), until=place):
        print_change(change, as_json=as_json)
    if not follow:
        return
    try:
        for _, fresh in ledger.follow(place, source=source):
            if fresh is not None:
                print_change(fresh, as_json=as_json)
    except KeyboardInterrupt:
        return


def print_change(change: Change, *, as_json: bool) -> None:
    """One change on standard output: its wire form, or lines for a person."""
    if as_json:
        click.echo(encode(change))
    else:
        console().print(change_lines(change))
