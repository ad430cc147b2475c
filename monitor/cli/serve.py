"""``stetwatch serve``: a recording over HTTP, on its own timeline or a snapshot a request."""

from __future__ import annotations

import asyncio
import hashlib
import time
from dataclasses import dataclass, field
from pathlib import Path

import click
from aiohttp import web

from monitor import logs
from monitor.adapters import recording
from monitor.cli.show import console
from monitor.errors import StetwatchError

_TYPES = {"html": "text/html", "json": "application/json", "xml": "application/xml", "txt": "text/plain"}


@dataclass
class Reel:
    """The tape and where it stands; ``step`` moves on with each 200 served, otherwise the clock does."""

    tape: recording.Recording
    step: bool
    speed: float
    started: float = field(default_factory=time.monotonic)
    place: int = 0

    def frame(self) -> recording.Frame:
        frames = self.tape.frames
        if not self.step:
            elapsed_s = (time.monotonic() - self.started) * self.speed
            first_at = frames[0].fetched_at
            while (
                self.place + 1 < len(frames)
                and (frames[self.place + 1].fetched_at - first_at).total_seconds() <= elapsed_s
            ):
                self.place += 1
        return frames[self.place]

    async def answer(self, request: web.Request) -> web.Response:
        """Serve the snapshot of the moment; conditional requests are honoured once nothing moves."""
        frame = self.frame()
        body = frame.body or b""
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        last = self.place + 1 == len(self.tape.frames)
        if request.headers.get("If-None-Match") == etag and (last or not self.step):
            return web.Response(status=304, headers={"ETag": etag})
        if self.step and not last:
            self.place += 1
        kind = _TYPES.get(frame.name.rpartition(".")[2], "application/octet-stream")
        given = frame.headers.get("content-type", kind)
        return web.Response(body=body, headers={"ETag": etag, "Content-Type": given})


@click.command()
@click.argument("path", metavar="RECORDING", type=click.Path(path_type=Path))
@click.option("--port", default=8081, show_default=True, help="0 takes any free port.")
@click.option(
    "--speed", default=1.0, show_default=True, type=click.FloatRange(min=0, min_open=True), help="Times real time."
)
@click.option("--step", is_flag=True, help="One snapshot further after each 200 served.")
def serve(path: Path, port: int, speed: float, *, step: bool) -> None:
    """Serve a RECORDING on loopback, under any path.

    \b
    Example:  stetwatch serve recordings/budget-day --speed 60
    """
    logs.configure(level="warning")
    reel = Reel(tape=recording.read(path), step=step, speed=speed)
    asyncio.run(_serve(reel, port))


async def _serve(reel: Reel, port: int) -> None:
    app = web.Application()
    app.router.add_get("/{path:.*}", reel.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    try:
        await site.start()
    except OSError as error:
        raise StetwatchError(f"cannot listen on 127.0.0.1:{port}: {error.strerror}; choose another --port") from None
    how = "a snapshot further after each 200" if reel.step else f"on its own timeline, {reel.speed:g} times as fast"
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    console().print(
        f"serving {reel.tape.source.name}: {len(reel.tape.frames)} snapshots at {address} ({how}); Ctrl-C ends"
    )
    try:
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
