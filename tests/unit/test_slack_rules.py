"""The stand-in's rules of whole messages: for each one message it takes and one it refuses, by Slack's own name."""

from typing import Any

import pytest

from monitor.demo.slack.pace import Limits, Paces
from monitor.demo.slack.rules import fault_of, update_fault, updated

Json = dict[str, Any]


def rich(*texts: str) -> list[Json]:
    """One rich_text block."""
    runs = [{"type": "text", "text": text} for text in texts]
    return [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": runs}]}]


def metadata(payload: object = None, **more: object) -> Json:
    """A message with metadata."""
    return {"text": "x", "metadata": {"event_type": "change", "event_payload": payload or {}, **more}}


HEADER = {"type": "header", "text": {"type": "plain_text", "text": "x" * 100}}
MARKDOWN = {"type": "markdown", "text": "x" * 6_000}
TS = "1679400000.000001"

RULES: list[tuple[str, Json, Json, str]] = [
    ("something is said", {"text": "x"}, {"text": " \n"}, "no_text"),
    ("something is said at all", {"blocks": rich("x")}, {"blocks": []}, "no_text"),
    ("the text is a text", {"text": "x"}, {"text": ["x"]}, "invalid_arguments"),
    ("the text's length", {"text": "x" * 40_000}, {"text": "x" * 40_001}, "msg_too_long"),
    ("blocks are a list", {"blocks": rich("x")}, {"blocks": {"type": "divider"}}, "invalid_blocks_format"),
    ("the whole message", {"blocks": rich("x" * 13_200)}, {"blocks": rich("x" * 13_201)}, "msg_blocks_too_long"),
    ("the whole message in pieces", {"blocks": rich(*["x" * 1_320] * 10)}, {"blocks": rich(*["x" * 1_320] * 10, "x")},
     "msg_blocks_too_long"),
    ("a header costs more", {"blocks": [HEADER, *rich("x" * 13_000)]}, {"blocks": [HEADER, *rich("x" * 13_001)]},
     "msg_blocks_too_long"),
    ("a divider costs too", {"blocks": [{"type": "divider"}, *rich("x" * 13_075)]},
     {"blocks": [{"type": "divider"}, *rich("x" * 13_076)]}, "msg_blocks_too_long"),
    ("all markdown together", {"blocks": [MARKDOWN] * 2}, {"blocks": [MARKDOWN, MARKDOWN, {**MARKDOWN, "text": "x"}]},
     "msg_blocks_too_long"),
    ("markdown_text alone", {"markdown_text": "x"}, {"markdown_text": "x", "text": "x"}, "markdown_text_conflict"),
    ("markdown_text's length", {"markdown_text": "x" * 12_000}, {"markdown_text": "x" * 12_001}, "msg_too_long"),
    ("the number of attachments", {"attachments": [{"text": "x"}] * 100}, {"attachments": [{"text": "x"}] * 101},
     "too_many_attachments"),
    ("attachments are objects", {"attachments": [{"text": "x"}]}, {"attachments": ["x"]}, "invalid_attachments"),
    ("blocks of attachments", {"attachments": [{"blocks": rich("x")}]}, {"attachments": [{"blocks": rich("")}]},
     "invalid_blocks"),
    ("metadata's form", metadata(), metadata(more=1), "invalid_metadata_format"),
    ("metadata's size", metadata({"a": "x" * 15_000}), metadata({"a": "x" * 16_000}), "metadata_too_large"),
    ("parse is a known word", {"text": "x", "parse": "none"}, {"text": "x", "parse": "some"}, "invalid_arguments"),
    ("switches are switches", {"text": "x", "unfurl_links": False}, {"text": "x", "unfurl_links": "no"},
     "invalid_arguments"),
    ("a thread's ts is a text", {"text": "x", "thread_ts": TS}, {"text": "x", "thread_ts": 1679400000.000001},
     "invalid_thread_ts"),
    ("a thread's ts has a form", {"text": "x", "thread_ts": TS}, {"text": "x", "thread_ts": "0"}, "invalid_thread_ts"),
    ("a broadcast is a reply", {"text": "x", "thread_ts": TS, "reply_broadcast": True},
     {"text": "x", "reply_broadcast": True}, "invalid_arguments"),
]  # fmt: skip


@pytest.mark.parametrize(("taken", "refused", "error"), [pytest.param(*rule, id=name) for name, *rule in RULES])
def test_each_rule_takes_the_one_and_refuses_the_other(taken: Json, refused: Json, error: str) -> None:
    """The last message within a rule is taken, the first beyond it refused by name."""
    assert fault_of(taken) is None
    assert fault_of(refused) == error


EDITS: list[tuple[str, Json, Json, str]] = [
    ("the text's bytes", {"text": "é" * 2_000}, {"text": "é" * 2_001}, "msg_too_long"),
    ("rich text stays", {"text": "x", "blocks": rich("y")}, {"text": "x", "blocks": [HEADER]}, "block_mismatch"),
    ("rich text is not taken away", {"text": "x"}, {"text": "x", "blocks": []}, "block_mismatch"),
    ("blocks like any", {"blocks": rich("y")}, {"blocks": rich("")}, "invalid_blocks"),
]


@pytest.mark.parametrize(("taken", "refused", "error"), [pytest.param(*rule, id=name) for name, *rule in EDITS])
def test_each_rule_of_edits(taken: Json, refused: Json, error: str) -> None:
    """An edit obeys the rules of messages, and a few of its own, against what is shown now."""
    before = {"text": "x", "blocks": rich("x")}

    assert update_fault(taken, before) is None
    assert update_fault(refused, before) == error


def test_an_edit_keeps_what_it_does_not_name() -> None:
    """Blocks and metadata stay where they are not given, and how text is parsed falls back to ``client``."""
    before = {"text": "a", "blocks": rich("a"), "metadata": {"event_type": "e", "event_payload": {}}, "parse": "none"}

    assert updated({"text": "b"}, before) == {**before, "text": "b", "parse": "client"}
    assert updated({"text": "b", "blocks": [HEADER], "parse": "none"}, before) == {
        **before,
        "text": "b",
        "blocks": [HEADER],
    }


def test_a_channel_takes_a_message_a_second() -> None:
    """After the burst one a second, each channel for itself; a refused one costs nothing."""
    paces = Paces(Limits(per_s=1, burst=3, workspace_per_s=100, workspace_burst=100))

    assert [paces.message_wait_s("C1", 10.0) for _ in range(5)] == [0, 0, 0, 1, 1]
    assert paces.message_wait_s("C2", 10.0) == 0
    assert [paces.message_wait_s("C1", now_s) for now_s in (10.9, 11.0, 11.5, 12.0)] == [1, 0, 1, 0]


def test_a_workspace_has_a_cap_of_its_own() -> None:
    """Many channels at once meet the workspace's limit, and are told how long it lasts."""
    paces = Paces(Limits(workspace_per_s=0.5, workspace_burst=2))

    assert [paces.message_wait_s(f"C{n}", 0.0) for n in range(4)] == [0, 0, 2, 2]
    assert paces.message_wait_s("C9", 2.0) == 0


def test_a_method_has_its_tier() -> None:
    """Fifty edits in any minute, no more; the wait is until the first of them is a minute old."""
    paces = Paces(Limits())

    assert [paces.method_wait_s("chat.update", float(n)) for n in range(50)] == [0] * 50
    assert paces.method_wait_s("chat.update", 50.0) == 10
    assert paces.method_wait_s("conversations.history", 50.0) == 0
    assert paces.method_wait_s("chat.update", 60.0) == 0


def test_without_limits_nothing_waits() -> None:
    """For tests of other things."""
    paces = Paces(None)

    assert {paces.message_wait_s("C", 0.0) + paces.method_wait_s("chat.update", 0.0) for _ in range(200)} == {0}
