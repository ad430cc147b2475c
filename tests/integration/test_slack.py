"""Slack messages over real HTTP, to a stand-in that refuses what Slack refuses."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest

from monitor.adapters.slack import PAUSE_S, SlackSender
from monitor.demo.receiver import Fault
from monitor.demo.slack import FakeSlack
from monitor.errors import ConfigError
from monitor.model import Secret, Slack
from monitor.ports import Delivered, Retry
from tests.kit.attempts import delivery, guarded_session, utc_now
from tests.kit.changes import AFTER, added, edited


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A guarded session that may reach loopback."""
    async with guarded_session() as session:
        yield session


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    """A workspace with one channel."""
    async with FakeSlack().serving() as slack:
        yield slack


def by_token(session: aiohttp.ClientSession, slack: FakeSlack, **parts: object) -> SlackSender:
    """A sender with a bot token."""
    desk = Slack(name="desk", channel="C0DESK", token=Secret("xoxb-demo"), api_url=slack.api_url)
    return SlackSender(session, replace(desk, **parts), now=utc_now)  # type: ignore[arg-type]  # any part of it


def by_webhook(session: aiohttp.ClientSession, slack: FakeSlack) -> SlackSender:
    """A sender with an incoming webhook's URL."""
    return SlackSender(session, Slack(name="desk", url=Secret(slack.webhook_url)), now=utc_now)


