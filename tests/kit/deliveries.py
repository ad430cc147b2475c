"""What a commit leaves for the notifier: changes queued in lanes, in the layout of ``valkey/keys.py``."""

from __future__ import annotations

import json

import redis

from monitor.adapters.valkey.keys import Keys
from monitor.core.deliver.wire import encode
from monitor.model import Change

KEYS = Keys()


def now_ms(client: redis.Redis) -> int:
    """The server's clock."""
    seconds, micros = client.time()
    return int(seconds) * 1000 + int(micros) // 1000


def queue(client: redis.Redis, destination: str, *changes: Change) -> None:
    """Put changes into a destination's lanes, as the commit script does."""
    for change in changes:
        queue_bytes(client, destination, change, encode(change))


def queue_bytes(client: redis.Redis, destination: str, change: Change, body: bytes) -> None:
    """The same with a body of one's own."""
    lane, at_ms = f"{change.source.name}/{change.subject}", now_ms(client)
    told = {"lane": lane, "attempts": 0, "first_at_ms": at_ms, "committed_at_ms": at_ms}
    pipe = client.pipeline()
    pipe.set(KEYS.key("change", change.id), body)
    pipe.rpush(KEYS.key("lane", destination, lane), change.id)
    pipe.hset(KEYS.key("delivery", destination), change.id, json.dumps(told))
    pipe.zadd(KEYS.key("lanes", destination), {lane: at_ms}, nx=True)
    pipe.publish(KEYS.key("wake"), destination)
    pipe.execute()
