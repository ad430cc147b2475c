"""The rounds: who stopped, what stalls, and the numbers, as a reader with stock commands finds them."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import Any, cast

import pytest
import redis

from monitor.adapters.valkey.observations import encode_source
from monitor.adapters.valkey.rounds import STALLS
from monitor.adapters.valkey.standing import read_standing
from monitor.metrics import GAUGES, rollup_fields
from monitor.roles.rounds import Heart
from tests.kit.rounds import heart_of, pass_time, rounds_of, shown, told
from tests.kit.server import running_server
from tests.kit.snapshots import KEYS, make_source

POLL_STOPPED = ("role.stopped", "stetwatch", "poll")
POLL_RECOVERED = ("role.recovered", "stetwatch", "poll")


@pytest.fixture
def crew(valkey: redis.Redis) -> tuple[Heart, Heart, Heart]:
    """A poller, a worker and a notifier that have lived for half a minute."""
    hearts = heart_of(valkey, "poll"), heart_of(valkey, "work"), heart_of(valkey, "notify")
    pass_time(valkey, 30, *hearts)
    return hearts


def watch(client: redis.Redis, *names: str, due_s_ago: float = -60) -> None:
    """Put sources into the schedule."""
    seconds = client.time()[0]
    for name in names:
        client.hset(KEYS.key("src", name), "def", encode_source(make_source(name)))
        client.zadd(KEYS.key("due"), {name: (seconds - due_s_ago) * 1000})


def seconds_of(said: str) -> float:
    """How long ago a value says that something stopped."""
    (since,) = re.findall(r"^stopped since (\S+Z)$", said)
    return (datetime.now(UTC) - datetime.fromisoformat(since)).total_seconds()


def test_a_role_that_falls_silent_is_named_within_13_s_and_told_once(
    valkey: redis.Redis, crew: tuple[Heart, Heart, Heart]
) -> None:
    """m:roles says since when, the gauge is 0, m:lost has the process; the change goes to its destinations, once."""
    _, *left = crew
    pass_time(valkey, 12, *left)

    assert shown(valkey, "roles")["work"] == shown(valkey, "roles")["notify"] == "alive"
    assert seconds_of(shown(valkey, "roles")["poll"]) == pytest.approx(12, abs=3)
    assert shown(valkey, "g")["role_poll_alive"] == "0"
    assert valkey.zrange(KEYS.key("m", "lost"), 0, -1) == [b"poll-here-1"]
    pass_time(valkey, 60, *left)
    assert told(valkey) == [POLL_STOPPED]
    assert valkey.zrange(KEYS.key("lanes", "desk"), 0, -1) == [b"stetwatch/poll"]
    assert shown(valkey, "c")["changes_role_stopped_total"] == shown(valkey, "c")["processes_lost_total"] == "1"


def test_a_role_that_comes_back_is_shown_at_once_and_told_when_it_stays(
    valkey: redis.Redis, crew: tuple[Heart, Heart, Heart]
) -> None:
    """One that dies again and again within ten seconds is told of once, as stopped."""
    _, *left = crew
    pass_time(valkey, 15, *left)
    for _ in range(3):
        pass_time(valkey, 6, *crew)
        assert shown(valkey, "roles")["poll"] == "alive"
        pass_time(valkey, 12, *left)
    assert told(valkey) == [POLL_STOPPED]

    pass_time(valkey, 15, *crew)

    assert told(valkey) == [POLL_STOPPED, POLL_RECOVERED]


def test_a_crash_that_is_mended_within_ten_seconds_shows_and_is_not_told(
    valkey: redis.Redis, crew: tuple[Heart, Heart, Heart]
) -> None:
    """The process that was lost stands in m:lost; the role it left was filled again."""
    _, *left = crew
    pass_time(valkey, 6, *left)
    pass_time(valkey, 30, *left, heart_of(valkey, "poll", host="there"))

    assert valkey.zrange(KEYS.key("m", "lost"), 0, -1) == [b"poll-here-1"]
    assert (shown(valkey, "roles")["poll"], told(valkey)) == ("alive", [])


def test_one_of_several_is_named_and_nobody_is_told(valkey: redis.Redis, crew: tuple[Heart, Heart, Heart]) -> None:
    """A role with fewer processes still works: the gauge and m:lost say so."""
    pass_time(valkey, 6, *crew, heart_of(valkey, "work", host="there"))
    assert read_standing(valkey, KEYS).processes == {"poll": 1, "work": 2, "notify": 1}

    pass_time(valkey, 30, *crew)

    assert shown(valkey, "g")["role_work_alive"] == "1"
    assert valkey.zrange(KEYS.key("m", "lost"), 0, -1) == [b"work-there-1"]
    assert told(valkey) == []


def test_a_process_that_was_only_stopped_for_a_while_is_lost_no_more(
    valkey: redis.Redis, crew: tuple[Heart, Heart, Heart]
) -> None:
    """After SIGSTOP and SIGCONT the same process beats again."""
    _, *left = crew
    pass_time(valkey, 12, *left)
    pass_time(valkey, 3, *crew)

    assert valkey.zcard(KEYS.key("m", "lost")) == 0
    assert shown(valkey, "roles")["poll"] == "alive"


def test_a_role_that_takes_its_leave_is_named_at_once_and_told_when_it_stays_away(
    valkey: redis.Redis, crew: tuple[Heart, Heart, Heart]
) -> None:
    """SIGTERM to the poller alone: m:roles says so immediately, it was not lost, and after ten seconds it is told."""
    _, *left = crew
    rounds_of(valkey, "poll").leave()

    assert seconds_of(shown(valkey, "roles")["poll"]) < 3
    pass_time(valkey, 9, *left)
    assert told(valkey) == []
    pass_time(valkey, 6, *left)
    assert told(valkey) == [POLL_STOPPED]
    assert valkey.zcard(KEYS.key("m", "lost")) == 0


def test_an_installation_that_is_stopped_as_a_whole_misses_nobody(
    valkey: redis.Redis, crew: tuple[Heart, Heart, Heart]
) -> None:
    """While the last one still drains it judges nobody; started again with fewer roles, the others are not missed."""
    poll, work, notify = crew
    for heart in crew:
        heart.leaving = lambda: True
    for role in ("poll", "work"):
        rounds_of(valkey, role).leave()
    pass_time(valkey, 20, notify)
    rounds_of(valkey, "notify").leave()
    assert (shown(valkey, "roles"), shown(valkey, "g")["role_notify_alive"]) == ({}, "0")

    for heart in (poll, work):
        heart.leaving = lambda: False
    pass_time(valkey, 60, poll, work)

    assert (told(valkey), shown(valkey, "roles")) == ([], {"poll": "alive", "work": "alive"})


def test_nobody_is_blamed_for_a_time_in_which_nobody_looked(
    valkey: redis.Redis, crew: tuple[Heart, Heart, Heart]
) -> None:
    """The store was away for a minute: whoever comes back a few seconds later than others was never lost."""
    poll, work, notify = crew
    pass_time(valkey, 60)
    pass_time(valkey, 6, work)
    pass_time(valkey, 30, poll, work, notify)

    assert (told(valkey), shown(valkey, "c").get("processes_lost_total")) == ([], None)


def test_who_knows_the_destinations_tells_first(valkey: redis.Redis) -> None:
    """A poller without a destination in its configuration leaves it to others, and tells when nobody else does."""
    poll, work = heart_of(valkey, "poll", to=()), heart_of(valkey, "work")
    pass_time(valkey, 30, poll, work, heart_of(valkey, "notify"))
    pass_time(valkey, 15, poll)
    assert told(valkey) == []

    pass_time(valkey, 9, poll)

    assert {subject for _, _, subject in told(valkey)} == {"work", "notify"}


def test_a_role_that_stays_away_for_a_day_was_given_up(valkey: redis.Redis, crew: tuple[Heart, Heart, Heart]) -> None:
    """It is shown and missed no longer, and nothing more is told of it."""
    _, *left = crew
    rounds_of(valkey, "poll").leave()
    pass_time(valkey, 15, *left)
    for clock in ("last:poll", "watched_ms"):
        valkey.hincrby(KEYS.key("rounds"), clock, -86_400_000)
    pass_time(valkey, 30, *left)

    assert (shown(valkey, "roles"), told(valkey)) == ({"work": "alive", "notify": "alive"}, [POLL_STOPPED])


async def test_a_loop_that_hangs_does_not_live(valkey: redis.Redis) -> None:
    """Its thread goes on making the rounds, and names its own role."""
    heart = heart_of(valkey, "poll")
    following = asyncio.create_task(heart.follow(asyncio.Event()))
    await asyncio.sleep(0)
    heart.beat()
    assert shown(valkey, "roles") == {"poll": "alive"}

    assert heart._turned_at is not None
    heart._turned_at -= 5
    pass_time(valkey, 12, heart)

    assert shown(valkey, "roles")["poll"].startswith("stopped since ")
    following.cancel()


def test_a_source_whose_turn_comes_in_vain_is_told_and_so_is_its_end(
    valkey: redis.Redis, crew: tuple[Heart, Heart, Heart]
) -> None:
    """The pollers live and yet nobody takes it: source.stalled with its URL; taken up, source.resumed; each once."""
    watch(valkey, "desk", due_s_ago=0)
    watch(valkey, "wall", due_s_ago=-600)
    pass_time(valkey, 60, *crew)

    assert told(valkey) == [("source.stalled", "desk", "source")]
    assert shown(valkey, "g")["sources_stalled"] == "1"
    assert [name for name, _ in worst(valkey)] == ["desk"]
    assert shown(valkey, "src", "desk")["changes_source_stalled_total"] == "1"
    watch(valkey, "desk", due_s_ago=-600)
    pass_time(valkey, 9, *crew)
    assert told(valkey) == [("source.stalled", "desk", "source"), ("source.resumed", "desk", "source")]


def test_a_stalled_source_that_is_paused_or_removed_is_forgotten(
    valkey: redis.Redis, crew: tuple[Heart, Heart, Heart]
) -> None:
    """Out of the schedule it was not taken up by anybody, so nothing is told; stalled anew, it is told anew."""
    watch(valkey, "desk", due_s_ago=0)
    pass_time(valkey, 45, *crew)
    valkey.zrem(KEYS.key("due"), "desk")
    pass_time(valkey, 6, *crew)
    assert told(valkey) == [("source.stalled", "desk", "source")]

    watch(valkey, "desk", due_s_ago=0)
    pass_time(valkey, 15, *crew)

    assert told(valkey) == [("source.stalled", "desk", "source")] * 2


def worst(client: redis.Redis) -> list[tuple[str, float]]:
    """The worst sources, worst first."""
    rows = cast("Any", client.zrange(KEYS.key("m", "worst"), 0, -1, desc=True, withscores=True))
    return [(name.decode(), score) for name, score in rows]


def test_a_copy_that_no_worker_takes_stalls_its_source(valkey: redis.Redis, crew: tuple[Heart, Heart, Heart]) -> None:
    """What is fetched and not compared for ten seconds is told, with the worker as the one that did not come."""
    watch(valkey, "desk", due_s_ago=-600)
    pass_time(valkey, 40, *crew)
    valkey.zadd(KEYS.key("ready"), {"desk": valkey.time()[0] * 1000})
    pass_time(valkey, 15, *crew)

    assert told(valkey) == [("source.stalled", "desk", "source")]
    body = cast("bytes", valkey.get(KEYS.key("change", str(only_id(valkey)))))
    assert b"no worker has compared the copy" in body


def only_id(client: redis.Redis) -> str:
    """The id of the only change in the log."""
    ((_, fields),) = cast("Any", client.xrange(KEYS.key("changes")))
    return cast("bytes", fields[b"id"]).decode()


def test_the_sources_of_a_role_that_is_stopped_are_its_trouble_alone(
    valkey: redis.Redis, crew: tuple[Heart, Heart, Heart]
) -> None:
    """They are counted, and the role is told of; back, it has a minute to catch up before any source is told of."""
    _, *left = crew
    watch(valkey, "one", "two", due_s_ago=0)
    rounds_of(valkey, "poll").leave()
    pass_time(valkey, 60, *left)
    assert (told(valkey), shown(valkey, "g")["sources_stalled"]) == ([POLL_STOPPED], "2")

    pass_time(valkey, 50, *crew)

    assert told(valkey) == [POLL_STOPPED, POLL_RECOVERED]


def test_after_a_standstill_of_all_there_is_a_minute_to_catch_up(
    valkey: redis.Redis, crew: tuple[Heart, Heart, Heart]
) -> None:
    """Everything was stopped for an hour, and what fell due meanwhile is no source's trouble."""
    pass_time(valkey, 60, *crew)
    for role in ("poll", "work", "notify"):
        rounds_of(valkey, role).leave()
    pass_time(valkey, 3600)
    watch(valkey, *(f"s{n:03}" for n in range(100)), due_s_ago=1800)
    pass_time(valkey, 55, *crew)

    assert told(valkey) == []


