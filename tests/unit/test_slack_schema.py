"""The stand-in's schema of Slack's blocks: for each rule one block it takes and one it refuses."""

from typing import Any

import pytest

from monitor.demo.slack.rules import fault_of, problems

Json = dict[str, Any]


def plain(text: str = "x", **more: Any) -> Json:
    """A plain_text object."""
    return {"type": "plain_text", "text": text, **more}


def mrkdwn(text: str = "x", **more: Any) -> Json:
    """A mrkdwn object."""
    return {"type": "mrkdwn", "text": text, **more}


def button(**more: Any) -> Json:
    """A button."""
    return {"type": "button", "text": plain(), **more}


def header(text: object) -> Json:
    """A header block."""
    return {"type": "header", "text": text}


def section(**parts: Any) -> Json:
    """A section block."""
    return {"type": "section", **parts}


def link(url: str, **more: Any) -> Json:
    """A rich text that is one link."""
    return rich({"type": "link", "url": url, **more})


def actions(*elements: Json, **more: Any) -> Json:
    """An actions block."""
    return {"type": "actions", "elements": list(elements), **more}


def context(*elements: Json) -> Json:
    """A context block."""
    return {"type": "context", "elements": list(elements)}


def rich(*elements: Json, kind: str = "rich_text_section", **more: Any) -> Json:
    """A rich_text block of one section."""
    return {"type": "rich_text", "elements": [{"type": kind, "elements": list(elements), **more}]}


def run(text: str = "x", **more: Any) -> Json:
    """A literal run."""
    return {"type": "text", "text": text, **more}


def confirming(**parts: Any) -> Json:
    """A button that asks again."""
    return actions(button(confirm={"title": plain(), "text": mrkdwn(), "confirm": plain(), **parts}))


def image(**parts: Any) -> Json:
    """An image block."""
    return {"type": "image", "image_url": "https://x.example/p.png", "alt_text": "a", **parts}


def table(rows: int, cells: int) -> Json:
    """A table of raw texts."""
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * cells] * rows}


LIST = {"kind": "rich_text_list", "style": "bullet"}
SECTION = {"type": "rich_text_section", "elements": [run()]}
DIVIDER: Json = {"type": "divider"}

