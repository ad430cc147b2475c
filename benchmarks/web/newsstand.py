"""An installation whose pages a browser opens: the demo's newsrooms on loopback, the real roles, two receivers."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from aiohttp import web

from monitor.adapters.processes import end, spawn
from monitor.demo.newsroom import Newsroom
from monitor.demo.receiver import Fault, Receiver, served
from monitor.model import Secret

TOKEN: Final = "operators-act-here"
_SECRET: Final = "whsec_c2VjcmV0IG9mIHR3ZW50eS1mb3VyIGJ5dGVz"
_WITHIN_S: Final = 40.0
_GROUND: Final = """
data_dir = "{folder}/state"
[network]
allow = ["127.0.0.0/8"]
[work]
processes = 1
[web]
listen = "127.0.0.1:0"
"""
_GUARDED: Final = f'operate_token = "{TOKEN}"\n'
_SOURCE: Final = """
[[source]]
name = "{name}"
url = "http://127.0.0.1:{port}/live/{name}"
tags = ["weather"]
poll = {{ min = "0.2s", max = "0.2s" }}
"""
_DESTINATION: Final = """
[[destination]]
name = "{name}"
type = "webhook"
url = "{url}"
allow_http = true
secret = "{secret}"
retry = ["0.2s"]
"""
_ROUTES: Final = """
[[route]]
match = { types = ["post.added", "post.edited", "post.retimed", "post.removed", "source.failing"] }
to = ["archive"]
[[route]]
match = { types = ["post.edited"] }
to = ["desk"]
"""


@dataclass(frozen=True)
class Newsstand:
    """``at`` is open to everybody on the machine; ``guarded`` asks for a token. ``desk`` refuses what comes."""

    newsrooms: dict[str, Newsroom]
    archive: Receiver
    desk: Receiver
    at: str
    guarded: str


@contextlib.asynccontextmanager
async def newsstand(
    names: Sequence[str], *, failing: Sequence[str] = (), guarded: bool = False
) -> AsyncIterator[Newsstand]:
    """Running, every page visited. Pages named ``failing`` are configured and not there."""
    rooms = {name: _newsroom(name) for name in names}
    app = web.Application()
    for name, room in rooms.items():
        app.router.add_get(f"/live/{name}", room.page)
    archive, desk = Receiver([Secret(_SECRET)]), Receiver([Secret(_SECRET)], always=Fault(status=503, body="try later"))
    with tempfile.TemporaryDirectory(prefix="stetwatch-web-") as name:
        folder = Path(name)
        async with served(app, "127.0.0.1", 0) as port, archive.serving(), desk.serving():
            text = _GROUND.format(folder=folder)
            text += "".join(_SOURCE.format(name=one, port=port) for one in (*names, *failing))
            for told, receiver in (("archive", archive), ("desk", desk)):
                text += _DESTINATION.format(name=told, url=receiver.url, secret=_SECRET)
            configs = {"run": text + _ROUTES} | ({"web": _GROUND.format(folder=folder) + _GUARDED} if guarded else {})
            async with contextlib.AsyncExitStack() as roles:
                at = [await roles.enter_async_context(_role(folder, one, config)) for one, config in configs.items()]
                await until(lambda: all(room.served >= 2 for room in rooms.values()), "every page was visited")
                yield Newsstand(rooms, archive, desk, at[0], at[-1])


async def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for it. Raises SystemExit where it does not come about."""
    try:
        async with asyncio.timeout(_WITHIN_S):
            while not condition():  # noqa: ASYNC110  # processes of several kinds fill what is watched
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise SystemExit(f"not within {_WITHIN_S:g} s: {what}") from None


def _newsroom(name: str) -> Newsroom:
    room = Newsroom(rng=random.Random(name), now=lambda: datetime.now(UTC))
    room.open(6)
    return room


@contextlib.asynccontextmanager
async def _role(folder: Path, command: str, config: str) -> AsyncIterator[str]:
    """The command, running; the address of its pages."""
    path, log = folder / f"{command}.toml", folder / f"{command}.log"
    path.write_text(config, encoding="utf-8")
    path.chmod(0o600)
    with log.open("wb") as output:
        process = spawn([sys.executable, "-m", "monitor", command, "--config", str(path)], output=output)
        try:
            await until(lambda: bool(_listening(log)), f"{command} serves its pages")
            yield _listening(log)
        finally:
            process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(end, process, 25.0)


def _listening(log: Path) -> str:
    found = re.search(r'"at": "(http://[^"]+?)/", "event": "listening"', log.read_text(encoding="utf-8"))
    return found[1] if found else ""
