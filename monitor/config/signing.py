"""Where a destination's signing secrets are written, so that a rotation can tell, or write them itself."""

from __future__ import annotations

import contextlib
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from monitor.config.files import default_path
from monitor.config.load import from_home
from monitor.errors import ConfigError, StetwatchError


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningPlace:
    """``env``: the variable ``name``; ``file``: the file ``path``; ``config``: the configuration file itself."""

    form: Literal["env", "file", "config"]
    name: str = ""
    path: Path


def signing_place(config: Path | None, destination: str, environ: Mapping[str, str] | None = None) -> SigningPlace:
    """Where the configuration that a command reads says the secrets of this destination stand.

    It must have been loaded before: what is wrong with it was told then. Raises ConfigError when it changed since.
    """
    environ = os.environ if environ is None else environ
    path = config or default_path(environ)
    if path is None:
        raise ConfigError(["no configuration file names a destination; make one with: stetwatch config init"])
    path = from_home(path, environ).absolute()
    tables = tomllib.loads(path.read_text("utf-8-sig")).get("destination", [])
    for table in tables:
        if table.get("name") == destination and "secret_env" in table:
            return SigningPlace(form="env", name=table["secret_env"], path=path)
        if table.get("name") == destination and "secret_file" in table:
            return SigningPlace(form="file", path=path.parent / table["secret_file"])
        if table.get("name") == destination and "secret" in table:
            return SigningPlace(form="config", path=path)
    raise ConfigError([f"{path}: destination {destination}: it has no secret any more"])


def write_secrets(path: Path, secrets: Sequence[str]) -> None:
    """Put secrets, newest first, into a file that only its owner may read, in one step: never half, never readable.

    The file stays its owner's, and a symbolic link stays one. Raises StetwatchError.
    """
    target = path.resolve()
    beside = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        owner = target.stat()
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            with contextlib.suppress(PermissionError):
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
            file.write("\n".join(secrets) + "\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise StetwatchError(f"cannot write {path}: {error.strerror}; check the folder and its rights") from None
