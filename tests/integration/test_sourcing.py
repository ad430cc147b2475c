"""Sources added, paused, resumed and removed beside a schedule at work, on a real server."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import redis
import redis.asyncio

from monitor.adapters.valkey.inbox import Retention, ValkeyInbox
from monitor.adapters.valkey.overview import Overview
from monitor.adapters.valkey.schedule import ValkeySchedule
from monitor.adapters.valkey.sourcing import ValkeySources
from monitor.model import Source
from monitor.ports import Commit, Condition, PollMark, PollResult
from tests.kit.server import running_server
from tests.kit.snapshots import (
    KEYS,
    found,
    make_commit,
    make_failure,
    make_source,
    silent_bell,
)


@pytest.fixture
def schedule(async_valkey: redis.asyncio.Redis) -> ValkeySchedule:
    """A poller's schedule on the empty server."""
    return ValkeySchedule(async_valkey, KEYS, silent_bell, keep_s=600, forget_s=1000)


@pytest.fixture
def desk(valkey: redis.Redis) -> ValkeySources:
    """The operator's view of the same server."""
    return ValkeySources(valkey, KEYS, forget_s=1000)


@pytest.fixture
def inbox(valkey: redis.Redis) -> ValkeyInbox:
    """A worker's view of the same server."""
    return ValkeyInbox(valkey, KEYS, silent_bell, Retention(keep_s=3600, max_changes=1000))


async def visited(schedule: ValkeySchedule, *results: PollResult) -> None:
    """One visit after another to the source that is due, each with its result."""
    for result in results:
        [visit] = await schedule.claim(1, 30, {})
        assert await schedule.finish(visit, result)


def committed(inbox: ValkeyInbox, **fields: Any) -> None:
    """What is ready is committed, with these fields beside the plain ones."""
    for claim in inbox.claim(16, 30):
        plain: Commit = dataclasses.replace(make_commit(len(claim.observations)), **fields)
        assert inbox.commit(claim, plain)


def condition(desk: ValkeySources, name: str = "desk") -> Condition:
    """The condition of a source, which the counts and the pages must agree with."""
    standing = desk.standing(name)
    assert standing is not None
    assert desk.counts()[standing.condition] >= 1
    assert sum(n for word, n in desk.counts().items() if word != "all") == desk.counts()["all"]
    assert name in {row.source.name for row in desk.page(condition=standing.condition).rows}
    return standing.condition


def failed(number: int = 1, failures: int = 1) -> PollResult:
    """A visit that brought no page, the source due again at once."""
    observation = make_failure(number)
    return PollResult(next_in_s=0, observation=observation, failures=failures, outcome="failed", took_ms=12.4)


# --- adding and removing ------------------------------------------------------------------------------------------


async def test_an_added_source_is_due_at_once_and_told_as_added(schedule: ValkeySchedule, desk: ValkeySources) -> None:
    """add() is seen by the next claim of a poller that knows nothing of it, with all of its definition."""
    await schedule.sync([make_source("filed")])
    source = Source(name="added", url="https://news.example/a", timezone="Europe/London", tags=("t",), poll_min_s=5)

    assert desk.add(source)

    assert {visit.source.name: visit.source for visit in await schedule.claim(9, 30, {})}["added"] == source
    origins = {row.source.name: row.origin for row in desk.page().rows}
    assert origins == {"added": "added", "filed": "file"}
    assert desk.names() == ["added", "filed"]


async def test_a_taken_name_is_not_added(schedule: ValkeySchedule, desk: ValkeySources) -> None:
    """Neither a configured name nor an added one is given twice, and nothing of the first changes."""
    await schedule.sync([make_source("filed")])
    assert desk.add(make_source("added"))

    for name in ("filed", "added"):
        assert not desk.add(make_source(name, "https://elsewhere.example/"))
        standing = desk.standing(name)
        assert standing is not None
        assert standing.source == make_source(name)


async def test_an_added_source_outlives_every_restart_of_pollers(schedule: ValkeySchedule, desk: ValkeySources) -> None:
    """sync() of any configuration keeps added sources, their due times and their pauses."""
    desk.add(make_source("a"))
    desk.add(make_source("held"))
    desk.pause("held")
    due_before = desk.standing("a")

    for configured in ([make_source("x")], [make_source("y")], []):
        await schedule.sync(configured)
        assert desk.names() == sorted(["a", "held", *(source.name for source in configured)])

    assert due_before is not None
    assert [visit.source.name for visit in await schedule.claim(9, 30, {})] == ["a"]
    assert condition(desk, "held") == "paused"


