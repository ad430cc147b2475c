"""What one message settles: single lanes, storms, quiet hours and outages; and the digests made of them."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.deliver import digest as digests
from monitor.core.deliver.blocks import MOST_BYTES, Message
from monitor.core.deliver.settle import (
    Digest,
    Flow,
    Later,
    Plan,
    Single,
    Waiting,
    batch_name,
    digest,
    late_note,
    plan,
)
from monitor.demo.slack import fault_of
from monitor.model import Change, Queued
from tests.kit.attempts import delivery
from tests.kit.changes import AT, POST, added, changes, edited

NOW = AT + timedelta(hours=1)


def waiting(change: Change, *, threaded: bool = False, age_s: float = 1.0, **parts: Any) -> Waiting:
    """A delivery queued ``age_s`` ago."""
    memory = {"ts": "1.1"} if threaded else {}
    queued = replace(
        delivery(change, memory=memory), first_at=NOW - timedelta(seconds=age_s), lane=f"s/{change.id}", **parts
    )
    return Waiting(delivery=queued, changes=(change,), threaded=threaded)


def new(count: int, **parts: Any) -> list[Waiting]:
    """That many new posts."""
    return [waiting(added(f"chg_{n}"), **parts) for n in range(count)]


def planned(lanes: Sequence[Waiting], now: datetime = NOW, **flow: Any) -> Plan:
    """The plan at the usual settings."""
    return plan(lanes, Flow(**flow), broadcast_at=0.7, settle_most_s=90, now=now)


def rows(shown: Sequence[Message]) -> list[str]:
    """What each row says, over all the messages."""
    return [
        "".join(element["text"] for element in row["elements"])
        for one in shown
        for block in one.blocks
        if block["type"] == "rich_text"
        for row in block["elements"]
    ]


def test_few_posts_are_told_one_by_one() -> None:
    """Up to ten new posts a minute are single messages, the longest due first."""
    lanes = new(10)

    assert planned(lanes) == Single(lanes[0])
    assert planned(lanes[:4], recent_parents=6) == Single(lanes[0])


def test_a_storm_becomes_a_digest() -> None:
    """The eleventh new post in a minute turns those that wait into one message."""
    lanes = new(11)
    told = planned(lanes)

    assert isinstance(told, Digest)
    assert told.waiting == tuple(lanes)
    assert told.batch.startswith("dig_")


def test_a_small_storm_gathers_first() -> None:
    """A digest is filled for half a minute, two minutes lie between two of them, and each minute the storm may end."""
    lanes = new(2, age_s=10)

    assert planned(lanes, recent_parents=10) == Later(20)
    assert isinstance(planned(new(2, age_s=31), recent_parents=10), Digest)
    assert planned(new(20), recent_parents=10, digest_at=NOW - timedelta(seconds=90)) == Later(30)
    assert planned(new(20), recent_parents=10, digest_at=NOW) == Later(60)


def test_in_a_storm_weighty_edits_and_replies_stay_single() -> None:
    """What has significance, and what has a thread, does not wait for the digest."""
    weighty, answer = waiting(edited("chg_w")), waiting(edited("chg_r"), threaded=True)
    busy: dict[str, Any] = {"recent_parents": 10, "digest_at": NOW}

    assert planned([*new(3), weighty], **busy) == Single(weighty)
    assert planned([*new(3), answer], **busy) == Single(answer)


def test_a_weighty_edit_of_a_post_that_waits_for_the_digest_is_told_first() -> None:
    """New and already changed in what matters: a message of its own, before a digest that is due and after one."""
    held = waiting(added("chg_n"), age_s=40)
    weighty = replace(held, changes=(*held.changes, edited("chg_w")))

    assert planned([*new(20), weighty]) == Single(weighty)
    assert planned([*new(3), weighty], recent_parents=10, digest_at=NOW) == Single(weighty)
    assert planned([weighty], recent_parents=10, digest_at=NOW) == Single(weighty)


def test_what_came_within_a_minute_counts_though_it_was_told_in_a_digest() -> None:
    """A storm lasts while more than ten new posts a minute come, whether they wait, were posted or were digested."""
    come = frozenset(f"chg_old{n}" for n in range(10))

    assert isinstance(planned(new(1), arrivals=come), Later)
    assert isinstance(planned(new(1), arrivals=frozenset([*list(come)[1:], "chg_0"])), Single)
    assert isinstance(planned(new(1, age_s=61), arrivals=come), Single)


def told_in_storm(arrivals: Sequence[float]) -> list[tuple[float, int]]:
    """When a channel says something of new posts that come at these seconds, and of how many (a single is 1)."""
    coming = [waiting(added(f"chg_{n}"), age_s=-at) for n, at in enumerate(arrivals)]
    lanes: list[tuple[float, Waiting]] = [(at, one) for at, one in zip(arrivals, coming, strict=True)]
    told: list[tuple[float, int]] = []
    digest_at: datetime | None = None
    for second in range(round(arrivals[-1]) + 200):
        now = NOW + timedelta(seconds=second)
        due = [one for at, one in lanes if at <= second]
        if not due:
            continue
        recent = sum(count == 1 and second - at < 60 for at, count in told)
        come = frozenset(f"chg_{n}" for n, at in enumerate(arrivals) if 0 <= second - at < 60)
        members: tuple[Waiting, ...] = ()
        match planned(due, now, recent_parents=recent, arrivals=come, digest_at=digest_at):
            case Single(one):
                members = (one,)
            case Digest(members):
                digest_at = now
            case Later(wait_s):
                lanes = [(second + wait_s if one in due else at, one) for at, one in lanes]
        lanes = [(at, one) for at, one in lanes if one not in members]
        told += [(second, len(members))] if members else []
    assert lanes == []
    return told


@pytest.mark.parametrize("every_s", [6, 10, 15, 20, 60])
def test_a_storm_ends(every_s: int) -> None:
    """After a burst as many as the limit, or fewer, are soon told one by one again."""
    told = told_in_storm([*[0] * 15, *range(10, 60, 4), *range(66, 1_800, every_s)])

    assert max(count for _, count in told) > 1
    assert [count for at, count in told if at > 600 and count > 1] == []


def test_a_storm_lasts_while_it_lasts() -> None:
    """Twelve new posts a minute are a digest every two minutes for as long as they come."""
    told = told_in_storm(list(range(0, 1_800, 5)))

    assert [count for at, count in told if 60 < at < 1_790 and count == 1] == []


def test_what_quiet_hours_held_is_one_digest() -> None:
    """Held deliveries come together, a single one as a message that says so."""
    held = new(2, held=True, age_s=30_000)

    assert planned([*held, waiting(edited("chg_x"))]) == digest(held, "held by quiet hours")
    assert isinstance(planned(held[:1]), Single)
    assert late_note(held[0], 90, NOW) == "held by quiet hours"


def test_an_outage_is_caught_up_in_one_digest() -> None:
    """Three lanes that are late are one message which says by how much; two are single and say so."""
    late = [*new(2, age_s=720), waiting(edited("chg_x"), threaded=True, age_s=700)]
    told = planned(late)

    assert isinstance(told, Digest)
    assert (len(told.waiting), told.reason) == (3, "delivered up to 12 min late")
    assert planned(late[:2]) == Single(late[0])
    assert late_note(late[0], 90, NOW) == "delivered 12 min late"


def test_settling_is_not_lateness() -> None:
    """A reply may have waited its settling time and two minutes; a first alert two minutes; a redelivery for ever."""
    assert late_note(waiting(edited(), threaded=True, age_s=209), 90, NOW) == ""
    assert late_note(waiting(edited(), threaded=True, age_s=215), 90, NOW) == "delivered 3 min late"
    assert late_note(waiting(edited(), age_s=119), 90, NOW) == ""
    assert late_note(waiting(edited(), age_s=9_999, redelivery=True), 90, NOW) == "sent again by hand"


def test_a_frozen_digest_is_sent_as_it_was_frozen() -> None:
    """A second attempt gathers the members of the first and no other, under the same name."""
    told = planned(new(11))
    assert isinstance(told, Digest)
    frozen = [replace(one, delivery=replace(one.delivery, batch=told.batch)) for one in told.waiting]
    again = planned([waiting(added("chg_new")), *frozen])

    assert isinstance(again, Digest)
    assert (again.waiting, again.batch) == (tuple(frozen), told.batch)


def test_a_batch_is_named_by_all_its_changes() -> None:
    """The changes that follow a head are part of the name; their order is not."""
    head = waiting(edited("chg_a"), following=(Queued(change_id="chg_b", body=b"", first_at=AT),))

    assert head.ids == ("chg_a", "chg_b")
    assert batch_name("dig_", ["a", "b"]) == batch_name("dig_", ["b", "a"]) != batch_name("dig_", ["a"])


@pytest.mark.parametrize("count", [2, 10, 11, 100])
def test_a_digest_drops_nothing(count: int) -> None:
    """Ten rows are in the message, the others in its thread, and every lane has one."""
    lanes = [waiting(added(f"chg_{n}", post=replace(POST, headline=f"Post {n}."))) for n in range(count)]
    top, *thread = digests.messages(digest(lanes, "many new posts at once"))

    assert top.blocks[0]["text"]["text"] == f"{count} changes: many new posts at once"
    assert len(rows([top])) == min(count, 10)
    said = rows([top, *thread])
    assert sorted(re.findall(r"Post \d+\.", " ".join(said))) == sorted(f"Post {n}." for n in range(count))


def test_a_digest_puts_the_weightiest_first() -> None:
    """A changed number stands above a slip, and a net of several edits says how many."""
    slip = edited("chg_1", significance=replace(edited().significance, name="typo", score=0.2))  # type: ignore[type-var]
    both = replace(waiting(edited("chg_2")), changes=(edited("chg_2"), edited("chg_3", at=AT + timedelta(seconds=40))))
    said = rows(digests.messages(digest([waiting(slip), both], "held by quiet hours")))

    assert "2 edits in 40 s" in said[0]
    assert said[1].startswith("Edited: Toll")


@given(
    st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans(), st.integers(0, 5_000)), min_size=1, max_size=40),
    st.integers(0, 15),
    st.none() | st.integers(0, 300),
)
def test_every_plan_comes_to_an_end(
    lanes: list[tuple[bool, bool, bool, int]], recent: int, digest_ago_s: int | None
) -> None:
    """Round after round each lane is told once, whatever it is; a wait is for a digest, and never long."""
    left = [
        waiting((edited if is_edit else added)(f"chg_{n}"), threaded=threaded, held=held, age_s=age_s)
        for n, (is_edit, threaded, held, age_s) in enumerate(lanes)
    ]
    told: list[Waiting] = []
    digest_at = None if digest_ago_s is None else NOW - timedelta(seconds=digest_ago_s)
    now = NOW
    while left:
        members: tuple[Waiting, ...] = ()
        match planned(left, now, recent_parents=recent, digest_at=digest_at):
            case Single(one):
                members = (one,)
            case Digest(members):
                digest_at = now
            case Later(wait_s):
                assert 0 < wait_s <= 120
                now += timedelta(seconds=wait_s)
        told += members
        left = [one for one in left if one not in members]

    assert sorted(one.delivery.change_id for one in told) == sorted(f"chg_{n}" for n in range(len(lanes)))


@settings(max_examples=40)
@given(st.lists(changes(st.text(max_size=300) | st.sampled_from(["<!here>", "x" * 5_000])), min_size=1, max_size=30))
def test_any_digest_is_taken_by_slack(told: list[Change]) -> None:
    """Whatever pages say, each of its messages is within the limits, and its plain form too."""
    lanes = [waiting(replace(change, id=f"chg_{n}")) for n, change in enumerate(told)]
    shown = digests.messages(digest(lanes, "held by quiet hours"))

    for one in shown:
        for form in (one, digests.flattened(one)):
            assert fault_of(form.payload()) is None
            assert "<" not in form.text
        assert len(msgspec.json.encode(one.blocks)) <= MOST_BYTES
    assert len(rows(shown)) == len(told)
