"""How the installation stands (``ports.standing``), in one round trip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import redis

from monitor.adapters.valkey.errors import translated
from monitor.adapters.valkey.keys import Keys
from monitor.adapters.valkey.rounds import ALIVE_MS
from monitor.ports.standing import Standing


def read_standing(client: redis.Redis, keys: Keys) -> Standing:
    """What the last rounds found, and who beats now."""
    with translated():
        pipe: Any = client.pipeline(transaction=False)
        pipe.time()
        pipe.hget(keys.key("rounds"), "at_ms")
        pipe.hgetall(keys.key("m", "roles"))
        pipe.zrange(keys.key("m", "beats"), 0, -1, withscores=True)
        pipe.zrange(keys.key("m", "lost"), 0, -1, withscores=True)
        pipe.hgetall(keys.key("m", "destinations"))
        pipe.xrevrange(keys.key("m", "ts", "10s"), count=1)
        (seconds, micros), looked_ms, roles, beats, lost, destinations, rows = pipe.execute()
    now_ms = seconds * 1000 + micros / 1000
    return Standing(
        looked_at=_at(float(looked_ms)) if looked_ms else None,
        roles=_texts(roles),
        processes=Counter(node.decode().partition("-")[0] for node, ms in beats if now_ms - ms <= ALIVE_MS),
        lost={node.decode(): _at(ms) for node, ms in lost},
        destinations=_texts(destinations),
        row={name: float(value) for name, value in _texts(rows[0][1]).items()} if rows else {},
        now=_at(now_ms),
    )


def _texts(fields: Mapping[bytes, bytes]) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in fields.items()}


def _at(ms: float) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
