"""Settlements on their way to the store: what many attempts have to say at once goes in one script call."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Literal, cast

import msgspec
import redis.asyncio
import structlog

from monitor.adapters.valkey.errors import translated
from monitor.adapters.valkey.inbox import Retention
from monitor.adapters.valkey.keys import Keys
from monitor.adapters.valkey.scripts import lua
from monitor.adapters.valkey.telling import told as telling
from monitor.core.deliver.health import Limits
from monitor.metrics import HISTOGRAM_BOUNDS_MS
from monitor.model import Delivery
from monitor.ports import Written

_AT_ONCE = 64
"""Settlements one script call takes at most: the server serves others in between."""
Verb = Literal["delivered", "retry", "dead", "pause", "freeze", "release"]

_log = structlog.get_logger(__name__)


class Settlements:
    """Plans for ``scripts/lanes_settle.lua``, handed over together while the call before is on its way."""

    def __init__(self, client: redis.asyncio.Redis, keys: Keys, limits: Limits, retention: Retention) -> None:
        self._keys = keys
        self._settle = client.register_script(lua("lanes_settle", "telling", "health", "numbers", "freezing"))
        self._limits = script_limits(limits, retention)
        self._unsettled: list[tuple[Mapping[str, object], Sequence[bytes], asyncio.Future[bool]]] = []
        self._settling: asyncio.Task[None] | None = None

    async def add(
        self,
        verb: Verb,
        deliveries: Sequence[Delivery],
        outcome: Mapping[str, object],
        counters: Mapping[str, int] | None = None,
        timings_ms: Mapping[str, float] | None = None,
        told: Sequence[Written] = (),
    ) -> bool:
        """Hand over what came of these deliveries; False, and nothing is written, when a claim had passed on."""
        destination = deliveries[0].destination
        plan = {
            "destination": destination,
            "verb": verb,
            "heads": [_head(one) for one in deliveries],
            "outcome": outcome,
            "counts": counters or {},
            "timings_ms": timings_ms or {},
            "told": [telling(written, 0) for written in told],
        }
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._unsettled.append((plan, [written.body for written in told], done))
        if self._settling is None or self._settling.done():
            self._settling = asyncio.create_task(self._settle_all())
        return await done

    async def _settle_all(self) -> None:
        while self._unsettled:
            now, self._unsettled = self._unsettled[:_AT_ONCE], self._unsettled[_AT_ONCE:]
            try:
                results = await self._settle_some(now)
            except Exception as error:  # noqa: BLE001  # told to whoever waits
                for _, _, done in now:
                    _fail(done, error)
            else:
                for (plan, _, done), (written, *notes) in zip(now, results, strict=True):
                    if written < 0:
                        _fail(done, redis.ResponseError(notes[0].decode("utf-8", "replace")))
                        continue
                    _report(cast("str", plan["destination"]), notes)
                    if not done.done():
                        done.set_result(bool(written))

    async def _settle_some(
        self, some: Sequence[tuple[Mapping[str, object], Sequence[bytes], object]]
    ) -> Sequence[Sequence[Any]]:
        first, bodies = 4, list[bytes]()
        plans = []
        for plan, own, _ in some:
            for change, body in zip(cast("list[dict[str, object]]", plan["told"]), own, strict=True):
                change["body"] = first + len(bodies)
                bodies.append(body)
            plans.append(plan)
        with translated():
            return cast(
                "Sequence[Sequence[Any]]",
                await self._settle(args=[self._keys.prefix, msgspec.json.encode(plans), self._limits, *bodies]),
            )

    async def finish(self) -> None:
        """Let what is on its way come to its end."""
        if self._settling is not None:
            await asyncio.wait([self._settling])


def _fail(done: asyncio.Future[bool], error: Exception) -> None:
    if not done.done():
        done.set_exception(error)


def _report(destination: str, notes: Sequence[bytes]) -> None:
    """What the destination's health came to, a line each."""
    for note in notes:
        match note.decode().split():
            case ["breaker", "open"]:
                _log.warning("breaker open: attempts wait, then one tries", destination=destination)
            case ["breaker", "closed"]:
                _log.info("breaker closed: deliveries go on", destination=destination)
            case ["failing", percent]:
                _log.warning("nothing arrives: it will be disabled", destination=destination, patience=f"{percent} %")
            case [state]:
                _log.error(
                    f"destination {state}: nothing is lost; mend it, then `stetwatch destinations resume NAME`",
                    destination=destination,
                )


def script_limits(limits: Limits, retention: Retention | None = None) -> bytes:
    """What the scripts read of them: times in ms, as JSON."""
    parts = {
        name.removesuffix("_s") + "_ms" if name.endswith("_s") else name: value
        for name, value in asdict(limits).items()
    }
    in_ms = {name: round(value * 1000) if name.endswith("_ms") else value for name, value in parts.items()}
    kept = {} if retention is None else {"keep_s": retention.keep_s, "max_changes": retention.max_changes}
    return msgspec.json.encode({**in_ms, **kept, "bounds_ms": HISTOGRAM_BOUNDS_MS})


def _head(delivery: Delivery) -> dict[str, object]:
    return {
        "lane": delivery.lane,
        "id": delivery.change_id,
        "token": str(delivery.token),
        "following": [one.change_id for one in delivery.following],
    }
