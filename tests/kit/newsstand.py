"""An installation with all that its pages can show: a live page, a hostile one, one that is gone, dead letters."""

from __future__ import annotations

import contextlib
import random
import re
import signal
import subprocess
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor.demo.newsroom import Newsroom
from monitor.demo.receiver import Fault, Receiver
from tests.kit import hostile
from tests.kit.attempts import SECRET
from tests.kit.cli import running
from tests.kit.site import Reply, Site, running_site
from tests.kit.waiting import wait_for

TOKEN = "operators-act-here"
_CONFIG = """
data_dir = "{folder}/state"
[network]
allow = ["127.0.0.0/8"]
[work]
processes = 1
[web]
listen = "127.0.0.1:0"
"""
_GUARDED = f'view_token = "readers-look-here"\noperate_token = "{TOKEN}"\n'
_SOURCE = """
[[source]]
name = "{name}"
url = "{url}/live/{name}"
tags = ["{name}s", "islands"]
poll = {{ min = "0.2s", max = "0.2s" }}
"""
_DESTINATION = """
[[destination]]
name = "{name}"
type = "webhook"
url = "{url}"
allow_http = true
secret = "{secret}"
retry = ["0.1s"]
"""
_ROUTES = """
[[route]]
match = { types = ["post.added", "post.edited", "post.retimed", "source.failing"] }
to = ["archive"]
[[route]]
match = { types = ["post.added"] }
to = ["grave"]
"""
_DEAD_END = Fault(status=400, body=f"{hostile.BREAKOUT} {hostile.FLIPPED}")
_DEAD_TRIES = 2 * (1 + len(hostile.POSTS))


@dataclass
class Newsstand:
    """``at`` is open to everybody on the machine; ``guarded`` shows the same and asks for a token.

    ``archive`` takes every change; ``grave`` refuses each one added while the stand was set up, for good.
    """

    site: Site
    archive: Receiver
    grave: Receiver
    newsroom: Newsroom
    at: str = ""
    guarded: str = ""

    def show(self, name: str, text: str) -> None:
        """From now on the live page of this name is this."""
        self.site.on(f"/live/{name}", Reply(headers={"Content-Type": "text/html; charset=utf-8"}, body=text.encode()))

    def publish(self) -> str:
        """A new post on the live page; its headline."""
        self.newsroom.publish()
        self.show("storm", self.newsroom.render())
        return self.newsroom.entries[-1].headline

    def correct(self, number: int) -> str:
        """The oldest post's figure becomes this; the words around it stay. Its headline."""
        entry = self.newsroom.entries[0]
        entry.body[0] = re.sub(r"\d+", str(number), entry.body[0], count=1)
        self.show("storm", self.newsroom.render())
        return entry.headline

    def told(self, type_: str, key: str = "") -> list[dict[str, Any]]:
        """The changes of a type, of a post's key, that have reached the archive, oldest first."""
        changes: list[dict[str, Any]] = [one.change for one in self.archive.taken]
        return [
            one
            for one in changes
            if one["type"] == type_ and (not key or (one["data"].get("post") or {}).get("key") == key)
        ]

    async def after(self, type_: str, key: str, count: int = 1) -> dict[str, Any]:
        """The ``count``-th such change, once it has been told."""
        await wait_for(lambda: len(self.told(type_, key)) >= count, within_s=20, saying=f"{count} {type_} of {key}")
        return self.told(type_, key)[count - 1]

    def pages(self) -> Mapping[str, str]:
        """The path of one page of each kind."""
        edited, failing = self.told("post.edited", "p-1")[0], self.told("source.failing")[0]
        word = self.told("post.edited", "word")[0]
        post, ill = edited["data"]["post"]["id"], word["data"]["post"]["id"]
        return {
            "now": "/",
            "now, filtered": "/?q=sandbags&type=post.edited&tag=islands",
            "post": f"/posts/{post}",
            "post, compared": f"/posts/{post}?from=1&to=2",
            "hostile post": f"/posts/{ill}?from=1&to=2",
            "change": f"/changes/{failing['id']}",
            "sources": "/sources",
            "source": "/sources/storm",
            "failing source": "/sources/gone",
            "hostile source": "/sources/ill",
            "new source": "/sources/new",
            "deliveries": "/deliveries",
            "destination": "/deliveries/grave",
            "attempts": f"/deliveries/grave?change={self.told('post.added', 'bidi')[0]['id']}",
            "login": "/login",
            "nothing": "/nothing/here",
        }


@contextlib.asynccontextmanager
async def newsstand(folder: Path) -> AsyncIterator[Newsstand]:
    """All of it, running, with a little history. One a module: it takes seconds to set up."""
    newsroom = Newsroom(rng=random.Random(5), now=lambda: datetime.now(UTC))
    newsroom.open(6)
    archive, grave = Receiver([SECRET]), Receiver([SECRET])
    grave.faults.extend([_DEAD_END] * _DEAD_TRIES)
    async with running_site() as site, archive.serving(), grave.serving():
        stand = Newsstand(site, archive, grave, newsroom)
        stand.show("storm", newsroom.render())
        stand.show("ill", hostile.page({}))
        stand.show("harbour", newsroom.render())
        config = _config(folder, stand)
        log, guarded = folder / "run.log", folder / "guarded.toml"
        guarded.write_text(_CONFIG.format(folder=folder) + _GUARDED, encoding="utf-8")
        with running("run", "--config", config, log=log) as first:
            stand.at = await wait_for(lambda: _listening(log), within_s=30, saying="the pages of run")
            with running("web", "--config", guarded, log=folder / "web.log") as second:
                await _history(stand)
                stand.guarded = await wait_for(lambda: _listening(folder / "web.log"), within_s=30)
                yield stand
                await _ended(first, second)


async def _ended(*processes: subprocess.Popen[bytes]) -> None:
    """Ended while the site still answers: a visit to a page that is silent would be waited for."""
    for process in processes:
        process.send_signal(signal.SIGTERM)
    await wait_for(lambda: all(one.poll() is not None for one in processes), within_s=25, saying="the end of the roles")


async def _history(stand: Newsstand) -> None:
    def visits(name: str) -> int:
        return sum(one.path == f"/live/{name}" for one in stand.site.requests)

    await wait_for(lambda: min(visits("storm"), visits("ill")) >= 2, within_s=30, saying="the first visits")
    stand.publish()
    stand.correct(41)
    stand.show("ill", hostile.page(hostile.POSTS))
    await stand.after("post.edited", "p-1")
    await stand.after("post.added", "word")
    stand.show("ill", hostile.page(hostile.POSTS, round_=1))
    await stand.after("post.edited", "word")
    await wait_for(lambda: stand.told("source.failing"), within_s=20, saying="the page that is gone")
    await wait_for(lambda: not stand.grave.faults, within_s=20, saying="the dead letters")


def _config(folder: Path, stand: Newsstand) -> Path:
    text = _CONFIG.format(folder=folder)
    text += "".join(_SOURCE.format(name=name, url=stand.site.url) for name in ("storm", "ill", "gone"))
    for name, receiver in (("archive", stand.archive), ("grave", stand.grave)):
        text += _DESTINATION.format(name=name, url=receiver.url, secret=SECRET.reveal())
    path = folder / "stetwatch.toml"
    path.write_text(text + _ROUTES, encoding="utf-8")
    return path


def _listening(log: Path) -> str:
    found = re.search(
        r'"at": "(http://127\.0\.0\.1:\d+)/", "event": "listening"', log.read_text() if log.exists() else ""
    )
    return found[1] if found else ""
