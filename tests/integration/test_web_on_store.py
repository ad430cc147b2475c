"""The stream and the API over a real store and real commits."""

from __future__ import annotations

import json
import threading
from urllib.parse import urlsplit

import pytest
import redis
import redis.asyncio

from monitor.adapters.valkey.records import ValkeyRecords
from monitor.web.api import ROUTES
from tests.kit.log import commit, edit
from tests.kit.snapshots import KEYS
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
