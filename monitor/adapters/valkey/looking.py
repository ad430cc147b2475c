"""Looking through the change log without reading the changes: among its newest rows here, further down by
``scripts/log_look.lua``, some rows at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import redis.asyncio

from monitor.adapters.valkey.errors import translated
from monitor.adapters.valkey.keys import Keys
from monitor.adapters.valkey.newest import Asked, Newest, Place, order, written
from monitor.adapters.valkey.scripts import lua
from monitor.core.deliver.findable import folded
from monitor.ports.records import Wanted

ROWS: Final = 400
"""Rows one script call looks at: the server does nothing else for about a millisecond."""

LOGS: Final = 32
"""The logs of so many sources are merged; for more, the log of all is looked through."""

_DEARER: Final = 2
"""A row the server looks at counts as so many: it takes ten times as long, and holds up everybody else."""

_LOGS_AT_ONCE: Final = 8
_NAMES: Final = 2_000  # of a tag that more sources have, a page is full before they were all read


@dataclass(frozen=True, slots=True, order=True)
class Sight:
    """A row of the log that may be wanted: its place, the change's id, and whether its text was asked."""

    at: Place
    change_id: str
    asked: bool

    @property
    def place(self) -> str:
        """As the log writes it."""
        return written(self.at)


@dataclass(frozen=True, slots=True)
class Looked:
    """Sights from a place down to ``end`` (None: to the log's end), newest first; ``cost`` is in rows kept here."""

    sights: Sequence[Sight]
    end: Place | None
    cost: int


@dataclass(frozen=True, slots=True)
class Where:
    """The logs to look through (none: the log of all), and by which sources or tag the log of all is filtered."""

    logs: tuple[str, ...] = ()
    sources: frozenset[str] = frozenset()
    tag: str = ""


class Looking:
    """Where to look for what is wanted, and one step of it."""

    def __init__(self, client: redis.asyncio.Redis, keys: Keys, *, most: int, rows: int = ROWS) -> None:
        self._client = client
        self._keys = keys
        self._rows = rows
        self._look = client.register_script(lua("log_look"))
        self._newest = Newest(client, keys, most)
        self._has_old_rows = True

    async def where(self, wanted: Wanted) -> Where | None:
        """None when no source can have told anything that is wanted.

        The log may hold rows of a version that kept no logs of sources: until they are gone, the log of all serves.
        """
        names, tag = wanted.sources, ""
        if wanted.tag and not names:
            key, tag = self._keys.key("tellers", wanted.tag), wanted.tag
            with translated():
                if await self._client.zcard(key) > _NAMES:
                    return Where(tag=tag)
                members: Any = await self._client.zrange(key, 0, -1)
            names = frozenset(member.decode() for member in members)
            if not names:
                return None
        if len(names) > LOGS or (names and await self._old_rows()):
            return Where(sources=names, tag=tag)
        return Where(logs=tuple(sorted(names)))

    async def step(self, where: Where, wanted: Wanted, before: Place | None, limit: int) -> Looked:
        """Look at some rows below a place (None: from the newest) for at most ``limit`` sights."""
        least = math.floor(min(wanted.min_significance, 2.0) * 1000) if wanted.min_significance > 0 else 0
        asked = Asked(types=wanted.types, sources=where.sources, score=least, text=folded(wanted.text))
        if asked != Asked() and not where.logs and (where.sources or not where.tag):
            if before is None:
                await self._newest.refresh()
            rows, looked, end = self._newest.below(before, asked, limit)
            if end is not None:
                return Looked([Sight(row.at, row.change_id, row.find is not None) for row in rows], end, looked)
        return await self._step_there(where, asked, before, limit)

    async def _step_there(self, where: Where, asked: Asked, before: Place | None, limit: int) -> Looked:
        wish: dict[str, object] = {
            "before": "+" if before is None else f"({written(before)}",
            "count": self._count(where, asked, limit),
            "limit": limit,
            "types": tuple(asked.types),
            "sources": () if where.tag else tuple(asked.sources),
            "tag": where.tag,
            "score": asked.score,
            "text": asked.text,
        }
        args: list[Any] = [self._keys.prefix, msgspec.json.encode(wish)]
        groups = [where.logs[start : start + _LOGS_AT_ONCE] for start in range(0, len(where.logs), _LOGS_AT_ONCE)]
        replies: list[Any] = []
        with translated():
            for group in groups or [()]:
                replies += await self._look(args=[*args, *group])
        return _merged(replies, limit)

    def _count(self, where: Where, asked: Asked, limit: int) -> int:
        """How many rows of each log a script call looks at."""
        logs = max(1, len(where.logs))
        count = self._rows // min(_LOGS_AT_ONCE, logs)
        if where.logs and asked.text:
            count //= 2  # each row's words stand in the log of all
        if asked == Asked() and not where.tag:
            count = min(count, limit if logs == 1 else 4 + 3 * limit // logs)
        return max(1, count)

    async def _old_rows(self) -> bool:
        """Whether the log's oldest row is of such a version; once it is not, none will be."""
        if self._has_old_rows:
            with translated():
                oldest: Any = await self._client.xrange(self._keys.key("changes"), count=1)
            self._has_old_rows = bool(oldest) and b"score" not in oldest[0][1]
        return self._has_old_rows


def _merged(replies: Sequence[Any], limit: int) -> Looked:
    """What several logs showed as one: only down to where all of them have been looked through."""
    sights: list[Sight] = []
    ends: list[Place] = []
    cost = 0
    for looked, last, *found in replies:
        cost += _DEARER * looked
        if last:
            ends.append(order(last))
        sights += [
            Sight(order(place), change_id.decode(), bool(asked))
            for place, change_id, asked in zip(found[::3], found[1::3], found[2::3], strict=True)
        ]
    end = max(ends, default=None)
    kept = sorted((one for one in sights if end is None or one.at >= end), reverse=True)
    if len(kept) > limit:
        return Looked(kept[:limit], kept[limit - 1].at, cost)
    return Looked(kept, end, cost)
