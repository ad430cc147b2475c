"""Looking through the change log without reading the changes: ``scripts/log_look.lua``, some rows at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import redis.asyncio

from monitor.adapters.valkey.errors import translated
from monitor.adapters.valkey.keys import Keys
from monitor.adapters.valkey.scripts import lua
from monitor.core.deliver.findable import folded
from monitor.ports.records import Wanted

ROWS: Final = 400
"""Rows one script call looks at: the server does nothing else for about a millisecond."""

LOGS: Final = 32
"""The logs of so many sources are merged; for more, the log of all is looked through."""

_LOGS_AT_ONCE: Final = 8


@dataclass(frozen=True, slots=True, order=True)
class Sight:
    """A row of the log that may be wanted: its place in order, the change's id, and whether its text was asked."""

    at: tuple[int, int]
    change_id: str
    asked: bool

    @property
    def place(self) -> str:
        """As the log writes it."""
        return f"{self.at[0]}-{self.at[1]}"


@dataclass(frozen=True, slots=True)
class Looked:
    """Sights from a place down to ``end`` (None: to the log's end), newest first; ``rows`` were looked at."""

    sights: Sequence[Sight]
    end: str | None
    rows: int


@dataclass(frozen=True, slots=True)
class Where:
    """The logs to look through (none: the log of all), and by which sources or tag the log of all is filtered."""

    logs: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    tag: str = ""


class Looking:
    """Where to look for what is wanted, and one step of it."""

    def __init__(self, client: redis.asyncio.Redis, keys: Keys, rows: int = ROWS) -> None:
        self._client = client
        self._keys = keys
        self._rows = rows
        self._look = client.register_script(lua("log_look"))
        self._has_old_rows = True

    async def where(self, wanted: Wanted) -> Where | None:
        """None when no source can have told anything that is wanted.

        The log may hold rows of a version that kept no logs of sources: until they are gone, the log of all serves.
        """
        names = wanted.sources
        if wanted.tag and not names:
            key = self._keys.key("tagged", wanted.tag)
            with translated():
                if await self._client.scard(key) > LOGS:
                    return Where(tag=wanted.tag)
                members: Any = await self._client.smembers(key)
            names = frozenset(member.decode() for member in members)
            if not names:
                return None
        if not names:
            return Where()
        sources = tuple(sorted(names))
        if len(sources) > LOGS or await self._old_rows():
            return Where(sources=sources)
        return Where(logs=sources)

    async def step(self, where: Where, wanted: Wanted, before: str, limit: int) -> Looked:
        """Look at some rows from ``before`` (a bound as XREVRANGE takes it) down, for ``limit`` sights."""
        least, text = wanted.min_significance, folded(wanted.text)
        count = self._rows // min(_LOGS_AT_ONCE, max(1, len(where.logs)))
        if where.logs and text:
            count //= 2  # each row's words stand in the log of all
        if not (where.sources or where.tag or wanted.types or text or least > 0):
            count = min(limit, count)
        wish: dict[str, object] = {
            "before": before,
            "count": count,
            "limit": limit,
            "types": tuple(wanted.types),
            "sources": where.sources,
            "tag": where.tag,
            "score": math.floor(min(least, 2.0) * 1000) if least > 0 else 0,
            "text": text,
        }
        args: list[Any] = [self._keys.prefix, msgspec.json.encode(wish)]
        groups = [where.logs[start : start + _LOGS_AT_ONCE] for start in range(0, len(where.logs), _LOGS_AT_ONCE)]
        replies: list[Any] = []
        with translated():
            for group in groups or [()]:
                replies += await self._look(args=[*args, *group])
        return _merged(replies)

    async def _old_rows(self) -> bool:
        """Whether the log's oldest row is of such a version; once it is not, none will be."""
        if self._has_old_rows:
            with translated():
                oldest: Any = await self._client.xrange(self._keys.key("changes"), count=1)
            self._has_old_rows = bool(oldest) and b"score" not in oldest[0][1]
        return self._has_old_rows


def order(place: bytes | str) -> tuple[int, int]:
    """A place as two numbers that compare."""
    text = place.decode() if isinstance(place, bytes) else place
    ms, _, n = text.partition("-")
    return int(ms), int(n or 0)


def _merged(replies: Sequence[Any]) -> Looked:
    """What several logs showed as one: only down to where all of them have been looked through."""
    sights: list[Sight] = []
    ends: list[tuple[int, int]] = []
    rows = 0
    for looked, last, *found in replies:
        rows += looked
        if last:
            ends.append(order(last))
        sights += [
            Sight(order(place), change_id.decode(), bool(asked))
            for place, change_id, asked in zip(found[::3], found[1::3], found[2::3], strict=True)
        ]
    end = max(ends, default=None)
    kept = sorted((one for one in sights if end is None or one.at >= end), reverse=True)
    return Looked(kept, None if end is None else f"{end[0]}-{end[1]}", rows)
