"""What a commit keeps and what it lets go: copies that cannot be read, bodies, histories, the log, removed sources."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
import redis.asyncio
import structlog

from monitor.adapters.valkey.inbox import Retention, ValkeyInbox
from monitor.adapters.valkey.overview import Overview
from monitor.adapters.valkey.schedule import ValkeySchedule
from monitor.core.compare.state import SourceState, pack
from monitor.core.deliver.route import routing
from monitor.ports import Claim, Commit, PollResult, Validators, Visit
from monitor.roles.detector import Drained, drain
from tests.kit.snapshots import (
    KEYS,
    NOON,
    found,
    make_change,
    make_commit,
    make_failure,
    make_snapshot,
    make_source,
    offer,
    silent_bell,
)
from tests.kit.waiting import wait_for_sync

RETENTION = Retention(keep_s=3600, max_changes=1000)
DAY_S = 86_400


@pytest.fixture
def inbox(valkey: Any) -> ValkeyInbox:
    """An inbox on the empty server."""
    return ValkeyInbox(valkey, KEYS, silent_bell, RETENTION)


@pytest.fixture
def schedule(async_valkey: redis.asyncio.Redis) -> ValkeySchedule:
    """A schedule on the same server that keeps bodies for a day."""
    return ValkeySchedule(async_valkey, KEYS, silent_bell, keep_s=DAY_S)


def commit(claim: Claim, *changes: int, **more: Any) -> Commit:
    """A commit of everything claimed, with changes of those numbers."""
    base = make_commit(len(claim.observations), *map(make_change, changes))
    return dataclasses.replace(base, **more)


async def poll(schedule: ValkeySchedule, inbox: ValkeyInbox, number: int, body: bytes) -> tuple[Visit, Claim]:
    """One visit that brings snapshot ``number``, due again in an hour, and the worker's claim of it."""
    await schedule._client.zadd(KEYS.key("due"), {"desk": 0}, xx=True)
    [visit] = await schedule.claim(1, 30, {})
    assert await schedule.finish(visit, found(number, body, next_in_s=3600))
    [claim] = inbox.claim(1, 30)
    return visit, claim


def ttl(valkey: Any, body: bytes) -> int:
    """For how long a body is kept, in seconds."""
    left: int = valkey.ttl(KEYS.key("snap", make_snapshot(1, body).sha256))
    return left


def spent(body: bytes) -> dict[str, tuple[str, ...]]:
    """A commit's word that this body told nothing."""
    return {"spent": (make_snapshot(1, body).sha256,)}


def evidence(body: bytes) -> dict[str, tuple[str, ...]]:
    """A commit's word that this body told a change."""
    return {"evidence": (make_snapshot(1, body).sha256,)}


# --- copies that cannot be read ---------------------------------------------------------------------------------


async def test_a_copy_that_cannot_be_read_is_not_asked_for_again(inbox: ValkeyInbox, schedule: ValkeySchedule) -> None:
    """Validators and body hash go, the page is due as soon as the source allows, and such copies are counted."""
    await schedule.sync([make_source()])
    _, claim = await poll(schedule, inbox, 1, b"cut")

    assert inbox.commit(claim, commit(claim, refetch=True))

    due_in_s = await schedule.next_due_in()
    assert due_in_s is not None
    assert 14 < due_in_s <= 15
    second, claim = await poll(schedule, inbox, 2, b"cut")
    assert (second.validators, second.body_sha256, second.unreadable) == (Validators(), None, 1)
    assert inbox.commit(claim, commit(claim, refetch=True))
    due_in_s = await schedule.next_due_in()
    assert due_in_s is not None
    assert due_in_s > 3000, "only the first one is worth the haste"
    third, claim = await poll(schedule, inbox, 3, b"whole")
    assert third.unreadable == 2
    assert inbox.commit(claim, commit(claim))
    fourth, _ = await poll(schedule, inbox, 4, b"whole too")
    assert (fourth.validators, fourth.unreadable) == (Validators(etag='"3"'), 0)


