"""The options that several commands share, and the settings they lead to."""

from __future__ import annotations

import getpass
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import click

from monitor import logs
from monitor.config import Settings, load_file
from monitor.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])

_CONFIG = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    help="The configuration file; else $STETWATCH_CONFIG, else ./stetwatch.toml.",
)
_DATA_DIR = click.option("--data-dir", type=click.Path(path_type=Path), help="Where the embedded Valkey keeps state.")
_URL = click.option("--url", "urls", multiple=True, help="Watch this page too; may be repeated.")
_ALLOW = click.option("--allow", multiple=True, metavar="CIDR", help="Allow connections to a private network.")
_LOG_LEVEL = click.option(
    "--log-level", default="info", type=click.Choice(["debug", "info", "warning", "error"]), show_default=True
)
_AGO = re.compile(r"(\d{1,9})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

listening = click.option(
    "--listen", metavar="HOST:PORT", help="Where the pages are served; else [web] listen. Port 0 takes a free one."
)
as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


def configured(command: F) -> F:
    """Options of every command that reads the configuration: ``--config``, ``--data-dir``."""
    return _CONFIG(_DATA_DIR(command))


def watching(command: F) -> F:
    """Options of the commands that run roles: the above, ``--url``, ``--allow``, ``--log-level``."""
    return _CONFIG(_URL(_ALLOW(_DATA_DIR(_LOG_LEVEL(command)))))


def settings_for(
    config_path: Path | None,
    data_dir: Path | None,
    *,
    urls: tuple[str, ...] = (),
    allow: tuple[str, ...] = (),
    listen: str | None = None,
    log_level: str = "warning",
) -> Settings:
    """Load the configuration and set up logs; raises ConfigError with every fault at once."""
    settings = load_file(config_path, urls=urls, allow=allow, data_dir=data_dir, listen=listen)
    logs.configure(level=log_level, secrets=settings.secrets())
    return settings


def flags(
    config_path: Path | None, data_dir: Path | None, urls: tuple[str, ...], allow: tuple[str, ...], log_level: str
) -> list[str]:
    """The same options as words, to hand on to a child process."""
    words = ["--log-level", log_level]
    words += ["--config", str(config_path)] if config_path else []
    words += ["--data-dir", str(data_dir)] if data_dir else []
    for url in urls:
        words += ["--url", url]
    for network in allow:
        words += ["--allow", network]
    return words


def moment_of(text: str | None, option: str) -> datetime | None:
    """The moment that ``--since`` or its like names: a while ago (30m, 6h, 2d), or ISO 8601 (UTC unless it says)."""
    if text is None:
        return None
    ago = _AGO.fullmatch(text)
    try:
        if ago:
            return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise UsageError(f"{option} {text}: not a time; write 30m, 6h, 2d or 2026-03-21T12:00:00Z") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def me() -> str:
    """Who runs this command, for whoever looks at it later."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user need not have a name
        return "the command line"
