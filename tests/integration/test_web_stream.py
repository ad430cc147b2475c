"""The stream of changes over real HTTP: in order, resumed, filtered, kept warm, through outages, past slow clients."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import aiohttp
import redis
import redis.asyncio
from aiohttp import web

from monitor.adapters.valkey.records import ValkeyRecords
from monitor.model import Change
from monitor.ports.records import Records
from monitor.web import api_stream, stream
from monitor.web.api_stream import HUB
from monitor.web.places import Place
from monitor.web.stream import Client, Hub
from tests.kit.changes import added, edited, failing
from tests.kit.log import commit, edit
from tests.kit.records_stand_in import MemoryRecords, detected
from tests.kit.snapshots import KEYS
from tests.kit.waiting import wait_for
from tests.kit.webapp import Site, web_site

PATH = "/api/v1/changes/stream"
R = TypeVar("R", bound=Records)


@dataclass(frozen=True)
class Event:
    """What an event says."""

    id: str = ""
    name: str = "message"
    words: bytes = b""


@dataclass(frozen=True)
class Role(Generic[R]):
    """A web role over a log, most often one in memory."""

    site: Site
    records: R

    @property
    def hub(self) -> CountingHub:
        hub = self.site.app[HUB]
        assert isinstance(hub, CountingHub)
        return hub

    @contextlib.asynccontextmanager
    async def stream(self, query: str = "", last_event_id: str = "") -> AsyncIterator[Stream]:
        """An open stream that is told what comes from now on, or is sent what it missed."""
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        async with self.site.session.get(self.site.url(PATH + query), headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            opened = Stream(answer)
            if not last_event_id:
                await opened.place()
            yield opened


class CountingHub(Hub):
    """It knows whom it serves at all: those too who are not told with the others yet."""

    serving = 0

    async def serve(self, client: Client, last_event_id: Place | None) -> None:
        self.serving += 1
        try:
            await super().serve(client, last_event_id)
        finally:
            self.serving -= 1


class Stream:
    """Reads an event stream as the specification has it; comments and fields without data are no events."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer
        self.last_id = ""
        self.comments = 0
        self.fields: dict[str, str] = {}

    async def place(self) -> str:
        """Read until the stream has said where it stands."""
        while not self.last_id:
            await self._block()
        return self.last_id

    async def event(self) -> Event:
        """The next event."""
        async with asyncio.timeout(5):
            while (found := await self._block()) is None:
                pass
            return found

    async def _block(self) -> Event | None:
        name, words = "message", None
        block = (await self.answer.content.readuntil(b"\n\n")).removesuffix(b"\n\n")
        for line in block.split(b"\n"):
            field, _, value = line.partition(b": ")
            match field:
                case b"id":
                    self.last_id = value.decode()
                case b"event":
                    name = value.decode()
                case b"data":
                    words = value
                case b":" | b"":
                    self.comments += 1
                case _:
                    self.fields[field.decode()] = value.decode()
        return None if words is None else Event(self.last_id, name, words)


@contextlib.asynccontextmanager
async def web_role(
    records: R, *, heartbeat_s: float = stream.HEARTBEAT_S, patience_s: float = stream.PATIENCE_S
) -> AsyncIterator[Role[R]]:
    """The web role of these records on loopback."""

    def prepare(app: web.Application) -> None:
        app[HUB] = CountingHub(records, heartbeat_s=heartbeat_s, patience_s=patience_s)

    async with web_site(api_stream.ROUTES, prepare, records=records) as site:
        yield Role(site, records)


def numbered(first: int, count: int) -> list[Change]:
    """Edits told apart by their ids."""
    return [edited(f"chg_{number}") for number in range(first, first + count)]


async def ids(opened: Stream, count: int) -> list[str]:
    """The change ids of the next events."""
    return [json.loads((await opened.event()).words)["id"] for _ in range(count)]


