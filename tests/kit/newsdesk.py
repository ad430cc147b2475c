"""A change log in memory, read as the web reads the real one, and the web's pages served over it on loopback."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from monitor.core.deliver.wire import decode, encode
from monitor.model import Change, Source
from monitor.ports.records import Copy, Found, Logged, Mark, Wanted
from monitor.ports.sourcing import Condition, PollMark, SourcePage, SourceStanding
from monitor.web.app import build
from monitor.web.routes import Route
from monitor.web.wanted import matches
from tests.kit.pages import NOON, SOURCE
from tests.kit.visitors import no_parts


@dataclass
class MemoryRecords:
    """The change log as the store keeps it: wire forms in the order of their commit, histories by post."""

    log: list[Logged] = field(default_factory=list)
    copies: dict[tuple[str, str], Copy] = field(default_factory=dict)
    scan: int = 10_000
    grown: asyncio.Event = field(default_factory=asyncio.Event)

    def commit(self, changes: Iterable[Change]) -> list[Change]:
        """Take changes in; what comes back is what a reader will see of them."""
        told = []
        for change in changes:
            body = encode(change)
            self.log.append(Logged(place=f"{1_700_000_000_000 + len(self.log)}-0", change=decode(body), body=body))
            told.append(self.log[-1].change)
        self.grown.set()
        self.grown = asyncio.Event()
        return told

    def trim(self, kept: int) -> None:
        """Forget all but the newest."""
        del self.log[: len(self.log) - kept]

    async def changes(self, wanted: Wanted, limit: int, before: str | None = None) -> Found:
        older = [one for one in reversed(self.log) if before is None or _order(one.place) < _order(before)]
        rows: list[Logged] = []
        for one in older[: self.scan]:
            if len(rows) == limit:
                return Found(rows=tuple(rows), before=rows[-1].place)
            if matches(wanted, one.change):
                rows.append(one)
        return Found(rows=tuple(rows), before=older[self.scan - 1].place if len(older) > self.scan else None)

    async def since(self, place: str, limit: int) -> Sequence[Logged]:
        return [one for one in self.log if _order(one.place) > _order(place)][:limit]

    async def newest_place(self) -> str:
        return self.log[-1].place if self.log else "0-0"

    async def at_or_after(self, place: str) -> str | None:
        return next((one.place for one in self.log if _order(one.place) >= _order(place)), None)

    async def follow(self, place: str) -> AsyncIterator[Logged]:
        while True:
            grown = self.grown
            for one in await self.since(place, 1_000):
                place = one.place
                yield one
            await grown.wait()

    async def change(self, change_id: str) -> Logged | None:
        return next((one for one in self.log if one.change.id == change_id), None)

    async def changes_of(self, ids: Iterable[str]) -> Mapping[str, Logged]:
        asked = set(ids)
        return {one.change.id: one for one in self.log if one.change.id in asked}

    async def whole(self, change_id: str) -> bytes | None:  # noqa: ARG002  # nothing here is cut
        return None

    async def history(self, post: str, limit: int = 200, skip: int = 0) -> Sequence[Logged]:
        found = [Logged(place="", change=one.change, body=one.body) for one in self.log if one.change.subject == post]
        end = max(0, len(found) - skip)
        return found[max(0, end - limit) : end]

    async def marks(self, source: str, since: datetime, until: datetime, limit: int = 5_000) -> Sequence[Mark]:
        kept = (one.change for one in self.log if one.change.source.name == source and since <= one.change.at < until)
        return [Mark(at=one.at, type=one.type, subject=one.subject, change_id=one.id, score=None) for one in kept][
            -limit:
        ]

    async def copy(self, source: str, snapshot: str) -> Copy | None:
        return self.copies.get((source, snapshot))


def _order(place: str) -> tuple[int, ...]:
    return tuple(map(int, place.split("-")))


@dataclass
class NamedSources:
    """A desk that knows its sources by name and nothing more of them."""

    known: Sequence[str] = (SOURCE.name,)
    by_condition: Mapping[str, int] = field(default_factory=lambda: defaultdict(int))

    def page(self, limit: int = 100, after: str = "", condition: Condition | None = None) -> SourcePage:
        raise NotImplementedError

    def names(self) -> Sequence[str]:
        return self.known

    def counts(self) -> Mapping[str, int]:
        return {**self.by_condition, "all": len(self.known)}

    def standing(self, name: str) -> SourceStanding | None:
        raise NotImplementedError

    def polls(self, name: str) -> Sequence[PollMark]:
        raise NotImplementedError

    def add(self, source: Source) -> bool:
        raise NotImplementedError

    def remove(self, name: str) -> Literal["removed", "unknown", "configured"]:
        raise NotImplementedError

    def pause(self, name: str, reason: str = "", by: str = "operator") -> bool:
        raise NotImplementedError

    def resume(self, name: str) -> bool:
        raise NotImplementedError


@contextlib.asynccontextmanager
async def serving(
    records: MemoryRecords, routes: Iterable[Route], sources: NamedSources | None = None
) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """A client of a server with these pages over these records."""
    app = build(no_parts(records=records, sources=sources or NamedSources(), now=lambda: NOON), routes)
    async with TestClient(TestServer(app)) as client:
        yield client
