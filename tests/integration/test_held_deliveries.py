"""Quiet hours in the lanes: what a commit writes for a change that is held, and what it lets go."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
import redis.asyncio

from monitor.adapters.valkey.inbox import Retention, ValkeyInbox
from monitor.adapters.valkey.lanes import ValkeyLanes
from tests.kit.deliveries import now_ms, terms
from tests.kit.snapshots import KEYS, make_change, make_commit, offer, silent_bell

LANE = "desk/pst_1"
LANES, DELIVERIES, LEASES = KEYS.key("lanes", "hook"), KEYS.key("delivery", "hook"), KEYS.key("leases", "hook")


@pytest.fixture
def inbox(valkey: redis.Redis) -> ValkeyInbox:
    """An inbox on the empty server."""
    return ValkeyInbox(valkey, KEYS, silent_bell, Retention(keep_s=3600, max_changes=1000))


class Newsroom:
    """Commits changes of one post, numbered from 1, held or not."""

    def __init__(self, inbox: ValkeyInbox, valkey: redis.Redis, client: redis.asyncio.Redis) -> None:
        self.inbox, self.valkey, self.client, self.told = inbox, valkey, client, 0

    async def tell(self, hold_s: float | None = None) -> int:
        """One more change; when it is held, until that many seconds from now, in ms, else 0."""
        self.told += 1
        until_ms = 0 if hold_s is None else now_ms(self.valkey) + round(hold_s * 1000)
        until = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=until_ms)
        await offer(self.client, self.told, b"")
        [claim] = self.inbox.claim(1, 30)
        commit = make_commit(1, make_change(self.told))
        [written] = commit.changes
        written = replace(written, holds={"hook": until} if until_ms else {})
        assert self.inbox.commit(claim, replace(commit, changes=[written]))
        return until_ms

    def due_ms(self) -> float:
        """When the post's lane is due."""
        due: Any = self.valkey.zscore(LANES, LANE)
        return float(due)

    def kept(self, number: int) -> Mapping[str, Any]:
        """The delivery of a change."""
        kept: Any = self.valkey.hget(DELIVERIES, f"chg_desk_pst_1_{number}")
        found: Mapping[str, Any] = json.loads(kept)
        return found

    def recall(self, number: int, **past: Any) -> None:
        """Give the delivery of a change a past."""
        self.valkey.hset(DELIVERIES, f"chg_desk_pst_1_{number}", json.dumps({**self.kept(number), **past}))


@pytest.fixture
def newsroom(inbox: ValkeyInbox, valkey: redis.Redis, async_valkey: redis.asyncio.Redis) -> Newsroom:
    """A newsroom on the empty server."""
    return Newsroom(inbox, valkey, async_valkey)


async def test_a_held_change_waits_for_its_hour(newsroom: Newsroom) -> None:
    """The lane is due when quiet ends, and the delivery says that it was held; one that is not held says nothing."""
    until_ms = await newsroom.tell(3600)
    await newsroom.tell(7200)

    assert newsroom.due_ms() == until_ms
    assert (newsroom.kept(1)["not_before_ms"], newsroom.kept(1)["held"]) == (until_ms, True)
    assert newsroom.kept(2)["not_before_ms"] > until_ms


async def test_a_change_that_is_not_held_takes_those_before_it_along(newsroom: Newsroom, valkey: redis.Redis) -> None:
    """Order is kept: the lane is due at once, nothing in it waits for an hour, and it is still known what was held."""
    await newsroom.tell(3600)
    await newsroom.tell(7200)
    await newsroom.tell()

    assert newsroom.due_ms() <= now_ms(valkey)
    assert [newsroom.kept(number).get("not_before_ms") for number in (1, 2, 3)] == [None, None, None]
    assert [newsroom.kept(number).get("held") for number in (1, 2, 3)] == [True, True, None]
    assert valkey.lrange(KEYS.key("lane", "hook", LANE), 0, -1) == [
        f"chg_desk_pst_1_{number}".encode() for number in (1, 2, 3)
    ]


async def test_a_retry_keeps_its_time_though_held_changes_behind_it_are_let_go(
    newsroom: Newsroom, valkey: redis.Redis
) -> None:
    """The head waits for its next attempt; what is held behind it is let go, and no attempt comes earlier."""
    await newsroom.tell()
    newsroom.recall(1, attempts=1)
    retry_ms = now_ms(valkey) + 300_000
    valkey.zadd(LANES, {LANE: retry_ms})
    await newsroom.tell(3600)
    assert newsroom.due_ms() == retry_ms
    await newsroom.tell()

    assert newsroom.due_ms() == retry_ms
    assert newsroom.kept(2).get("not_before_ms") is None


