"""How a destination fares, on a real Valkey: the breaker, long failure, pauses, and the numbers of the pace."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
import redis
import redis.asyncio
import structlog

from monitor.adapters.valkey.destinations import Destinations
from monitor.adapters.valkey.lanes import ValkeyLanes
from monitor.core.deliver.health import Limits
from monitor.core.deliver.operational import Operational, operational
from monitor.core.deliver.wire import decode, encode
from monitor.model import Delivery, Pace
from monitor.ports import Attempt, Claimed, Delivered, GaveUp, Pause, Retry, Written
from tests.kit.changes import edited
from tests.kit.deliveries import FAST, KEYS, now_ms, queue, terms
from tests.kit.waiting import wait_for

TRIP = Retry(reason="HTTP 500", trips=True, attempt=Attempt(status=500))
REFUSED = Retry(reason="HTTP 404", attempt=Attempt(status=404))
QUICK = Limits(in_a_row=3, open_s=0.05, open_most_s=0.15, disable_s=3600)


def lanes_of(client: redis.asyncio.Redis, limits: Limits = QUICK) -> ValkeyLanes:
    """Lanes whose breaker thinks in milliseconds."""
    return ValkeyLanes(client, KEYS, limits=limits)


async def claim(lanes: ValkeyLanes, limit: int = 10) -> Claimed:
    """What ``desk`` may send now."""
    return await lanes.claim("desk", limit, terms())


async def try_once(lanes: ValkeyLanes, outcome: Retry | Delivered) -> None:
    """One attempt of the next due delivery, which is due again at once where it failed."""

    async def due() -> Sequence[Delivery]:
        return (await claim(lanes, 1)).deliveries

    heads: Sequence[Delivery] = await wait_for(due)
    await settle(lanes, heads[0], outcome)


async def settle(lanes: ValkeyLanes, head: Delivery, outcome: Retry | Delivered) -> None:
    """Say what came of an attempt."""
    if isinstance(outcome, Retry):
        assert await lanes.retry([head], outcome, 0)
    else:
        assert await lanes.delivered([head], outcome, since_commit_s=0, since_fetch_s=0)


def posts(n: int, first: int = 0) -> list[Any]:
    """Edits of as many posts."""
    return [edited(f"chg_{number}", f"pst_{number}") for number in range(first, first + n)]


async def test_a_breaker_opens_tries_one_and_closes(valkey: redis.Redis, async_valkey: redis.asyncio.Redis) -> None:
    """Three trips in a row open it: nothing is handed out and no attempt used up. Its time over, one delivery tries.

    While that one is on its way no other is handed out; when it arrives, all are.
    """
    lanes = lanes_of(async_valkey)
    queue(valkey, "desk", *posts(4))
    for _ in range(3):
        await try_once(lanes, TRIP)
    held = await claim(lanes)
    assert (held.deliveries, held.due, held.held) == ((), 4, "breaker")
    assert held.wait_s is not None
    assert 0 < held.wait_s <= 0.05

    async def probing() -> Sequence[Delivery]:
        return (await claim(lanes)).deliveries

    probe: Sequence[Delivery] = await wait_for(probing)
    assert len(probe) == 1
    assert (await claim(lanes)).held == "breaker"
    await settle(lanes, probe[0], Delivered(attempt=Attempt(status=204)))
    assert len((await claim(lanes)).deliveries) == 3


async def test_each_probe_that_fails_doubles_the_wait(valkey: redis.Redis, async_valkey: redis.asyncio.Redis) -> None:
    """From 50 ms over 100 ms to 150 ms, which are the most; the next arrival begins anew."""
    lanes, dst = lanes_of(async_valkey), KEYS.key("dst", "desk")
    queue(valkey, "desk", *posts(4))
    waits = []
    for _ in range(3):
        await try_once(lanes, TRIP)
    for _ in range(3):
        waits.append(int(str(valkey.hget(dst, "open_for_ms"), "utf-8")))  # type: ignore[arg-type]  # redis-py's union
        await try_once(lanes, TRIP)
    assert waits == [50, 100, 150]
    assert valkey.hget(dst, "open_for_ms") == b"150"

    await try_once(lanes, Delivered())
    assert valkey.hmget(dst, ["open_until_ms", "open_for_ms", "probe", "fails"]) == [None] * 4


async def test_an_answer_is_no_trip(valkey: redis.Redis, async_valkey: redis.asyncio.Redis) -> None:
    """Who answers 404 is there: such answers open no breaker, and part the trips before from those after."""
    lanes = lanes_of(async_valkey)
    queue(valkey, "desk", *posts(1))
    for outcome in (TRIP, TRIP, REFUSED, REFUSED, REFUSED, REFUSED, TRIP, TRIP):
        await try_once(lanes, outcome)

    assert (await claim(lanes)).held == ""


async def test_mostly_tripping_opens_it_too(valkey: redis.Redis, async_valkey: redis.asyncio.Redis) -> None:
    """Seven of ten attempts within the window are enough, though some arrive between; six are not."""
    lanes = lanes_of(async_valkey, Limits(in_a_row=99, open_s=60))
    queue(valkey, "desk", *posts(20))
    for _ in range(3):
        await try_once(lanes, Delivered())
    for _ in range(6):
        await try_once(lanes, TRIP)
        assert (await claim(lanes, 0)).held == ""
    await try_once(lanes, TRIP)

    assert (await claim(lanes)).held == "breaker"


async def test_a_probe_not_made_leaves_its_place(valkey: redis.Redis, async_valkey: redis.asyncio.Redis) -> None:
    """A probe given back untried, or whose notifier died, keeps nobody else from trying."""
    lanes = lanes_of(async_valkey)
    queue(valkey, "desk", *posts(4))
    for _ in range(3):
        await try_once(lanes, TRIP)

    async def probe() -> Sequence[Delivery]:
        return (await lanes.claim("desk", 10, terms(lease_s=0.05))).deliveries

    given_back: Sequence[Delivery] = await wait_for(probe)
    await lanes.release(given_back)
    died: Sequence[Delivery] = await wait_for(probe)
    third: Sequence[Delivery] = await wait_for(probe)
    assert len(given_back) == len(died) == len(third) == 1
    await settle(lanes, third[0], Delivered())
    assert (await claim(lanes)).held == ""


async def test_what_was_on_its_way_does_not_move_an_open_breaker(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis
) -> None:
    """Attempts begun before it opened fail without a say in how long it stays open."""
    lanes, dst = lanes_of(async_valkey, Limits(in_a_row=3, open_s=60)), KEYS.key("dst", "desk")
    queue(valkey, "desk", *posts(6))
    for head in (await claim(lanes)).deliveries:
        await settle(lanes, head, TRIP)

    assert valkey.hget(dst, "open_for_ms") == b"60000"


async def test_long_failure_disables(valkey: redis.Redis, async_valkey: redis.asyncio.Redis) -> None:
    """Nothing arrived for the time and the attempts given: it is disabled, said once, and queues on; before that it is
    warned of at half, seven and nine tenths. Another notifier finds it disabled too."""
    lanes = lanes_of(async_valkey, Limits(in_a_row=999, window_share=2, disable_s=0.01, disable_failed=10))
    queue(valkey, "desk", *posts(1))
    with structlog.testing.capture_logs() as logs:
        await try_once(lanes, REFUSED)
        first_at = now_ms(valkey)
        await wait_for(lambda: now_ms(valkey) > first_at + 20)
        for _ in range(9):
            await try_once(lanes, REFUSED)

    assert [log["patience"] for log in logs if "patience" in log] == ["50 %", "70 %", "90 %"]
    assert sum("destination disabled" in log["event"] for log in logs) == 1
    claimed = await claim(lanes_of(async_valkey))
    assert (claimed.held, claimed.due, claimed.wait_s) == ("disabled", 1, None)
    assert valkey.hget(KEYS.key("dst", "desk"), "by") == b"stetwatch"


async def test_sporadic_failure_is_forgiven(valkey: redis.Redis, async_valkey: redis.asyncio.Redis) -> None:
    """One arrival wipes out what had gathered; redeliveries by hand are not counted."""
    lanes = lanes_of(async_valkey, Limits(in_a_row=999, window_share=2, disable_s=0, disable_failed=3))
    queue(valkey, "desk", *posts(9))
    for _ in range(3):
        for outcome in (REFUSED, REFUSED, Delivered()):
            await try_once(lanes, outcome)
    for head in (await claim(lanes)).deliveries:
        await lanes.delivered([head], Delivered(), since_commit_s=0, since_fetch_s=0)
    assert Destinations(valkey, KEYS).redeliver("desk", "chg_0") == "queued"
    for _ in range(5):
        await try_once(lanes, REFUSED)

    assert valkey.hget(KEYS.key("dst", "desk"), "state") is None


def told(head: Delivery, type_: Operational, *to: str) -> Written:
    """An operational change as the notifier hands it over."""
    change = operational(type_, head, "no", head.first_at)
    assert change is not None
    return Written(change=change, body=encode(change), destinations=to)


def types_told(valkey: redis.Redis) -> list[str]:
    """The types in the change log, oldest first."""
    log: Any = valkey.xrange(KEYS.key("changes"))
    return [fields[b"type"].decode() for _, fields in log]


async def test_gone_disables_and_is_told_once(valkey: redis.Redis, async_valkey: redis.asyncio.Redis) -> None:
    """Two attempts side by side find the receiver gone: both are dead letters, the destination is told of once.

    What is told stands in the log and in the lanes of those who asked, with the destination as its subject.
    """
    lanes = lanes_of(async_valkey)
    queue(valkey, "desk", *posts(3))
    for head in (await claim(lanes, 2)).deliveries:
        both = [told(head, "delivery.dead", "ops"), told(head, "destination.disabled", "ops")]
        assert await lanes.dead(head, GaveUp(reason="HTTP 410", disable=True), both)

    assert types_told(valkey) == ["delivery.dead", "destination.disabled", "delivery.dead"]
    assert (await claim(lanes)).held == "disabled"
    sent = (await lanes.claim("ops", 10, terms())).deliveries
    assert [(one.lane, decode(one.body).type) for one in sent] == [("budget-day/desk", "delivery.dead")]
    assert valkey.llen(KEYS.key("lane", "ops", "budget-day/desk")) == 3


async def test_failing_is_told_once_a_delivery(valkey: redis.Redis, async_valkey: redis.asyncio.Redis) -> None:
    """However often it is said, the log has it once; a destination that has not been disabled is not told as such."""
    lanes = lanes_of(async_valkey)
    queue(valkey, "desk", *posts(1))
    for _ in range(3):
        (head,) = (await claim(lanes)).deliveries
        both = [told(head, "delivery.failing"), told(head, "destination.disabled")]
        assert await lanes.retry([head], REFUSED, 0, both)
        valkey.delete(KEYS.key("change", both[0].change.id))

    assert types_told(valkey) == ["delivery.failing"]


async def test_failing_is_told_once_until_something_arrives(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis
) -> None:
    """Three deliveries refused by one receiver are one piece of news; refused again after an arrival, another."""
    lanes = lanes_of(async_valkey)
    queue(valkey, "desk", *posts(4))
    *refused, accepted = (await claim(lanes, 4)).deliveries
    for head in refused:
        assert await lanes.retry([head], REFUSED, 0, [told(head, "delivery.failing")])
    assert types_told(valkey) == ["delivery.failing"]

    assert await lanes.delivered([accepted], Delivered(), since_commit_s=0, since_fetch_s=0)
    queue(valkey, "desk", edited("chg_9", "pst_9"))
    for head in (await claim(lanes, 9)).deliveries:
        assert await lanes.retry([head], REFUSED, 0, [told(head, "delivery.failing")])
    assert types_told(valkey) == ["delivery.failing"] * 2


async def test_a_pause_holds_everything_and_loses_nothing(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis
) -> None:
    """A sender that needs a person gives its delivery back, no attempt used; nothing more is handed out."""
    lanes = lanes_of(async_valkey)
    queue(valkey, "desk", *posts(2))
    (head, *_) = (await claim(lanes)).deliveries
    paused = [told(head, "destination.disabled")]
    assert await lanes.pause([head], Pause(reason="Slack: token_revoked"), paused)

    assert (await claim(lanes)).held == "paused"
    assert types_told(valkey) == ["destination.disabled"]
    rows = Destinations(valkey, KEYS).rows("desk", "pending")
    assert [(row.attempts, row.reason) for row in rows] == [(0, "Slack: token_revoked"), (0, "")]


async def test_twenty_claimers_never_take_more_than_the_pace(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis
) -> None:
    """However many ask at once: no more than a burst and what has come due since; what is left is held by the pace."""
    queue(valkey, "desk", *posts(200))
    pace = Pace(per_s=50, burst=7, in_flight=1000)
    lanes = lanes_of(async_valkey)
    before = now_ms(valkey)
    claims = await asyncio.gather(*(lanes.claim("desk", 10, terms(pace=pace)) for _ in range(20)))
    claims += await asyncio.gather(*(lanes.claim("desk", 10, terms(pace=pace)) for _ in range(20)))
    taken = sum(len(one.deliveries) for one in claims)

    assert 7 <= taken <= 7 + (now_ms(valkey) - before + 1) * 50 / 1000
    last = await lanes.claim("desk", 200, terms(pace=pace))
    assert (last.held, last.wait_s is not None and 0 < last.wait_s <= 0.02) == ("pace", True)


async def test_twenty_claimers_never_have_more_on_their_way_than_allowed(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis
) -> None:
    """The places are counted over all notifiers, and free again when a lease ends."""
    queue(valkey, "desk", *posts(50))
    asked = terms(lease_s=0.2, pace=Pace(per_s=1e6, burst=1000, in_flight=3))
    lanes = lanes_of(async_valkey)
    claims = await asyncio.gather(*(lanes.claim("desk", 2, asked) for _ in range(20)))
    assert sum(len(one.deliveries) for one in claims) == 3
    full = await lanes.claim("desk", 10, asked)
    assert full.wait_s is not None
    assert 0 < full.wait_s <= 0.2

    free: list[Delivery] = []

    async def all_free() -> list[Delivery] | None:
        free.extend((await lanes.claim("desk", 10, asked)).deliveries)
        return free if len(free) >= 3 else None

    found: list[Delivery] | None = await wait_for(all_free)  # the leases end in different milliseconds
    assert len(found or ()) == 3


async def test_a_wish_holds_the_destination_for_all(valkey: redis.Redis, async_valkey: redis.asyncio.Redis) -> None:
    """An answer that does not count holds every lane, for every notifier; a shorter wish does not end a longer one."""
    lanes, other = lanes_of(async_valkey), lanes_of(async_valkey)
    queue(valkey, "desk", *posts(3))
    first, second, _ = (await claim(lanes)).deliveries
    busy = Retry(reason="HTTP 429", counts=False, attempt=Attempt(status=429))
    await lanes.retry([first], busy, 60)
    await lanes.retry([second], busy, 1)
    queue(valkey, "desk", *posts(1, first=9))
    held = await claim(other)

    assert (held.deliveries, held.held) == ((), "wish")
    assert held.wait_s is not None
    assert 59 < held.wait_s <= 60


@pytest.mark.parametrize("pace", [FAST, Pace(per_s=1, burst=1, in_flight=1)])
async def test_messages_of_many_deliveries_cost_one_place(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, pace: Pace
) -> None:
    """Claimed to go together, a hundred lanes take one place of the pace and of those on their way."""
    queue(valkey, "desk", *posts(100))
    lanes = lanes_of(async_valkey)
    claimed = await lanes.claim("desk", 100, terms(pace=pace, together=True))

    assert len(claimed.deliveries) == claimed.due == 100
    assert valkey.zcard(KEYS.key("flights", "desk")) == 1
    assert await lanes.delivered(claimed.deliveries, Delivered(message="1.5"), since_commit_s=0, since_fetch_s=0)
    assert (valkey.zcard(KEYS.key("flights", "desk")), len(Destinations(valkey, KEYS).rows("desk", "delivered"))) == (
        0,
        100,
    )


async def test_what_has_been_answered_takes_no_place(valkey: redis.Redis, async_valkey: redis.asyncio.Redis) -> None:
    """While an attempt's end is on its way to the store, its place is free already: receivers see full use of it."""
    queue(valkey, "desk", *posts(5))
    lanes, asked = lanes_of(async_valkey), terms(pace=Pace(per_s=1e6, burst=1000, in_flight=2))
    first = (await lanes.claim("desk", 9, asked)).deliveries
    assert len(first) == 2
    assert (await lanes.claim("desk", 9, asked)).deliveries == ()
    second = (await lanes.claim("desk", 9, asked, first[:1])).deliveries

    assert len(second) == 1
    assert await lanes.delivered([first[0]], Delivered(), since_commit_s=0, since_fetch_s=0)
    assert (await lanes.claim("desk", 9, asked)).deliveries == ()


