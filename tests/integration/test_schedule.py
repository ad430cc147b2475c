"""The schedule on a real server: leases, fences, what a visit leaves behind."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import redis
import redis.asyncio
import structlog
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from monitor.adapters.valkey.inbox import Retention, ValkeyInbox
from monitor.adapters.valkey.observations import decode_observation, unpack_body
from monitor.adapters.valkey.schedule import ValkeySchedule
from monitor.bootstrap import open_poller
from monitor.config import Settings
from monitor.config.settings import RedisSettings
from monitor.errors import StoreUnavailable
from monitor.model import Access, Secret, Snapshot
from monitor.ports import HostLoad, PollResult, Validators, Visit
from tests.kit.snapshots import (
    KEYS,
    NOON,
    found,
    make_change,
    make_commit,
    make_failure,
    make_snapshot,
    make_source,
    make_unchanged,
    silent_bell,
)
from tests.kit.waiting import wait_for


@pytest.fixture
def schedule(async_valkey: redis.asyncio.Redis) -> ValkeySchedule:
    """A schedule on the empty server."""
    return ValkeySchedule(async_valkey, KEYS, silent_bell, keep_s=600)


async def test_a_new_source_is_due_at_once(schedule: ValkeySchedule) -> None:
    """sync() makes a source due, and claim() gives it with an empty memory."""
    await schedule.sync([make_source()])

    assert await schedule.next_due_in() == 0
    [visit] = await schedule.claim(10, 30, {})
    assert visit.source == make_source()
    assert (visit.validators, visit.body_sha256, visit.polls, visit.failures) == (Validators(), None, 0, 0)


async def test_nothing_is_due_without_sources(schedule: ValkeySchedule) -> None:
    """An empty schedule has no next time and gives nothing."""
    assert await schedule.next_due_in() is None
    assert await schedule.claim(10, 30, {}) == []


async def test_a_leased_source_is_given_once(schedule: ValkeySchedule) -> None:
    """Two claims in a row never give the same source."""
    await schedule.sync([make_source("a"), make_source("b"), make_source("c")])

    first, second = await schedule.claim(2, 30, {}), await schedule.claim(2, 30, {})

    assert sorted(visit.source.name for visit in (*first, *second)) == ["a", "b", "c"]
    due_in = await schedule.next_due_in()
    assert due_in is not None
    assert 25 < due_in <= 30


async def test_an_expired_lease_passes_on(schedule: ValkeySchedule) -> None:
    """When a poller dies its source is due again at the lease's end, and the late first poller writes nothing."""
    await schedule.sync([make_source()])
    [late] = await schedule.claim(1, 0.02, {})

    async def claim() -> Sequence[Visit]:
        return await schedule.claim(1, 30, {})

    heirs: Sequence[Visit] = await wait_for(claim)
    [heir] = heirs

    assert not await schedule.finish(late, found(1, b"old"))
    assert await schedule.finish(heir, found(1, b"new"))


async def test_a_late_poller_whose_lease_nobody_took_still_writes(schedule: ValkeySchedule) -> None:
    """The fence is the token, not the clock: an expired lease alone loses no visit."""
    await schedule.sync([make_source()])
    [visit] = await schedule.claim(1, 0, {})

    assert await schedule.finish(visit, found(1, b"page"))


