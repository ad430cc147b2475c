"""Deliveries in order (``ports.Lanes``): a lane a destination and subject, only its head in flight.

A claim is a lease by score and a token that fences it, on the server's clock: a notifier may be killed at any moment,
its lanes are due again when the lease ends, and a late acknowledgement of its is refused.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, cast

import msgspec
import redis.asyncio
from redis.asyncio.client import PubSub

from monitor import metrics
from monitor.adapters.valkey.counting import increments
from monitor.adapters.valkey.errors import translated
from monitor.adapters.valkey.keys import Keys
from monitor.adapters.valkey.scripts import lua
from monitor.core.deliver.wire import decode
from monitor.model import Delivery
from monitor.ports import Delivered, GaveUp, Retry

State = Literal["pending", "dead", "delivered"]
Asked = Literal["gone", "waiting", "due", "queued"]


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The JSON in ``delivery:<destination>``."""

    lane: str = ""
    attempts: int = 0
    first_at_ms: int = 0
    tried_at_ms: int = 0
    reason: str = ""
    redelivery: bool = False


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


class ValkeyLanes:
    """The lanes of all destinations on one server. ``wait`` is for one caller at a time."""

    def __init__(self, client: redis.asyncio.Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._claim = client.register_script(lua("lanes_claim"))
        self._settle = client.register_script(lua("lanes_settle"))
        self._redeliver = client.register_script(lua("lanes_redeliver"))
        self._bell: PubSub | None = None

    async def claim(self, destination: str, limit: int, lease_s: float) -> Sequence[Delivery]:
        """The heads of due lanes, longest due first. A change no longer kept comes with an empty body."""
        with translated():
            rows = await self._claim(args=[self._keys.prefix, destination, limit, round(lease_s * 1000)])
        return [_delivery(destination, *row) for row in rows]

    async def delivered(
        self, delivery: Delivery, outcome: Delivered, *, since_commit_s: float, since_fetch_s: float
    ) -> bool:
        """A redelivery by hand is counted, and kept out of the delays."""
        counters, timings = {metrics.DELIVERED.name: 1}, dict[str, list[float]]()
        if not delivery.redelivery:
            delay_ms, whole_ms = max(since_commit_s, 0.0) * 1000, max(since_fetch_s, 0.0) * 1000
            counters[metrics.DELIVER_DELAY_SUM.name] = round(delay_ms)
            timings = {metrics.DELIVER_MS.name: [delay_ms], metrics.EDIT_TO_DELIVERY_MS.name: [whole_ms]}
        memory = msgspec.json.encode(dict(outcome.memory)).decode() if outcome.memory else ""
        told = {"memory": memory, "status": outcome.status}
        return await self._settled(delivery, "delivered", told, counters, timings)

    async def retry(self, delivery: Delivery, outcome: Retry, after_s: float) -> bool:
        told = {"reason": outcome.reason, "attempts": int(outcome.counts), "after_ms": max(0, round(after_s * 1000))}
        return await self._settled(delivery, "retry", told, {metrics.RETRIED.name: 1})

    async def dead(self, delivery: Delivery, outcome: GaveUp) -> bool:
        told = {"reason": outcome.reason, "attempts": 1}
        return await self._settled(delivery, "dead", told, {metrics.DEAD.name: 1})

    async def next_due_in(self, destinations: Sequence[str]) -> float | None:
        """Seconds until a lane of these is due (0 when one is) or a lease of theirs ends; None when all are empty."""
        pipe: Any = self._client.pipeline(transaction=False)
        for destination in destinations:
            pipe.zrange(self._keys.key("lanes", destination), 0, 0, withscores=True)
        pipe.time()
        with translated():
            *heads, (seconds, micros) = await pipe.execute()
        scores = [head[0][1] for head in heads if head]
        return max(0.0, (min(scores) - seconds * 1000 - micros / 1000) / 1000) if scores else None

    async def wait(self, timeout_s: float) -> None:
        """Also returns, once, when the subscription was just made: what came before it went unheard."""
        try:
            with translated():
                if self._bell is None:
                    self._bell = self._client.pubsub(ignore_subscribe_messages=True)
                    await self._bell.subscribe(self._keys.key("wake"))
                    return
                await _drained(self._bell, timeout_s)
        except Exception:
            await self.aclose()  # the next call subscribes anew
            raise

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

    async def destinations(self) -> Mapping[str, int]:
        """Every name that ever had a delivery, configured or not, and how many lanes wait under it."""
        with translated():
            known: Any = await self._client.smembers(self._keys.key("destinations"))
            names = sorted(name.decode() for name in known)
            pipe: Any = self._client.pipeline(transaction=False)
            for name in names:
                pipe.zcard(self._keys.key("lanes", name))
            return dict(zip(names, await pipe.execute(), strict=True))

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

    async def aclose(self) -> None:
        """Leave the wake channel; the client stays open."""
        bell, self._bell = self._bell, None
        if bell is not None:
            with contextlib.suppress(redis.RedisError, OSError):
                await bell.aclose()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped

    async def _settled(
        self,
        delivery: Delivery,
        verb: str,
        told: Mapping[str, object],
        counters: Mapping[str, int],
        timings_ms: Mapping[str, Sequence[float]] | None = None,
    ) -> bool:
        destination, lane, id_ = delivery.destination, delivery.lane, delivery.change_id
        counts = increments(self._keys, counters, timings_ms or {}, per=[f"dst:{destination}"])
        outcome = msgspec.json.encode(told)
        with translated():
            return bool(
                await self._settle(
                    args=[self._keys.prefix, destination, lane, id_, delivery.token, verb, outcome, *counts]
                )
            )

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
        return [_row(destination, id_, "dead", kept.get(id_, _Kept()), at_ms) for id_, at_ms in newest]

    async def _delivered(self, destination: str, limit: int) -> list[DeliveryRow]:
        log: Any = await self._client.xrevrange(self._keys.key("delivered", destination), count=limit)
        found = []
        for place, fields in log:
            kept = _Kept(lane=fields[b"lane"].decode(), attempts=int(fields[b"attempts"]))
            found.append(_row(destination, fields[b"id"].decode(), "delivered", kept, int(place.split(b"-")[0])))
        return found

    async def _scores(self, table: str, destination: str) -> list[tuple[str, int]]:
        pairs: Any = await self._client.zrange(self._keys.key(table, destination), 0, -1, withscores=True)
        return [(member.decode(), int(score)) for member, score in pairs]

    async def _kept(self, destination: str) -> dict[str, _Kept]:
        raw: Any = await self._client.hgetall(self._keys.key("delivery", destination))
        return {id_.decode(): msgspec.json.decode(text, type=_Kept) for id_, text in raw.items()}


async def _drained(bell: PubSub, timeout_s: float) -> None:
    """Wait for one message, then take what else is there: a burst of commits is one wake-up."""
    until = time.monotonic() + timeout_s
    heard: object = await bell.get_message(timeout=timeout_s)
    while heard is None and (left := until - time.monotonic()) > 0:
        heard = await bell.get_message(timeout=left)
    while heard is not None:
        heard = await bell.get_message(timeout=0)


def _delivery(
    destination: str, lane: bytes, id_: bytes, token: int, kept: bytes, body: bytes, memory: bytes
) -> Delivery:
    known = msgspec.json.decode(kept, type=_Kept) if kept else _Kept(first_at_ms=round(time.time() * 1000))
    return Delivery(
        destination=destination,
        lane=lane.decode(),
        change_id=id_.decode(),
        body=body,
        attempts=known.attempts,
        first_at=_at(known.first_at_ms),
        tried_at=_at(known.tried_at_ms) if known.tried_at_ms else None,
        token=token,
        redelivery=known.redelivery,
        memory=msgspec.json.decode(memory, type=dict[str, str]) if memory else {},
    )


def _row(destination: str, id_: str, state: State, kept: _Kept, at_ms: int, due_ms: int | None = None) -> DeliveryRow:
    return DeliveryRow(
        destination=destination,
        change_id=id_,
        lane=kept.lane,
        state=state,
        attempts=kept.attempts,
        at=_at(at_ms),
        due_at=None if due_ms is None else _at(due_ms),
        reason=kept.reason,
    )


def _at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