async def test_a_page_that_can_be_read_again_is_looked_at_soon(inbox: ValkeyInbox, schedule: ValkeySchedule) -> None:
    """The long pause that a row of unreadable copies has earned ends with them."""
    await schedule.sync([make_source()])
    for number, refetch in ((1, True), (2, False)):
        _, claim = await poll(schedule, inbox, number, b"%d" % number)
        assert inbox.commit(claim, commit(claim, refetch=refetch))

    due_in_s = await schedule.next_due_in()
    assert due_in_s is not None
    assert due_in_s <= 15


@pytest.mark.parametrize("busy", ["failing", "leased"])
async def test_haste_disturbs_nobody(inbox: ValkeyInbox, schedule: ValkeySchedule, valkey: Any, busy: str) -> None:
    """A server that asked to be left alone is, and a visit under way keeps its lease."""
    await schedule.sync([make_source()])
    _, claim = await poll(schedule, inbox, 1, b"cut")
    valkey.zadd(KEYS.key("due"), {"desk": 0})
    [visit] = await schedule.claim(1, 1000, {})
    if busy == "failing":
        result = PollResult(next_in_s=1000, observation=make_failure(2), failures=1)
        assert await schedule.finish(visit, result)

    assert inbox.commit(claim, commit(claim, refetch=True))

    due_in_s = await schedule.next_due_in()
    assert due_in_s is not None
    assert due_in_s > 900


async def test_a_copy_set_aside_is_not_asked_for_again(inbox: ValkeyInbox, schedule: ValkeySchedule) -> None:
    """A page that a worker stumbled over comes whole, and less and less often."""
    await schedule.sync([make_source()])
    _, claim = await poll(schedule, inbox, 1, b"page")

    assert inbox.set_aside(claim, "detection failed")

    await schedule._client.zadd(KEYS.key("due"), {"desk": 0})
    [visit] = await schedule.claim(1, 30, {})
    assert (visit.validators, visit.body_sha256, visit.unreadable) == (Validators(), None, 1)


async def test_trouble_is_shown_until_it_is_over(inbox: ValkeyInbox, schedule: ValkeySchedule, valkey: Any) -> None:
    """A source whose copies cannot be read is failing for the operator too, though every poll brings a page."""
    await schedule.sync([make_source()])
    shown = []
    for number, trouble in enumerate(("a consent page", None, ""), 1):
        _, claim = await poll(schedule, inbox, number, b"%d" % number)
        assert inbox.commit(claim, commit(claim, trouble=trouble))
        [row] = Overview(valkey, KEYS).sources()
        shown.append((row.state, row.last_error, row.polls))

    assert shown == [("failing", "a consent page", 1), ("failing", "a consent page", 2), ("healthy", "", 3)]


async def test_the_page_under_a_new_url_is_told_of_from_its_own_beginning(
    inbox: ValkeyInbox, schedule: ValkeySchedule, valkey: Any
) -> None:
    """After the URL changes, the same trouble is told once more, under another id, and nothing else is."""
    for number, url in enumerate(("https://news.example/monday", "https://news.example/tuesday"), 1):
        await schedule.sync([make_source(url=url)])
        await schedule._client.zadd(KEYS.key("due"), {"desk": 0}, xx=True)
        [visit] = await schedule.claim(1, 30, {})
        assert await schedule.finish(visit, found(number, b"", next_in_s=3600))
        drain(inbox, routing=routing((), ()), now=lambda: NOON)

    told = [(fields[b"type"], fields[b"id"]) for _, fields in valkey.xrange(KEYS.key("changes"))]
    assert [type_ for type_, _ in told] == [b"source.failing"] * 2
    assert told[0] != told[1]


# --- other versions -----------------------------------------------------------------------------------------------


