"""``stetwatch poll``, ``work`` and ``notify``: one role each."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import click
import uvloop

from monitor.adapters.processes import die_with_parent
from monitor.bootstrap import beating, open_notifier, open_poller, require_store
from monitor.cli.crew import Crew
from monitor.cli.options import flags, settings_for, watching
from monitor.config import Settings
from monitor.errors import StetwatchError
from monitor.roles.rounds import Heart


class Role(Protocol):
    """What a role looks like from outside."""

    async def run(self, stop: asyncio.Event) -> None: ...


@runtime_checkable
class Speaking(Protocol):
    """A role that has numbers of its own for its heartbeat: ``sse_clients``, summed up over its processes."""

    def says(self) -> Mapping[str, int]: ...


@click.command()
@watching
def poll(
    config_path: Path | None, data_dir: Path | None, urls: tuple[str, ...], allow: tuple[str, ...], log_level: str
) -> None:
    """Visit due sources and hand what changed to the diff workers. SIGTERM drains.

    \b
    Example:  stetwatch poll --config stetwatch.toml
    """
    settings = settings_for(config_path, data_dir, urls=urls, allow=allow, log_level=log_level)
    run_role(settings, "poll", open_poller)


@click.command()
@watching
def notify(
    config_path: Path | None, data_dir: Path | None, urls: tuple[str, ...], allow: tuple[str, ...], log_level: str
) -> None:
    """Deliver changes to webhooks and Slack. SIGTERM drains.

    \b
    Example:  stetwatch notify --config stetwatch.toml
    """
    settings = settings_for(config_path, data_dir, urls=urls, allow=allow, log_level=log_level)
    run_role(settings, "notify", open_notifier)


@click.command()
@click.option(
    "--processes", type=click.IntRange(min=1), help="Worker processes; else [work] processes, else one a core."
)
@watching
def work(
    config_path: Path | None,
    data_dir: Path | None,
    urls: tuple[str, ...],
    allow: tuple[str, ...],
    log_level: str,
    processes: int | None,
) -> None:
    """Run diff workers and restart what exits. SIGTERM drains.

    \b
    Example:  stetwatch work --config stetwatch.toml --processes 4
    """
    settings = settings_for(config_path, data_dir, urls=urls, allow=allow, log_level=log_level)
    die_with_parent()
    require_store(settings)
    words = flags(config_path, data_dir, urls, allow, log_level)
    code = asyncio.run(Crew(worker_commands(settings, words, processes)).run())
    if code:
        raise _ended(code)


def worker_commands(settings: Settings, words: list[str], processes: int | None = None) -> dict[str, list[str]]:
    """The command of each diff worker process, by name."""
    count = processes or settings.work.processes or os.cpu_count() or 1
    return {f"work-{number}": [sys.executable, "-m", "workers", *words] for number in range(1, count + 1)}


def run_role(settings: Settings, name: str, opened: Callable[[Settings], AbstractAsyncContextManager[Role]]) -> None:
    """Be this role until SIGTERM, with a heartbeat."""
    die_with_parent()
    gc.collect()
    gc.freeze()  # what was imported stays; looking through it again cost a fifth of a poll
    gc.set_threshold(50_000, 20, 50)
    with beating(settings, name) as heart:
        uvloop.run(_until_signalled(opened(settings), heart))


async def _until_signalled(opened: AbstractAsyncContextManager[Role], heart: Heart) -> None:
    async with _stop_on_signals() as stop, _beside(heart.follow(stop)):
        opening = asyncio.ensure_future(opened.__aenter__())
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait({opening, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not opening.done():
            opening.cancel()
            return
        role = opening.result()
        if isinstance(role, Speaking):
            heart.says = role.says
        try:
            await role.run(stop)
        finally:
            await opened.__aexit__(None, None, None)


@contextlib.asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()


@contextlib.asynccontextmanager
async def _stop_on_signals() -> AsyncIterator[asyncio.Event]:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


def _ended(code: int) -> StetwatchError:
    error = StetwatchError(
        "a role ended with exit code 2" if code == 2 else "roles were killed before they had drained"
    )
    error.exit_code = code
    return error
