"""A Slack channel as the notifier serves it: from queued changes on a real Valkey to messages people read."""

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
import redis
import redis.asyncio

from monitor import metrics
from monitor.adapters.slack import SlackSender
from monitor.adapters.valkey.destinations import Destinations
from monitor.adapters.valkey.lanes import ValkeyLanes
from monitor.demo.slack import FakeSlack
from monitor.demo.slack.faults import broken, busy, dropped, refused
from monitor.demo.slack.workspace import Posted
from monitor.model import Change, Pace, Redline, Secret, Slack
from monitor.roles import channel
from monitor.roles.notifier import Notifier
from monitor.roles.serving import Shared
from tests.kit.attempts import guarded_session, utc_now
from tests.kit.changes import AFTER, POST, added, edited
from tests.kit.deliveries import KEYS, now_ms, queue, recall
from tests.kit.waiting import wait_for

FAST = Pace(per_s=1_000.0, burst=1_000, in_flight=1)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A guarded session that may reach loopback."""
    async with guarded_session() as session:
        yield session


@contextlib.asynccontextmanager
async def serving(
    client: redis.asyncio.Redis, session: aiohttp.ClientSession, slack: FakeSlack, *names: str, **parts: Any
) -> AsyncIterator[None]:
    """A notifier of Slack channels (``desk`` unless named; each posts to ``C0`` and its name) for this block."""
    desk = Slack(name="", token=Secret("xoxb-demo"), api_url=slack.api_url, pace=FAST, settle_s=0, settle_most_s=0)
    lanes, stop = ValkeyLanes(client, KEYS), asyncio.Event()
    there = [
        replace(desk, **{"name": name, "channel": f"C0{name.upper()}", **parts}) for name in names or ("desk",)
    ]  # fmt: skip
    served = [channel.served(one, SlackSender(session, one, now=utc_now), now=utc_now) for one in there]
    notifier = Notifier(served, Shared(lanes=lanes, now=utc_now, jitter=lambda: 0.0))
    running = asyncio.create_task(notifier.run(stop))
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(10):
            await running
        await lanes.aclose()


def due_now(valkey: redis.Redis, destination: str = "desk") -> None:
    """Let the time of every waiting retry have come."""
    waiting: Any = valkey.zrange(KEYS.key("lanes", destination), 0, -1)
    for lane in waiting:
        if not valkey.hexists(KEYS.key("leases", destination), lane):
            valkey.zadd(KEYS.key("lanes", destination), {lane: 0}, xx=True)
    valkey.publish(KEYS.key("wake"), destination)


def drained(valkey: redis.Redis, destination: str = "desk") -> bool:
    """Whether nothing waits any more."""
    return valkey.exists(KEYS.key("lanes", destination), KEYS.key("delivery", destination)) == 0


def posts(count: int) -> list[Change]:
    """New posts, each with a number in its headline."""
    return [added(f"chg_{n}", subject=f"pst_{n}", post=replace(POST, headline=f"Post {n}.")) for n in range(count)]


def delivered(valkey: redis.Redis, destination: str = "desk") -> dict[str, str]:
    """Change → the message that settled it."""
    log: Any = valkey.xrange(KEYS.key("delivered", destination))
    return {fields[b"id"].decode(): fields[b"message"].decode() for _, fields in log}


def grown(post: int, number: int) -> Change:
    """The ``number``-th edit of a post: a figure one higher."""
    before, after = (f"At least {n} people were hurt." for n in (number - 1, number))
    runs: Redline = (("=", "At least "), ("-", str(number - 1)), ("+", str(number)), ("=", " people were hurt."))
    return edited(
        f"chg_{post}_{number}",
        f"pst_{post}",
        at=datetime.now(UTC),
        post=replace(POST, headline=f"Post {post}."),
        before=replace(AFTER, body=(before,)),
        after=replace(AFTER, body=(after,)),
        redline={"body": runs},
    )


def steps(message: Posted) -> list[tuple[str, str]]:
    """The struck and the bold runs of a message, in pairs."""
    runs = [
        (element["text"], element.get("style", {}))
        for block in message.arguments["blocks"]
        if block["type"] == "rich_text"
        for section in block["elements"]
        for element in section["elements"]
    ]
    struck = [text for text, style in runs if style.get("strike")]
    bold = [text for text, style in runs if style.get("bold")]
    return list(zip(struck, bold, strict=True))


async def test_threads_go_on_across_a_restart(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """Another process finds the thread by what was left with the lane, and the first text by the change log."""
    async with FakeSlack().serving() as slack:
        for change in (added("chg_1", after=replace(AFTER, body=("At least 0 people were hurt.",))), grown(1, 1)):
            queue(valkey, "desk", replace(change, subject="pst_1", post=replace(POST, id="pst_1")))
            async with serving(async_valkey, session, slack):
                await wait_for(lambda: drained(valkey))

    parent, reply = slack.messages
    assert reply.thread_ts == parent.ts
    assert steps(parent) == steps(reply) == [("0", "1")]
    assert delivered(valkey) == {"chg_1": parent.ts, "chg_1_1": reply.ts}


async def test_a_parent_deleted_by_a_person_is_replaced(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """The next change is a new parent, and the one after it answers there."""
    async with FakeSlack().serving() as slack, serving(async_valkey, session, slack):
        queue(valkey, "desk", added("chg_1"))
        await wait_for(lambda: drained(valkey))
        slack.delete(slack.messages[0].ts)
        for change in (edited("chg_2"), edited("chg_3")):
            queue(valkey, "desk", change)
            await wait_for(lambda: drained(valkey))

    parent, reply = slack.messages
    assert (parent.thread_ts, reply.thread_ts) == (None, parent.ts)


async def test_a_rate_limit_pauses_that_channel_alone(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """While one channel waits as long as Slack says, another goes on; no attempt is counted."""
    async with FakeSlack(channels=("C0DESK", "C0NEWS")).serving() as slack:
        slack.faults.append(busy(600))
        async with serving(async_valkey, session, slack, "desk", "news"):
            queue(valkey, "desk", *posts(2))
            await wait_for(lambda: valkey.hget(KEYS.key("m", "c"), metrics.RETRIED.name) == b"1")
            queue(valkey, "news", *posts(2))
            await wait_for(lambda: drained(valkey, "news"))
            rows = Destinations(valkey, KEYS).rows("desk", "pending")

    assert {one.channel for one in slack.messages} == {"C0NEWS"}
    assert [row.attempts for row in rows] == [0, 0]


async def test_an_answer_that_was_lost_doubles_nothing(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """Accepted, then dropped: the next attempt finds the message, and the thread goes on under it."""
    async with FakeSlack(remembers_ids=False).serving() as slack, serving(async_valkey, session, slack):
        for change in (added("chg_1"), edited("chg_2")):
            slack.method_faults["chat.postMessage"].append(dropped(accepted=True))
            queue(valkey, "desk", change)
            await wait_for(lambda: drained(valkey))

    parent, reply = slack.messages
    assert reply.thread_ts == parent.ts
    assert delivered(valkey) == {"chg_1": parent.ts, "chg_2": reply.ts}


async def test_a_batch_stays_as_it_was_frozen(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """A second attempt tells the same changes under the same id, though another has come; that one is told next."""
    async with FakeSlack().serving() as slack:
        async with serving(async_valkey, session, slack):
            queue(valkey, "desk", added("chg_1"))
            await wait_for(lambda: drained(valkey))
        queue(valkey, "desk", grown(1, 1), grown(1, 2))
        slack.method_faults["chat.postMessage"].append(broken(503))
        async with serving(async_valkey, session, slack):
            await wait_for(lambda: valkey.hget(KEYS.key("m", "c"), metrics.RETRIED.name))
        queue(valkey, "desk", grown(1, 3))
        due_now(valkey)
        async with serving(async_valkey, session, slack):
            await wait_for(lambda: drained(valkey))

    _, first, second = slack.messages
    assert (steps(first), steps(second)) == ([("0", "2")], [("2", "3")])
    tried = [call.arguments["client_msg_id"] for call in slack.calls if call.method == "chat.postMessage"]
    assert tried[1] == tried[2]
    assert tried[3] != tried[2]
    assert delivered(valkey)["chg_1_1"] == delivered(valkey)["chg_1_2"] == first.ts


async def test_a_batch_that_is_given_up_is_dead_as_a_whole(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """A day after its first attempt each change of a message is a dead letter: none is lost with the head."""
    async with FakeSlack().serving() as slack:
        async with serving(async_valkey, session, slack):
            queue(valkey, "desk", added("chg_1"))
            await wait_for(lambda: drained(valkey))
        queue(valkey, "desk", grown(1, 1), grown(1, 2))
        recall(valkey, "desk", "chg_1_1", tried_at_ms=now_ms(valkey) - 90_000_000)
        slack.faults.append(broken(503))
        async with serving(async_valkey, session, slack):
            await wait_for(lambda: not valkey.exists(KEYS.key("lanes", "desk")))
        dead = Destinations(valkey, KEYS).rows("desk", "dead")

    assert sorted(row.change_id for row in dead) == ["chg_1_1", "chg_1_2"]
    assert {row.reason for row in dead} == {"no attempt is left; the last one: Slack: HTTP 503"}


async def test_back_and_forth_is_one_reply(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """A→B→A within the settling time is told as edited and reverted."""
    there = edited("chg_2")
    back = edited("chg_3", before=there.after, after=there.before)
    async with FakeSlack().serving() as slack, serving(async_valkey, session, slack, settle_s=0.4, settle_most_s=5):
        queue(valkey, "desk", added("chg_1"))
        await wait_for(lambda: drained(valkey))
        queue(valkey, "desk", there)
        queue(valkey, "desk", back)
        await wait_for(lambda: drained(valkey))

    _, reply = slack.messages
    assert reply.text.startswith("Edited and reverted: Toll")


async def test_a_storm_is_one_digest(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """Eighty new posts at once are one message with its thread, within Slack's rate; each is told, none is lost."""
    queue(valkey, "desk", *posts(80))
    async with FakeSlack(per_second=True).serving() as slack, serving(async_valkey, session, slack):
        await wait_for(lambda: drained(valkey), within_s=20)

    top, *rest = slack.messages
    assert {one.thread_ts for one in rest} == {top.ts}
    shown = slack.read_thread(top.ts)
    assert [n for n in range(80) if f"Post {n}." not in shown] == []
    assert len(re.findall(r"Post \d+\.", shown)) == 80
    assert delivered(valkey) == {f"chg_{n}": top.ts for n in range(80)}