async def test_a_configured_name_wins_until_the_file_leaves_it_out(
    schedule: ValkeySchedule, desk: ValkeySources
) -> None:
    """The same name in a file stands for the file's page; without the file the added page is watched again."""
    desk.add(make_source("a", "https://added.example/"))

    await schedule.sync([make_source("a", "https://filed.example/")])
    filed = desk.standing("a")
    assert filed is not None
    assert (filed.origin, filed.source.url) == ("file", "https://filed.example/")

    await schedule.sync([])
    added = desk.standing("a")
    assert added is not None
    assert (added.origin, added.source.url) == ("added", "https://added.example/")
    assert added.due_in_s == pytest.approx(0, abs=1)


async def test_removing_says_what_can_be_removed(schedule: ValkeySchedule, desk: ValkeySources) -> None:
    """Only added sources are removed; a configured one is told as such, and one that nobody knows."""
    await schedule.sync([make_source("filed")])
    desk.add(make_source("added"))

    assert [desk.remove(name) for name in ("added", "filed", "nobody", "added")] == [
        "removed", "configured", "unknown", "unknown",
    ]  # fmt: skip
    assert desk.names() == ["filed"]
    assert desk.standing("added") is None


async def test_a_removal_that_is_refused_changes_nothing(schedule: ValkeySchedule, desk: ValkeySources) -> None:
    """What was added under a name that the file took is there again once the file leaves it out; then it goes."""
    desk.add(make_source("a"))
    await schedule.sync([make_source("a")])

    assert desk.remove("a") == "configured"

    await schedule.sync([])
    assert desk.names() == ["a"]
    assert desk.remove("a") == "removed"


def test_a_source_is_paused_on_a_full_store() -> None:
    """Pausing sources is what an operator does when memory is short."""
    with running_server("--maxmemory-policy", "noeviction") as url:
        client = redis.Redis.from_url(url)
        desk = ValkeySources(client, KEYS, forget_s=1000)
        desk.add(make_source())
        client.config_set("maxmemory", 1)

        assert desk.pause("desk")
        assert condition(desk) == "paused"
        assert desk.resume("desk")
        client.close()


async def test_a_removed_source_is_forgotten_after_a_while(
    schedule: ValkeySchedule, desk: ValkeySources, valkey: Any, inbox: ValkeyInbox
) -> None:
    """A visit under way is refused, what waits is still taken, all that hangs on it expires; added again it goes on."""
    desk.add(make_source())
    await visited(schedule, dataclasses.replace(found(1, b"page"), outcome="changed"))
    [visit] = await schedule.claim(1, 30, {})
    desk.remove("desk")

    assert not await schedule.finish(visit, found(2, b"late"))
    _aged(valkey, "ready", 12)
    assert (desk.counts()["stalled"], desk.page(condition="stalled").rows) == (0, ())
    committed(inbox, trouble="an error page")
    hanging = [KEYS.key(*parts) for parts in (("src", "desk"), ("polls", "desk"), ("m", "src", "desk"))]
    assert all(990 < valkey.ttl(key) <= 1000 for key in hanging)
    assert set(desk.counts().values()) == {0}

    assert desk.add(make_source())
    assert [valkey.ttl(key) for key in hanging] == [-1] * 3
    assert condition(desk) == "failing"
    assert valkey.hget(KEYS.key("src", "desk"), "state") == b"s"


async def test_an_added_source_is_changed_by_removing_and_adding_it(
    schedule: ValkeySchedule, desk: ValkeySources
) -> None:
    """Other bounds under the same name and URL: what was learned of the page is still known."""
    desk.add(make_source())
    await visited(schedule, found(1, b"page"))
    desk.remove("desk")

    assert desk.add(dataclasses.replace(make_source(), poll_min_s=5.0))

    [visit] = await schedule.claim(1, 30, {})
    assert (visit.source.poll_min_s, visit.validators.etag, visit.polls) == (5.0, '"1"', 1)


async def test_a_pause_ends_with_the_removal(schedule: ValkeySchedule, desk: ValkeySources) -> None:
    """Who adds a source again wants it to be watched."""
    desk.add(make_source())
    desk.pause("desk")
    desk.remove("desk")
    desk.add(make_source())

    assert len(await schedule.claim(1, 30, {})) == 1


