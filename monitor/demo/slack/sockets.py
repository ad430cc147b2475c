"""Slack's side of Socket Mode: a URL with a ticket, a websocket, envelopes to be acknowledged within three seconds.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import itertools
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from aiohttp import WSMsgType, web

ACK_WITHIN_S: Final = 3.0


@dataclass(slots=True, kw_only=True)
class Envelope:
    """What was sent down a socket. ``acked_after_s`` is None until it is acknowledged; ``answer`` came with that.

    ``delivered`` is false when no socket was open: the person who clicked saw an error at once.
    """

    envelope_id: str
    type: str
    payload: dict[str, Any]
    delivered: bool
    acked_after_s: float | None = None
    answer: Any = None
    _sent_at_s: float = field(default_factory=time.monotonic)
    _acked: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def in_time(self) -> bool:
        """Acknowledged before the person saw an error."""
        return self.acked_after_s is not None and self.acked_after_s < ACK_WITHIN_S

    async def acknowledged(self, within_s: float = ACK_WITHIN_S) -> bool:
        """Wait for the acknowledgement; false when it does not come."""
        try:
            await asyncio.wait_for(self._acked.wait(), within_s)
        except TimeoutError:
            return False
        return True

    def acknowledge(self, answer: Any) -> None:
        self.acked_after_s = time.monotonic() - self._sent_at_s
        self.answer = answer
        self._acked.set()


class Sockets:
    """The open sockets of one app; an envelope goes down one of them, in turn."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.opened = 0
        self.strays: list[str] = []
        self._tickets: set[str] = set()
        self._open: list[web.WebSocketResponse] = []
        self._turn = itertools.count()

    @property
    def connected(self) -> int:
        """How many sockets are open now."""
        return len(self._open)

    def ticket(self) -> str:
        """Good for one connection."""
        ticket = uuid.uuid4().hex
        self._tickets.add(ticket)
        return ticket

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One connection, from hello to its end."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPForbidden(text="invalid ticket")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(timeout=1.0)
        await socket.prepare(request)
        self._open.append(socket)
        self.opened += 1
        await socket.send_json(
            {
                "type": "hello",
                "num_connections": self.connected,
                "connection_info": {"app_id": "A0STETWATCH"},
                "debug_info": {"host": "applink-stand-in", "build_number": 1, "approximate_connection_time": 18060},
            }
        )
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._hear(message.data)
        finally:
            if socket in self._open:
                self._open.remove(socket)
        return socket

    def _hear(self, text: str) -> None:
        try:
            heard = msgspec.json.decode(text, type=dict[str, Any])
        except ValueError:
            self.strays.append(text)
            return
        known = [one for one in self.envelopes if one.envelope_id == heard.get("envelope_id")]
        if known and known[0].acked_after_s is None:
            known[0].acknowledge(heard.get("payload"))
        else:
            self.strays.append(text)

    async def send(self, type_: str, payload: dict[str, Any]) -> Envelope:
        """An envelope (``interactive``, ``slash_commands``, ``events_api``) down one open socket."""
        envelope = Envelope(envelope_id=str(uuid.uuid4()), type=type_, payload=payload, delivered=bool(self._open))
        self.envelopes.append(envelope)
        if self._open:
            socket = self._open[next(self._turn) % len(self._open)]
            await socket.send_json(
                {
                    "envelope_id": envelope.envelope_id,
                    "type": type_,
                    "payload": payload,
                    "accepts_response_payload": type_ == "slash_commands",
                }
            )
        return envelope

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Tell every socket to come again: ``warning`` (soon), ``refresh_requested`` and ``link_disabled`` (now)."""
        sockets = list(self._open)
        for socket in sockets:
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-stand-in"}})
        if reason != "warning":
            await self.hang_up(sockets)

    async def hang_up(self, sockets: list[web.WebSocketResponse] | None = None) -> None:
        """Close without a word."""
        for socket in list(self._open) if sockets is None else sockets:
            if socket in self._open:
                self._open.remove(socket)
            await socket.close()

    async def say(self, text: str) -> None:
        """Any frame at all, to see what a client makes of it."""
        for socket in self._open:
            await socket.send_str(text)