async def test_one_post_is_one_thread(session: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """The first change of a post is a message of its own, the later ones answer in its thread, by what memory keeps."""
    sender = by_token(session, slack)
    first = await sender.send(delivery(added("chg_1")))
    assert isinstance(first, Delivered)
    second = await sender.send(delivery(edited("chg_2"), memory=first.memory))
    assert isinstance(second, Delivered)
    await sender.send(delivery(edited("chg_3"), memory=second.memory))

    parent, *replies = slack.messages
    assert parent.thread_ts is None
    assert first.memory == second.memory == {"to": "C0DESK", "channel": "C0DESK", "ts": parent.ts}
    assert [one.thread_ts for one in replies] == [parent.ts, parent.ts]
    assert slack.thread(parent.ts) == replies
    assert parent.arguments["metadata"]["event_payload"] == {"change_id": "chg_1"}


async def test_a_parent_that_was_deleted_is_replaced(session: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """Where a person deleted the thread's first message, the next change becomes the new one."""
    sender = by_token(session, slack)
    first = await sender.send(delivery(added()))
    assert isinstance(first, Delivered)
    slack.delete(first.memory["ts"])
    second = await sender.send(delivery(edited("chg_2"), memory=first.memory))

    (message,) = slack.messages
    assert second == Delivered(memory={"to": "C0DESK", "channel": "C0DESK", "ts": message.ts})
    assert message.thread_ts is None
    assert slack.refusals == ["thread_not_found"]


async def test_another_channel_gets_threads_of_its_own(session: aiohttp.ClientSession) -> None:
    """Once another channel is configured, a thread of the old one is not looked for there."""
    async with FakeSlack(channels=("C0DESK", "C0NEWS")).serving() as slack:
        first = await by_token(session, slack).send(delivery(added()))
        assert isinstance(first, Delivered)
        there = by_token(session, slack, channel="C0NEWS")
        second = await there.send(delivery(edited("chg_2"), memory=first.memory))

    assert slack.refusals == []
    assert [(one.channel, one.thread_ts) for one in slack.messages] == [("C0DESK", None), ("C0NEWS", None)]
    assert second == Delivered(memory={"to": "C0NEWS", "channel": "C0NEWS", "ts": slack.messages[1].ts})


async def test_a_channel_configured_by_name_has_threads(session: aiohttp.ClientSession) -> None:
    """Slack answers with the channel's id; the thread is found again all the same."""
    async with FakeSlack(channels=("#desk",)).serving() as slack:
        sender = by_token(session, slack, channel="#desk")
        first = await sender.send(delivery(added()))
        assert isinstance(first, Delivered)
        by_id = {**first.memory, "channel": "C0DESK"}
        await sender.send(delivery(edited("chg_2"), memory=by_id))

    assert [one.thread_ts for one in slack.messages] == [None, first.memory["ts"]]


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_blocks_too_long", "invalid_blocks_format"])
async def test_a_formatting_fault_never_loses_an_alert(
    session: aiohttp.ClientSession, slack: FakeSlack, error: str
) -> None:
    """What Slack refuses for its form arrives at once as plain text, in both modes."""
    refusals = (Fault(status=200, body=json.dumps({"ok": False, "error": error})), Fault(status=400, body=error))
    for sender, refusal in zip((by_token(session, slack), by_webhook(session, slack)), refusals, strict=True):
        slack.faults.append(refusal)
        assert isinstance(await sender.send(delivery(edited())), Delivered)

    assert ["blocks" in one.arguments for one in slack.messages] == [False, False]
    assert slack.messages[0].text.startswith("Edited: Toll — “14” → “17”")


async def test_an_incoming_webhook_gets_flat_messages(session: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """Without a bot token there is no thread and nothing to remember, and the message is the same."""
    sender = by_webhook(session, slack)

    assert await sender.send(delivery(edited(), memory={"channel": "C", "ts": "1"})) == Delivered()
    assert slack.messages[0].thread_ts is None
    assert slack.messages[0].arguments["blocks"][0]["text"]["text"] == "Edited: Toll"


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (Fault(status=429, headers={"retry-after": "3"}), Retry(reason="Slack: ratelimited", after_s=3, counts=False)),
        (Fault(status=200, body='{"ok":false,"error":"ratelimited"}'),
         Retry(reason="Slack: ratelimited", after_s=30, counts=False)),
        (Fault(status=503), Retry(reason="Slack: HTTP 503")),
        (Fault(status=302, headers={"location": "http://127.0.0.1:1/"}), Retry(reason="Slack: HTTP 302")),
        (Fault(status=200, body="<html>"), Retry(reason="Slack: HTTP 200 without the JSON it promises")),
        (Fault(status=200, body='{"ok":false,"error":"internal_error"}'), Retry(reason="Slack: internal_error")),
        (Fault(status=200, body='{"ok":false,"error":"<script>"}'), Retry(reason="Slack: an error without a name")),
        (Fault(status=200, body='{"ok":false,"error":"is_archived"}'),
         Retry(reason="Slack: is_archived", after_s=PAUSE_S)),
        (Fault(drop=True), Retry(reason="the server closed the connection without an answer")),
    ],
    ids=["429", "ratelimited", "503", "302", "html", "internal", "nameless", "archived", "dropped"],
)  # fmt: skip
async def test_every_trouble_has_its_outcome(
    session: aiohttp.ClientSession, slack: FakeSlack, fault: Fault, outcome: Retry
) -> None:
    """The rate limit costs no attempt, a person's business waits long, the rest goes by the schedule."""
    slack.faults.append(fault)

    assert await by_token(session, slack).send(delivery(edited())) == outcome
    assert slack.messages == []


@pytest.mark.parametrize(
    ("parts", "error"),
    [({"token": Secret("xoxb-wrong")}, "invalid_auth"), ({"channel": "C0GONE"}, "channel_not_found")],
    ids=["token", "channel"],
)
async def test_a_wrong_token_or_channel_waits_for_a_person(
    session: aiohttp.ClientSession, slack: FakeSlack, parts: dict[str, object], error: str
) -> None:
    """Nothing is given up because of a wrong setting: it is tried again in five minutes."""
    outcome = await by_token(session, slack, **parts).send(delivery(edited()))

    assert outcome == Retry(reason=f"Slack: {error}", after_s=PAUSE_S)


@pytest.mark.parametrize(
    ("text", "status"), [("no_service", 404), ("channel_is_archived", 410), ("invalid_token", 403)]
)
async def test_a_dead_incoming_webhook_waits_for_a_person(
    session: aiohttp.ClientSession, slack: FakeSlack, text: str, status: int
) -> None:
    """A removed hook or an archived channel is a person's business too."""
    slack.faults.append(Fault(status=status, body=text))

    outcome = await by_webhook(session, slack).send(delivery(edited()))
    assert outcome == Retry(reason=f"Slack: {text}", after_s=PAUSE_S)


async def test_hostile_page_text_reaches_the_channel_as_it_is_written(
    session: aiohttp.ClientSession, slack: FakeSlack
) -> None:
    """Mentions and marked links in a post are shown, and nobody is pinged."""
    text = "<!channel> <@U1> <https://evil.example|click> :rocket: *bold*"
    change = added(after=replace(AFTER, body=(text,)))
    for sender in (by_token(session, slack), by_webhook(session, slack)):
        await sender.send(delivery(change))

    for message in slack.messages:
        assert message.pings == []
        assert message.links == ["https://news.example/live#k1"]
        quotes = [s for block in message.arguments["blocks"] if block["type"] == "rich_text" for s in block["elements"]]
        assert quotes[-2]["elements"] == [{"type": "text", "text": text}]


async def test_a_repetition_is_recognisable(session: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """An ambiguous attempt made again carries the same client_msg_id: where Slack minds it, one message stands."""
    attempt = delivery(edited())
    slack.faults.append(Fault(drop=True, accept=True))
    first = await by_token(session, slack).send(attempt)
    await by_token(session, slack).send(attempt)

    assert isinstance(first, Retry)
    assert len(slack.calls) == 2
    assert len({call.arguments["client_msg_id"] for call in slack.calls}) == 1
    assert len(slack.messages) == 1


async def test_the_stand_in_keeps_slacks_rate(session: aiohttp.ClientSession) -> None:
    """With the limit switched on, a second message within the second is told to wait."""
    async with FakeSlack(per_second=True).serving() as slack:
        sender = by_token(session, slack)
        assert isinstance(await sender.send(delivery(edited())), Delivered)
        assert await sender.send(delivery(edited())) == Retry(reason="Slack: ratelimited", after_s=1, counts=False)


async def test_an_unusable_destination_is_a_configuration_error(
    session: aiohttp.ClientSession, slack: FakeSlack
) -> None:
    """A token without a channel, or neither, is told at the start."""
    with pytest.raises(ConfigError, match="destination desk: set channel and token_env, or url_env"):
        by_token(session, slack, channel=None)
