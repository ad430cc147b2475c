"""``stetwatch config check|schema|init``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from monitor.cli.options import configured, settings_for
from monitor.cli.show import count_of
from monitor.config import default_text
from monitor.config import schema as configuration_schema
from monitor.errors import UsageError


@click.group()
def config() -> None:
    """Check, describe or begin a configuration.

    \b
    Example:  stetwatch config init > stetwatch.toml && stetwatch config check
    """


@config.command()
@configured
def check(config_path: Path | None, data_dir: Path | None) -> None:
    """Read the configuration and name every fault at once: file, key, cure (exit 2)."""
    settings = settings_for(config_path, data_dir)
    for remark in settings.remarks:
        click.echo(remark, err=True)
    click.echo(
        f"fine: {count_of(settings.sources, 'source')}, {count_of(settings.destinations, 'destination')}, "
        f"{count_of(settings.routes, 'route')}; "
        + (f"state in {settings.data_dir}" if settings.redis.url is None else "state in the given Redis")
    )


@config.command()
def schema() -> None:
    """Print the JSON Schema of the configuration file."""
    click.echo(json.dumps(configuration_schema(), indent=2))


@config.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False), required=False)
def init(path: Path | None) -> None:
    """Print a commented configuration with every default, or write it to PATH (never over a file)."""
    if path is None:
        click.echo(default_text(), nl=False)
        return
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(default_text())
    except FileExistsError:
        raise UsageError(f"{path} exists: move it away, or choose another name") from None
    click.echo(f"wrote {path}; add a [[source]] and run: stetwatch run --config {path}")
