"""The web role on loopback over parts of one's choice, without access control."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler
from yarl import URL

from monitor.web.answers import Problem
from monitor.web.app import build
from monitor.web.routes import Route
from tests.kit.visitors import no_parts


@dataclass(frozen=True)
class Site:
    """A web role that listens, and a client of it."""

    app: web.Application
    host: str
    port: int
    session: aiohttp.ClientSession
    close: Callable[[], Any]

    def url(self, path: str) -> URL:
        return URL(f"http://{self.host}:{self.port}{path}", encoded=True)


@web.middleware
async def _problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Problem as problem:
        told = {"title": problem.title, "status": problem.status, "detail": problem.detail}
        return web.Response(
            status=problem.status, body=msgspec.json.encode(told), content_type="application/problem+json"
        )


@contextlib.asynccontextmanager
async def web_site(
    routes: Iterable[Route], prepare: Callable[[web.Application], None] = lambda _: None, **parts: Any
) -> AsyncIterator[Site]:
    """The application of these routes over these parts; what they do not need may be left out."""
    app = build(no_parts(**parts), routes)
    app.middlewares.append(_problems)
    prepare(app)
    runner = web.AppRunner(app, shutdown_timeout=2)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        async with aiohttp.ClientSession() as session:
            yield Site(app, host, port, session, runner.cleanup)
    finally:
        await runner.cleanup()
