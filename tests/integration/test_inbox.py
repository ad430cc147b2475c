"""The inbox on a real server: claims, fences, the one commit, and what becomes of an observation that kills."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest
import redis
import redis.asyncio
import structlog

from monitor.adapters.valkey.inbox import Retention, ValkeyInbox
from monitor.core.deliver.route import routing
from monitor.model import Snapshot
from monitor.ports import Claim
from monitor.roles.detector import Drained, drain
from tests.kit.snapshots import (
    KEYS,
    NOON,
    make_change,
    make_commit,
    make_snapshot,
    make_source,
    offer,
    silent_bell,
)
from tests.kit.waiting import wait_for_sync

RETENTION = Retention(keep_s=3600, max_changes=1000)


@pytest.fixture
def inbox(valkey: Any) -> ValkeyInbox:
    """An inbox on the empty server."""
    return ValkeyInbox(valkey, KEYS, silent_bell, RETENTION)


class HeldInbox(ValkeyInbox):
    """An inbox whose first body comes only when the test has done something meanwhile."""

    def __init__(self, client: redis.Redis, rung: list[int]) -> None:
        super().__init__(client, KEYS, lambda: rung.append(1), RETENTION)
        self.asked, self.released = threading.Event(), threading.Event()

    def body(self, snapshot: Snapshot) -> bytes | None:
        self.asked.set()
        assert self.released.wait(10)
        return super().body(snapshot)


def turn(inbox: ValkeyInbox) -> Drained:
    """A drain with the real core."""
    return drain(inbox, routing=routing((), ("hook",)), now=lambda: NOON)


def names(claims: Sequence[Claim]) -> list[str]:
    """The claimed sources."""
    return [claim.source.name for claim in claims]


def numbers(claim: Claim) -> list[int]:
    """The claimed snapshots."""
    return [int(observation.name[:3]) for observation in claim.observations if isinstance(observation, Snapshot)]


def die(inbox: ValkeyInbox, lease_s: float = 0.005) -> Claim:
    """Claim like a worker that is killed at once: wait until its lease has ended, too."""
    [claim] = wait_for_sync(lambda: inbox.claim(1, lease_s))
    time.sleep(lease_s)
    return claim


async def test_a_claim_brings_the_source_its_state_and_its_observations_in_order(
    inbox: ValkeyInbox, async_valkey: redis.asyncio.Redis, valkey: Any
) -> None:
    """What was offered comes out once, oldest first, with the body's bytes within reach."""
    for number in (1, 2, 3):
        await offer(async_valkey, number, b"page %d" % number)
    valkey.hset(KEYS.key("src", "desk"), mapping={"state": b"\x01\xff", "heat": "2.5", "heat_at": NOON.isoformat()})

    [claim] = inbox.claim(16, 30)

    assert (claim.source, claim.state, claim.heat, claim.heat_at) == (make_source(), b"\x01\xff", 2.5, NOON)
    assert claim.observations == tuple(make_snapshot(number, b"page %d" % number) for number in (1, 2, 3))
    assert inbox.body(make_snapshot(2, b"page 2")) == b"page 2"
    assert inbox.body(make_snapshot(9, b"never seen")) is None
    assert inbox.claim(16, 30) == []


