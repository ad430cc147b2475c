"""Changes as Slack messages: readable, within the limits, and deaf to whatever the page says."""

import operator
import re
from dataclasses import replace
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.deliver import excerpt as excerpts
from monitor.core.deliver import saying, slack_text
from monitor.core.deliver.blocks import LABELS, MOST_BLOCKS, MOST_BYTES, Message, forms, message, plain
from monitor.core.deliver.excerpt import excerpt, paragraphs
from monitor.core.deliver.slack_text import beginning, clean, clip, escaped, line, marked, one_line, safe_link
from monitor.demo.slack import Posted, fault_of
from monitor.model import Change, ChangeType, PageRef, Redline, Span
from tests.kit.changes import AFTER, AT, BEFORE, POST, SOURCE, added, changes, edited, failing

NASTY = [
    "<!channel>", "<!here> look", "<@U012345>", "<!subteam^S1|x>", "<#C1>", "<https://evil.example|click here>",
    "&lt;!everyone&gt;", "@here @channel", "*b* _i_ ~s~ `c`", ":rocket:", "<!date^1392734382^{date}|x>",
    "\u202eevil\u202c", "a\u200bb\u2060c\ufeff", "\x00\x1b[31m", "\ud800", "x" * 100_000, "",
]  # fmt: skip
hostile = st.sampled_from(NASTY) | st.text(max_size=30) | st.builds(operator.add, st.sampled_from(NASTY), st.text())


def posted(shown: Message) -> Posted:
    """The message as the stand-in for Slack would hold it."""
    return Posted(at=AT, channel="C", ts="1", thread_ts=None, arguments=shown.payload())


def runs(shown: Message) -> list[tuple[str, str]]:
    """The styled runs of the message: text and style."""
    return [
        (element["text"], "".join(sorted(element.get("style", {}))))
        for block in shown.blocks
        if block["type"] == "rich_text"
        for section in block["elements"]
        for element in section["elements"]
    ]


def words(shown: Message) -> str:
    """Everything the blocks show."""
    return re.sub(r"\s+", " ", " ".join(text for text, _ in runs(shown)))


def test_an_edit_shows_its_redline() -> None:
    """Deleted text is struck and inserted text bold, the reason and the headline stand above, the source below."""
    shown = message(edited())

    assert shown.blocks[0]["text"] == {"type": "plain_text", "text": "Edited: Toll", "emoji": False}
    assert runs(shown) == [
        ("number; 14 → 17; no time on the page changed with it", "italic"),
        ("At least ", ""),
        ("14", "strike"),
        ("17", "bold"),
        (" people were hurt.", ""),
        ("Open the post (news.example)", ""),
    ]
    assert shown.blocks[-1]["elements"][0]["text"] == "budget-day · 21 Mar 2023 12:03:10 UTC · version 2, change 3 · Jo"
    assert shown.text == "Edited: Toll — “14” → “17”"
    assert posted(shown).links == ["https://news.example/live#k1"]


@pytest.mark.parametrize(
    ("change", "header", "says"),
    [
        (added(), "New: Toll", "At least 17 people were hurt."),
        (edited(type="post.removed", after=None, redline={}), "Removed: Toll", "At least 14 people were hurt."),
        (edited(type="post.restored", redline={}), "Restored: Toll", "At least 17 people were hurt."),
        (failing(), "Source failing: budget-day", "HTTP 503 three times in a row"),
        (
            Change(id="c", type="page.edited", at=AT, source=SOURCE, subject="page",
                   page=PageRef(title="Budget passed", previous_title="Budget day")),
            "Page edited: Budget passed",
            "title: Budget day → Budget passed",
        ),
        (
            Change(id="c", type="page.closed", at=AT, source=SOURCE, subject="page",
                   page=PageRef(title="Day one", successor="https://news.example/two")),
            "Coverage ended: Day one",
            "the next page (news.example)",
        ),
        (Change(id="c", type="delivery.dead", at=AT, source=SOURCE, subject="desk", reason="HTTP 500"),
         "Delivery given up: desk", "HTTP 500"),
    ],
    ids=lambda value: value.type if isinstance(value, Change) else "",
)  # fmt: skip
def test_every_type_tells_what_happened(change: Change, header: str, says: str) -> None:
    """Each kind of change has a header that names it and shows its text, reason or titles."""
    shown = message(change)

    assert shown.blocks[0]["text"]["text"] == header
    assert says in words(shown)
    assert shown.text.startswith(header)


