"""The poller role: its decisions as a pure function, and the loop on a real fetcher and a real site."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis.asyncio
from structlog.testing import capture_logs

from monitor import metrics
from monitor.adapters.guard import Guard
from monitor.adapters.http import HttpFetcher, opened_fetcher
from monitor.adapters.valkey.schedule import ValkeySchedule
from monitor.errors import StoreRefused, StoreUnavailable
from monitor.model import Access, FailedPoll, Secret, Snapshot, Source, Unchanged
from monitor.ports import (
    Failed,
    Fetched,
    Fetcher,
    FetchOutcome,
    HostLoad,
    NotModified,
    PollResult,
    Schedule,
    Validators,
    Visit,
)
from monitor.roles.poller import Poller, settle
from tests.kit.schedule import MemorySchedule
from tests.kit.site import Reply, Site, running_site
from tests.kit.snapshots import KEYS, silent_bell
from tests.kit.waiting import wait_for

NOW = datetime(2023, 3, 21, 12, 0, tzinfo=UTC)
SOURCE = Source(name="budget-day", url="https://news.example/live", poll_min_s=15, poll_max_s=600)


def visit(**changes: Any) -> Visit:
    """A visit to a quiet, healthy source."""
    standard: dict[str, Any] = {
        "source": SOURCE,
        "token": 1,
        "validators": Validators(),
        "body_sha256": None,
        "eager": False,
        "failures": 0,
        "polls": 6,
        "heat": 0.0,
        "heat_at": None,
    }
    return Visit(**standard | changes)


def fetched(body: bytes = b"page", **changes: Any) -> Fetched:
    """A page that came."""
    digest = hashlib.sha256(body).hexdigest()
    snapshot = Snapshot(name="20230321T120000Z.html", url=SOURCE.url, sha256=digest, fetched_at=NOW)
    return Fetched(snapshot=snapshot, body=body, validators=Validators(etag='"2"'), **changes)


def settled(visited: Visit, outcome: FetchOutcome) -> PollResult:
    """The decision without jitter."""
    return settle(visited, outcome, now=NOW, jitter=0.0, took_ms=12.5)


def test_a_new_page_becomes_a_numbered_snapshot() -> None:
    """A body not seen before is put in the inbox with its bytes, its name numbered after the snapshots before it."""
    result = settled(visit(), fetched())

    assert isinstance(result.observation, Snapshot)
    assert result.observation.name == "007_20230321T120000Z.html"
    assert result.body == b"page"
    assert result.validators == Validators(etag='"2"')
    assert result.counters == {metrics.POLLS.name: 1, metrics.BYTES.name: 4, metrics.SNAPSHOTS.name: 1}
    assert result.timings_ms == {metrics.FETCH_MS.name: 12.5}
    assert (result.outcome, result.took_ms, result.received) == ("changed", 12.5, 4)


def test_the_same_bytes_end_the_visit() -> None:
    """A body already seen tells nobody anything; its newer validators are kept."""
    result = settled(visit(body_sha256=hashlib.sha256(b"page").hexdigest()), fetched())

    assert (result.observation, result.body, result.failures) == (None, None, 0)
    assert (result.outcome, result.received) == ("same", 4)
    assert result.validators == Validators(etag='"2"')
    assert result.counters == {metrics.POLLS.name: 1, metrics.BYTES.name: 4, metrics.SAME_BODY.name: 1}


def test_a_304_ends_the_visit() -> None:
    """Not modified: nothing to tell, the validators we hold stay."""
    result = settled(visit(), NotModified(fetched_at=NOW, generated_at=None))

    assert (result.observation, result.body, result.validators) == (None, None, None)
    assert (result.outcome, result.received) == ("not modified", 0)
    assert result.counters == {metrics.POLLS.name: 1, metrics.NOT_MODIFIED.name: 1}


@pytest.mark.parametrize("waiting", [{"eager": True}, {"failures": 2}])
def test_an_unchanged_page_is_told_to_who_waits(waiting: dict[str, Any]) -> None:
    """A state awaiting confirmation, or a source that was failing, hears of 304s and same bodies."""
    made = NOW - timedelta(seconds=5)
    same = visit(body_sha256=hashlib.sha256(b"page").hexdigest(), **waiting)

    not_modified = settled(visit(**waiting), NotModified(fetched_at=NOW, generated_at=made))
    same_body = settled(same, fetched())

    assert not_modified.observation == Unchanged(fetched_at=NOW, generated_at=made)
    assert same_body.observation == Unchanged(fetched_at=NOW)
    assert not_modified.failures == same_body.failures == 0


def test_a_failure_is_told_counted_and_backed_off() -> None:
    """A failed poll goes to the inbox with its reason; failures in a row double the pause."""
    first = settled(visit(), Failed(fetched_at=NOW, reason="404 Not Found"))
    third = settled(visit(failures=2), Failed(fetched_at=NOW, reason="404 Not Found"))

    assert first.observation == FailedPoll(fetched_at=NOW, reason="404 Not Found")
    assert first.outcome == "failed"
    assert (first.failures, third.failures) == (1, 3)
    assert (first.next_in_s, third.next_in_s) == (15, 60)
    assert first.counters == {metrics.POLLS.name: 1, metrics.POLL_FAILURES.name: 1}


def test_a_page_that_cannot_be_read_is_asked_for_less_and_less() -> None:
    """Copies in a row that detection could make nothing of slow polling like failed polls, up to the maximum."""
    pauses = [settled(visit(unreadable=row, heat=30), fetched()).next_in_s for row in (1, 2, 3, 9)]

    assert pauses == [15, 30, 60, 600]
    assert settled(visit(unreadable=9), fetched()).failures == 0


def test_retry_after_is_a_floor() -> None:
    """A server that asks for half an hour gets it, beyond the source's own maximum."""
    result = settled(visit(), Failed(fetched_at=NOW, reason="429", retry_after_s=1800))

    assert result.next_in_s == 1800


