"""Deliveries in order (``ports.Lanes``): a lane a destination and subject, only its head in flight.

A claim is a lease by score and a token that fences it, on the server's clock: a notifier may be killed at any moment,
its lanes are due again when the lease ends, and a late acknowledgement of its is refused. The same script keeps to
the destination's pace, breaker, wishes and state, for all notifiers together.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import msgspec
import redis.asyncio
from redis.asyncio.client import PubSub

from monitor import metrics
from monitor.adapters.valkey.errors import translated
from monitor.adapters.valkey.inbox import Retention
from monitor.adapters.valkey.keys import Keys
from monitor.adapters.valkey.rows import Kept
from monitor.adapters.valkey.rows import at as moment
from monitor.adapters.valkey.rows import kept as record
from monitor.adapters.valkey.scripts import lua
from monitor.adapters.valkey.settling import Settlements
from monitor.core.deliver.health import Limits
from monitor.model import Delivery, Queued
from monitor.ports import Attempt, Claimed, Delivered, GaveUp, Pause, Retry, Terms, Written

_ANSWER_MOST = 1024
_LIMITS = Limits()
_KEPT = Retention(keep_s=30 * 86_400, max_changes=1_000_000)


class ValkeyLanes:
    """The lanes of all destinations on one server. ``wait`` is for one caller at a time."""

    def __init__(
        self, client: redis.asyncio.Redis, keys: Keys, *, limits: Limits = _LIMITS, retention: Retention = _KEPT
    ) -> None:
        self._client = client
        self._keys = keys
        self._claim = client.register_script(lua("lanes_claim", "keeping"))
        self._settlements = Settlements(client, keys, limits, retention)
        self._bell: PubSub | None = None

    async def claim(self, destination: str, limit: int, terms: Terms, landed: Iterable[Delivery] = ()) -> Claimed:
        """The heads of due lanes, longest due first. A change no longer kept comes with an empty body.

        A frozen batch comes whole and alone, whatever the limit. What is muted is dropped on the way.
        """
        asked = {
            "limit": limit,
            **asdict(terms.pace),
            "lease_ms": round(terms.lease_s * 1000),
            "settle_ms": round(terms.settle_s * 1000),
            "settle_most_ms": round(terms.settle_most_s * 1000),
            "batch": terms.batch,
            "together": terms.together,
            "landed": [one.token for one in landed],
        }
        with translated():
            rows, due, wait_ms, held = await self._claim(
                args=[self._keys.prefix, destination, msgspec.json.encode(asked)]
            )
        return Claimed(
            deliveries=tuple(_delivery(destination, *row) for row in rows),
            due=due,
            wait_s=None if wait_ms < 0 else wait_ms / 1000,
            held=held.decode(),
        )

    async def release(self, deliveries: Sequence[Delivery], after_s: float = 0.0) -> None:
        await self._settlements.add("release", deliveries, {"after_ms": _ms(after_s)})

    async def freeze(self, deliveries: Sequence[Delivery], batch: str) -> bool:
        return await self._settlements.add("freeze", deliveries, {"batch": batch})

    async def delivered(
        self, deliveries: Sequence[Delivery], outcome: Delivered, *, since_commit_s: float, since_fetch_s: float
    ) -> bool:
        """A redelivery by hand is counted, and kept out of the delays."""
        counters: dict[str, int] = {metrics.DELIVERED.name: sum(1 + len(one.following) for one in deliveries)}
        timings = dict[str, float]()
        if not deliveries[0].redelivery:
            delay_ms, whole_ms = max(since_commit_s, 0.0) * 1000, max(since_fetch_s, 0.0) * 1000
            counters[metrics.DELIVER_DELAY_SUM.name] = round(delay_ms)
            timings = {metrics.DELIVER_MS.name: delay_ms, metrics.EDIT_TO_DELIVERY_MS.name: whole_ms}
        told = {
            "kind": "delivered",
            "memory": _memory(outcome.memory),
            "status": outcome.status,
            "message": outcome.message,
            **_attempt(outcome.attempt),
        }
        return await self._settlements.add("delivered", deliveries, told, counters, timings)

    async def retry(
        self, deliveries: Sequence[Delivery], outcome: Retry, after_s: float, told: Sequence[Written] = ()
    ) -> bool:
        """An outcome that does not count holds the whole destination for as long."""
        asked = {
            "kind": "retry",
            "reason": outcome.reason,
            "attempts": int(outcome.counts),
            "after_ms": _ms(after_s),
            "wish": not outcome.counts,
            "trips": outcome.trips,
            "answered": not outcome.trips and _was_answered(outcome.attempt),
            "memory": _memory(outcome.memory),
            **_attempt(outcome.attempt),
        }
        return await self._settlements.add(
            "retry", deliveries, asked, {metrics.RETRIED.name: len(deliveries)}, told=told
        )

    async def dead(self, delivery: Delivery, outcome: GaveUp, told: Sequence[Written] = ()) -> bool:
        asked = {
            "kind": "dead",
            "reason": outcome.reason,
            "attempts": 1,
            "disable": outcome.disable,
            "trips": outcome.trips,
            "answered": not outcome.trips and _was_answered(outcome.attempt),
            **_attempt(outcome.attempt),
        }
        counters = {metrics.DEAD.name: 1 + len(delivery.following)}
        return await self._settlements.add("dead", [delivery], asked, counters, told=told)

    async def pause(self, deliveries: Sequence[Delivery], outcome: Pause, told: Sequence[Written] = ()) -> bool:
        memory = _memory(outcome.memory)
        asked = {"kind": "paused", "reason": outcome.reason, "memory": memory, **_attempt(outcome.attempt)}
        return await self._settlements.add("pause", deliveries, asked, told=told)

    async def destinations(self) -> Mapping[str, int]:
        with translated():
            known: Any = await self._client.smembers(self._keys.key("destinations"))
            names = sorted(name.decode() for name in known)
            pipe: Any = self._client.pipeline(transaction=False)
            for name in names:
                pipe.zcard(self._keys.key("lanes", name))
            return dict(zip(names, await pipe.execute(), strict=True))

    async def wait(self, timeout_s: float) -> frozenset[str]:
        """Also returns, once, when the subscription was just made: what came before it went unheard."""
        try:
            with translated():
                if self._bell is None:
                    self._bell = self._client.pubsub(ignore_subscribe_messages=True)
                    await self._bell.subscribe(self._keys.key("wake"))
                    return frozenset(await self.destinations())
                return await _drained(self._bell, timeout_s)
        except Exception:
            await self._leave()  # the next call subscribes anew
            raise

    async def aclose(self) -> None:
        """Leave the wake channel, and let what is being settled come to its end; the client stays open."""
        await self._leave()
        await self._settlements.finish()

    async def _leave(self) -> None:
        bell, self._bell = self._bell, None
        if bell is not None:
            with contextlib.suppress(redis.RedisError, OSError):
                await bell.aclose()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped


async def _drained(bell: PubSub, timeout_s: float) -> frozenset[str]:
    """Wait for one message, then take what else is there: a burst of commits is one wake-up."""
    until = time.monotonic() + timeout_s
    heard: Any = await bell.get_message(timeout=timeout_s)
    while heard is None and (left := until - time.monotonic()) > 0:
        heard = await bell.get_message(timeout=left)
    names: set[str] = set()
    while heard is not None:
        names.add(heard["data"].decode())
        heard = await bell.get_message(timeout=0)
    return frozenset(names)


def _attempt(attempt: Attempt | None) -> dict[str, object]:
    if attempt is None:
        return {}
    return {
        "attempt": {
            "duration_ms": round(attempt.duration_s * 1000),
            "status": attempt.status or "",
            "address": attempt.address,
            "answer": attempt.answer[:_ANSWER_MOST],
        }
    }


def _was_answered(attempt: Attempt | None) -> bool:
    return attempt is not None and attempt.status is not None


def _memory(memory: Mapping[str, str]) -> str:
    return msgspec.json.encode(dict(memory)).decode() if memory else ""


def _ms(seconds: float) -> int:
    return max(0, round(seconds * 1000))


def _delivery(
    destination: str,
    lane: bytes,
    id_: bytes,
    token: int,
    kept: bytes,
    body: bytes,
    memory: bytes,
    origin: bytes,
    following: Sequence[bytes],
) -> Delivery:
    known = _known(kept)
    return Delivery(
        destination=destination,
        lane=lane.decode(),
        change_id=id_.decode(),
        body=body,
        attempts=known.attempts,
        first_at=moment(known.first_at_ms),
        tried_at=moment(known.tried_at_ms) if known.tried_at_ms else None,
        token=token,
        redelivery=known.redelivery,
        memory=_remembered(memory),
        origin=origin,
        following=tuple(
            Queued(change_id=behind.decode(), body=its_body, first_at=moment(_known(its_kept).first_at_ms))
            for behind, its_kept, its_body in zip(following[::3], following[1::3], following[2::3], strict=True)
        ),
        batch=known.batch,
        held=known.held,
    )


def _known(kept: bytes) -> Kept:
    known = record(kept)
    return known if known.first_at_ms else msgspec.structs.replace(known, first_at_ms=round(time.time() * 1000))


def _remembered(memory: bytes) -> Mapping[str, str]:
    try:
        return msgspec.json.decode(memory, type=dict[str, str])
    except msgspec.DecodeError:
        return {}
