"""Buttons under alerts, from the click over Socket Mode to what the parent shows."""

import asyncio
import contextlib
import functools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import pytest
import redis
import redis.asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from monitor.adapters.slack import SlackSender, Socket
from monitor.adapters.valkey.desk import ValkeyDesk
from monitor.adapters.valkey.lanes import ValkeyLanes
from monitor.core.deliver.letters import Standing
from monitor.demo.slack import FakeSlack
from monitor.demo.slack.faults import broken
from monitor.errors import StoreUnavailable
from monitor.model import Change, Secret, Slack
from monitor.ports import Delivered
from monitor.roles.buttons import Buttons
from tests.kit.attempts import guarded_session, utc_now
from tests.kit.changes import BEFORE, added, edited, failing
from tests.kit.deliveries import KEYS, queue, terms
from tests.kit.waiting import wait_for


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A guarded session that may reach loopback."""
    async with guarded_session() as session:
        yield session


@dataclass
class Room:
    """A channel with one post told in it, and its buttons at work."""

    slack: FakeSlack
    valkey: redis.Redis
    client: redis.asyncio.Redis
    sender: SlackSender

    async def tell(self) -> str:
        """A post and its edit, as the notifier delivers them; the parent's ts."""
        lanes = ValkeyLanes(self.client, KEYS)
        queue(self.valkey, "desk", added("chg_1", after=BEFORE), edited("chg_2"))
        ts = ""
        for _ in range(2):
            claimed = await lanes.claim("desk", 1, terms())
            outcome = await self.sender.send(claimed.deliveries[0])
            assert isinstance(outcome, Delivered)
            await lanes.delivered(claimed.deliveries, outcome, since_commit_s=0, since_fetch_s=0)
            ts = outcome.memory["ts"]
        await lanes.aclose()
        return ts

    @property
    def parent(self) -> str:
        """What the parent shows."""
        return self.slack.messages[0].shown


@contextlib.asynccontextmanager
async def listening(
    slack: FakeSlack, session: aiohttp.ClientSession, pressed: Callable[[object], Awaitable[bool]]
) -> AsyncIterator[None]:
    """Socket Mode for this block, once it is connected."""
    stop = asyncio.Event()
    there = Slack(name="desk", api_url=slack.api_url, app_token=Secret("xapp-demo"))
    running = asyncio.create_task(Socket(session, there, pressed, now=utc_now, first_pause_s=0.02).run(stop))
    try:
        await wait_for(lambda: slack.sockets.connected)
        yield
    finally:
        stop.set()
        async with asyncio.timeout(10):
            await running


