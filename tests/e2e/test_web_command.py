"""`stetwatch web` and the pages of `run` as their user meets them: real processes, a real store, a real port."""

from __future__ import annotations

import json
import re
import signal
import socket
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.kit.cli import running, stetwatch
from tests.kit.waiting import wait_for

TOKEN = "operators-act-here"


def configuration(folder: Path, redis_url: str = "", web: str = 'listen = "127.0.0.1:0"') -> Path:
    """A configuration with one source that nobody answers for."""
    path = folder / "stetwatch.toml"
    path.write_text(
        f'data_dir = "{folder / "state"}"\n[work]\nprocesses = 1\n[web]\n{web}\n'
        + (f'[redis]\nurl = "{redis_url}"\n' if redis_url else "")
        + '[[source]]\nname = "storm"\nurl = "http://127.0.0.1:9/"\n'
    )
    return path


def listening(log: Path) -> str:
    """Where the log says the pages are, "" until it does."""
    found = re.search(
        r'"at": "(http://127\.0\.0\.1:\d+)/", "event": "listening"', log.read_text() if log.exists() else ""
    )
    return found[1] if found else ""


def got(url: str, **headers: str) -> tuple[int, str]:
    """Status and text of a page."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.mark.timeout(60)
async def test_run_serves_the_pages_and_says_where(tmp_path: Path) -> None:
    """`run` starts the web role and names its address, every role becomes ready, a drain ends it with the others."""
    log = tmp_path / "log"
    with running("run", "--config", configuration(tmp_path), log=log) as process:
        at = await wait_for(lambda: listening(log), within_s=30, saying="the address in the log")
        await wait_for(lambda: got(f"{at}/readyz")[0] == 200, within_s=20, saying="every role")
        ready = got(f"{at}/readyz")[1]
        style = got(f"{at}/static/style.css")
        process.send_signal(signal.SIGTERM)
        await wait_for(lambda: process.poll() is not None, within_s=20)

    assert json.loads(ready) == {"ready": True, "absent": []}
    assert style[0] == 200
    assert process.returncode == 0, log.read_text()
    assert "killed" not in log.read_text()


@pytest.mark.timeout(60)
async def test_web_alone_beats_and_asks_for_the_token(tmp_path: Path, valkey_url: str, valkey: object) -> None:  # noqa: ARG001
    """`web` serves beside a store of its own, shows its heartbeat, and asks for the token on this machine too."""
    log, config = tmp_path / "log", configuration(tmp_path, valkey_url, f'operate_token = "{TOKEN}"')
    with running("web", "--config", config, "--listen", "127.0.0.1:0", log=log):
        at = await wait_for(lambda: listening(log), within_s=30)
        status = stetwatch("status", "--config", config, "--json")
        absent = got(f"{at}/readyz", Authorization=f"Bearer {TOKEN}")
        with_token = got(f"{at}/login?next=//evil.example&token={TOKEN}")

    assert json.loads(status.stdout.splitlines()[0])["roles"] == {"web": 1}
    assert (absent[0], json.loads(absent[1])["absent"]) == (503, ["poll", "work"])
    assert 'type="password"' in with_token[1]
    assert TOKEN not in with_token[1] + log.read_text()


def test_beyond_loopback_it_refuses_without_a_token(tmp_path: Path) -> None:
    """One line with file, key and cure, exit code 2; `config check` says the same."""
    config = configuration(tmp_path, web='listen = "0.0.0.0:8080"')
    for words in (["web"], ["run"], ["config", "check"]):
        ended = stetwatch(*words, "--config", config)

        (line,) = ended.stderr.splitlines()
        assert ended.returncode == 2
        assert line.startswith(f"stetwatch: {config}: web.listen: ")
        assert "set web.operate_token_env" in line


def test_a_taken_port_is_one_line(tmp_path: Path, valkey_url: str) -> None:
    """Exit code 1, and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        ended = stetwatch("web", "--config", configuration(tmp_path, valkey_url), "--listen", where)

    (line,) = ended.stderr.splitlines()
    assert ended.returncode == 1
    assert line == (
        f"stetwatch: cannot listen on {where} (address already in use): "
        "stop what uses it, or give another address by --listen or [web] listen"
    )
