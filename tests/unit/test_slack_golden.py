"""One message of every kind is, to the byte, what was looked at and found good; and Slack takes it."""

import json

import pytest

from monitor.core.deliver.richtext import MOST_BLOCKS, MOST_BYTES, Message, within_bytes
from monitor.demo.slack import fault_of, update_fault
from monitor.demo.slack.reading import pings, shown
from monitor.demo.slack.rules import problems
from tests.kit.slack_golden import FOLDER, goldens, written

GOLDENS = goldens()


@pytest.mark.parametrize("name", GOLDENS)
def test_a_message_is_as_it_was_found_good(name: str) -> None:
    """A change of what people see is made on purpose: ``python -m tests.kit.slack_golden`` writes it down."""
    assert written(GOLDENS[name]) == (FOLDER / f"{name}.json").read_text(encoding="utf-8")


def test_every_golden_file_is_compared() -> None:
    """None is left over from a message that is no longer made."""
    assert {path.stem for path in FOLDER.iterdir()} == set(GOLDENS)


@pytest.mark.parametrize("name", GOLDENS)
def test_every_message_is_within_slacks_schema_and_limits(name: str) -> None:
    """As a new message and as an update; nobody is pinged; the first words tell most."""
    message = GOLDENS[name]
    payload = message.payload()

    assert (fault_of(payload), problems(payload), pings(payload)) == (None, [], [])
    assert update_fault(message.update_payload(), payload) is None
    assert message.update_payload()["parse"] == "none"
    assert len(message.blocks) <= min(MOST_BLOCKS, 8)
    assert len(json.dumps(message.blocks).encode()) <= MOST_BYTES
    assert name.endswith("plain") or len(message.text) <= 300


@pytest.mark.parametrize("name", [name for name in GOLDENS if name.startswith("parent") or name.endswith("lean")])
def test_every_parent_can_replace_every_other(name: str) -> None:
    """Each has a rich_text block, so Slack finds no mismatch."""
    for other in (one for key, one in GOLDENS.items() if key.startswith("parent")):
        assert update_fault(GOLDENS[name].update_payload(), other.payload()) is None


def test_a_removed_post_is_quoted_with_its_proof() -> None:
    """The deleted text, the digest it is kept under, the copy that lacked it, and when."""
    text = shown(GOLDENS["removed"].payload())

    assert "At least 14 people were hurt." in text
    assert "SHA-256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" in text
    assert "missing from 003_20230321T120310Z.html, captured 21 Mar 2023 12:03:10 UTC" in text


def test_hidden_characters_are_taken_out_and_counted() -> None:
    """A reader learns that the page held what nobody was meant to see."""
    assert "hidden characters removed: 2" in shown(GOLDENS["hidden_characters"].payload())


@pytest.mark.parametrize("text", ["a" * 5_000, "東" * 3_000, "&amp;" * 2_000, "x&lt;" * 1_001])
def test_an_update_is_cut_to_its_bytes(text: str) -> None:
    """At most 4,000 bytes, and neither a character nor an entity is cut in two."""
    cut = within_bytes(text, 4_000)

    assert len(cut.encode()) <= 4_000
    assert text.startswith(cut.removesuffix("…"))
    assert cut.count("&") == cut.count(";")
    assert Message(text).update_payload()["text"] == cut