PAIRS: list[tuple[str, Json, Json]] = [
    ("a block of an unknown type", DIVIDER, {"type": "dividers"}),
    ("a block without a type", DIVIDER, {}),
    ("a key too many in a block", DIVIDER, {"type": "divider", "text": plain()}),
    ("a block_id", {**DIVIDER, "block_id": "b" * 255}, {**DIVIDER, "block_id": "b" * 256}),
    ("an empty block_id", {**DIVIDER, "block_id": "b"}, {**DIVIDER, "block_id": ""}),
    ("a header's length", header(plain("x" * 150)), header(plain("x" * 151))),
    ("an empty header", header(plain()), header(plain(""))),
    ("marks in a header", header(plain()), header(mrkdwn())),
    ("a bare text for a text object", header(plain()), header("x")),
    ("emoji is true or false", header(plain(emoji=False)), header(plain(emoji=0))),
    ("emoji in mrkdwn", context(mrkdwn(verbatim=True)), context(mrkdwn(emoji=False))),
    ("a section's length", section(text=mrkdwn("x" * 3_000)), section(text=mrkdwn("x" * 3_001))),
    ("a section of nothing", section(fields=[plain()]), section()),
    ("the number of fields", section(fields=[plain()] * 10), section(fields=[plain()] * 11)),
    ("a field's length", section(fields=[plain("x" * 2_000)]), section(fields=[plain("x" * 2_001)])),
    ("an accessory", section(text=plain(), accessory=button()),
     section(text=plain(), accessory=plain())),
    ("the number in a context", context(*[plain()] * 10), context(*[plain()] * 11)),
    ("an empty context", context(plain()), context()),
    ("what stands in a context", context({"type": "image", "image_url": "https://x.example/p", "alt_text": "a"}),
     context(button())),
    ("the number of actions", actions(*[button()] * 25), actions(*[button()] * 26)),
    ("a button's text", actions(button(text=plain("x" * 75))), actions(button(text=plain("x" * 76)))),
    ("a button's marks", actions(button()), actions(button(text=mrkdwn()))),
    ("a button's value", actions(button(value="x" * 2_000)), actions(button(value="x" * 2_001))),
    ("a button's address", actions(button(url="https://x.example/")), actions(button(url="javascript:alert(1)"))),
    ("a button's long address", actions(button(url="https://x/" + "a" * 2_990)),
     actions(button(url="https://x/" + "a" * 2_991))),
    ("a button's action_id", actions(button(action_id="a" * 255)), actions(button(action_id="a" * 256))),
    ("action_id twice in a block", actions(button(action_id="a"), button(action_id="b")),
     actions(button(action_id="a"), button(action_id="a"))),
    ("a button's style", actions(button(style="danger")), actions(button(style="default"))),
    ("a button's label for readers", actions(button(accessibility_label="x" * 75)),
     actions(button(accessibility_label="x" * 76))),
    ("a question's title", confirming(title=plain("x" * 100)), confirming(title=plain("x" * 101))),
    ("a question's text", confirming(text=plain("x" * 300)), confirming(text=plain("x" * 301))),
    ("a question's yes", confirming(confirm=plain("x" * 30)), confirming(confirm=plain("x" * 31))),
    ("a question's no", confirming(deny=plain("x" * 30)), confirming(deny=plain("x" * 31))),
    ("a menu's choices", actions({"type": "overflow", "options": [{"text": plain(), "value": "v"}] * 5}),
     actions({"type": "overflow", "options": [{"text": plain(), "value": "v"}] * 6})),
    ("a choice's value", actions({"type": "overflow", "options": [{"text": plain(), "value": "v" * 150}]}),
     actions({"type": "overflow", "options": [{"text": plain(), "value": "v" * 151}]})),
    ("a select's choices", actions({"type": "static_select", "options": [{"text": plain(), "value": "v"}] * 100}),
     actions({"type": "static_select", "options": [{"text": plain(), "value": "v"}] * 101})),
    ("an image's address", image(), image(image_url="data:image/png;base64,x")),
    ("an image's description", image(alt_text="x" * 2_000), image(alt_text="x" * 2_001)),
    ("an image's title", image(title=plain("x" * 2_000)), image(title=plain("x" * 2_001))),
    ("an image of nothing", image(), {"type": "image", "alt_text": "a"}),
    ("an empty run", rich(run()), rich(run(""))),
    ("a run without text", rich(run()), rich({"type": "text"})),
    ("a run's style", rich(run(style={"bold": True, "strike": False})), rich(run(style={"bold": "yes"}))),
    ("an unknown style", rich(run(style={"underline": True})), rich(run(style={"blink": True}))),
    ("an unknown element", rich(run()), rich(plain())),
    ("an unknown section", rich(run()), rich(run(), kind="rich_text_paragraph")),
    ("an empty section", rich(run()), rich()),
    ("a rich text of nothing", rich(run()), {"type": "rich_text", "elements": []}),
    ("a run outside a section", rich(run()), {"type": "rich_text", "elements": [run()]}),
    ("a key too many in a section", rich(run()), rich(run(), border=1)),
    ("a quote's border", rich(run(), kind="rich_text_quote", border=1), rich(run(), kind="rich_text_quote", border=2)),
    ("a list of sections", rich(SECTION, **LIST), rich(run(), **LIST)),
    ("a list's style", rich(SECTION, **LIST), rich(SECTION, kind="rich_text_list")),
    ("a list's indent", rich(SECTION, **LIST, indent=8), rich(SECTION, **LIST, indent=9)),
    ("what is preformatted", rich(run(), kind="rich_text_preformatted"),
     rich({"type": "emoji", "name": "wave"}, kind="rich_text_preformatted")),
    ("a link's address", link("https://x.example/"), link("javascript:x")),
    ("a link's text", link("https://x.example/", text="x"),
     link("https://x.example/", text="")),
    ("a date's time", rich({"type": "date", "timestamp": 1679400000, "format": "{time}"}),
     rich({"type": "date", "timestamp": "1679400000", "format": "{time}"})),
    ("a broadcast's range", rich({"type": "broadcast", "range": "here"}), rich({"type": "broadcast", "range": "all"})),
    ("a user's id", rich({"type": "user", "user_id": "U1"}), rich({"type": "user", "user_id": "jo"})),
    ("a group's id", rich({"type": "usergroup", "usergroup_id": "S1"}), rich({"type": "usergroup", "user_id": "U1"})),
    ("an emoji's name", rich({"type": "emoji", "name": "wave"}), rich({"type": "emoji", "name": ":wave:"})),
    ("a markdown block", {"type": "markdown", "text": "x" * 12_000}, {"type": "markdown", "text": "x" * 12_001}),
    ("a table's rows", table(100, 1), table(101, 1)),
    ("a table's cells", table(1, 20), table(1, 21)),
]  # fmt: skip


@pytest.mark.parametrize(("taken", "refused"), [pytest.param(a, b, id=name) for name, a, b in PAIRS])
def test_each_rule_takes_the_one_and_refuses_the_other(taken: Json, refused: Json) -> None:
    """The last thing within a limit is taken, the first beyond it is ``invalid_blocks``, and named."""
    assert fault_of({"blocks": [taken]}) is None
    assert fault_of({"blocks": [refused]}) == "invalid_blocks"
    assert problems({"blocks": [refused]})


def test_a_message_has_fifty_blocks() -> None:
    """Fifty-one are refused."""
    headers = [header(plain())] * 50

    assert fault_of({"blocks": headers}) is None
    assert fault_of({"blocks": [*headers, headers[0]]}) == "invalid_blocks"


def test_block_ids_are_unique() -> None:
    """The same id twice is refused, and its place is named."""
    twice = [{**DIVIDER, "block_id": "b"}, {**DIVIDER, "block_id": "b"}]

    assert fault_of({"blocks": [twice[0], DIVIDER, DIVIDER]}) is None
    assert fault_of({"blocks": twice}) == "invalid_blocks"
    assert problems({"blocks": twice}) == ["`block_id` already exists [json-pointer:/blocks/1/block_id]"]


def test_a_message_has_one_table() -> None:
    """Two are refused."""
    assert fault_of({"blocks": [table(1, 1)]}) is None
    assert fault_of({"blocks": [table(1, 1)] * 2}) == "invalid_blocks"
