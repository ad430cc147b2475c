"""The web role: the application on its port, for as long as it is wanted."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Mapping
from typing import Final

import structlog
from aiohttp import web
from aiohttp.abc import AbstractAccessLogger
from aiohttp.http_exceptions import HttpProcessingError

from monitor.core.urls import address, is_loopback
from monitor.errors import StetwatchError
from monitor.web.access import DOOR, VISITOR, client_of
from monitor.web.api_stream import HUB
from monitor.web.door import Door

_log = structlog.get_logger(__name__)

_LEAVES_WITHIN_S: Final = 3.0
_KEEPS_S: Final = 75.0
_OF_THE_FAR_END: Final = (HttpProcessingError, ConnectionError)
_QUIET: Final = ("/static/", "/healthz", "/readyz", "/metrics")


class AccessLog(AbstractAccessLogger):
    """A line a request, without its query: that may hold what a reader looked for."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        if not isinstance(request, web.Request) or VISITOR not in request:  # nothing that HTTP could read
            return
        tell = _log.debug if request.path.startswith(_QUIET) and response.status < 500 else _log.info
        tell(
            "answered",
            method=request.method,
            path=request.path,
            status=response.status,
            bytes=response.body_length,
            ms=round(time * 1000, 1),
            client=client_of(request),
            may=request[VISITOR].may,
        )


def _server_log() -> logging.Logger:
    """aiohttp's own words, without a traceback for everybody who sends no HTTP or goes away half way."""
    log = logging.getLogger("monitor.web.server")
    log.filters[:] = [lambda record: not (record.exc_info and isinstance(record.exc_info[1], _OF_THE_FAR_END))]
    return log


class Web:
    """An application behind its door."""

    def __init__(self, app: web.Application) -> None:
        self._app = app
        self._door: Door = app[DOOR]

    def says(self) -> Mapping[str, int]:
        """What its heartbeat tells: how many clients listen to the stream."""
        return {"sse_clients": self._app[HUB].clients}

    async def run(self, stop: asyncio.Event) -> None:
        """Answer until told to stop; then what is being answered has three seconds.

        Raises StetwatchError when the address is taken or not this machine's.
        """
        runner = web.AppRunner(
            self._app,
            access_log_class=AccessLog,
            logger=_server_log(),
            shutdown_timeout=_LEAVES_WITHIN_S,
            keepalive_timeout=_KEEPS_S,
        )
        await runner.setup()
        try:
            await self._listen(runner)
            await stop.wait()
        finally:
            await runner.cleanup()

    async def _listen(self, runner: web.AppRunner) -> None:
        door = self._door
        try:
            await web.TCPSite(runner, door.host, door.port).start()
        except OSError as error:
            named = isinstance(error, socket.gaierror) or error.errno is None
            reason = error.strerror if named else os.strerror(error.errno or 0).lower()
            raise StetwatchError(
                f"cannot listen on {door.host}:{door.port} ({reason}): "
                "stop what uses it, or give another address by --listen or [web] listen"
            ) from None
        host, port = runner.addresses[0][:2]
        _log.info("listening", at=door.url or address(host, port))
        if not is_loopback(door.host) and not door.secure:
            _log.warning(
                "pages and tokens cross the network unencrypted: put a proxy with TLS before it, see docs/web.md"
            )
