"""``stetwatch top``: the operator's view, live."""

from __future__ import annotations

import contextlib
import os
import select
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from rich.console import Group
from rich.live import Live
from rich.text import Text

from monitor.bootstrap import numbers_now, open_overview, open_standing
from monitor.cli.options import configured, settings_for
from monitor.cli.screen import screen
from monitor.cli.show import console
from monitor.cli.status import roles_of
from monitor.config import Settings
from monitor.errors import InfrastructureError

_EVERY_S = 1.0
_QUITS = {b"q", b"Q", b"\x03", b"\x04", b""}


@click.command()
@configured
@click.option("--once", is_flag=True, help="Print it once, as off a terminal.")
def top(config_path: Path | None, data_dir: Path | None, *, once: bool) -> None:
    """Watch roles, sources, queues, rates and destinations; q quits.

    \b
    Example:  stetwatch top
    """
    frame = _frames(settings_for(config_path, data_dir))
    out = console()
    if once or not out.is_terminal:
        out.print(frame())
        return
    shown = frame()  # what cannot be read at all ends the command in a line, before the screen is taken
    with _keys() as quits, Live(shown, console=out, screen=True, auto_refresh=False, vertical_overflow="crop") as live:
        while not quits(_EVERY_S):
            try:
                shown = frame()
                live.update(shown, refresh=True)
            except InfrastructureError as error:
                live.update(Group(Text(str(error), "bold red"), shown), refresh=True)


def _frames(settings: Settings) -> Callable[[], Group]:
    standing, overview = open_standing(settings), open_overview(settings)
    names = [one.name for one in settings.destinations]

    def frame() -> Group:
        now = standing()
        title = Text(f"stetwatch  {now.now:%Y-%m-%d %H:%M:%S}Z  q quits", style="bold")
        return Group(title, screen(now, numbers_now(settings, ()), overview.destinations(names), roles_of(settings)))

    return frame


@contextlib.contextmanager
def _keys() -> Iterator[Callable[[float], bool]]:
    """A wait for so many seconds, cut short and true when q (or Ctrl-C, Ctrl-D) is pressed."""
    if not sys.stdin.isatty():
        yield _slept
        return
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)

    def pressed(seconds: float) -> bool:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if select.select([terminal], [], [], left)[0] and os.read(terminal, 1) in _QUITS:
                return True
        return False

    try:
        tty.setcbreak(terminal)
        yield pressed
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _slept(seconds: float) -> bool:
    time.sleep(seconds)
    return False
