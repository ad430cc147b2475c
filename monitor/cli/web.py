"""``stetwatch web``: the role that shows."""

from __future__ import annotations

from pathlib import Path

import click

from monitor.bootstrap.web import open_web
from monitor.cli.options import listening, settings_for, watching
from monitor.cli.roles import run_role


@click.command()
@listening
@watching
def web(
    config_path: Path | None,
    data_dir: Path | None,
    urls: tuple[str, ...],
    allow: tuple[str, ...],
    log_level: str,
    listen: str | None,
) -> None:
    """Serve the pages, the API and the feeds; to this machine alone, unless a token is set. SIGTERM drains.

    \b
    Example:  stetwatch web --config stetwatch.toml
    """
    settings = settings_for(config_path, data_dir, urls=urls, allow=allow, listen=listen, log_level=log_level)
    run_role(settings, "web", open_web)
