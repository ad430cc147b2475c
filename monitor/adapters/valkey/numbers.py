"""Every number under ``m:*`` in two round trips (``ports.Numbers``), for the web, and without asyncio for commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import redis
import redis.asyncio

from monitor.adapters.valkey.errors import translated
from monitor.adapters.valkey.keys import Keys
from monitor.metrics import HISTOGRAMS
from monitor.ports.numbers import Figures

WORST: Final = 20
"""Sources that are told of where none are named."""

_MOST_DESTINATIONS: Final = 200


class ValkeyNumbers:
    """The numbers as a page or a scrape reads them."""

    def __init__(self, client: redis.asyncio.Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys

    async def numbers(self, sources: Sequence[str] | None = None) -> Figures:
        with translated():
            pipe = self._client.pipeline(transaction=False)
            _ask_totals(pipe, self._keys)
            totals: Any = await pipe.execute()
            owners = _owners(totals, sources)
            pipe = self._client.pipeline(transaction=False)
            _ask_each(pipe, self._keys, owners)
            each: Any = await pipe.execute() if any(owners) else []
        return _figures(totals, owners, each)


def read_numbers(client: redis.Redis, keys: Keys, sources: Sequence[str] | None = None) -> Figures:
    """The same, synchronously."""
    with translated():
        pipe = client.pipeline(transaction=False)
        _ask_totals(pipe, keys)
        totals = pipe.execute()
        owners = _owners(totals, sources)
        pipe = client.pipeline(transaction=False)
        _ask_each(pipe, keys, owners)
        each = pipe.execute() if any(owners) else []
    return _figures(totals, owners, each)


_Owners = tuple[Sequence[str], Sequence[str]]
"""Sources and destinations, by name."""


def _ask_totals(pipe: Any, keys: Keys) -> None:
    pipe.hgetall(keys.key("m", "c"))
    pipe.hgetall(keys.key("m", "g"))
    pipe.zrange(keys.key("m", "worst"), 0, WORST - 1, desc=True, withscores=True)
    pipe.smembers(keys.key("destinations"))
    for one in HISTOGRAMS:
        pipe.hgetall(keys.key("m", "h", one.name))


def _owners(totals: Sequence[Any], sources: Sequence[str] | None) -> _Owners:
    _, _, worst, destinations, *_ = totals
    named = [name.decode() for name, _ in worst] if sources is None else list(sources)
    return named, sorted(name.decode() for name in destinations)[:_MOST_DESTINATIONS]


def _ask_each(pipe: Any, keys: Keys, owners: _Owners) -> None:
    for name in owners[0]:
        pipe.hgetall(keys.key("m", "src", name))
    for name in owners[1]:
        pipe.hgetall(keys.key("m", "dst", name))


def _figures(totals: Sequence[Any], owners: _Owners, each: Sequence[Any]) -> Figures:
    counters, gauges, worst, _, *histograms = totals
    sources, destinations = owners
    return Figures(
        counters=_counts(counters),
        gauges=_floats(gauges),
        histograms={one.name: _floats(fields) for one, fields in zip(HISTOGRAMS, histograms, strict=True)},
        sources={name: _counts(fields) for name, fields in zip(sources, each[: len(sources)], strict=True) if fields},
        destinations={name: _counts(fields) for name, fields in zip(destinations, each[len(sources) :], strict=True)},
        worst=[(name.decode(), float(ms)) for name, ms in worst],
    )


def _counts(fields: Mapping[bytes, bytes]) -> dict[str, int]:
    return {name.decode(): int(value) for name, value in fields.items()}


def _floats(fields: Mapping[bytes, bytes]) -> dict[str, float]:
    return {name.decode(): float(value) for name, value in fields.items()}
