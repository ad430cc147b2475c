"""The stand-in for Slack over real HTTP: methods, threads, edits, history, incoming webhooks, buttons, faults."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from monitor.demo.receiver import Fault
from monitor.demo.slack import FakeSlack, Limits
from monitor.demo.slack.faults import HOOK_STATUS, broken, busy, dropped, garbage, hook_refused, refused, slow, storm
from tests.kit.waiting import wait_for

Json = dict[str, Any]
BUTTONS = [
    {
        "type": "actions",
        "block_id": "acts",
        "elements": [
            {"type": "button", "action_id": "ack", "value": "v1", "text": {"type": "plain_text", "text": "Acknowledge"}}
        ],
    }
]
RICH = [
    {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "17 hurt"}]}],
    }
]


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client without any guard or retry."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    """A workspace with two channels, one known by its name."""
    async with FakeSlack(channels=("C0DESK", "#news")).serving() as slack:
        yield slack


async def call(
    http: aiohttp.ClientSession, slack: FakeSlack, method: str, token: str = "xoxb-demo", **args: Any
) -> Json:
    """One call of the Web API: reading methods by query, the others as JSON."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    reads = method.startswith("conversations.") or method == "chat.getPermalink"
    kind = {"params": {name: str(one) for name, one in args.items()}} if reads else {"json": args}
    async with http.post(slack.api_url + method, headers=headers, **kind) as response:
        told: Json = await response.json()
        return {**told, **({"status": response.status} if response.status != 200 else {})}


async def post(http: aiohttp.ClientSession, slack: FakeSlack, text: str = "x", **args: Any) -> str:
    """Post a message; its ts."""
    told = await call(http, slack, "chat.postMessage", **{"channel": "C0DESK", "text": text, **args})
    assert told["ok"], told
    return str(told["ts"])


async def error(http: aiohttp.ClientSession, slack: FakeSlack, method: str, **args: Any) -> str:
    """The error a call is refused with."""
    told = await call(http, slack, method, **args)
    assert told["ok"] is False
    return str(told["error"])


@pytest.mark.parametrize(
    ("token", "method", "expected"),
    [
        ("", "chat.postMessage", "not_authed"),
        ("xoxb-wrong", "chat.postMessage", "invalid_auth"),
        ("xapp-demo", "chat.postMessage", "not_allowed_token_type"),
        ("xoxb-demo", "apps.connections.open", "not_allowed_token_type"),
        ("xoxb-demo", "chat.shout", "unknown_method"),
    ],
)
async def test_who_may_call(
    http: aiohttp.ClientSession, slack: FakeSlack, token: str, method: str, expected: str
) -> None:
    """Each token opens its own methods, and nothing opens what does not exist."""
    assert await error(http, slack, method, token=token, channel="C0DESK", text="x") == expected
    assert (await call(http, slack, "auth.test"))["team_id"] == "T0NEWS"


async def test_a_token_without_a_scope_is_told_which(http: aiohttp.ClientSession) -> None:
    """``missing_scope`` names the one needed; with it the same call is taken."""
    async with FakeSlack(scopes=("chat:write",)).serving() as slack:
        told = await call(http, slack, "conversations.history", channel="C0DESK")
        slack.scopes = ("chat:write", "channels:history")
        again = await call(http, slack, "conversations.history", channel="C0DESK")

    assert (told["error"], told["needed"], told["provided"]) == ("missing_scope", "channels:history", "chat:write")
    assert again["ok"]


