"""The stream and the API over a real store and real commits."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis
import redis.asyncio

from monitor import bootstrap
from monitor.adapters.valkey.connect import open_async
from monitor.adapters.valkey.destinations import Destinations
from monitor.adapters.valkey.records import ValkeyRecords
from monitor.config import load
from monitor.model import Secret
from monitor.ports.records import Logged
from monitor.web import pages_deliveries, pages_now, pages_post
from monitor.web.api import ROUTES
from tests.kit.deliveries import queue
from tests.kit.log import commit, edit
from tests.kit.snapshots import KEYS
from tests.kit.waiting import wait_for
from tests.kit.webapp import web_site


async def test_commits_reach_an_open_stream_and_one_that_comes_back(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis
) -> None:
    """Many commits while one listens, each event once and in order; the last id of the half brings the other half."""
    records = ValkeyRecords(async_valkey, KEYS)
    async with web_site(ROUTES, records=records) as site:
        url = site.url("/api/v1/changes/stream")
        async with site.session.get(url) as live:
            while b"id: " not in await live.content.readuntil(b"\n\n"):
                pass
            writing = threading.Thread(target=_commit_all, args=(valkey, 40))
            writing.start()
            told = [await _event(live.content) for _ in range(40)]
            writing.join()
        async with site.session.get(url, headers={"Last-Event-ID": told[19][0]}) as back:
            again = [await _event(back.content) for _ in range(20)]

    assert [change_id for _, change_id in told] == [f"chg_desk_{number}" for number in range(1, 41)]
    assert again == told[20:]


def _commit_all(valkey: redis.Redis, count: int) -> None:
    for number in range(1, count + 1):
        commit(valkey, edit(number))


async def _event(content: object) -> tuple[str, str]:
    while True:
        block = (await content.readuntil(b"\n\n")).decode()  # type: ignore[attr-defined]  # aiohttp's reader
        fields = dict(line.partition(": ")[::2] for line in block.strip().split("\n"))
        if fields.get("event") == "change":
            return fields["id"], json.loads(fields["data"])["id"]


@pytest.mark.parametrize("paragraphs", [1, 80])
async def test_the_link_of_a_cut_body_leads_to_all_of_it(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, paragraphs: int
) -> None:
    """What the commit kept uncut is what the address in the body answers; a change that fits has no such address."""
    body = [f"Paragraph {number}. " + "word " * 100 for number in range(paragraphs)]
    change = edit(1)
    assert change.after is not None
    long = edit(
        1, after=type(change.after)(headline="Toll", body=tuple(body), author=None, published=None, modified=None)
    )
    commit(valkey, long)
    async with web_site(ROUTES, records=ValkeyRecords(async_valkey, KEYS)) as site:
        async with site.session.get(site.url("/api/v1/changes?limit=1")) as came:
            [sent] = (await came.json())["changes"]
        link = sent["data"].get("whole", f"https://stetwatch.example/api/v1/changes/{long.id}")
        async with site.session.get(site.url(urlsplit(link).path)) as came:
            whole = await came.json()

    assert ("whole" in sent["data"]) == ("truncated" in sent["data"]) == (paragraphs == 80)
    assert whole["data"]["after"]["body"] == body


async def test_a_page_of_many_changes_is_one_question(valkey: redis.Redis, valkey_url: str) -> None:
    """Whatever number of changes a page is about, one connection beside the stream's is enough to read them."""
    changes = [edit(number, subject=f"pst_{number}") for number in range(1, 26)]
    commit(valkey, *changes)
    queue(valkey, "desk", *changes)
    async with contextlib.aclosing(redis.asyncio.Redis.from_url(valkey_url, max_connections=2)) as client:
        parts: dict[str, Any] = {
            "records": ValkeyRecords(client, KEYS),
            "deliveries": Destinations(valkey, KEYS),
            "destinations": {"desk": "webhook"},
        }
        async with web_site((*pages_now.ROUTES, *pages_post.ROUTES, *pages_deliveries.ROUTES), **parts) as site:
            for path in ("/deliveries/desk", f"/changes/{','.join(change.id for change in changes)}/row"):
                async with site.session.get(site.url(path)) as came:
                    text = await came.text()
                assert came.status == 200, text
                assert all(change.id in text for change in changes)


async def test_a_burst_of_pages_waits_for_its_turn(valkey: redis.Redis, valkey_url: str) -> None:
    """More calls at once than any pool has connections are all answered, over a few; the stream has its own."""
    commit(valkey, edit(1))
    settings = load(
        f'[redis]\nurl = "{valkey_url}"\nprefix = "{KEYS.prefix}"\n', origin="test", environ={}, read_file=str
    )
    async with bootstrap.open_records(settings) as records:
        coming = asyncio.ensure_future(anext(records.follow(await records.newest_place())))
        await wait_for(lambda: valkey.info("clients")["blocked_clients"] == 1)
        found = await asyncio.gather(*(records.change("chg_desk_1") for _ in range(300)))
        names = Counter(client["name"] for client in valkey.client_list())
        commit(valkey, edit(2))
        told = await asyncio.wait_for(coming, 5)

    assert None not in found
    assert (names["stetwatch-records"] <= 20, names["stetwatch-stream"]) == (True, 1)
    assert isinstance(told, Logged)
    assert told.change.id == "chg_desk_2"


async def test_pages_never_starve_the_stream(valkey: redis.Redis, valkey_url: str) -> None:
    """While every connection of the pages is taken, one that follows is told; a page waits, and is answered then."""
    async with (
        contextlib.aclosing(open_async(Secret(valkey_url), most=1)) as client,
        contextlib.aclosing(open_async(Secret(valkey_url))) as follower,
    ):
        records = ValkeyRecords(client, KEYS, follower=follower)
        taken = asyncio.ensure_future(client.blpop(["nothing"], timeout=9))
        await wait_for(lambda: valkey.info("clients")["blocked_clients"] == 1)
        page = asyncio.ensure_future(records.change("chg_desk_1"))
        commit(valkey, edit(1))
        told = await asyncio.wait_for(anext(records.follow("0")), 5)
        waited = not page.done()
        valkey.rpush("nothing", "at last")
        await taken

        assert isinstance(told, Logged)
        assert (told.change.id, waited) == ("chg_desk_1", True)
        assert await asyncio.wait_for(page, 5) is not None
