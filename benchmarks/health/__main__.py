"""``python -m benchmarks.health``: who stopped, within 15 s, by ``HGETALL stet:m:roles`` alone; and what a round costs.

Poller, worker and notifier run as processes of their own with nobody to restart them. In turn each is killed, held or
ended; the reader asks ten times a second. Prints one JSON object; exit code 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

from rich.console import Console

from benchmarks.health.cost import cost
from monitor.adapters.valkey.connect import endpoint, open_sync
from monitor.adapters.valkey.server import EmbeddedServer

_BAR_S: Final = 15.0
_START_S: Final = 60.0
_ROLES: Final[Mapping[str, Sequence[str]]] = {
    "poll": ("-m", "monitor", "poll"),
    "work": ("-m", "workers"),
    "notify": ("-m", "monitor", "notify"),
}
_SIGNALS: Final = {"poll": signal.SIGKILL, "work": signal.SIGSTOP, "notify": signal.SIGTERM}
_CONFIG: Final = """
data_dir = "{folder}"
[[source]]
name = "storm"
url = "https://news.example/live/storm"
[[destination]]
name = "ops"
type = "webhook"
url = "https://ops.example/hook"
secret = "whsec_c2VjcmV0IG9mIHR3ZW50eS1mb3VyIGJ5dGVz"
[[route]]
match = {{ types = ["role.stopped", "role.recovered"] }}
to = ["ops"]
"""


class Stage:
    """An embedded store, and the roles beside it."""

    def __init__(self, folder: Path) -> None:
        self._config = folder / "stetwatch.toml"
        self._config.write_text(_CONFIG.format(folder=folder), encoding="utf-8")
        self._log = (folder / "log").open("wb")
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.store = open_sync(endpoint(None, folder))

    def start(self, role: str) -> None:
        """One process of this role."""
        command = [sys.executable, *_ROLES[role], "--config", str(self._config)]
        self._processes[role] = subprocess.Popen(command, stdout=self._log, stderr=self._log)

    def hit(self, role: str, number: signal.Signals) -> None:
        """Send its process a signal."""
        os.kill(self._processes[role].pid, number)

    def put_away(self, role: str) -> None:
        """End its process for good, whatever state it is in."""
        process = self._processes.pop(role)
        process.kill()
        process.wait(10)

    def end(self) -> None:
        """Put all away."""
        for role in list(self._processes):
            self.put_away(role)
        self._log.close()

    def roles(self) -> dict[str, str]:
        """What ``HGETALL stet:m:roles`` says."""
        held = cast("dict[bytes, bytes]", cast("Any", self.store.hgetall("stet:m:roles")))
        return {role.decode(): said.decode() for role, said in held.items()}

    def told(self, role: str) -> bool:
        """Whether the log has a role.stopped of this role."""
        rows = cast("Any", self.store.xrevrange("stet:changes", count=20))
        return any(row[b"type"] == b"role.stopped" and row[b"subject"] == role.encode() for _, row in rows)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.health", description=__doc__)
    parser.add_argument("--every-signal", action="store_true", help="SIGKILL, SIGSTOP and SIGTERM to each of them")
    asked = parser.parse_args()
    shown = Console(stderr=True)
    stopped = []
    with _staged() as stage:
        for role, number in _turns(every_signal=asked.every_signal):
            with shown.status(f"{number.name} to {role}"):
                stopped.append(_stopped(stage, role, number))
    with shown.status("the cost of a round"):
        costs = cost()
    met = all(one["met"] for one in (*stopped, costs))
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    bar = f"named within {_BAR_S:g} s; {costs['bar']}"
    print(json.dumps({"machine": machine, "bar": bar, "met": met, "stopped": stopped, "round": costs}, indent=1))
    return 0 if met else 1


def _turns(*, every_signal: bool) -> Iterator[tuple[str, signal.Signals]]:
    """Who is stopped how. No role twice in a row: it is told of again only after it was told to have recovered."""
    if not every_signal:
        yield from _SIGNALS.items()
        return
    for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM):
        for role in _ROLES:
            yield role, number


@contextlib.contextmanager
def _staged() -> Iterator[Stage]:
    with tempfile.TemporaryDirectory(prefix="stetwatch-health-") as name, EmbeddedServer(Path(name)):
        stage = Stage(Path(name))
        try:
            for role in _ROLES:
                stage.start(role)
            _await(lambda: stage.roles() == dict.fromkeys(_ROLES, "alive"), _START_S, "all roles alive")
            yield stage
        finally:
            stage.end()


def _stopped(stage: Stage, role: str, number: signal.Signals) -> dict[str, Any]:
    """Stop one role; start it again when it was named and told of."""
    stage.store.delete("stet:changes")
    stage.hit(role, number)
    began = time.monotonic()
    _await(lambda: stage.roles().get(role, "alive") != "alive", 3 * _BAR_S, f"{role} named")
    named_s, said = time.monotonic() - began, stage.roles()
    _await(lambda: stage.told(role), 3 * _BAR_S, f"{role} told of")
    told_s = time.monotonic() - began
    stage.put_away(role)
    stage.start(role)
    _await(lambda: stage.roles()[role] == "alive", _START_S, f"{role} alive again")
    only = [one for one, words in said.items() if words != "alive"] == [role]
    return {
        "role": role,
        "signal": number.name,
        "reader_sees": said[role],
        "named_within_s": round(named_s, 1),
        "told_within_s": round(told_s, 1),
        "met": only and named_s <= _BAR_S,
    }


def _await(condition: Any, within_s: float, what: str) -> None:
    until = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > until:
            raise SystemExit(f"not within {within_s:g} s: {what}")
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