def test_a_page_is_not_asked_again_before_its_copy_expires() -> None:
    """The cache's copy decides the next visit where it outlives the learned pause."""
    result = settled(visit(heat=30), NotModified(fetched_at=NOW, generated_at=None, expires_in_s=46.0))

    assert result.next_in_s == 46.0


# --- the loop ---------------------------------------------------------------------------------------------------


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """A scripted site."""
    async with running_site() as site:
        yield site


@pytest.fixture
async def fetcher() -> AsyncIterator[HttpFetcher]:
    """The real fetcher, allowed on loopback."""
    async with opened_fetcher(Guard(allow=["127.0.0.1/32"])) as fetcher:
        yield fetcher


def source(site: Site, name: str = "s") -> Source:
    """A source on the site at ``/<name>``, polled every few milliseconds."""
    return Source(name=name, url=f"{site.url}/{name}", poll_min_s=0.02, poll_max_s=0.05)


@contextlib.asynccontextmanager
async def polling(
    schedule: Schedule, fetcher: Fetcher, access: dict[tuple[str, str], Access] | None = None, **options: Any
) -> AsyncIterator[asyncio.Event]:
    """A poller at work; leaving the block stops it and waits for its end."""
    poller = Poller(
        schedule,
        fetcher,
        access=access or {},
        now=lambda: datetime.now(UTC),
        jitter=lambda: 0.0,
        **{"pauses_s": (0.01, 0.02)} | options,
    )
    stop = asyncio.Event()
    async with asyncio.timeout(20):
        running = asyncio.ensure_future(poller.run(stop))
        try:
            yield stop
        finally:
            stop.set()
            await running


async def test_a_page_is_polled_conditionally_and_told_once(site: Site, fetcher: HttpFetcher) -> None:
    """The first visit brings a snapshot, later ones 304s and same bodies that leave the inbox alone."""
    etag = {"ETag": '"1"'}
    site.on(
        "/s", Reply(headers=etag, body=b"one"), Reply(status=304), Reply(headers=etag, body=b"one"), Reply(status=304)
    )
    schedule = MemorySchedule(source(site))

    async with polling(schedule, fetcher):
        await wait_for(lambda: len(schedule.results) >= 5)

    assert [type(seen) for seen in schedule.inbox["s"]] == [Snapshot]
    assert site.requests[1].headers["if-none-match"] == '"1"'
    assert schedule.counted(metrics.SNAPSHOTS.name) == 1
    assert schedule.counted(metrics.SAME_BODY.name) == 1
    assert schedule.counted(metrics.NOT_MODIFIED.name) == len(schedule.results) - 2


