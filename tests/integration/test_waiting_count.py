"""What waits for a destination is counted, and its oldest found, without reading all of it; on a real Valkey."""

from collections.abc import AsyncIterator

import pytest
import redis
import redis.asyncio

from monitor.adapters.valkey.destinations import Destinations
from monitor.adapters.valkey.lanes import ValkeyLanes
from monitor.adapters.valkey.mutes import Mutes
from monitor.ports import Delivered, GaveUp, Retry
from tests.kit.changes import edited
from tests.kit.deliveries import KEYS, queue, recall, terms


@pytest.fixture
async def lanes(async_valkey: redis.asyncio.Redis) -> AsyncIterator[ValkeyLanes]:
    """Lanes on an empty server."""
    lanes = ValkeyLanes(async_valkey, KEYS)
    yield lanes
    await lanes.aclose()


@pytest.fixture
def desk(valkey: redis.Redis) -> Destinations:
    """The operator's view of the same server."""
    return Destinations(valkey, KEYS)


def sent_bytes(client: redis.Redis) -> int:
    """What the server has answered so far."""
    return int(client.info("stats")["total_net_output_bytes"])


async def test_what_is_counted_is_what_waits(valkey: redis.Redis, lanes: ValkeyLanes, desk: Destinations) -> None:
    """Delivered, given up, dropped, muted and redelivered: after each step those listed are those that wait."""
    queue(valkey, "desk", *(edited(f"chg_{n}", f"pst_{n}") for n in range(5)), edited("chg_m", "pst_m"))
    Mutes(valkey, KEYS).add("desk", "budget-day/pst_m")

    def waits() -> set[str]:
        listed = {row.change_id for row in desk.rows("desk", "pending")}
        assert valkey.zcard(KEYS.key("queued", "desk")) == desk.state("desk").pending == len(listed)
        return listed

    assert waits() == {"chg_0", "chg_1", "chg_2", "chg_3", "chg_4", "chg_m"}
    first, second, third, *_ = (await lanes.claim("desk", 10, terms())).deliveries
    assert waits() == {"chg_0", "chg_1", "chg_2", "chg_3", "chg_4"}
    await lanes.delivered([first], Delivered(), since_commit_s=0, since_fetch_s=0)
    await lanes.dead(second, GaveUp(reason="no"))
    await lanes.retry([third], Retry(reason="HTTP 500"), 60)
    assert waits() == {"chg_2", "chg_3", "chg_4"}
    assert desk.drop("desk", "chg_2") == "dropped"
    assert desk.redeliver("desk", "chg_0") == desk.redeliver("desk", "chg_1") == "queued"
    assert waits() == {"chg_0", "chg_1", "chg_3", "chg_4"}
    assert valkey.zrange(KEYS.key("queued", "desk"), 0, -1) == [b"chg_3", b"chg_4", b"chg_0", b"chg_1"]


def test_the_oldest_is_told_whatever_its_lane_waits_for(valkey: redis.Redis, desk: Destinations) -> None:
    """Queued first and due last, it is the oldest, and stands first in the list."""
    queue(valkey, "desk", edited("chg_1", "pst_1"), edited("chg_2", "pst_2"), edited("chg_3", "pst_2"))
    recall(valkey, "desk", "chg_2", first_at_ms=1_000)
    valkey.zadd(KEYS.key("lanes", "desk"), {"budget-day/pst_2": 9e12})

    state = desk.state("desk")
    assert (state.pending, state.lanes) == (3, 2)
    assert state.oldest_at is not None
    assert state.oldest_at.timestamp() == 1
    (oldest,) = desk.rows("desk", "pending", 1)
    assert (oldest.change_id, oldest.at, oldest.due_at is not None) == ("chg_2", state.oldest_at, True)


def test_what_an_older_version_left_is_counted_too(valkey: redis.Redis, desk: Destinations) -> None:
    """A store in which nothing was counted yet is counted at the first look, dead letters apart."""
    queue(valkey, "desk", *(edited(f"chg_{n}", f"pst_{n}") for n in range(4)))
    valkey.zadd(KEYS.key("dead", "desk"), {"chg_3": 5})
    valkey.delete(KEYS.key("queued", "desk"))

    assert desk.state("desk").pending == 3
    assert [row.change_id for row in desk.rows("desk", "pending")] == ["chg_0", "chg_1", "chg_2"]


def test_a_look_costs_the_same_however_much_waits(valkey: redis.Redis, desk: Destinations) -> None:
    """With three thousand waiting and a thousand dead, state and a page of each are a few kilobytes."""
    pipe = valkey.pipeline()
    for n in range(4_000):
        lane = f"budget-day/pst_{n}"
        pipe.rpush(KEYS.key("lane", "desk", lane), f"chg_{n}")
        pipe.hset(KEYS.key("delivery", "desk"), f"chg_{n}", f'{{"lane": "{lane}", "first_at_ms": {n + 1}}}')
        pipe.zadd(KEYS.key("lanes" if n < 3_000 else "dead", "desk"), {lane if n < 3_000 else f"chg_{n}": n})
    pipe.execute()
    assert desk.state("desk").pending == 3_000

    before = sent_bytes(valkey)
    assert desk.state("desk").dead == 1_000
    for state in ("pending", "dead"):
        assert len(desk.rows("desk", state, 10)) == 10
    assert desk.row("desk", "chg_2000") is not None
    assert sent_bytes(valkey) - before < 20_000