async def test_a_snapshot_is_stored_queued_and_rung_for_in_one_step(
    async_valkey: redis.asyncio.Redis, valkey: Any
) -> None:
    """finish() leaves the body, the observation, the ready mark, the bell and the source's counters; totals come with
    the next flush.
    """
    rung: list[int] = []
    schedule = ValkeySchedule(async_valkey, KEYS, lambda: rung.append(1), keep_s=600)
    await schedule.sync([make_source()])
    [visit] = await schedule.claim(1, 30, {})
    result = found(1, b"<p>" * 100, next_in_s=20)

    assert await schedule.finish(visit, result)

    assert isinstance(result.observation, Snapshot)
    [waiting] = valkey.lrange(KEYS.key("inbox", "desk"), 0, -1)
    assert decode_observation(waiting) == result.observation
    packed = valkey.get(KEYS.key("snap", result.observation.sha256))
    assert packed[:1] == b"z"
    assert len(packed) < 100
    assert unpack_body(packed) == b"<p>" * 100
    assert 590 < valkey.ttl(KEYS.key("snap", result.observation.sha256)) <= 600
    assert valkey.zcard(KEYS.key("ready")) == 1
    assert 0 < valkey.pttl(KEYS.key("bell")) <= 2000
    assert rung == [1]
    assert not valkey.exists(KEYS.key("m", "c"))
    await schedule.flush()
    for key in (KEYS.key("m", "c"), KEYS.key("m", "src", "desk")):
        assert valkey.hgetall(key) == {b"polls_total": b"1", b"snapshots_total": b"1"}
    histogram = valkey.hgetall(KEYS.key("m", "h", "fetch_ms"))
    assert b"le_5" not in histogram
    assert (histogram[b"le_10"], histogram[b"le_inf"], histogram[b"count"]) == (b"1", b"1", b"1")
    assert float(histogram[b"sum"]) == 7.5
    due_in = await schedule.next_due_in()
    assert due_in is not None
    assert 19 < due_in <= 20


async def test_what_a_visit_learnt_comes_with_the_next(schedule: ValkeySchedule) -> None:
    """Validators, body hash, poll count and failures are handed to the next visit; None drops a validator."""
    await schedule.sync([make_source()])
    [visit] = await schedule.claim(1, 30, {})
    result = dataclasses.replace(found(1, b"page"), validators=Validators(etag='"a"', last_modified="Mon"))
    await schedule.finish(visit, result)
    [second] = await schedule.claim(1, 30, {})

    assert second.validators == Validators(etag='"a"', last_modified="Mon")
    assert second.body_sha256 == make_snapshot(1, b"page").sha256
    assert second.polls == 1

    failed = PollResult(next_in_s=0, observation=make_failure(2), failures=3, validators=Validators(etag='"b"'))
    await schedule.finish(second, failed)
    await schedule._client.ltrim(KEYS.key("inbox", "desk"), 1, 0)
    [third] = await schedule.claim(1, 30, {})

    assert (third.failures, third.polls) == (3, 1)
    assert third.validators == Validators(etag='"b"')


async def test_a_compressed_body_is_kept_as_it_came(schedule: ValkeySchedule, valkey: Any) -> None:
    """Bytes in a content coding are not compressed again."""
    await schedule.sync([make_source()])
    [visit] = await schedule.claim(1, 30, {})
    result = found(1, b"\x1f\x8b gzip bytes")
    assert isinstance(result.observation, Snapshot)
    gzipped = dataclasses.replace(result.observation, encoding="gzip")

    await schedule.finish(visit, dataclasses.replace(result, observation=gzipped))

    [key] = valkey.keys(KEYS.key("snap", "*"))
    assert valkey.get(key) == b"r\x1f\x8b gzip bytes"


async def test_an_unchanged_page_nobody_waits_for_leaves_no_work(schedule: ValkeySchedule, valkey: Any) -> None:
    """Without an observation only the due time and the counters move: no inbox, no bell."""
    await schedule.sync([make_source()])
    [visit] = await schedule.claim(1, 30, {})

    assert await schedule.finish(visit, PollResult(next_in_s=5, counters={"polls_not_modified_total": 1}))

    assert not valkey.exists(KEYS.key("inbox", "desk"), KEYS.key("ready"), KEYS.key("bell"))


async def test_a_crowded_source_is_put_off(schedule: ValkeySchedule, valkey: Any) -> None:
    """A source with two observations waiting is not visited, and due again in a second; the next one is given."""
    await schedule.sync([make_source()])
    for number in (1, 2):
        [visit] = await schedule.claim(1, 30, {})
        await schedule.finish(visit, PollResult(next_in_s=0, observation=make_unchanged(number)))

    assert await schedule.claim(1, 30, {}) == []

    due_in = await schedule.next_due_in()
    assert due_in is not None
    assert 0.5 < due_in <= 1
    valkey.lpop(KEYS.key("inbox", "desk"))
    valkey.zadd(KEYS.key("due"), {"desk": 0})
    assert len(await schedule.claim(1, 30, {})) == 1


