"""Lanes on a real Valkey where one message settles many deliveries; holds and mutes."""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import redis
import redis.asyncio

from monitor.adapters.valkey.destinations import Destinations
from monitor.adapters.valkey.lanes import ValkeyLanes
from monitor.core.deliver.wire import encode
from monitor.model import Delivery
from monitor.ports import Attempt, Delivered, Retry
from tests.kit.changes import edited
from tests.kit.deliveries import KEYS, now_ms, queue, recall, terms
from tests.kit.waiting import wait_for

LANE = "budget-day/pst_1"


@pytest.fixture
async def lanes(async_valkey: redis.asyncio.Redis) -> AsyncIterator[ValkeyLanes]:
    """Lanes on an empty server."""
    lanes = ValkeyLanes(async_valkey, KEYS)
    yield lanes
    await lanes.aclose()


async def heads(lanes: ValkeyLanes, limit: int = 10, **asked: Any) -> Sequence[Delivery]:
    """What ``desk`` has due."""
    return (await lanes.claim("desk", limit, terms(**asked))).deliveries


async def took(lanes: ValkeyLanes, *deliveries: Delivery, **memory: str) -> bool:
    """Acknowledge them as one message."""
    outcome = Delivered(memory=memory, message="1.5", attempt=Attempt(status=200))
    return await lanes.delivered(deliveries, outcome, since_commit_s=0, since_fetch_s=0)


def following(delivery: Delivery) -> list[str]:
    """The ids behind the head."""
    return [one.change_id for one in delivery.following]


def remember(valkey: redis.Redis, lane: str = LANE, **memory: str) -> None:
    """A thread begun before."""
    valkey.set(KEYS.key("memory", "desk", lane), json.dumps(memory or {"ts": "1"}))


