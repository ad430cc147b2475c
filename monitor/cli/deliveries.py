"""``stetwatch deliveries list|show|redeliver|drop``."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final, assert_never

import click
import msgspec

from monitor.adapters.valkey.destinations import Destinations
from monitor.adapters.valkey.ledger import Ledger
from monitor.bootstrap import open_destinations, open_ledger
from monitor.cli.delivery_lines import rows_table, show_delivery
from monitor.cli.destinations import named
from monitor.cli.options import as_json, configured, settings_for
from monitor.cli.ranges import Range, one_way, ranged, rows_within
from monitor.cli.show import unfolded
from monitor.errors import StetwatchError, UsageError
from monitor.ports.deliveries import Asked, Dropped

_DONE: Final = frozenset({"queued", "due", "waiting", "dropped"})
_CHANGES = click.argument("changes", metavar="[CHANGE]...", nargs=-1)


@click.group()
def deliveries() -> None:
    """See what is on its way, what arrived, what was given up; send it again, or let it go.

    \b
    Example:  stetwatch deliveries list --state dead --since 6h
    """


@deliveries.command("list")
@click.option("--destination", help="Only this one's; it may be one that is no longer configured.")
@ranged("pending", "dead", "delivered", default="pending")
@configured
@as_json
def list_(
    destination: str | None, within: Range, config_path: Path | None, data_dir: Path | None, *, as_json: bool
) -> None:
    """List deliveries of one state: pending ones oldest first, settled ones newest first.

    \b
    Example:  stetwatch deliveries list --destination archive --state delivered --type post.removed
    """
    settings = settings_for(config_path, data_dir)
    store, ledger = open_destinations(settings), open_ledger(settings)
    found = [row for name in named(settings, store, destination) for row in rows_within(store, ledger, name, within)]
    if as_json:
        for row in found:
            click.echo(msgspec.json.encode(asdict(row)))
    elif found:
        unfolded().print(rows_table(found))
    else:
        click.echo(f"no {within.state} deliveries")


@deliveries.command()
@click.argument("change", metavar="CHANGE")
@click.option("--destination", help="Only this one's delivery of it.")
@configured
@as_json
def show(
    change: str, destination: str | None, config_path: Path | None, data_dir: Path | None, *, as_json: bool
) -> None:
    """Show the delivery of CHANGE (chg_…) to each destination: its record, its attempts, what is sent.

    \b
    Example:  stetwatch deliveries show chg_4k2… --destination archive
    """
    settings = settings_for(config_path, data_dir)
    store = open_destinations(settings)
    rows = [row for name in named(settings, store, destination) if (row := store.row(name, change)) is not None]
    if not rows:
        raise StetwatchError(f"{change}: no delivery of it is kept, or not any longer; see: stetwatch deliveries list")
    body = open_ledger(settings).bodies([change]).get(change)
    for row in rows:
        show_delivery(row, store.attempts(row.destination, change), body, as_json=as_json)


@deliveries.command()
@_CHANGES
@click.option("--destination", required=True, help="Where to send it again.")
@ranged("dead", "delivered")
@click.option("--dry-run", is_flag=True, help="Say what would be sent again; send nothing.")
@configured
@as_json
def redeliver(
    changes: tuple[str, ...],
    destination: str,
    within: Range,
    config_path: Path | None,
    data_dir: Path | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Send each CHANGE (chg_…), or all of a range, again: same id, same bytes, oldest first, behind what waits.

    One that waits for its next attempt is tried at once.

    \b
    Example:  stetwatch deliveries redeliver chg_4k2… --destination desk
              stetwatch deliveries redeliver --destination desk --state dead --since 6h --dry-run
    """
    one_way(changes, within)
    settings = settings_for(config_path, data_dir)
    store, ledger = open_destinations(settings), open_ledger(settings)
    named(settings, store, destination)
    if changes and dry_run:
        asked: Mapping[str, Asked] = {one: _would(store, ledger, destination, one) for one in changes}
    elif changes:
        asked = {one: store.redeliver(destination, one) for one in changes}
    else:
        asked = store.redeliver_many(
            destination,
            states=(within.state or "dead",),
            since=within.since,
            until=within.until,
            types=within.types,
            limit=within.limit,
            dry_run=dry_run,
        )
    told = {one: _asked_words(one, destination, came, dry_run=dry_run) for one, came in asked.items()}
    _tell(destination, asked, told, dry_run=dry_run, as_json=as_json)
    _fail([told[one] for one in changes if asked[one] == "gone"])


