"""``stetwatch run``: every role as a process of its own, and the embedded Valkey when no Redis is configured."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click
import structlog

from monitor.adapters.processes import die_with_parent
from monitor.adapters.valkey.server import EmbeddedServer
from monitor.bootstrap import open_ledger, open_sources, open_standing, store_risks
from monitor.cli.changes import print_change
from monitor.cli.crew import Crew
from monitor.cli.options import as_json, flags, listening, settings_for, watching
from monitor.cli.roles import worker_commands
from monitor.cli.show import count_of
from monitor.config import Settings, default_path
from monitor.core.urls import address
from monitor.errors import InfrastructureError, StetwatchError, UsageError

_LOOK_EVERY_S = 0.2

_log = structlog.get_logger("stetwatch")


@click.command()
@listening
@watching
@as_json
def run(
    config_path: Path | None,
    data_dir: Path | None,
    urls: tuple[str, ...],
    allow: tuple[str, ...],
    log_level: str,
    listen: str | None,
    *,
    as_json: bool,
) -> None:
    """Start every role and keep them alive; Ctrl-C or SIGTERM drains, a second one kills.

    Without a configured Redis, a Valkey of our own is started in the data directory. Without a destination, changes
    are printed here.

    \b
    Example:  stetwatch run --url https://news.example/live/budget-day
              stetwatch run --config stetwatch.toml
    """
    settings = settings_for(config_path, data_dir, urls=urls, allow=allow, listen=listen, log_level=log_level)
    for remark in settings.remarks:
        _log.warning("the configuration may hold a slip", remark=remark)
    die_with_parent()
    words = flags(config_path, data_dir, urls, allow, log_level)
    with _store(settings) as watch:
        if not settings.sources and (config_path or default_path(os.environ)) is None:
            _require_added(settings)
        code = asyncio.run(_crewed(settings, words, ["--listen", listen] if listen else [], watch, as_json=as_json))
    if code:
        error = StetwatchError(
            "a role refused its configuration" if code == 2 else "roles were killed before they had drained"
        )
        error.exit_code = code
        raise error


def _require_added(settings: Settings) -> None:
    """Raises UsageError when nothing was asked for and nothing was added: a file, even an empty one, asks to run."""
    with contextlib.suppress(InfrastructureError):
        if not open_sources(settings).names():
            raise UsageError(
                "nothing to watch: give --url URL, or a configuration (stetwatch config init); beside a run, sources "
                "are added by: stetwatch sources add URL"
            )


@contextlib.contextmanager
def _store(settings: Settings) -> Iterator[Callable[[], None]]:
    """The embedded server, or a look at the configured one; yields what keeps it alive."""
    if settings.redis.url is not None:
        try:
            for risk in store_risks(settings):
                _log.warning("the store may lose state", risk=risk)
        except InfrastructureError as error:
            _log.warning("the store is away; roles wait for it", reason=str(error))
        yield lambda: None
        return
    server = EmbeddedServer(
        settings.data_dir,
        listen=settings.redis.listen,
        prefix=settings.redis.prefix,
        on_loading=lambda percent: _log.info("the embedded Valkey is loading", percent=round(percent)),
    )
    with server:
        yield server.keep_alive


async def _crewed(
    settings: Settings, words: list[str], where_web: list[str], watch: Callable[[], None], *, as_json: bool
) -> int:
    command = [sys.executable, "-m", "monitor"]
    roles = {role: [*command, role, *words] for role in ("poll", "notify", "web")}
    roles["web"] += where_web
    if not settings.destinations:
        del roles["notify"]
    crew = Crew({**roles, **worker_commands(settings, words)}, watch=watch)
    beside = [asyncio.create_task(_announce(settings, [*roles, "work"]))]
    if not settings.destinations:
        beside.append(asyncio.create_task(_print_changes(settings, as_json=as_json)))
    try:
        return await crew.run()
    finally:
        for task in beside:
            task.cancel()


async def _announce(settings: Settings, roles: Sequence[str]) -> None:
    """Say that it watches, once each of these roles has shown a heartbeat: until then nothing is polled or served."""
    standing = open_standing(settings)
    while True:
        with contextlib.suppress(InfrastructureError):
            processes = (await asyncio.to_thread(standing)).processes
            if all(processes.get(role) for role in roles):
                break
        await asyncio.sleep(_LOOK_EVERY_S)
    where = count_of(settings.destinations, "destination") if settings.destinations else "changes are shown here"
    _log.info("watching", sources=len(settings.sources), telling=where)
    if settings.web.port and sys.stderr.isatty():
        click.echo(f"open {settings.web.url or address(settings.web.host, settings.web.port)} in a browser", err=True)


async def _print_changes(settings: Settings, *, as_json: bool) -> None:
    """Print what is committed from now on; a store that is away is waited for, and no fault ends it."""
    place = ""
    while True:
        try:
            ledger = open_ledger(settings)
            place = place or await asyncio.to_thread(ledger.newest_place)
            changes = ledger.follow(place, block_ms=500)
            while True:
                place, change = await asyncio.to_thread(next, changes)
                if change is not None:
                    print_change(change, as_json=as_json)
        except InfrastructureError:
            await asyncio.sleep(1.0)
        except Exception:  # noqa: BLE001  # nobody would hear of what comes after
            _log.exception("a change was not printed")
            await asyncio.sleep(1.0)