async def test_a_head_that_was_held_and_is_tried_again_keeps_its_time(newsroom: Newsroom, valkey: redis.Redis) -> None:
    """Its hour has come and its first attempt failed: what comes behind it makes the next no earlier."""
    await newsroom.tell(0.0)
    newsroom.recall(1, tried_at_ms=now_ms(valkey))
    retry_ms = now_ms(valkey) + 300_000
    valkey.zadd(LANES, {LANE: retry_ms})
    await newsroom.tell()

    assert newsroom.due_ms() == retry_ms


async def test_a_lease_keeps_its_time(newsroom: Newsroom, valkey: redis.Redis) -> None:
    """A held change whose hour has come is in flight: one that comes behind it does not end the lease."""
    until_ms = await newsroom.tell(0.0)
    valkey.hset(LEASES, LANE, 1)
    for lease_ms in (until_ms, until_ms + 30_000):  # even a lease that ends when the hold did
        valkey.zadd(LANES, {LANE: lease_ms})
        await newsroom.tell()
        assert newsroom.due_ms() == lease_ms


async def test_a_hold_is_of_one_destination(newsroom: Newsroom, valkey: redis.Redis, inbox: ValkeyInbox) -> None:
    """The same change goes at once where its routes hold nothing."""
    await offer(newsroom.client, 1, b"")
    [claim] = inbox.claim(1, 30)
    commit = make_commit(1, make_change(1), to=("hook", "desk"))
    [written] = commit.changes
    until = datetime.now(UTC) + timedelta(hours=1)
    assert inbox.commit(claim, replace(commit, changes=[replace(written, holds={"hook": until})]))

    assert newsroom.due_ms() == round(until.timestamp() * 1000)
    desk: Any = valkey.zscore(KEYS.key("lanes", "desk"), LANE)
    assert float(desk) <= now_ms(valkey)


async def test_a_claim_keeps_to_the_hold_and_to_the_order(newsroom: Newsroom) -> None:
    """Nothing is handed out while all is held; let go, the oldest comes first, and says that it was held."""
    lanes = ValkeyLanes(newsroom.client, KEYS)
    await newsroom.tell(3600)
    assert not (await lanes.claim("hook", 5, terms())).deliveries
    await newsroom.tell()

    [delivery] = (await lanes.claim("hook", 5, terms(batch=5))).deliveries
    assert (delivery.change_id, delivery.held) == ("chg_desk_pst_1_1", True)
    assert [one.change_id for one in delivery.following] == ["chg_desk_pst_1_2"]


async def test_what_was_asked_for_again_does_not_stop_what_is_urgent(newsroom: Newsroom, valkey: redis.Redis) -> None:
    """Between what is held and a change that is not stands a redelivery: the whole lane is let go all the same."""
    await newsroom.tell(3600)
    await newsroom.tell()
    newsroom.recall(1, not_before_ms=now_ms(valkey) + 3_600_000)
    newsroom.recall(2, redelivery=True)
    valkey.zadd(LANES, {LANE: now_ms(valkey) + 3_600_000})
    await newsroom.tell()

    assert newsroom.due_ms() <= now_ms(valkey)
    assert newsroom.kept(1).get("not_before_ms") is None


async def test_what_was_given_back_for_later_is_looked_at_again(newsroom: Newsroom, valkey: redis.Redis) -> None:
    """A lane that only waits for a digest may hold something important now; quiet hours and leases change nothing."""
    lanes = ValkeyLanes(newsroom.client, KEYS)
    await newsroom.tell()
    claimed = (await lanes.claim("hook", 5, terms())).deliveries
    await lanes.release(claimed, 120)
    later = newsroom.due_ms()
    await newsroom.tell(3600)
    assert newsroom.due_ms() == later
    await newsroom.tell()
    assert newsroom.due_ms() <= now_ms(valkey)

    await lanes.claim("hook", 5, terms())
    leased = newsroom.due_ms()
    await newsroom.tell()
    assert newsroom.due_ms() == leased > now_ms(valkey)
    await lanes.aclose()
