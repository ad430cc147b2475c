"""The measurements of the web role, on a small store: what they seed is read like any log, what they ask is known."""

from __future__ import annotations

import asyncio

import redis
import redis.asyncio
from aiohttp import web

from benchmarks.web import pages, seeding, store
from monitor.adapters.valkey.records import ValkeyRecords

CHANGES, SOURCES = 1_500, 30


async def test_a_seeded_store_is_read_like_any_other(
    valkey: redis.Redis, valkey_url: str, async_valkey: redis.asyncio.Redis
) -> None:
    """Every change can be read, posts have lives from their beginning, and the measurement's questions are answered."""
    await asyncio.to_thread(seeding.seed, valkey_url, CHANGES, SOURCES, str)
    records = ValkeyRecords(async_valkey, seeding.KEYS)

    assert valkey.xlen(seeding.KEYS.key("changes")) == CHANGES
    assert len(await records.since("0", 2 * CHANGES)) == CHANGES
    life = [logged.change for logged in await records.history(seeding.post_id(0, 0))]
    assert [change.type for change in life[:7]] == ["post.added", *["post.edited"] * 5, "post.retimed"]
    assert [change.post.sequence for change in life if change.post] == list(range(1, 9))
    assert [change.before for change in life[1:6]] == [change.after for change in life[:5]]

    asked = await asyncio.to_thread(store.measured, valkey_url, CHANGES, SOURCES, str, 5)
    rows = {one["what"]: one["rows"] for one in asked if "rows" in one}
    assert {what for what, count in rows.items() if count == 0 and "rare" not in what} == {"of a type never told"}


async def test_pages_are_weighed_with_what_they_name(unused_tcp_port: int) -> None:
    """The page's own bytes as a browser gets them, and those of its styles and scripts once."""
    paths: list[str] = []

    async def page(request: web.Request) -> web.Response:
        paths.append(request.path_qs)
        answer = web.Response(text='<link rel="stylesheet" href="/s.css"><script src="s.js"></script>' + "x" * 100_000)
        answer.enable_compression()
        return answer

    async def asset(_: web.Request) -> web.Response:
        return web.Response(body=b"y" * 30_000)

    app = web.Application()
    app.router.add_get("/s.css", asset)
    app.router.add_get("/posts/s.js", asset)
    app.router.add_get("/s.js", asset)
    app.router.add_get("/{any:.*}", page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", unused_tcp_port).start()
    try:
        base = f"http://127.0.0.1:{unused_tcp_port}"
        found = await asyncio.to_thread(pages.measured, base, CHANGES, SOURCES, str, samples=3)
    finally:
        await runner.cleanup()

    assert {one["what"] for one in found} >= {"Now", "Post", "Now, a rare word"}
    assert all(one["page_kb"] < 1 for one in found)
    assert all(60 < one["with_styles_and_scripts_kb"] < 61 for one in found)
    assert any(path.startswith("/posts/pst_") for path in paths)
