"""A webhook receiver that verifies signatures and remembers what came: for the demo and for tests."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self

import msgspec
from aiohttp import web

from monitor.core.deliver.sign import Refused, Verified, key, verify
from monitor.model import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """How the next request is answered instead: after a wait, with a status, or not at all.

    ``drop`` closes the connection without an answer; with ``accept`` the request has been taken all the same.
    """

    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    after_s: float = 0.0
    drop: bool = False
    accept: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request as it came. ``verdict`` is what the signature proved; ``status`` what was answered, 0 for nothing."""

    at: datetime
    headers: Mapping[str, str]
    body: bytes
    verdict: Verified | Refused
    status: int

    @property
    def id(self) -> str:
        return self.headers.get("webhook-id", "")

    @property
    def change(self) -> dict[str, object]:
        """The JSON of the body."""
        return msgspec.json.decode(self.body, type=dict[str, object])


class Receiver:
    """Takes signed webhooks. ``requests`` holds every attempt, ``taken`` those answered with 2xx, in order.

    ``faults`` are used up first, one a request, then ``always`` is; ``delay_s`` holds back every answer. ``on_taken``
    is told at once, ``on_request`` of every attempt.
    """

    def __init__(
        self,
        secrets: Sequence[Secret],
        *,
        on_taken: Callable[[Received], None] | None = None,
        on_request: Callable[[Received], None] | None = None,
        always: Fault | None = None,
    ) -> None:
        self.url = ""
        self.requests: list[Received] = []
        self.faults: deque[Fault] = deque()
        self.delay_s = 0.0
        self._keys = tuple(key(secret) for secret in secrets)
        self._on_taken = on_taken
        self._on_request = on_request
        self._always = always

    @property
    def taken(self) -> list[Received]:
        return [one for one in self.requests if 200 <= one.status < 300]

    @property
    def ids(self) -> list[str]:
        """The ids taken, in order, each once: what a consumer that minds duplicates has seen."""
        return list(dict.fromkeys(one.id for one in self.taken))

    @contextlib.asynccontextmanager
    async def serving(self, *, host: str = "127.0.0.1", port: int = 0, path: str = "/hook") -> AsyncIterator[Self]:
        """Listen, under any path; ``url`` says where."""
        app = web.Application()
        app.router.add_post("/{path:.*}", self._take)
        async with served(app, host, port) as bound:
            self.url = f"http://{host}:{bound}{path}"
            yield self

    async def _take(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        verdict = verify(headers, body, self._keys, time.time())
        fault = self.faults.popleft() if self.faults else self._always
        status = _status(verdict, fault)
        received = Received(at=datetime.now(UTC), headers=headers, body=body, verdict=verdict, status=status)
        await asyncio.sleep(self.delay_s + (fault.after_s if fault else 0.0))
        self.requests.append(received)
        if self._on_request is not None:
            self._on_request(received)
        if 200 <= status < 300 and self._on_taken is not None:
            self._on_taken(received)
        return answered(request, fault) or web.Response(status=status)


def _status(verdict: Verified | Refused, fault: Fault | None) -> int:
    if fault is None or (fault.drop and fault.accept):
        return 204 if isinstance(verdict, Verified) else 401
    return 0 if fault.drop else fault.status


def answered(request: web.Request, fault: Fault | None) -> web.Response | None:
    """The fault's own answer; None when there is no fault."""
    if fault is None:
        return None
    if fault.drop and request.transport is not None:
        request.transport.close()
    return web.Response(status=fault.status, headers=dict(fault.headers), text=fault.body)


@contextlib.asynccontextmanager
async def served(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve an application; yields the port it listens on."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
