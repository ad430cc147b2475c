"""A web site on loopback that answers as it is told and remembers what it was asked; and one that speaks raw bytes."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One scripted answer. ``body`` is sent as it is, whatever ``Content-Encoding`` the headers claim."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request the site saw; header names in lower case."""

    path: str
    headers: Mapping[str, str]


class Site:
    """Serves each path's replies in order, the last one for ever; 404 for paths without a script.

    ``requests`` are what it was asked, ``connections`` how many TCP connections reached it.
    """

    def __init__(self) -> None:
        self.url = ""
        self.port = 0
        self.requests: list[Asked] = []
        self.connections = 0
        self._replies: dict[str, list[Reply]] = defaultdict(list)

    def on(self, path: str, *replies: Reply) -> None:
        """Replace the script of ``path``."""
        self._replies[path] = list(replies)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append(Asked(path=request.path_qs, headers=headers))
        script = self._replies[request.path]
        if not script:
            return web.Response(status=404)
        reply = script.pop(0) if len(script) > 1 else script[0]
        return web.Response(status=reply.status, headers=dict(reply.headers), body=reply.body or None)


class _CountingServer(web.Server):
    def __init__(self, site: Site) -> None:
        super().__init__(site.answer)
        self._site = site

    def __call__(self) -> web.RequestHandler:
        self._site.connections += 1
        return super().__call__()


@contextlib.asynccontextmanager
async def running_site(
    host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Site]:
    """A site on a free port of ``host``, over https when ``tls`` is given."""
    site = Site()
    runner = web.ServerRunner(_CountingServer(site), shutdown_timeout=0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, ssl_context=tls).start()
        site.port = runner.addresses[0][1]
        site.url = f"{'https' if tls else 'http'}://{host}:{site.port}"
        yield site
    finally:
        await runner.cleanup()


Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def raw_site(script: Script) -> AsyncIterator[str]:
    """The URL of a server that reads one request's head, lets ``script`` answer in raw bytes, and closes."""
    conversations: set[asyncio.Task[None]] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await reader.readuntil(b"\r\n\r\n")
            await script(reader, writer)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    def start(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(converse(reader, writer))
        conversations.add(task)
        task.add_done_callback(conversations.discard)

    server = await asyncio.start_server(start, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in list(conversations):
            task.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)
        await server.wait_closed()


def saying(*pieces: bytes) -> Script:
    """A script that writes these bytes and closes."""

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()

    return script