async def test_failures_and_recovery_are_told(site: Site, fetcher: HttpFetcher) -> None:
    """Each failed poll reaches the inbox, and so does the unchanged page that ends the failing."""
    site.on("/s", Reply(body=b"one"), Reply(status=503), Reply(status=404), Reply(body=b"one"))
    schedule = MemorySchedule(source(site))

    async with polling(schedule, fetcher):
        await wait_for(lambda: len(schedule.results) >= 6)

    assert [type(seen) for seen in schedule.inbox["s"]] == [Snapshot, FailedPoll, FailedPoll, Unchanged]
    reasons = [seen.reason for seen in schedule.inbox["s"] if isinstance(seen, FailedPoll)]
    assert reasons == ["503 Service Unavailable", "404 Not Found"]


async def test_a_sources_access_goes_with_its_visits_only(site: Site, fetcher: HttpFetcher) -> None:
    """Secrets of one source are sent to that source and to no other."""
    site.on("/a", Reply(body=b"a"))
    site.on("/b", Reply(body=b"b"))
    schedule = MemorySchedule(source(site, "a"), source(site, "b"))

    async with polling(schedule, fetcher, {("a", f"{site.url}/a"): Access(headers={"X-Key": Secret("k")})}):
        await wait_for(lambda: schedule.inbox["a"] and schedule.inbox["b"])

    keys = {asked.path: asked.headers.get("x-key") for asked in site.requests}
    assert keys == {"/a": "k", "/b": None}


async def test_another_page_under_the_name_of_a_source_gets_nothing_of_its_secrets(
    site: Site, fetcher: HttpFetcher
) -> None:
    """A source added elsewhere under a configured name is visited without what the configuration sends along."""
    site.on("/a", Reply(body=b"a"))
    schedule = MemorySchedule(source(site, "a"))

    async with polling(schedule, fetcher, {("a", "https://news.example/a"): Access(headers={"X-Key": Secret("k")})}):
        await wait_for(lambda: schedule.inbox["a"])

    assert {asked.headers.get("x-key") for asked in site.requests} == {None}