async def test_sync_forgets_what_is_not_configured_but_its_state(schedule: ValkeySchedule, valkey: Any) -> None:
    """A removed source is never due and a visit under way is refused; put back, it remembers its state."""
    await schedule.sync([make_source("a"), make_source("b")])
    visits = {visit.source.name: visit for visit in await schedule.claim(2, 30, {})}
    valkey.hset(KEYS.key("src", "b"), "state", b"memory")

    await schedule.sync([make_source("a")])

    assert valkey.zrange(KEYS.key("due"), 0, -1) == [b"a"]
    assert not await schedule.finish(visits["b"], found(1, b"page", source="b"))
    assert valkey.hget(KEYS.key("src", "b"), "state") == b"memory"


async def test_a_removed_source_is_forgotten_after_a_while(async_valkey: redis.asyncio.Redis, valkey: Any) -> None:
    """Everything that hangs on a source no longer configured expires, unless it is put back before."""
    schedule = ValkeySchedule(async_valkey, KEYS, silent_bell, keep_s=600, forget_s=1000)
    await schedule.sync([make_source("a"), make_source("b")])
    for visit in await schedule.claim(2, 30, {}):
        await schedule.finish(visit, found(1, b"page", source=visit.source.name))
    valkey.hset(KEYS.key("text", "b"), "pst_1", b"text")
    hanging = [KEYS.key(*parts) for parts in (("src", "b"), ("inbox", "b"), ("text", "b"), ("m", "src", "b"))]

    await schedule.sync([make_source("a")])

    assert all(990 < valkey.ttl(key) <= 1000 for key in hanging)
    assert valkey.ttl(KEYS.key("src", "a")) == -1
    await schedule.sync([make_source("a"), make_source("b")])
    assert [valkey.ttl(key) for key in hanging] == [-1] * 4


async def test_a_full_host_takes_no_place_from_the_others(schedule: ValkeySchedule) -> None:
    """Sources whose host has four visits under way are put off, those longest due the least; others are given."""
    busy = [make_source(f"a{number:02}") for number in range(40)]
    await schedule.sync([*busy, make_source("z", "https://other.example/z")])
    loads = {"news.example": HostLoad(visits=3, visit_s=2.0)}

    visits = await schedule.claim(8, 30, loads)

    assert [visit.source.name for visit in visits] == ["a00", "z"]
    due: Any = await schedule._client.zrange(KEYS.key("due"), 0, 38, withscores=True)
    assert [name.decode() for name, _ in due] == [f"a{number:02}" for number in range(1, 40)]
    between_ms = [later - sooner for (_, sooner), (_, later) in itertools.pairwise(due)]
    assert between_ms == [500.0] * 38


async def test_a_host_without_load_gets_as_many_visits_as_it_may(schedule: ValkeySchedule) -> None:
    """One claim gives a host no more than its places, whatever is due there."""
    await schedule.sync([make_source(f"s{number}") for number in range(10)])

    assert len(await schedule.claim(64, 30, {})) == 4


async def test_a_source_counts_for_the_host_its_page_comes_from(schedule: ValkeySchedule) -> None:
    """Where redirects lead is where the next visit is counted."""
    await schedule.sync([make_source()])
    [visit] = await schedule.claim(1, 30, {})
    result = found(1, b"page")
    assert isinstance(result.observation, Snapshot)
    moved = dataclasses.replace(result.observation, url="https://Edge.example:8443/page")
    await schedule.finish(visit, dataclasses.replace(result, observation=moved))

    [again] = await schedule.claim(1, 30, {})

    assert (visit.host, again.host) == ("news.example", "edge.example:8443")


async def test_sync_keeps_the_due_time_of_what_stays(schedule: ValkeySchedule) -> None:
    """A restart or another tag does not make a source due; its new definition comes with the next visit."""
    await schedule.sync([make_source()])
    [visit] = await schedule.claim(1, 30, {})
    await schedule.finish(visit, found(1, b"page", next_in_s=50))

    await schedule.sync([dataclasses.replace(make_source(), tags=("politics",))])

    due_in = await schedule.next_due_in()
    assert due_in is not None
    assert 45 < due_in <= 50
    await schedule._client.zadd(KEYS.key("due"), {"desk": 0})
    [again] = await schedule.claim(1, 30, {})
    assert again.source.tags == ("politics",)
    assert again.validators.etag == '"1"'


