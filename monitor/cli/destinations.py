"""``stetwatch destinations list|test|pause|resume|rotate``; mutes stand in ``monitor.cli.mutes``."""

from __future__ import annotations

import asyncio
import json
import secrets as secure
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import assert_never

import click
import msgspec
from rich.table import Column, Table

from monitor.adapters.valkey.destinations import Destinations
from monitor.bootstrap import open_destinations
from monitor.bootstrap.once import send_once
from monitor.cli.mutes import mute, mutes, unmute
from monitor.cli.options import as_json, configured, settings_for
from monitor.cli.rotation import rotated
from monitor.cli.show import console, moment, plain, unfolded
from monitor.config import Settings
from monitor.core.deliver.examples import trial
from monitor.core.deliver.wire import encode
from monitor.errors import UsageError
from monitor.model import Delivery, Destination, Slack, Webhook, kind_of
from monitor.ports import Attempt, Delivered, GaveUp, Pause, Retry, SendOutcome
from monitor.ports.deliveries import DestinationState


@click.group()
def destinations() -> None:
    """See how destinations fare; try one, hold one, change its secret, say what it shall not hear of.

    \b
    Example:  stetwatch destinations list
    """


for _command in (mute, unmute, mutes):
    destinations.add_command(_command)


@destinations.command("list")
@configured
@as_json
def list_(config_path: Path | None, data_dir: Path | None, *, as_json: bool) -> None:
    """List destinations: those configured, and those that only the store still knows.

    \b
    Example:  stetwatch destinations list --json
    """
    settings = settings_for(config_path, data_dir)
    store = open_destinations(settings)
    kinds = {one.name: kind_of(one) for one in settings.destinations}
    found = [store.state(name) for name in named(settings, store, None)]
    if as_json:
        for one in found:
            click.echo(msgspec.json.encode({**asdict(one), "type": kinds.get(one.name)}))
    elif found:
        unfolded().print(_table(found, kinds))
    else:
        click.echo("no destinations; add a [[destination]] to the configuration")


@destinations.command()
@click.argument("name")
@configured
@as_json
def test(name: str, config_path: Path | None, data_dir: Path | None, *, as_json: bool) -> None:
    """Send NAME one test message, now and past its queue: exit 0 when it arrived.

    It goes through the same guard, signature and limits as every delivery, and says that it is a test: its source is
    named test, its id begins with chg_test_.

    \b
    Example:  stetwatch destinations test archive
    """
    settings = settings_for(config_path, data_dir)
    destination = configured_one(settings, name)
    now = datetime.now(UTC)
    change = trial(secure.token_hex(8), now)
    delivery = Delivery(
        destination=name,
        lane=f"{change.source.name}/{change.subject}",
        change_id=change.id,
        body=encode(change),
        attempts=0,
        first_at=now,
        token=0,
    )
    began = time.monotonic()
    outcome = asyncio.run(send_once(settings, destination, delivery))
    attempt = outcome.attempt or Attempt(duration_s=time.monotonic() - began)
    arrived, words = _came_of(outcome)
    if as_json:
        told = {"destination": name, "change_id": change.id, "arrived": arrived, "said": words, **asdict(attempt)}
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        _show_trial(name, change.id, attempt, words)
    sys.exit(0 if arrived else 1)


@destinations.command()
@click.argument("name")
@click.option("--reason", default="paused by hand", show_default=True, help="For whoever looks at it later.")
@configured
def pause(name: str, reason: str, config_path: Path | None, data_dir: Path | None) -> None:
    """Hold NAME: its deliveries wait, in order, until it is resumed. Detection goes on.

    \b
    Example:  stetwatch destinations pause archive --reason "moving to another host"
    """
    settings = settings_for(config_path, data_dir)
    store = open_destinations(settings)
    named(settings, store, name)
    if store.pause(name, reason):
        click.echo(f"{name} is paused; what comes for it waits. To go on: stetwatch destinations resume {name}")
        return
    state = store.state(name)
    click.echo(f"{name} was {state.state} already" + (f": {plain(state.reason)}" if state.reason else ""))