async def test_a_digest_is_frozen_too(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """One that failed half way is finished by another process, with the same members under the same ids."""
    queue(valkey, "desk", *posts(15))
    for n in range(15):  # the storm is over when another post comes
        recall(valkey, "desk", f"chg_{n}", first_at_ms=now_ms(valkey) - 61_000)
    async with FakeSlack(remembers_ids=False).serving() as slack:
        slack.method_faults["chat.postMessage"].extend([dropped(accepted=True)])
        async with serving(async_valkey, session, slack):
            await wait_for(lambda: valkey.hget(KEYS.key("m", "c"), metrics.RETRIED.name))
        queue(valkey, "desk", added("chg_new", subject="pst_new", post=replace(POST, headline="Another post.")))
        due_now(valkey)
        async with serving(async_valkey, session, slack):
            await wait_for(lambda: drained(valkey))

    tops = [one for one in slack.messages if one.thread_ts is None]
    assert ["15 changes" in one.text for one in tops] == [True, False]
    assert "Another post" in tops[1].text
    assert len(set(re.findall(r"Post \d+\.", slack.read_thread(tops[0].ts)))) == 15


async def test_what_was_kept_back_comes_as_one_digest(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """After an outage five lanes are one message that says how late it is."""
    queue(valkey, "desk", *posts(5))
    for n in range(5):
        recall(valkey, "desk", f"chg_{n}", first_at_ms=now_ms(valkey) - 720_000)
    async with FakeSlack().serving() as slack, serving(async_valkey, session, slack):
        await wait_for(lambda: drained(valkey))

    (message,) = slack.messages
    assert message.text.startswith("5 changes: delivered up to 12 min late")


async def test_a_channel_that_needs_a_person_is_paused(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """An archived channel holds everything, costs no attempt, and tells which hand is needed."""
    async with FakeSlack().serving() as slack:
        slack.faults.append(refused("is_archived"))
        queue(valkey, "desk", *posts(3))
        async with serving(async_valkey, session, slack):
            await wait_for(lambda: valkey.hget(KEYS.key("dst", "desk"), "state") == b"paused")
        reason = valkey.hget(KEYS.key("dst", "desk"), "reason")

    assert slack.messages == []
    assert reason == b"Slack: is_archived: unarchive the channel, or configure another"
    rows = Destinations(valkey, KEYS).rows("desk", "pending")
    assert [row.attempts for row in rows] == [0, 0, 0]


async def test_a_pause_remembers_the_reply_that_was_posted(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """The update was refused for want of a person; after the resume only the update is made up for."""
    scopes = ("chat:write",)
    async with (
        FakeSlack(scopes=scopes, remembers_ids=False).serving() as slack,
        serving(async_valkey, session, slack),
    ):
        queue(valkey, "desk", added("chg_1"))
        await wait_for(lambda: drained(valkey))
        slack.method_faults["chat.update"].append(refused("token_revoked"))
        queue(valkey, "desk", edited("chg_2"))
        await wait_for(lambda: valkey.hget(KEYS.key("dst", "desk"), "state") == b"paused")
        Destinations(valkey, KEYS).resume("desk")
        await wait_for(lambda: drained(valkey))

    assert [one.thread_ts is None for one in slack.messages] == [True, False]
    assert slack.messages[0].edits == 1


async def test_by_incoming_webhook_later_edits_settle_too(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """Flat messages: the first at once, later edits of the post as one."""
    async with FakeSlack().serving() as slack:
        hook: dict[str, Any] = {"token": None, "channel": None, "url": Secret(slack.webhook_url)}
        async with serving(async_valkey, session, slack, settle_s=0.4, settle_most_s=5, **hook):
            queue(valkey, "desk", grown(1, 1))
            await wait_for(lambda: drained(valkey))
            queue(valkey, "desk", grown(1, 2))
            queue(valkey, "desk", grown(1, 3))
            await wait_for(lambda: drained(valkey))

    assert [steps(one) for one in slack.messages] == [[("0", "1")], [("1", "3")]]


async def test_an_edit_war_is_few_messages(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """300 edits over 10 posts in 20 s are at most 30 messages, a second apart, with net redlines, and none dropped.

    Settling is a quarter of the usual, so that the test need not wait for its end.
    """
    changes = [grown(post, number) for number in range(1, 31) for post in range(10)]
    async with FakeSlack(per_second=True).serving() as slack:
        parts: dict[str, Any] = {"settle_s": 5.0, "settle_most_s": 22.5, "pace": Pace(per_s=1.0, burst=1, in_flight=1)}
        async with serving(async_valkey, session, slack, **parts):
            await edited_over(valkey, changes, 20.0)
            await wait_for(lambda: drained(valkey), within_s=30)

    assert len(slack.messages) <= 30
    assert set(delivered(valkey)) == {change.id for change in changes}
    for parent in [one for one in slack.messages if one.thread_ts is None]:
        told = [step for one in (*slack.thread(parent.ts),) for step in steps(one)]
        assert told[-1][1] == "30"
        assert [old for old, _ in told][1:] == [new for _, new in told][:-1]
        assert steps(parent) == [("0", "30")]
        assert "30 edits" in parent.shown


async def edited_over(valkey: redis.Redis, changes: Sequence[Change], seconds: float) -> None:
    """Queue these one by one, evenly over that time."""
    started = time.monotonic()
    for place, change in enumerate(changes):
        queue(valkey, "desk", change)
        await asyncio.sleep(max(0.0, started + seconds * (place + 1) / len(changes) - time.monotonic()))