async def test_another_url_begins_anew(schedule: ValkeySchedule, valkey: Any) -> None:
    """A source whose URL changed is due at once and knows nothing of the old page but how many snapshots it had."""
    await schedule.sync([make_source()])
    [visit] = await schedule.claim(1, 30, {})
    await schedule.finish(visit, found(1, b"page", next_in_s=0))
    old = {"state": b"memory", "eager": 1, "heat": 9, "heat_at": NOON.isoformat(), "trouble": "x", "unreadable": 2}
    valkey.hset(KEYS.key("src", "desk"), mapping=old)
    valkey.hset(KEYS.key("text", "desk"), "pst_1", b"text")
    [stale] = await schedule.claim(1, 30, {})

    moved = make_source(url="https://elsewhere.example/")
    await schedule.sync([moved])
    [fresh] = await schedule.claim(1, 30, {})

    assert (fresh.source, fresh.validators, fresh.body_sha256) == (moved, Validators(), None)
    assert (fresh.eager, fresh.heat, fresh.heat_at, fresh.unreadable, fresh.polls) == (False, 0, None, 0, 1)
    assert fresh.host == "elsewhere.example"
    assert not await schedule.finish(stale, found(2, b"old page"))
    left = valkey.hgetall(KEYS.key("src", "desk"))
    assert not {b"state", b"trouble"} & left.keys()
    assert left[b"generation"] == b"1"
    assert not valkey.exists(KEYS.key("text", "desk"), KEYS.key("inbox", "desk"), KEYS.key("ready"))


async def test_another_url_voids_a_claim_under_way(schedule: ValkeySchedule, valkey: Any) -> None:
    """What a worker makes of the old page while the source gets another URL is refused."""
    await schedule.sync([make_source()])
    [visit] = await schedule.claim(1, 30, {})
    await schedule.finish(visit, found(1, b"page"))
    inbox = ValkeyInbox(valkey, KEYS, silent_bell, Retention(keep_s=3600, max_changes=1000))
    [claim] = inbox.claim(1, 30)

    await schedule.sync([make_source(url="https://elsewhere.example/")])

    assert not inbox.commit(claim, make_commit(1, make_change(1)))


async def test_a_source_of_another_version_is_no_reason_to_stop(schedule: ValkeySchedule, valkey: Any) -> None:
    """A definition that cannot be read costs its own source a visit, with a line in the log, and no other's."""
    await schedule.sync([make_source("a"), make_source("b")])
    valkey.hset(KEYS.key("src", "a"), "def", '{"v": 9, "name": "a", "url": "u", "extract": {"format": "telepathy"}}')

    with structlog.testing.capture_logs() as logged:
        visits = await schedule.claim(10, 30, {})

    assert [visit.source.name for visit in visits] == ["b"]
    assert [(line["event"], line["source"]) for line in logged] == [("source left alone", "a")]


async def test_a_repeated_finish_appends_once(schedule: ValkeySchedule, valkey: Any) -> None:
    """A client that resends because a reply was lost is told true, and nothing is written twice."""
    await schedule.sync([make_source()])
    [visit] = await schedule.claim(1, 30, {})

    assert await schedule.finish(visit, found(1, b"page"))
    assert await schedule.finish(visit, found(1, b"page"))

    assert valkey.llen(KEYS.key("inbox", "desk")) == 1
    assert valkey.hget(KEYS.key("m", "src", "desk"), "polls_total") == b"1"


async def test_a_counter_that_cannot_be_written_loses_no_observation(schedule: ValkeySchedule, valkey: Any) -> None:
    """The visit is refused, repeated it is done, and the copy stands in the inbox once."""
    await schedule.sync([make_source()])
    [visit] = await schedule.claim(1, 30, {})
    valkey.set(KEYS.key("m", "src", "desk"), "no hash")

    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        await schedule.finish(visit, found(1, b"page"))
    assert await schedule.finish(visit, found(1, b"page"))

    assert valkey.llen(KEYS.key("inbox", "desk")) == 1
    assert valkey.zscore(KEYS.key("ready"), "desk")


