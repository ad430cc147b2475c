"""What an operator sees of deliveries and does about them, on a real Valkey."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest
import redis
import redis.asyncio

from monitor.adapters.valkey.destinations import Destinations
from monitor.adapters.valkey.lanes import ValkeyLanes
from monitor.core.deliver.health import Limits
from monitor.model import Delivery
from monitor.ports import Attempt, Delivered, GaveUp, Retry
from monitor.ports.deliveries import DestinationState
from tests.kit.changes import added, edited
from tests.kit.deliveries import DAY_S, KEYS, now_ms, queue, terms
from tests.kit.waiting import wait_for

REFUSED = Attempt(duration_s=0.25, status=404, address="192.0.2.1", answer="no such hook")


@pytest.fixture
async def lanes(async_valkey: redis.asyncio.Redis) -> AsyncIterator[ValkeyLanes]:
    """Lanes on an empty server, whose breaker opens at the first trip."""
    lanes = ValkeyLanes(async_valkey, KEYS, limits=Limits(in_a_row=1))
    yield lanes
    await lanes.aclose()


@pytest.fixture
def desk(valkey: redis.Redis) -> Destinations:
    """The operator's view of the same server."""
    return Destinations(valkey, KEYS)


async def heads(lanes: ValkeyLanes, limit: int = 10) -> Sequence[Delivery]:
    """What ``desk`` has due."""
    return (await lanes.claim("desk", limit, terms())).deliveries


async def test_a_pause_waits_for_the_operator(valkey: redis.Redis, lanes: ValkeyLanes, desk: Destinations) -> None:
    """Nothing is handed out while it lasts, who did it and why is kept, and resuming wakes the notifiers."""
    queue(valkey, "desk", edited("chg_1"))
    await lanes.wait(0)
    assert desk.pause("desk", "the receiver moves house", by="jo")
    assert not desk.pause("desk", "again")
    assert await heads(lanes) == ()
    state = desk.state("desk")
    assert (state.state, state.reason, state.by, state.pending) == ("paused", "the receiver moves house", "jo", 1)
    assert state.since is not None

    await lanes.wait(0.01)
    assert desk.resume("desk")
    assert not desk.resume("desk")
    assert await lanes.wait(5) == {"desk"}
    assert len(await heads(lanes)) == 1


async def test_what_is_disabled_is_not_paused_and_begins_anew(
    valkey: redis.Redis, lanes: ValkeyLanes, desk: Destinations
) -> None:
    """Disabled stays disabled until it is resumed; then neither breaker, wish nor old failures hold it back."""
    queue(valkey, "desk", edited("chg_1"), edited("chg_2", "pst_2"), edited("chg_3", "pst_3"))
    first, second, third = await heads(lanes)
    await lanes.retry([first], Retry(reason="HTTP 500", trips=True, attempt=Attempt(status=500)), 0)
    await lanes.retry([second], Retry(reason="HTTP 429", counts=False, attempt=None), 900)
    state = desk.state("desk")
    assert (state.breaker, state.failed, state.in_flight, state.lanes) == ("open", 1, 1, 3)
    assert state.wish_until is not None
    await lanes.dead(third, GaveUp(reason="HTTP 410", disable=True))
    assert not desk.pause("desk", "no")

    assert desk.resume("desk")
    after = desk.state("desk")
    assert after == DestinationState(name="desk", lanes=2, pending=2, dead=1, oldest_at=after.oldest_at)
    assert [one.change_id for one in await heads(lanes)] == ["chg_1", "chg_2"]


async def test_resumed_everything_is_tried_at_once(valkey: redis.Redis, lanes: ValkeyLanes, desk: Destinations) -> None:
    """A retry due tomorrow is due now; what is on its way, and what quiet hours hold, is not handed out by it."""
    queue(valkey, "desk", edited("chg_1"), edited("chg_2", "pst_2"))
    queue(valkey, "desk", edited("chg_3", "pst_3"), hold_s=3600)
    later, _ = await heads(lanes)
    await lanes.retry([later], Retry(reason="HTTP 500"), 86_000)
    desk.disable("desk", "no")
    assert desk.resume("desk")

    assert [one.change_id for one in await heads(lanes)] == ["chg_1"]


