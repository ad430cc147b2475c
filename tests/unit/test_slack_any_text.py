"""Any page text to Slack, through the stand-in's own rules: taken, nobody pinged, only our links."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from monitor.core.deliver.blocks import Message
from monitor.model import Change
from tests.kit.changes import AFTER, added
from tests.kit.slack_law import MONSTERS, NASTIES, any_change, breaches, changes_that_say, many_tiny_edits


@settings(max_examples=2_000, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(any_change)
def test_whatever_a_page_says_slack_takes_it_and_nobody_is_pinged(change: Change) -> None:
    """Every renderer's message of any change is accepted, pings nobody, links where we lead, and shows no emoji."""
    assert list(breaches(change)) == []


@pytest.mark.parametrize("text", [pytest.param(text, id=f"nasty{place}") for place, text in enumerate(NASTIES)])
def test_each_nasty_in_every_place_of_every_change(text: str) -> None:
    """The worst texts known, as headline, body, author, reason, key and address."""
    assert [breach for change in changes_that_say(text) for breach in breaches(change)] == []


@pytest.mark.parametrize("text", [pytest.param(text, id=text[:2]) for text in MONSTERS])
def test_a_word_of_a_megabyte_is_cut(text: str) -> None:
    """As a new post and as an edit: what is shown is a beginning."""
    assert [breach for change in changes_that_say(text)[:3:2] for breach in breaches(change)] == []


def test_five_thousand_tiny_edits_are_one_message() -> None:
    """However often a body changed, the message keeps its limits."""
    assert list(breaches(many_tiny_edits())) == []


def test_the_law_is_able_to_fail() -> None:
    """A renderer that lets a page's text through as it is breaks each part of the law."""

    def loud(change: Change) -> tuple[Message]:
        text = change.after.body[0] if change.after else ""
        return (Message(text, ({"type": "section", "text": {"type": "mrkdwn", "text": text}},)),)

    def told(text: str) -> set[str]:
        change = added(after=replace(AFTER, body=(text,)))
        return {breach.what for breach in breaches(change, {"loud": loud})}

    assert told("<!channel>") == {"pings <!channel>"}
    assert told("<https://evil.example|x>") == {"links to https://evil.example"}
    assert told(":rocket:") == {"shows a picture for :rocket:"}
    assert told("x" * 3_001) == {
        "refused: invalid_blocks ['must be less than 3001 characters [json-pointer:/blocks/0/text/text]']"
    }