def test_a_retiming_shows_both_times() -> None:
    """The old time is struck, the new one bold, the page's own words beside them."""
    old = Span(earliest=AT, latest=AT, text="12:03")
    change = edited(
        type="post.retimed", fields=("published",), redline={},
        before=replace(BEFORE, published=old), after=replace(BEFORE, published=None),
    )  # fmt: skip

    assert ("21 Mar 12:03:10 UTC (“12:03”)", "strike") in runs(message(change))
    assert ("none", "bold") in runs(message(change))


def test_a_long_edit_shows_its_hunks_with_a_few_words_around() -> None:
    """Between two far apart changes the middle is left out, and the words next to each change stay."""
    middle = " ".join(f"w{n}" for n in range(100))
    redline: Redline = (
        ("=", f"start {middle} "),
        ("-", "old"),
        ("=", f" {middle} "),
        ("+", "new"),
        ("=", f" {middle}"),
    )
    shown, left_out = excerpt(redline, 600)

    assert shown == [
        ("=", "… w92 w93 w94 w95 w96 w97 w98 w99 "),
        ("-", "old"),
        ("=", " w0 w1 w2 w3 w4 w5 w6 w7 … w92 w93 w94 w95 w96 w97 w98 w99 "),
        ("+", "new"),
        ("=", " w0 w1 w2 w3 w4 w5 w6 w7 …"),
    ]
    assert left_out == 0


def test_what_does_not_fit_is_counted() -> None:
    """Five thousand tiny edits make one message that says how many it does not show."""
    redline: Redline = tuple(run for n in range(5_000) for run in (("-", f"{n}"), ("+", f"{n + 1}"), ("=", " ")))
    shown = message(edited(redline={"body": redline}))

    assert re.search(r"and \d{4} more changes", words(shown))
    assert len(msgspec.json.encode(shown.blocks)) <= MOST_BYTES


@settings(max_examples=150)
@given(changes(hostile))
def test_page_text_can_neither_ping_nor_link_nor_break_the_message(change: Change) -> None:
    """Whatever a page says, Slack takes the message, nobody is notified, and only our links can be clicked."""
    for shown in (message(change), plain(change)):
        payload = shown.payload()
        assert fault_of(payload) is None
        assert posted(shown).pings == []
        assert len(shown.blocks) <= MOST_BLOCKS
        assert len(msgspec.json.encode(shown.blocks)) <= MOST_BYTES
        ours = saying.link(change)
        text = shown.text.removesuffix(f"\n{marked(ours[0])}") if ours and not shown.blocks else shown.text
        assert "<" not in text
        assert ">" not in text
        assert re.sub("&(amp|lt|gt);", "", shown.text).count("&") == 0
        asked = [SOURCE.url, change.post.url if change.post else None, change.page.successor if change.page else None]
        assert set(posted(shown).links) <= {link[0] for url in asked if (link := safe_link(url))}
        assert (payload["unfurl_links"], payload["link_names"], payload["parse"]) == (False, False, "none")
    assert len(message(change).text) <= 300


whites = st.text(st.sampled_from("a b\r\n\t\u200b\u2028é"), max_size=3_000)


@given(whites | st.text(max_size=2_000), st.integers(1, 400))
def test_cutting_first_shows_the_same(text: str, limit: int) -> None:
    """What is read of a text only as far as it is shown reads as the whole would."""
    assert clean(text).startswith(beginning(text, limit))
    assert len(beginning(text, limit)) > limit or beginning(text, limit) == clean(text)
    assert line(text, limit) == clip(one_line(text), limit)
    assert paragraphs([text], limit) == clip(clean(text).strip(), limit)