async def test_threads(http: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """A reply names its parent's ts: neither another reply's, nor another channel's, nor one never posted."""
    parent = await post(http, slack, "parent")
    reply = await post(http, slack, "reply", thread_ts=parent)
    shown = await post(http, slack, "shown", thread_ts=parent, reply_broadcast=True)

    for args in ({"thread_ts": reply}, {"thread_ts": "1679400000.999999"}, {"thread_ts": parent, "channel": "#news"}):
        assert await error(http, slack, "chat.postMessage", **{"channel": "C0DESK", "text": "x", **args}) == (
            "thread_not_found"
        )
    assert [one.ts for one in slack.thread(parent)] == [reply, shown]
    assert slack.read_thread(parent) == "parent\n\nreply\n\nshown"
    assert slack.read_channel() == "parent\n\nshown"


async def test_a_channel_has_an_id(http: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """Messages may be sent to a name and answer with the id; edits and histories want the id."""
    told = await call(http, slack, "chat.postMessage", channel="#news", text="x")

    assert told["channel"] == "C0NEWS"
    assert await error(http, slack, "chat.postMessage", channel="C0GONE", text="x") == "channel_not_found"
    assert await error(http, slack, "chat.update", channel="#news", ts=told["ts"], text="y") == "channel_not_found"
    assert (await call(http, slack, "chat.update", channel="C0NEWS", ts=told["ts"], text="y"))["ok"]


async def test_edits(http: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """Our own messages can be edited in their window; rich text cannot be replaced by less."""
    ts = await post(http, slack, blocks=RICH)
    place = {"channel": "C0DESK", "ts": ts}

    assert (await call(http, slack, "chat.update", **place, text="y", blocks=RICH))["ok"]
    assert [(one.text, one.edits) for one in slack.messages] == [("y", 1)]
    assert await error(http, slack, "chat.update", **place, text="y", blocks=BUTTONS) == "block_mismatch"
    assert await error(http, slack, "chat.update", **place, text="é" * 2_001) == "msg_too_long"
    assert await error(http, slack, "chat.update", channel="C0DESK", ts="1", text="y") == "message_not_found"
    by_hand = slack.say("from a person")
    assert await error(http, slack, "chat.update", channel="C0DESK", ts=by_hand.ts, text="y") == "cant_update_message"
    slack.methods.edit_window_s = 0.0
    assert await error(http, slack, "chat.update", **place, text="z") == "edit_window_closed"
    assert slack.messages[0].text == "y"
    assert len(slack.made("chat.update")) == 1


async def test_a_repeated_client_msg_id_posts_once(http: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """The second time the first message answers; where that one was deleted, the error Slack documents."""
    first = await post(http, slack, client_msg_id="a")

    assert await post(http, slack, client_msg_id="a") == first
    assert await post(http, slack, client_msg_id="b") != first
    slack.delete(first)
    again = await error(http, slack, "chat.postMessage", channel="C0DESK", text="x", client_msg_id="a")
    assert again == "duplicate_message_not_found"
    assert len(slack.messages) == 1


async def test_ids_can_be_forgotten(http: aiohttp.ClientSession) -> None:
    """It is undocumented that Slack minds them; switched off, the same id posts twice."""
    async with FakeSlack(remembers_ids=False).serving() as slack:
        assert await post(http, slack, client_msg_id="a") != await post(http, slack, client_msg_id="a")


async def test_history_tells_what_was_posted(http: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """Newest first, threads apart, metadata on request, in pages, between two times."""
    mark = {"event_type": "change", "event_payload": {"id": "chg_1"}}
    parent = await post(http, slack, "one", metadata=mark)
    await post(http, slack, "reply", thread_ts=parent, metadata=mark)
    last = await post(http, slack, "two")

    history = await call(http, slack, "conversations.history", channel="C0DESK", include_all_metadata="true")
    assert [one["text"] for one in history["messages"]] == ["two", "one"]
    assert history["messages"][1]["metadata"] == mark
    assert history["messages"][1]["reply_count"] == 1
    bare = await call(http, slack, "conversations.history", channel="C0DESK", limit=1)
    assert (bare["has_more"], "metadata" in bare["messages"][0]) == (True, False)
    cursor = bare["response_metadata"]["next_cursor"]
    rest = await call(http, slack, "conversations.history", channel="C0DESK", cursor=cursor)
    assert [one["text"] for one in rest["messages"]] == ["one"]
    since = await call(http, slack, "conversations.history", channel="C0DESK", oldest=parent)
    assert [one["ts"] for one in since["messages"]] == [last]
    replies = await call(http, slack, "conversations.replies", channel="C0DESK", ts=parent, include_all_metadata=1)
    assert [one["text"] for one in replies["messages"]] == ["one", "reply"]
    assert await error(http, slack, "conversations.replies", channel="C0DESK", ts="1") == "thread_not_found"


async def test_reading_methods_pass_over_json(http: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """A channel named only in a JSON body is not seen; in a form it is."""
    headers = {"authorization": "Bearer xoxb-demo"}
    url = f"{slack.api_url}conversations.history"
    async with http.post(url, json={"channel": "C0DESK"}, headers=headers) as response:
        assert (await response.json())["error"] == "channel_not_found"
    async with http.post(url, data={"channel": "C0DESK"}, headers=headers) as response:
        assert (await response.json())["ok"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{", "invalid_json"), (b"[]", "json_not_object"), (b'{"text":"\\ud800"}', "invalid_json"),
        (b"\xff", "invalid_json"),
    ],
    ids=["cut", "list", "surrogate", "latin"],
)  # fmt: skip
async def test_a_body_that_is_no_json(
    http: aiohttp.ClientSession, slack: FakeSlack, body: bytes, expected: str
) -> None:
    """Told by name."""
    headers = {"authorization": "Bearer xoxb-demo", "content-type": "application/json"}
    async with http.post(f"{slack.api_url}chat.postMessage", data=body, headers=headers) as response:
        assert (await response.json())["error"] == expected


async def test_refused_blocks_are_named(http: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """As Slack does, the answer says which part is wrong."""
    told = await call(http, slack, "chat.postMessage", channel="C0DESK", text="x", blocks=[{"type": "header"}])

    assert told["error"] == "invalid_blocks"
    assert told["response_metadata"]["messages"] == ["[ERROR] missing required field: text [json-pointer:/blocks/0]"]
    assert slack.refusals == ["invalid_blocks"]


async def test_permalinks(http: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """A message has an address, a reply one that names its thread."""
    parent = await post(http, slack)
    reply = await post(http, slack, thread_ts=parent)
    told = await call(http, slack, "chat.getPermalink", channel="C0DESK", message_ts=reply)

    assert told["permalink"].endswith(f"/archives/C0DESK/p{reply.replace('.', '')}?thread_ts={parent}&cid=C0DESK")
    assert await error(http, slack, "chat.getPermalink", channel="C0DESK", message_ts="1") == "message_not_found"


async def test_ephemeral_messages(http: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """Seen by one person of the channel, in no history, and never edited."""
    told = await call(http, slack, "chat.postEphemeral", channel="C0DESK", user="U0EDITOR", text="x")

    assert [(user, one.text) for user, one in slack.workspace.ephemerals] == [("U0EDITOR", "x")]
    assert slack.messages == []
    place = {"channel": "C0DESK", "ts": told["message_ts"]}
    assert await error(http, slack, "chat.update", **place, text="y") == "message_not_found"
    assert (
        await error(http, slack, "chat.postEphemeral", channel="C0DESK", user="U1", text="x") == "user_not_in_channel"
    )


async def test_a_channel_can_be_closed_to_us(http: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """An archived channel refuses posts, edits and the incoming webhook; the other channel goes on."""
    ts = await post(http, slack)
    slack.channel_faults["C0DESK"] = "is_archived"

    assert await error(http, slack, "chat.postMessage", channel="C0DESK", text="x") == "is_archived"
    assert await error(http, slack, "chat.update", channel="C0DESK", ts=ts, text="x") == "is_archived"
    async with http.post(slack.webhook_url, json={"text": "x"}) as response:
        assert (response.status, await response.text()) == (410, "channel_is_archived")
    await post(http, slack, channel="#news")


async def test_slacks_limits(http: aiohttp.ClientSession) -> None:
    """Beyond the limit: 429, ``ratelimited`` and the seconds to wait; nothing is posted."""
    async with FakeSlack(limits=Limits(per_minute={"chat.update": 2})).serving() as slack:
        ts = await post(http, slack)
        told = await call(http, slack, "chat.postMessage", channel="C0DESK", text="x")
        async with http.post(slack.webhook_url, json={"text": "x"}) as response:
            assert (response.status, response.headers["retry-after"]) == (429, "1")
        edits = [await call(http, slack, "chat.update", channel="C0DESK", ts=ts, text="y") for _ in range(3)]

    assert (told["status"], told["error"]) == (429, "ratelimited")
    assert [one.get("error") for one in edits] == [None, None, "ratelimited"]
    assert len(slack.messages) == 1


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ({"text": "x"}, 200, "ok"),
        ({"text": ""}, 400, "no_text"),
        ({"text": "x", "blocks": [{"type": "header"}]}, 400, "invalid_blocks"),
        ([], 400, "invalid_payload"),
        ({"text": "x", "attachments": [{}] * 101}, 400, "too_many_attachments"),
    ],
    ids=["ok", "no_text", "invalid_blocks", "invalid_payload", "too_many_attachments"],
)
async def test_an_incoming_webhook_answers_in_a_word(
    http: aiohttp.ClientSession, slack: FakeSlack, body: object, status: int, word: str
) -> None:
    """Plain text and a status, never JSON."""
    async with http.post(slack.webhook_url, json=body) as response:
        assert (response.status, await response.text()) == (status, word)


async def test_every_word_of_a_webhook_has_its_status(http: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """A removed hook is 404 ``no_service``; all documented words can be played."""
    async with http.post(slack.webhook_url + "gone", json={"text": "x"}) as response:
        assert (response.status, await response.text()) == (404, "no_service")
    for word in (*HOOK_STATUS, "posting_to_general_channel_denied"):
        slack.faults.append(hook_refused(word))
        async with http.post(slack.webhook_url, json={"text": "x"}) as response:
            assert (response.status, await response.text()) == (HOOK_STATUS.get(word, 400), word)
    assert slack.messages == []


@pytest.mark.parametrize(
    ("fault", "status", "posted"),
    [
        (refused("ekm_access_denied"), 200, 0), (busy(7), 429, 0), (broken(503), 503, 0), (garbage(), 200, 0),
        (broken(accepted=True), 500, 1), (slow(0.05), 200, 1), (dropped(), 0, 0), (dropped(accepted=True), 0, 1),
    ],
    ids=["refused", "busy", "broken", "garbage", "broken-accepted", "slow", "dropped", "dropped-accepted"],
)  # fmt: skip
async def test_faults_are_played_once(
    http: aiohttp.ClientSession, slack: FakeSlack, fault: Fault, status: int, posted: int
) -> None:
    """Each answers as it should, posts or not, and the next call is served."""
    slack.method_faults["chat.postMessage"].append(fault)
    headers = {"authorization": "Bearer xoxb-demo"}
    got = 0
    try:
        async with http.post(
            f"{slack.api_url}chat.postMessage", json={"channel": "C0DESK", "text": "x"}, headers=headers
        ) as response:
            got = response.status
    except aiohttp.ServerDisconnectedError:
        pass

    assert (got, len(slack.messages)) == (status, posted)
    await post(http, slack)


async def test_a_storm_and_a_lasting_fault(http: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """A row of 429s ends by itself; a revoked token lasts until it is mended."""
    slack.faults.extend(storm(3, 2))
    told = [await call(http, slack, "chat.postMessage", channel="C0DESK", text="x") for _ in range(4)]
    assert [one["ok"] for one in told] == [False, False, False, True]
    slack.lasting = refused("token_revoked")
    assert [await error(http, slack, "auth.test") for _ in range(2)] == ["token_revoked"] * 2
    slack.lasting = None
    assert (await call(http, slack, "auth.test"))["ok"]


async def test_a_button_is_clicked(http: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """The app hears who clicked what on which message, and its acknowledgement is timed."""
    ts = await post(http, slack, blocks=BUTTONS)
    opened = await call(http, slack, "apps.connections.open", token="xapp-demo")
    async with http.ws_connect(opened["url"]) as socket:
        assert (await socket.receive_json())["type"] == "hello"
        click = await slack.click(ts, "ack", user="U0CHIEF")
        envelope = await socket.receive_json()
        payload = envelope["payload"]
        assert (envelope["type"], payload["type"], payload["user"]["id"]) == ("interactive", "block_actions", "U0CHIEF")
        assert (payload["container"]["message_ts"], payload["channel"]["id"]) == (ts, "C0DESK")
        action = payload["actions"][0]
        assert (action["action_id"], action["block_id"], action["value"]) == ("ack", "acts", "v1")
        assert not await click.acknowledged(within_s=0.02)
        await socket.send_json({"envelope_id": envelope["envelope_id"]})
        assert await click.acknowledged()
        assert click.in_time
        async with http.post(payload["response_url"], json={"text": "by @chief"}) as response:
            assert response.status == 200
    assert [one.text for _, one in slack.workspace.ephemerals] == ["by @chief"]


async def test_a_response_url_wears_out(http: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """Five uses, then no more; the first may replace the message that was clicked."""
    ts = await post(http, slack, blocks=BUTTONS)
    url = (await slack.click(ts, "ack")).payload["response_url"]
    statuses = []
    for _ in range(6):
        async with http.post(url, json={"text": "taken", "replace_original": True}) as response:
            statuses.append(response.status)

    assert statuses == [200] * 5 + [404]
    assert slack.messages[0].text == "taken"


async def test_a_click_without_a_listener_is_lost(http: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """Nobody connected: the person sees an error; a button that is not there cannot be clicked."""
    ts = await post(http, slack, blocks=BUTTONS)

    assert not (await slack.click(ts, "ack")).delivered
    with pytest.raises(LookupError, match="the message has no mute"):
        await slack.click(ts, "mute")


async def test_sockets_are_refreshed(http: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """Slack asks to come again and closes; a ticket opens one connection only; each click goes down one socket."""
    url = (await call(http, slack, "apps.connections.open", token="xapp-demo"))["url"]
    other = (await call(http, slack, "apps.connections.open", token="xapp-demo"))["url"]
    ts = await post(http, slack, blocks=BUTTONS)
    async with http.ws_connect(url) as one, http.ws_connect(other) as two:
        assert [(await socket.receive_json())["num_connections"] for socket in (one, two)] == [1, 2]
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await http.ws_connect(url)
        for _ in range(2):
            await slack.click(ts, "ack")
        assert {(await socket.receive_json())["type"] for socket in (one, two)} == {"interactive"}
        ending = asyncio.create_task(slack.sockets.disconnect())
        assert (await one.receive_json())["reason"] == "refresh_requested"
        assert (await one.receive()).type is aiohttp.WSMsgType.CLOSE
        assert (await two.receive_json())["type"] == "disconnect"
        assert (await two.receive()).type is aiohttp.WSMsgType.CLOSE
        await ending
    await wait_for(lambda: slack.sockets.connected == 0)
    assert slack.sockets.opened == 2
