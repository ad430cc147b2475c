"""Deliveries as an operator sees them, and asks for them again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, cast

import msgspec
import redis.asyncio

from monitor import metrics
from monitor.adapters.valkey.counting import increments
from monitor.adapters.valkey.errors import translated
from monitor.adapters.valkey.keys import Keys
from monitor.adapters.valkey.scripts import lua
from monitor.core.deliver.wire import decode

State = Literal["pending", "dead", "delivered"]
Asked = Literal["gone", "waiting", "due", "queued"]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The JSON in ``delivery:<destination>``."""

    lane: str = ""
    attempts: int = 0
    first_at_ms: int = 0
    tried_at_ms: int = 0
    reason: str = ""
    redelivery: bool = False
    batch: str = ""
    held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """A delivery as an operator sees it. ``at`` is when it was settled, or queued when it is pending.

    ``due_at`` is when the head of its lane will be tried (or its lease ends); None behind the head, and when settled.
    """

    destination: str
    change_id: str
    lane: str
    state: State
    attempts: int
    at: datetime
    due_at: datetime | None = None
    reason: str = ""


class Rows:
    """The lanes of all destinations on one server, read."""

    def __init__(self, client: redis.asyncio.Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._redeliver = client.register_script(lua("lanes_redeliver"))

    async def redeliver(self, destination: str, change_id: str) -> Asked:
        """Put a change at the end of its lane once more, marked as a redelivery, with a fresh schedule: ``queued``.

        One that waits keeps its place: ``due`` when it was the next of its lane (its next attempt is now), else
        ``waiting``. ``gone``: its body is not kept, or not any longer.
        """
        with translated():
            body: Any = await self._client.get(self._keys.key("change", change_id))
        if body is None:
            return "gone"
        change = decode(body)
        lane = f"{change.source.name}/{change.subject}"
        counts = increments(self._keys, {metrics.REDELIVERED.name: 1}, {}, per=[f"dst:{destination}"])
        with translated():
            told = await self._redeliver(args=[self._keys.prefix, destination, lane, change_id, *counts])
        return cast(Asked, told.decode())

    async def knows(self, destination: str) -> bool:
        """Whether anything is kept under this name: deliveries that wait, that are dead, or that arrived."""
        tables = (self._keys.key(table, destination) for table in ("lanes", "delivery", "delivered"))
        with translated():
            return bool(await self._client.exists(*tables))

    async def rows(self, destination: str, state: State, limit: int = 1000) -> Sequence[DeliveryRow]:
        """Deliveries of one destination: pending ones oldest first, settled ones newest first."""
        with translated():
            match state:
                case "pending":
                    return await self._pending(destination, limit)
                case "dead":
                    return await self._dead(destination, limit)
                case "delivered":
                    return await self._delivered(destination, limit)

    async def _pending(self, destination: str, limit: int) -> list[DeliveryRow]:
        dead = {id_ for id_, _ in await self._scores("dead", destination)}
        due = dict(await self._scores("lanes", destination))
        kept = await self._kept(destination)
        ids = sorted((id_ for id_ in kept if id_ not in dead), key=lambda id_: kept[id_].first_at_ms)[:limit]
        pipe: Any = self._client.pipeline(transaction=False)
        for id_ in ids:
            pipe.lindex(self._keys.key("lane", destination, kept[id_].lane), 0)
        heads = await pipe.execute()
        return [
            _row(
                destination,
                id_,
                "pending",
                kept[id_],
                kept[id_].first_at_ms,
                due.get(kept[id_].lane) if head == id_.encode() else None,
            )
            for id_, head in zip(ids, heads, strict=True)
        ]

    async def _dead(self, destination: str, limit: int) -> list[DeliveryRow]:
        newest = sorted(await self._scores("dead", destination), key=lambda pair: -pair[1])[:limit]
        kept = await self._kept(destination) if newest else {}
        return [_row(destination, id_, "dead", kept.get(id_, Kept()), at_ms) for id_, at_ms in newest]

    async def _delivered(self, destination: str, limit: int) -> list[DeliveryRow]:
        log: Any = await self._client.xrevrange(self._keys.key("delivered", destination), count=limit)
        found = []
        for place, fields in log:
            kept = Kept(lane=fields[b"lane"].decode(), attempts=int(fields[b"attempts"]))
            found.append(_row(destination, fields[b"id"].decode(), "delivered", kept, int(place.split(b"-")[0])))
        return found

    async def _scores(self, table: str, destination: str) -> list[tuple[str, int]]:
        pairs: Any = await self._client.zrange(self._keys.key(table, destination), 0, -1, withscores=True)
        return [(member.decode(), int(score)) for member, score in pairs]

    async def _kept(self, destination: str) -> dict[str, Kept]:
        raw: Any = await self._client.hgetall(self._keys.key("delivery", destination))
        return {id_.decode(): msgspec.json.decode(text, type=Kept) for id_, text in raw.items()}


def _row(destination: str, id_: str, state: State, kept: Kept, at_ms: int, due_ms: int | None = None) -> DeliveryRow:
    return DeliveryRow(
        destination=destination,
        change_id=id_,
        lane=kept.lane,
        state=state,
        attempts=kept.attempts,
        at=at(at_ms),
        due_at=None if due_ms is None else at(due_ms),
        reason=kept.reason,
    )


def at(ms: int) -> datetime:
    """A moment of the server's clock."""
    return datetime.fromtimestamp(ms / 1000, UTC)