async def test_a_repeated_call_says_what_the_first_said(desk: ValkeySources, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that resends because a reply was lost is told success, and nothing is done twice."""
    calls: list[Callable[[], bool]] = [
        lambda: desk.add(make_source()),
        lambda: desk.pause("desk"),
        lambda: desk.resume("desk"),
        lambda: desk.remove("desk") == "removed",
    ]
    for number, call in enumerate(calls):
        with monkeypatch.context() as same:
            same.setattr("monitor.adapters.valkey.sourcing._word", functools.partial(str, number))
            assert call()
            assert call()
        assert not call()


# --- pollers with different files ---------------------------------------------------------------------------------


async def test_of_two_files_the_younger_reading_stands(
    schedule: ValkeySchedule, desk: ValkeySources, async_valkey: redis.asyncio.Redis
) -> None:
    """Pollers that start at once with different files leave one of them or both, never neither; added ones stay."""
    other = ValkeySchedule(async_valkey, KEYS, silent_bell, keep_s=600, forget_s=1000)
    desk.add(make_source("added"))
    first, second = ([make_source(f"{letter}{n}") for n in range(600)] for letter in "ab")

    for _ in range(5):
        await asyncio.gather(schedule.sync(first), other.sync(second))

        left = set(desk.names())
        assert "added" in left
        assert {name[0] for name in left - {"added"}} in ({"a"}, {"b"}, {"a", "b"})
        assert len(left) in (601, 1201)
    await schedule.sync(first)
    assert len(desk.names()) == 601


async def test_what_an_older_version_scheduled_counts_as_configured(
    schedule: ValkeySchedule, desk: ValkeySources, valkey: Any
) -> None:
    """After an upgrade a source that the file no longer names leaves the schedule; configured and added ones stay."""
    await schedule.sync([make_source("kept"), make_source("gone")])
    await visited(schedule, found(1, b"page", source="gone", next_in_s=60))
    valkey.delete(KEYS.key("sources"), KEYS.key("configured"), KEYS.key("configuration"), KEYS.key("new"))
    desk.add(make_source("added"))

    await schedule.sync([make_source("kept")])

    assert desk.names() == ["added", "kept"]
    assert sorted(valkey.zrange(KEYS.key("due"), 0, -1)) == [b"added", b"kept"]


# --- pausing ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", ["file", "added"])
async def test_a_paused_source_is_not_polled_until_it_is_resumed(
    schedule: ValkeySchedule, desk: ValkeySources, valkey: Any, origin: str
) -> None:
    """Nobody gets it, not after a restart either; resumed it is due at once. Twice is told."""
    configured = [make_source()] if origin == "file" else []
    if not configured:
        desk.add(make_source())
    await schedule.sync(configured)

    assert desk.pause("desk", "the site asked us to", by="ann")
    assert not desk.pause("desk")
    await schedule.sync(configured)

    assert await schedule.claim(1, 30, {}) == []
    assert await schedule.next_due_in() is None
    standing = desk.standing("desk")
    assert standing is not None
    assert (standing.condition, standing.reason, standing.due_in_s) == ("paused", "the site asked us to (by ann)", None)
    assert standing.since is not None
    assert [row.state for row in Overview(valkey, KEYS).sources()] == ["paused"]

    assert desk.resume("desk")
    assert not desk.resume("desk")
    assert len(await schedule.claim(1, 30, {})) == 1


async def test_an_unknown_source_is_neither_paused_nor_resumed(desk: ValkeySources) -> None:
    """False, and nothing is left behind."""
    assert not desk.pause("nobody")
    assert not desk.resume("nobody")
    assert desk.standing("nobody") is None


async def test_what_a_paused_source_has_waiting_is_still_detected(
    schedule: ValkeySchedule, desk: ValkeySources, inbox: ValkeyInbox
) -> None:
    """A visit under way is written, its observation is taken; the source stays out of the schedule."""
    desk.add(make_source())
    [visit] = await schedule.claim(1, 30, {})
    desk.pause("desk")

    assert await schedule.finish(visit, found(1, b"page"))

    standing = desk.standing("desk")
    assert standing is not None
    assert (standing.waiting, standing.due_in_s) == (1, None)
    [claim] = inbox.claim(1, 30)
    assert inbox.commit(claim, make_commit(1))
    assert await schedule.claim(1, 30, {}) == []


async def test_a_visit_that_began_before_a_pause_and_a_resume_is_void(
    schedule: ValkeySchedule, desk: ValkeySources
) -> None:
    """The visit after the resume holds the source; the one from before writes nothing."""
    desk.add(make_source())
    [before] = await schedule.claim(1, 30, {})
    desk.pause("desk")
    desk.resume("desk")
    [after] = await schedule.claim(1, 30, {})

    assert not await schedule.finish(before, found(1, b"old"))
    assert await schedule.finish(after, found(1, b"new"))


async def test_a_pause_outlives_the_file(schedule: ValkeySchedule, desk: ValkeySources) -> None:
    """A configured source that was taken out and put back is still paused."""
    await schedule.sync([make_source()])
    desk.pause("desk")
    await schedule.sync([])
    assert set(desk.counts().values()) == {0}

    await schedule.sync([make_source()])

    assert condition(desk) == "paused"
    assert await schedule.claim(1, 30, {}) == []


# --- how a source stands ------------------------------------------------------------------------------------------


async def test_a_source_goes_through_its_conditions(
    schedule: ValkeySchedule, desk: ValkeySources, inbox: ValkeyInbox
) -> None:
    """New, healthy, retrying, failing from the third failure on, healthy again only when detection says so."""
    await schedule.sync([make_source()])
    assert condition(desk) == "new"
    await visited(schedule, found(1, b"page"))
    committed(inbox, trouble="")
    assert condition(desk) == "healthy"
    await visited(schedule, failed(2, 1))
    assert condition(desk) == "retrying"
    committed(inbox)
    await visited(schedule, failed(3, 2), failed(4, 3))
    assert condition(desk) == "failing"
    began = desk.standing("desk")
    committed(inbox, trouble="status 500")
    await visited(schedule, failed(5, 4))
    committed(inbox)

    still = desk.standing("desk")
    assert began is not None
    assert still is not None
    assert (still.since, still.failures, still.reason) == (began.since, 4, "status 500")

    await visited(schedule, found(6, b"page again"))
    assert condition(desk) == "failing"
    committed(inbox, trouble="")
    assert condition(desk) == "healthy"


async def test_a_page_that_cannot_be_read_fails_at_once(
    schedule: ValkeySchedule, desk: ValkeySources, inbox: ValkeyInbox
) -> None:
    """Trouble that detection tells makes the source failing without a failed poll, until it tells the end of it."""
    await schedule.sync([make_source()])
    await visited(schedule, found(1, b"page"))
    committed(inbox, trouble="an error page with status 200")

    standing = desk.standing("desk")
    assert condition(desk) == "failing"
    assert standing is not None
    assert (standing.reason, standing.failures) == ("an error page with status 200", 0)
    await visited(schedule, found(2, b"other page"))
    committed(inbox)
    assert condition(desk) == "failing"
    committed(inbox)
    await visited(schedule, found(3, b"good page"))
    committed(inbox, trouble="")
    assert condition(desk) == "healthy"


async def test_a_closed_source_says_where_coverage_goes_on(
    schedule: ValkeySchedule, desk: ValkeySources, inbox: ValkeyInbox
) -> None:
    """Closed since its first closed copy, with the successor told then; healthy again when coverage goes on."""
    await schedule.sync([make_source()])
    await visited(schedule, found(1, b"page"))
    committed(inbox, closed=True, successor="https://news.example/tomorrow")
    closed = desk.standing("desk")
    await visited(schedule, found(2, b"page 2"))
    committed(inbox, closed=True, trouble="status 500")

    again = desk.standing("desk")
    assert closed is not None
    assert again is not None
    assert (again.condition, again.since, again.successor) == ("closed", closed.since, "https://news.example/tomorrow")
    assert condition(desk) == "closed"

    await visited(schedule, found(3, b"page 3"))
    committed(inbox, closed=False, trouble="")
    assert condition(desk) == "healthy"
    open_again = desk.standing("desk")
    assert open_again is not None
    assert open_again.successor is None


async def test_a_pause_hides_other_conditions_and_gives_them_back(
    schedule: ValkeySchedule, desk: ValkeySources, inbox: ValkeyInbox
) -> None:
    """Of a paused source that fails the pause is told; resumed, it fails since when it did."""
    await schedule.sync([make_source()])
    await visited(schedule, found(1, b"page"))
    committed(inbox, trouble="unreadable")
    failing = desk.standing("desk")
    desk.pause("desk")
    assert condition(desk) == "paused"
    desk.resume("desk")

    again = desk.standing("desk")
    assert failing is not None
    assert again is not None
    assert (again.condition, again.since) == ("failing", failing.since)


async def test_a_source_nobody_comes_for_is_stalled(
    schedule: ValkeySchedule, desk: ValkeySources, inbox: ValkeyInbox, valkey: Any
) -> None:
    """Due, or its observations ready, for more than ten seconds: the reason says which role is missing."""
    await schedule.sync([make_source()])
    _aged(valkey, "due", 9)
    assert condition(desk) == "new"
    _aged(valkey, "due", 12)
    standing = desk.standing("desk")
    assert condition(desk) == "stalled"
    assert standing is not None
    assert "no poller came" in standing.reason
    assert standing.due_in_s == pytest.approx(-12, abs=1)

    await visited(schedule, found(1, b"page", next_in_s=60))
    assert condition(desk) == "healthy"
    _aged(valkey, "ready", 12)
    standing = desk.standing("desk")
    assert condition(desk) == "stalled"
    assert standing is not None
    assert "no worker came" in standing.reason
    committed(inbox, trouble="unreadable")
    _aged(valkey, "due", 12)
    assert condition(desk) == "failing"


async def test_another_page_under_a_name_is_new(
    schedule: ValkeySchedule, desk: ValkeySources, inbox: ValkeyInbox
) -> None:
    """Neither failures, nor an end of coverage, nor visits of the old page are told of the new one."""
    await schedule.sync([make_source()])
    await visited(schedule, dataclasses.replace(found(1, b"page"), outcome="changed"))
    committed(inbox, closed=True, successor="https://news.example/next", trouble="unreadable")

    await schedule.sync([make_source(url="https://elsewhere.example/")])

    standing = desk.standing("desk")
    assert condition(desk) == "new"
    assert standing is not None
    assert (standing.reason, standing.successor, standing.interval_s) == ("", None, None)
    assert desk.polls("desk") == []


# --- visits -------------------------------------------------------------------------------------------------------


async def test_the_last_visits_are_remembered(schedule: ValkeySchedule, desk: ValkeySources) -> None:
    """Newest first: when, what came of it, how long it took, how much came, when the next was planned, what failed."""
    await schedule.sync([make_source()])
    await visited(
        schedule,
        dataclasses.replace(found(1, b"page"), outcome="changed", took_ms=81.2, received=31_000),
        PollResult(next_in_s=0, outcome="not modified", took_ms=9.6),
        failed(),
    )

    marks = desk.polls("desk")

    assert [_plain(mark) for mark in marks] == [
        ("failed", 12, 0, 0.0, "status 500"),
        ("not modified", 10, 0, 0.0, ""),
        ("changed", 81, 31_000, 0.0, ""),
    ]
    assert marks[0].at >= marks[2].at
    standing = desk.standing("desk")
    assert standing is not None
    assert standing.last_poll_at == marks[0].at


async def test_no_more_visits_are_remembered_than_forty(
    schedule: ValkeySchedule, desk: ValkeySources, valkey: Any
) -> None:
    """However many there are: thirty are shown, and the store holds hardly more."""
    await schedule.sync([make_source()])
    for number in range(95):
        await visited(schedule, PollResult(next_in_s=0, outcome="same", took_ms=number))
        assert valkey.llen(KEYS.key("polls", "desk")) <= 40

    assert [mark.took_ms for mark in desk.polls("desk")] == list(range(94, 64, -1))


async def test_a_visit_of_another_version_is_passed_over(
    schedule: ValkeySchedule, desk: ValkeySources, valkey: Any
) -> None:
    """What cannot be read is left out, and the cadence is not known."""
    await schedule.sync([make_source()])
    valkey.lpush(KEYS.key("polls", "desk"), "2:telepathy")

    assert desk.polls("desk") == []
    standing = desk.standing("desk")
    assert standing is not None
    assert standing.interval_s is None


# --- pages and counts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number_of", [0, 50, 205])
async def test_pages_hold_every_source_once(schedule: ValkeySchedule, desk: ValkeySources, number_of: int) -> None:
    """By name, whatever their number; the last page says that it is the last, and none but of nothing is empty."""
    await schedule.sync([make_source(f"s{number:03}") for number in range(number_of)])

    names: list[str] = []
    after: str | None = ""
    while after is not None:
        page = desk.page(limit=50, after=after)
        assert page.rows or not number_of
        names += [row.source.name for row in page.rows]
        after = page.after

    assert names == [f"s{number:03}" for number in range(number_of)]


@pytest.mark.parametrize("wanted", ["paused", "new", "healthy"])
async def test_pages_of_one_condition_hold_all_of_them(
    schedule: ValkeySchedule, desk: ValkeySources, monkeypatch: pytest.MonkeyPatch, wanted: Condition
) -> None:
    """Few or many, in an index or not, however few sources are looked through at once."""
    monkeypatch.setattr("monitor.adapters.valkey.sourcing._SORTED_AT_ONCE", 20)
    monkeypatch.setattr("monitor.adapters.valkey.sourcing.LOOKED_THROUGH", 30)
    await schedule.sync([make_source(f"s{number:03}", f"https://{number}.example/") for number in range(100)])
    for name in ("s020", "s050", "s090"):
        desk.pause(name)
    for visit in await schedule.claim(47, 30, {}):
        await schedule.finish(visit, PollResult(next_in_s=60))
    expected = {row.source.name for row in desk.page(limit=200).rows if row.condition == wanted}

    names: list[str] = []
    after: str | None = ""
    while after is not None:
        page = desk.page(limit=7, after=after, condition=wanted)
        assert len(page.rows) <= 7
        names += [row.source.name for row in page.rows]
        after = page.after

    assert names == sorted(expected)
    assert len(names) == desk.counts()[wanted] > 0


async def test_a_definition_of_another_version_spoils_no_page(
    schedule: ValkeySchedule, desk: ValkeySources, valkey: Any
) -> None:
    """The source is listed by its name, with what is wrong; the others as ever."""
    await schedule.sync([make_source("a"), make_source("b")])
    valkey.hset(KEYS.key("src", "a"), "def", '{"v": 9, "name": "a", "url": "u", "extract": {"format": "telepathy"}}')

    odd, plain = desk.page().rows

    assert (odd.source.name, "another version" in odd.reason) == ("a", True)
    assert plain.source == make_source("b")


async def test_counts_agree_with_the_conditions_of_all_whatever_happens(
    schedule: ValkeySchedule, desk: ValkeySources, inbox: ValkeyInbox, valkey: Any
) -> None:
    """After any mixture of visits, commits, pauses, removals and delays each source is counted once, as it stands."""
    chance = random.Random(5)
    await schedule.sync([make_source(f"s{number}", f"https://{number}.example/") for number in range(12)])
    for step in range(250):
        name = f"s{chance.randrange(14)}"
        match chance.randrange(9):
            case 0:
                desk.pause(name)
            case 1 | 2:
                desk.resume(name)
            case 3:
                desk.remove(name) if chance.random() < 0.5 else desk.add(make_source(name))
            case 4:
                _aged(valkey, chance.choice(["due", "ready"]), 15, chance.sample(range(14), 2))
            case 5 | 6:
                for visit in await schedule.claim(3, 30, {}):
                    failures = chance.randrange(5)
                    result = failed(step, failures) if failures else found(step, b"%d" % step, source=visit.source.name)
                    await schedule.finish(visit, dataclasses.replace(result, next_in_s=chance.choice([0, 60])))
            case _:
                told = chance.choice([None, "", "unreadable"])
                committed(inbox, trouble=told, closed=chance.random() < 0.3)
        rows = desk.page().rows
        expected = {word: sum(row.condition == word for row in rows) for word in desk.counts() if word != "all"}
        assert desk.counts() == {"all": len(rows), **expected}


def _aged(valkey: Any, table: str, seconds: float, numbers: Sequence[int] = ()) -> None:
    """Make sources due or ready since so many seconds ago."""
    now_s, _ = valkey.time()
    for name in [f"s{number}" for number in numbers] or ["desk"]:
        valkey.zadd(KEYS.key(table), {name: (now_s - seconds) * 1000}, xx=True)


def _plain(mark: PollMark) -> tuple[object, ...]:
    return mark.outcome, mark.took_ms, mark.bytes, mark.next_s, mark.reason
