"""Lanes on a real Valkey: order, leases, fencing, dead letters, redelivery, metrics."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import redis
import redis.asyncio
from redis.asyncio.retry import Retry as Once
from redis.backoff import NoBackoff

from monitor import metrics
from monitor.adapters.valkey.destinations import Destinations
from monitor.adapters.valkey.errors import translated
from monitor.adapters.valkey.inbox import Retention, ValkeyInbox
from monitor.adapters.valkey.lanes import ValkeyLanes
from monitor.core.deliver.wire import encode
from monitor.errors import StoreRefused, StoreUnavailable
from monitor.model import Delivery
from monitor.ports import Claimed, Delivered, GaveUp, Retry
from tests.kit.changes import edited
from tests.kit.deliveries import DAY_S, KEYS, now_ms, queue, queue_bytes, terms
from tests.kit.server import running_server
from tests.kit.snapshots import make_change, make_commit, offer, silent_bell
from tests.kit.waiting import wait_for


@pytest.fixture
async def lanes(async_valkey: redis.asyncio.Redis) -> AsyncIterator[ValkeyLanes]:
    """Lanes on an empty server."""
    lanes = ValkeyLanes(async_valkey, KEYS)
    yield lanes
    await lanes.aclose()


async def heads(lanes: ValkeyLanes, limit: int = 10, lease_s: float = 30) -> Sequence[Delivery]:
    """What ``desk`` has due."""
    return (await lanes.claim("desk", limit, terms(lease_s))).deliveries


async def one(lanes: ValkeyLanes, lease_s: float = 30) -> Delivery:
    """The only due delivery of ``desk``."""
    (claimed,) = await heads(lanes, lease_s=lease_s)
    return claimed


async def took(lanes: ValkeyLanes, delivery: Delivery, **memory: str) -> bool:
    """Acknowledge."""
    return await lanes.delivered([delivery], Delivered(memory=memory), since_commit_s=0.03, since_fetch_s=0.2)


async def test_a_claim_holds_all_a_sender_needs(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """Body, lane, counts and time of the head come with the claim."""
    queue(valkey, "desk", edited("chg_1"))
    before = now_ms(valkey)
    claimed = await one(lanes)

    assert (claimed.destination, claimed.change_id, claimed.lane) == ("desk", "chg_1", "budget-day/pst_1")
    assert (claimed.body, claimed.attempts, claimed.redelivery, claimed.memory) == (encode(edited()), 0, False, {})
    assert abs(claimed.first_at.timestamp() * 1000 - before) < 1000


async def test_only_the_head_of_a_lane_is_in_flight(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """Two changes of one post go one after the other; another post's goes beside them."""
    queue(valkey, "desk", edited("chg_1"), edited("chg_2"), edited("chg_3", "pst_2"))
    first = await heads(lanes)
    assert [one.change_id for one in first] == ["chg_1", "chg_3"]
    assert not await heads(lanes)

    assert await took(lanes, first[0])
    assert (await one(lanes)).change_id == "chg_2"


