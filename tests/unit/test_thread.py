"""What a message to a lane is: net redlines, counts, broadcasts, and what a thread remembers."""

import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.compare.redline import apply
from monitor.core.deliver.blocks import forms
from monitor.core.deliver.letters import parent, reply
from monitor.core.deliver.netting import Net, is_cosmetic, net, nets
from monitor.core.deliver.thread import Thread, broadcasts, cumulative, opens, recalled
from monitor.core.deliver.wire import decode, encode
from monitor.model import Change, PageRef, Redline, Significance
from tests.kit.changes import AFTER, AT, SOURCE, added, edited, failing
from tests.kit.strategies import paragraphs

THREAD = Thread(to="C0DESK", channel="C0DESK", ts="1.1", origin="chg_0", last="chg_0", latest_at=AT)


def history(*bodies: Sequence[str], **parts: Any) -> list[Change]:
    """Edits from each of these bodies to the next, ten seconds apart."""
    versions = [replace(AFTER, body=tuple(body)) for body in bodies]
    return [
        edited(f"chg_{n}", before=old, after=new, at=AT + timedelta(seconds=10 * n), redline={}, **parts)
        for n, (old, new) in enumerate(itertools.pairwise(versions), 1)
    ]


def scored(name: str, score: float) -> dict[str, Any]:
    """An edit's class."""
    return {"significance": Significance(name=name, score=score)}


def test_several_edits_net_to_one_redline() -> None:
    """Three edits read as one from the first text to the last, and say how many there were in what time."""
    told = net(history(["At least 14 hurt."], ["At least 15 hurt."], ["About 15 hurt."], ["About 17 hurt."]))

    assert told.change.redline == {
        "body": (("-", "At least 14"), ("+", "About 17"), ("=", " hurt.")),
    }
    assert (told.edits, told.note, told.reverted, told.speaks) == (3, "3 edits in 20 s", False, True)


def test_a_text_that_came_back_is_edited_and_reverted() -> None:
    """A→B→A says so, and shows the step away."""
    first, second = history(["It was 14."], ["It was 17."], ["It was 14."])
    shown = replace(first, redline={"body": (("=", "It was "), ("-", "14"), ("+", "17"), ("=", "."))})
    told = net([shown, second])

    assert told.reverted
    assert told.note == "edited and reverted: 2 edits in 10 s"
    assert told.change.redline == shown.redline
    assert reply(told)[1].label == "Edited and reverted"


@given(st.lists(paragraphs, min_size=3, max_size=6))
def test_a_net_redline_leads_from_the_first_text_to_the_last(bodies: list[list[str]]) -> None:
    """Whatever happened in between, the redline's old side is the first text and its new side the last."""
    told = net(history(*bodies))

    assert told.reverted == (bodies[0] == bodies[-1])
    if told.reverted:
        return
    runs = told.change.redline["body"]
    assert apply(runs, "old") == tuple(filter(None, bodies[0]))
    assert apply(runs, "new") == tuple(filter(None, bodies[-1]))


def test_texts_cut_for_size_are_not_compared() -> None:
    """Of bodies over the wire limit the redlines follow each other, and digests say whether the text came back."""
    kept = "word " * 4_000

    def cut(id_: str, old: str, new: str) -> Change:
        before, after = (replace(AFTER, body=(kept, text), sha256=text) for text in (old, new))
        runs: Redline = (("=", kept), ("=", "\n\n"), ("-", old), ("+", new))
        return decode(encode(edited(id_, before=before, after=after, redline={"body": runs})))

    one, two = cut("chg_1", "a", "b"), cut("chg_2", "b", "c")
    assert one.truncated

    changed = [run for run in net([one, two]).change.redline["body"] if run[0] != "="]
    assert changed == [("-", "a"), ("+", "b"), ("-", "b"), ("+", "c")]
    back = replace(two, after=replace(AFTER, sha256="a"))
    assert net([one, back]).reverted


