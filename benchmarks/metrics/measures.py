"""CPU of polls with and without their metrics, in turns; and of heartbeats with the rounds, an installation's."""

from __future__ import annotations

import asyncio
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import redis
import redis.asyncio

from monitor.adapters.guard import Guard
from monitor.adapters.http import opened_fetcher
from monitor.adapters.valkey.connect import endpoint, open_async, open_sync
from monitor.adapters.valkey.keys import Keys
from monitor.adapters.valkey.schedule import ValkeySchedule
from monitor.adapters.valkey.server import EmbeddedServer
from monitor.bootstrap import beating
from monitor.config import load_file
from monitor.model import Source
from monitor.ports import HostLoad, PollResult, Schedule, Visit
from monitor.roles.poller import Poller

SOURCES: Final = 400
BAR: Final = 0.05
ROLES: Final = ("poll", "work", "notify", "web")
REFERENCE_PER_S: Final = 10_000 // 60
"""Polls a second beside which heartbeats and rounds are weighed, which come by the clock and cost the same however few
polls there are: those of 10,000 sources, each visited once a minute.
"""

Say = Callable[[str], None]


@dataclass(slots=True)
class Silenced:
    """A schedule that drops the metrics of a visit while ``counting`` is off. ``finished`` counts visits."""

    schedule: Schedule
    counting: bool = True
    finished: int = 0
    failed: int = 0
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    wanted: int = 0

    async def sync(self, sources: Sequence[Source]) -> None:
        await self.schedule.sync(sources)

    async def claim(self, limit: int, lease_s: float, loads: Mapping[str, HostLoad]) -> Sequence[Visit]:
        return await self.schedule.claim(limit, lease_s, loads)

    async def finish(self, visit: Visit, result: PollResult) -> bool:
        counters, timings_ms = (result.counters, result.timings_ms) if self.counting else ({}, {})
        result = replace(result, counters=counters, timings_ms=timings_ms)  # in both turns: it costs as well
        self.failed += bool(result.failures)
        kept = await self.schedule.finish(visit, result)
        self.finished += 1
        if self.finished == self.wanted:
            self.reached.set()
        return kept

    async def next_due_in(self) -> float | None:
        return await self.schedule.next_due_in()

    async def ring(self) -> None:
        await self.schedule.ring()

    async def polls(self, count: int) -> None:
        """Wait for so many more visits."""
        self.reached.clear()
        self.wanted = self.finished + count
        async with asyncio.timeout(120):
            await self.reached.wait()
        if self.failed:
            raise RuntimeError(f"{self.failed} visits failed: what was measured is no poll")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Microseconds of CPU a poll: this process (the poller) and the store."""

    poller: float
    store: float

    @property
    def whole(self) -> float:
        return self.poller + self.store


def polls(turns: int, count: int, say: Say) -> dict[str, Any]:
    """The cost of a poll with metrics and without, in turns so short that what else runs burdens both alike.

    The middle half of the turns' differences is averaged, and halved once more to say how far that can be trusted.
    """
    pairs = asyncio.run(_polls(turns, count, say))
    base = statistics.median(without.whole for _, without in pairs)
    whole = [with_.whole - without.whole for with_, without in pairs]
    return {
        "what": "counters and histograms of a poll answered 304",
        "poll_us": round(base, 1),
        "metrics_us": round(_middle(whole), 1),
        "of_it_poller_us": round(_middle([with_.poller - without.poller for with_, without in pairs]), 1),
        "of_it_store_us": round(_middle([with_.store - without.store for with_, without in pairs]), 1),
        "share": round(_middle(whole) / base, 4),
        "share_by_halves_of_the_turns": sorted(round(_middle(whole[at::2]) / base, 4) for at in (0, 1)),
        "polls": 2 * turns * count,
    }


def _middle(values: Sequence[float]) -> float:
    """The mean without the lowest and the highest quarter."""
    quarter = len(values) // 4
    return statistics.fmean(sorted(values)[quarter : len(values) - quarter])


async def _polls(turns: int, count: int, say: Say) -> list[tuple[Cost, Cost]]:
    pairs: list[tuple[Cost, Cost]] = []
    with tempfile.TemporaryDirectory(prefix="stet") as name, _site() as port:
        folder = Path(name)
        with EmbeddedServer(folder), open_sync(endpoint(None, folder)) as watch:
            client = open_async(endpoint(None, folder))
            async with opened_fetcher(Guard(("127.0.0.0/8",), ()), now=lambda: datetime.now(UTC)) as fetcher:
                real = ValkeySchedule(client, Keys(), lambda: None, keep_s=600, per_host=64)
                schedule = Silenced(real)
                await schedule.sync(list(_sources(port)))
                poller = Poller(
                    schedule, fetcher, access={}, now=lambda: datetime.now(UTC), jitter=lambda: 0.0, concurrency=16
                )
                stop = asyncio.Event()
                running = asyncio.create_task(poller.run(stop))
                await schedule.polls(2 * SOURCES)
                for turn in range(turns):
                    say(f"polls, turn {turn + 1} of {turns}")
                    order = (True, False) if turn // 2 % 2 else (False, True)
                    costs = {}
                    for counting in order:
                        schedule.counting = counting
                        await schedule.polls(16)  # what was under way in the turn before
                        costs[counting] = await _cost(watch, schedule, count)
                    pairs.append((costs[True], costs[False]))
                stop.set()
                await running
            await client.aclose()
    return pairs


async def _cost(store: redis.Redis, schedule: Silenced, count: int) -> Cost:
    store_before, began, first = _store_us(store), time.process_time(), schedule.finished
    await schedule.polls(count)
    done = schedule.finished - first
    return Cost(poller=(time.process_time() - began) * 1e6 / done, store=(_store_us(store) - store_before) / done)


def _store_us(store: redis.Redis) -> float:
    used: Any = store.info("cpu")
    return float(used["used_cpu_user"] + used["used_cpu_sys"]) * 1e6


def _sources(port: int) -> Iterator[Source]:
    for number in range(SOURCES):
        url = f"http://127.0.0.1:{port}/{number}"
        yield Source(name=f"s{number:04}", url=url, poll_min_s=0.05, poll_max_s=0.05)


@contextlib.contextmanager
def _site() -> Iterator[int]:
    command = [sys.executable, "-m", "benchmarks.metrics.site"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.kill()


def rounds(seconds: float, poll_us: float, say: Say) -> dict[str, Any]:
    """What the heartbeats of all four roles, gauges and rollup rows cost a second, and beside a busy poller's work."""
    say("heartbeats and rounds")
    with tempfile.TemporaryDirectory(prefix="stet") as name:
        folder = Path(name)
        (folder / "stetwatch.toml").write_text(f'data_dir = "{folder}"\n', encoding="utf-8")
        settings = load_file(folder / "stetwatch.toml")
        with EmbeddedServer(folder), open_sync(endpoint(None, folder)) as store, contextlib.ExitStack() as hearts:
            idle = _idle(store, seconds / 2)
            for role in ROLES:
                hearts.enter_context(beating(settings, role))
            beating_us = _idle(store, seconds)
    us_a_second = max(0.0, beating_us - idle)
    return {
        "what": "heartbeats and rounds, four roles",
        "us_a_second": round(us_a_second),
        f"share_at_{REFERENCE_PER_S}_polls_a_second": round(us_a_second / (REFERENCE_PER_S * poll_us), 4),
    }


def _idle(store: redis.Redis, seconds: float) -> float:
    """CPU a second of this process, which only waits, and of the store, in microseconds."""
    before, began, at = _store_us(store), time.process_time(), time.monotonic()
    time.sleep(seconds)
    return ((time.process_time() - began) * 1e6 + _store_us(store) - before) / (time.monotonic() - at)


def loaded() -> float:
    """How busy the machine is with other things (load average of the last minute)."""
    return os.getloadavg()[0]
