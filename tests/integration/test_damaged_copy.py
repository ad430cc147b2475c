"""A page cut on its way, between a real site, poller, store and detector: the poller asks for it again."""

from __future__ import annotations

import asyncio
import gzip
import json
from datetime import UTC, datetime
from typing import Any

import redis.asyncio

from monitor.adapters.guard import Guard
from monitor.adapters.http import opened_fetcher
from monitor.adapters.valkey.inbox import Retention, ValkeyInbox
from monitor.adapters.valkey.schedule import ValkeySchedule
from monitor.core.deliver.route import routing
from monitor.model import Source
from monitor.roles.detector import drain
from monitor.roles.poller import Poller
from tests.kit.site import Reply, running_site
from tests.kit.snapshots import KEYS, silent_bell
from tests.kit.waiting import wait_for


def edition(number: int, *, cut: bool = False) -> Reply:
    """A live blog of ``number`` posts with its ETag, gzipped; ``cut`` in the middle, under the same ETag."""
    posts = [
        {"@type": "BlogPosting", "@id": f"#{place}", "headline": f"Report {place}", "articleBody": f"Words {place}."}
        for place in range(number)
    ]
    blog = json.dumps({"@type": "LiveBlogPosting", "liveBlogUpdate": posts})
    body = gzip.compress(f'<script type="application/ld+json">{blog}</script>'.encode())
    headers = {"Content-Encoding": "gzip", "Content-Type": "text/html", "ETag": f'"{number}"'}
    return Reply(headers=headers, body=body[: len(body) // 2] if cut else body)


async def test_a_damaged_copy_with_an_etag_blinds_nobody(async_valkey: redis.asyncio.Redis, valkey: Any) -> None:
    """A cut copy fails the source; the next poll is unconditional, and the post it hid is told."""
    schedule = ValkeySchedule(async_valkey, KEYS, silent_bell, keep_s=600)
    inbox = ValkeyInbox(valkey, KEYS, silent_bell, Retention(keep_s=3600, max_changes=1000))
    stop = asyncio.Event()

    async def told() -> list[str]:
        await asyncio.to_thread(lambda: drain(inbox, routing=routing((), ()), now=lambda: datetime.now(UTC)))
        return [fields[b"type"].decode() for _, fields in valkey.xrange(KEYS.key("changes"))]

    async def recovered() -> bool:
        return "source.recovered" in await told()

    async with running_site() as site, opened_fetcher(Guard(["127.0.0.0/8"])) as fetcher:
        site.on("/", edition(5), edition(6, cut=True), edition(6))
        await schedule.sync([Source(name="s", url=site.url, poll_min_s=0.05, poll_max_s=0.05)])
        poller = Poller(schedule, fetcher, access={}, now=lambda: datetime.now(UTC), jitter=lambda: 0.0)
        polling = asyncio.create_task(poller.run(stop))
        seen: bool = await wait_for(recovered, within_s=10)
        assert seen
        stop.set()
        await polling

    assert await told() == ["source.failing", "source.recovered", "post.added"]
    asked = [request.headers.get("if-none-match") for request in site.requests]
    assert asked[:2] == [None, '"5"']
    assert None in asked[2:], "at least one poll after the cut copy was whole"
