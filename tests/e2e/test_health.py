"""Who stopped, as real processes are killed, held and ended; and the operator's commands beside them."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import redis

from tests.e2e.test_kills import pids
from tests.kit.cli import COMMAND, environment, running, stetwatch
from tests.kit.rounds import shown, told
from tests.kit.waiting import wait_for_sync

WORKER = (sys.executable, "-m", "workers")


@pytest.fixture
def config(tmp_path: Path, valkey_url: str, valkey: redis.Redis) -> Path:  # noqa: ARG001
    """A source that nobody answers for, and a destination that is never asked."""
    path = tmp_path / "stetwatch.toml"
    path.write_text(
        f'data_dir = "{tmp_path}"\n[redis]\nurl = "{valkey_url}"\n[work]\nprocesses = 1\n'
        '[[source]]\nname = "storm"\nurl = "http://127.0.0.1:9/live"\n'
        '[[destination]]\nname = "ops"\ntype = "webhook"\nurl = "https://127.0.0.1:9/"\n'
        'secret = "whsec_c2VjcmV0IG9mIHR3ZW50eS1mb3VyIGJ5dGVz"\n'
    )
    return path


@contextlib.contextmanager
def roles(config: Path) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """A poller, a worker and a notifier, each on its own, with nobody to start them again."""
    commands = {"poll": (*COMMAND, "poll"), "work": WORKER, "notify": (*COMMAND, "notify")}
    with contextlib.ExitStack() as stack:
        found = {}
        for role, command in commands.items():
            log = stack.enter_context((config.parent / f"{role}.log").open("wb"))
            words = [*command, "--config", str(config)]
            process = subprocess.Popen(words, stdout=log, stderr=log, env=environment())
            stack.callback(ended, process)
            found[role] = process
        yield found


def of_roles(client: redis.Redis) -> list[tuple[str, str]]:
    """Type and role of the changes that tell of roles."""
    return [(type_, role) for type_, _, role in told(client) if type_.startswith("role.")]


def ended(process: subprocess.Popen[bytes]) -> None:
    """Whatever became of it: away with it."""
    process.kill()
    process.wait(10)


@pytest.mark.timeout(120)
def test_a_reader_with_stock_commands_names_who_stopped_within_15_s(config: Path, valkey: redis.Redis) -> None:
    """After SIGKILL and SIGSTOP within 15 s, after SIGTERM at once; each is told once, and healthcheck says so."""
    with roles(config) as processes:
        everybody = dict.fromkeys(processes, "alive")
        wait_for_sync(lambda: shown(valkey, "roles") == everybody, within_s=40)
        assert stetwatch("healthcheck", "--config", config).returncode == 0

        processes["poll"].kill()
        processes["work"].send_signal(signal.SIGSTOP)
        began = time.monotonic()
        wait_for_sync(lambda: sum("stopped" in said for said in shown(valkey, "roles").values()) == 2, within_s=15)
        assert time.monotonic() - began > 3
        assert shown(valkey, "roles")["notify"] == "alive"
        wait_for_sync(lambda: len(of_roles(valkey)) == 2, within_s=15, saying=str(told(valkey)))

        assert sorted(of_roles(valkey)) == [("role.stopped", "poll"), ("role.stopped", "work")]
        health = stetwatch("healthcheck", "--config", config)
        top = stetwatch("top", "--once", "--config", config)
        doctor = [json.loads(line) for line in stetwatch("doctor", "--json", "--config", config).stdout.splitlines()]

        processes["work"].send_signal(signal.SIGCONT)
        wait_for_sync(lambda: shown(valkey, "roles")["work"] == "alive", within_s=15)
        processes["notify"].terminate()
        wait_for_sync(lambda: "stopped" in shown(valkey, "roles")["notify"], within_s=15)

    assert (health.returncode, len(health.stderr.splitlines())) == (1, 1)
    assert "no poll and no work process" in health.stderr
    assert "poll STOPPED SINCE" in top.stdout
    assert {"role poll", "role work"} <= {one["of"] for one in doctor if not one["fine"]}
    assert "notify ×1" in top.stdout
    assert "\x1b" not in top.stdout


@pytest.mark.timeout(120)
def test_a_run_that_mends_itself_or_is_stopped_whole_alerts_nobody(
    config: Path, valkey: redis.Redis, tmp_path: Path
) -> None:
    """A killed poller is started again and stands in m:lost; SIGTERM to all leaves no role, and no alert behind."""
    with running("run", "--config", config, log=tmp_path / "log") as process:
        wait_for_sync(lambda: {"poll", "work", "notify"} <= shown(valkey, "roles").keys(), within_s=40)
        (pid,) = pids(valkey, "poll")
        os.kill(pid, signal.SIGKILL)
        wait_for_sync(lambda: valkey.zcard("stet:m:lost"), within_s=15)
        assert cast("Any", valkey.zrange("stet:m:lost", 0, -1))[0].endswith(f"-{pid}".encode())
        wait_for_sync(lambda: len(cast("Any", valkey.zrange("stet:m:beats", 0, -1))) >= 3, within_s=15)
        status = [json.loads(line) for line in stetwatch("status", "--config", config, "--json").stdout.splitlines()]
        process.terminate()
        wait_for_sync(lambda: process.poll() is not None, within_s=25)

    assert status[0]["standing"]["roles"]["poll"] == "alive"
    assert status[0]["gauges"]["sources"] == 1
    assert shown(valkey, "roles") == {}
    assert of_roles(valkey) == []


@pytest.mark.timeout(60)
def test_top_is_live_on_a_terminal_and_ends_with_q(config: Path) -> None:
    """It draws the screen before anything runs, says that nothing does, and q gives the terminal back."""
    master, slave = pty.openpty()
    words = [*COMMAND, "top", "--config", str(config)]
    with subprocess.Popen(words, stdin=slave, stdout=slave, stderr=slave, env=environment({"TERM": "xterm"})) as top:
        os.close(slave)
        drawn = b""
        while b"no role has ever run here" not in drawn:
            drawn += os.read(master, 65_536)
        os.write(master, b"q")
        with contextlib.suppress(OSError):  # Linux ends a terminal that nobody holds with EIO
            while os.read(master, 65_536):
                pass
        assert top.wait(10) == 0
    os.close(master)
