"""Slack messages over real HTTP, to a stand-in that refuses what Slack refuses."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from monitor.adapters.slack import SlackSender
from monitor.core.deliver.letters import Standing
from monitor.core.deliver.settle import digest
from monitor.core.deliver.wire import encode
from monitor.demo.receiver import Fault
from monitor.demo.slack import FakeSlack
from monitor.demo.slack.faults import broken, busy, dropped, garbage, hook_refused, refused
from monitor.errors import ConfigError
from monitor.model import Change, Delivery, Queued, Secret, Significance, Slack
from monitor.ports import Delivered, GaveUp, Pause, Retry, SendOutcome
from tests.kit.attempts import delivery, guarded_session, utc_now
from tests.kit.changes import AFTER, BEFORE, POST, added, edited, failing

TYPO = Significance(name="typo", score=0.2)


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


def later(outcome: SendOutcome, *changes: Change, origin: Change | None = None) -> Delivery:
    """The lane's next delivery, after that outcome: its memory, its origin's body, and what follows its head."""
    assert isinstance(outcome, Delivered)
    head, *behind = changes
    return replace(
        delivery(head, memory=outcome.memory),
        origin=encode(origin) if origin else b"",
        following=tuple(Queued(change_id=one.id, body=encode(one), first_at=utc_now()) for one in behind),
    )


def again(attempt: Delivery, outcome: SendOutcome | None = None) -> Delivery:
    """The same delivery as a second attempt gets it: frozen, with what the first left."""
    memory = outcome.memory if isinstance(outcome, Retry) and outcome.memory else attempt.memory
    return replace(attempt, batch="one_x", attempts=1, memory=memory)


async def test_one_post_is_one_thread(session: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """The first change of a post is a message of its own; later ones answer in its thread and bring it up to date."""
    sender = by_token(session, slack)
    origin, now = added("chg_1", after=BEFORE), replace(AFTER, body=("At least 19 people were hurt.",))
    first = await sender.send(delivery(origin))
    second = await sender.send(later(first, edited("chg_2"), origin=origin))
    third = await sender.send(later(second, edited("chg_3", before=AFTER, after=now), origin=origin))

    parent, *replies = slack.messages
    assert [one.thread_ts for one in replies] == [parent.ts, parent.ts]
    assert parent.edits == 2
    assert parent.text.startswith("Edited: Toll — “14” → “19”")
    assert "2 edits · latest 12:03 UTC" in parent.shown
    assert isinstance(third, Delivered)
    assert third.message == replies[1].ts
    assert third.memory["origin"] == "chg_1"
    assert third.memory["edits"] == "2"
    assert parent.arguments["metadata"]["event_payload"]["change_id"] == "chg_1"


async def test_several_edits_are_one_reply(session: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """What settled together is answered once, with the net redline; back and forth says so."""
    sender = by_token(session, slack)
    origin = added("chg_1", after=BEFORE)
    first = await sender.send(delivery(origin))
    there = edited("chg_2")
    back = edited("chg_3", before=AFTER, after=BEFORE, at=there.at + timedelta(seconds=40))
    second = await sender.send(later(first, there, back, origin=origin))
    assert isinstance(second, Delivered)

    parent, reply = slack.messages
    assert reply.text == "Edited and reverted: Toll — “14” → “17”"
    assert "edited and reverted: 2 edits in 40 s" in reply.shown
    assert parent.text.startswith("Edited and reverted: Toll")
    assert second.memory["edits"] == "2"


async def test_slips_only_count(session: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """A typo is no reply: the parent counts it."""
    sender = by_token(session, slack)
    first = await sender.send(delivery(added("chg_1")))
    second = await sender.send(later(first, edited("chg_2", significance=TYPO), origin=added("chg_1")))
    assert isinstance(second, Delivered)

    (parent,) = slack.messages
    assert "1 edit, 1 of them small" in parent.shown
    assert second.message == parent.ts


async def test_a_weighty_reply_is_shown_in_the_channel_once_in_ten_minutes(
    session: aiohttp.ClientSession, slack: FakeSlack
) -> None:
    """The first substantive edit is broadcast, the next one so soon is not, and a light one never."""
    sender = by_token(session, slack)
    outcome = await sender.send(delivery(added("chg_1")))
    light = Significance(name="wording", score=0.4)
    for number, change in enumerate([edited("chg_2", significance=light), edited("chg_3"), edited("chg_4")]):
        outcome = await sender.send(later(outcome, change, origin=added("chg_1")))
        assert [one.broadcast for one in slack.messages[1:]] == [False, True, False][: number + 1]


async def test_a_parent_that_was_deleted_is_replaced(session: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """Where a person deleted the thread's first message, the next change becomes the new one, with its counts."""
    sender = by_token(session, slack)
    first = await sender.send(delivery(added("chg_1")))
    assert isinstance(first, Delivered)
    slack.delete(first.memory["ts"])
    second = await sender.send(later(first, edited("chg_2"), origin=added("chg_1")))
    assert isinstance(second, Delivered)

    (message,) = slack.messages
    assert message.thread_ts is None
    assert second.memory["ts"] == message.ts
    assert (second.memory["origin"], second.memory["edits"]) == ("chg_1", "1")
    assert slack.refusals == ["thread_not_found"]


