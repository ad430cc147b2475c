"""``stetwatch demo``: a simulated newsroom, the real roles, a receiver and a stand-in for Slack, all on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets as secure
import socket
import sys
import tempfile
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec
from aiohttp import web
from rich.console import Console
from rich.table import Table

from monitor.adapters.processes import end, spawn
from monitor.cli.options import as_json
from monitor.cli.show import MARKS, change_lines, console, plain
from monitor.core.deliver.sign import Verified
from monitor.core.deliver.wire import decode
from monitor.demo.newsroom import Deed, Newsroom
from monitor.demo.receiver import Fault, Received, Receiver, served
from monitor.demo.score import Arrival, Score, score
from monitor.demo.slack import FakeSlack, Posted
from monitor.errors import StetwatchError
from monitor.model import Secret

_PACE_S = 0.9
_WATCHED_WITHIN_S = 20.0
_STRAGGLERS_S = 8.0
_QUIET_S = 1.0
_ENDS_WITHIN_S = 25.0
_CONFIG = """\
data_dir = "{data_dir}"

[network]
allow = ["127.0.0.0/8"]

[work]
processes = 1

[web]
listen = "{pages}"

[[source]]
name = "storm"
url = "{page}"
poll = {{ min = "0.3s", max = "0.3s" }}

[[destination]]
name = "archive"
type = "webhook"
url = "{hook}"
allow_http = true
secret = "{secret}"

