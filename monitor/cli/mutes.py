"""``stetwatch destinations mute|unmute|mutes``: what a destination shall not hear of."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click
import msgspec
from rich.table import Table

from monitor.adapters.valkey.mutes import Mute, Mutes
from monitor.bootstrap import open_ledger, open_mutes
from monitor.cli.options import as_json, configured, me, settings_for
from monitor.cli.show import moment, plain, unfolded
from monitor.config import Settings, duration_of
from monitor.errors import UsageError

_POST = click.option("--post", metavar="PST", help="A post: pst_…, or SOURCE/pst_….")
_SOURCE = click.option("--source", metavar="NAME", help="All that a source tells.")
_DESTINATION = click.argument("destination")


@click.command()
@_DESTINATION
@_POST
@_SOURCE
@click.option("--for", "lasts", metavar="DURATION", help="For a while: 30m, 2h, 3d. Else until it is taken back.")
@configured
def mute(
    destination: str,
    post: str | None,
    source: str | None,
    lasts: str | None,
    config_path: Path | None,
    data_dir: Path | None,
) -> None:
    """Tell DESTINATION nothing of a post or a source, from now on: what comes or waits for it is dropped.

    The changes are recorded all the same, and a redelivery by hand goes through.

    \b
    Example:  stetwatch destinations mute desk --post pst_4k2… --for 2h
    """
    settings = settings_for(config_path, data_dir)
    for_s = None if lasts is None else duration_of(lasts, option="--for")
    store = open_mutes(settings)
    _known(destination, settings, store)
    what = _what(post, source, settings, store)
    click.echo(f"{destination} hears nothing of {what}, {_until(store.add(destination, what, for_s=for_s, by=me()))}")


@click.command()
@_DESTINATION
@_POST
@_SOURCE
@configured
def unmute(
    destination: str, post: str | None, source: str | None, config_path: Path | None, data_dir: Path | None
) -> None:
    """Take a mute back: DESTINATION hears of the post or source again, from now on.

    \b
    Example:  stetwatch destinations unmute desk --source budget-day
    """
    settings = settings_for(config_path, data_dir)
    store = open_mutes(settings)
    _known(destination, settings, store)
    what = _taken_back(destination, post, store) or _what(post, source, settings, store)
    if store.remove(destination, what):
        click.echo(f"{destination} hears of {what} again")
    else:
        click.echo(f"{what} was not muted for {destination}")


@click.command()
@click.argument("destination", required=False)
@configured
@as_json
def mutes(destination: str | None, config_path: Path | None, data_dir: Path | None, *, as_json: bool) -> None:
    """List what is muted, for DESTINATION or for all of them.

    \b
    Example:  stetwatch destinations mutes desk
    """
    settings = settings_for(config_path, data_dir)
    store = open_mutes(settings)
    if destination is not None:
        _known(destination, settings, store)
    names = _names(settings, store) if destination is None else [destination]
    found = [mute for name in names for mute in store.of(name)]
    if as_json:
        for one in found:
            click.echo(msgspec.json.encode(asdict(one)))
    elif found:
        table = Table("destination", "muted", "until", "by")
        for one in found:
            table.add_row(*map(plain, (one.destination, one.what, _until(one), one.by)))
        unfolded().print(table)
    else:
        click.echo("nothing is muted")


def _names(settings: Settings, store: Mutes) -> list[str]:
    return list(dict.fromkeys([*(one.name for one in settings.destinations), *store.destinations()]))


def _known(destination: str, settings: Settings, store: Mutes) -> None:
    known = _names(settings, store)
    if destination not in known:
        raise UsageError(f"no destination is named {destination!r} (known: {', '.join(known) or 'none'})")


def _what(post: str | None, source: str | None, settings: Settings, store: Mutes) -> str:
    """The lane of the post, or the source's name; one of the two must be given."""
    if (post is None) == (source is None):
        raise UsageError("say what is muted: --post PST or --source NAME, one of them")
    if source is not None:
        if all(one.name != source for one in settings.sources) and not store.is_source(source):
            raise UsageError(f"no source is named {source!r}; see: stetwatch status")
        return source
    assert post is not None  # noqa: S101  # one of the two is given
    if "/" in post:
        return post
    of = open_ledger(settings).source_of(post)
    if of is None:
        raise UsageError(f"{post}: no change of such a post is kept; write SOURCE/{post}, or see: stetwatch changes")
    return f"{of}/{post}"


def _taken_back(destination: str, post: str | None, store: Mutes) -> str | None:
    """The muted lane of a post, whose history may be gone by now."""
    lanes = [one.what for one in store.of(destination) if post is not None and one.what.endswith(f"/{post}")]
    return lanes[0] if len(lanes) == 1 else None


def _until(mute: Mute) -> str:
    return "until it is unmuted" if mute.until_at is None else f"until {moment(mute.until_at)}"