@pytest.mark.parametrize("error", ["cant_update_message", "edit_window_closed", "message_not_found", "block_mismatch"])
async def test_a_parent_that_cannot_be_edited_is_replaced(
    session: aiohttp.ClientSession, slack: FakeSlack, error: str
) -> None:
    """The reply stands, and a new parent shows how things are."""
    sender = by_token(session, slack)
    first = await sender.send(delivery(added("chg_1")))
    slack.method_faults["chat.update"].append(refused(error))
    second = await sender.send(later(first, edited("chg_2"), origin=added("chg_1")))
    assert isinstance(second, Delivered)

    old, reply, new = slack.messages
    assert (reply.thread_ts, new.thread_ts) == (old.ts, None)
    assert second.memory["ts"] == new.ts


async def test_another_channel_gets_threads_of_its_own(session: aiohttp.ClientSession) -> None:
    """Once another channel is configured, a thread of the old one is not looked for there."""
    async with FakeSlack(channels=("C0DESK", "C0NEWS")).serving() as slack:
        first = await by_token(session, slack).send(delivery(added()))
        there = by_token(session, slack, channel="C0NEWS")
        second = await there.send(later(first, edited("chg_2")))

    assert slack.refusals == []
    assert [(one.channel, one.thread_ts) for one in slack.messages] == [("C0DESK", None), ("C0NEWS", None)]
    assert isinstance(second, Delivered)
    assert second.memory["ts"] == slack.messages[1].ts


async def test_a_channel_configured_by_name_has_threads(session: aiohttp.ClientSession) -> None:
    """Slack answers with the channel's id; the thread is found again, and its parent edited under that id."""
    async with FakeSlack(channels=("#desk",)).serving() as slack:
        sender = by_token(session, slack, channel="#desk")
        first = await sender.send(delivery(added("chg_1")))
        await sender.send(later(first, edited("chg_2")))

    parent, reply = slack.messages
    assert (reply.thread_ts, parent.edits) == (parent.ts, 1)


