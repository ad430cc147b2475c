"""The nasties by the real sender over real HTTP: nothing refused, nothing degraded, nobody pinged."""

import pytest

from monitor.adapters.slack import SlackSender
from monitor.demo.slack import FakeSlack
from monitor.model import Secret, Slack
from monitor.ports import Delivered
from tests.kit.attempts import delivery, guarded_session, utc_now
from tests.kit.slack_law import NASTIES, changes_that_say, many_tiny_edits, our_links


@pytest.mark.parametrize("mode", ["token", "webhook"])
async def test_the_nasties_arrive_as_they_are_written(mode: str) -> None:
    """In every place of every kind of change: delivered at the first request, with blocks."""
    said = [change for text in NASTIES for change in changes_that_say(text)] + [many_tiny_edits()]
    async with FakeSlack().serving() as slack, guarded_session() as session:
        token = Slack(name="desk", channel="C0DESK", token=Secret("xoxb-demo"), api_url=slack.api_url)
        desk = token if mode == "token" else Slack(name="desk", url=Secret(slack.webhook_url))
        sender = SlackSender(session, desk, now=utc_now)
        outcomes = [await sender.send(delivery(one)) for one in said]

    assert {type(one) for one in outcomes} == {Delivered}
    assert slack.refusals == []
    assert len(slack.messages) == len(outcomes) > 500
    assert all(one.arguments["blocks"] for one in slack.messages)
    assert [one.pings for one in slack.messages if one.pings] == []
    ours = {link for change in said for link in our_links(change)}
    assert {link for one in slack.messages for link in one.links} <= ours