async def test_a_retry_keeps_its_place_and_counts(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """What failed stays the head until its time has come; the wish to wait of a busy receiver is no attempt."""
    queue(valkey, "desk", edited("chg_1"), edited("chg_2"))
    assert await lanes.retry([await one(lanes)], Retry(reason="HTTP 500"), 0)
    assert await lanes.retry([await one(lanes)], Retry(reason="HTTP 429", counts=False), 0)
    again = await one(lanes)
    assert (again.change_id, again.attempts) == ("chg_1", 1)
    assert await lanes.retry([again], Retry(reason="HTTP 500"), 60)

    assert not await heads(lanes)
    wait_s = (await lanes.claim("desk", 10, terms())).wait_s
    assert wait_s is not None
    assert 59 < wait_s <= 60


async def test_a_late_acknowledgement_is_refused(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """A claim whose lease ended goes to another; the first holder can then neither acknowledge, retry nor give up."""
    queue(valkey, "desk", edited("chg_1"), edited("chg_2"))
    late = await one(lanes, lease_s=0.02)

    async def due() -> Sequence[Delivery]:
        return await heads(lanes)

    again: Sequence[Delivery] = await wait_for(due)
    (second,) = again

    assert (second.change_id, late.change_id) == ("chg_1", "chg_1")
    assert second.token != late.token
    assert not await took(lanes, late)
    assert not await lanes.retry([late], Retry(reason="late"), 0)
    assert not await lanes.dead(late, GaveUp(reason="late"))
    assert await took(lanes, second)
    assert not await took(lanes, second)
    assert (await one(lanes)).change_id == "chg_2"


async def test_tokens_are_never_used_twice(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """An emptied lane that fills again hands out a new token: an old claim cannot pass for the new one."""
    queue(valkey, "desk", edited("chg_1"))
    old = await one(lanes)
    await took(lanes, old)
    queue(valkey, "desk", edited("chg_2"))
    new = await one(lanes)

    assert new.token > old.token


async def test_the_lane_goes_on_behind_a_dead_letter(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """What is given up is kept with its reason, and the next change of the post is due at once."""
    queue(valkey, "desk", edited("chg_1"), edited("chg_2"))
    assert await lanes.dead(await one(lanes), GaveUp(reason="HTTP 410"))

    assert (await one(lanes)).change_id == "chg_2"
    (dead,) = Destinations(valkey, KEYS).rows("desk", "dead")
    assert (dead.change_id, dead.lane, dead.attempts, dead.reason) == ("chg_1", "budget-day/pst_1", 1, "HTTP 410")


async def test_dead_letters_are_kept_for_thirty_days(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """Looking for work sweeps out what is older: no other delivery has to die for that."""
    queue(valkey, "desk", edited("chg_1"), edited("chg_2", "pst_2"))
    for claimed in await heads(lanes):
        await lanes.dead(claimed, GaveUp(reason="no"))
    for change, days in (("chg_1", 31), ("chg_2", 29)):
        valkey.zadd(KEYS.key("dead", "desk"), {change: now_ms(valkey) - days * DAY_S * 1000}, xx=True)
    assert not await heads(lanes)

    assert [row.change_id for row in Destinations(valkey, KEYS).rows("desk", "dead")] == ["chg_2"]
    assert valkey.hkeys(KEYS.key("delivery", "desk")) == [b"chg_2"]


async def test_a_redelivery_is_marked_and_never_overtakes(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """Sent again by hand, a dead or delivered change waits behind what its post has waiting, with a fresh count."""
    queue(valkey, "desk", edited("chg_1"), edited("chg_2"), edited("chg_3"))
    await lanes.dead(await one(lanes), GaveUp(reason="no"))
    await took(lanes, await one(lanes))
    assert Destinations(valkey, KEYS).redeliver("desk", "chg_1") == "queued"
    assert Destinations(valkey, KEYS).redeliver("desk", "chg_2") == "queued"

    seen = []
    while claimed := await heads(lanes, 1):
        seen.append((claimed[0].change_id, claimed[0].redelivery, claimed[0].attempts))
        await took(lanes, claimed[0])
    assert seen == [("chg_3", False, 0), ("chg_1", True, 0), ("chg_2", True, 0)]
    assert Destinations(valkey, KEYS).rows("desk", "dead") == []


async def test_what_waits_already_is_not_queued_twice(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """Asked again for a pending delivery, the lane stays as it is; a change that is not kept is told."""
    queue(valkey, "desk", edited("chg_1"), edited("chg_2"))
    claimed = await one(lanes)

    assert Destinations(valkey, KEYS).redeliver("desk", "chg_1") == "waiting"
    assert Destinations(valkey, KEYS).redeliver("desk", "chg_2") == "waiting"
    assert Destinations(valkey, KEYS).redeliver("desk", "chg_gone") == "gone"
    assert valkey.lrange(KEYS.key("lane", "desk", "budget-day/pst_1"), 0, -1) == [b"chg_1", b"chg_2"]
    assert await took(lanes, claimed)


async def test_asking_for_a_delivery_that_waits_makes_it_due(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """Its next attempt is now; its place, its count and its being no redelivery stay."""
    queue(valkey, "desk", edited("chg_1"))
    await lanes.retry([await one(lanes)], Retry(reason="HTTP 500"), 3600)
    assert not await heads(lanes)

    assert Destinations(valkey, KEYS).redeliver("desk", "chg_1") == "due"
    again = await one(lanes)
    assert (again.change_id, again.attempts, again.redelivery) == ("chg_1", 1, False)


async def test_the_first_failed_attempt_is_remembered(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """A delivery's end is measured from it, so it comes with the claim; a redelivery begins anew."""
    queue(valkey, "desk", edited("chg_1"))
    untried, before = await one(lanes), now_ms(valkey)
    await lanes.retry([untried], Retry(reason="HTTP 429", counts=False), 0)
    once = await one(lanes)
    await lanes.retry([once], Retry(reason="HTTP 500"), 0)
    twice = await one(lanes)
    await lanes.dead(twice, GaveUp(reason="no"))
    Destinations(valkey, KEYS).redeliver("desk", "chg_1")

    assert untried.tried_at is None
    assert once.tried_at is not None
    assert before <= once.tried_at.timestamp() * 1000 <= now_ms(valkey)
    assert twice.tried_at == once.tried_at
    assert (await one(lanes)).tried_at is None


def kept_days(valkey: redis.Redis, *ids: str) -> list[int]:
    """For how many more days the changes' bodies are kept, rounded."""
    left: list[Any] = [valkey.ttl(KEYS.key("change", id_)) for id_ in ids]
    return [round(seconds / DAY_S) for seconds in left]


async def test_a_body_outlives_what_waits_for_it(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """However short the retention: a failed attempt keeps all its lane holds for eight days, the end of it for thirty.

    What is kept for longer is not cut short; a redelivery keeps it for as long as an attempt does.
    """
    changes = ("chg_1", "chg_2", "chg_3")
    queue(valkey, "desk", *(edited(id_) for id_ in changes))
    for id_ in changes[:2]:
        valkey.expire(KEYS.key("change", id_), 60)

    head = await one(lanes)
    assert kept_days(valkey, *changes) == [1, 0, 30]
    await lanes.retry([head], Retry(reason="HTTP 500"), 0)
    assert kept_days(valkey, *changes) == [8, 8, 30]
    await lanes.dead(await one(lanes), GaveUp(reason="no"))
    assert kept_days(valkey, *changes) == [30, 8, 30]

    valkey.expire(KEYS.key("change", "chg_1"), 60)
    Destinations(valkey, KEYS).redeliver("desk", "chg_1")
    assert kept_days(valkey, "chg_1") == [8]


async def test_a_commit_makes_a_destination_known_and_keeps_what_it_queues(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, lanes: ValkeyLanes
) -> None:
    """With a retention of an hour a queued change is kept for eight days, and its destination's name for ever."""
    inbox = ValkeyInbox(valkey, KEYS, silent_bell, Retention(keep_s=3600, max_changes=1000))
    await offer(async_valkey, 1, b"page")
    (claim,) = inbox.claim(1, 30)
    assert inbox.commit(claim, make_commit(1, make_change(1), to=("old-desk",)))

    assert await lanes.destinations() == {"old-desk": 1}
    assert kept_days(valkey, make_change(1).id) == [8]


async def test_names_with_deliveries_are_known_whoever_serves_them(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """Each name with its waiting lanes; also one that holds nothing but dead letters or the log of what arrived."""
    queue(valkey, "desk", edited("chg_1"), edited("chg_2"))
    queue(valkey, "old-desk", edited("chg_1"), edited("chg_3", "pst_2"))
    await took(lanes, await one(lanes))
    await took(lanes, await one(lanes))

    assert await lanes.destinations() == {"desk": 0, "old-desk": 2}
    assert Destinations(valkey, KEYS).knows("desk")
    assert Destinations(valkey, KEYS).knows("old-desk")
    assert not Destinations(valkey, KEYS).knows("desk-old")


async def test_memory_stays_with_the_lane(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """What the sender left with one delivery comes with the post's next one, and with no other post's."""
    queue(valkey, "desk", edited("chg_1"), edited("chg_2"), edited("chg_3"), edited("chg_4", "pst_2"))
    first, other = await heads(lanes)
    await took(lanes, first, channel="C", ts="1.5")
    second = await one(lanes)
    assert (second.memory, other.memory) == ({"channel": "C", "ts": "1.5"}, {})

    await took(lanes, second)
    third = await one(lanes)
    assert third.memory == {"channel": "C", "ts": "1.5"}


async def test_memory_ends_with_the_last_change_told(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """A thread goes on for the retention time after its last message, and no longer: what is kept stays bounded."""
    queue(valkey, "desk", edited("chg_1"), edited("chg_2"))
    memory = KEYS.key("memory", "desk", "budget-day/pst_1")
    valkey.expire(KEYS.key("change", "chg_1"), 3 * DAY_S)
    await took(lanes, await one(lanes), channel="C", ts="1.5")
    assert 3 * DAY_S - 60 < int(str(valkey.ttl(memory))) <= 3 * DAY_S

    second = await one(lanes)
    await took(lanes, second, **second.memory)
    assert 30 * DAY_S - 60 < int(str(valkey.ttl(memory))) <= 30 * DAY_S


async def test_a_change_no_longer_kept_comes_with_an_empty_body(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """An expired body does not block its lane: the claim says that there is nothing left to send."""
    queue_bytes(valkey, "desk", edited("chg_1"), b"x")
    valkey.delete(KEYS.key("change", "chg_1"))

    assert (await one(lanes)).body == b""


async def test_a_record_that_cannot_be_read_counts_as_a_fresh_one(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """It is delivered, retried and shown; neither it nor a broken memory or mute keeps anything from going on."""
    queue(valkey, "desk", edited("chg_1"), edited("chg_2"), edited("chg_3", "pst_2"))
    for id_ in ("chg_1", "chg_2"):
        valkey.hset(KEYS.key("delivery", "desk"), id_, '{"lane":')
    valkey.set(KEYS.key("memory", "desk", "budget-day/pst_1"), "{")
    valkey.hset(KEYS.key("mutes", "desk"), "budget-day/pst_1", "{")
    claimed = (await lanes.claim("desk", 10, terms(batch=9))).deliveries
    assert [(one.change_id, len(one.following)) for one in claimed] == [("chg_1", 1), ("chg_3", 0)]
    assert len(Destinations(valkey, KEYS).rows("desk", "pending")) == 3
    assert Destinations(valkey, KEYS).row("desk", "chg_2") is not None
    assert await lanes.retry(claimed[:1], Retry(reason="HTTP 500"), 0)
    assert [(one.change_id, one.attempts) for one in await heads(lanes)] == [("chg_1", 1)]


async def test_what_cannot_be_settled_fails_alone(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """Settled in one call with those of other destinations, a table of the wrong kind is the trouble of its own."""
    queue(valkey, "desk", edited("chg_1"))
    queue(valkey, "archive", edited("chg_2", "pst_2"))
    mine, (other,) = await one(lanes), (await lanes.claim("archive", 5, terms())).deliveries
    valkey.delete(KEYS.key("delivery", "desk"))
    valkey.set(KEYS.key("delivery", "desk"), "no table")

    failed, taken = await asyncio.gather(took(lanes, mine), took(lanes, other), return_exceptions=True)
    assert isinstance(failed, redis.ResponseError)
    assert "WRONGTYPE" in str(failed)
    assert taken is True
    assert valkey.exists(KEYS.key("lanes", "archive")) == 0


async def test_the_numbers_move_with_the_acknowledgement(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """Counters, per destination too, and histograms are written by the same script; redeliveries add no delay."""
    queue(valkey, "desk", edited("chg_1"), edited("chg_2", "pst_2"), edited("chg_3", "pst_3"))
    first, second, third = await heads(lanes)
    await took(lanes, first)
    await lanes.retry([second], Retry(reason="HTTP 500"), 60)
    await lanes.dead(third, GaveUp(reason="no"))
    Destinations(valkey, KEYS).redeliver("desk", "chg_1")
    await took(lanes, await one(lanes))

    expected = {
        metrics.DELIVERED.name: 2,
        metrics.RETRIED.name: 1,
        metrics.DEAD.name: 1,
        metrics.REDELIVERED.name: 1,
        metrics.DELIVER_DELAY_SUM.name: 30,
    }
    for key in (KEYS.key("m", "c"), KEYS.key("m", "dst", "desk")):
        counted: Any = valkey.hgetall(key)
        assert {name.decode(): int(n) for name, n in counted.items()} == expected
    histogram: Any = valkey.hgetall(KEYS.key("m", "h", metrics.EDIT_TO_DELIVERY_MS.name))
    assert histogram[b"count"] == histogram[b"le_inf"] == histogram[b"le_250"] == b"1"
    assert float(histogram[b"sum"]) == 200
    assert b"le_100" not in histogram


async def test_the_rows_show_where_deliveries_are(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """Pending ones with their trouble and next attempt, delivered ones with their attempts."""
    queue(valkey, "desk", edited("chg_1"), edited("chg_2"), edited("chg_3", "pst_2"))
    first, other = await heads(lanes)
    await lanes.retry([first], Retry(reason="HTTP 500"), 60)
    await took(lanes, other)

    pending = Destinations(valkey, KEYS).rows("desk", "pending")
    (done,) = Destinations(valkey, KEYS).rows("desk", "delivered")
    assert [(row.change_id, row.attempts, row.reason, row.due_at is not None) for row in pending] == [
        ("chg_1", 1, "HTTP 500", True),
        ("chg_2", 0, "", False),
    ]
    assert (done.change_id, done.attempts, done.state) == ("chg_3", 1, "delivered")


async def test_waiting_ends_with_a_commit(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """A queued delivery wakes the waiter at once; a burst wakes it once; without one the timeout ends the wait."""
    await lanes.wait(10)
    queue(valkey, "desk", edited("chg_1"), edited("chg_2"), edited("chg_3"))
    async with asyncio.timeout(2):
        await lanes.wait(10)
    before = now_ms(valkey)
    await lanes.wait(0.05)

    assert now_ms(valkey) - before >= 45


async def test_nothing_due_is_told_as_such(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """Without lanes there is no next time; with more that is due than was asked for it is now."""
    assert await lanes.claim("desk", 1, terms()) == Claimed()
    queue(valkey, "desk", edited("chg_1"), edited("chg_2", "pst_2"))
    claimed = await lanes.claim("desk", 1, terms())

    assert (len(claimed.deliveries), claimed.due, claimed.wait_s, claimed.held) == (1, 2, 0, "")


async def test_a_server_that_is_away_or_refuses_is_said_in_our_words() -> None:
    """No server and a wrong password are infrastructure errors whose text says what to do."""
    once = Once(NoBackoff(), 0)
    with running_server() as url:
        with redis.Redis.from_url(url) as client:
            client.config_set("requirepass", "right")
        for secret, cure in (("", "wants a password"), ("?password=no", "wrong")):
            async with redis.asyncio.Redis.from_url(url + secret, retry=once) as refusing:
                with pytest.raises(StoreRefused, match=cure):
                    await ValkeyLanes(refusing, KEYS).claim("desk", 1, terms(30))
    async with redis.asyncio.Redis.from_url(url, retry=once) as gone:
        lanes = ValkeyLanes(gone, KEYS)
        with pytest.raises(StoreUnavailable, match="start it, or correct"):
            await lanes.claim("desk", 1, terms(1))
        with pytest.raises(StoreUnavailable):
            await lanes.wait(1)


async def test_a_full_server_still_delivers() -> None:
    """Acknowledgements make room: they are taken where the server refuses whatever else would write."""
    with running_server() as url, redis.Redis.from_url(url) as client:
        queue(client, "desk", edited("chg_1"), edited("chg_2"))
        client.config_set("maxmemory", 1)
        with pytest.raises(StoreRefused, match="raise maxmemory"), translated():
            client.set("more", "x")
        async with redis.asyncio.Redis.from_url(url) as full:
            lanes = ValkeyLanes(full, KEYS)
            assert await lanes.retry([await one(lanes)], Retry(reason="HTTP 500"), 0)
            assert await took(lanes, await one(lanes), ts="1")
            assert (await one(lanes)).change_id == "chg_2"


async def test_a_refused_listener_listens_as_soon_as_it_may() -> None:
    """A wrong password is said in our words at every try, not only at the first; put right, the wait goes on."""
    once = Once(NoBackoff(), 0)
    with running_server() as url, redis.Redis.from_url(url) as client:
        client.config_set("requirepass", "right")
        async with redis.asyncio.Redis.from_url(f"{url}?password=wrong", retry=once) as refusing:
            lanes = ValkeyLanes(refusing, KEYS)
            for _ in range(3):
                with pytest.raises(StoreRefused, match="wrong"):
                    await lanes.wait(1)
            client.config_set("requirepass", "wrong")
            await lanes.wait(1)
            queue(client, "desk", edited())
            async with asyncio.timeout(2):
                await lanes.wait(10)
            await lanes.aclose()


def test_a_bug_is_not_called_an_outage(valkey: redis.Redis) -> None:
    """An error that is nobody's outage passes through as it is."""
    valkey.set("text", "1")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"), translated():
        valkey.lpush("text", "x")
