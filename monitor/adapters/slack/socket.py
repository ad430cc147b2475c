"""Socket Mode: buttons reach us through a websocket that we open, so that nothing of ours is reachable from outside.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final, assert_never

import aiohttp
import msgspec
import structlog
from yarl import URL

from monitor.adapters.guard import failure_line, refusals
from monitor.adapters.slack.api import TIMEOUT, Api, Refused, Taken, Trouble
from monitor.errors import Blocked
from monitor.model import Slack

Pressed = Callable[[object], Awaitable[bool]]

_HEARTBEAT_S: Final = 20.0
_MOST_FRAME: Final = 1_048_576
_MOST_AT_ONCE: Final = 100
_LONGEST_S: Final = 300.0
_STABLE_S: Final = 10.0
"""A connection that lasted this long was a good one: the next is made at once."""
_PERSON_S: Final = 600.0
_REMEMBERED: Final = 1_000

_log = structlog.get_logger(__name__)


class Socket:
    """One app's connection. An envelope is acknowledged as it comes, whatever the store is doing; the work follows."""

    def __init__(
        self, session: aiohttp.ClientSession, slack: Slack, pressed: Pressed, *, now: Callable[[], datetime],
        first_pause_s: float = 1.0,
    ) -> None:  # fmt: skip
        self._first_pause_s = first_pause_s
        self._session = session
        self._api = Api(session, slack.app_token, slack.api_url, now)
        self._plain = slack.api_url.startswith("http://")
        self._pressed = pressed
        self._seen: dict[str, None] = {}
        self._working: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Connect, listen, and connect again, ever more slowly while it fails, until ``stop`` is set."""
        failures = 0
        while not stop.is_set():
            started = time.monotonic()
            wait_s = 0.0
            try:
                wait_s = await self._connected(stop)
            except Exception:  # noqa: BLE001  # deliveries share this process, and go on
                _log.exception("the buttons' connection failed: a bug")
            failures = 0 if time.monotonic() - started > _STABLE_S else failures + 1
            await _waited(stop, max(wait_s, _pause_s(self._first_pause_s, failures)))
        if self._working:
            await asyncio.wait(self._working, timeout=TIMEOUT.total)

    async def _connected(self, stop: asyncio.Event) -> float:
        """One connection from its opening to its end; how long to wait at least before the next."""
        match await self._api.call("apps.connections.open", {}):
            case Taken() as taken:
                url = taken.text("url")
            case Refused(error):
                _log.error("buttons do not work: Slack refuses the app token", reason=error)
                return _PERSON_S
            case Trouble(retry):
                _log.warning("buttons do not work now", reason=retry.reason)
                return retry.after_s or 0.0
            case answer:
                assert_never(answer)
        if URL(url).scheme not in ({"ws", "wss"} if self._plain else {"wss"}):
            _log.error("buttons do not work: Slack names no wss:// address")
            return _PERSON_S
        with refusals() as refused:
            try:
                async with (
                    _straight(self._session) as session,
                    session.ws_connect(url, heartbeat=_HEARTBEAT_S, max_msg_size=_MOST_FRAME, autoping=True) as socket,
                ):
                    return await self._heard(socket, stop)
            except (aiohttp.ClientError, OSError, ValueError) as error:
                _log.warning("buttons do not work now", reason=failure_line(error, refused, TIMEOUT))
                return 0.0

    async def _heard(self, socket: aiohttp.ClientWebSocketResponse, stop: asyncio.Event) -> float:
        """Every frame until the connection ends, or Slack asks us to come again."""
        stopped = asyncio.create_task(stop.wait())
        try:
            while True:
                heard = asyncio.create_task(socket.receive())
                await asyncio.wait({heard, stopped}, return_when=asyncio.FIRST_COMPLETED)
                if not heard.done():
                    heard.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await heard
                    return 0.0
                message = heard.result()
                if message.type is not aiohttp.WSMsgType.TEXT:
                    return 0.0
                ending = await self._took(socket, message.data)
                if ending:
                    return _PERSON_S if ending == "link_disabled" else 0.0
        finally:
            stopped.cancel()

    async def _took(self, socket: aiohttp.ClientWebSocketResponse, text: str) -> str:
        """Acknowledge an envelope and start its work; why Slack is about to close the connection, "" when it is not."""
        try:
            told = msgspec.json.decode(text, type=dict[str, Any])
        except ValueError:
            return ""
        if told.get("type") == "disconnect":
            reason = str(told.get("reason"))
            if reason == "link_disabled":
                _log.error("buttons do not work: Socket Mode is switched off in the Slack app")
            return "" if reason == "warning" else reason
        envelope_id = told.get("envelope_id")
        if not isinstance(envelope_id, str):
            return ""
        await socket.send_str(msgspec.json.encode({"envelope_id": envelope_id}).decode())
        if told.get("type") == "interactive" and envelope_id not in self._seen:
            self._remember(envelope_id)
            self._work(told.get("payload"))
        return ""

    def _remember(self, envelope_id: str) -> None:
        self._seen[envelope_id] = None
        if len(self._seen) > _REMEMBERED:
            del self._seen[next(iter(self._seen))]

    def _work(self, payload: object) -> None:
        if len(self._working) >= _MOST_AT_ONCE:
            _log.warning("a button was pressed in vain: too many at once")
            return
        task = asyncio.create_task(self._press(payload))
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    async def _press(self, payload: object) -> None:
        try:
            await self._pressed(payload)
        except Exception:  # noqa: BLE001  # one click must not cost the others their connection
            _log.exception("a button failed: a bug")


def _straight(session: aiohttp.ClientSession) -> aiohttp.ClientSession:
    """A session on the same guarded connector that follows no redirect: ``ws_connect`` cannot be told not to."""
    tracing = aiohttp.TraceConfig()
    tracing.on_request_redirect.append(_refused)
    return aiohttp.ClientSession(
        connector=session.connector, connector_owner=False, cookie_jar=aiohttp.DummyCookieJar(),
        trace_configs=[tracing],
    )  # fmt: skip


async def _refused(_: aiohttp.ClientSession, __: object, redirect: aiohttp.TraceRequestRedirectParams) -> None:
    redirect.response.close()
    raise Blocked(f"HTTP {redirect.response.status}: a redirect, and redirects are not followed")


async def _waited(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


def _pause_s(first_s: float, failures: int) -> float:
    """None after a good connection, then doubled with each that failed, up to five minutes."""
    return min(_LONGEST_S, first_s * 2.0 ** min(failures - 1, 12)) if failures else 0.0