async def test_what_is_committed_arrives_as_its_frozen_bytes() -> None:
    """Added and edited posts come in order, each with its place as the id and its wire form as the data."""
    told = detected()
    async with web_role(MemoryRecords(*told[:1])) as role, role.stream() as opened:
        logged = await role.records.commit(*told[1:])
        events = [await opened.event() for _ in logged]

    assert [(one.id, one.name, one.words) for one in events] == [(row.place, "change", row.body) for row in logged]
    assert opened.fields == {"retry": "2000"}
    assert opened.answer.content_type == "text/event-stream"
    assert opened.answer.headers["Cache-Control"] == "no-store"


async def test_a_filter_lets_through_what_it_names() -> None:
    """By type, source, tag, significance and text; a client without a filter is told all."""
    small = replace(edited("chg_small"), significance=None)
    told = [added("chg_new"), edited("chg_number"), failing("chg_failing"), small]
    async with web_role(MemoryRecords()) as role, contextlib.AsyncExitStack() as stack:
        opened = {
            query: await stack.enter_async_context(role.stream(query))
            for query in (
                "",
                "?type=post.added&type=source.failing",
                "?tag=politics&min=0.5",
                "?q=SEVENTEEN",
                "?q=toll",
            )
        }
        await role.records.commit(*told, failing("chg_end", reason="seventeen Toll"))
        found = {query: await ids(one, _last(query)) for query, one in opened.items()}

    assert found == {
        "": ["chg_new", "chg_number", "chg_failing", "chg_small", "chg_end"],
        "?type=post.added&type=source.failing": ["chg_new", "chg_failing", "chg_end"],
        "?tag=politics&min=0.5": ["chg_new", "chg_number", "chg_failing", "chg_small", "chg_end"],
        "?q=SEVENTEEN": ["chg_end"],
        "?q=toll": ["chg_new", "chg_number", "chg_small", "chg_end"],
    }


def _last(query: str) -> int:
    return {"?type=post.added&type=source.failing": 3, "?q=SEVENTEEN": 1, "?q=toll": 4}.get(query, 5)


async def test_a_stream_taken_up_again_misses_nothing_and_repeats_nothing() -> None:
    """A thousand changes while away, and more while it catches up: each once, in order, after the last event id."""
    async with web_role(MemoryRecords(*numbered(0, 3))) as role:
        last = role.records.rows[0].place
        await role.records.commit(*numbered(3, 1_000))

        async def more() -> None:
            for number in range(1_003, 1_203):
                await role.records.commit(edited(f"chg_{number}"))
                await asyncio.sleep(0)

        async with role.stream(last_event_id=last) as opened:
            writing = asyncio.create_task(more())
            found = await ids(opened, 1_202)
            await writing

    assert found == [f"chg_{number}" for number in range(1, 1_203)]


async def test_the_address_may_name_the_place_to_begin_after() -> None:
    """A page that was made at a place begins its stream there; a reconnection's own id counts for more."""
    async with web_role(MemoryRecords(*numbered(0, 4))) as role:
        first, second = (row.place for row in role.records.rows[:2])
        async with role.stream(f"?after={first}", last_event_id="") as opened:
            assert opened.last_id == role.records.rows[1].place
        async with role.stream(f"?after={first}", last_event_id=second) as opened:
            assert await ids(opened, 2) == ["chg_2", "chg_3"]


async def test_an_id_that_is_no_longer_kept_is_told_to_be_gone() -> None:
    """One event ``gone``, then the stream goes on from now; the oldest id that is kept resumes."""
    async with web_role(MemoryRecords(*numbered(0, 10))) as role:
        old, kept = role.records.rows[2].place, role.records.rows[5].place
        role.records.trim(5)
        async with role.stream(last_event_id=old) as opened:
            gone = await opened.event()
            await opened._block()
            await role.records.commit(edited("chg_new"))
            assert await ids(opened, 1) == ["chg_new"]
        async with role.stream(last_event_id=kept) as opened:
            assert await ids(opened, 5) == ["chg_6", "chg_7", "chg_8", "chg_9", "chg_new"]

    assert gone.name == "gone"
    assert json.loads(gone.words)["last_event_id"] == old