async def test_what_was_counted_is_added_also_where_the_poller_breaks_off(valkey: Any, tmp_path: Path) -> None:
    """The numbers of the last second are not lost with an error that ends the role."""
    url = "unix://" + valkey.connection_pool.connection_kwargs["path"]
    settings = Settings(
        data_dir=tmp_path, redis=RedisSettings(url=Secret(url)), sources=(make_source(),), access={"desk": Access()}
    )

    async def break_off() -> None:
        async with open_poller(settings) as poller:
            [visit] = await poller._schedule.claim(1, 30, {})
            assert await poller._schedule.finish(visit, found(1, b"page"))
            raise RuntimeError("trouble")

    with pytest.raises(RuntimeError, match="trouble"):
        await break_off()

    assert valkey.hget(KEYS.key("m", "c"), "polls_total") == b"1"


async def test_ring_heals_a_lost_bell(async_valkey: redis.asyncio.Redis, valkey: Any) -> None:
    """ring() rings only when work is ready and no drain job is on its way."""
    rung: list[int] = []
    schedule = ValkeySchedule(async_valkey, KEYS, lambda: rung.append(1), keep_s=600)
    await schedule.sync([make_source()])
    await schedule.ring()
    assert rung == []
    [visit] = await schedule.claim(1, 30, {})
    await schedule.finish(visit, found(1, b"page"))
    await schedule.ring()
    assert rung == [1]

    valkey.delete(KEYS.key("bell"))
    await schedule.ring()

    assert rung == [1, 1]


async def test_a_thousand_sources_are_registered(schedule: ValkeySchedule, valkey: Any) -> None:
    """sync() takes more sources than one script call carries."""
    await schedule.sync([make_source(f"s{number}") for number in range(1001)])

    assert valkey.zcard(KEYS.key("due")) == 1001


async def test_a_server_that_is_away_is_said_in_our_words() -> None:
    """Connection errors of the library come out as StoreUnavailable."""
    client = redis.asyncio.Redis(unix_socket_path="/nonexistent.sock", retry=Retry(NoBackoff(), 0))
    schedule = ValkeySchedule(client, KEYS, silent_bell, keep_s=600)

    with pytest.raises(StoreUnavailable):
        await schedule.claim(1, 30, {})
    await client.aclose()


async def test_totals_are_flushed_once_a_second_and_once_only(
    async_valkey: redis.asyncio.Redis, valkey: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ring() adds what visits have counted since; a flush whose reply was lost is told again and changes nothing, and
    what was counted meanwhile comes in the same call, which may be the last.
    """
    schedule = ValkeySchedule(async_valkey, KEYS, silent_bell, keep_s=600)
    await schedule.sync([make_source()])

    async def visited(number: int) -> None:
        valkey.zadd(KEYS.key("due"), {"desk": 0})
        valkey.delete(KEYS.key("inbox", "desk"))
        [visit] = await schedule.claim(1, 30, {})
        assert await schedule.finish(visit, found(number, b"page %d" % number))

    def total() -> int:
        return int(valkey.hget(KEYS.key("m", "c"), "polls_total") or 0)

    await visited(1)
    await visited(2)
    assert total() == 0
    flush = schedule._flush

    async def heard_nothing(**parts: Any) -> None:
        await flush(**parts)
        raise redis.ConnectionError("the reply was lost")

    monkeypatch.setattr(schedule, "_flush", heard_nothing)
    with pytest.raises(StoreUnavailable):
        await schedule.ring()
    monkeypatch.undo()
    assert total() == 2
    await visited(3)
    await schedule.flush()
    assert total() == 3
    assert valkey.hget(KEYS.key("m", "h", "fetch_ms"), "count") == b"3"
    assert int(valkey.hget(KEYS.key("m", "src", "desk"), "polls_total")) == 3