async def test_a_commit_writes_everything_at_once(
    inbox: ValkeyInbox, async_valkey: redis.asyncio.Redis, valkey: Any
) -> None:
    """State, texts, log, history, lanes, deliveries, counters and inbox move together; wake is published."""
    await offer(async_valkey, 1, b"page")
    [claim] = inbox.claim(16, 30)
    valkey.hset(KEYS.key("text", "desk"), mapping={"pst_old": b"gone soon"})
    listener = valkey.pubsub()
    listener.subscribe(KEYS.key("wake"))
    assert listener.get_message(timeout=2)
    change = make_change(1)
    base = make_commit(1, change, to=("hook", "chat"), state=b"\x00new")
    commit = type(base)(
        **{field: getattr(base, field) for field in base.__slots__}
        | {
            "texts": {"pst_1": b"\xfftext", "pst_old": None},
            "eager": True,
            "counters": {"observations_total": 1},
            "timings_ms": {"detect_ms": [3.0, 30.0]},
        }
    )

    assert inbox.commit(claim, commit)

    source = valkey.hgetall(KEYS.key("src", "desk"))
    assert (source[b"state"], source[b"eager"], source[b"heat"], source[b"tries"]) == (b"\x00new", b"1", b"1.5", b"0")
    assert inbox.texts("desk", ["pst_1", "pst_old", "pst_unknown"]) == {"pst_1": b"\xfftext"}
    assert valkey.get(KEYS.key("change", change.id)) == b"{}"
    assert 8 * 86400 - 10 < valkey.ttl(KEYS.key("change", change.id)) <= 8 * 86400  # it waits to be delivered
    assert valkey.smembers(KEYS.key("destinations")) == {b"hook", b"chat"}
    [(_, logged)] = valkey.xrange(KEYS.key("changes"))
    assert logged == {
        b"id": change.id.encode(),
        b"type": b"post.edited",
        b"source": b"desk",
        b"subject": b"pst_1",
        b"score": b"500",
        b"find": b"b\na",
    }
    assert valkey.lrange(KEYS.key("history", "pst_1"), 0, -1) == [change.id.encode()]
    assert 3590 < valkey.ttl(KEYS.key("history", "pst_1")) <= 3600
    for destination in ("hook", "chat"):
        assert valkey.zrange(KEYS.key("lanes", destination), 0, -1) == [b"desk/pst_1"]
        assert valkey.lrange(KEYS.key("lane", destination, "desk/pst_1"), 0, -1) == [change.id.encode()]
        delivery = json.loads(valkey.hget(KEYS.key("delivery", destination), change.id))
        committed_at_ms = delivery.pop("committed_at_ms")
        assert delivery == {"lane": "desk/pst_1", "attempts": 0, "first_at_ms": committed_at_ms}
        assert abs(committed_at_ms / 1000 - time.time()) < 5
        assert valkey.zscore(KEYS.key("queued", destination), change.id) == committed_at_ms
        assert valkey.hgetall(KEYS.key("m", "dst", destination)) == {b"deliveries_queued_total": b"1"}
    totals = valkey.hgetall(KEYS.key("m", "c"))
    assert totals[b"changes_post_edited_total"] == totals[b"observations_total"] == b"1"
    assert totals[b"deliveries_queued_total"] == b"2"
    assert valkey.hget(KEYS.key("m", "src", "desk"), "changes_post_edited_total") == b"1"
    assert valkey.hget(KEYS.key("m", "h", "detect_ms"), "le_5") == b"1"
    assert valkey.hget(KEYS.key("m", "h", "detect_ms"), "le_inf") == b"2"
    assert not valkey.exists(KEYS.key("inbox", "desk"), KEYS.key("ready"))
    woken = {message["data"] for _ in range(2) if (message := listener.get_message(timeout=2))}
    listener.close()
    assert woken == {b"hook", b"chat"}


async def test_a_page_change_has_no_post_history(
    inbox: ValkeyInbox, async_valkey: redis.asyncio.Redis, valkey: Any
) -> None:
    """Changes of the page or the source go to the log and their lane only."""
    await offer(async_valkey, 1, b"page")
    [claim] = inbox.claim(16, 30)

    assert inbox.commit(claim, make_commit(1, make_change(1, subject="page")))

    assert not valkey.keys(KEYS.key("history", "*"))
    assert valkey.zrange(KEYS.key("lanes", "hook"), 0, -1) == [b"desk/page"]


async def test_a_lane_that_waits_keeps_its_turn(
    inbox: ValkeyInbox, async_valkey: redis.asyncio.Redis, valkey: Any
) -> None:
    """A new change behind a head that is being retried does not pull the lane's due time forward."""
    await offer(async_valkey, 1, b"page")
    valkey.zadd(KEYS.key("lanes", "hook"), {"desk/pst_1": 9e12})
    [claim] = inbox.claim(16, 30)

    assert inbox.commit(claim, make_commit(1, make_change(1)))

    assert valkey.zscore(KEYS.key("lanes", "hook"), "desk/pst_1") == 9e12