def test_a_megabyte_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """To show a beginning, a few thousand characters are cleaned."""
    read = 0

    def counted(text: str) -> str:
        nonlocal read
        read += len(text)
        return clean(text)

    monkeypatch.setattr(slack_text, "clean", counted)
    monkeypatch.setattr(excerpts, "clean", counted)
    huge = replace(AFTER, body=("word " * 200_000,))
    runs: Redline = (("=", huge.body[0]), ("-", huge.body[0]), ("+", "new"), ("=", huge.body[0]))
    for change in (added(after=huge), edited(before=huge, after=huge, redline={"body": runs})):
        list(forms(change))

    assert read < 200_000


@pytest.mark.parametrize("url", ["https://news.example/live?a=1&b=<2>|x#k1", "https://news.example/live"])
def test_the_address_of_the_plain_form_can_be_clicked(url: str) -> None:
    """Without blocks Slack makes an address clickable between angle brackets alone: ours, whole, at the end."""
    shown = plain(added(post=replace(POST, url=url), after=replace(AFTER, body=("<https://evil.example|x> " * 500,))))
    link = safe_link(url)

    assert link is not None
    assert posted(shown).links == [link[0]]
    assert shown.text.endswith(f"\n{marked(link[0])}")
    assert len(shown.text) <= 3_000


@settings(max_examples=150)
@given(changes(hostile))
def test_page_text_stands_in_literal_places_only(change: Change) -> None:
    """No mrkdwn object and no element but text and our link is ever used, and no text is empty or invisible."""
    kinds: set[str] = set()

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            kinds.update([node["type"]] if "type" in node else [])
            if isinstance(node.get("text"), str):
                assert node["text"]
                assert clean(node["text"]) == node["text"]
        for one in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            walk(one)

    walk(list(message(change).blocks))
    assert kinds <= {
        "header", "plain_text", "rich_text", "rich_text_section", "rich_text_quote", "text", "link", "context",
    }  # fmt: skip


@given(st.text(), st.integers(1, 300))
def test_escaped_text_keeps_its_limit_and_its_entities(text: str, limit: int) -> None:
    """Escaping counts towards the limit, and a cut never leaves half an entity."""
    shown = escaped(text, limit)

    assert len(shown) <= limit
    assert re.fullmatch("(?:[^&<>]|&(?:amp|lt|gt);)*", shown, re.DOTALL)


@pytest.mark.parametrize(
    "url",
    [None, "", "javascript:alert(1)", "file:///etc/passwd", "//evil.example", "https://user:pw@evil.example/",
     "http://internal\\@public/", "https://exa\u200bmple.org/", "https://ex ample/", "https://", "https://a:b/",
     "https://аррӏе.com/", "http://x/" + "a" * 3_000, "https://[bad/"],
)  # fmt: skip
def test_a_misleading_url_is_no_link(url: str | None) -> None:
    """Other schemes, user parts, backslashes, hidden or look-alike characters and monsters are not clickable."""
    assert safe_link(url) is None
    assert posted(message(added(post=replace(POST, url=url)))).links == [SOURCE.url]


def test_a_link_shows_its_host_and_is_encoded() -> None:
    """What could end a link early is percent-encoded; a port is part of what is shown."""
    assert safe_link("https://news.example:8443/ü?a=<b>|c") == (
        "https://news.example:8443/%C3%BC?a=%3Cb%3E%7Cc",
        "news.example:8443",
    )


def test_a_post_without_a_headline_is_named_by_its_first_words() -> None:
    """The header is never empty: the body's first paragraph stands in, then the source."""
    bare = replace(AFTER, headline=" ", body=("", "First words here."))
    shown = message(added(post=replace(POST, headline="\u200b"), after=bare))

    assert shown.blocks[0]["text"]["text"] == shown.text == "New: First words here."


def test_every_type_has_a_label() -> None:
    """A new type of change cannot be forgotten here."""
    assert set(LABELS) == set(get_args(ChangeType))
