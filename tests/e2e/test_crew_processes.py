"""The crew with real processes: restarts, drains, kills, and no orphans."""

import contextlib
import functools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from monitor.adapters.valkey.connect import read_attachment
from monitor.adapters.valkey.server import EmbeddedServer
from tests.kit.waiting import wait_for_sync

CAPTAIN = """
import asyncio, contextlib, json, sys
from pathlib import Path
from monitor.adapters.valkey.server import EmbeddedServer
from monitor.cli.crew import Crew
told = json.loads(sys.argv[1])
with contextlib.ExitStack() as stack:
    if told["data_dir"]:
        server = stack.enter_context(EmbeddedServer(Path(told["data_dir"])))
    crew = Crew(told["commands"], drain_s=told["drain_s"], pause_s=lambda deaths: 0.05)
    code = asyncio.run(crew.run())
sys.exit(code)
"""

# A role: writes its pid, then a line for each signal it hears; ends on SIGTERM unless it is stubborn.
ROLE = """
import os, signal, sys
log = open(sys.argv[1], "a", buffering=1)
def heard(number, frame):
    log.write(signal.Signals(number).name + chr(10))
    if number == signal.SIGTERM and "stubborn" not in sys.argv:
        sys.exit(0)
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, heard)
log.write(f"{os.getpid()}{chr(10)}")
while True:
    signal.pause()
"""

# A role whose last act, on SIGTERM, is a write to the store.
WRITER = """
import signal, sys, redis
from pathlib import Path
from monitor.adapters.valkey.connect import endpoint, open_sync
store = open_sync(endpoint(None, Path(sys.argv[1])))
def drain(*_):
    store.set("drained", "1")
    sys.exit(0)
signal.signal(signal.SIGTERM, drain)
store.set("ready", "1")
while True:
    signal.pause()
"""

# A role that ignores SIGTERM and carries the second belt.
BELTED = """
import os, signal, sys
from pathlib import Path
from monitor.adapters.processes import die_with_parent
signal.signal(signal.SIGTERM, signal.SIG_IGN)
die_with_parent(0.1, every_s=0.05)
Path(sys.argv[1]).write_text(f"{os.getpid()}{chr(10)}")
while True:
    signal.pause()
"""


def role(log: Path, *words: str) -> list[str]:
    """The command of a role that writes to ``log``."""
    return [sys.executable, "-S", "-c", ROLE, str(log), *words]