async def test_rows_that_cannot_be_read_are_no_gap(valkey: redis.Redis, async_valkey: redis.asyncio.Redis) -> None:
    """A row of another version's is a place like any: streams that begin before it, at it and after it go on."""
    commit(valkey, edit(1))
    records = ValkeyRecords(async_valkey, KEYS)
    async with web_role(records) as role, role.stream() as opened:
        foreign(valkey, edit(2))
        unread = await records.newest_place()
        async with role.stream(last_event_id="0") as first, role.stream(f"?after={unread}") as second:
            assert await ids(first, 1) == ["chg_desk_1"]
            foreign(valkey, edit(3))
            commit(valkey, edit(4))
            for one in (opened, first, second):
                assert await ids(one, 1) == ["chg_desk_4"]
    async with web_role(records) as role, role.stream(last_event_id=unread) as again:
        assert await ids(again, 1) == ["chg_desk_4"]


async def test_a_role_that_begins_at_a_row_that_cannot_be_read_goes_on_from_there(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis
) -> None:
    """A role that starts where the newest row is of another version joins its clients, and asks no more."""
    commit(valkey, edit(1))
    foreign(valkey, edit(2))
    async with web_role(ValkeyRecords(async_valkey, KEYS)) as role, role.stream(last_event_id="0") as opened:
        assert await ids(opened, 1) == ["chg_desk_1"]
        await wait_for(lambda: role.hub.clients == 1)


def foreign(client: redis.Redis, change: Change) -> None:
    """A change in the log whose body a later version wrote."""
    commit(client, change)
    client.set(KEYS.key("change", change.id), b'{"type": "post.pinned"}')


async def test_what_is_no_id_of_ours_is_a_problem_that_says_so() -> None:
    """A foreign Last-Event-ID, a type and a number that are none: 400, before a stream begins."""
    async with web_role(MemoryRecords()) as role:
        for query, headers in (("", {"Last-Event-ID": "abc"}), ("?type=post.flown", {}), ("?min=2", {})):
            async with role.site.session.get(role.site.url(PATH + query), headers=headers) as answer:
                assert (answer.status, answer.content_type) == (400, "application/problem+json")


async def test_one_who_asks_for_the_head_is_told_and_let_go() -> None:
    """HEAD answers what GET would begin with, and holds nothing open."""
    async with (
        web_role(MemoryRecords()) as role,
        role.site.session.head(role.site.url(PATH), timeout=aiohttp.ClientTimeout(total=5)) as answer,
    ):
        assert (answer.status, answer.content_type) == (200, "text/event-stream")


async def test_silence_is_kept_warm_and_moves_the_last_id_on() -> None:
    """Comments come while nothing is told, with the place the log has got to, whatever the filter."""
    async with web_role(MemoryRecords(), heartbeat_s=0.02) as role, role.stream("?type=post.moved") as opened:
        [row] = await role.records.commit(edited())
        async with asyncio.timeout(5):
            while opened.last_id != row.place:
                assert await opened._block() is None

    assert opened.comments


async def test_an_outage_of_the_store_is_lived_through() -> None:
    """Streams stay open while the store is away, one that comes meanwhile waits; both are told what came after."""
    records = MemoryRecords(*numbered(0, 2))
    async with web_role(records) as role, role.stream() as opened:
        await records.be_away(True)
        async with role.stream(last_event_id=records.rows[0].place) as late:
            await late._block()
            await records.be_away(False)
            await records.commit(*numbered(2, 2))
            assert await ids(opened, 2) == ["chg_2", "chg_3"]
            assert await ids(late, 3) == ["chg_1", "chg_2", "chg_3"]


async def test_a_store_that_is_away_at_the_start_is_waited_for() -> None:
    """A stream opens, is kept warm, and is told what comes once the store answers."""
    records = MemoryRecords()
    await records.be_away(True)
    async with (
        web_role(records, heartbeat_s=0.02) as role,
        role.site.session.get(role.site.url(PATH)) as answer,
    ):
        opened = Stream(answer)
        while opened.comments < 4:
            await opened._block()
        await records.be_away(False)
        await opened.place()
        await records.commit(edited("chg_1"))
        assert await ids(opened, 1) == ["chg_1"]


