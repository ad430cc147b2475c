"""Processes that beat, without the processes."""

from __future__ import annotations

from typing import Any, cast

import redis

from monitor.adapters.valkey.inbox import Retention
from monitor.adapters.valkey.rounds import ValkeyRounds
from tests.kit.snapshots import KEYS


def rounds_of(client: redis.Redis, role: str, *, host: str = "here", hinted: bool = True) -> ValkeyRounds:
    """The part of one process of a role."""
    kept = Retention(keep_s=86_400, max_changes=1000)
    mine = ValkeyRounds(client, KEYS, role, retention=kept, bell_queue="rq:queue:stet:diff", hinted=hinted)
    mine.node = f"{role}-{host}-1"
    return mine


def shown(client: redis.Redis, *key: str) -> dict[str, str]:
    """A hash of the metrics, as text."""
    held = cast("dict[bytes, bytes]", cast("Any", client.hgetall(KEYS.key("m", *key))))
    return {name.decode(): value.decode() for name, value in held.items()}
