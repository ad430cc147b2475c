"""What the web's questions cost the store, one at a time, in the process that asks."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

import uvloop

from benchmarks.web.figures import Figures, timed
from benchmarks.web.seeding import KEYS, Progress, post_id, posts_per_source, source_name, tags_of
from benchmarks.web.stories import case_of
from monitor.adapters.valkey.connect import open_async
from monitor.adapters.valkey.records import ValkeyRecords
from monitor.model import Secret
from monitor.ports.records import Wanted

BAR_MS: Final = 40.0
"""Of the 60 ms a page has, so much may be spent before it is written."""

HOLD_MS: Final = 2.0
"""For so long the server may do nothing but one of our scripts."""

LIMIT: Final = 50
_SLOW_US: Final = 200

Question = Callable[[ValkeyRecords, Random], Awaitable[int]]
"""Asks, and tells how many rows came."""


def measured(url: str, changes: int, sources: int, progress: Progress, samples: int = 200) -> list[Figures]:
    """Every question, asked so often with other words each time; then how long scripts held the server."""
    return uvloop.run(_measured(url, changes, sources, progress, samples))


async def _measured(url: str, changes: int, sources: int, progress: Progress, samples: int) -> list[Figures]:
    found: list[Figures] = []
    rng = Random(3)  # chooses what to ask
    async with open_async(Secret(url)) as client:
        plain: Any = client
        records = ValkeyRecords(client, KEYS)
        await plain.config_set("slowlog-log-slower-than", _SLOW_US)
        await plain.config_set("slowlog-max-len", 100_000)
        await plain.slowlog_reset()
        for what, question in _questions(changes, sources):
            progress(what)
            await question(records, rng)
            taken_ms, rows = [], []
            for _ in range(samples):
                begun = time.perf_counter()
                rows.append(await question(records, rng))
                taken_ms.append((time.perf_counter() - begun) * 1000)
            found.append(timed(what, taken_ms, BAR_MS, rows=round(sum(rows) / len(rows), 1)))
        found.append(await _held(plain))
    return found


async def _held(client: Any) -> Figures:
    """How long our scripts held the server, of all calls that took more than a fifth of a millisecond."""
    slow = [entry["duration"] / 1000 for entry in await client.slowlog_get(100_000) if b"EVALSHA" in entry["command"]]
    memory = await client.info("memory")
    used = {"store_gib": round(memory["used_memory"] / 2**30, 2), "changes": await client.xlen(KEYS.key("changes"))}
    return timed("one script call on the server", slow or [0.0], HOLD_MS, most_ms=max(slow, default=0.0), **used)


def _questions(changes: int, sources: int) -> Iterator[tuple[str, Question]]:
    """What pages ask, under the names the figures have."""
    posts = posts_per_source(changes, sources)

    def page(**parts: Callable[[Random], Any]) -> Question:
        async def ask(records: ValkeyRecords, rng: Random) -> int:
            wanted = Wanted(**{name: choose(rng) for name, choose in parts.items()})
            return len((await records.changes(wanted, LIMIT)).rows)

        return ask

    def some_sources(count: int) -> Callable[[Random], frozenset[str]]:
        return lambda rng: frozenset(source_name(rng.randrange(sources)) for _ in range(count))

    def rare(rng: Random) -> str:
        return case_of(rng.randrange(100_000))

    yield "the newest changes", page()
    yield "a page further down", _deep
    yield "of one source", page(sources=some_sources(1))
    yield "of twenty sources", page(sources=some_sources(20))
    yield "of a tag of few sources", page(tag=lambda rng: tags_of(rng.randrange(sources))[1])
    yield "of a tag of many sources", page(tag=lambda rng: tags_of(rng.randrange(sources))[0])
    yield "of a common type", page(types=lambda _: frozenset({"post.edited"}))
    yield "of a type never told", page(types=lambda _: frozenset({"destination.disabled"}))
    yield "of a significance", page(min_significance=lambda _: 0.7, types=lambda _: frozenset({"post.edited"}))
    yield "with a common word", page(text=lambda _: "Norvik")
    yield "with a rare word", page(text=rare)
    yield "with a rare word, further down", _deep_rare
    yield "with a rare word, of one source", page(text=rare, sources=some_sources(1))

    async def history(records: ValkeyRecords, rng: Random) -> int:
        return len(await records.history(post_id(rng.randrange(sources), rng.randrange(posts))))

    async def marks(records: ValkeyRecords, rng: Random) -> int:
        now = datetime.now(UTC)
        return len(
            await records.marks(source_name(rng.randrange(max(1, sources // 100))), now - timedelta(days=1), now)
        )

    async def change(records: ValkeyRecords, rng: Random) -> int:
        return 0 if await records.change(f"chg_{rng.randrange(changes):016}") is None else 1

    yield "a post's history", history
    yield "a busy source's day as marks", marks
    yield "one change", change


async def _deep(records: ValkeyRecords, rng: Random, text: str = "") -> int:
    [oldest] = await records.since("0", 1)
    newest = await records.newest_place()
    before = rng.randint(_ms(oldest.place), _ms(newest))
    return len((await records.changes(Wanted(text=text), LIMIT, f"{before}-0")).rows)


async def _deep_rare(records: ValkeyRecords, rng: Random) -> int:
    return await _deep(records, rng, case_of(rng.randrange(100_000)))


def _ms(place: str) -> int:
    return int(place.partition("-")[0])