async def test_an_expired_lease_passes_on_and_fences_the_late_worker(
    inbox: ValkeyInbox, async_valkey: redis.asyncio.Redis, valkey: Any
) -> None:
    """After the lease another worker gets the same observations; the first one's commit writes nothing."""
    await offer(async_valkey, 1, b"page")
    late = die(inbox)
    [heir] = wait_for_sync(lambda: inbox.claim(16, 30))

    assert heir.observations == late.observations
    assert not inbox.commit(late, make_commit(1, make_change(1), state=b"late"))
    assert not inbox.set_aside(late, "late")
    assert not valkey.exists(KEYS.key("changes"))
    assert inbox.commit(heir, make_commit(1, make_change(1), state=b"heir"))
    assert valkey.hget(KEYS.key("src", "desk"), "state") == b"heir"


async def test_a_repeated_commit_writes_once(
    inbox: ValkeyInbox, async_valkey: redis.asyncio.Redis, valkey: Any
) -> None:
    """A client that resends because a reply was lost is told true; later observations stay."""
    await offer(async_valkey, 1, b"one")
    [claim] = inbox.claim(16, 30)
    await offer(async_valkey, 2, b"two")

    assert inbox.commit(claim, make_commit(1, make_change(1)))
    assert inbox.commit(claim, make_commit(1, make_change(1)))
    assert inbox.set_aside(claim, "never")

    [again] = inbox.claim(16, 30)
    assert numbers(again) == [2]
    assert valkey.xlen(KEYS.key("changes")) == 1
    assert not valkey.exists(KEYS.key("aside"))


async def test_a_change_that_was_told_is_not_told_again(
    inbox: ValkeyInbox, async_valkey: redis.asyncio.Redis, valkey: Any
) -> None:
    """A change with a known id (state restored from before it) is neither logged nor delivered nor counted twice."""
    for number in (1, 2):
        await offer(async_valkey, number, b"page")
        [claim] = inbox.claim(16, 30)
        assert inbox.commit(claim, make_commit(1, make_change(1), *([make_change(2)] if number == 2 else [])))

    told = [fields[b"id"].decode() for _, fields in valkey.xrange(KEYS.key("changes"))]
    assert told == [make_change(1).id, make_change(2).id]
    assert valkey.llen(KEYS.key("lane", "hook", "desk/pst_1")) == 2
    assert valkey.hget(KEYS.key("m", "c"), "changes_post_edited_total") == b"2"


async def test_an_offer_during_a_claim_is_not_lost(
    inbox: ValkeyInbox, async_valkey: redis.asyncio.Redis, valkey: Any
) -> None:
    """An observation that arrives while its source is leased makes it ready again at the commit, in order."""
    await offer(async_valkey, 1, b"one")
    inbox.silence()
    [claim] = inbox.claim(16, 30)
    await offer(async_valkey, 2, b"two")
    assert valkey.exists(KEYS.key("bell"))
    assert inbox.claim(16, 30) == []

    assert inbox.commit(claim, make_commit(1, make_change(1)))

    [again] = inbox.claim(16, 30)
    assert numbers(again) == [2]
    assert again.state == b"s"


async def test_ring_rings_once_for_ready_work(async_valkey: redis.asyncio.Redis, valkey: Any) -> None:
    """ring() sends one drain job while work is ready and the bell silent; leased work is not ready."""
    rung: list[int] = []
    inbox = ValkeyInbox(valkey, KEYS, lambda: rung.append(1), RETENTION)
    assert not inbox.ring()
    await offer(async_valkey, 1, b"page")
    assert not inbox.ring()
    inbox.silence()
    assert inbox.ring()
    assert not inbox.ring()
    inbox.silence()
    inbox.claim(16, 30)

    assert not inbox.ring()
    assert rung == [1]