class Gate:
    """A fetcher whose visits wait to be let through; it knows how many were inside at once."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.inside = 0
        self.most = 0
        self.started = 0

    async def fetch(self, source: Source, access: Access, validators: Validators) -> FetchOutcome:  # noqa: ARG002
        self.started += 1
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            await self.open.wait()
            return fetched(source.name.encode())
        finally:
            self.inside -= 1


def many(count: int) -> list[Source]:
    """Sources that are due once."""
    return [Source(name=f"s{n}", url="https://news.example/") for n in range(count)]


async def test_visits_are_bounded_and_free_places_are_filled_at_once() -> None:
    """Forty due sources are visited by no more than eight at a time, without a pause between."""
    schedule, gate = MemorySchedule(*many(40)), Gate()

    async with polling(schedule, gate, concurrency=8):
        await wait_for(lambda: gate.inside == 8)
        gate.open.set()
        await wait_for(lambda: len(schedule.results) == 40, within_s=0.9, saying="no nap while work is due")

    assert gate.most == 8


async def test_a_slow_host_does_not_hold_up_the_others(site: Site, fetcher: HttpFetcher) -> None:
    """While one visit hangs, other sources are visited again and again."""
    gate = Gate()
    site.on("/quick", Reply(body=b"q"))

    class Two:
        async def fetch(self, source: Source, access: Access, validators: Validators) -> FetchOutcome:
            return await (gate if source.name == "slow" else fetcher).fetch(source, access, validators)

    schedule = MemorySchedule(source(site, "slow"), source(site, "quick"))
    async with polling(schedule, Two()):
        await wait_for(lambda: len(schedule.results) >= 5)
        gate.open.set()

    assert gate.started == 1
    assert {name for name, _ in schedule.results[:5]} == {"quick"}


async def test_one_slow_host_leaves_places_for_the_others(async_valkey: redis.asyncio.Redis) -> None:
    """Though a hundred pages of a host that hangs are due, it has four visits, and other hosts are polled on."""
    gate = Gated()
    slow = [Source(name=f"s{n:03}", url=f"https://slow.example/{n}") for n in range(100)]
    quick = Source(name="quick", url="https://quick.example/", poll_min_s=0.02, poll_max_s=0.02)
    schedule = ValkeySchedule(async_valkey, KEYS, silent_bell, keep_s=600)
    await schedule.sync([*slow, quick])
    await async_valkey.zadd(KEYS.key("due"), {source.name: place for place, source in enumerate([*slow, quick])})

    async with polling(schedule, gate, concurrency=8):
        await wait_for(lambda: gate.quick >= 5)
        assert (gate.inside, gate.most) == (4, 4)
        gate.open.set()
        await wait_for(lambda: gate.started >= 20, saying="the host's other pages follow")

    assert gate.most == 4


async def test_claims_know_what_is_under_way() -> None:
    """Each claim tells how many visits a host has; a host without any is not named."""
    busy = Source(name="busy", url="https://busy.example/", poll_min_s=0.01, poll_max_s=0.01)
    schedule, gate = MemorySchedule(*many(2), busy), Gated()

    async with polling(schedule, gate):
        await wait_for(lambda: gate.inside == 2)
        await wait_for(lambda: schedule.loads[-1].get("news.example") == HostLoad(visits=2, visit_s=0.2))
        gate.open.set()
        await wait_for(lambda: "news.example" not in schedule.loads[-1])

    assert schedule.loads[0] == {}


async def test_stopping_finishes_what_is_under_way() -> None:
    """On stop nothing new is claimed, and the visit under way is written before the role ends."""
    schedule, gate = MemorySchedule(*many(2)), Gate()

    async with polling(schedule, gate, concurrency=1) as stop:
        await wait_for(lambda: gate.inside == 1)
        stop.set()
        claims = schedule.calls["claim"]
        gate.open.set()

    assert len(schedule.results) == 1
    assert schedule.calls["claim"] == claims


async def test_stopping_does_not_wait_for_ever() -> None:
    """A visit that outlasts the drain is dropped; its lease will end and another visit follows."""
    schedule, gate = MemorySchedule(*many(1)), Gate()

    async with polling(schedule, gate, drain_s=0.05):
        await wait_for(lambda: gate.inside == 1)

    assert schedule.results == []
    assert gate.inside == 0


async def test_a_store_that_is_away_at_start_is_awaited(site: Site, fetcher: HttpFetcher) -> None:
    """The role starts without a store, says so in one line, and polls when it comes."""
    site.on("/s", Reply(body=b"one"))
    schedule = MemorySchedule(source(site))
    schedule.away = StoreUnavailable("no Redis answers: start it")

    with capture_logs() as lines:
        async with polling(schedule, fetcher):
            await wait_for(lambda: schedule.calls["claim"] >= 4)
            assert site.requests == []
            schedule.away = None
            await wait_for(lambda: schedule.inbox["s"])

    told = [line["event"] for line in lines if line["log_level"] in {"warning", "info"}]
    assert told[:2] == ["the store is away; polling waits, nothing fetched is lost", "the store is back"]


class Gated(Gate):
    """A gate for the sources ``s…``; the others are answered at once and counted as ``quick``."""

    quick = 0

    async def fetch(self, source: Source, access: Access, validators: Validators) -> FetchOutcome:
        if source.name.startswith("s"):
            return await super().fetch(source, access, validators)
        self.quick += 1
        return NotModified(fetched_at=NOW, generated_at=None)


@pytest.mark.parametrize("away", [StoreUnavailable("gone"), StoreRefused("memory full")])
async def test_a_page_fetched_while_the_store_is_away_is_kept(away: StoreUnavailable | StoreRefused) -> None:
    """What was fetched is written when the store is back, before anything new is claimed; no page is asked twice."""
    busy = Source(name="busy", url="https://news.example/", poll_min_s=0.01, poll_max_s=0.01)
    schedule, gate = MemorySchedule(*many(2), busy), Gated()

    async with polling(schedule, gate):
        await wait_for(lambda: gate.inside == 2 and len(schedule.results) >= 2)
        schedule.away = away
        gate.open.set()
        await wait_for(lambda: schedule.calls["finish"] >= 8)
        claims = schedule.calls["claim"]
        await wait_for(lambda: schedule.calls["finish"] >= 24)
        assert schedule.calls["claim"] == claims
        schedule.away = None
        await wait_for(lambda: schedule.inbox["s0"] and schedule.inbox["s1"] and schedule.calls["claim"] > claims)

    assert gate.started == 2
    assert schedule.refused == []


async def test_a_visit_that_lost_its_lease_writes_nothing() -> None:
    """When another poller has claimed the source meanwhile, the late result is dropped and the role goes on."""
    schedule, gate = MemorySchedule(*many(1)), Gate()

    async with polling(schedule, gate):
        await wait_for(lambda: gate.inside == 1)
        schedule.rows["s0"].token += 1
        gate.open.set()
        await wait_for(lambda: schedule.refused == ["s0"])

    assert schedule.results == []


async def test_a_bug_in_one_visit_costs_only_that_visit(site: Site, fetcher: HttpFetcher) -> None:
    """A fetcher that raises makes a failed poll with the error's name; other sources are polled on."""
    site.on("/good", Reply(body=b"g"))

    class Broken:
        async def fetch(self, source: Source, access: Access, validators: Validators) -> FetchOutcome:
            if source.name == "bad":
                raise KeyError("internals")
            return await fetcher.fetch(source, access, validators)

    schedule = MemorySchedule(source(site, "bad"), source(site, "good"))
    with capture_logs() as lines:
        async with polling(schedule, Broken()):
            await wait_for(lambda: len(schedule.inbox["bad"]) >= 2 and schedule.inbox["good"])

    failed = schedule.inbox["bad"][0]
    assert isinstance(failed, FailedPoll)
    assert failed.reason == "internal error (KeyError): see the log"
    assert any(line["event"] == "a fetch broke" for line in lines)


