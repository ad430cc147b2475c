"""The command as a user runs it: a real process with its own environment."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

COMMAND = (sys.executable, "-m", "monitor")
ROOT = Path(__file__).parents[2]


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This environment without the user's own Stetwatch settings and without colours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("STETWATCH_", "XDG_"))}
    return {**kept, "NO_COLOR": "1", "COLUMNS": "200", **(extra or {})}


def stetwatch(
    *words: str | Path, within_s: float = 30, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*COMMAND, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=within_s,
        env=environment(env),
        check=False,
    )


@contextlib.contextmanager
def running(*words: str | Path, log: Path, env: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A long-running command; its output goes to ``log``; it is stopped by SIGTERM, and SIGKILL after 25 s."""
    with (
        log.open("ab") as out,
        subprocess.Popen(
            [*COMMAND, *map(str, words)],
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=environment(env),
        ) as process,
    ):
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(25)
                except subprocess.TimeoutExpired:
                    process.kill()
                    raise