@pytest.mark.parametrize(
    ("types", "told"),
    [
        (["post.edited", "post.removed"], "post.removed"),
        (["post.added", "post.edited", "post.edited"], "post.added"),
        (["post.edited", "post.removed", "post.restored"], "post.restored"),
        (["post.restored", "post.edited"], "post.restored"),
        (["post.retimed", "post.edited"], "post.edited"),
        (["post.retimed", "post.moved"], "post.moved"),
        (["source.failing", "source.recovered"], "source.recovered"),
        (["delivery.dead", "destination.disabled", "delivery.dead"], "destination.disabled"),
    ],
)
def test_mixed_changes_have_one_name(types: list[Any], told: str) -> None:
    """What is told of several kinds is how things stand after the last of them."""
    changes = [
        replace(text, type=type_, post=text.post if type_.startswith("post") else None)
        for text, type_ in zip(history(*([f"{n}"] for n in range(len(types) + 1))), types, strict=True)
    ]

    assert net(changes).change.type == told


def test_a_post_gone_and_back_with_its_text_says_so() -> None:
    """Removed and restored within one message is no empty edit."""
    gone, back = history(["text"], ["text"], ["text"])
    told = net([replace(gone, type="post.removed", after=None), replace(back, type="post.restored")])

    assert told.change.type == "post.restored"
    assert told.note == "removed and restored: 2 changes in 10 s"


def of_page(id_: str, **words: str | None) -> Change:
    """A change of a page's words."""
    return Change(id=id_, type="page.edited", at=AT, source=SOURCE, subject="page", page=PageRef(**words))


def said(told: Net) -> list[str]:
    """Each form of the message that tells it."""
    return [json.dumps(form.payload(), ensure_ascii=False) for form in forms(*reply(told))]


def test_a_title_and_then_a_summary_are_both_told() -> None:
    """The net of a page's words leads from those before the first change to those after the last, in either field."""
    first = of_page("chg_1", title="Budget: 17 dead", previous_title="Budget: 14 dead", summary="s")
    second = of_page("chg_2", title="Budget: 17 dead", summary="All clear", previous_summary="Still burning")
    told = net([first, second])

    assert told.change.page == PageRef(
        title="Budget: 17 dead", previous_title="Budget: 14 dead", summary="All clear", previous_summary="Still burning"
    )
    assert told.change.redline["title"] == (("=", "Budget: "), ("-", "14"), ("+", "17"), ("=", " dead"))
    assert list(told.change.redline) == ["title", "summary"]


def test_a_page_that_ends_still_tells_its_last_title() -> None:
    """A new title and the end of coverage in one message: the end names it, title and successor are shown."""
    first = of_page("chg_1", title="Over", previous_title="On")
    end = replace(of_page("chg_2", title="Over", successor="https://news.example/two"), type="page.closed")
    told = net([first, end])

    assert told.change.type == "page.closed"
    assert told.change.redline == {"title": (("-", "On"), ("+", "Over"))}
    assert "https://news.example/two" in said(told)[0]


def test_a_title_that_came_back_says_so() -> None:
    """A page's words back where they were show the step away."""
    there, back = of_page("chg_1", title="B", previous_title="A"), of_page("chg_2", title="A", previous_title="B")
    told = net([there, back])

    assert (told.reverted, told.change.id, told.change.page) == (True, "chg_2", there.page)
    assert reply(told)[1].label == "Edited and reverted"


@pytest.mark.parametrize("count", [3, 50])
def test_no_trouble_with_deliveries_is_netted_away(count: int) -> None:
    """A destination that was disabled and every delivery given up are all told, whatever form Slack takes."""
    gone = Change(id="chg_0", type="destination.disabled", at=AT, source=SOURCE, subject="archive", reason="HTTP 410")
    dead = [replace(gone, id=f"chg_{n}", type="delivery.dead", reason=f"chg_{n}: HTTP 410") for n in range(1, count)]
    told = net([gone, *dead])

    assert told.each[0] == "Destination disabled: HTTP 410"
    for form in said(told):
        assert [n for n in range(1, count) if f"Delivery given up: chg_{n}: HTTP" not in form] == []
    assert [one.change.id for one in nets([gone, *dead])] == [f"chg_{n}" for n in range(count)]


def test_a_source_that_failed_and_recovered_tells_both() -> None:
    """How long it took, and the reason of either."""
    down = failing("chg_1")
    up = replace(down, id="chg_2", type="source.recovered", reason="it answers", at=AT + timedelta(minutes=2))
    told = net([down, up])

    assert told.note == "failed and recovered 2 min later"
    assert told.each == ("Source failing: HTTP 503 three times in a row", "Source recovered: it answers")
    assert all("HTTP 503" in form and "failed and recovered" in form for form in said(told))


