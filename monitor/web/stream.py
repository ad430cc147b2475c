"""Server-sent events of the change log: one follower of the store, told to every client.

https://html.spec.whatwg.org/multipage/server-sent-events.html

What is the same for many is made once: an event's bytes, and for each distinct filter the bytes of a turn. The buffer
of a client is that of its transport, whose size says who is too slow.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

import msgspec
import structlog
from aiohttp import web

from monitor.errors import InfrastructureError
from monitor.ports.records import Logged, Passed, Records, Wanted
from monitor.web.places import BEGIN, Place, place_of, written
from monitor.web.wanted import matches

COALESCE_S: Final = 0.05
"""A client is written to at most once in so long; the first event after a silence goes at once."""
HEARTBEAT_S: Final = 10.0
RETRY_MS: Final = 2_000
MOST_UNSENT: Final = 1 << 20
"""Bytes that may wait for one client, beside what its connection holds; who is further behind is dropped."""

PATIENCE_S: Final = 60.0
"""So long one who comes back may take to read a piece of what it missed."""

_PAGE: Final = 200
AWAY_S: Final = 1.0
"""How long a store that is away is left in peace."""
_LOST_S: Final = 0.1
"""A cancellation that has not worked by then was lost on its way."""

_log = structlog.get_logger(__name__)

T = TypeVar("T")


def event(logged: Logged) -> bytes:
    """The event of a change: its place as the id to resume after, its frozen wire form as the words."""
    return b"id: %b\nevent: change\ndata: %b\n\n" % (logged.place.encode(), logged.body)


def _resume_point(place: Place) -> bytes:
    """No event: it moves the last event id on. With the comment it is a heartbeat too."""
    return b":\nid: %b\n\n" % written(place).encode()


@dataclass(eq=False, slots=True)
class Client:
    """One open response. ``framed``: its body is in chunks (HTTP/1.1). ``after`` is what it has been told already.

    The hub writes to the transport, past the response: bytes framed once serve all. What only one is told goes through
    the response, which waits for it.
    """

    response: web.StreamResponse
    transport: asyncio.Transport
    wanted: Wanted
    framed: bool
    after: Place = BEGIN
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def send(self, framed: bytes) -> None:
        """Hand over bytes that are framed already; one who is gone, or too slow, has ended with it."""
        if self.transport.is_closing():
            self.ended.set()
        elif self.transport.get_write_buffer_size() > MOST_UNSENT:
            self.drop()
        else:
            self.transport.write(framed)

    def drop(self) -> None:
        """Break off: an event cut in its middle is none, the client resumes after the last whole one."""
        self.transport.abort()
        self.ended.set()


def framed(body: bytes, *, chunked: bool) -> bytes:
    """A piece of a body as it stands on the wire (RFC 9112 §7.1)."""
    return b"%x\r\n%b\r\n" % (len(body), body) if chunked else body


async def _end(tasks: AbstractSet[asyncio.Task[None]]) -> None:
    """Cancel them until they end: on Python 3.11 redis-py loses a cancellation that meets a send (``wait_for``)."""
    while tasks := {task for task in tasks if not task.done()}:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=_LOST_S)


class Hub:
    """The clients, and the log as far as they have been told of it. It lives through outages of the store."""

    def __init__(self, records: Records, *, heartbeat_s: float = HEARTBEAT_S, patience_s: float = PATIENCE_S) -> None:
        self._records = records
        self._heartbeat_s = heartbeat_s
        self._patience_s = patience_s
        self._groups: defaultdict[tuple[Wanted, bool], set[Client]] = defaultdict(set)
        self._fresh: list[tuple[Place, Logged]] = []
        self._place = BEGIN
        self._known = asyncio.Event()
        self._turn: asyncio.TimerHandle | None = None
        self._turned_at = 0.0
        self._stopped = False

    @property
    def clients(self) -> int:
        """How many streams are open and told."""
        return sum(map(len, self._groups.values()))

    async def run(self) -> None:
        """Follow the log and keep the clients' connections warm, until cancelled."""
        tasks = {asyncio.create_task(self._follow()), asyncio.create_task(self._beat())}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await _end(tasks)

    async def serve(self, client: Client, last_event_id: Place | None) -> None:
        """Tell one client, from what is kept after ``last_event_id`` on (None: from now on), until it ends."""
        client.send(framed(b"retry: %d\n\n" % RETRY_MS, chunked=client.framed))
        while not self._known.is_set() and not client.ended.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._known.wait(), self._heartbeat_s)
            client.send(framed(b":\n\n", chunked=client.framed))
        if client.ended.is_set():
            return
        if last_event_id is None:
            self._join(client, self._place)
        else:
            await self._catch_up(client, last_event_id)
        group = self._groups[client.wanted, client.framed]
        try:
            await client.ended.wait()
        finally:
            group.discard(client)
            if not group:
                self._groups.pop((client.wanted, client.framed), None)

    def end(self) -> None:
        """End every stream: the application shuts down."""
        self._stopped = True
        self._known.set()
        for client in [one for group in self._groups.values() for one in group]:
            client.ended.set()

    # --- the log, to those who are up to date -------------------------------------------------------------------------

    async def _follow(self) -> None:
        away = False
        while True:
            try:
                if not self._known.is_set():
                    self._place = place_of(await self._records.newest_place()) or BEGIN
                    self._known.set()
                async for row in self._records.follow(written(self._place)):
                    if away:
                        _log.info("the store is back: streams go on")
                        away = False
                    self._take(row)
            except InfrastructureError as error:
                if not away:
                    _log.error("the store is away: streams wait", reason=str(error))
                    away = True
            await asyncio.sleep(AWAY_S)

    def _take(self, row: Logged | Passed) -> None:
        place = place_of(row.place)
        if place is None or place <= self._place:
            return
        self._place = place
        if isinstance(row, Passed):
            return
        self._fresh.append((place, row))
        if self._turn is None:
            loop = asyncio.get_running_loop()
            self._turn = loop.call_at(self._turned_at + COALESCE_S, self._tell)

    def _tell(self) -> None:
        """One turn: what is fresh, to everybody who wants it."""
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
        if not self._fresh:
            return
        self._turned_at = asyncio.get_running_loop().time()
        fresh = [(place, logged, event(logged)) for place, logged in self._fresh]
        self._fresh.clear()
        for (wanted, chunked), group in self._groups.items():
            chosen = [(place, told) for place, logged, told in fresh if matches(wanted, logged.change)]
            whole = framed(b"".join(told for _, told in chosen), chunked=chunked)
            for client in group if chosen else ():
                client.send(whole if client.after < fresh[0][0] else _rest(chosen, client))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._heartbeat_s)
            self._tell()
            for (_, chunked), group in self._groups.items():
                warm = framed(_resume_point(self._place), chunked=chunked)
                for client in group:
                    client.send(warm if client.after <= self._place else framed(b":\n\n", chunked=chunked))

    # --- the log, to one who comes back -------------------------------------------------------------------------------

    def _join(self, client: Client, after: Place) -> None:
        """From here on it is told with the others. There is no await between the look at ``_place`` and this."""
        self._tell()
        client.after = after
        client.send(framed(_resume_point(max(after, self._place)), chunked=client.framed))
        self._groups[client.wanted, client.framed].add(client)
        if self._stopped:
            client.ended.set()

    async def _catch_up(self, client: Client, after: Place) -> None:
        if after != BEGIN and not await self._kept(client, after):
            client.send(framed(_gone(after), chunked=client.framed))
            self._join(client, self._place)
            return
        while not client.transport.is_closing() and not self._stopped:
            known = self._place
            rows: Sequence[Logged] = await self._asked(client, partial(self._records.since, written(after), _PAGE), ())
            after = max([after, *filter(None, (place_of(row.place) for row in rows))])
            if len(rows) < _PAGE:
                after = max(after, known)  # rows that cannot be read are in none of the pages
            told = b"".join(event(row) for row in rows if matches(client.wanted, row.change))
            await self._write(client, told or _resume_point(after))
            if len(rows) < _PAGE and self._place <= after:
                self._join(client, after)
                return
        client.ended.set()

    async def _write(self, client: Client, body: bytes) -> None:
        """To one who has to read it before more is asked of the store; not for ever."""
        try:
            async with asyncio.timeout(self._patience_s):
                await client.response.write(body)
        except TimeoutError:
            client.drop()

    async def _kept(self, client: Client, place: Place) -> bool:
        """Whether the log still holds that row, so that none after it can be missing; who can read it is no matter."""
        found = await self._asked(client, partial(self._records.at_or_after, written(place)), None)
        return place <= self._place if found is None else place_of(found) == place

    async def _asked(self, client: Client, question: Callable[[], Awaitable[T]], otherwise: T) -> T:
        """The answer of the store; one that is away is waited for, in a connection kept warm."""
        while not client.transport.is_closing() and not self._stopped:
            try:
                return await question()
            except InfrastructureError:
                client.send(framed(b":\n\n", chunked=client.framed))
                await asyncio.sleep(AWAY_S)
        return otherwise


def _rest(chosen: Sequence[tuple[Place, bytes]], client: Client) -> bytes:
    """Of a turn, what a client that came ahead of it has not been told yet."""
    rest = b"".join(told for place, told in chosen if place > client.after)
    return framed(rest, chunked=client.framed) if rest else b""


def _gone(after: Place) -> bytes:
    words = msgspec.json.encode(
        {
            "last_event_id": written(after),
            "detail": "changes after this id are no longer kept in the log: some may be missing. The stream goes on "
            "from now; read /api/v1/changes for what is kept",
        }
    )
    return b"event: gone\ndata: %b\n\n" % words