async def test_resumed_the_breaker_remembers_nothing(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, desk: Destinations
) -> None:
    """Twelve trips opened it; after the operator's word one failure is one failure."""
    lanes, trip = ValkeyLanes(async_valkey, KEYS), Retry(reason="HTTP 500", trips=True, attempt=Attempt(status=500))
    queue(valkey, "desk", *(edited(f"chg_{n}", f"pst_{n}") for n in range(20)))
    for one in await heads(lanes, 12):
        await lanes.retry([one], trip, 60)
    assert desk.state("desk").breaker == "open"
    desk.resume("desk")
    assert desk.state("desk").breaker == "closed"
    await lanes.retry(await heads(lanes, 1), trip, 60)

    assert desk.state("desk").breaker == "closed"
    await lanes.aclose()


async def test_what_waits_for_a_paused_destination_keeps_its_bodies(
    valkey: redis.Redis, lanes: ValkeyLanes, desk: Destinations
) -> None:
    """For thirty days after it was paused, whoever paused it, also what came since; a day's look is enough for that."""
    ids = [f"chg_{n}" for n in range(4)]
    queue(valkey, "desk", *(edited(id_) for id_ in ids[:2]))
    for id_ in ids[:2]:
        valkey.expire(KEYS.key("change", id_), 60)
    desk.pause("desk", "moving")

    def days(*changes: str) -> list[int]:
        return [round(int(str(valkey.ttl(KEYS.key("change", id_)))) / DAY_S) for id_ in changes]

    assert days("chg_0", "chg_1") == [30, 30]
    queue(valkey, "desk", edited("chg_2"))
    valkey.expire(KEYS.key("change", "chg_2"), 60)
    valkey.hset(KEYS.key("dst", "desk"), "since_ms", now_ms(valkey) - 20 * DAY_S * 1000)
    await heads(lanes)
    assert days("chg_0", "chg_2") == [30, 10]
    queue(valkey, "desk", edited("chg_3"))
    valkey.expire(KEYS.key("change", "chg_3"), 60)
    await heads(lanes)
    assert days("chg_3") == [0]


async def test_what_nobody_serves_is_forgotten_too(valkey: redis.Redis, lanes: ValkeyLanes) -> None:
    """Dead letters of a destination that is no longer configured end after thirty days, with any other's claims."""
    valkey.sadd(KEYS.key("destinations"), "old-desk")
    valkey.zadd(KEYS.key("dead", "old-desk"), {"chg_1": now_ms(valkey) - 31 * DAY_S * 1000, "chg_2": now_ms(valkey)})
    valkey.hset(KEYS.key("delivery", "old-desk"), mapping={"chg_1": "{}", "chg_2": "{}"})
    await heads(lanes)

    assert valkey.hkeys(KEYS.key("delivery", "old-desk")) == [b"chg_2"]
    assert valkey.zrange(KEYS.key("dead", "old-desk"), 0, -1) == [b"chg_2"]


async def test_a_dry_drop_says_what_a_drop_would(valkey: redis.Redis, lanes: ValkeyLanes, desk: Destinations) -> None:
    """Of what is on its way, waiting, dead or unknown; nothing is dropped by it."""
    queue(valkey, "desk", edited("chg_1"), edited("chg_2"), edited("chg_3", "pst_3"))
    _, dead = await heads(lanes)
    await lanes.dead(dead, GaveUp(reason="no"))

    for _ in range(2):
        assert [desk.drop("desk", f"chg_{n}", dry_run=True) for n in (1, 2, 3, 4)] == [
            "in flight", "dropped", "dropped", "unknown",
        ]  # fmt: skip


def test_an_unknown_name_has_an_empty_state(desk: Destinations) -> None:
    """It is not known, and asking does not make it so; pausing it does."""
    assert desk.state("nobody") == DestinationState(name="nobody")
    assert (desk.knows("nobody"), desk.names(), desk.row("nobody", "chg_1")) == (False, [], None)
    assert desk.disable("nobody", "gone for good")
    assert (desk.knows("nobody"), desk.names()) == (True, ["nobody"])


async def test_every_attempt_can_be_looked_up(valkey: redis.Redis, lanes: ValkeyLanes, desk: Destinations) -> None:
    """Of one change, newest first: its number, time, status, address, reason, next try and what was answered."""
    queue(valkey, "desk", edited("chg_1"), edited("chg_2", "pst_2"))
    head, other = await heads(lanes)
    await lanes.retry([head], Retry(reason="HTTP 404", attempt=REFUSED), 0)
    await lanes.dead(other, GaveUp(reason="HTTP 410", attempt=REFUSED))
    (again,) = await heads(lanes)
    took = Delivered(status=204, attempt=Attempt(duration_s=0.1, status=204), message="1.5")
    await lanes.delivered([again], took, since_commit_s=0, since_fetch_s=0)

    last, first = desk.attempts("desk", "chg_1")
    assert (last.n, last.outcome, last.status, last.message, last.next_at) == (2, "delivered", 204, "1.5", None)
    assert (first.n, first.outcome, first.status, first.duration_s) == (1, "retry", 404, 0.25)
    assert (first.address, first.reason, first.answer) == ("192.0.2.1", "HTTP 404", "no such hook")
    assert first.next_at is not None
    assert [one.change_id for one in desk.attempts("desk", limit=2)] == ["chg_1", "chg_2"]
    row = desk.row("desk", "chg_1")
    assert row is not None
    assert (row.state, row.attempts, row.status, row.message) == ("delivered", 2, "204", "1.5")


