"""The web role on loopback over parts of one's choice, at an open door, and a program that asks it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

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


@contextlib.asynccontextmanager
async def web_site(
    routes: Iterable[Route], prepare: Callable[[web.Application], None] = lambda _: None, **parts: Any
) -> AsyncIterator[Site]:
    """The application of these routes over these parts; what they do not need may be left out."""
    app = build(no_parts(**parts), routes)
    prepare(app)
    runner = web.AppRunner(app, shutdown_timeout=2)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        async with aiohttp.ClientSession(headers={"Authorization": "Bearer any"}) as session:
            yield Site(app, host, port, session, runner.cleanup)
    finally:
        await runner.cleanup()
