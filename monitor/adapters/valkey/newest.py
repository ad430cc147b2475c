"""The newest rows of the change log, kept by whoever filters them: a row never changes, so only new ones are read."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import redis.asyncio

from monitor.adapters.valkey.errors import translated
from monitor.adapters.valkey.keys import Keys
from monitor.model import ChangeType

_AT_ONCE: Final = 500

Place = tuple[int, int]


class Row(NamedTuple):
    """A row of the log; ``score`` and ``find`` are None where a version before them wrote it."""

    at: Place
    change_id: str
    type: str
    source: str
    score: int | None
    find: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a row must tell: empty means all. ``score``: thousandths, asked of edits only. ``text`` is folded."""

    types: frozenset[ChangeType] = frozenset()
    sources: frozenset[str] = frozenset()
    score: int = 0
    text: str = ""

    def of(self, row: Row) -> bool:
        """Whether the row may be wanted. What it does not tell is left to whoever reads the change."""
        return (
            (not self.text or row.find is None or self.text in row.find)
            and (not self.types or row.type in self.types)
            and (not self.sources or row.source in self.sources)
            and (not self.score or row.type != "post.edited" or row.score is None or row.score >= self.score)
        )


class Newest:
    """At least the newest ``most`` rows, or all there are, as of the last ``refresh``."""

    def __init__(self, client: redis.asyncio.Redis, keys: Keys, most: int) -> None:
        self._client = client
        self._log = keys.key("changes")
        self._most = most
        self._rows: list[Row] = []  # oldest first
        self._refreshing = asyncio.Lock()

    async def refresh(self) -> None:
        """Read what has been committed since; where that is more than is kept, nothing older stays."""
        async with self._refreshing:
            newest = f"({written(self._rows[-1].at)}" if self._rows else "-"
            fresh: list[Row] = []
            upper, whole = "+", False
            while len(fresh) < self._most and not whole:
                with translated():
                    found: Any = await self._client.xrevrange(self._log, upper, newest, count=_AT_ONCE)
                fresh += [_row(place, fields) for place, fields in found]
                whole = len(found) < _AT_ONCE
                upper = f"({written(fresh[-1].at)}" if fresh else upper
            self._rows = [*(self._rows if whole else ()), *reversed(fresh)] if fresh else self._rows
            if len(self._rows) > 2 * self._most:
                del self._rows[: -self._most]

    def below(self, before: Place | None, asked: Asked, limit: int) -> tuple[Sequence[Row], int, Place | None]:
        """Rows that may be wanted below a place, newest first: how many were looked at for them, and the last of those.

        No place: none of what is kept lies below, so that the log has to be asked.
        """
        start = len(self._rows) if before is None else bisect_left(self._rows, before, key=lambda row: row.at)
        end = max(0, start - self._most)
        found: list[Row] = []
        at = start
        while at > end and len(found) < limit:
            at -= 1
            if asked.of(self._rows[at]):
                found.append(self._rows[at])
        return found, start - at, self._rows[at].at if start > at else None


def order(place: bytes | str) -> Place:
    """A place as two numbers that compare."""
    text = place.decode() if isinstance(place, bytes) else place
    ms, _, n = text.partition("-")
    return int(ms), int(n or 0)


def written(at: Place) -> str:
    """A place as the log writes it."""
    return f"{at[0]}-{at[1]}"


def _row(place: bytes, fields: dict[bytes, bytes]) -> Row:
    score, find = fields.get(b"score"), fields.get(b"find")
    return Row(
        at=order(place),
        change_id=fields[b"id"].decode(),
        type=fields[b"type"].decode(),
        source=fields[b"source"].decode(),
        score=int(score) if score else None,
        find=None if find is None else find.decode(),
    )
