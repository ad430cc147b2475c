"""The notifier between a real Valkey and real receivers: from a queued change to a webhook and a Slack message."""

import asyncio
import contextlib
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import redis
import redis.asyncio
import standardwebhooks
import structlog
from redis.asyncio.retry import Retry as Once
from redis.backoff import NoBackoff

from monitor import metrics
from monitor.adapters.slack import SlackSender
from monitor.adapters.valkey.destinations import Destinations
from monitor.adapters.valkey.lanes import ValkeyLanes
from monitor.adapters.webhook import WebhookSender
from monitor.core.deliver.wire import encode
from monitor.demo.receiver import Fault, Receiver
from monitor.demo.slack import FakeSlack
from monitor.model import Delivery, QuietHours, Route, Secret, Slack, Webhook
from monitor.ports import Delivered, Sender, SendOutcome
from monitor.roles.notifier import Notifier
from monitor.roles.serving import Served, Shared
from tests.kit.attempts import SECRET, guarded_session, utc_now
from tests.kit.changes import added, edited
from tests.kit.deliveries import DAY_S, FAST, KEYS, now_ms, queue, queue_bytes, recall, terms
from tests.kit.server import await_answer, server_binary
from tests.kit.waiting import wait_for


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A guarded session that may reach loopback."""
    async with guarded_session() as session:
        yield session


@pytest.fixture
def socket() -> Iterator[Path]:
    """A path short enough for a unix socket."""
    with tempfile.TemporaryDirectory(prefix="stet") as folder:
        yield Path(folder) / "v.sock"


def webhook(session: aiohttp.ClientSession, receiver: Receiver, name: str = "desk") -> WebhookSender:
    """A sender to the receiver."""
    there = Webhook(name=name, url=Secret(receiver.url), secrets=(SECRET,), allow_http=True)
    return WebhookSender(session, there, now=utc_now)


def made(
    lanes: ValkeyLanes,
    senders: Mapping[str, Sender],
    *,
    jitter: float = 0.5,
    lease_s: float = 30,
    routes: Sequence[Route] = (),
    now: Callable[[], datetime] = utc_now,
) -> Notifier:
    """A notifier that no pace holds up, but for Slack's one message at a time."""
    served = [
        Served(name=name, kind="slack", sender=sender, pace=replace(FAST, in_flight=1), lease_s=lease_s)
        if isinstance(sender, SlackSender)
        else Served(name=name, kind="webhook", sender=sender, pace=replace(FAST, in_flight=4), lease_s=lease_s)
        for name, sender in senders.items()
    ]
    shared = Shared(lanes=lanes, now=now, jitter=lambda: jitter, routes=routes, names=tuple(senders))
    return Notifier(served, shared)


@contextlib.asynccontextmanager
async def notifying(
    client: redis.asyncio.Redis, senders: Mapping[str, Sender], **parts: Any
) -> AsyncIterator[Notifier]:
    """A notifier at work for the length of the block, stopped as a signal would stop it."""
    lanes, stop = ValkeyLanes(client, KEYS), asyncio.Event()
    notifier = made(lanes, senders, **parts)
    running = asyncio.create_task(notifier.run(stop))
    try:
        yield notifier
    finally:
        stop.set()
        async with asyncio.timeout(10):
            await running
        await lanes.aclose()


def due_now(valkey: redis.Redis, destination: str = "desk") -> None:
    """Let the time of every waiting retry, and of an open breaker's probe, have come, and tell the notifier."""
    if valkey.hexists(KEYS.key("dst", destination), "open_until_ms"):
        valkey.hset(KEYS.key("dst", destination), "open_until_ms", 1)
    waiting: Any = valkey.zrange(KEYS.key("lanes", destination), 0, -1)
    for lane in waiting:
        if not valkey.hexists(KEYS.key("leases", destination), lane):
            valkey.zadd(KEYS.key("lanes", destination), {lane: 0}, xx=True)
    valkey.publish(KEYS.key("wake"), destination)