@pytest.mark.parametrize("name", ["typo", "punctuation", "typography", "whitespace", "time-only"])
def test_slips_are_only_counted(name: str) -> None:
    """Cosmetic edits and other times are no reply, unless something of weight comes with them."""
    slip = edited(**scored(name, 0.1))

    assert is_cosmetic(slip)
    assert not net([slip, edited(type="post.retimed", significance=None)]).speaks
    assert net([slip, edited()]).speaks


def test_a_reply_is_broadcast_once_in_ten_minutes() -> None:
    """Significance decides, a reversion never, and a post is not shown in the channel again at once."""
    weighty, light = net([edited()]), net([edited(**scored("wording", 0.4))])

    assert broadcasts(weighty, THREAD, 0.7, AT)
    assert not broadcasts(light, THREAD, 0.7, AT)
    assert broadcasts(net([edited(type="post.removed", after=None)]), THREAD, 0.7, AT)
    lately = replace(THREAD, broadcast_at=AT)
    assert not broadcasts(weighty, lately, 0.7, AT + timedelta(minutes=9))
    assert broadcasts(weighty, lately, 0.7, AT + timedelta(minutes=10))
    back = net(history(["a"], ["b"], ["a"]))
    assert not broadcasts(back, THREAD, 0.7, AT)


def test_the_parent_shows_the_state_against_the_first_text() -> None:
    """After two replies the parent's redline leads from the first text to the present one, with counts and the time."""
    origin = added("chg_0", after=replace(AFTER, body=("At least 14 hurt.",)))
    latest = net(history(["At least 15 hurt."], ["At least 17 hurt."]))
    thread = THREAD.grown(net([edited(**scored("typo", 0.2))]), "chg_8").grown(latest, "chg_9")
    change, frame = parent(thread, origin, latest, buttons=True)

    assert change.type == "post.edited"
    assert change.redline == {"body": (("=", "At least "), ("-", "14"), ("+", "17"), ("=", " hurt."))}
    assert frame.marks == ("2 edits, 1 of them small", "latest 12:03 UTC")
    assert frame.buttons == "chg_0"


def test_the_parent_says_when_the_first_text_is_back() -> None:
    """Against an origin with the same text there is nothing to strike: edited and reverted."""
    origin = added("chg_0", after=replace(AFTER, body=("A",)))
    latest = net(history(["B"], ["A"]))
    change, frame = parent(THREAD.grown(latest, "chg_9"), origin, latest)

    assert (change.redline, frame.label) == ({}, "Edited and reverted")


def test_without_the_first_change_the_parent_shows_the_latest() -> None:
    """A change no longer kept costs the comparison, not the message."""
    latest = net([edited()])

    assert cumulative(None, latest, 3) == (latest.change, False)


def test_a_thread_is_remembered_as_it_is() -> None:
    """Memory there and back is the same thread; another channel, or nothing, is none."""
    thread = THREAD.grown(net([edited()]), "chg_2", broadcast_at=AT)

    assert recalled(thread.memory(), "C0DESK") == thread
    assert recalled(thread.memory(), "C0NEWS") is None
    assert recalled({}, "C0DESK") is None
    assert recalled({"to": "C0DESK", "ts": "1.1", "edits": "x", "latest": "?"}, "C0DESK") is not None


def test_a_source_that_fails_once_more_starts_a_new_thread() -> None:
    """Nobody looks for today's trouble under last week's."""
    assert opens(failing())
    assert not opens(edited())


@given(
    st.lists(st.sampled_from(["post.edited", "post.retimed", "post.removed", "post.restored"]), min_size=1, max_size=5)
)
def test_every_order_of_changes_has_a_net(types: list[Any]) -> None:
    """Any lane's changes come to something that can be told, each counted."""
    changes = [edited(f"chg_{n}", type=type_) for n, type_ in enumerate(types)]
    told = net(changes)

    assert isinstance(told, Net)
    assert told.edits == len(types)
    assert told.change.id == changes[-1].id