@destinations.command()
@click.argument("name")
@configured
def resume(name: str, config_path: Path | None, data_dir: Path | None) -> None:
    """Let NAME go on, whether it was paused by hand, by its own refusals or disabled: what waits is sent now,
    also what was to be tried again later.

    Dead letters stay; send them again with: stetwatch deliveries redeliver --destination NAME --state dead

    \b
    Example:  stetwatch destinations resume archive
    """
    settings = settings_for(config_path, data_dir)
    store = open_destinations(settings)
    named(settings, store, name)
    before = store.state(name)
    resumed = store.resume(name)
    dead = f"; {before.dead} dead letters stay (see: stetwatch deliveries list --state dead)" if before.dead else ""
    click.echo(f"{name} {'goes on' if resumed else 'was active already'}: {before.pending} wait{dead}")


@destinations.command()
@click.argument("name")
@click.option("--finish", is_flag=True, help="End the overlap: only the newest secret signs from then on.")
@configured
@as_json
def rotate(name: str, config_path: Path | None, data_dir: Path | None, *, finish: bool, as_json: bool) -> None:
    """Change the signing secret of webhook NAME without losing a delivery.

    Makes a new secret. During the overlap both sign; receivers accept either. A secret_file is rewritten at once;
    for secret_env it says exactly what to set. End with --finish when the receiver has the new secret.

    \b
    Example:  stetwatch destinations rotate archive
    """
    settings = settings_for(config_path, data_dir)
    match configured_one(settings, name):
        case Webhook() as destination:
            rotated(destination, config_path, finish=finish, as_json=as_json)
        case Slack():
            raise UsageError(f"{name} is a Slack destination: its token is changed in Slack; see docs/slack.md")


def configured_one(settings: Settings, name: str) -> Destination:
    """The configured destination of this name; raises UsageError."""
    for destination in settings.destinations:
        if destination.name == name:
            return destination
    known = ", ".join(one.name for one in settings.destinations) or "none"
    raise UsageError(f"no destination is configured as {name!r} (configured: {known})")


def named(settings: Settings, store: Destinations, wanted: str | None) -> list[str]:
    """The destination that is asked for, else all: those configured, then those that only the store knows."""
    known = list(dict.fromkeys([*(one.name for one in settings.destinations), *store.names()]))
    if wanted is None:
        return known
    if wanted not in known and not store.knows(wanted):
        raise UsageError(f"no destination is named {wanted!r} (known: {', '.join(known) or 'none'})")
    return [wanted]


def _table(found: Sequence[DestinationState], kinds: Mapping[str, str]) -> Table:
    state = Column("state", overflow="fold")
    table = Table("destination", "type", state, "waiting", "in flight", "oldest", "dead", "breaker", "failing since")
    for one in found:
        breaker = one.breaker if one.breaker_until is None else f"{one.breaker} until {moment(one.breaker_until)}"
        failing = "" if one.failing_since is None else f"{moment(one.failing_since)} ({one.failed} attempts)"
        words = f"{one.state}: {one.reason}" if one.reason else one.state
        if one.wish_until is not None:
            words += f"; asked for a rest until {moment(one.wish_until)}"
        oldest = "" if one.oldest_at is None else moment(one.oldest_at)
        kind = kinds.get(one.name, "not configured")
        cells = (one.name, kind, words, str(one.pending), str(one.in_flight), oldest, str(one.dead), breaker, failing)
        table.add_row(*map(plain, cells))
    return table


def _came_of(outcome: SendOutcome) -> tuple[bool, str]:
    match outcome:
        case Delivered():
            return True, "arrived"
        case Retry(reason=reason):
            return False, reason
        case GaveUp(reason=reason):
            return False, reason
        case Pause(reason=reason):
            return False, reason
        case _:
            assert_never(outcome)


def _show_trial(name: str, change_id: str, attempt: Attempt, words: str) -> None:
    out = console()
    status = "no answer" if attempt.status is None else f"HTTP {attempt.status}"
    where = f" from {attempt.address}" if attempt.address else ""
    out.print(f"{name}: {plain(words)}  ({status}{where} after {attempt.duration_s * 1000:.0f} ms; {change_id})")
    if attempt.answer:
        out.print(f"  it answered: {plain(attempt.answer)}")