async def test_the_longest_ready_come_first(inbox: ValkeyInbox, async_valkey: redis.asyncio.Redis) -> None:
    """Sources are claimed in the order in which they became ready, up to the limit."""
    for name in ("c", "a", "b"):
        await offer(async_valkey, 1, b"page", name)
        await async_valkey.zadd(KEYS.key("ready"), {name: "cab".index(name) + 1})

    assert names(inbox.claim(2, 30)) == ["c", "a"]
    assert names(inbox.claim(2, 30)) == ["b"]


async def test_a_source_whose_worker_died_is_claimed_alone_and_one_observation_at_a_time(
    inbox: ValkeyInbox, async_valkey: redis.asyncio.Redis
) -> None:
    """A suspect drags no other source and no later observation with it; a commit clears the suspicion."""
    for number in (1, 2):
        await offer(async_valkey, number, b"page %d" % number)
    assert numbers(die(inbox)) == [1, 2]
    await offer(async_valkey, 1, b"page", "other")

    claims = [inbox.claim(16, 30), inbox.claim(16, 30)]

    assert sorted(names([claim for batch in claims for claim in batch])) == ["desk", "other"]
    [suspect] = next(batch for batch in claims if names(batch) == ["desk"])
    assert numbers(suspect) == [1]
    await offer(async_valkey, 3, b"page 3")
    assert inbox.commit(suspect, make_commit(1))
    [cleared] = inbox.claim(16, 30)
    assert numbers(cleared) == [2, 3]


async def test_an_observation_that_killed_three_workers_is_set_aside_with_its_bytes(
    inbox: ValkeyInbox, async_valkey: redis.asyncio.Redis, valkey: Any
) -> None:
    """The head is moved to the aside list, its body kept for longer, counted and logged; the next one goes on."""
    for number in (1, 2):
        await offer(async_valkey, number, b"page %d" % number)
    for _ in range(3):
        die(inbox)

    with structlog.testing.capture_logs() as logged:
        [claim] = wait_for_sync(lambda: inbox.claim(16, 30))

    assert numbers(claim) == [2]
    [aside] = valkey.lrange(KEYS.key("aside"), 0, -1)
    assert (json.loads(aside)["source"], json.loads(aside)["reason"]) == ("desk", "its worker died 3 times")
    assert json.loads(json.loads(aside)["observation"])["name"] == make_snapshot(1, b"page 1").name
    assert valkey.ttl(KEYS.key("snap", make_snapshot(1, b"page 1").sha256)) > 6 * 86400
    for key in (KEYS.key("m", "c"), KEYS.key("m", "src", "desk")):
        assert valkey.hget(key, "observations_set_aside_total") == b"1"
    assert [(entry["event"], entry["source"]) for entry in logged] == [("observation set aside", "desk")]


def test_only_the_poison_is_lost_when_a_worker_process_dies_of_it(valkey: Any, valkey_url: str) -> None:
    """Children that ``os._exit`` on one observation: the others are committed, once and in order."""

    async def fill() -> None:
        client = redis.asyncio.Redis.from_url(valkey_url)
        for number in range(1, 6):
            await offer(client, number, b"page %d" % number)
        await client.aclose()

    asyncio.run(fill())
    deaths = 0
    while valkey.zcard(KEYS.key("ready")):
        child = os.fork()
        if child == 0:
            _work_until_poison(valkey_url, poison=3)
        deaths += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9

    # Two died of it with others before it in their claim, three with it alone.
    assert deaths == 5
    told = [fields[b"id"].decode() for _, fields in valkey.xrange(KEYS.key("changes"))]
    assert told == [make_change(number).id for number in (1, 2, 4, 5)]
    [aside] = valkey.lrange(KEYS.key("aside"), 0, -1)
    assert json.loads(json.loads(aside)["observation"])["name"].startswith("003")


