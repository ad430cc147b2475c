"""What people decided about posts (``ports.desk.Desk``): acknowledgements beside the lanes, and mutes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final, cast

import msgspec
import redis.asyncio

from monitor.adapters.valkey.errors import translated
from monitor.adapters.valkey.keys import Keys
from monitor.adapters.valkey.scripts import lua
from monitor.core.deliver.letters import Standing
from monitor.core.deliver.thread import recalled
from monitor.core.deliver.wire import decode
from monitor.model import Change
from monitor.ports.desk import Told

ACKNOWLEDGED_S: Final = 7 * 86_400
"""How long an acknowledgement is shown."""


_FOR_GOOD: Final = 253_402_300_799_000
"""The last moment a datetime can hold."""


class _Acknowledged(msgspec.Struct, frozen=True):
    """The JSON of ``ack:<destination>:<lane>``; ``origin`` is the change its parent began with."""

    origin: str = ""
    by: str = ""
    at_ms: int = 0


class _Muted(msgspec.Struct, frozen=True):
    """The JSON of a field of ``mutes:<destination>``; without an end it is for good."""

    until_ms: int = _FOR_GOOD
    by: str = ""


class ValkeyDesk:
    """Decisions on one server."""

    def __init__(self, client: redis.asyncio.Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._mute = client.register_script(lua("mutes_add"))

    async def told(self, destination: str, change_id: str) -> Told | None:
        origin = await self._change(change_id)
        if origin is None:
            return None
        lane = f"{origin.source.name}/{origin.subject}"
        with translated():
            moving = bool(await cast("Any", self._client.hexists(self._keys.key("leases", destination), lane)))
        memory = await self._memory(destination, lane)
        thread = recalled(memory, memory.get("to"))
        if thread is None or thread.origin != change_id:
            return None
        last = await self._change(thread.last) if thread.last else None
        return Told(
            lane=lane, source=origin.source.name, thread=thread, origin=origin, last=last or origin, moving=moving
        )

    async def standing(self, destination: str, lane: str) -> Standing:
        source = lane.rpartition("/")[0]
        with translated():
            pipe: Any = self._client.pipeline(transaction=False)
            pipe.get(self._keys.key("ack", destination, lane))
            pipe.hmget(self._keys.key("mutes", destination), lane, source)
            pipe.time()
            acknowledged, mutes, (seconds, _) = await pipe.execute()
        known = msgspec.json.decode(acknowledged, type=_Acknowledged) if acknowledged else None
        until = {
            words: muted.until_ms
            for words, text in zip(("Post muted", "Source muted"), mutes, strict=True)
            if text and (muted := msgspec.json.decode(text, type=_Muted)).until_ms > seconds * 1000
        }
        longest = max(until, key=lambda words: until[words], default="")
        return Standing(
            acknowledged=known.origin if known else "",
            acknowledged_by=known.by if known else "",
            acknowledged_at=_at(known.at_ms) if known else None,
            muted=longest,
            muted_until=_at(until[longest]) if longest and until[longest] < _FOR_GOOD else None,
        )

    async def acknowledge(self, destination: str, lane: str, by: str, at: datetime) -> None:
        key = self._keys.key("ack", destination, lane)
        origin = (await self._memory(destination, lane)).get("origin", "")
        told = msgspec.json.encode(_Acknowledged(origin=origin, by=by, at_ms=round(at.timestamp() * 1000)))
        with translated():
            if await self._client.set(key, told, ex=ACKNOWLEDGED_S, nx=True):
                return
            first: Any = await self._client.get(key)
            if not first or msgspec.json.decode(first, type=_Acknowledged).origin not in {"", origin}:
                await self._client.set(key, told, ex=ACKNOWLEDGED_S)

    async def mute(self, destination: str, name: str, until: datetime, by: str) -> None:
        told = msgspec.json.encode(_Muted(until_ms=round(until.timestamp() * 1000), by=by))
        with translated():
            await self._mute(args=[self._keys.prefix, destination, name, told])

    async def _memory(self, destination: str, lane: str) -> dict[str, str]:
        with translated():
            raw: Any = await self._client.get(self._keys.key("memory", destination, lane))
        return msgspec.json.decode(raw, type=dict[str, str]) if raw else {}

    async def _change(self, change_id: str) -> Change | None:
        with translated():
            body: Any = await self._client.get(self._keys.key("change", change_id))
        try:
            return decode(body) if body else None
        except ValueError:
            return None


def _at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