def test_many_sources_at_once_are_counted_and_only_some_told(
    valkey: redis.Redis, crew: tuple[Heart, Heart, Heart]
) -> None:
    """A poller that lags behind thousands does not fill a channel."""
    watch(valkey, *(f"s{n:03}" for n in range(100)), due_s_ago=0)
    pass_time(valkey, 90, *crew)

    assert len(told(valkey)) == STALLS
    assert shown(valkey, "g")["sources_stalled"] == "100"
    assert len(worst(valkey)) == 20


def test_a_row_of_all_fields_is_written_once_in_ten_seconds(
    valkey: redis.Redis, crew: tuple[Heart, Heart, Heart]
) -> None:
    """Every row of m:ts:10s has every field, whoever wrote it, and its id is the beginning of its ten seconds."""
    valkey.hincrby(KEYS.key("m", "c"), "polls_total", 50)
    valkey.hincrby(KEYS.key("rounds"), "slot", -1)  # the ten seconds have passed
    valkey.delete(KEYS.key("m", "ts", "10s"))
    pass_time(valkey, 6, *crew)

    ((place, fields),) = cast("Any", valkey.xrange(KEYS.key("m", "ts", "10s")))
    assert int(place.partition(b"-")[0]) % 10_000 == 0
    assert [name.decode() for name in fields] == list(rollup_fields())
    assert (fields[b"polls_total"], float(fields[b"polls_per_s"]) > 0) == (b"50", True)


