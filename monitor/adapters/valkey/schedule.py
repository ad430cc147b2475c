"""The schedule: which source is due, and what a visit leaves behind (``ports.Schedule``).

A lease is a score: a claimed source is due again when its lease ends, so a poller that dies needs no clean-up. The
token of a claim fences it: who comes late writes nothing. All clocks are the server's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from secrets import token_hex
from typing import Any

import msgspec
import redis.asyncio
import structlog

from monitor.adapters.valkey.counting import Tally
from monitor.adapters.valkey.errors import translated
from monitor.adapters.valkey.keys import Keys
from monitor.adapters.valkey.observations import (
    decode_source,
    encode_observation,
    host_of,
    pack_body,
    row_of,
    when,
)
from monitor.adapters.valkey.scripts import lua
from monitor.adapters.valkey.standings import encode_visit
from monitor.model import FailedPoll, Snapshot, Source
from monitor.ports import HostLoad, PollResult, Validators, Visit

Bell = Callable[[], None]
"""Sends one drain job to the diff workers; blocks for two round trips."""

CROWDED = 2
"""A source with this many observations waiting is not visited: detection that lags slows polling, it drops nothing."""

PER_HOST = 4
"""Visits a host gets at once from one poller."""

FORGET_S = 30 * 86_400
"""How long a source that is no longer watched is remembered."""

_PUT_OFF_MS = 1_000
_REGISTERED_AT_ONCE = 500
_PACKED_IN_THREAD = 65_536

_log = structlog.get_logger(__name__)


class ValkeySchedule:
    """The schedule of all pollers that share a server.

    ``keep_s`` is how long snapshot bodies stay, ``forget_s`` what is known of a source that was taken out.
    """

    def __init__(
        self,
        client: redis.asyncio.Redis,
        keys: Keys,
        bell: Bell,
        *,
        keep_s: int,
        forget_s: int = FORGET_S,
        per_host: int = PER_HOST,
    ) -> None:
        self._client = client
        self._keys = keys
        self._bell = bell
        self._keep_s = keep_s
        self._forget_s = forget_s
        self._per_host = per_host
        self._begin = client.register_script(lua("schedule_begin"))
        self._register = client.register_script(lua("schedule_register", "marking", "registering"))
        self._retire = client.register_script(lua("schedule_retire", "marking", "registering"))
        self._claim = client.register_script(lua("schedule_claim"))
        self._finish = client.register_script(lua("schedule_finish", "marking"))
        self._next = client.register_script(lua("schedule_next"))
        self._ring = client.register_script(lua("ring"))
        self._tally, self._flush = Tally(keys), client.register_script(lua("tally"))
        self._me, self._flushed = token_hex(8), 0
        self._unflushed: Sequence[str] = ()

    async def sync(self, sources: Sequence[Source]) -> None:
        """Make the schedule hold these configured sources, and those added while running (``sourcing``).

        One whose URL changed is due at once and begins anew. Where pollers have different files, the one that began
        last says what is configured.
        """
        rows = [row_of(source) for source in sources]
        with translated():
            reading: Any = await self._begin(args=[self._keys.prefix])
            for start in range(0, len(rows), _REGISTERED_AT_ONCE):
                chunk = msgspec.json.encode(rows[start : start + _REGISTERED_AT_ONCE])
                await self._register(args=[self._keys.prefix, reading, chunk])
            gone: list[str] = []
            while True:
                args = [self._keys.prefix, reading, self._forget_s, _REGISTERED_AT_ONCE]
                looked_at, left = await self._retire(args=args)
                gone += (name.decode() for name in left)
                if looked_at < _REGISTERED_AT_ONCE:
                    break
        if gone:
            _log.info("no longer configured, and no longer watched", sources=len(gone), names=sorted(gone)[:20])

    async def claim(self, limit: int, lease_s: float, loads: Mapping[str, HostLoad]) -> Sequence[Visit]:
        """Due sources, longest due first, leased to us; a source that cannot be visited now is put off instead."""
        busy = msgspec.json.encode({host: (load.visits, _ms(load.visit_s)) for host, load in loads.items()})
        asked = (limit, _ms(lease_s), CROWDED, _PUT_OFF_MS, busy, self._per_host)
        with translated():
            rows: Any = await self._claim(args=[self._keys.prefix, *asked])
        return [visit for row in rows if (visit := _readable_visit(*row)) is not None]

    async def finish(self, visit: Visit, result: PollResult) -> bool:
        """Settle a visit in one script and ring if that is needed; False when the lease had passed on."""
        body = await self._packed(result)
        plan = msgspec.json.encode(self._plan(result))
        with translated():
            done = await self._finish(args=[self._keys.prefix, visit.source.name, visit.token, plan, body])
        if done:
            self._tally.add(result.counters, result.timings_ms)
        if done == 2:
            await self._send_bell()
        return bool(done)

    async def next_due_in(self) -> float | None:
        with translated():
            ms = await self._next(args=[self._keys.prefix])
        return None if ms < 0 else ms / 1000

    async def ring(self) -> None:
        await self.flush()
        with translated():
            wanted = await self._ring(args=[self._keys.prefix])
        if wanted:
            await self._send_bell()

    async def flush(self) -> None:
        """Add to the totals what was counted since the last call; before it, what may have been lost on its way."""
        await self._add_up()
        self._unflushed, self._flushed = self._tally.take(), self._flushed + 1
        await self._add_up()

    async def _add_up(self) -> None:
        if self._unflushed:
            with translated():
                await self._flush(args=[self._keys.prefix, self._me, self._flushed, *self._unflushed])
            self._unflushed = ()

    async def _send_bell(self) -> None:
        with translated():
            await asyncio.to_thread(self._bell)

    def _plan(self, result: PollResult) -> dict[str, object]:
        """What the script reads; absent keys mean nothing is to be done."""
        fields: dict[str, str] = {"failures": str(result.failures)}
        gone: list[str] = []
        if result.validators is not None:
            for name in ("etag", "last_modified"):
                value: str | None = getattr(result.validators, name)
                if value is None:
                    gone.append(name)
                else:
                    fields[name] = value
        plan: dict[str, object] = {"next_in_ms": _ms(result.next_in_s), "drop": gone, "failing": result.failures > 0}
        match result.observation:
            case FailedPoll(reason=reason):
                fields["last_error"] = reason
            case Snapshot(sha256=sha256, url=url):
                fields |= {"body": sha256, "host": host_of(url)}
                plan |= {"sha256": sha256, "keep_s": self._keep_s}
                gone.append("last_error")
            case _:
                if result.failures == 0:
                    gone.append("last_error")
        if result.observation is not None:
            plan["observation"] = encode_observation(result.observation)
        plan["set"] = [word for pair in fields.items() for word in pair]
        if result.outcome is not None:
            plan["visit"] = encode_visit(result.outcome, result)
        plan["counts"] = result.counters
        return plan

    async def _packed(self, result: PollResult) -> bytes:
        if not isinstance(result.observation, Snapshot):
            return b""
        if result.body is None:
            raise ValueError("a snapshot is finished with its body")
        if len(result.body) < _PACKED_IN_THREAD:
            return pack_body(result.body, result.observation.encoding)
        return await asyncio.to_thread(pack_body, result.body, result.observation.encoding)


def _readable_visit(name: bytes, token: int, fields: Sequence[Any]) -> Visit | None:
    """The visit, or None: a source defined by another version waits for its lease, and the others are polled."""
    try:
        return _visit(token, fields)
    except ValueError as error:
        _log.error("source left alone", source=name.decode(), reason=f"its definition cannot be read: {error}")
        return None


def _visit(token: int, fields: Sequence[Any]) -> Visit:
    definition, etag, last_modified, body, eager, failures, polls, heat, heat_at, unreadable, host = fields
    return Visit(
        source=decode_source(definition),
        token=token,
        validators=Validators(etag=_text(etag), last_modified=_text(last_modified)),
        body_sha256=_text(body),
        eager=eager == b"1",
        failures=int(failures or 0),
        polls=int(polls or 0),
        heat=float(heat or 0),
        heat_at=when(heat_at),
        unreadable=int(unreadable or 0),
        host=(host or b"").decode(),
    )


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


def _ms(seconds: float) -> int:
    return max(0, round(seconds * 1000))
