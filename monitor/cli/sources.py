"""``stetwatch sources list|add|pause|resume|remove``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, get_args

import click
import msgspec
from rich.table import Column, Table

from monitor.bootstrap import open_sources, open_standing
from monitor.cli import copies
from monitor.cli.look import show_page
from monitor.cli.options import as_json, configured, me, settings_for
from monitor.cli.show import console, due_text, moment, plain, unfolded
from monitor.config import Settings, added_source
from monitor.config.checks import FIELDS
from monitor.core.extract import extract
from monitor.errors import ConfigError, StetwatchError, UsageError
from monitor.model import Page, Source, Unreadable
from monitor.ports import Condition, SourceDesk, SourceStanding

_PAGE: Final = 200
_ORIGIN: Final = "command line"
_FAULT = re.compile(rf"{_ORIGIN}: (\S+?)(?:\[\d+\])?: ")
_OPTIONS: Final = {"url": "URL", "tags": "--tag"}


@click.group()
def sources() -> None:
    """See how sources fare; add, pause, resume and remove them while everything runs.

    \b
    Example:  stetwatch sources list
    """


@sources.command("list")
@click.option("--condition", type=click.Choice(get_args(Condition)), help="Only sources of which this is true.")
@configured
@as_json
def list_(config_path: Path | None, data_dir: Path | None, condition: Condition | None, *, as_json: bool) -> None:
    """List sources as they stand: those of the configuration, and those added while running.

    \b
    Example:  stetwatch sources list --condition failing
    """
    desk = open_sources(settings_for(config_path, data_dir))
    found = _all(desk, condition)
    if as_json:
        for row in found:
            click.echo(_line(row))
        return
    rows = list(found)
    if rows:
        unfolded().print(_table(rows))
    elif condition is None:
        click.echo("no sources; add one: stetwatch sources add URL")
    else:
        click.echo(f"no source is {condition}")


def _extraction(command: Callable[..., None]) -> Callable[..., None]:
    """An option a key of ``[source.extract]``."""
    for name in reversed(FIELDS):
        command = click.option(f"--{name}", f"extract_{name}", help=f"Where a post's {name} is.")(command)
    command = click.option("--posts", "extract_posts", help="Where the posts are: JMESPath or a CSS selector.")(command)
    return click.option("--format", "extract_format", help="How the posts are marked up; else auto.")(command)


@sources.command()
@click.argument("url")
@click.option("--name", help="What it is called everywhere; else a name made of host and path.")
@click.option("--timezone", help="The zone of times that carry none.")
@click.option("--tag", "tags", multiple=True, help="A word that routes can match; may be repeated.")
@click.option("--min", "poll_min", help="Never poll more often than this (15s).")
@click.option("--max", "poll_max", help="Never poll more seldom than this (10m).")
@click.option("--baseline", help="silent, or alert: tell of the posts found at first sight.")
@_extraction
@click.option("--no-check", is_flag=True, help="Do not look at the page first.")
@configured
@as_json
def add(
    url: str, config_path: Path | None, data_dir: Path | None, *, no_check: bool, as_json: bool, **given: Any
) -> None:
    """Watch the page at URL from now on, beside the configured sources, whatever restarts.

    Looks at it first and shows the posts, as `stetwatch check` does; a page that cannot be read is not added. What a
    source shall send along (headers, cookies, a password) stands in the configuration file alone.

    \b
    Example:  stetwatch sources add https://news.example/live/budget-day --tag politics --min 15s
    """
    settings = settings_for(config_path, data_dir)
    source = _described(url, given)
    desk = open_sources(settings)
    _refuse_taken(desk, source)
    page = None if no_check else _seen(source, settings)
    if page is not None and not as_json:
        show_page(page)
    if not desk.add(source):
        _refuse_taken(desk, source)
    if as_json:
        standing = desk.standing(source.name)
        click.echo(b"{}" if standing is None else _line(standing))
    else:
        console().print(f"{source.name} is watched from now on, every {source.poll_min_s:g} s at most")
    if not open_standing(settings)().processes.get("poll"):
        click.echo("no poller runs; start one: stetwatch run, or stetwatch poll", err=True)


@sources.command()
@click.argument("name")
@click.option("--reason", default="paused by hand", show_default=True, help="For whoever looks at it later.")
@configured
def pause(name: str, reason: str, config_path: Path | None, data_dir: Path | None) -> None:
    """Leave NAME alone until it is resumed, whether configured or added. What was fetched is still told.

    \b
    Example:  stetwatch sources pause budget-day --reason "the site asked us to"
    """
    desk = open_sources(settings_for(config_path, data_dir))
    before = _known(desk, name)
    if desk.pause(name, reason, by=me()):
        click.echo(f"{name} is paused. To go on: stetwatch sources resume {name}")
    else:
        why = f": {plain(before.reason)}" if before.reason else ""
        click.echo(f"{name} was paused already{why}")


@sources.command()
@click.argument("name")
@configured
def resume(name: str, config_path: Path | None, data_dir: Path | None) -> None:
    """Let NAME go on: it is visited at once, and what changed meanwhile is told.

    \b
    Example:  stetwatch sources resume budget-day
    """
    desk = open_sources(settings_for(config_path, data_dir))
    _known(desk, name)
    click.echo(f"{name} goes on" if desk.resume(name) else f"{name} was not paused")


@sources.command()
@click.argument("name")
@configured
def remove(name: str, config_path: Path | None, data_dir: Path | None) -> None:
    """Watch NAME no longer. Its changes stay; added again within [retention] days it goes on where it was.

    \b
    Example:  stetwatch sources remove budget-day
    """
    desk = open_sources(settings_for(config_path, data_dir))
    match desk.remove(name):
        case "removed":
            click.echo(f"{name} is watched no longer")
        case "configured":
            raise UsageError(
                f"{name} stands in the configuration file: take it out there and start again, "
                f"or leave it alone with: stetwatch sources pause {name}"
            )
        case "unknown":
            raise _unknown(name)


def _described(url: str, given: Mapping[str, Any]) -> Source:
    """The source that the options describe; raises UsageError or ConfigError that name the options."""
    told = {name: value for name, value in given.items() if value not in (None, ())}
    fields: dict[str, Any] = {"url": url, "poll": {}, "extract": {}}
    for name, value in told.items():
        table, _, key = name.partition("_")
        if key:
            fields[table][key] = value
        else:
            fields[name] = list(value) if isinstance(value, tuple) else value
    try:
        return added_source(fields, origin=_ORIGIN)
    except ConfigError as error:
        raise ConfigError([_FAULT.sub(_option, fault) for fault in error.faults]) from None


def _option(found: re.Match[str]) -> str:
    key = found[1].rpartition(".")[2]
    return f"{_OPTIONS.get(key, f'--{key}')}: "


def _seen(source: Source, settings: Settings) -> Page:
    """The page as it is read now; raises StetwatchError."""
    try:
        snapshot, body = copies.read(source.url, source, settings, at=None)
        match extract(body, snapshot, source):
            case Page() as page:
                return page
            case Unreadable(reason=reason):
                raise StetwatchError(f"{source.url}: {plain(reason)}")
    except StetwatchError as error:
        raise StetwatchError(f"{error}; it was not added (--no-check adds it all the same)") from None


def _refuse_taken(desk: SourceDesk, source: Source) -> None:
    """Raises UsageError when there is a source of this name."""
    standing = desk.standing(source.name)
    if standing is None:
        return
    if standing.source.url == source.url:
        raise UsageError(f"{source.url} is watched already, as {source.name}; to watch it twice give another --name")
    raise UsageError(f"{source.name} is already the name of {standing.source.url}; choose another --name")


def _known(desk: SourceDesk, name: str) -> SourceStanding:
    standing = desk.standing(name)
    if standing is None:
        raise _unknown(name)
    return standing


def _unknown(name: str) -> UsageError:
    return UsageError(f"no source is named {name!r}; see: stetwatch sources list")


def _all(desk: SourceDesk, condition: Condition | None) -> Iterator[SourceStanding]:
    after: str | None = ""
    while after is not None:
        page = desk.page(_PAGE, after, condition)
        yield from page.rows
        after = page.after


def _line(row: SourceStanding) -> bytes:
    return msgspec.json.encode({"name": row.source.name, **msgspec.to_builtins(row)})


def _table(rows: list[SourceStanding]) -> Table:
    why = Column("why", overflow="fold")
    table = Table("source", "condition", "since", "every", "next poll", "polls", "waiting", "changes", "from", why)
    for row in rows:
        cells = (
            row.source.name,
            row.condition,
            "" if row.since is None else moment(row.since),
            "" if row.interval_s is None else f"{row.interval_s:.0f} s",
            due_text(row.due_in_s),
            str(row.counters.get("polls_total", 0)),
            str(row.waiting),
            str(sum(n for name, n in row.counters.items() if name.startswith("changes_"))),
            row.origin,
            row.reason or (f"goes on at {row.successor}" if row.successor else ""),
        )
        table.add_row(*map(plain, cells))
    return table
