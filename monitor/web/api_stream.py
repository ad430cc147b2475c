"""``GET /api/v1/changes/stream``, and the hub behind it in the life of the application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import structlog
from aiohttp import HttpVersion11, web

from monitor.web.answers import Problem
from monitor.web.parts import PARTS
from monitor.web.places import place_of
from monitor.web.routes import Route
from monitor.web.stream import AWAY_S, Client, Hub
from monitor.web.wanted import wanted_of

HUB: web.AppKey[Hub] = web.AppKey("hub", Hub)

_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

_log = structlog.get_logger(__name__)


def set_up(app: web.Application) -> None:
    """Give the application its hub, which lives from its start to its shutdown."""
    app[HUB] = Hub(app[PARTS].records)

    async def end(app: web.Application) -> None:
        app[HUB].end()

    app.cleanup_ctx.append(_running)
    app.on_shutdown.append(end)


async def _running(app: web.Application) -> AsyncIterator[None]:
    following = asyncio.create_task(_kept_running(app[HUB]))
    yield
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def _kept_running(hub: Hub) -> None:
    while True:
        try:
            await hub.run()
        except Exception:  # noqa: BLE001  # one change that trips us must not silence the streams for good
            _log.exception("the streams were interrupted")
        await asyncio.sleep(AWAY_S)


async def changes_stream(request: web.Request) -> web.StreamResponse:
    """The stream: what is wanted of the log, from now on, or after ``Last-Event-ID`` (or ``?after=``, once)."""
    wanted = wanted_of(request)
    resume = request.headers.get("Last-Event-ID") or request.query.get("after", "")
    after = place_of(resume)
    if resume and after is None:
        raise Problem(400, "Not an event id", f"{resume[:60]!r} is no id of this stream; leave it out to begin now")
    response = web.StreamResponse(headers=_HEADERS)
    response.content_type = "text/event-stream"
    response.charset = "utf-8"
    if request.method == "HEAD":
        return response
    await response.prepare(request)
    await response.write(b":\n\n")
    if request.transport is not None:
        client = Client(
            response=response, transport=request.transport, wanted=wanted, framed=request.version >= HttpVersion11
        )
        await request.app[HUB].serve(client, after)
    return response


ROUTES: Final = (Route(method="GET", path="/api/v1/changes/stream", answer=changes_stream, name="api_changes_stream"),)
