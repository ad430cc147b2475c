"""`stetwatch run` as its user meets it: an embedded Valkey, one holder of a directory, state that outlives it."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from monitor.adapters.valkey.connect import read_attachment
from monitor.demo.newsroom import Newsroom
from monitor.demo.receiver import served
from tests.kit.cli import running, stetwatch
from tests.kit.server import running_server
from tests.kit.waiting import wait_for


@pytest.fixture
async def newsroom() -> AsyncIterator[tuple[Newsroom, str]]:
    """A live page on loopback and its URL."""
    page = Newsroom(rng=random.Random(7), now=lambda: datetime.now(UTC))
    page.open(6)
    app = web.Application()
    app.router.add_get("/live", page.page)
    async with served(app, "127.0.0.1", 0) as port:
        yield page, f"http://127.0.0.1:{port}/live"


def config_for(folder: Path, url: str, redis_url: str = "") -> Path:
    """A configuration with one fast source and no destination."""
    path = folder / "stetwatch.toml"
    path.write_text(
        f'data_dir = "{folder / "state"}"\n'
        + (f'[redis]\nurl = "{redis_url}"\n' if redis_url else "")
        + '[network]\nallow = ["127.0.0.0/8"]\n[work]\nprocesses = 1\n[web]\nlisten = "127.0.0.1:0"\n'
        + f'[[source]]\nname = "storm"\nurl = "{url}"\npoll = {{ min = "0.2s", max = "0.2s" }}\n'
    )
    return path


def printed(log: Path) -> list[dict[str, object]]:
    """The changes a `run --json` without destinations has printed so far."""
    lines = log.read_text().splitlines() if log.exists() else []
    return [change for change in map(json.loads, lines) if "schema_version" in change]


@pytest.mark.timeout(90)
async def test_state_survives_a_restart(tmp_path: Path, newsroom: tuple[Newsroom, str]) -> None:
    """What was edited while nothing ran is told by the next run, as an edit of a post already known."""
    page, url = newsroom
    config, first, second = config_for(tmp_path, url), tmp_path / "first.log", tmp_path / "second.log"
    with running("run", "--config", config, "--json", log=first):
        await wait_for(lambda: page.served >= 3, within_s=20)
        page.publish()
        await wait_for(lambda: len(printed(first)) == 1, within_s=20, saying=first.read_text())
    deed = page.correct()

    with running("run", "--config", config, "--json", log=second):
        await wait_for(lambda: printed(second), within_s=20, saying=second.read_text())

    (change,) = printed(second)
    assert (change["type"], change["data"]["post"]["key"]) == ("post.edited", deed.key)  # type: ignore[index]  # JSON


@pytest.mark.timeout(60)
async def test_one_run_holds_a_directory_and_others_attach(tmp_path: Path, newsroom: tuple[Newsroom, str]) -> None:
    """A second run exits 2 and names the first; status and healthcheck find the server through the directory."""
    page, url = newsroom
    config = config_for(tmp_path, url)
    with running("run", "--config", config, log=tmp_path / "log") as first:
        await wait_for(lambda: page.served >= 2, within_s=20)

        second = stetwatch("run", "--config", config)
        health = stetwatch("healthcheck", "--config", config)
        status = [json.loads(line) for line in stetwatch("status", "--config", config, "--json").stdout.splitlines()]

    assert (second.returncode, str(first.pid) in second.stderr) == (2, True)
    assert (health.returncode, health.stderr) == (0, "")
    assert status[1]["source"]["name"] == "storm"
    assert status[1]["source"]["state"] == "healthy"


async def test_commands_without_a_server_say_what_to_start(tmp_path: Path) -> None:
    """Without a run on the directory and without a URL, a command exits 1 with one line."""
    for words in (["status"], ["changes"], ["healthcheck"], ["poll"], ["notify"], ["web"]):
        ended = stetwatch(*words, "--data-dir", tmp_path)

        assert ended.returncode == 1
        assert "start `stetwatch run`" in ended.stderr
        assert len(ended.stderr.splitlines()) == 1


@pytest.mark.timeout(60)
async def test_ctrl_c_drains_the_roles_before_the_server_ends(tmp_path: Path, newsroom: tuple[Newsroom, str]) -> None:
    """SIGINT ends run with exit code 0; no role had to be killed, and no server stays behind."""
    page, url = newsroom
    log = tmp_path / "log"
    with running("run", "--config", config_for(tmp_path, url), log=log) as process:
        await wait_for(lambda: page.served >= 2, within_s=20)
        attachment = read_attachment(tmp_path / "state")
        process.send_signal(signal.SIGINT)
        await wait_for(lambda: process.poll() is not None, within_s=20, saying="the end of run")

    assert attachment is not None
    assert process.returncode == 0, log.read_text()
    assert "killed" not in log.read_text()
    with pytest.raises(ProcessLookupError):
        os.kill(attachment.pid, 0)


@pytest.mark.timeout(90)
async def test_a_store_that_is_away_is_waited_for(tmp_path: Path, newsroom: tuple[Newsroom, str]) -> None:
    """Roles started before their Redis say so in one line, live on, and work once it is there."""
    page, url = newsroom
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = tmp_path / "log"
    with running(
        "run", "--config", config_for(tmp_path, url, f"redis://127.0.0.1:{port}"), "--json", log=log
    ) as process:
        await wait_for(lambda: "roles wait for it" in log.read_text(), within_s=20)
        with running_server("--port", str(port), "--bind", "127.0.0.1"):
            await wait_for(lambda: page.served >= 3, within_s=40, saying=log.read_text())
            page.publish()
            await wait_for(lambda: printed(log), within_s=40, saying=log.read_text())
        assert process.poll() is None

    assert [change["type"] for change in printed(log)] == ["post.added"]
    assert "Traceback" not in log.read_text()
