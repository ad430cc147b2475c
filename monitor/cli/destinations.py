"""``stetwatch destinations``."""

from __future__ import annotations

import click

from monitor.cli.mutes import mute, mutes, unmute


@click.group()
def destinations() -> None:
    """Say what a destination shall not hear of.

    \b
    Example:  stetwatch destinations mutes
    """


for command in (mute, unmute, mutes):
    destinations.add_command(command)
