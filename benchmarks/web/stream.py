"""Many open streams and a steady flow of changes, through a real store and real commits."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks.delivery.stage import changes, opened
from monitor.adapters.valkey.connect import endpoint

Progress = Callable[[str], object]
Figures = dict[str, Any]

CLIENTS: Final = 500
PER_S: Final = 20
SECONDS: Final = 30


def stream(progress: Progress, clients: int = CLIENTS, seconds: int = SECONDS) -> Figures:
    """Every client is told every change in order; what that costs the web process, and how late an event is."""
    events, port = PER_S * seconds, _free_port()
    with (
        opened(0, []) as stage,
        _running("role", _url(stage.folder), port) as role,
        _running("clients", port, clients, events) as listeners,
    ):
        committed_at, started, spent = [], time.monotonic(), _cpu_s(role.pid)
        for number, change in enumerate(changes(0, events)):
            time.sleep(max(0.0, started + number / PER_S - time.monotonic()))
            committed_at.append(stage.commit([change], ()))
            if number % 100 == 0:
                progress(f"stream: {number} of {events} changes to {clients} clients")
        assert listeners.stdout is not None
        *arrivals, last = listeners.stdout
        taken, spent = time.monotonic() - started, _cpu_s(role.pid) - spent
    delays_ms = sorted((float(line.split()[0]) - committed_at[int(line.split()[1])]) * 1000 for line in arrivals)
    told, share = json.loads(last), spent / taken
    return {
        "what": f"{clients} streams, {PER_S} changes/s for {seconds} s",
        "clients_told_all_in_order": told["whole"],
        "cpu_of_one_core": round(share, 3),
        "median_ms": round(statistics.median(delays_ms), 1) if delays_ms else None,
        "p95_ms": round(delays_ms[len(delays_ms) * 95 // 100], 1) if delays_ms else None,
        **({"fault": told["fault"]} if told["fault"] else {}),
        "bar": f"all {clients}, ≤ 0.40 of a core",
        "met": told["whole"] == clients and share <= 0.40,
    }


@contextlib.contextmanager
def _running(module: str, *words: object) -> Iterator[subprocess.Popen[str]]:
    """One of our processes, ready."""
    command = [sys.executable, "-m", f"benchmarks.web.{module}", *map(str, words)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


def _cpu_s(pid: int) -> float:
    """The processor time a process has used, in seconds (proc(5): utime and stime)."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def _url(folder: Path) -> str:
    return endpoint(None, folder).reveal()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