@contextlib.contextmanager
def captain(
    commands: dict[str, list[str]], *, drain_s: float = 20, data_dir: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """The parent process, in a group of its own as a shell would give it."""
    told = {"commands": commands, "drain_s": drain_s, "data_dir": str(data_dir) if data_dir else None}
    command = [sys.executable, "-c", CAPTAIN, json.dumps(told)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, process_group=0) as process:
        try:
            yield process
        finally:
            process.kill()


def lines(log: Path, at_least: int = 1) -> list[str]:
    """What a role has written, once it is so many lines."""

    def whole() -> list[str]:
        found = log.read_text().splitlines() if log.exists() else []
        return found if len(found) >= at_least else []

    return wait_for_sync(whole, within_s=10, saying=f"{at_least} lines of {log.name}")


def gone(pid: int) -> bool:
    """Whether no such process runs any more."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "State:\tZ" in status.read_text()


def test_a_killed_role_is_started_again_and_all_drain_on_sigterm(tmp_path: Path) -> None:
    """kill -9 of one role brings a new one; SIGTERM reaches each once and the crew ends with 0."""
    poll, notify = tmp_path / "poll", tmp_path / "notify"
    with captain({"poll": role(poll), "notify": role(notify)}) as process:
        first = lines(poll)[0]
        other = lines(notify)[0]
        os.kill(int(first), signal.SIGKILL)
        second = lines(poll, 2)[1]
        process.terminate()

        assert process.wait(10) == 0
    assert lines(poll) == [first, second, "SIGTERM"]
    assert lines(notify) == [other, "SIGTERM"]


def test_ctrl_c_reaches_roles_only_as_one_sigterm(tmp_path: Path) -> None:
    """SIGINT to the whole foreground group: the roles, in sessions of their own, hear SIGTERM from the parent."""
    log = tmp_path / "poll"
    with captain({"poll": role(log)}) as process:
        pid = lines(log)[0]
        os.killpg(process.pid, signal.SIGINT)

        assert process.wait(10) == 0
    assert lines(log) == [pid, "SIGTERM"]


def test_exit_2_of_one_role_stops_all(tmp_path: Path) -> None:
    """A configuration that is off is not tried again: the others drain and the crew ends with 2."""
    log = tmp_path / "poll"
    script = "import os, sys, time\nwhile not os.path.exists(sys.argv[1]): time.sleep(.01)\nsys.exit(2)"
    wrong = [sys.executable, "-S", "-c", script, str(log)]
    with captain({"poll": role(log), "work-1": wrong}) as process:
        assert process.wait(10) == 2
    assert lines(log)[-1] == "SIGTERM"


def test_a_second_ctrl_c_kills_at_once(tmp_path: Path) -> None:
    """A role that will not drain is killed by the second signal, long before the deadline; exit 1."""
    log = tmp_path / "poll"
    with captain({"poll": role(log, "stubborn")}) as process:
        pid = int(lines(log)[0])
        process.send_signal(signal.SIGINT)
        assert lines(log, 2)[1] == "SIGTERM"
        process.send_signal(signal.SIGINT)

        assert process.wait(5) == 1
    assert gone(pid)


def test_a_drain_ends_at_its_deadline(tmp_path: Path) -> None:
    """After ``drain_s`` what still runs is killed; exit 1."""
    log = tmp_path / "poll"
    with captain({"poll": role(log, "stubborn")}, drain_s=0.2) as process:
        pid = int(lines(log)[0])
        process.terminate()

        assert process.wait(5) == 1
    assert gone(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
def test_no_role_outlives_a_killed_parent(tmp_path: Path) -> None:
    """kill -9 of the parent: each role hears SIGTERM from the kernel and is gone."""
    logs = [tmp_path / "poll", tmp_path / "notify"]
    with captain({log.name: role(log) for log in logs}) as process:
        pids = [int(lines(log)[0]) for log in logs]
        process.kill()
        for pid, log in zip(pids, logs, strict=True):
            wait_for_sync(functools.partial(gone, pid), within_s=5, saying=f"{pid} gone")
            assert lines(log, 2)[1] == "SIGTERM"


def test_the_second_belt_ends_a_role_that_ignores_sigterm(tmp_path: Path) -> None:
    """``die_with_parent`` notices the dead parent and ends the role after its grace."""
    log = tmp_path / "poll"
    with captain({"poll": [sys.executable, "-c", BELTED, str(log)]}) as process:
        pid = int(lines(log)[0])
        process.kill()
        wait_for_sync(lambda: gone(pid), within_s=5, saying="the role gone")


def test_the_store_stops_after_the_roles(tmp_path: Path) -> None:
    """Ctrl-C to the group: what a role writes while it drains is kept by the embedded server."""
    writer = [sys.executable, "-c", WRITER, str(tmp_path)]
    with captain({"work-1": writer}, data_dir=tmp_path) as process:

        def ready() -> bool:
            attachment = read_attachment(tmp_path)
            with contextlib.suppress(redis.ConnectionError):
                if attachment is not None:
                    with contextlib.closing(redis.Redis.from_url(attachment.url.reveal())) as store:
                        return store.get("ready") == b"1"
            return False

        wait_for_sync(ready, within_s=10)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(10) == 0
    with EmbeddedServer(tmp_path) as server, contextlib.closing(redis.Redis.from_url(server.url.reveal())) as store:
        assert store.get("drained") == b"1"
