"""Sources, queues and counters as an operator wants to see them: read only, one pipeline a screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import redis

from monitor.adapters.valkey.errors import translated
from monitor.adapters.valkey.keys import Keys

_FIELDS = ("failures", "last_error", "trouble", "last_poll_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """One source: when it is due (seconds from now, negative when late, None while paused), what waits, how it fares.

    ``last_error`` is why the last poll brought no page, or why the pages it brings cannot be read.
    """

    name: str
    due_in_s: float | None
    waiting: int
    failures: int
    polls: int
    changes: int
    last_error: str
    last_poll_at: str
    failing: bool = False

    @property
    def state(self) -> str:
        if self.due_in_s is None:
            return "paused"
        if self.failing or self.failures >= 3:
            return "failing"
        return "retrying" if self.failures else "healthy" if self.polls else "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationRow:
    """One destination: deliveries waiting in its lanes, and its counters so far."""

    name: str
    lanes: int
    pending: int
    delivered: int
    retried: int
    dead: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What ``status`` shows."""

    client: redis.Redis
    keys: Keys

    def sources(self) -> Sequence[SourceRow]:
        """Every source that is watched, by name."""
        with translated():
            names: Any = self.client.zrange(self.keys.key("sources"), 0, -1)
            scheduled: Any = self.client.zrange(self.keys.key("due"), 0, -1, withscores=True)
            seconds, micros = self.client.time()
            pipe = self.client.pipeline(transaction=False)
            for name in names:
                pipe.hmget(self.keys.key("src", name.decode()), *_FIELDS)
                pipe.llen(self.keys.key("inbox", name.decode()))
                pipe.hgetall(self.keys.key("m", "src", name.decode()))
            replies = pipe.execute()
        due = dict(scheduled)
        now_ms = seconds * 1000 + micros / 1000
        rows = []
        for place, name in enumerate(names):
            fields, waiting, counters = replies[3 * place : 3 * place + 3]
            failures, error, trouble, polled_at = ((value or b"").decode() for value in fields)
            rows.append(
                SourceRow(
                    name=name.decode(),
                    due_in_s=(due[name] - now_ms) / 1000 if name in due else None,
                    waiting=waiting,
                    failures=int(failures or 0),
                    polls=int(counters.get(b"polls_total", 0)),
                    changes=sum(int(n) for key, n in counters.items() if key.startswith(b"changes_")),
                    last_error=error or trouble,
                    last_poll_at=polled_at,
                    failing=bool(trouble),
                )
            )
        return rows

    def destinations(self, names: Sequence[str]) -> Sequence[DestinationRow]:
        """The named destinations, in their order."""
        with translated():
            pipe = self.client.pipeline(transaction=False)
            for name in names:
                pipe.zcard(self.keys.key("lanes", name))
                pipe.hlen(self.keys.key("delivery", name))
                pipe.zcard(self.keys.key("dead", name))
                pipe.hgetall(self.keys.key("m", "dst", name))
            replies = pipe.execute()
        rows = []
        for place, name in enumerate(names):
            lanes, deliveries, dead, counters = replies[4 * place : 4 * place + 4]
            rows.append(
                DestinationRow(
                    name=name,
                    lanes=lanes,
                    pending=deliveries - dead,
                    delivered=int(counters.get(b"deliveries_delivered_total", 0)),
                    retried=int(counters.get(b"deliveries_retried_total", 0)),
                    dead=dead,
                )
            )
        return rows

    def counters(self) -> Mapping[str, int]:
        """The totals of ``m:c``."""
        with translated():
            raw: Any = self.client.hgetall(self.keys.key("m", "c"))
        return {name.decode(): int(value) for name, value in raw.items()}

    def set_aside(self) -> int:
        """How many observations killed their worker and wait for a look."""
        with translated():
            return int(self.client.llen(self.keys.key("aside")))