async def test_a_dropped_delivery_is_gone_for_good(valkey: redis.Redis, lanes: ValkeyLanes, desk: Destinations) -> None:
    """Dead or waiting, at the head or behind it, it leaves its lane and the next goes on; not while on its way."""
    queue(valkey, "desk", edited("chg_1"), edited("chg_2"), edited("chg_3"), edited("chg_4", "pst_4"))
    head, dead = await heads(lanes)
    await lanes.dead(dead, GaveUp(reason="no"))

    assert desk.drop("desk", "chg_1") == "in flight"
    assert desk.drop("desk", "chg_2") == "dropped"
    assert desk.drop("desk", "chg_2") == "unknown"
    assert desk.drop("desk", "chg_4") == "dropped"
    await lanes.retry([head], Retry(reason="HTTP 404"), 3600)
    assert desk.drop("desk", "chg_1") == "dropped"
    assert [one.change_id for one in await heads(lanes)] == ["chg_3"]
    assert [row.change_id for state in ("pending", "dead") for row in desk.rows("desk", state)] == ["chg_3"]


async def test_a_frozen_message_stays_whole_while_it_is_on_its_way(
    valkey: redis.Redis, lanes: ValkeyLanes, desk: Destinations
) -> None:
    """Nothing is dropped out of a message that is being sent; what waits behind it may be. Waiting for its next
    attempt it goes on without what was dropped, under the same name."""
    queue(valkey, "desk", *(edited(f"chg_{n}") for n in range(1, 6)))
    (head,) = (await lanes.claim("desk", 1, terms(batch=4))).deliveries
    assert await lanes.freeze([head], "dig_1")
    assert [desk.drop("desk", f"chg_{n}") for n in (1, 4, 5)] == ["in flight", "in flight", "dropped"]
    assert await lanes.retry([head], Retry(reason="no"), 0)

    assert [desk.drop("desk", id_) for id_ in ("chg_1", "chg_3")] == ["dropped", "dropped"]
    (again,) = (await lanes.claim("desk", 1, terms(batch=9))).deliveries
    assert (again.change_id, [one.change_id for one in again.following], again.batch) == ("chg_2", ["chg_4"], "dig_1")


async def test_a_digest_goes_on_without_what_was_dropped(
    valkey: redis.Redis, lanes: ValkeyLanes, desk: Destinations
) -> None:
    """Paused, with the notifier that sent it gone: a lane leaves the message, the others stay in it."""
    queue(valkey, "desk", edited("chg_1"), edited("chg_2", "pst_2"), edited("chg_3", "pst_3"))
    all_ = (await lanes.claim("desk", 9, terms(lease_s=0.02, batch=9, together=True))).deliveries
    assert await lanes.freeze(all_, "dig_1")
    desk.pause("desk", "moving")
    await wait_for(lambda: desk.drop("desk", "chg_1") == "dropped")

    assert valkey.hkeys(KEYS.key("leases", "desk")) == [b"", b"budget-day/pst_2", b"budget-day/pst_3"]
    desk.resume("desk")
    again = (await lanes.claim("desk", 9, terms(batch=9))).deliveries
    assert [(one.change_id, one.batch) for one in again] == [("chg_2", "dig_1"), ("chg_3", "dig_1")]


async def test_what_was_dropped_before_it_was_frozen_is_not_in_the_message(
    valkey: redis.Redis, lanes: ValkeyLanes, desk: Destinations
) -> None:
    """The claim no longer holds what it said: it is given back, and made anew."""
    queue(valkey, "desk", *(edited(f"chg_{n}") for n in range(4)), edited("chg_9", "pst_2"))
    both = (await lanes.claim("desk", 9, terms(batch=3, together=True))).deliveries
    assert desk.drop("desk", "chg_1") == "dropped"
    assert not await lanes.freeze(both, "dig_1")

    again = (await lanes.claim("desk", 9, terms(batch=3))).deliveries
    assert [(one.change_id, [behind.change_id for behind in one.following], one.batch) for one in again] == [
        ("chg_0", ["chg_2", "chg_3"], ""),
        ("chg_9", [], ""),
    ]