@pytest.fixture
async def room(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> AsyncIterator[Room]:
    """A workspace with two channels, one of them served."""
    async with FakeSlack(channels=("C0DESK", "C0NEWS")).serving() as slack:
        desk = ValkeyDesk(async_valkey, KEYS)

        async def standing(lane: str) -> Any:
            return await desk.standing("desk", lane)

        there = Slack(
            name="desk", channel="C0DESK", token=Secret("xoxb-demo"), api_url=slack.api_url,
            app_token=Secret("xapp-demo"),
        )  # fmt: skip
        sender = SlackSender(session, there, now=utc_now, standing=standing)
        async with listening(slack, session, Buttons(desk, {"desk": sender}, now=utc_now).pressed):
            yield Room(slack, valkey, async_valkey, sender)


async def test_an_acknowledgement_stands_on_the_parent(room: Room) -> None:
    """Who and when, at once, and still there after the next edit; a second one changes nothing."""
    ts = await room.tell()
    envelope = await room.slack.click(ts, "ack")
    assert await envelope.acknowledged()
    await wait_for(lambda: "Acknowledged by u0editor at" in room.parent)
    room.slack.workspace.people = ("U0EDITOR", "U0OTHER")
    await room.slack.click(ts, "ack", user="U0OTHER")
    await wait_for(lambda: room.slack.messages[0].edits == 3)

    assert "Acknowledged by u0editor at" in room.parent
    assert "1 edit · latest" in room.parent
    assert "17" in room.parent
    assert 0 < int(str(room.valkey.ttl(KEYS.key("ack", "desk", "budget-day/pst_1")))) <= 7 * 86_400


async def test_a_button_does_not_take_back_an_edit_that_is_on_its_way(room: Room) -> None:
    """Pressed after the parent was edited and before that was settled: the parent shows both in the end."""
    lanes = ValkeyLanes(room.client, KEYS)
    queue(room.valkey, "desk", added("chg_1", after=BEFORE))
    first = await lanes.claim("desk", 1, terms())
    outcome = await room.sender.send(first.deliveries[0])
    assert isinstance(outcome, Delivered)
    await lanes.delivered(first.deliveries, outcome, since_commit_s=0, since_fetch_s=0)
    queue(room.valkey, "desk", edited("chg_2"))
    second = await lanes.claim("desk", 1, terms())
    changed = await room.sender.send(second.deliveries[0])
    assert isinstance(changed, Delivered)
    await room.slack.click(outcome.message, "ack")
    await wait_for(lambda: room.slack.messages[0].edits == 2)
    assert "17" not in room.parent
    await lanes.delivered(second.deliveries, changed, since_commit_s=0, since_fetch_s=0)
    await lanes.aclose()

    await wait_for(lambda: "17" in room.parent)
    assert "Acknowledged by u0editor at" in room.parent
    assert "1 edit · latest" in room.parent


async def test_an_edit_does_not_take_back_a_button_that_was_pressed_meanwhile(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """Acknowledged between the notifier's look at what was decided and its update: the parent says so."""
    desk, lanes = ValkeyDesk(async_valkey, KEYS), ValkeyLanes(async_valkey, KEYS)
    looks = 0

    async def standing(lane: str) -> Standing:
        nonlocal looks
        decided = await desk.standing("desk", lane)
        looks += 1
        if looks == 2:
            await desk.acknowledge("desk", lane, "ada", utc_now())
        return decided

    async with FakeSlack().serving() as slack:
        there = Slack(name="desk", channel="C0DESK", token=Secret("xoxb-demo"), api_url=slack.api_url)
        sender = SlackSender(session, there, now=utc_now, standing=standing)
        for change in (added("chg_1"), edited("chg_2")):
            await told_by(sender, lanes, valkey, change)
        await lanes.aclose()

    assert "Acknowledged by ada at" in slack.messages[0].shown


async def test_an_acknowledgement_is_of_one_incident(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, session: aiohttp.ClientSession
) -> None:
    """A source that fails once more awaits somebody anew, whose name is then shown."""
    desk, lanes = ValkeyDesk(async_valkey, KEYS), ValkeyLanes(async_valkey, KEYS)
    async with FakeSlack().serving() as slack:
        there = Slack(name="desk", channel="C0DESK", token=Secret("xoxb-demo"), api_url=slack.api_url)
        sender = SlackSender(session, there, now=utc_now, standing=functools.partial(desk.standing, "desk"))
        await told_by(sender, lanes, valkey, failing("chg_1"))
        await desk.acknowledge("desk", "budget-day/source", "ada", utc_now())
        await desk.acknowledge("desk", "budget-day/source", "bo", utc_now())
        await told_by(sender, lanes, valkey, replace(failing("chg_2"), type="source.recovered"))
        await told_by(sender, lanes, valkey, failing("chg_3"))
        former, *_, anew = slack.messages
        assert "Acknowledged by ada at" in former.shown
        assert "Acknowledged" not in anew.shown
        await desk.acknowledge("desk", "budget-day/source", "bo", utc_now())
        await told_by(sender, lanes, valkey, replace(failing("chg_4"), type="source.recovered"))
        await lanes.aclose()

    assert "Acknowledged by bo at" in next(one.shown for one in slack.messages if one.ts == anew.ts)


async def told_by(sender: SlackSender, lanes: ValkeyLanes, valkey: redis.Redis, change: Change) -> None:
    """A change queued, sent and settled."""
    queue(valkey, "desk", change)
    claimed = await lanes.claim("desk", 1, terms())
    outcome = await sender.send(claimed.deliveries[0])
    assert isinstance(outcome, Delivered)
    await lanes.delivered(claimed.deliveries, outcome, since_commit_s=0, since_fetch_s=0)


async def test_the_connection_follows_no_redirect(session: aiohttp.ClientSession) -> None:
    """An address that sends us elsewhere is asked, and the other place is never visited."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        if request.path == "/link":
            raise web.HTTPFound("/elsewhere")
        return web.json_response({"ok": True, "url": f"ws://{request.host}/link"})

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", answer)
    async with TestServer(app) as server:
        stop = asyncio.Event()
        there = Slack(name="desk", api_url=str(server.make_url("/api/")), app_token=Secret("xapp-demo"))
        socket = Socket(session, there, lambda _: asyncio.sleep(0, True), now=utc_now, first_pause_s=0.02)
        running = asyncio.create_task(socket.run(stop))
        await wait_for(lambda: asked.count("/link") == 2)
        stop.set()
        await running

    assert "/elsewhere" not in asked


@pytest.mark.parametrize(
    ("button", "field", "says"),
    [("mute_post", "budget-day/pst_1", "Post muted until"), ("mute_source", "budget-day", "Source muted until")],
)
async def test_a_mute_is_kept_and_shown(room: Room, button: str, field: str, says: str) -> None:
    """The claim script finds it under the lane's or the source's name, with its end and who asked."""
    ts = await room.tell()
    await room.slack.click(ts, button)
    await wait_for(lambda: says in room.parent)

    kept: Any = room.valkey.hget(KEYS.key("mutes", "desk"), field)
    told = json.loads(kept)
    assert (told["by"], told["until_ms"] > utc_now().timestamp() * 1000) == ("u0editor", True)
    queue(room.valkey, "desk", edited("chg_3"))
    lanes = ValkeyLanes(room.client, KEYS)
    assert (await lanes.claim("desk", 1, terms())).deliveries == ()
    await lanes.aclose()


async def test_the_diff_is_for_whom_asks(room: Room) -> None:
    """The whole redline since the first text, in the thread, seen by one person."""
    ts = await room.tell()
    await room.slack.click(ts, "diff")
    await wait_for(lambda: room.slack.workspace.ephemerals)

    ((person, message),) = room.slack.workspace.ephemerals
    assert (person, message.thread_ts) == ("U0EDITOR", ts)
    assert "At least 1417 people were hurt." in message.shown
    assert message.pings == []


async def test_a_button_is_obeyed_in_its_own_channel_only(room: Room) -> None:
    """A click that names the same change from another channel, or another message, does nothing."""
    ts = await room.tell()
    copied = dict(room.slack.messages[0].arguments)
    copied = {name: value for name, value in copied.items() if name not in {"client_msg_id", "thread_ts"}}
    elsewhere = room.slack.workspace.post("C0NEWS", copied)
    twice = room.slack.workspace.post("C0DESK", copied)
    for message in (elsewhere, twice):
        assert await (await room.slack.click(message, "ack")).acknowledged()
    await room.slack.click(ts, "diff")
    await wait_for(lambda: room.slack.workspace.ephemerals)

    assert not room.valkey.exists(KEYS.key("ack", "desk", "budget-day/pst_1"))
    assert "Acknowledged" not in room.parent


async def test_a_click_repeated_by_slack_counts_once(session: aiohttp.ClientSession) -> None:
    """The same envelope twice is acknowledged twice and worked on once."""
    pressed: list[object] = []

    async def press(payload: object) -> bool:
        pressed.append(payload)
        return True

    async with FakeSlack().serving() as slack, listening(slack, session, press):
        for _ in range(2):
            await slack.sockets.say('{"envelope_id": "e1", "type": "interactive", "payload": {"n": 1}}')
        await slack.sockets.say("{not json")
        await slack.sockets.say('{"envelope_id": 7}')
        last = await slack.sockets.send("interactive", {"n": 2})
        assert await last.acknowledged()
        await wait_for(lambda: len(pressed) == 2)

    assert pressed == [{"n": 1}, {"n": 2}]
    assert len(slack.sockets.strays) == 2


async def test_a_click_is_acknowledged_though_the_store_hangs(session: aiohttp.ClientSession) -> None:
    """Slack hears of every click within three seconds while none of them can be worked on."""
    hanging, never = 0, asyncio.Event()

    async def hang(_: object) -> bool:
        nonlocal hanging
        hanging += 1
        await never.wait()
        return True

    async with FakeSlack().serving() as slack, listening(slack, session, hang):
        envelopes = [await slack.sockets.send("interactive", {"n": n}) for n in range(20)]
        for envelope in envelopes:
            assert await envelope.acknowledged()
        await wait_for(lambda: hanging == 20)
        never.set()

    assert all(envelope.in_time for envelope in envelopes)


async def test_a_store_that_is_away_costs_the_click_alone(session: aiohttp.ClientSession) -> None:
    """The next click is heard over the same connection."""
    asked = 0

    class Away(ValkeyDesk):
        async def told(self, destination: str, change_id: str) -> Any:  # noqa: ARG002
            nonlocal asked
            asked += 1
            raise StoreUnavailable("no answer")

    async with FakeSlack().serving() as slack:
        there = Slack(name="desk", channel="C0DESK", token=Secret("xoxb-demo"), api_url=slack.api_url)
        sender = SlackSender(session, there, now=utc_now)
        buttons = Buttons(Away(redis.asyncio.Redis(), KEYS), {"desk": sender}, now=utc_now)
        async with listening(slack, session, buttons.pressed):
            click = {
                "type": "block_actions",
                "user": {"id": "U0"},
                "channel": {"id": "C0DESK"},
                "container": {"message_ts": "1.1"},
                "actions": [{"action_id": "ack", "value": "chg_1"}],
            }
            for _ in range(2):
                await slack.sockets.send("interactive", click)
            await wait_for(lambda: asked == 2)

    assert slack.sockets.opened == 1


@pytest.mark.parametrize("how", ["refresh_requested", "hang up", "warning"])
async def test_the_connection_is_made_again(session: aiohttp.ClientSession, how: str) -> None:
    """Asked to come again, or cut off, it does; a warning alone is no reason."""

    async def press(_: object) -> bool:
        return True

    async with FakeSlack().serving() as slack, listening(slack, session, press):
        await (slack.sockets.hang_up() if how == "hang up" else slack.sockets.disconnect(how))
        await wait_for(lambda: slack.sockets.connected)
        envelope = await slack.sockets.send("interactive", {})
        assert await envelope.acknowledged()

    assert slack.sockets.opened == (1 if how == "warning" else 2)


async def test_slack_being_down_is_waited_for(session: aiohttp.ClientSession) -> None:
    """While no connection can be opened it is tried again, more slowly each time."""

    async def press(_: object) -> bool:
        return True

    async with FakeSlack().serving() as slack:
        slack.method_faults["apps.connections.open"].extend([broken(503)] * 3)
        async with listening(slack, session, press):
            pass

    assert [call.error for call in slack.calls] == ["fault", "fault", "fault", None]