def test_every_gauge_is_written_by_the_rounds(valkey: redis.Redis, crew: tuple[Heart, Heart, Heart]) -> None:
    """m:g has each gauge of the table and no other; what processes say of themselves is summed up."""
    speaking = rounds_of(valkey, "web"), rounds_of(valkey, "web", host="there")
    for mine, clients in zip(speaking, (2, 3), strict=True):
        mine.beat({"sse_clients": clients}, alive=True, judging=False)
    pass_time(valkey, 3, *crew)

    assert set(shown(valkey, "g")) == {one.name for one in GAUGES}
    assert (shown(valkey, "g")["sse_clients"], shown(valkey, "g")["role_web_alive"]) == ("5", "2")
    assert int(shown(valkey, "g")["memory_used_bytes"]) > 500_000


def test_destinations_stand_there_in_words(valkey: redis.Redis, crew: tuple[Heart, Heart, Heart]) -> None:
    """m:destinations names which one fails or is paused, and since when; the age is of the oldest delivery."""
    now_ms = valkey.time()[0] * 1000
    valkey.sadd(KEYS.key("destinations"), "desk", "ops", "wall")
    valkey.hset(KEYS.key("dst", "ops"), "failing_since_ms", now_ms - 5_000)
    valkey.hset(KEYS.key("dst", "wall"), mapping={"state": "paused", "since_ms": 1_774_094_590_000})
    valkey.hset(KEYS.key("delivery", "ops"), "chg_1", f'{{"lane":"a/pst_1","first_at_ms":{now_ms - 60_000}}}')
    valkey.rpush(KEYS.key("lane", "ops", "a/pst_1"), "chg_1")
    valkey.zadd(KEYS.key("lanes", "ops"), {"a/pst_1": now_ms + 10_000})
    pass_time(valkey, 3, *crew)

    said = shown(valkey, "destinations")
    assert (said["desk"], said["wall"]) == ("fine", "paused since 2026-03-21T12:03:10Z")
    assert said["ops"].startswith("failing since 20")
    gauges = shown(valkey, "g")
    assert (gauges["deliveries_pending"], gauges["destinations_held"]) == ("1", "1")
    assert 60_000 <= int(gauges["delivery_age_ms"]) < 70_000


def fill(client: redis.Redis) -> bool:
    """Store ten kilobytes more; False when there is no room for them."""
    try:
        client.rpush("ballast", b"x" * 10_000)
    except redis.exceptions.OutOfMemoryError:
        return False
    return True


def test_a_full_store_still_takes_heartbeats() -> None:
    """Who lives is known when memory is short, which is when an operator looks."""
    with running_server("--maxmemory", "3mb", "--maxmemory-policy", "noeviction") as url:
        client = redis.Redis.from_url(url)
        while fill(client):
            pass
        heart_of(client, "poll").beat()

        assert (shown(client, "roles"), shown(client, "g")["role_poll_alive"]) == ({"poll": "alive"}, "1")
        client.close()
