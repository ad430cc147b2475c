"""The rounds: who stopped, what stalls, and the numbers, as a reader with stock commands finds them."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from monitor.adapters.valkey.numbers import read_numbers
from monitor.adapters.valkey.observations import encode_source
from monitor.adapters.valkey.rounds import STALLS
from monitor.adapters.valkey.sourcing import ValkeySources
from monitor.adapters.valkey.standing import read_standing
from monitor.core.deliver.route import routing
from monitor.core.deliver.upkeep import Turn, change_of
from monitor.core.deliver.wire import encode
from monitor.metrics import GAUGES, rollup_fields
from monitor.model import SourceRef
from monitor.ports import Written
from monitor.roles.rounds import AGAIN_S, Heart
from tests.kit.rounds import heart_of, pass_time, rounds_of, shown, told
from tests.kit.server import running_server
from tests.kit.snapshots import KEYS, NOON, make_source
from tests.kit.waiting import wait_for

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
        client.zadd(KEYS.key("sources"), {name: 0})
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


@pytest.mark.parametrize("away_s", [2.0, 3.4, 4.4, 4.6, 6.5, 9.0])
@pytest.mark.parametrize("beaten_s_ago", [0.0, 1.2, 2.4, 2.9])
def test_an_outage_of_the_store_loses_no_process_that_lives(
    valkey: redis.Redis, away_s: float, beaten_s_ago: float
) -> None:
    """However long it is and whoever is back first: the others beat within a second of its end, and were never lost."""
    poll, work = heart_of(valkey, "poll"), heart_of(valkey, "work")
    pass_time(valkey, 12, poll, work)
    pass_time(valkey, 3 - beaten_s_ago)
    work.beat()
    pass_time(valkey, beaten_s_ago)
    poll.beat()
    pass_time(valkey, away_s)
    poll.beat()
    pass_time(valkey, AGAIN_S)
    work.beat()
    pass_time(valkey, 12, poll, work)

    assert shown(valkey, "c").get("processes_lost_total") is None
    assert shown(valkey, "roles") == {"poll": "alive", "work": "alive"}


@pytest.mark.parametrize("later_s", [0.5, 1.6, 2.4, 2.9])
def test_whoever_made_the_rounds_is_missed_like_others(valkey: redis.Redis, later_s: float) -> None:
    """Another one that beat too early to make the next rounds makes those after: that is no time without anybody."""
    poll, work = heart_of(valkey, "poll"), heart_of(valkey, "work")
    pass_time(valkey, 30, poll, work)
    pass_time(valkey, 3)
    poll.beat()
    pass_time(valkey, later_s)
    work.beat()
    pass_time(valkey, 9, work)

    assert shown(valkey, "roles")["poll"].startswith("stopped since ")


def test_a_time_without_rounds_is_a_gap_though_somebody_beat(
    valkey: redis.Redis, crew: tuple[Heart, Heart, Heart]
) -> None:
    """Whoever leaves judges nobody: who comes then finds a role that left before, and gives it its ten seconds."""
    poll, work, notify = crew
    notify.leaving = lambda: True
    for role in ("poll", "work"):
        rounds_of(valkey, role).leave()
    pass_time(valkey, 21, notify)
    pass_time(valkey, 9, poll, notify)
    assert told(valkey) == []

    pass_time(valkey, 6, poll, work)

    assert told(valkey) == []


async def test_a_beat_that_failed_is_made_up_for_within_a_second() -> None:
    """Whoever waited for the next one would be the last to be back, and taken for lost."""
    client = redis.Redis(unix_socket_path="/nonexistent.sock", retry=Retry(NoBackoff(), 0))
    mine = rounds_of(client, "poll")
    tried: list[float] = []

    class Counted:
        def beat(self, said: Mapping[str, int], *, alive: bool = True, judging: bool = True) -> Sequence[Turn]:
            tried.append(time.monotonic())
            return mine.beat(said, alive=alive, judging=judging)

        def tell(self, turn: Turn, written: Written) -> bool:
            return mine.tell(turn, written)

        def leave(self) -> None:
            mine.leave()

    with Heart(Counted(), "poll", routing((), ()), lambda: datetime.now(UTC), every_s=60):
        await wait_for(lambda: len(tried) > 1)

    assert tried[1] - tried[0] == pytest.approx(AGAIN_S, abs=0.5)


def set_clock_back(client: redis.Redis, ms: int) -> None:
    """What stands in the store bears times that are so far ahead as if the server's clock had been set back."""
    for name in cast("list[bytes]", client.hkeys(KEYS.key("rounds"))):
        client.hincrby(KEYS.key("rounds"), name.decode(), ms // 10_000 if name == b"slot" else ms)
    for queue in (KEYS.key("m", "beats"), KEYS.key("m", "lost")):
        for node in cast("list[bytes]", client.zrange(queue, 0, -1)):
            client.zincrby(queue, ms, node)
    ((place, fields),) = cast("Any", client.xrevrange(KEYS.key("m", "ts", "10s"), count=1))
    ahead = int(place.partition(b"-")[0]) + ms
    client.xadd(KEYS.key("m", "ts", "10s"), fields, id=f"{ahead}-0")


def test_a_server_clock_set_back_is_a_gap(valkey: redis.Redis, crew: tuple[Heart, Heart, Heart]) -> None:
    """The rounds go on at once, everybody has the usual grace, and whoever stops, or had stopped, is told as ever."""
    poll, work, notify = crew
    pass_time(valkey, 15, poll, work)
    set_clock_back(valkey, 3_600_000)
    pass_time(valkey, 6, poll, work)
    assert told(valkey) == [("role.stopped", "stetwatch", "notify")]

    pass_time(valkey, 18, poll, notify)

    assert set(told(valkey)) == {("role.stopped", "stetwatch", name) for name in ("notify", "work")} | {
        ("role.recovered", "stetwatch", "notify")
    }
    assert (shown(valkey, "g")["role_work_alive"], shown(valkey, "g")["role_notify_alive"]) == ("0", "1")
    assert set(read_standing(valkey, KEYS).processes) == {"poll", "notify"}


def test_rows_go_on_after_the_clock_was_set_back(valkey: redis.Redis, crew: tuple[Heart, Heart, Heart]) -> None:
    """They follow the last one, whose time has yet to come: the newest row tells of now."""
    set_clock_back(valkey, 3_600_000)
    valkey.hincrby(KEYS.key("m", "c"), "polls_total", 77)
    pass_time(valkey, 3, *crew)

    assert read_standing(valkey, KEYS).row["polls_total"] == 77


def test_a_clock_that_is_corrected_by_a_little_is_no_gap(valkey: redis.Redis, crew: tuple[Heart, Heart, Heart]) -> None:
    """As time servers do now and then: the grace does not begin anew."""
    poll, *_ = crew
    watched = valkey.hget(KEYS.key("rounds"), "watched_ms")
    valkey.hincrby(KEYS.key("rounds"), "at_ms", 1_000)
    poll.beat()

    assert valkey.hget(KEYS.key("rounds"), "watched_ms") == watched


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


def test_a_removed_source_is_no_trouble_of_anybody(valkey: redis.Redis, crew: tuple[Heart, Heart, Heart]) -> None:
    """What still waits of it stalls nothing: it is not told, not counted, not ranked, and nothing of it comes back."""
    desk = ValkeySources(valkey, KEYS, forget_s=3600)
    desk.add(make_source("gone"))
    valkey.rpush(KEYS.key("inbox", "gone"), "x")
    valkey.zadd(KEYS.key("ready"), {"gone": valkey.time()[0] * 1000})
    desk.remove("gone")
    pass_time(valkey, 90, *crew)

    assert (told(valkey), shown(valkey, "g")["sources_stalled"], worst(valkey)) == ([], "0", [])
    assert valkey.exists(KEYS.key("m", "src", "gone")) == 0


def test_a_source_removed_between_the_finding_and_the_telling_is_not_told(valkey: redis.Redis) -> None:
    """Its counters have gone and do not come back without an end."""
    ref = SourceRef(name="desk", url="https://news.example/desk")
    turn = Turn(type="source.stalled", name="desk", since=NOON, source=ref)
    change = change_of(turn, NOON)

    assert not rounds_of(valkey, "poll").tell(turn, Written(change=change, body=encode(change), destinations=()))
    assert valkey.keys() == []


def test_a_stalled_source_that_is_removed_with_its_copy_waiting_is_forgotten(
    valkey: redis.Redis, crew: tuple[Heart, Heart, Heart]
) -> None:
    """Added again and stalled anew, it is told anew."""
    desk = ValkeySources(valkey, KEYS, forget_s=3600)
    desk.add(make_source())
    valkey.zadd(KEYS.key("due"), {"desk": valkey.time()[0] * 1000 + 10_000_000})
    valkey.zadd(KEYS.key("ready"), {"desk": valkey.time()[0] * 1000})
    pass_time(valkey, 66, *crew)
    assert told(valkey) == [("source.stalled", "desk", "source")]

    desk.remove("desk")
    pass_time(valkey, 6, *crew)

    assert valkey.hlen(KEYS.key("troubles")) == 0


def test_the_gauge_of_stalled_sources_agrees_with_the_census(
    valkey: redis.Redis, crew: tuple[Heart, Heart, Heart]
) -> None:
    """One that waits for both roles is one; one that fails or is closed is that; one that is removed is none."""
    desk = ValkeySources(valkey, KEYS, forget_s=3600)
    for name in ("both", "copy", "failing", "closed", "removed", "paused", "fresh"):
        desk.add(make_source(name))
        valkey.zadd(KEYS.key("due"), {name: (valkey.time()[0] + 10_000) * 1000})
    late = (valkey.time()[0] - 60) * 1000
    valkey.zadd(KEYS.key("ready"), dict.fromkeys(("both", "copy", "removed", "failing", "paused"), late))
    valkey.zadd(KEYS.key("due"), dict.fromkeys(("both", "closed"), late))
    for word in ("failing", "closed"):
        valkey.zrem(KEYS.key("new"), word)
        valkey.zadd(KEYS.key(word), {word: late})
    desk.remove("removed")
    desk.pause("paused")
    pass_time(valkey, 3, *crew)

    assert desk.counts()["stalled"] == 2
    assert shown(valkey, "g")["sources_stalled"] == "2"


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


def test_behind_those_that_were_told_the_next_are_told(valkey: redis.Redis, crew: tuple[Heart, Heart, Heart]) -> None:
    """Twenty that stay stalled for ever do not hide the twenty-first, once the ten minutes are over."""
    watch(valkey, *(f"s{n:02}" for n in range(STALLS)), due_s_ago=0)
    watch(valkey, "next", due_s_ago=-10_000)
    pass_time(valkey, 90, *crew)
    assert len(told(valkey)) == STALLS

    valkey.delete(KEYS.key("stalls"))
    watch(valkey, "next", due_s_ago=20)
    pass_time(valkey, 6, *crew)

    assert told(valkey)[STALLS:] == [("source.stalled", "next", "source")]


def test_a_definition_that_cannot_be_read_hides_nobody_elses_trouble(
    valkey: redis.Redis, crew: tuple[Heart, Heart, Heart]
) -> None:
    """A late source that another version wrote is told by its name, and the role that stopped before it."""
    poll, _, notify = crew
    pass_time(valkey, 60, *crew)
    watch(valkey, "odd", "odder", "plain", due_s_ago=60)
    valkey.hset(KEYS.key("src", "odd"), "def", '{"v":2,"name":7}')
    valkey.hset(KEYS.key("src", "odder"), "def", b"\xff")
    pass_time(valkey, 15, poll, notify)

    assert sorted(told(valkey)) == [
        ("role.stopped", "stetwatch", "work"),
        *(("source.stalled", name, "source") for name in ("odd", "odder", "plain")),
    ]


def test_a_source_named_worst_is_a_source_like_others(valkey: redis.Redis, crew: tuple[Heart, Heart, Heart]) -> None:
    """Its counters and the list of those furthest behind are two things."""
    watch(valkey, "worst", due_s_ago=0)
    valkey.hincrby(KEYS.key("m", "src", "worst"), "polls_total", 3)
    pass_time(valkey, 3, *crew)

    numbers = read_numbers(valkey, KEYS)
    assert [name for name, _ in numbers.worst] == ["worst"]
    assert numbers.sources == {"worst": {"polls_total": 3}}


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
    valkey.zadd(KEYS.key("queued", "ops"), {"chg_1": now_ms - 60_000})
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


def test_on_a_full_store_what_has_turned_is_told() -> None:
    """A role that stops while memory is short is news like any other."""
    with running_server("--maxmemory-policy", "noeviction") as url:
        client = redis.Redis.from_url(url)
        poll, work = heart_of(client, "poll"), heart_of(client, "work")
        pass_time(client, 12, poll, work)
        pass_time(client, 9, work)
        pass_time(client, 3)
        client.config_set("maxmemory", 1)
        work.beat()

        assert told(client) == [POLL_STOPPED]
        client.close()