async def test_one_who_does_not_read_is_dropped_and_resumes() -> None:
    """A client whose buffer is full loses its connection; others are told all; its last id brings the rest."""
    big = [edited(f"chg_{number}", reason="x" * 18_000) for number in range(600)]
    big = [replace(one, before=None, type="source.failing") for one in big]
    async with web_role(MemoryRecords()) as role:
        with socket.socket() as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            slow.connect((role.site.host, role.site.port))
            slow.sendall(f"GET {PATH} HTTP/1.0\r\n\r\n".encode())
            await wait_for(lambda: role.hub.clients == 1)
            async with role.stream() as opened:
                for start in range(0, 600, 20):
                    await role.records.commit(*big[start : start + 20])
                    await ids(opened, 20)
                await wait_for(lambda: role.hub.clients == 1, saying="the slow one is dropped")
            got = await asyncio.to_thread(_all_of, slow)
        whole = got.rpartition(b"\n\n")[0].split(b"\n\n")
        last = [line[4:] for block in whole for line in block.split(b"\n") if line.startswith(b"id: ")][-1].decode()
        count = sum(b"event: change" in block for block in whole)
        assert count < 600
        async with role.stream(last_event_id=last) as again:
            assert await ids(again, 600 - count) == [one.id for one in big[count:]]


async def test_one_who_stops_reading_what_it_missed_is_let_go() -> None:
    """A client that takes nothing while it catches up is held for a while, not for as long as the role lives."""
    big = [edited(f"chg_{number}", reason="x" * 18_000) for number in range(600)]
    records = MemoryRecords(*(replace(one, before=None, type="source.failing") for one in big))
    async with web_role(records, patience_s=0.2) as role:
        with socket.socket() as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            slow.connect((role.site.host, role.site.port))
            slow.sendall(f"GET {PATH}?after=0 HTTP/1.0\r\n\r\n".encode())
            await wait_for(lambda: role.hub.serving == 1)
            await wait_for(lambda: role.hub.serving == 0, saying="the end of one who does not read")


async def test_one_who_left_before_the_store_answered_is_let_go() -> None:
    """While the store is away at the start nothing is done for clients that are gone."""
    records = MemoryRecords()
    await records.be_away(True)
    async with web_role(records, heartbeat_s=0.02) as role:
        async with role.site.session.get(role.site.url(PATH)):
            await wait_for(lambda: role.hub.serving == 1)
        await wait_for(lambda: role.hub.serving == 0, saying="the end of one who left")


def _all_of(connection: socket.socket) -> bytes:
    """What can still be read from a connection that the other end has given up."""
    got = b""
    with contextlib.suppress(ConnectionError):
        while piece := connection.recv(1 << 20):
            got += piece
    return got


async def test_a_burst_is_written_in_few_pieces() -> None:
    """A hundred changes, each committed by itself within a moment, reach a client in a handful of writes."""
    async with web_role(MemoryRecords()) as role, role.stream() as opened:
        pieces = 0
        for one in numbered(0, 100):
            await role.records.commit(one)
        got = b""
        async with asyncio.timeout(5):
            while got.count(b"event: change") < 100:
                got += (await opened.answer.content.readchunk())[0]
                pieces += 1

    assert pieces <= 10


async def test_a_stream_without_chunks_is_readable_too() -> None:
    """An old proxy that speaks HTTP/1.0 gets the bare events."""
    async with web_role(MemoryRecords()) as role:
        reader, writer = await asyncio.open_connection(role.site.host, role.site.port)
        writer.write(f"GET {PATH} HTTP/1.0\r\n\r\n".encode())
        await wait_for(lambda: role.hub.clients == 1)
        [row] = await role.records.commit(edited())
        head = await reader.readuntil(b"\r\n\r\n")
        told = await reader.readuntil(stream.event(row))
        writer.close()

    assert b"chunked" not in head.lower()
    assert b"\r\n" not in told


async def test_the_end_of_the_role_ends_its_streams_at_once() -> None:
    """Clients see an orderly end of the response, and none is left behind."""
    async with web_role(MemoryRecords()) as role, role.stream() as opened:
        hub = role.hub
        async with asyncio.timeout(2):
            closing = asyncio.create_task(role.site.close())
            assert await opened.answer.content.read() == b""
            await closing

    assert hub.clients == 0