async def test_what_waits_behind_the_head_comes_with_it(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """Up to a batch of one lane's changes, with their bodies, oldest first; settled with it, they are all gone."""
    changes = [edited(f"chg_{n}") for n in range(5)]
    queue(valkey, "desk", *changes)
    (head,) = await heads(lanes, batch=3)
    assert (head.change_id, following(head)) == ("chg_0", ["chg_1", "chg_2"])
    assert [one.body for one in head.following] == [encode(one) for one in changes[1:3]]

    assert await took(lanes, head)
    assert valkey.lrange(KEYS.key("lane", "desk", LANE), 0, -1) == [b"chg_3", b"chg_4"]
    rows = Destinations(valkey, KEYS).rows("desk", "delivered")
    assert [(row.change_id, row.message) for row in rows] == [(f"chg_{n}", "1.5") for n in (2, 1, 0)]
    assert valkey.hget(KEYS.key("m", "c"), "deliveries_delivered_total") == b"3"


async def test_what_is_taken_together_is_settled_whole_or_not_at_all(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """One lane of the message has passed to another notifier: nothing of it is written."""
    queue(valkey, "desk", edited("chg_1"), edited("chg_2", "pst_2"))
    first, second = await heads(lanes, lease_s=0.05)

    async def again() -> Sequence[Delivery]:
        return await heads(lanes, 1)

    passed: Sequence[Delivery] = await wait_for(again)
    assert not await took(lanes, first, second)
    assert not await lanes.retry([first, second], Retry(reason="no"), 0)
    assert not await lanes.freeze([first, second], "dig_1")
    assert await took(lanes, passed[0])
    assert valkey.zcard(KEYS.key("lanes", "desk")) == 1


async def test_a_redelivery_goes_alone(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """Asked for by hand, it is marked as such: nothing follows it, and it follows nothing."""
    queue(valkey, "desk", edited("chg_1"), edited("chg_2"), edited("chg_3"))
    recall(valkey, "desk", "chg_2", redelivery=True)

    (head,) = await heads(lanes, batch=9)
    assert following(head) == []
    await took(lanes, head)
    (again,) = await heads(lanes, batch=9)
    assert (again.redelivery, following(again)) == (True, [])


async def test_a_frozen_message_is_tried_again_as_it_was(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """Frozen, it comes back whole, alone and without what was queued since, however few were asked for."""
    queue(valkey, "desk", edited("chg_1"), edited("chg_2"), edited("chg_3", "pst_2"), edited("chg_4", "pst_3"))
    first, second, third = await heads(lanes, batch=9, together=True)
    await lanes.release([third])
    assert await lanes.freeze([second, first], "dig_1")
    await lanes.retry([second, first], Retry(reason="HTTP 500"), 0)
    queue(valkey, "desk", edited("chg_5"), edited("chg_6", "pst_2"))

    seen: list[tuple[list[str], set[str]]] = []
    while due := await heads(lanes, 1, batch=9):
        seen.append(([id_ for one in due for id_ in (one.change_id, *following(one))], {one.batch for one in due}))
        await took(lanes, *due)
    assert seen == [
        (["chg_4"], {""}),
        (["chg_3", "chg_1", "chg_2"], {"dig_1"}),
        (["chg_5"], {""}),
        (["chg_6"], {""}),
    ]
    assert valkey.exists(KEYS.key("batch", "desk", "dig_1")) == 0


async def test_what_is_left_of_a_frozen_message_still_goes(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """Where nothing is known any more of the lanes it was frozen with, each of them goes by itself."""
    queue(valkey, "desk", edited("chg_1"), edited("chg_2", "pst_2"))
    both = await heads(lanes, together=True)
    await lanes.freeze(both, "dig_1")
    await lanes.retry(both, Retry(reason="no"), 0)
    valkey.delete(KEYS.key("batch", "desk", "dig_1"))

    assert [len(await heads(lanes, batch=9)) for _ in range(3)] == [1, 1, 0]


async def test_who_takes_one_at_a_time_gets_each_of_a_frozen_message(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """Frozen for a channel whose name a webhook now has: nothing counts as delivered that was not sent."""
    queue(valkey, "desk", *(edited(f"chg_{n}") for n in range(4)), edited("chg_9", "pst_2"))
    both = await heads(lanes, batch=9, together=True)
    await lanes.freeze(both, "dig_1")
    await lanes.retry(both, Retry(reason="no"), 0)

    seen = []
    while due := await heads(lanes):
        seen.append([(one.change_id, following(one), one.batch) for one in due])
        for one in due:
            await took(lanes, one)
    assert seen == [
        [("chg_0", [], ""), ("chg_9", [], "")],
        *([(f"chg_{n}", [], "")] for n in (1, 2, 3)),
    ]
    assert len(Destinations(valkey, KEYS).rows("desk", "delivered")) == 5


async def test_later_edits_of_a_post_settle(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """With a thread begun, a change waits for more of its post: until no more came for the settle time, at most the
    longest. The first change of a post waits for nothing."""
    asked: dict[str, Any] = {"settle_s": 20, "settle_most_s": 90, "batch": 9}
    queue(valkey, "desk", edited("chg_0", "pst_2"), edited("chg_1"), edited("chg_2"))
    remember(valkey)
    now = now_ms(valkey)
    recall(valkey, "desk", "chg_1", first_at_ms=now - 80_000)
    claimed = await lanes.claim("desk", 10, terms(**asked))

    assert [one.change_id for one in claimed.deliveries] == ["chg_0"]
    assert claimed.due == 1
    assert abs(float(str(valkey.zscore(KEYS.key("lanes", "desk"), LANE))) - (now + 10_000)) < 500
    recall(valkey, "desk", "chg_1", first_at_ms=now - 30_000)
    recall(valkey, "desk", "chg_2", first_at_ms=now - 20_001)
    valkey.zadd(KEYS.key("lanes", "desk"), {LANE: 0})
    (head,) = await heads(lanes, **asked)
    assert (head.change_id, following(head)) == ("chg_1", ["chg_2"])


async def test_what_was_tried_does_not_settle_again(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """A failed attempt waits by its schedule, not for more edits; its sender's memory comes back with it."""
    queue(valkey, "desk", edited("chg_1"))
    (head,) = await heads(lanes)
    await lanes.retry([head], Retry(reason="HTTP 500", memory={"ts": "1", "update": "pending"}), 0)

    (again,) = await heads(lanes, settle_s=60, settle_most_s=60)
    assert again.memory == {"ts": "1", "update": "pending"}


async def test_the_parents_change_comes_with_its_memory(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """The body of the change a sender named as ``origin`` is there for it; one no longer kept is empty."""
    queue(valkey, "desk", edited("chg_1"), edited("chg_2"))
    (head,) = await heads(lanes)
    assert head.origin == b""
    await took(lanes, head, origin="chg_1")
    (second,) = await heads(lanes)
    assert second.origin == encode(edited("chg_1"))

    await lanes.release([second])
    valkey.delete(KEYS.key("change", "chg_1"))
    assert [one.origin for one in await heads(lanes)] == [b""]


async def test_what_is_given_back_untried_keeps_its_turn(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """No attempt is used up, its place among the lanes is the old one, and it may be put off."""
    queue(valkey, "desk", edited("chg_1"), edited("chg_2", "pst_2"), edited("chg_3", "pst_3"))
    for place, id_ in enumerate(("chg_1", "chg_2", "chg_3")):
        recall(valkey, "desk", id_, first_at_ms=now_ms(valkey) - 1000 + place)
    first, second, _ = await heads(lanes)
    await lanes.release([second])
    await lanes.release([first])
    assert [(one.change_id, one.attempts) for one in await heads(lanes)] == [("chg_1", 0), ("chg_2", 0)]

    await lanes.release([first], 60)  # the claim has passed on: nothing happens
    assert valkey.zcount(KEYS.key("lanes", "desk"), now_ms(valkey) + 40_000, "+inf") == 0


async def test_quiet_hours_hold_a_delivery(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """It is put off to their end and comes marked then; what is queued behind it waits with it."""
    queue(valkey, "desk", edited("chg_1"), hold_s=0.2)
    queue(valkey, "desk", edited("chg_2"))
    claimed = await lanes.claim("desk", 10, terms())
    assert (claimed.deliveries, claimed.due) == ((), 0)
    assert claimed.wait_s is not None
    assert 0 < claimed.wait_s <= 0.2

    async def due() -> Sequence[Delivery]:
        return await heads(lanes, batch=9)

    held: Sequence[Delivery] = await wait_for(due)
    assert [(one.change_id, one.held, following(one)) for one in held] == [("chg_1", True, ["chg_2"])]


@pytest.mark.parametrize("muted", [LANE, "budget-day"])
async def test_what_is_muted_is_dropped_and_logged(valkey: redis.Redis, lanes: ValkeyLanes, muted: str) -> None:
    """A muted post or source makes no messages while the mute lasts; what was asked for by hand is sent."""
    queue(valkey, "desk", edited("chg_1"), edited("chg_2"), edited("chg_3"))
    recall(valkey, "desk", "chg_3", redelivery=True)
    valkey.hset(KEYS.key("mutes", "desk"), muted, json.dumps({"until_ms": now_ms(valkey) + 60_000, "by": "jo"}))

    assert [one.change_id for one in await heads(lanes)] == ["chg_3"]
    rows = Destinations(valkey, KEYS).rows("desk", "delivered")
    assert [(row.change_id, row.status) for row in rows] == [("chg_2", "muted"), ("chg_1", "muted")]
    assert valkey.hget(KEYS.key("m", "dst", "desk"), "deliveries_muted_total") == b"2"


async def test_a_mute_holds_however_much_waits(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """A claim drops so many at most and hands out none of the rest; the next drops on."""
    queue(valkey, "desk", *(edited(f"chg_{n}") for n in range(150)), edited("chg_other", "pst_2"))
    valkey.hset(KEYS.key("mutes", "desk"), LANE, json.dumps({"by": "jo"}))

    claimed = await lanes.claim("desk", 10, terms())
    assert [one.change_id for one in claimed.deliveries] == ["chg_other"]
    assert claimed.wait_s == 0
    assert await heads(lanes) == ()
    assert valkey.hget(KEYS.key("m", "dst", "desk"), "deliveries_muted_total") == b"150"


async def test_an_ended_mute_mutes_nothing(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """A mute of another post, or one whose time is over, lets changes through."""
    queue(valkey, "desk", edited("chg_1"))
    for name, left_ms in (("budget-day/pst_2", 60_000), (LANE, -1)):
        valkey.hset(KEYS.key("mutes", "desk"), name, json.dumps({"until_ms": now_ms(valkey) + left_ms}))

    assert [one.change_id for one in await heads(lanes)] == ["chg_1"]


async def test_the_scripts_survive_a_flush(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """A server that forgot its scripts is given them again, in the middle of the work."""
    queue(valkey, "desk", edited("chg_1"), edited("chg_2"))
    for id_ in ("chg_1", "chg_2"):
        valkey.script_flush()
        (head,) = await heads(lanes)
        valkey.script_flush()
        assert await took(lanes, head)
        assert head.change_id == id_
