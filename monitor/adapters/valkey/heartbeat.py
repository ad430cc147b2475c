"""Role heartbeats: ``m:p:<node>`` hashes that expire, so that a dead role is seen by its absence."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import redis

from monitor import __version__
from monitor.adapters.valkey.errors import translated
from monitor.adapters.valkey.keys import Keys

EVERY_S = 5
EXPIRES_S = 15


def beat(client: redis.Redis, keys: Keys, role: str) -> None:
    """Say that this process, in this role, is alive for another 15 seconds."""
    node = f"{role}-{socket.gethostname()}-{os.getpid()}"
    at = datetime.now(UTC).isoformat(timespec="seconds")
    told: Mapping[Any, Any] = {
        "role": role,
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "version": __version__,
        "at": at,
    }
    key = keys.key("m", "p", node)
    with translated():
        pipe = client.pipeline(transaction=True)
        pipe.hset(key, mapping=told)
        pipe.expire(key, EXPIRES_S)
        pipe.execute()


def alive(client: redis.Redis, keys: Keys) -> Mapping[str, int]:
    """How many processes beat in each role."""
    counts: dict[str, int] = {}
    with translated():
        for key in client.scan_iter(match=keys.key("m", "p", "*"), count=500):
            role: Any = client.hget(key, "role")
            if role is not None:
                counts[role.decode()] = counts.get(role.decode(), 0) + 1
    return counts
