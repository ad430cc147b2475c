"""The change log, histories and stored copies for the web (``ports.records.Records``).

Filters are answered from the rows of the log (``looking``), changes are read only where they are shown: a page costs
the same however long the log is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, cast

import redis.asyncio

from monitor.adapters.valkey.errors import translated
from monitor.adapters.valkey.keys import Keys
from monitor.adapters.valkey.ledger import readable_change, rows_read
from monitor.adapters.valkey.looking import ROWS, Looking, Sight
from monitor.adapters.valkey.newest import order, written
from monitor.adapters.valkey.observations import decode_copy, unpack_body
from monitor.core.deliver.findable import findable, folded
from monitor.model import Change, ChangeType
from monitor.ports.records import Copy, Found, Logged, Mark, Passed, Wanted, is_place

LOOKED_THROUGH: Final = 10_000
"""Rows of the log one call looks at, about; half as many where the server has to look."""

_AT_ONCE: Final = 200
_BLOCK_MS: Final = 5_000  # less than the socket's patience
_UNPACKED_IN_THREAD: Final = 65_536


class ValkeyRecords:
    """Records on one server. ``follow`` holds one connection while it is read: of ``follower``, where that is given,
    so that other calls, however many, never keep it waiting.

    One call looks at about ``most`` rows of the log, ``rows`` at a time.
    """

    def __init__(
        self,
        client: redis.asyncio.Redis,
        keys: Keys,
        *,
        follower: redis.asyncio.Redis | None = None,
        most: int = LOOKED_THROUGH,
        rows: int = ROWS,
    ) -> None:
        self._client = client
        self._follower = follower or client
        self._keys = keys
        self._most = most
        self._looking = Looking(client, keys, most=most, rows=rows)

    async def changes(self, wanted: Wanted, limit: int, before: str | None = None) -> Found:
        if before is not None and not _goes_below(before):
            return Found(rows=(), before=None)
        where = await self._looking.where(wanted)
        limit, rows, looked_through = max(1, limit), list[Logged](), 0
        place = None if before is None else order(before)
        while where is not None and len(rows) <= limit and looked_through < self._most:
            # One more than is asked for tells whether the log goes on.
            looked = await self._looking.step(where, wanted, place, limit + 1 - len(rows))
            rows += await self._read(looked.sights, wanted)
            looked_through += looked.cost
            place = looked.end
            if place is None:
                break
        if len(rows) > limit:
            return Found(rows=tuple(rows[:limit]), before=rows[limit - 1].place)
        return Found(rows=tuple(rows), before=written(place) if place and where else None)

    async def since(self, place: str, limit: int) -> Sequence[Logged]:
        rows: list[Logged] = []
        while len(rows) < limit and is_place(place):
            with translated():
                found: Any = await self._client.xread({self._keys.key("changes"): place}, count=limit - len(rows))
            fresh = _rows(found)
            if not fresh:
                break
            place = fresh[-1].place
            rows += await self._read(fresh)
        return rows

    async def newest_place(self) -> str:
        with translated():
            rows: Any = await self._client.xrevrange(self._keys.key("changes"), count=1)
        return rows[0][0].decode() if rows else "0"

    async def at_or_after(self, place: str) -> str | None:
        if not is_place(place):
            return None
        with translated():
            rows: Any = await self._client.xrange(self._keys.key("changes"), place, count=1)
        return rows[0][0].decode() if rows else None

    async def follow(self, place: str) -> AsyncIterator[Logged | Passed]:
        if not is_place(place):
            place = await self.newest_place()
        log = self._keys.key("changes")
        while True:
            with translated():
                found: Any = await self._follower.xread({log: place}, count=_AT_ONCE, block=_BLOCK_MS)
            fresh = _rows(found)
            if fresh:
                place = fresh[-1].place
            readable = {logged.place: logged for logged in await self._read(fresh, client=self._follower)}
            for sight in fresh:
                yield readable.get(sight.place) or Passed(sight.place)

    async def change(self, change_id: str) -> Logged | None:
        return (await self.changes_of([change_id])).get(change_id)

    async def changes_of(self, ids: Iterable[str]) -> Mapping[str, Logged]:
        asked = list(dict.fromkeys(ids))
        found = zip(asked, await self._bodies(asked), strict=True)
        return {id_: Logged(place="", change=change, body=body) for id_, (change, body) in found if change}

    async def whole(self, change_id: str) -> bytes | None:
        with translated():
            packed: Any = await self._client.get(self._keys.key("whole", change_id))
        if packed is None or packed.startswith(b"{"):  # as versions kept it that did not compress it
            return cast("bytes | None", packed)
        return await _unpacked(packed)

    async def history(self, post: str, limit: int = 200, skip: int = 0) -> Sequence[Logged]:
        with translated():
            history = self._keys.key("history", post)
            ids: Any = await cast("Any", self._client.lrange(history, -max(1, limit) - skip, -1 - skip))
        found = await self._bodies([change_id.decode() for change_id in ids])
        return [Logged(place="", change=change, body=body) for change, body in found if change]

    async def marks(self, source: str, since: datetime, until: datetime, limit: int = 5_000) -> Sequence[Mark]:
        """When there are more than ``limit``, the newest."""
        with translated():
            rows: Any = await self._client.xrevrange(self._keys.key("log", source), _ms(until), _ms(since), count=limit)
        return [_mark(place, fields) for place, fields in rows][::-1]

    async def copy(self, source: str, snapshot: str) -> Copy | None:
        with translated():
            told: Any = await self._client.get(self._keys.key("copy", source, snapshot))
            seen = decode_copy(told) if told else None
            packed: Any = await self._client.get(self._keys.key("snap", seen.sha256)) if seen else None
        if seen is None or packed is None:
            return None
        return Copy(
            source=source,
            name=snapshot,
            url=seen.url,
            sha256=seen.sha256,
            fetched_at=seen.fetched_at,
            content_type=seen.content_type,
            encoding=seen.encoding,
            body=await _unpacked(packed),
        )

    async def _read(
        self, sights: Sequence[Sight], wanted: Wanted | None = None, *, client: redis.asyncio.Redis | None = None
    ) -> list[Logged]:
        """The changes in sight that can be read, in the same order, and are wanted."""
        text = folded(wanted.text) if wanted else ""
        found = await self._bodies([sight.change_id for sight in sights], client)
        return [
            Logged(place=sight.place, change=change, body=body)
            for sight, (change, body) in zip(sights, found, strict=True)
            if change is not None
            and (wanted is None or _is_wanted(change, wanted))
            and (sight.asked or text in findable(change))
        ]

    async def _bodies(
        self, ids: Sequence[str], client: redis.asyncio.Redis | None = None
    ) -> Sequence[tuple[Change | None, bytes]]:
        """Each change with its wire form; None where it is not kept, or another version wrote it."""
        if not ids:
            return []
        with translated():
            bodies: Any = await (client or self._client).mget(
                [self._keys.key("change", change_id) for change_id in ids]
            )
        return [
            (None if body is None else readable_change(change_id.encode(), body), body or b"")
            for change_id, body in zip(ids, bodies, strict=True)
        ]


async def _unpacked(packed: bytes) -> bytes:
    plain = len(packed) < _UNPACKED_IN_THREAD
    return unpack_body(packed) if plain else await asyncio.to_thread(unpack_body, packed)


def _is_wanted(change: Change, wanted: Wanted) -> bool:
    """What the rows of the log do not tell exactly: the tags at the time, and the score's last digits."""
    if wanted.tag and wanted.tag not in change.source.tags:
        return False
    scored = change.significance if change.type == "post.edited" else None
    return scored is None or not scored.score < wanted.min_significance


def _goes_below(before: str) -> bool:
    """Whether anything can be below: nothing is where there is no such place."""
    return is_place(before) and order(before) > (0, 0)


def _rows(reply: Any) -> list[Sight]:
    return [Sight(order(place), fields[b"id"].decode(), asked=True) for place, fields in rows_read(reply)]


def _mark(place: bytes, fields: dict[bytes, bytes]) -> Mark:
    score = fields[b"score"]
    return Mark(
        at=datetime.fromtimestamp(order(place)[0] / 1000, UTC),
        type=cast("ChangeType", fields[b"type"].decode()),
        subject=fields[b"subject"].decode(),
        change_id=fields[b"id"].decode(),
        score=int(score) / 1000 if score else None,
    )


def _ms(at: datetime) -> int:
    return max(0, round(at.timestamp() * 1000))
