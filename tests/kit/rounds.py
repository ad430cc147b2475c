"""Processes that beat, without the processes, and time that passes, without the wait."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

import redis

from monitor.adapters.valkey.inbox import Retention
from monitor.adapters.valkey.ledger import Ledger
from monitor.adapters.valkey.rounds import ValkeyRounds
from monitor.core.deliver.route import routing
from monitor.model import Route
from monitor.roles.rounds import EVERY_S, Heart
from tests.kit.snapshots import KEYS

_CLOCKS = ("at_ms", "watched_ms", "up:", "last:")


def rounds_of(client: redis.Redis, role: str, *, host: str = "here", hinted: bool = True) -> ValkeyRounds:
    """The part of one process of a role."""
    kept = Retention(keep_s=86_400, max_changes=1000)
    mine = ValkeyRounds(client, KEYS, role, retention=kept, bell_queue="rq:queue:stet:diff", hinted=hinted)
    mine.node = f"{role}-{host}-1"
    return mine


def heart_of(client: redis.Redis, role: str, *, host: str = "here", to: Sequence[str] = ("desk",)) -> Heart:
    """A process of a role that beats when it is told to; with ``to``, it knows these destinations."""
    mine = rounds_of(client, role, host=host, hinted=bool(to))
    return Heart(mine, role, routing((Route(to=tuple(to)),) if to else (), to), lambda: datetime.now(UTC))


def pass_time(client: redis.Redis, seconds: float, *living: Heart) -> None:
    """Let so much time pass for beats, rounds and queues, while these processes beat as often as they do."""
    while seconds >= 0.001:
        step_ms = round(1000 * min(seconds, EVERY_S))
        seconds -= step_ms / 1000
        _set_back(client, step_ms)
        for heart in living:
            heart.beat()


def _set_back(client: redis.Redis, ms: int) -> None:
    for queue in (KEYS.key("m", "beats"), KEYS.key("due"), KEYS.key("ready")):
        for name in cast("list[bytes]", client.zrange(queue, 0, -1)):
            client.zincrby(queue, -ms, name)
    for name in cast("list[bytes]", client.hkeys(KEYS.key("rounds"))):
        if name.decode().startswith(_CLOCKS):
            client.hincrby(KEYS.key("rounds"), name.decode(), -ms)


def shown(client: redis.Redis, *key: str) -> dict[str, str]:
    """A hash of the metrics, as text."""
    held = cast("dict[bytes, bytes]", cast("Any", client.hgetall(KEYS.key("m", *key))))
    return {name.decode(): value.decode() for name, value in held.items()}


def told(client: redis.Redis) -> list[tuple[str, str, str]]:
    """Type, source and subject of every change in the log, oldest first."""
    return [(one.type, one.source.name, one.subject) for one in Ledger(client, KEYS).recent(100)]