[[destination]]
name = "desk"
type = "slack"
channel = "C0DESK"
token = "xoxb-demo"
api_url = "{slack}"
settle = "1s"
settle_max = "3s"
"""


@click.command()
@click.option(
    "--seconds", default=30, show_default=True, type=click.IntRange(min=12, max=3600), help="How long it lasts."
)
@click.option("--seed", default=None, type=int, help="Repeat the same deeds.")
@as_json
def demo(seconds: int, seed: int | None, *, as_json: bool) -> None:
    """Publish, edit and re-time posts on a page of our own; watch them being detected, delivered and shown.

    Ends with what was done, what was told, how long it took, and anything missed or false (exit 1).

    \b
    Example:  stetwatch demo --seconds 30
    """
    # The page is made up for show; nothing hangs on its being unguessable.
    show = Show(rng=random.Random(seed), out=console(stderr=as_json), seconds=seconds)  # noqa: S311
    result = asyncio.run(show.play())
    if as_json:
        click.echo(msgspec.json.encode(_document(result, show)))
    else:
        _print_table(result, show)
    if not result.clean:
        raise StetwatchError(f"{len(result.missed)} missed, {len(result.false)} false")


@dataclass
class Show:
    """One performance: who plays, what has arrived so far."""

    rng: random.Random
    out: Console
    seconds: int
    arrivals: list[Arrival] = field(default_factory=list)
    retried: set[str] = field(default_factory=set)
    posted: list[Posted] = field(default_factory=list)

    async def play(self) -> Score:
        """Raise the curtain, act, wait for stragglers, and keep the score."""
        secret = Secret("whsec_" + b64encode(secure.token_bytes(32)).decode())
        newsroom = Newsroom(rng=self.rng, now=lambda: datetime.now(UTC))
        newsroom.open(8)
        receiver = Receiver([secret], on_taken=self._arrived)
        slack = FakeSlack(on_posted=self._shown)
        app = web.Application()
        app.router.add_get("/live/storm", newsroom.page)
        with tempfile.TemporaryDirectory(prefix="stetwatch-demo-") as folder:
            async with served(app, "127.0.0.1", 0) as port, receiver.serving(), slack.serving():
                page, pages = f"http://127.0.0.1:{port}/live/storm", f"127.0.0.1:{_free_port()}"
                config = Path(folder) / "demo.toml"
                config.write_text(
                    _CONFIG.format(
                        data_dir=folder,
                        pages=pages,
                        page=page,
                        hook=receiver.url,
                        slack=slack.api_url,
                        secret=secret.reveal(),
                    ),
                    encoding="utf-8",
                )
                config.chmod(0o600)
                self.out.print(
                    f"a newsroom at {page}, a webhook receiver, a stand-in for Slack; {self.seconds} seconds",
                    style="dim",
                )
                self.out.print(f"open http://{pages}/ in a browser and watch along", style="bold")
                async with _roles(config, Path(folder) / "run.log"):
                    await self._act(newsroom, receiver)
                    await self._await_stragglers(newsroom, receiver)
        self.retried = {one.id for one in receiver.requests if one.status >= 300}
        return score(newsroom.deeds, self.arrivals)

    async def _act(self, newsroom: Newsroom, receiver: Receiver) -> None:
        ends_at = asyncio.get_running_loop().time() + self.seconds
        await _until(lambda: newsroom.served >= 2, _WATCHED_WITHIN_S, "the page was never polled")
        refuse_at = 3
        while asyncio.get_running_loop().time() < ends_at - 3 * _PACE_S:
            if len(newsroom.deeds) == refuse_at:
                receiver.faults.append(Fault(status=503))
            deed = newsroom.act()
            self.out.print(f"  newsroom  {_clock(deed.at)}  {plain(deed.what)}", style="dim")
            await asyncio.sleep(_PACE_S * self.rng.uniform(0.8, 1.2))

    async def _await_stragglers(self, newsroom: Newsroom, receiver: Receiver) -> None:
        def all_told() -> bool:
            threads = {one.thread_ts or one.ts for one in self.posted}
            posts = {one.key for one in self.arrivals}
            return not score(newsroom.deeds, self.arrivals).missed and len(threads) >= len(posts)

        with contextlib.suppress(StetwatchError):
            await _until(all_told, _STRAGGLERS_S, "")
        before = len(receiver.requests)  # a false alert may still be on its way
        with contextlib.suppress(StetwatchError):
            await _until(lambda: len(receiver.requests) > before, _QUIET_S, "")

    def _arrived(self, received: Received) -> None:
        change = decode(received.body)
        verified = isinstance(received.verdict, Verified)
        key = change.post.key if change.post else None
        self.arrivals.append(Arrival(at=received.at, type=change.type, key=key, verified=verified))
        self.out.print(
            f"  webhook   {_clock(received.at)}  {'signature ✓' if verified else 'NOT SIGNED BY US'}  ", end=""
        )
        self.out.print(change_lines(change))

    def _shown(self, posted: Posted) -> None:
        self.posted.append(posted)
        where = "in the thread" if posted.thread_ts else "new thread"
        self.out.print(f"  slack     {_clock(posted.at)}  {where}: {plain(posted.text)}", style="magenta")


@contextlib.asynccontextmanager
async def _roles(config: Path, log: Path) -> Any:
    """``stetwatch run`` as anybody would start it; what it logs is shown when it fails."""
    with log.open("wb") as output:
        process = spawn([sys.executable, "-m", "monitor", "run", "--config", str(config)], output=output)
        try:
            yield
        except StetwatchError as error:
            raise StetwatchError(f"{error}; the roles' log ends:\n{_tail(log)}") from error
        finally:
            await asyncio.to_thread(end, process, _ENDS_WITHIN_S)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


async def _until(condition: Any, within_s: float, fault: str) -> None:
    try:
        async with asyncio.timeout(within_s):
            while not condition():  # noqa: ASYNC110  # several servers fill what is watched
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise StetwatchError(f"{fault} within {within_s:g} s") from None


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-2000:]


def _clock(at: datetime) -> str:
    return at.strftime("%H:%M:%S.") + f"{at.microsecond // 100_000}"


def _print_table(result: Score, show: Show) -> None:
    table = Table("deed", "done", "told", "edit → delivery: median", "slowest")
    for type_, done in sorted(result.done.items()):
        delays = result.delays_s.get(type_, [])
        slowest = f"{max(delays):.2f} s" if delays else "–"
        median = f"{result.median_s(type_):.2f} s" if delays else "–"
        table.add_row(f"{MARKS[type_][0]} {type_}", str(done), str(result.told.get(type_, 0)), median, slowest)
    out = show.out
    out.print(table)
    if show.retried:
        out.print("  the receiver answered 503 once; that delivery was made again after 5 s and is the slowest above")
    out.print(
        f"  Slack: {len(show.posted)} messages, {sum(1 for one in show.posted if one.thread_ts)} of them in threads"
    )
    for deed in result.missed:
        out.print(f"  MISSED  {deed.type}  {plain(deed.what)}", style="red")
    for arrival in result.false:
        out.print(f"  FALSE   {arrival.type}  {plain(arrival.key or '')}", style="red")
    out.print(
        f"  {len(result.missed)} missed, {len(result.false)} false", style="bold green" if result.clean else "bold red"
    )


def _document(result: Score, show: Show) -> Mapping[str, object]:
    return {
        "done": result.done,
        "told": result.told,
        "median_s": {type_: result.median_s(type_) for type_ in result.done},
        "slack_messages": len(show.posted),
        "retried": sorted(show.retried),
        "missed": [_deed(deed) for deed in result.missed],
        "false": [{"type": arrival.type, "key": arrival.key} for arrival in result.false],
    }


def _deed(deed: Deed) -> Mapping[str, object]:
    return {"type": deed.type, "key": deed.key, "what": deed.what, "at": deed.at}
