"""The operator's view of deliveries and destinations, and what an operator may do with them. Synchronous.

Whatever changes something is one script: a notifier at work meanwhile sees it whole or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Literal, cast

import redis

from monitor import metrics
from monitor.adapters.valkey.counting import increments
from monitor.adapters.valkey.errors import translated
from monitor.adapters.valkey.keys import Keys
from monitor.adapters.valkey.rows import Kept, at, attempt_row, destination_state, settled_row, waiting_row
from monitor.adapters.valkey.rows import kept as record
from monitor.adapters.valkey.scripts import lua
from monitor.adapters.valkey.settling import script_limits
from monitor.core.deliver.health import Limits
from monitor.core.deliver.wire import decode
from monitor.ports.deliveries import Asked, AttemptRow, DeliveryRow, DestinationState, Dropped, State

_PAGE: Final = 500
_LIMITS: Final = Limits()


class Destinations:
    """All destinations on one server, whether configured or not. Raises InfrastructureError only."""

    def __init__(self, client: redis.Redis, keys: Keys, *, limits: Limits = _LIMITS) -> None:
        self._client = client
        self._keys = keys
        self._limits = script_limits(limits)
        self._set = client.register_script(lua("destination_set", "health", "keeping"))
        self._drop = client.register_script(lua("lanes_drop"))
        self._redeliver = client.register_script(lua("lanes_redeliver"))
        self._count = client.register_script(lua("lanes_count"))

    # --- destinations ---------------------------------------------------------------------------------------------

    def names(self) -> Sequence[str]:
        """Every name that ever had a delivery, or was paused, in order."""
        with translated():
            known: Any = self._client.smembers(self._keys.key("destinations"))
        return sorted(name.decode() for name in known)

    def knows(self, name: str) -> bool:
        """Whether anything is kept under this name: deliveries that wait, that are dead, or that arrived; a state."""
        tables = (self._keys.key(table, name) for table in ("lanes", "delivery", "delivered", "dst"))
        with translated():
            return bool(self._client.exists(*tables))

    def state(self, name: str) -> DestinationState:
        """How it fares, and how much waits for it; that of an unknown name is empty."""
        key = self._keys.key
        with translated():
            seconds, micros = self._client.time()
            now_ms = int(seconds) * 1000 + int(micros) // 1000
            pending = self._counted(name)
            pipe: Any = self._client.pipeline(transaction=False)
            pipe.hgetall(key("dst", name))
            pipe.zcount(key("flights", name), now_ms, "+inf")
            pipe.zcard(key("lanes", name))
            pipe.zcard(key("dead", name))
            pipe.zrange(key("queued", name), 0, 0, withscores=True)
            fields, in_flight, lanes, dead, oldest = pipe.execute()
        return replace(
            destination_state(name, fields, now_ms),
            in_flight=in_flight,
            lanes=lanes,
            pending=pending,
            dead=dead,
            oldest_at=at(oldest[0][1]) if oldest else None,
        )

    def pause(self, name: str, reason: str, by: str = "operator") -> bool:
        """Hand out nothing more until it is resumed; False when it was paused or disabled already."""
        return self._to(name, "paused", reason, by)

    def disable(self, name: str, reason: str, by: str = "operator") -> bool:
        """The same, said to be for long; False when it was disabled already."""
        return self._to(name, "disabled", reason, by)

    def resume(self, name: str) -> bool:
        """Deliver again at once, what waits for a later attempt too: breaker, wishes and the count of long failure
        begin anew. False: it was active.
        """
        return self._to(name, "active")

    # --- deliveries -----------------------------------------------------------------------------------------------

    def rows(self, name: str, state: State, limit: int = 1000) -> Sequence[DeliveryRow]:
        """Deliveries of one destination: pending ones oldest first, settled ones newest first."""
        match state:
            case "pending":
                return self._pending(name, limit)
            case "dead":
                with translated():
                    newest: Any = self._client.zrevrange(self._keys.key("dead", name), 0, limit - 1, withscores=True)
                kept = self._kept(name, [id_ for id_, _ in newest])
                pairs = zip(newest, kept, strict=True)
                return [waiting_row(name, id_.decode(), "dead", one, at_ms) for (id_, at_ms), one in pairs]
            case "delivered":
                log = self._log("delivered", name, min(limit, _PAGE))
                return [settled_row(name, *line) for line, _ in zip(log, range(limit), strict=False)]

    def row(self, name: str, change_id: str) -> DeliveryRow | None:
        """Where that change stands: waiting or dead, else its last arrival."""
        with translated():
            kept: Any = self._client.hget(self._keys.key("delivery", name), change_id)
            died: Any = self._client.zscore(self._keys.key("dead", name), change_id)
        if kept is None:
            lines = self._log("delivered", name)
            return next((settled_row(name, *line) for line in lines if line[1][b"id"] == change_id.encode()), None)
        if died is not None:
            return waiting_row(name, change_id, "dead", record(kept), died)
        return self._waiting(name, [(change_id.encode(), record(kept))])[0]

    def attempts(self, name: str, change_id: str | None = None, limit: int = 20) -> Sequence[AttemptRow]:
        """The attempts at one change, or at all, newest first; the log holds about the last 10,000."""
        lines = self._log("attempts", name, _PAGE if change_id else min(limit, _PAGE))
        wanted = (line for line in lines if change_id is None or line[1][b"id"] == change_id.encode())
        return [attempt_row(*line) for line, _ in zip(wanted, range(limit), strict=False)]

    def drop(self, name: str, change_id: str, *, dry_run: bool = False) -> Dropped:
        """Never send that pending or dead delivery; its attempts stay in the log.

        ``in flight``: it is on its way, by itself or in a message of many. A message that waits to be tried again goes
        on without it. ``dry_run`` only says what would be.
        """
        with translated():
            told: Any = self._drop(args=[self._keys.prefix, name, change_id, int(dry_run)])
        return cast("Dropped", told.decode())

    def redeliver(self, name: str, change_id: str) -> Asked:
        """Put a change at the end of its lane once more, marked as a redelivery, with a fresh schedule: ``queued``.

        One that waits keeps its place: ``due`` when it was the next of its lane (its next attempt is now), else
        ``waiting``. ``gone``: its body is not kept, or not any longer.
        """
        with translated():
            body: Any = self._client.get(self._keys.key("change", change_id))
        if body is None:
            return "gone"
        change = decode(body)
        lane = f"{change.source.name}/{change.subject}"
        counts = increments(self._keys, {metrics.REDELIVERED.name: 1}, {}, per=[f"dst:{name}"])
        with translated():
            told: Any = self._redeliver(args=[self._keys.prefix, name, lane, change_id, *counts])
        return cast("Asked", told.decode())

    def redeliver_many(
        self,
        name: str,
        *,
        states: Sequence[State] = ("dead",),
        since: datetime | None = None,
        until: datetime | None = None,
        types: Sequence[str] = (),
        limit: int = 1000,
        dry_run: bool = False,
    ) -> Mapping[str, Asked]:
        """``redeliver`` for those settled (or, pending, queued) from ``since`` to ``until``, oldest first: what one
        post's lane had in order stays in order. ``dry_run`` only says what would be: ``queued``, or ``gone``.
        """
        rows = [row for state in states for row in self._oldest_first(name, state)]
        within = [row for row in rows if (since is None or row.at >= since) and (until is None or row.at <= until)]
        asked: dict[str, Asked] = {}
        for change_id in dict.fromkeys(row.change_id for row in sorted(within, key=lambda row: row.at)):
            if len(asked) >= limit:
                break
            with translated():
                body: Any = self._client.get(self._keys.key("change", change_id))
            if types and (body is None or decode(body).type not in types):
                continue
            if body is None or dry_run:
                asked[change_id] = "gone" if body is None else "queued"
            else:
                asked[change_id] = self.redeliver(name, change_id)
        return asked

    # --- the keys ---------------------------------------------------------------------------------------------------

    def _to(self, name: str, state: Literal["active", "paused", "disabled"], reason: str = "", by: str = "") -> bool:
        with translated():
            return bool(self._set(args=[self._keys.prefix, name, state, reason, by, self._limits]))

    def _oldest_first(self, name: str, state: State) -> Sequence[DeliveryRow]:
        rows = self.rows(name, state, 1_000_000)
        return rows if state == "pending" else rows[::-1]

    def _pending(self, name: str, limit: int) -> list[DeliveryRow]:
        self._counted(name)
        with translated():
            ids: Any = self._client.zrange(self._keys.key("queued", name), 0, limit - 1)
        return self._waiting(name, list(zip(ids, self._kept(name, ids), strict=True)))

    def _waiting(self, name: str, deliveries: Sequence[tuple[bytes, Kept]]) -> list[DeliveryRow]:
        """Pending deliveries; those at the head of their lane are due some time."""
        lanes = list(dict.fromkeys(kept.lane for _, kept in deliveries))
        pipe: Any = self._client.pipeline(transaction=False)
        for lane in lanes:
            pipe.lindex(self._keys.key("lane", name, lane), 0)
            pipe.zscore(self._keys.key("lanes", name), lane)
        with translated():
            told = pipe.execute()
        due = {lane: (head, score) for lane, head, score in zip(lanes, told[::2], told[1::2], strict=True)}
        rows = []
        for id_, kept in deliveries:
            head, score = due[kept.lane]
            due_ms = score if head == id_ else None
            rows.append(waiting_row(name, id_.decode(), "pending", kept, kept.first_at_ms, due_ms))
        return rows

    def _counted(self, name: str) -> int:
        """How many wait, each of them in ``queued``."""
        with translated():
            pipe: Any = self._client.pipeline()
            pipe.hlen(self._keys.key("delivery", name))
            pipe.zcard(self._keys.key("dead", name))
            pipe.zcard(self._keys.key("queued", name))
            deliveries, dead, queued = pipe.execute()
            if queued != deliveries - dead:
                queued = self._count(args=[self._keys.prefix, name])
        return int(queued)

    def _kept(self, name: str, ids: Sequence[bytes]) -> list[Kept]:
        """The records of these, in their order."""
        found: list[Kept] = []
        for start in range(0, len(ids), _PAGE):
            with translated():
                raw: Any = self._client.hmget(self._keys.key("delivery", name), list(ids[start : start + _PAGE]))
            found += [record(text or b"") for text in raw]
        return found

    def _log(self, table: str, name: str, chunk: int = _PAGE) -> Iterator[tuple[bytes, Mapping[bytes, bytes]]]:
        """The lines of a stream, newest first, so many at a time."""
        newest = "+"
        while True:
            with translated():
                lines: Any = self._client.xrevrange(self._keys.key(table, name), newest, count=chunk)
            yield from lines
            if len(lines) < chunk:
                return
            newest = f"({lines[-1][0].decode()}"
