"""Diff workers killed in the middle of their work: nothing lost, nothing twice, nothing out of order."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio

from monitor.adapters.rq import bell
from monitor.adapters.valkey.schedule import ValkeySchedule
from monitor.model import ExtractRules, Source
from tests.kit.snapshots import KEYS, found
from tests.kit.waiting import wait_for

SOURCES = 8
SNAPSHOTS = 8
KILLS = 3
LEASE_S = 0.5

# The real worker, inbox, detector and core; only the wiring is the test's, because of the short lease, and detection
# is slowed so that kills hit it.
WORKER = """
import os, sys, time, types
from datetime import UTC, datetime
import redis
from monitor.adapters.rq import DrainWorker, bell, drain_queue, quieten
from monitor.adapters.valkey.inbox import Retention, ValkeyInbox
from monitor.adapters.valkey.keys import Keys
from monitor.core.deliver.route import routing
from monitor.roles import detector

class SlowInbox(ValkeyInbox):
    def body(self, snapshot):
        client.set("busy", os.getpid(), px=100)
        time.sleep(0.02)
        return super().body(snapshot)

    def commit(self, claim, commit):
        done = super().commit(claim, commit)
        client.incr("commits", int(done))
        return done

url, lease_s = sys.argv[1], float(sys.argv[2])
client = redis.Redis.from_url(url)
inbox = SlowInbox(client, Keys(), bell(client, "stet:"), Retention(keep_s=3600, max_changes=10_000))

def drain():
    drained = detector.drain(
        inbox, routing=routing((), ("hook",)), now=lambda: datetime.now(UTC), lease_s=lease_s
    )
    return drained.observations

sys.modules["workers.jobs"] = types.ModuleType("workers.jobs")
sys.modules["workers.jobs"].drain = drain
quieten()
DrainWorker(drain_queue(redis.Redis.from_url(url), "stet:")).work()
"""


def start_worker(url: str) -> subprocess.Popen[bytes]:
    """One diff worker's process."""
    root = Path(__file__).parents[2]
    return subprocess.Popen([sys.executable, "-c", WORKER, url, str(LEASE_S)], cwd=root)


@contextlib.contextmanager
def workers(url: str, count: int) -> Iterator[Callable[[int], bool]]:
    """``count`` workers; what this yields kills the one of that pid without warning, and starts another."""
    running = {process.pid: process for process in (start_worker(url) for _ in range(count))}

    def kill(pid: int) -> bool:
        victim = running.pop(pid, None)
        if victim is None:
            return False
        victim.kill()
        victim.wait()
        successor = start_worker(url)
        running[successor.pid] = successor
        return True

    try:
        yield kill
    finally:
        for process in running.values():
            process.kill()
        for process in running.values():
            process.wait()


def page(source: int, number: int) -> bytes:
    """A page whose one post is edited in every snapshot."""
    post = {"id": "1", "headline": "Live", "body": f"Source {source}: {number * 100} people came to the square."}
    return json.dumps({"posts": [post]}).encode()


def make_source(number: int) -> Source:
    """A source whose pages are JSON."""
    rules = ExtractRules(format="json", posts="posts", id="id", headline="headline", body="body")
    return Source(name=f"s{number}", url=f"https://news.example/{number}", extract=rules)


async def publish(schedule: ValkeySchedule, seen: dict[str, int]) -> None:
    """Visit every due source once and bring its next snapshot, as a poller does; ring as it does every second."""
    for visit in await schedule.claim(100, 30, {}):
        name = visit.source.name
        if seen[name] < SNAPSHOTS:
            seen[name] += 1
            body = page(int(name[1:]), seen[name])
            assert await schedule.finish(visit, found(seen[name], body, source=name))
    await schedule.ring()


@pytest.mark.timeout(60)
async def test_killed_workers_lose_nothing(valkey: Any, valkey_url: str, async_valkey: redis.asyncio.Redis) -> None:
    """Workers killed in the middle of their work: every edit is told once and in order, in the log and in its lane."""
    schedule = ValkeySchedule(async_valkey, KEYS, bell(valkey, "stet:"), keep_s=600)
    await schedule.sync([make_source(number) for number in range(SOURCES)])
    seen: dict[str, int] = defaultdict(int)
    kills = 0
    with workers(valkey_url, 2) as kill:

        async def done() -> bool:
            nonlocal kills
            await publish(schedule, seen)
            busy = valkey.get("busy")
            # An observation that dies three times is set aside, rightly: no source is killed that often here.
            tries = [int(valkey.hget(KEYS.key("src", name), "tries") or 0) for name in seen]
            if busy and kills < KILLS and max(tries) <= 1:
                kills += kill(int(busy))
            taken = int(valkey.hget(KEYS.key("m", "c"), "observations_total") or 0)
            return taken >= SOURCES * SNAPSHOTS and kills == KILLS

        finished: bool = await wait_for(done, within_s=40)
        assert finished

    log = [(fields[b"source"].decode(), fields[b"id"].decode()) for _, fields in valkey.xrange(KEYS.key("changes"))]
    expected = [f"{number * 100} people" for number in range(2, SNAPSHOTS + 1)]
    for name in (f"s{number}" for number in range(SOURCES)):
        bodies = [json.loads(valkey.get(KEYS.key("change", id_)))["data"] for source, id_ in log if source == name]
        assert [body["post"]["sequence"] for body in bodies] == list(range(2, SNAPSHOTS + 1))
        assert [one for body, one in zip(bodies, expected, strict=True) if one in body["after"]["body"][0]] == expected
        [lane] = valkey.keys(KEYS.key("lane", "hook", f"{name}/*"))
        assert [id_.decode() for id_ in valkey.lrange(lane, 0, -1)] == [id_ for source, id_ in log if source == name]
    assert not valkey.exists(KEYS.key("aside"), KEYS.key("ready"))
    claims = sum(int(valkey.hget(KEYS.key("src", f"s{number}"), "epoch")) for number in range(SOURCES))
    assert claims > int(valkey.get("commits")), "no kill hit a worker that held a claim"