async def test_a_state_of_another_version_loses_nothing(
    inbox: ValkeyInbox, async_valkey: redis.asyncio.Redis, valkey: Any
) -> None:
    """However often this version meets it, the observations wait, a minute at a time, for workers that can read it."""
    for number in (1, 2):
        await offer(async_valkey, number, b"page %d" % number)
    newer = bytes([255]) + pack(SourceState(baseline_done=True))[1:]
    valkey.hset(KEYS.key("src", "desk"), "state", newer)

    for _ in range(5):
        assert drain(inbox, routing=routing((), ()), now=lambda: NOON) == Drained()
        assert inbox.claim(1, 30) == []
        valkey.zadd(KEYS.key("ready"), {"desk": 0})

    assert (valkey.llen(KEYS.key("inbox", "desk")), valkey.llen(KEYS.key("aside"))) == (2, 0)
    assert valkey.hget(KEYS.key("src", "desk"), "tries") == b"0"


async def test_a_definition_of_another_version_stops_nobody(
    inbox: ValkeyInbox, async_valkey: redis.asyncio.Redis, valkey: Any
) -> None:
    """The source is left alone for a minute, its inbox untouched; the others of the batch are claimed."""
    await offer(async_valkey, 1, b"page", "bad")
    for number in range(1, 6):
        await offer(async_valkey, number, b"page", "good")
        valkey.hset(KEYS.key("src", "bad"), "def", '{"v": 9, "name": "bad", "url": 7}')
        valkey.zadd(KEYS.key("ready"), {"bad": 0})
        with structlog.testing.capture_logs() as logged:
            [claim] = inbox.claim(16, 30)
        assert claim.source.name == "good"
        assert [(line["event"], line["source"]) for line in logged] == [("source left alone", "bad")]
        assert inbox.commit(claim, make_commit(1))

    assert (valkey.llen(KEYS.key("inbox", "bad")), valkey.llen(KEYS.key("aside"))) == (1, 0)
    assert inbox.claim(16, 30) == []


async def test_a_late_worker_releases_nothing(
    inbox: ValkeyInbox, async_valkey: redis.asyncio.Redis, valkey: Any
) -> None:
    """The claim of another worker stays as it is."""
    await offer(async_valkey, 1, b"page")
    [late] = inbox.claim(1, 0.005)
    [heir] = wait_for_sync(lambda: inbox.claim(1, 30))

    assert not inbox.release(late, 60)

    assert valkey.hget(KEYS.key("src", "desk"), "tries") == b"2"
    assert inbox.commit(heir, make_commit(1))


# --- what is kept, and for how long -------------------------------------------------------------------------------


async def test_bytes_that_told_nothing_go_soon(inbox: ValkeyInbox, schedule: ValkeySchedule, valkey: Any) -> None:
    """Ten minutes after its commit a body is gone unless it told a change: that one stays as evidence."""
    await schedule.sync([make_source()])
    _, claim = await poll(schedule, inbox, 1, b"news")
    assert inbox.commit(claim, commit(claim, 1, **evidence(b"news")))
    _, claim = await poll(schedule, inbox, 2, b"noise")

    assert inbox.commit(claim, commit(claim, **spent(b"noise")))

    assert 590 < ttl(valkey, b"noise") <= 600
    assert ttl(valkey, b"news") > DAY_S - 10


async def test_evidence_stays_when_the_same_bytes_come_again(
    inbox: ValkeyInbox, schedule: ValkeySchedule, valkey: Any
) -> None:
    """A stale copy that repeats a page which told a change does not take its evidence away."""
    await schedule.sync([make_source()])
    for number, told in ((1, evidence(b"news")), (2, spent(b"news"))):
        _, claim = await poll(schedule, inbox, number, b"news")
        assert inbox.commit(claim, commit(claim, number, **told))

    assert ttl(valkey, b"news") > DAY_S - 10