async def test_the_bell_is_rung_and_new_sources_are_found(site: Site, fetcher: HttpFetcher) -> None:
    """With nothing due the role rings for the workers and looks for sources added elsewhere within a second."""
    site.on("/s", Reply(body=b"one"))
    schedule = MemorySchedule()

    async with polling(schedule, fetcher):
        await wait_for(lambda: schedule.calls["ring"] >= 1 and schedule.calls["claim"] >= 1)
        await schedule.sync([source(site)])
        await wait_for(lambda: schedule.inbox["s"], within_s=2)
        await wait_for(lambda: schedule.calls["ring"] >= 2, within_s=2)


async def test_an_idle_poller_asks_the_store_seldom() -> None:
    """With nothing due for long, the store is asked about once a second, not in a hurry."""
    schedule, gate = MemorySchedule(*many(1)), Gate()
    gate.open.set()

    async with polling(schedule, gate):
        await wait_for(lambda: len(schedule.results) == 1)
        await wait_for(lambda: schedule.calls["ring"] >= 2, within_s=2)

    assert schedule.calls["claim"] <= 4


async def test_logs_tell_failing_and_recovery_once(site: Site, fetcher: HttpFetcher) -> None:
    """An operator reads one warning when polls begin to fail and one line when they are well again; no URL in them."""
    site.on("/s", Reply(body=b"one"), Reply(status=500), Reply(status=500), Reply(body=b"one"))
    schedule = MemorySchedule(source(site))

    with capture_logs() as lines:
        async with polling(schedule, fetcher):
            await wait_for(lambda: len(schedule.results) >= 6)

    told = [(line["event"], line["log_level"]) for line in lines if line["log_level"] != "debug"]
    assert told.count(("poll failed", "warning")) == 1
    assert told.count(("poll recovered", "info")) == 1
    assert site.url not in str(lines)
