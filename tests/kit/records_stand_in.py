"""The change log in memory: an honest stand-in of ``monitor.ports.records.Records``, fed with detected changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime

from monitor.core.deliver.wire import decode, encoded
from monitor.errors import StoreUnavailable
from monitor.model import Change
from monitor.ports.records import Copy, Found, Logged, Mark, Wanted
from monitor.web.places import BEGIN, place_of
from monitor.web.wanted import matches
from tests.kit.pages import Watch, page, post

_FIRST_MS = 1_774_094_590_000


class MemoryRecords:
    """What is committed is told to who follows; ``away`` makes it fail as a lost store does."""

    def __init__(self, *changes: Change) -> None:
        self.rows: list[Logged] = []
        self.trimmed = 0
        self.wholes: dict[str, bytes] = {}
        self.copies: dict[tuple[str, str], Copy] = {}
        self._news = asyncio.Condition()
        self._away = False
        for change in changes:
            self._log(change)

    async def commit(self, *changes: Change) -> list[Logged]:
        """Put changes at the end of the log, in one step."""
        async with self._news:
            logged = [self._log(change) for change in changes]
            self._news.notify_all()
        return logged

    async def be_away(self, away: bool) -> None:
        """Lose the store, or have it back."""
        async with self._news:
            self._away = away
            self._news.notify_all()

    def trim(self, keep: int) -> None:
        """Forget all but the newest."""
        self.trimmed += max(0, len(self.rows) - keep)
        self.rows = self.rows[len(self.rows) - keep :]

    async def changes(self, wanted: Wanted, limit: int, before: str | None = None) -> Found:
        self._answer()
        end = place_of(before) if before else None
        older = [row for row in self.rows[::-1] if end is None or _at(row) < end]
        rows = [row for row in older if matches(wanted, row.change)]
        return Found(rows=tuple(rows[:limit]), before=rows[limit - 1].place if len(rows) > limit else None)

    async def since(self, place: str, limit: int) -> Sequence[Logged]:
        self._answer()
        start = place_of(place)
        assert start is not None
        return [row for row in self.rows if _at(row) > start][:limit]

    async def newest_place(self) -> str:
        self._answer()
        return self.rows[-1].place if self.rows else "0"

    async def at_or_after(self, place: str) -> str | None:
        self._answer()
        start = place_of(place)
        return next((row.place for row in self.rows if start is not None and _at(row) >= start), None)

    async def follow(self, place: str) -> AsyncIterator[Logged]:
        while True:
            async with self._news:
                self._answer()
                rows = await self.since(place, 200)
                if not rows:
                    await self._news.wait()
                    continue
            for row in rows:
                yield row
                place = row.place

    async def change(self, change_id: str) -> Logged | None:
        self._answer()
        return next((row for row in self.rows if row.change.id == change_id), None)

    async def changes_of(self, ids: Iterable[str]) -> Mapping[str, Logged]:
        self._answer()
        asked = set(ids)
        return {row.change.id: row for row in self.rows if row.change.id in asked}

    async def whole(self, change_id: str) -> bytes | None:
        return self.wholes.get(change_id) or None

    async def history(self, post: str, limit: int = 200, skip: int = 0) -> Sequence[Logged]:
        self._answer()
        every = [row for row in self.rows if row.change.subject == post]
        rows = every[max(0, len(every) - skip - limit) : len(every) - skip]
        return [Logged(place="", change=row.change, body=row.body) for row in rows]

    async def marks(self, source: str, since: datetime, until: datetime, limit: int = 5_000) -> Sequence[Mark]:
        self._answer()
        told = [row.change for row in self.rows if row.change.source.name == source]
        return [
            Mark(
                at=one.at,
                type=one.type,
                subject=one.subject,
                change_id=one.id,
                score=one.significance.score if one.significance else None,
            )
            for one in told
            if since <= one.at <= until
        ][:limit]

    async def copy(self, source: str, snapshot: str) -> Copy | None:
        self._answer()
        return self.copies.get((source, snapshot))

    def _log(self, change: Change) -> Logged:
        body, self.wholes[change.id] = encoded(change)
        place = f"{_FIRST_MS + self.trimmed + len(self.rows)}-0"
        self.rows.append(Logged(place=place, change=decode(body), body=body))
        return self.rows[-1]

    def _answer(self) -> None:
        if self._away:
            raise StoreUnavailable("the store is away; start it")


def detected(edits: int = 3) -> list[Change]:
    """A post that is added to a live page and edited so often: changes as detection makes them."""
    watch = Watch()
    first = post("p1", "Ferry stuck", "A ferry is stuck off the harbour.", at="11:00")
    watch.see(page(first))
    told: list[Change] = []
    for number in range(edits + 1):
        second = post("p2", "Toll rises", f"At least {14 + number} people were hurt.", at="11:30")
        told += watch.see(page(second, first)).changes
    return told


def _at(row: Logged) -> tuple[int, int]:
    return place_of(row.place) or BEGIN
