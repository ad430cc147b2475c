"""``stetwatch webhook secret|listen|verify|openapi``: what the developer of a consumer needs."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from monitor import logs
from monitor.cli.listen import listening
from monitor.cli.options import as_json, moment_of
from monitor.cli.rotation import new_secret
from monitor.cli.show import console, plain
from monitor.config import read_private
from monitor.core.deliver.diagnose import Request, diagnose, read_request
from monitor.core.deliver.openapi import document
from monitor.errors import StetwatchError, UsageError

_SECRET_ENV = click.option(
    "--secret-env", metavar="NAME", help="The environment variable that holds the secret, or several, newest first."
)
_SECRET_FILE = click.option(
    "--secret-file", type=click.Path(path_type=Path, dir_okay=False), help="The file that holds it (mode 600)."
)
_MOST_READ: Final = 10_000_000


@click.group()
def webhook() -> None:
    """Make a secret, receive webhooks on this machine, find out why one does not verify.

    \b
    Example:  stetwatch webhook listen --port 8787
    """


@webhook.command()
@click.option("--bytes", "size", default=32, show_default=True, type=click.IntRange(24, 64), help="Random bytes in it.")
@click.option(
    "--file",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it to a new file that only you may read, for secret_file; print nothing.",
)
def secret(size: int, path: Path | None) -> None:
    """Make a signing secret: both sides must have the same.

    \b
    Example:  export ARCHIVE_SECRET=$(stetwatch webhook secret)
    """
    made = new_secret(size)
    if path is None:
        click.echo(made)
        return
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(made + "\n")
    except FileExistsError:
        raise UsageError(f"{path} exists: to replace the secret in it use: stetwatch destinations rotate") from None
    except OSError as error:
        raise StetwatchError(f"cannot write {path}: {error.strerror}; check the folder and its rights") from None


@webhook.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", default=8787, show_default=True, help="0 takes any free port.")
@_SECRET_ENV
@_SECRET_FILE
@click.option(
    "--fail", type=click.IntRange(300, 599), metavar="STATUS", help="Answer with this status, to see retries."
)
@click.option("--once", is_flag=True, help="End after the first request: exit 0 if it verified, else 1.")
@as_json
def listen(
    host: str,
    port: int,
    secret_env: str | None,
    secret_file: Path | None,
    fail: int | None,
    *,
    once: bool,
    as_json: bool,
) -> None:
    """Receive webhooks on this machine, verify them, and show what they say.

    Without a secret one is made for this run, and the lines to configure it are shown.

    \b
    Example:  stetwatch webhook listen --port 8787 --secret-env ARCHIVE_SECRET
    """
    logs.configure(level="warning")
    given = _secrets(secret_env, secret_file)
    try:
        fine = asyncio.run(
            listening(host, port, given or [new_secret()], made=not given, fail=fail, once=once, as_json=as_json)
        )
    except KeyboardInterrupt:
        return
    sys.exit(0 if fine else 1)


@webhook.command()
@click.argument("request_path", metavar="[REQUEST]", type=click.Path(path_type=Path), default=Path("-"))
@_SECRET_ENV
@_SECRET_FILE
@click.option("--header", "-H", "given", multiple=True, metavar="'NAME: VALUE'", help="A header; REQUEST is the body.")
@click.option("--at", "at_text", metavar="TIME", help="Judge its age at this time (ISO 8601 or unix seconds), not now.")
@as_json
def verify(
    request_path: Path,
    secret_env: str | None,
    secret_file: Path | None,
    given: tuple[str, ...],
    at_text: str | None,
    *,
    as_json: bool,
) -> None:
    """Say precisely why a webhook does not verify (exit 1), or that it does (exit 0).

    REQUEST is a file, or - for standard input: the raw request (headers, an empty line, the body), or the body alone
    with --header for each header. Its bytes must be those that came.

    \b
    Example:  stetwatch webhook verify request.txt --secret-env ARCHIVE_SECRET
    """
    texts = _secrets(secret_env, secret_file)
    if not texts:
        raise UsageError("verify: name the secret with --secret-env NAME or --secret-file PATH")
    now = time.time() if at_text is None else _seconds(at_text)
    request = _request(_read(request_path), given)
    found = diagnose(request, texts, now)
    fine = all(one.fine for one in found)
    if as_json:
        told = {"verified": fine, "id": request.headers.get("webhook-id"), "findings": [asdict(one) for one in found]}
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        out = console()
        for one in found:
            out.print(f"{'✓' if one.fine else '✗'} {plain(one.words)}", style=None if one.fine else "red")
        out.print("verified" if fine else "not verified", style="bold")
    sys.exit(0 if fine else 1)


@webhook.command()
def openapi() -> None:
    """Print the OpenAPI 3.1 document of all webhooks: headers, schemas, an example of each.

    \b
    Example:  stetwatch webhook openapi > stetwatch-webhooks.json
    """
    click.echo(json.dumps(document(), indent=2, ensure_ascii=False))


def _secrets(env: str | None, path: Path | None) -> list[str]:
    """What was given as secrets, as it stands: what is wrong with one is for the reader of it to say."""
    if env is not None and path is not None:
        raise UsageError("--secret-env and --secret-file: give one of them")
    if env is not None:
        if not os.environ.get(env):
            raise UsageError(f"--secret-env {env}: the environment has no {env}; export it before")
        return os.environ[env].split()
    if path is not None:
        try:
            return read_private(path).split() or [""]
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no text"
            raise UsageError(f"--secret-file {path}: {why}") from None
    return []


def _read(path: Path) -> bytes:
    if str(path) == "-":
        return sys.stdin.buffer.read(_MOST_READ)
    try:
        with path.open("rb") as file:
            return file.read(_MOST_READ)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; give a file that holds the request, or - for input") from None


def _request(raw: bytes, given: Sequence[str]) -> Request:
    if not given:
        return read_request(raw)
    headers = {}
    for one in given:
        name, colon, value = one.partition(":")
        if not colon:
            raise UsageError(f"--header {one}: write 'NAME: VALUE'")
        headers[name.strip().lower()] = value.strip()
    return Request(headers, raw)


def _seconds(text: str) -> float:
    at = datetime.fromtimestamp(int(text), UTC) if re.fullmatch("[0-9]{1,11}", text) else moment_of(text, "--at")
    return at.timestamp() if at else time.time()