async def test_the_place_of_a_message_is_that_of_the_lane_chosen(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis
) -> None:
    """Claimed together, the first lane given back and another sent: the place on their way stays taken."""
    lanes, one_place = lanes_of(async_valkey), terms(pace=Pace(per_s=1e6, burst=1000, in_flight=1), together=True)
    queue(valkey, "desk", *posts(3))
    first, chosen, other = (await lanes.claim("desk", 9, one_place)).deliveries
    assert await lanes.freeze([chosen], "one_1")
    await lanes.release([first, other])

    assert valkey.zrange(KEYS.key("flights", "desk"), 0, -1) == [str(chosen.token).encode()]
    assert (await lanes.claim("desk", 9, one_place)).deliveries == ()
    assert await lanes.delivered([chosen], Delivered(), since_commit_s=0, since_fetch_s=0)
    assert len((await lanes.claim("desk", 9, one_place)).deliveries) == 2


@pytest.mark.parametrize("freeze_first", [True, False])
async def test_a_probe_is_of_the_lane_chosen(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, *, freeze_first: bool
) -> None:
    """Half open, whichever lane of the claim is sent: its failure opens the breaker again."""
    lanes, dst = lanes_of(async_valkey), KEYS.key("dst", "desk")
    queue(valkey, "desk", *posts(3))
    valkey.hset(dst, mapping={"open_until_ms": now_ms(valkey) - 1, "open_for_ms": 60_000, "fails": 0})
    first, chosen, other = (await lanes.claim("desk", 9, terms(together=True))).deliveries
    if not freeze_first:
        await lanes.release([first, other])
    assert await lanes.freeze([chosen], "one_1")
    if freeze_first:
        await lanes.release([first, other])
    assert (await claim(lanes)).held == "breaker"
    await settle(lanes, chosen, TRIP)

    assert int(str(valkey.hget(dst, "open_until_ms"), "utf-8")) > now_ms(valkey)  # type: ignore[arg-type]  # redis-py's union
