"""What the stand-in says a message does to people: pings, links, pictures, words."""

from typing import Any

import pytest

from monitor.demo.slack.reading import emoji, links, pings, shown

Json = dict[str, Any]


def rich(*elements: Json, kind: str = "rich_text_section") -> Json:
    """A message of one rich text."""
    return {"blocks": [{"type": "rich_text", "elements": [{"type": kind, "elements": list(elements)}]}]}


def section(**text: Any) -> Json:
    """A message of one section."""
    return {"blocks": [{"type": "section", "text": text}]}


def mrkdwn(text: str, **more: Any) -> Json:
    """A message of one marked section."""
    return section(type="mrkdwn", text=text, **more)


@pytest.mark.parametrize(
    ("message", "found"),
    [
        (rich({"type": "broadcast", "range": "channel"}), ["broadcast:channel"]),
        (rich({"type": "user", "user_id": "U1"}, kind="rich_text_quote"), ["user:U1"]),
        (rich({"type": "usergroup", "usergroup_id": "S1"}), ["usergroup:S1"]),
        (rich({"type": "channel", "channel_id": "C1"}), ["channel:C1"]),
        (rich({"type": "team", "team_id": "T1"}), ["team:T1"]),
        (rich({"type": "text", "text": "<!channel> @here"}), []),
        (section(type="plain_text", text="<!channel> @here"), []),
        (mrkdwn("<!here> <@U1|jo> <!subteam^S1> <#C1>"), ["<!here>", "<@U1|jo>", "<!subteam^S1>", "<#C1>"]),
        (mrkdwn("&lt;!here&gt; <!date^1^{date}|x> <https://x.example/#news|@here>"), []),
        (mrkdwn("to @here and #desk, jo@x.example"), ["@here", "#desk"]),
        (mrkdwn("to @here", verbatim=True), []),
        ({"text": "<!everyone>", "parse": "none"}, ["<!everyone>"]),
        ({"text": "@here", "parse": "none"}, []),
        ({"text": "@here"}, []),
        ({"text": "@here #desk https://x.example/#k1", "parse": "full"}, ["@here", "#desk"]),
        ({"text": "@here", "link_names": True}, ["@here"]),
        ({"attachments": [{"text": "<!here>"}]}, ["<!here>"]),
        ({"blocks": [{"type": "markdown", "text": "<!here>"}]}, ["<!here>"]),
        ({"blocks": [{"type": "context", "elements": [{"type": "mrkdwn", "text": "<@U1>"}]}]}, ["<@U1>"]),
    ],
    ids=str,
)
def test_who_is_pinged(message: Json, found: list[str]) -> None:
    """Structural mentions, live ones in marked text, bare names where Slack is told to look for them."""
    assert pings(message) == found


@pytest.mark.parametrize(
    ("message", "found"),
    [
        (rich({"type": "link", "url": "https://x.example/"}), ["https://x.example/"]),
        (rich({"type": "text", "text": "https://x.example/"}), []),
        ({"blocks": [{"type": "actions", "elements": [{"type": "button", "url": "https://x.example/"}]}]},
         ["https://x.example/"]),
        (mrkdwn("<https://x.example/|here> https://y.example/"), ["https://x.example/", "https://y.example/"]),
        (mrkdwn("<https://x.example/> https://y.example/", verbatim=True), ["https://x.example/"]),
        (mrkdwn("<!date^1^{date}^https://x.example/|x>", verbatim=True), ["https://x.example/"]),
        (section(type="plain_text", text="<https://x.example/|here>"), []),
        ({"text": "https://x.example/ <mailto:a@x.example|a>"}, ["mailto:a@x.example", "https://x.example/"]),
        ({"text": "https://x.example/", "parse": "none"}, []),
        ({"text": "see <https://x.example/>", "parse": "none"}, ["https://x.example/"]),
        ({"blocks": [{"type": "markdown", "text": "[x](https://x.example/)"}]}, ["https://x.example/"]),
    ],
    ids=str,
)  # fmt: skip
def test_what_can_be_clicked(message: Json, found: list[str]) -> None:
    """Link elements, buttons, marked links, and bare addresses where Slack looks for them."""
    assert links(message) == found


@pytest.mark.parametrize(
    ("message", "found"),
    [
        (rich({"type": "text", "text": ":rocket:"}), []),
        (rich({"type": "emoji", "name": "wave"}), [":wave:"]),
        (section(type="plain_text", text=":rocket: 12:30:45"), [":rocket:", ":30:"]),
        (section(type="plain_text", text=":rocket:", emoji=False), []),
        (mrkdwn(":rocket:"), [":rocket:"]),
        ({"text": ":rocket:"}, [":rocket:"]),
        ({"text": ":rocket:", **rich({"type": "text", "text": "x"})}, []),
    ],
    ids=str,
)
def test_what_becomes_a_picture(message: Json, found: list[str]) -> None:
    """Words between colons, wherever emoji is not switched off."""
    assert emoji(message) == found


def test_what_is_read() -> None:
    """Block by block, marks resolved, styles left out; the text alone where there are no blocks."""
    message = {
        "text": "hidden",
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": "Edited: Toll"}},
            *rich(
                {"type": "text", "text": "14", "style": {"strike": True}},
                {"type": "text", "text": "17"},
                {"type": "date", "timestamp": 1, "format": "{time}", "fallback": " 12:03"},
            )["blocks"],
            {"type": "divider"},
            *mrkdwn("<https://x.example/|the post> &lt;b&gt; <@U1>")["blocks"],
            {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Mute"}}]},
        ],
    }

    assert shown(message) == "Edited: Toll\n1417 12:03\nthe post <b> @U1\n[Mute]"
    assert shown({"text": "a &amp; <https://x.example/>"}) == "a & https://x.example/"