def _work_until_poison(url: str, poison: int) -> None:
    """A worker's life, in a forked child: commit claim after claim, die at the poison, end when nothing is ready."""
    try:
        client = redis.Redis.from_url(url)
        inbox = ValkeyInbox(client, KEYS, silent_bell, RETENTION)
        while claims := inbox.claim(16, 0.02):
            for claim in claims:
                for number in numbers(claim):
                    if number == poison:
                        os._exit(9)
                inbox.commit(claim, make_commit(len(claim.observations), *map(make_change, numbers(claim))))
    finally:
        os._exit(0)


async def test_an_unreadable_observation_is_set_aside_in_its_turn(
    inbox: ValkeyInbox, async_valkey: redis.asyncio.Redis, valkey: Any
) -> None:
    """What was written by a future or broken version blocks nobody and overtakes nobody."""
    await offer(async_valkey, 1, b"page 1")
    valkey.rpush(KEYS.key("inbox", "desk"), b'{"v": 99, "kind": "snapshot"}', b"not json")
    await offer(async_valkey, 2, b"page 2")
    [claim] = inbox.claim(16, 30)
    assert numbers(claim) == [1]
    assert inbox.commit(claim, make_commit(1))

    assert inbox.claim(16, 30) == []
    assert inbox.claim(16, 30) == []
    [claim] = inbox.claim(16, 30)

    assert numbers(claim) == [2]
    assert valkey.llen(KEYS.key("aside")) == 2


async def test_set_aside_moves_the_head_only(
    inbox: ValkeyInbox, async_valkey: redis.asyncio.Redis, valkey: Any
) -> None:
    """A worker that met a bug puts the oldest observation away and the source stays in turn."""
    for number in (1, 2):
        await offer(async_valkey, number, b"page %d" % number)
    [claim] = inbox.claim(16, 30)

    assert inbox.set_aside(claim, "detection failed")

    [again] = inbox.claim(16, 30)
    assert numbers(again) == [2]
    assert valkey.hget(KEYS.key("m", "c"), "observations_set_aside_total") == b"1"


async def test_the_change_log_is_bounded(async_valkey: redis.asyncio.Redis, valkey: Any) -> None:
    """Beyond ``max_changes`` (about) the oldest entries of the log go."""
    inbox = ValkeyInbox(valkey, KEYS, silent_bell, Retention(keep_s=3600, max_changes=100))
    await offer(async_valkey, 1, b"page")
    [claim] = inbox.claim(16, 30)

    assert inbox.commit(claim, make_commit(1, *(make_change(number) for number in range(500))))

    assert 100 <= valkey.xlen(KEYS.key("changes")) < 300


async def test_an_offer_during_a_drain_is_taken_by_it(async_valkey: redis.asyncio.Redis, valkey: Any) -> None:
    """What arrives for the very source a worker is at wakes nobody in vain and is taken before the turn ends."""
    rung: list[int] = []
    inbox = HeldInbox(valkey, rung)
    await offer(async_valkey, 1, b"page 1")
    draining = asyncio.create_task(asyncio.to_thread(turn, inbox))
    await asyncio.to_thread(inbox.asked.wait, 10)
    await offer(async_valkey, 2, b"page 2")
    inbox.released.set()

    assert (await draining).observations == 2

    assert valkey.exists(KEYS.key("bell"))
    assert not valkey.exists(KEYS.key("inbox", "desk"), KEYS.key("ready"))


async def test_a_bell_heard_twice_changes_nothing(async_valkey: redis.asyncio.Redis, valkey: Any) -> None:
    """Two drains for one bell, at once and one after the other, take each observation once."""
    inbox = HeldInbox(valkey, [])
    await offer(async_valkey, 1, b"page 1")
    draining = asyncio.create_task(asyncio.to_thread(turn, inbox))
    await asyncio.to_thread(inbox.asked.wait, 10)

    assert turn(ValkeyInbox(valkey, KEYS, silent_bell, RETENTION)) == Drained()

    inbox.released.set()
    assert (await draining).observations == 1
    assert turn(ValkeyInbox(valkey, KEYS, silent_bell, RETENTION)) == Drained()
    assert valkey.hget(KEYS.key("m", "c"), "observations_total") == b"1"