@deliveries.command()
@_CHANGES
@click.option("--destination", required=True, help="Where it shall no longer go.")
@ranged("pending", "dead")
@click.option("--dry-run", is_flag=True, help="Say what would be dropped; drop nothing.")
@click.option("--yes", is_flag=True, help="Do not ask before a range is dropped.")
@configured
@as_json
def drop(
    changes: tuple[str, ...],
    destination: str,
    within: Range,
    config_path: Path | None,
    data_dir: Path | None,
    *,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Let deliveries go for good: each CHANGE (chg_…), or all of a range. What is on its way is not dropped.

    \b
    Example:  stetwatch deliveries drop chg_4k2… --destination desk
              stetwatch deliveries drop --destination old-desk --state pending --dry-run
    """
    one_way(changes, within)
    settings = settings_for(config_path, data_dir)
    store, ledger = open_destinations(settings), open_ledger(settings)
    named(settings, store, destination)
    ids = changes or tuple(row.change_id for row in rows_within(store, ledger, destination, within))
    if ids and not (changes or dry_run or yes):
        _confirm(f"drop {len(ids)} {within.state or 'dead'} of {destination} for good?")
    dropped: dict[str, Dropped] = {one: store.drop(destination, one, dry_run=dry_run) for one in ids}
    told = {one: _dropped_words(one, destination, came, dry_run=dry_run) for one, came in dropped.items()}
    _tell(destination, dropped, told, dry_run=dry_run, as_json=as_json)
    _fail([told[one] for one in changes if dropped[one] != "dropped"])


def _tell(
    destination: str, outcomes: Mapping[str, str], told: Mapping[str, str], *, dry_run: bool, as_json: bool
) -> None:
    """A line a change, and how many met with which fate when there are several."""
    for change, came in outcomes.items():
        if as_json:
            outcome = {"destination": destination, "change_id": change, "outcome": came, "dry_run": dry_run}
            click.echo(msgspec.json.encode(outcome))
        elif came in _DONE:
            click.echo(told[change])
    if not as_json and len(outcomes) != 1:
        counts = ", ".join(f"{number} {what}" for what, number in Counter(outcomes.values()).items())
        click.echo((counts or f"nothing of {destination} is in that range") + (" (a dry run)" if dry_run else ""))


def _fail(lines: Sequence[str]) -> None:
    """What was named and could not be done: a line each, on standard error."""
    if lines:
        raise StetwatchError("\n".join(lines))


def _would(store: Destinations, ledger: Ledger, destination: str, change: str) -> Asked:
    """What ``redeliver`` would say, without doing it."""
    row = store.row(destination, change)
    if row is not None and row.state == "pending":
        return "waiting" if row.due_at is None else "due"
    return "queued" if ledger.bodies([change]) else "gone"


def _asked_words(change: str, destination: str, came: Asked, *, dry_run: bool) -> str:
    match came:
        case "gone":
            return f"{change}: no such change is kept, or not any longer; see: stetwatch changes"
        case "queued":
            return f"{change} {'would be sent to' if dry_run else 'waits for'} {destination} again"
        case "due":
            then = "would be now" if dry_run else "is now"
            return f"{change} waited for {destination} already: its next attempt {then}"
        case "waiting":
            return f"{change} waits for {destination} already: it is on its way, or its post's earlier changes are"
        case _:
            assert_never(came)


def _dropped_words(change: str, destination: str, came: Dropped, *, dry_run: bool) -> str:
    match came:
        case "dropped":
            return f"{change} {'would no longer go' if dry_run else 'will not go'} to {destination}"
        case "in flight":
            return f"{change} is on its way to {destination}: it cannot be dropped now"
        case "unknown":
            return f"{change}: {destination} neither waits for it nor has it as a dead letter"
        case _:
            assert_never(came)


def _confirm(question: str) -> None:
    if not sys.stdin.isatty():
        raise UsageError("a range is dropped for good: add --yes, or look first with --dry-run")
    click.confirm(question, abort=True)