async def test_a_source_that_fails_once_more_is_a_new_thread(session: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """Failing, recovered (an answer), failing again: nobody looks for news under an old message."""
    sender = by_token(session, slack)
    first = await sender.send(delivery(failing("chg_1")))
    well = replace(failing("chg_2"), type="source.recovered", reason="it answers again")
    second = await sender.send(later(first, well, origin=failing("chg_1")))
    await sender.send(later(second, failing("chg_3"), origin=failing("chg_1")))

    parent, reply, anew = slack.messages
    assert (reply.thread_ts, reply.broadcast, anew.thread_ts) == (parent.ts, True, None)
    assert parent.text.startswith("Source recovered")


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_blocks_too_long", "invalid_blocks_format"])
async def test_a_formatting_fault_never_loses_an_alert(
    session: aiohttp.ClientSession, slack: FakeSlack, error: str
) -> None:
    """What Slack refuses for its form arrives at once in a simpler one, at last as plain text, in both modes."""
    for sender, no in ((by_token(session, slack), refused(error)), (by_webhook(session, slack), hook_refused(error))):
        slack.faults.extend([no] * 2)
        assert isinstance(await sender.send(delivery(edited())), Delivered)

    assert ["blocks" in one.arguments for one in slack.messages] == [False, False]
    assert slack.messages[0].text.startswith("Edited: Toll — “14” → “17”")


async def test_a_long_message_goes_again_at_half_its_length(session: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """Before the blocks are given up they are halved."""
    words = " ".join(f"word{n}" for n in range(500))
    slack.faults.append(refused("msg_blocks_too_long"))
    await by_token(session, slack).send(delivery(added(after=replace(AFTER, body=(words,)))))

    (message,) = slack.messages
    assert 600 < len(message.shown) < 1_300


async def test_a_parent_keeps_a_rich_text_block_however_simple(
    session: aiohttp.ClientSession, slack: FakeSlack
) -> None:
    """An update degrades to a single block, and Slack finds no mismatch."""
    sender = by_token(session, slack)
    first = await sender.send(delivery(added("chg_1")))
    slack.method_faults["chat.update"].append(refused("msg_blocks_too_long"))
    await sender.send(later(first, edited("chg_2", significance=TYPO), origin=added("chg_1")))

    (parent,) = slack.messages
    assert [block["type"] for block in parent.arguments["blocks"]] == ["rich_text"]
    assert slack.refusals == []


async def test_an_incoming_webhook_gets_flat_messages(session: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """Without a bot token there is no thread, no update and no button; that there was a message is remembered."""
    sender = by_webhook(session, slack)
    first = await sender.send(delivery(added("chg_1")))
    second = await sender.send(later(first, edited("chg_2"), edited("chg_3")))

    assert isinstance(second, Delivered)
    assert second.memory == {"to": "incoming webhook", "last": "chg_3"}
    assert [one.thread_ts for one in slack.messages] == [None, None]
    assert {call.method for call in slack.calls} == {"webhook"}
    assert slack.messages[1].arguments["blocks"][0]["text"]["text"] == "Edited: Toll"
    assert "2 edits in 0 s" in slack.messages[1].shown


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (busy(0), Retry(reason="Slack: ratelimited", after_s=0, counts=False)),
        (busy(3), Retry(reason="Slack: ratelimited", after_s=3, counts=False)),
        (refused("ratelimited"), Retry(reason="Slack: ratelimited", after_s=30, counts=False)),
        (broken(503), Retry(reason="Slack: HTTP 503", trips=True)),
        (Fault(status=302, headers={"location": "http://127.0.0.1:1/"}),
         Retry(reason="Slack: HTTP 302: a redirect, and redirects are not followed", hopeless=True)),
        (garbage(), Retry(reason="Slack: HTTP 200 without the JSON it promises", trips=True)),
        (refused("internal_error"), Retry(reason="Slack: internal_error", trips=True)),
        (refused("team_added_to_org"), Retry(reason="Slack: team_added_to_org")),
        (refused("<script>"), Retry(reason="Slack: an error without a name", hopeless=True)),
        (refused("is_archived"), Pause(reason="Slack: is_archived: unarchive the channel, or configure another")),
        (refused("restricted_action_thread_locked"),
         Pause(reason="Slack: restricted_action_thread_locked: "
                      "ask a workspace administrator to let the app post there")),
        (dropped(), Retry(reason="the server closed the connection without an answer", trips=True)),
    ],
    ids=lambda value: getattr(value, "reason", None),
)  # fmt: skip
async def test_every_trouble_has_its_outcome(
    session: aiohttp.ClientSession, slack: FakeSlack, fault: Fault, outcome: Retry | Pause
) -> None:
    """The rate limit costs no attempt, a person's business waits for the person, the rest goes by the schedule."""
    slack.faults.append(fault)
    came = await by_token(session, slack).send(delivery(edited()))

    assert isinstance(came, Retry | Pause)
    assert replace(came, attempt=None) == outcome
    assert slack.messages == []


@pytest.mark.parametrize(
    ("parts", "error"),
    [({"token": Secret("xoxb-wrong")}, "invalid_auth"), ({"channel": "C0GONE"}, "channel_not_found")],
    ids=["token", "channel"],
)
async def test_a_wrong_token_or_channel_waits_for_a_person(
    session: aiohttp.ClientSession, slack: FakeSlack, parts: dict[str, object], error: str
) -> None:
    """Nothing is given up because of a wrong setting: the channel is held, and the reason says what to do."""
    outcome = await by_token(session, slack, **parts).send(delivery(edited()))

    assert isinstance(outcome, Pause)
    assert outcome.reason.startswith(f"Slack: {error}: ")


@pytest.mark.parametrize("word", ["no_service", "channel_is_archived", "invalid_token", "action_prohibited"])
async def test_a_dead_incoming_webhook_waits_for_a_person(
    session: aiohttp.ClientSession, slack: FakeSlack, word: str
) -> None:
    """A removed hook or an archived channel is a person's business too."""
    slack.faults.append(hook_refused(word))

    outcome = await by_webhook(session, slack).send(delivery(edited()))
    assert isinstance(outcome, Pause)
    assert outcome.reason.startswith(f"Slack: {word}: ")


async def test_a_body_that_cannot_be_read_is_given_up(session: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """There is nothing to tell; a follower that is lost costs the others nothing."""
    sender = by_token(session, slack)
    attempt = delivery(added())

    assert await sender.send(replace(attempt, body=b"")) == GaveUp(reason="its body cannot be read")
    lost = Queued(change_id="chg_9", body=b"", first_at=utc_now())
    assert isinstance(await sender.send(replace(attempt, following=(lost,))), Delivered)


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


@pytest.mark.parametrize("fault", [dropped(accepted=True), broken(500, accepted=True)], ids=["dropped", "500"])
async def test_a_message_whose_answer_was_lost_is_found_again(session: aiohttp.ClientSession, fault: Fault) -> None:
    """Posted, answer lost, tried again: the channel's history has it, and exactly one message stands, as the parent."""
    async with FakeSlack(remembers_ids=False).serving() as slack:
        sender = by_token(session, slack)
        attempt = delivery(added("chg_1"))
        slack.faults.append(fault)
        lost = await sender.send(attempt)
        found = await sender.send(again(attempt, lost))

    assert isinstance(lost, Retry)
    assert isinstance(found, Delivered)
    (parent,) = slack.messages
    assert found.memory["ts"] == parent.ts


async def test_a_reply_whose_answer_was_lost_is_found_again(session: aiohttp.ClientSession) -> None:
    """In a thread it is looked for among the replies, and the parent is brought up to date once."""
    async with FakeSlack(remembers_ids=False).serving() as slack:
        sender = by_token(session, slack)
        first = await sender.send(delivery(added("chg_1")))
        attempt = later(first, edited("chg_2"), origin=added("chg_1"))
        slack.faults.append(dropped(accepted=True))
        lost = await sender.send(attempt)
        found = await sender.send(again(attempt, lost))

    parent, reply = slack.messages
    assert isinstance(found, Delivered)
    assert found.message == reply.ts
    assert (found.memory["edits"], parent.edits) == ("1", 1)


async def test_without_the_scope_the_id_alone_keeps_it_single(session: aiohttp.ClientSession) -> None:
    """Where we may not read the history it is sent again under the same client_msg_id."""
    async with FakeSlack(scopes=("chat:write",)).serving() as slack:
        sender = by_token(session, slack)
        attempt = delivery(added("chg_1"))
        slack.faults.append(dropped(accepted=True))
        await sender.send(attempt)
        assert isinstance(await sender.send(again(attempt)), Delivered)

    assert slack.refusals == ["missing_scope"]
    assert len({call.arguments["client_msg_id"] for call in slack.calls if call.method == "chat.postMessage"}) == 1
    assert len(slack.messages) == 1


async def test_a_retry_goes_on_where_the_first_try_broke_off(session: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """The reply was posted and the update met the rate limit: only the update is made up for."""
    sender = by_token(session, slack)
    first = await sender.send(delivery(added("chg_1")))
    attempt = later(first, edited("chg_2"), origin=added("chg_1"))
    slack.method_faults["chat.update"].append(busy(7))
    broke_off = await sender.send(attempt)
    assert isinstance(broke_off, Retry)
    assert (broke_off.after_s, broke_off.counts) == (7, False)
    done = await sender.send(again(attempt, broke_off))

    parent, reply = slack.messages
    assert isinstance(done, Delivered)
    assert (done.message, parent.edits) == (reply.ts, 1)
    assert "doing" not in done.memory


async def test_an_update_nobody_can_explain_repeats_nothing(session: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """The reply has been read; that the parent stays as it was is logged, not retried."""
    sender = by_token(session, slack)
    first = await sender.send(delivery(added("chg_1")))
    slack.method_faults["chat.update"].append(refused("cannot_do_that_today"))

    assert isinstance(await sender.send(later(first, edited("chg_2"))), Delivered)
    assert len(slack.messages) == 2


async def test_a_late_message_says_so(session: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """Twelve minutes after it was queued."""
    attempt = replace(delivery(added()), first_at=datetime.now(UTC) - timedelta(minutes=12))
    await by_token(session, slack).send(attempt)

    assert "delivered 12 min late" in slack.messages[0].shown


async def test_a_digest_is_one_message_and_its_thread(session: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """Thirty lanes: ten rows in the channel, the others in the thread, nothing dropped; a broken try goes on."""
    sender = by_token(session, slack)
    changes = [added(f"chg_{n}", subject=f"pst_{n}", post=replace(POST, headline=f"Post {n}.")) for n in range(30)]
    waiting = [one for one in (sender.waiting(delivery(change)) for change in changes) if one is not None]
    whole = digest(waiting, "many new posts at once")
    slack.method_faults["chat.postMessage"].extend([Fault(status=200, accept=True), busy(1)])
    broke_off = await sender.send_digest(whole)
    done = await sender.send_digest(whole)

    assert isinstance(broke_off, Retry)
    assert broke_off.memory == {}
    top, *rest = slack.messages
    assert isinstance(done, Delivered)
    assert (done.message, done.memory) == (top.ts, {})
    assert {one.thread_ts for one in rest} == {top.ts}
    shown = slack.read_thread(top.ts)
    assert [n for n in range(30) if f"Post {n}." not in shown] == []


async def test_digests_that_never_end_are_forgotten(session: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """What was given up half way takes no room for good."""
    sender = by_token(session, slack)
    for n in range(40):
        waiting = [one for one in [sender.waiting(delivery(added(f"chg_{n}")))] * 12 if one is not None]
        slack.method_faults["chat.postMessage"].extend([Fault(status=200, accept=True), broken(503)])
        assert isinstance(await sender.send_digest(digest(waiting, "many new posts at once")), Retry)

    assert len(sender._begun) <= 16  # nothing else tells


async def test_a_digest_begun_by_another_process_is_found(session: aiohttp.ClientSession) -> None:
    """A frozen digest whose sender was killed is looked for, part by part, before anything is posted."""
    async with FakeSlack(remembers_ids=False).serving() as slack:
        attempts = [delivery(added(f"chg_{n}")) for n in range(12)]
        first, second = by_token(session, slack), by_token(session, slack)
        whole = digest([one for one in map(first.waiting, attempts) if one], "held by quiet hours")
        await first.send_digest(whole)
        posted = len(slack.messages)
        frozen = [second.waiting(replace(one, batch=whole.batch)) for one in attempts]
        await second.send_digest(replace(whole, waiting=tuple(one for one in frozen if one)))

    assert len(slack.messages) == posted


async def test_buttons_stand_on_parents_only(session: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """With an app token the parent has five buttons whose value is the id of its first change, after updates too."""
    sender = by_token(session, slack, app_token=Secret("xapp-demo"))
    first = await sender.send(delivery(added("chg_1")))
    await sender.send(later(first, edited("chg_2"), origin=added("chg_1")))

    parent, reply = slack.messages
    (actions,) = [block for block in parent.arguments["blocks"] if block["type"] == "actions"]
    assert [one["action_id"] for one in actions["elements"]] == ["diff", "open", "ack", "mute_post", "mute_source"]
    assert {one.get("value") for one in actions["elements"]} == {"chg_1", None}
    assert not [block for block in reply.arguments["blocks"] if block["type"] == "actions"]


async def test_what_people_decided_stays_on_the_parent(session: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """An acknowledgement is shown by every later version of the parent."""

    async def standing(lane: str) -> Standing:
        assert lane == "budget-day/pst_1"
        return Standing(acknowledged_by="ada", acknowledged_at=datetime(2023, 3, 21, 17, 21, tzinfo=UTC))

    desk = Slack(name="desk", channel="C0DESK", token=Secret("xoxb-demo"), api_url=slack.api_url)
    sender = SlackSender(session, desk, now=utc_now, standing=standing)
    first = await sender.send(delivery(added("chg_1")))
    await sender.send(later(first, edited("chg_2")))

    assert "Acknowledged by ada at 17:21 UTC" in slack.messages[0].shown


async def test_a_redelivery_is_an_answer_that_says_so(session: aiohttp.ClientSession, slack: FakeSlack) -> None:
    """Asked for again by hand it is told again, and counted once."""
    sender = by_token(session, slack)
    first = await sender.send(delivery(added("chg_1")))
    assert isinstance(first, Delivered)
    asked = await sender.send(delivery(edited("chg_2"), redelivery=True, memory=first.memory))

    assert isinstance(asked, Delivered)
    assert asked.memory["edits"] == "0"
    assert "sent again by hand" in slack.messages[1].shown
    assert slack.messages[0].edits == 0


async def test_an_unusable_destination_is_a_configuration_error(
    session: aiohttp.ClientSession, slack: FakeSlack
) -> None:
    """A token without a channel, or neither, is told at the start."""
    with pytest.raises(ConfigError, match="destination desk: set channel and token_env, or url_env"):
        by_token(session, slack, channel=None)
