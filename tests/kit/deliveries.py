"""What a commit leaves for the notifier: changes queued in lanes, in the layout of ``valkey/keys.py``."""

from __future__ import annotations

import json
from typing import Any

import redis

from monitor.adapters.valkey.keys import Keys
from monitor.core.deliver.wire import encode
from monitor.model import Change, Pace
from monitor.ports import Terms

KEYS = Keys()
DAY_S = 86_400
FAST = Pace(per_s=100_000, burst=100_000, in_flight=64)
"""A pace that never holds anything up."""


def terms(lease_s: float = 30, **parts: Any) -> Terms:
    """What a claim asks for, without limits unless told."""
    return Terms(**{"pace": FAST, "lease_s": lease_s, **parts})


def now_ms(client: redis.Redis) -> int:
    """The server's clock."""
    seconds, micros = client.time()
    return int(seconds) * 1000 + int(micros) // 1000


def queue(client: redis.Redis, destination: str, *changes: Change, hold_s: float | None = None) -> None:
    """Put changes into a destination's lanes, as the commit script does; held by quiet hours when told."""
    for change in changes:
        queue_bytes(client, destination, change, encode(change), hold_s=hold_s)


def queue_bytes(
    client: redis.Redis, destination: str, change: Change, body: bytes, *, hold_s: float | None = None
) -> None:
    """The same with a body of one's own; it is kept for thirty days."""
    lane, at_ms = f"{change.source.name}/{change.subject}", now_ms(client)
    told: dict[str, Any] = {"lane": lane, "attempts": 0, "first_at_ms": at_ms, "committed_at_ms": at_ms}
    if hold_s is not None:
        told |= {"not_before_ms": at_ms + round(hold_s * 1000), "held": True}
    pipe = client.pipeline()
    pipe.set(KEYS.key("change", change.id), body, ex=30 * DAY_S)
    pipe.sadd(KEYS.key("destinations"), destination)
    pipe.rpush(KEYS.key("lane", destination, lane), change.id)
    pipe.hset(KEYS.key("delivery", destination), change.id, json.dumps(told))
    pipe.zadd(KEYS.key("queued", destination), {change.id: at_ms})
    pipe.zadd(KEYS.key("lanes", destination), {lane: at_ms}, nx=True)
    pipe.publish(KEYS.key("wake"), destination)
    pipe.execute()


def recall(client: redis.Redis, destination: str, change_id: str, **kept: int) -> None:
    """Give a queued delivery a past: ``attempts``, ``first_at_ms``, ``tried_at_ms``."""
    table = KEYS.key("delivery", destination)
    known = json.loads(str(client.hget(table, change_id), "utf-8"))  # type: ignore[arg-type]  # redis-py's union
    client.hset(table, change_id, json.dumps(known | kept))
    client.zadd(KEYS.key("queued", destination), {change_id: (known | kept)["first_at_ms"]}, xx=True)