async def test_bytes_that_wait_once_more_stay(inbox: ValkeyInbox, schedule: ValkeySchedule, valkey: Any) -> None:
    """The same bytes in an observation that has yet to be taken are not let go, however late its worker."""
    await schedule.sync([make_source()])
    _, claim = await poll(schedule, inbox, 1, b"page")
    valkey.zadd(KEYS.key("due"), {"desk": 0})
    [visit] = await schedule.claim(1, 30, {})
    await schedule.finish(visit, found(2, b"page"))

    assert inbox.commit(claim, commit(claim, **spent(b"page")))

    assert ttl(valkey, b"page") > DAY_S - 10


async def test_what_is_set_aside_is_bounded(inbox: ValkeyInbox, async_valkey: redis.asyncio.Redis, valkey: Any) -> None:
    """Two hundred observations are remembered; the bytes of a forgotten one go unless a remembered one has them."""
    bodies = [b"first", b"again", *(b"%d" % number for number in range(199)), b"again"]
    for number, body in enumerate(bodies):
        await offer(async_valkey, number % 999, body)
        [claim] = inbox.claim(1, 30)
        assert inbox.set_aside(claim, "a test")

    assert valkey.llen(KEYS.key("aside")) == 200
    assert ttl(valkey, b"first") <= 600
    assert 6 * DAY_S < ttl(valkey, b"again") <= 7 * DAY_S


async def test_a_history_forgets_changes_that_are_not_kept(
    inbox: ValkeyInbox, async_valkey: redis.asyncio.Redis, valkey: Any
) -> None:
    """A post that goes on changing names only changes whose bodies can still be read, and a thousand at most."""
    valkey.rpush(KEYS.key("history", "pst_1"), *(f"chg_gone_{number}" for number in range(50)))
    await offer(async_valkey, 1, b"page")
    [claim] = inbox.claim(1, 30)

    assert inbox.commit(claim, make_commit(1, *map(make_change, range(1100))))

    history = [one.decode() for one in valkey.lrange(KEYS.key("history", "pst_1"), 0, -1)]
    assert history == [make_change(number).id for number in range(100, 1100)]


async def test_a_quiet_log_forgets_by_age(inbox: ValkeyInbox, async_valkey: redis.asyncio.Redis, valkey: Any) -> None:
    """Entries older than the retention leave the log (about: by the hundred), however few they are."""
    for number in range(1, 301):
        valkey.xadd(KEYS.key("changes"), {"id": "chg_old"}, id=f"{number}-0")
    await offer(async_valkey, 1, b"page")
    [claim] = inbox.claim(1, 30)

    assert inbox.commit(claim, make_commit(1, make_change(1)))

    assert 1 <= valkey.xlen(KEYS.key("changes")) <= 101
    [(_, newest)] = valkey.xrevrange(KEYS.key("changes"), count=1)
    assert newest[b"id"].decode() == make_change(1).id


async def test_what_is_written_for_a_removed_source_ends_with_it(
    inbox: ValkeyInbox, schedule: ValkeySchedule, valkey: Any
) -> None:
    """A worker that commits after a source was taken out leaves nothing behind for ever."""
    await schedule.sync([make_source()])
    _, claim = await poll(schedule, inbox, 1, b"page")
    await schedule.sync([])

    assert inbox.commit(claim, commit(claim, 1, texts={"pst_1": b"text"}))

    for parts in (("src", "desk"), ("text", "desk"), ("m", "src", "desk")):
        assert 0 < valkey.ttl(KEYS.key(*parts)) <= 30 * DAY_S


async def test_set_aside_says_what_and_why(inbox: ValkeyInbox, async_valkey: redis.asyncio.Redis, valkey: Any) -> None:
    """Whoever looks into it finds the observation as it came, its source and the reason."""
    await offer(async_valkey, 1, b"page")
    [claim] = inbox.claim(1, 30)

    assert inbox.set_aside(claim, "a test")

    [aside] = map(json.loads, valkey.lrange(KEYS.key("aside"), 0, -1))
    assert (aside["source"], aside["reason"]) == ("desk", "a test")
    assert json.loads(aside["observation"])["sha256"] == make_snapshot(1, b"page").sha256
