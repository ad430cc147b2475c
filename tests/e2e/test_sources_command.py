"""``stetwatch sources``, as an operator uses it beside a run at work."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from monitor.demo.newsroom import Newsroom
from monitor.demo.receiver import served
from tests.kit.cli import running, stetwatch
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


def printed(log: Path) -> list[dict[str, Any]]:
    """The changes a `run --json` without destinations has printed so far."""
    lines = [line for line in log.read_text().splitlines() if line.startswith("{")]
    return [change for change in map(json.loads, lines) if "schema_version" in change]


@pytest.mark.timeout(120)
async def test_sources_come_and_go_while_everything_runs(tmp_path: Path, newsroom: tuple[Newsroom, str]) -> None:
    """Added beside a run that had nothing to watch, a page is polled within two seconds of it, and its changes told;
    paused it is left alone; another run, without any configured source, goes on with it; removed it is gone.
    """
    page, url = newsroom
    config, log = tmp_path / "stetwatch.toml", tmp_path / "run.log"
    config.write_text(f'data_dir = "{tmp_path}/state"\n[network]\nallow = ["127.0.0.0/8"]\n[work]\nprocesses = 1\n')

    async def command(*words: str) -> tuple[int, str, str]:
        ended = await asyncio.to_thread(stetwatch, "sources", *words, "--config", config)
        return ended.returncode, ended.stdout, ended.stderr

    async def standing() -> dict[str, Any]:
        _, said, _ = await command("list", "--json")
        return dict(json.loads(said))

    with running("run", "--config", config, "--json", log=log):
        await wait_for(lambda: (tmp_path / "state/valkey.json").exists() and "watching" in log.read_text(), within_s=20)
        code, said, told = await command(
            "add", url, "--name", "storm", "--tag", "weather", "--min", "0.2s", "--max", "1s"
        )
        assert (code, told) == (0, "")
        assert "6 posts, found by" in said
        assert said.endswith("storm is watched from now on, every 0.2 s at most\n")
        looked_at = page.served
        began = time.monotonic()
        await wait_for(lambda: page.served > looked_at, within_s=20)
        assert time.monotonic() - began < 2
        await wait_for(lambda: page.served >= looked_at + 3, within_s=20)
        deed = page.publish()
        await wait_for(lambda: printed(log), within_s=20, saying=log.read_text())
        (change,) = printed(log)
        assert (change["data"]["post"]["key"], change["data"]["source"]["tags"]) == (deed.key, ["weather"])

        row = await standing()
        assert (row["name"], row["origin"], row["condition"]) == ("storm", "added", "healthy")
        assert row["interval_s"] >= 0.2

        code, said, told = await command("add", url, "--name", "storm")
        assert (code, "is watched already, as storm" in told) == (2, True)
        code, said, told = await command("add", "http://127.0.0.1:1/", "--name", "dead")
        assert (code, said, told.count("\n"), "--no-check" in told) == (1, "", 1, True)

        assert (await command("pause", "storm", "--reason", "asked to"))[0] == 0
        row = await standing()
        assert (row["condition"], row["reason"].startswith("asked to (by "), row["due_in_s"]) == ("paused", True, None)
        assert (await command("pause", "storm"))[1].startswith("storm was paused already: asked to")

    log = tmp_path / "second.log"
    with running("run", "--data-dir", tmp_path / "state", "--allow", "127.0.0.0/8", "--json", log=log):
        await wait_for(lambda: "watching" in log.read_text(), within_s=20, saying=log.read_text())
        rested = page.served
        assert (await standing())["condition"] == "paused"
        assert page.served == rested
        page.publish()
        assert (await command("resume", "storm"))[:2] == (0, "storm goes on\n")
        await wait_for(lambda: printed(log), within_s=20, saying=log.read_text())

        assert (await command("remove", "storm"))[:2] == (0, "storm is watched no longer\n")
        assert (await command("list"))[1] == "no sources; add one: stetwatch sources add URL\n"
        code, _, told = await command("remove", "storm")
        assert (code, told) == (2, "stetwatch: no source is named 'storm'; see: stetwatch sources list\n")


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["ftp://x.example/"], "URL: is no URL that can be asked for"),
        (["https://x.example/", "--min", "soon"], "--min: "),
        (["https://x.example/", "--min", "20m"], "--min: is more than max"),
        (["https://x.example/", "--timezone", "Europe/Londn"], '--timezone: "Europe/Londn" is no time zone'),
        (["https://x.example/", "--name", "a b"], '--name: "a b" is no name'),
        (["https://x.example/", "--tag", "a", "--tag", ""], "--tag: is empty"),
        (["https://x.example/", "--posts", "article"], '--posts: goes with format "json" or "css"'),
        (["https://x.example/", "--format", "css", "--posts", ">>"], "--posts: "),
    ],
)
def test_what_cannot_be_added_is_told_by_its_option(words: list[str], fault: str, tmp_path: Path) -> None:
    """One line a fault, checked as in the configuration file, before any store or page is asked; exit 2."""
    ended = stetwatch("sources", "add", *words, "--data-dir", tmp_path)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"stetwatch: {fault}")
    assert ended.stderr.count("\n") == 1