async def test_a_queued_change_reaches_webhook_and_slack(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """A change arrives at both destinations, verified by another's library; the lanes are empty, the delay counted."""
    async with Receiver([SECRET]).serving() as receiver, FakeSlack().serving() as slack:
        desk = Slack(name="chat", channel="C0DESK", token=Secret("xoxb-demo"), api_url=slack.api_url)
        chat = SlackSender(session, desk, now=utc_now)
        senders: dict[str, Sender] = {"desk": webhook(session, receiver), "chat": chat}
        async with notifying(async_valkey, senders):
            for change in (added("chg_1"), edited("chg_2")):
                queue(valkey, "desk", change)
                queue(valkey, "chat", change)
            await wait_for(lambda: len(receiver.taken) == len(slack.messages) == 2)

    for received, change in zip(receiver.taken, (added("chg_1"), edited("chg_2")), strict=True):
        standardwebhooks.Webhook(SECRET.reveal()).verify(received.body, dict(received.headers))
        assert received.body == encode(change)
    assert [one.thread_ts for one in slack.messages] == [None, slack.messages[0].ts]
    for name in ("desk", "chat"):
        assert valkey.exists(KEYS.key("lanes", name), KEYS.key("delivery", name)) == 0
        assert valkey.hget(KEYS.key("m", "dst", name), metrics.DELIVERED.name) == b"2"
    assert valkey.hget(KEYS.key("m", "h", metrics.DELIVER_MS.name), "count") == b"4"


async def test_a_destination_that_cannot_be_served_holds_up_no_other(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """A bug, or a table the scripts cannot read: said, tried again later, and everybody else is delivered to."""
    async with Receiver([SECRET]).serving() as receiver:
        senders: dict[str, Sender] = {name: webhook(session, receiver, name) for name in ("desk", "archive")}
        queue(valkey, "desk", edited("chg_1"))
        valkey.set(KEYS.key("mutes", "desk"), "no table")
        with structlog.testing.capture_logs() as logs:
            async with notifying(async_valkey, senders):
                await wait_for(lambda: any(log["log_level"] == "error" for log in logs))
                queue(valkey, "archive", edited("chg_2"))
                await wait_for(lambda: len(receiver.taken) == 1)
                valkey.delete(KEYS.key("mutes", "desk"))
                await wait_for(lambda: len(receiver.taken) == 2)

    assert {log.get("destination") for log in logs if log["log_level"] == "error"} == {"desk"}


async def test_order_within_a_post_survives_failures(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """However attempts fail, each post's changes are taken once and in order, and retries carry the same bytes."""
    async with Receiver([SECRET]).serving() as receiver:
        receiver.faults.extend(
            fault for n in range(6) for fault in (Fault(status=500), Fault(drop=True), Fault(status=204))
        )
        async with notifying(async_valkey, {"desk": webhook(session, receiver)}):
            for number in range(8):
                queue(valkey, "desk", *(edited(f"chg_{post}{number}", f"pst_{post}") for post in "abc"))

            def all_taken() -> bool:
                due_now(valkey)
                return len(receiver.ids) == 24

            await wait_for(all_taken, within_s=15)

    taken = [one.id for one in receiver.taken]
    for post in "abc":
        assert [id_ for id_ in taken if id_[4] == post] == [f"chg_{post}{number}" for number in range(8)]
    bodies: dict[str, set[bytes]] = {}
    for request in receiver.requests:
        bodies.setdefault(request.id, set()).add(request.body)
    assert len(receiver.requests) > 24
    assert all(len(each) == 1 for each in bodies.values())


async def test_a_first_attempt_that_finds_no_connection_is_made_again_at_once(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """Once, and the two are one attempt: the second drop waits by the schedule. A later attempt is made once."""
    async with Receiver([SECRET]).serving() as receiver:
        receiver.faults.extend([Fault(drop=True)] * 3)
        async with notifying(async_valkey, {"desk": webhook(session, receiver)}):
            queue(valkey, "desk", edited("chg_1"))
            await wait_for(lambda: valkey.hget(KEYS.key("m", "c"), metrics.RETRIED.name) == b"1")
            assert [one.id for one in receiver.requests] == ["chg_1", "chg_1"]
            (row,) = Destinations(valkey, KEYS).rows("desk", "pending")
            assert row.attempts == 1
            due_now(valkey)
            await wait_for(lambda: valkey.hget(KEYS.key("m", "c"), metrics.RETRIED.name) == b"2")
            assert len(receiver.requests) == 3


async def test_a_retry_is_the_same_but_for_its_timestamp(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """Same id, same bytes; timestamp and signature are each attempt's own, and both attempts verify."""
    clock = iter([0, 2])
    async with Receiver([SECRET]).serving() as receiver:
        there = Webhook(name="desk", url=Secret(receiver.url), secrets=(SECRET,), allow_http=True)
        sender = WebhookSender(session, there, now=lambda: utc_now() + timedelta(seconds=next(clock)))
        receiver.faults.append(Fault(status=500))
        async with notifying(async_valkey, {"desk": sender}):
            queue(valkey, "desk", edited("chg_1"))
            await wait_for(lambda: valkey.hget(KEYS.key("m", "c"), metrics.RETRIED.name) == b"1")
            due_now(valkey)
            await wait_for(lambda: len(receiver.taken) == 1)

    first, second = receiver.requests
    assert (first.id, first.body) == (second.id, second.body)
    for name in ("webhook-timestamp", "webhook-signature"):
        assert first.headers[name] != second.headers[name]
    for one in (first, second):
        standardwebhooks.Webhook(SECRET.reveal()).verify(one.body, dict(one.headers))


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_notifiers_own_clock_moves_nothing(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession, hours: int
) -> None:
    """An hour ahead or behind: what is due is sent, a retry waits its five seconds, by the server's clock."""
    async with Receiver([SECRET]).serving() as receiver:
        receiver.faults.append(Fault(status=404))
        wrong = {"desk": webhook(session, receiver)}
        async with notifying(async_valkey, wrong, now=lambda: utc_now() + timedelta(hours=hours)):
            queue(valkey, "desk", edited("chg_1"), edited("chg_2", "pst_2"))
            await wait_for(lambda: len(receiver.requests) == 2)
            await wait_for(lambda: valkey.hget(KEYS.key("m", "c"), metrics.RETRIED.name) == b"1")
        (row,) = Destinations(valkey, KEYS).rows("desk", "pending")

    assert row.due_at is not None
    assert 4_000 < row.due_at.timestamp() * 1000 - now_ms(valkey) <= 5_000


async def test_somebody_hears_of_a_destination_in_trouble(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """A receiver that knows no such hook is told of at once, and once; one that is gone too. Nobody is told of trouble
    with that telling, and the one in trouble least of all."""
    every = Route(to=("desk", "ops"), types=("delivery.failing", "delivery.dead", "destination.disabled"))
    async with Receiver([SECRET]).serving() as desk, Receiver([SECRET]).serving() as ops:
        desk.faults.extend([Fault(status=404), Fault(status=404), Fault(status=410)])
        ops.faults.append(Fault(status=404))
        senders = {"desk": webhook(session, desk), "ops": webhook(session, ops, "ops")}
        async with notifying(async_valkey, senders, routes=[every]):
            queue(valkey, "desk", edited("chg_1"))

            def told() -> bool:
                due_now(valkey)
                due_now(valkey, "ops")
                return len(ops.taken) == 3

            await wait_for(told)

    types = [one.change["type"] for one in ops.taken]
    assert types == ["delivery.failing", "delivery.dead", "destination.disabled"]
    assert [one.id for one in desk.requests] == ["chg_1"] * 3
    state = Destinations(valkey, KEYS).state("desk")
    assert (state.state, state.by, state.reason) == (
        "disabled", "stetwatch", "HTTP 410: the receiver wants no more",
    )  # fmt: skip


async def test_quiet_hours_hold_what_is_told_of_trouble_too(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """By night a dead letter elsewhere wakes nobody whose route says so; it waits as any other change."""
    night = QuietHours(start=time(22), end=time(6), timezone="UTC")
    route = Route(to=("ops",), types=("delivery.failing",), quiet=night)
    midnight = utc_now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    async with Receiver([SECRET]).serving() as desk:
        desk.faults.append(Fault(status=404))
        senders = {"desk": webhook(session, desk), "ops": webhook(session, desk, "ops")}
        async with notifying(async_valkey, senders, routes=[route], now=lambda: midnight):
            queue(valkey, "desk", edited("chg_1"))
            await wait_for(lambda: valkey.zcard(KEYS.key("lanes", "ops")) == 1)

    (row,) = Destinations(valkey, KEYS).rows("ops", "pending")
    assert (row.held, row.due_at) == (True, midnight + timedelta(hours=6))


async def test_a_slow_destination_holds_up_no_other(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """While one receiver answers nothing, another gets everything."""
    async with Receiver([SECRET]).serving() as slow, Receiver([SECRET]).serving() as quick:
        slow.delay_s = 3_600
        senders = {"slow": webhook(session, slow, "slow"), "quick": webhook(session, quick, "quick")}
        queue(valkey, "slow", *(edited(f"chg_s{n}", f"pst_{n}") for n in range(10)))
        stop, lanes = asyncio.Event(), ValkeyLanes(async_valkey, KEYS)
        notifier = made(lanes, senders)
        running = asyncio.create_task(notifier.run(stop))
        queue(valkey, "quick", *(edited(f"chg_q{n}", f"pst_{n % 5}") for n in range(30)))
        await wait_for(lambda: len(quick.taken) == 30)
        assert slow.taken == []
        assert valkey.zcard(KEYS.key("lanes", "slow")) == 10
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await lanes.aclose()


async def test_a_killed_notifiers_work_is_done_by_the_next(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """What a notifier held when it died is due again after its lease, for another one, and nothing is lost."""
    queue(valkey, "desk", edited("chg_1"), edited("chg_2"))
    dead = ValkeyLanes(async_valkey, KEYS)
    (held,) = (await dead.claim("desk", 10, terms(0.3))).deliveries

    async with Receiver([SECRET]).serving() as receiver:
        async with notifying(async_valkey, {"desk": webhook(session, receiver)}):
            await wait_for(lambda: receiver.ids == ["chg_1", "chg_2"])
        assert not await dead.delivered([held], Delivered(), since_commit_s=0, since_fetch_s=0)
        assert len(receiver.requests) == 2


async def test_the_last_failure_is_a_dead_letter_and_redelivery_brings_it_back(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """At the schedule's end the delivery is dead with its last reason; asked for again it arrives, marked."""
    async with Receiver([SECRET]).serving() as receiver:
        receiver.faults.extend([Fault(status=500)] * 10)
        async with notifying(async_valkey, {"desk": webhook(session, receiver)}):
            queue(valkey, "desk", edited("chg_1"))

            def given_up() -> bool:
                due_now(valkey)
                return valkey.zcard(KEYS.key("dead", "desk")) == 1

            await wait_for(given_up)
            (row,) = Destinations(valkey, KEYS).rows("desk", "dead")
            assert (row.attempts, row.reason) == (10, "no attempt is left; the last one: HTTP 500")
            assert Destinations(valkey, KEYS).redeliver("desk", "chg_1") == "queued"
            await wait_for(lambda: receiver.ids == ["chg_1"])

    assert len(receiver.requests) == 11
    assert receiver.taken[0].headers["webhook-replay"] == "true"


async def test_gone_closes_the_destination(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """After a 410 nothing more is sent there: the one is a dead letter, the others wait."""
    async with Receiver([SECRET]).serving() as receiver, Receiver([SECRET]).serving() as other:
        receiver.faults.append(Fault(status=410))
        senders = {"desk": webhook(session, receiver), "other": webhook(session, other, "other")}
        async with notifying(async_valkey, senders):
            queue(valkey, "desk", edited("chg_1"))
            await wait_for(lambda: valkey.zcard(KEYS.key("dead", "desk")) == 1)
            queue(valkey, "desk", edited("chg_2"))
            queue(valkey, "other", edited("chg_2"))
            await wait_for(lambda: other.ids == ["chg_2"])

    assert len(receiver.requests) == 1
    assert valkey.zcard(KEYS.key("lanes", "desk")) == 1


async def test_a_rate_limit_pauses_the_whole_destination(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """After Slack's 429 no other post is tried before the wait is over, and no attempt was counted."""
    async with FakeSlack().serving() as slack:
        slack.faults.append(Fault(status=429, headers={"retry-after": "600"}))
        desk = Slack(name="desk", channel="C0DESK", token=Secret("xoxb-demo"), api_url=slack.api_url)
        queue(valkey, "desk", *(edited(f"chg_{n}", f"pst_{n}") for n in range(3)))
        async with notifying(async_valkey, {"desk": SlackSender(session, desk, now=utc_now)}):
            await wait_for(lambda: valkey.hget(KEYS.key("m", "c"), metrics.RETRIED.name) == b"1")
            for _ in range(5):
                due_now(valkey)
                await asyncio.sleep(0)
        rows = Destinations(valkey, KEYS).rows("desk", "pending")

    assert slack.messages == []
    assert [row.attempts for row in rows] == [0, 0, 0]


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_moment_is_as_short_as_the_receiver_says(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession, status: int
) -> None:
    """Met by a delivery that has failed seven times, "come back in a second" stops the destination for a second."""
    queue(valkey, "desk", edited("chg_old", "pst_old"))
    recall(valkey, "desk", "chg_old", attempts=7)
    async with Receiver([SECRET]).serving() as receiver:
        receiver.faults.append(Fault(status=status, headers={"retry-after": "1"}))
        async with notifying(async_valkey, {"desk": webhook(session, receiver)}, jitter=0):
            await wait_for(lambda: valkey.hexists(KEYS.key("dst", "desk"), "wish_until_ms"))
            queue(valkey, "desk", edited("chg_new", "pst_new"))
            await wait_for(lambda: sorted(receiver.ids) == ["chg_new", "chg_old"])

    assert (receiver.taken[0].at - receiver.requests[0].at).total_seconds() >= 1


async def test_a_shorter_wish_does_not_end_a_longer_pause(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """Of two answers to attempts made side by side, the longer wish holds for the destination."""
    async with Receiver([SECRET]).serving() as receiver:
        receiver.faults.append(Fault(status=429, headers={"retry-after": "600"}))
        receiver.faults.append(Fault(status=429, headers={"retry-after": "0"}, after_s=0.2))
        queue(valkey, "desk", edited("chg_1"), edited("chg_2", "pst_2"))
        async with notifying(async_valkey, {"desk": webhook(session, receiver)}, jitter=0):
            await wait_for(lambda: valkey.hget(KEYS.key("m", "c"), metrics.RETRIED.name) == b"2")
            due_now(valkey)
            with pytest.raises(AssertionError, match="not within"):
                await wait_for(lambda: len(receiver.requests) > 2, within_s=1.3)


@pytest.mark.parametrize("kind", ["webhook", "slack"])
async def test_a_backlog_older_than_the_horizon_survives_its_first_failure(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession, kind: str
) -> None:
    """What waited for ten days, because no notifier ran, is tried again after a hiccup and arrives."""
    queue(valkey, "desk", edited("chg_1"))
    recall(valkey, "desk", "chg_1", first_at_ms=now_ms(valkey) - 10 * DAY_S * 1000)
    async with Receiver([SECRET]).serving() as receiver, FakeSlack().serving() as slack:
        for far_end in (receiver, slack):
            far_end.faults.append(Fault(status=500))
        desk = Slack(name="desk", channel="C0DESK", token=Secret("xoxb-demo"), api_url=slack.api_url)
        sender = webhook(session, receiver) if kind == "webhook" else SlackSender(session, desk, now=utc_now)
        async with notifying(async_valkey, {"desk": sender}):
            await wait_for(lambda: valkey.hget(KEYS.key("m", "c"), metrics.RETRIED.name) == b"1")
            due_now(valkey)
            await wait_for(lambda: len(receiver.taken) + len(slack.messages) == 1)

    assert valkey.exists(KEYS.key("dead", "desk")) == 0


async def test_deliveries_nobody_makes_are_told_at_the_start(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """A destination renamed or removed with work in its lanes is one line: its name, how many lanes, what to do."""
    queue(valkey, "old-desk", edited("chg_1"), edited("chg_2", "pst_2"))
    queue(valkey, "desk", edited("chg_1"))
    valkey.sadd(KEYS.key("destinations"), "emptied")
    async with Receiver([SECRET]).serving() as receiver:
        with structlog.testing.capture_logs() as logs:
            async with notifying(async_valkey, {"desk": webhook(session, receiver)}):
                await wait_for(lambda: receiver.ids == ["chg_1"])
                await wait_for(lambda: any(log["log_level"] == "warning" for log in logs))

    (told,) = [log for log in logs if log["log_level"] == "warning"]
    assert (told["destination"], told["lanes"]) == ("old-desk", 2)
    assert "configure it again" in told["event"]
    assert valkey.zcard(KEYS.key("lanes", "old-desk")) == 2


async def test_a_bug_in_listening_is_told_and_lived_through(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """What nobody expected on the wake channel is logged with its traceback; listening goes on, and deliveries."""

    class Stumbling(ValkeyLanes):
        waits = 0

        async def wait(self, timeout_s: float) -> frozenset[str]:
            self.waits += 1
            if self.waits == 1:
                raise RuntimeError("pubsub")
            return await super().wait(timeout_s)

    lanes, stop = Stumbling(async_valkey, KEYS), asyncio.Event()
    async with Receiver([SECRET]).serving() as receiver:
        senders = {"desk": webhook(session, receiver)}
        notifier = made(lanes, senders)
        with structlog.testing.capture_logs() as logs:
            running = asyncio.create_task(notifier.run(stop))
            await wait_for(lambda: lanes.waits > 2)
            queue(valkey, "desk", edited("chg_1"))
            await wait_for(lambda: receiver.ids == ["chg_1"])
            stop.set()
            await running
    await lanes.aclose()

    assert [log["event"] for log in logs if log.get("exc_info")] == ["listening failed: a bug"]


async def test_a_body_that_cannot_be_read_does_not_block_its_lane(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """Garbage and expired bodies are dead letters with a reason; the post's next change arrives."""
    async with Receiver([SECRET]).serving() as receiver:
        queue_bytes(valkey, "desk", edited("chg_1"), b"{garbage")
        queue_bytes(valkey, "desk", edited("chg_2"), b"x")
        valkey.delete(KEYS.key("change", "chg_2"))
        queue(valkey, "desk", edited("chg_3"))
        async with notifying(async_valkey, {"desk": webhook(session, receiver)}):
            await wait_for(lambda: receiver.ids == ["chg_3"])
        dead = Destinations(valkey, KEYS).rows("desk", "dead")

    assert {row.change_id: row.reason for row in dead} == {
        "chg_1": "its body cannot be read",
        "chg_2": "its body is no longer kept",
    }


class Broken:
    """A sender with a bug for one change."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    async def send(self, delivery: Delivery) -> SendOutcome:
        if delivery.change_id == "chg_1":
            raise KeyError("rendering")
        self.sent.append(delivery.change_id)
        return Delivered()


async def test_a_bug_in_one_message_stops_nothing_else(valkey: redis.Redis, async_valkey: redis.asyncio.Redis) -> None:
    """An exception is logged with its traceback and tried again by the schedule; other posts go on."""
    sender = Broken()
    with structlog.testing.capture_logs() as logs:
        async with notifying(async_valkey, {"desk": sender}):
            queue(valkey, "desk", edited("chg_1"), edited("chg_2", "pst_2"))
            await wait_for(lambda: sender.sent == ["chg_2"])
            await wait_for(lambda: valkey.hget(KEYS.key("m", "c"), metrics.RETRIED.name) == b"1")
        (row,) = Destinations(valkey, KEYS).rows("desk", "pending")

    assert (row.change_id, row.reason) == ("chg_1", "a bug of ours (KeyError): see the log")
    assert [log["change"] for log in logs if log.get("exc_info")] == ["chg_1"]


async def test_an_attempt_never_outlives_its_lease(valkey: redis.Redis, async_valkey: redis.asyncio.Redis) -> None:
    """A sender that hangs is cut off before another notifier may claim the same delivery."""

    class Hanging:
        async def send(self, delivery: Delivery) -> SendOutcome:  # noqa: ARG002
            await asyncio.Event().wait()
            raise AssertionError

    queue(valkey, "desk", edited("chg_1"))
    async with notifying(async_valkey, {"desk": Hanging()}, lease_s=0.3):
        await wait_for(lambda: valkey.hget(KEYS.key("m", "c"), metrics.RETRIED.name) == b"1")
    (row,) = Destinations(valkey, KEYS).rows("desk", "pending")

    assert row.reason == "the attempt took longer than its lease"


async def test_stopping_lets_what_is_in_flight_arrive(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """Told to stop in the middle of an attempt, the notifier settles it, and takes nothing more."""
    async with Receiver([SECRET]).serving() as receiver:
        receiver.delay_s = 0.2
        queue(valkey, "desk", edited("chg_1"), edited("chg_2"))
        async with notifying(async_valkey, {"desk": webhook(session, receiver)}):
            await wait_for(lambda: valkey.hlen(KEYS.key("leases", "desk")) == 2)

    assert receiver.ids == ["chg_1"]
    assert valkey.lrange(KEYS.key("lane", "desk", "budget-day/pst_1"), 0, -1) == [b"chg_2"]
    assert valkey.zcount(KEYS.key("lanes", "desk"), 0, "+inf") == 1


@contextlib.contextmanager
def server_at(socket: Path) -> Iterator[redis.Redis]:
    """A server on a socket of one's choice, so that another can take its place; yields a client of it."""
    command = [server_binary(), "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(socket.parent)]
    with (
        subprocess.Popen(command, stdout=subprocess.DEVNULL) as server,
        redis.Redis(unix_socket_path=str(socket)) as client,
    ):
        try:
            await_answer(client)
            yield client
        finally:
            server.kill()


async def test_a_store_that_goes_away_is_lived_through(session: aiohttp.ClientSession, socket: Path) -> None:
    """While no Valkey answers the notifier says so once, and goes on with the next one on the same socket."""
    client = redis.asyncio.Redis(unix_socket_path=str(socket), retry=Once(NoBackoff(), 0))
    async with Receiver([SECRET]).serving() as receiver, contextlib.AsyncExitStack() as work:
        with structlog.testing.capture_logs() as logs:
            with server_at(socket) as first:
                queue(first, "desk", edited("chg_1"))
                await work.enter_async_context(notifying(client, {"desk": webhook(session, receiver)}))
                await wait_for(lambda: receiver.ids == ["chg_1"] and first.zcard(KEYS.key("lanes", "desk")) == 0)
            await wait_for(lambda: any(log["log_level"] == "error" for log in logs))
            with server_at(socket) as second:
                queue(second, "desk", edited("chg_2"))
                await wait_for(lambda: receiver.ids == ["chg_1", "chg_2"], within_s=10)
                await wait_for(lambda: second.zcard(KEYS.key("lanes", "desk")) == 0)
                await work.aclose()
    await client.aclose()

    events = [log["event"] for log in logs if log["log_level"] in {"error", "info"}]
    assert events == ["the store is away: deliveries wait", "the store is back: deliveries go on"]