async def test_dead_letters_come_back_in_order(valkey: redis.Redis, lanes: ValkeyLanes, desk: Destinations) -> None:
    """Redelivered as a range, each post's changes go in the order they had, behind what waits, and marked."""
    ids = ["chg_1", "chg_2", "chg_3", "chg_4"]
    queue(valkey, "desk", *(edited(id_) for id_ in ids), added("chg_5"))
    for _ in ids:
        (head,) = await heads(lanes)
        await lanes.dead(head, GaveUp(reason="no"))
    dead = {row.change_id: row.at for row in desk.rows("desk", "dead")}

    assert desk.redeliver_many("desk", types=("post.added",)) == {}
    assert list(desk.redeliver_many("desk", dry_run=True)) == ids
    assert list(desk.redeliver_many("desk", since=dead["chg_4"] + timedelta(seconds=1))) == []
    valkey.delete(KEYS.key("change", "chg_3"))
    assert desk.redeliver_many("desk", until=dead["chg_4"]) == {
        "chg_1": "queued", "chg_2": "queued", "chg_3": "gone", "chg_4": "queued",
    }  # fmt: skip
    arrived = []
    while due := await heads(lanes):
        await lanes.delivered(due, Delivered(), since_commit_s=0, since_fetch_s=0)
        arrived += [(one.change_id, one.redelivery) for one in due]
    assert arrived == [("chg_5", False), ("chg_1", True), ("chg_2", True), ("chg_4", True)]


async def test_what_died_at_once_comes_back_in_order(
    valkey: redis.Redis, lanes: ValkeyLanes, desk: Destinations
) -> None:
    """The changes of one message, and those given up in the same moment, keep the order of their post."""
    ids = [f"chg_{letter}" for letter in "cabed"]
    queue(valkey, "desk", *(edited(id_) for id_ in ids))
    (head,) = (await lanes.claim("desk", 1, terms(batch=4))).deliveries
    assert await lanes.freeze([head], "one_1")
    assert await lanes.dead(head, GaveUp(reason="no"))
    (last,) = await heads(lanes)
    valkey.zadd(KEYS.key("dead", "desk"), {"chg_e": now_ms(valkey) + 1000})  # a clock put back since
    assert await lanes.dead(last, GaveUp(reason="no"))

    assert list(desk.redeliver_many("desk")) == ids
    assert valkey.lrange(KEYS.key("lane", "desk", head.lane), 0, -1) == [id_.encode() for id_ in ids]


async def test_a_message_given_up_is_one_failed_attempt(
    valkey: redis.Redis, lanes: ValkeyLanes, desk: Destinations
) -> None:
    """Thirty lanes were tried as one message: the destination failed once, each delivery is dead."""
    queue(valkey, "desk", *(edited(f"chg_{n}", f"pst_{n}") for n in range(30)))
    together = (await lanes.claim("desk", 30, terms(together=True))).deliveries
    assert await lanes.freeze(together, "dig_1")
    for one in together:
        assert await lanes.dead(one, GaveUp(reason="no attempt is left", attempt=Attempt(status=500)))

    state = desk.state("desk")
    assert (state.failed, state.dead, state.in_flight) == (1, 30, 0)


async def test_the_last_attempt_speaks_against_the_destination_too(
    valkey: redis.Redis, lanes: ValkeyLanes, desk: Destinations
) -> None:
    """A delivery given up because nobody could be reached opens the breaker as any other trip does."""
    queue(valkey, "desk", edited("chg_1"))
    (head,) = await heads(lanes)
    assert await lanes.dead(head, GaveUp(reason="no attempt is left", trips=True))

    assert desk.state("desk").breaker == "open"


async def test_asking_for_a_held_delivery_ends_its_hold(
    valkey: redis.Redis, lanes: ValkeyLanes, desk: Destinations
) -> None:
    """What quiet hours keep is sent when an operator asks for it."""
    queue(valkey, "desk", edited("chg_1"), hold_s=3600)
    assert await heads(lanes) == ()
    row = desk.row("desk", "chg_1")
    assert row is not None
    assert (row.held, row.due_at is not None and row.due_at - row.at > timedelta(minutes=59)) == (True, True)

    assert desk.redeliver("desk", "chg_1") == "due"
    assert [one.held for one in await heads(lanes)] == [True]
