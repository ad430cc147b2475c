"""The change log as the web reads it, on a real server: pages of it, filters, what comes, histories, marks, copies."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
import redis
import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from monitor.adapters.valkey.inbox import Retention
from monitor.adapters.valkey.observations import pack_body
from monitor.adapters.valkey.records import ValkeyRecords
from monitor.core.deliver.wire import encode, encoded
from monitor.errors import StoreUnavailable
from monitor.model import Change, ChangeType
from monitor.ports.records import Found, Logged, Passed, Wanted
from tests.kit.log import commit, edit
from tests.kit.server import running_server
from tests.kit.snapshots import KEYS, NOON, make_snapshot
from tests.kit.waiting import wait_for

WORDS = ("twelve", "seventeen", "thirty")
EDITED: frozenset[ChangeType] = frozenset({"post.edited"})


@pytest.fixture
def records(async_valkey: redis.asyncio.Redis) -> ValkeyRecords:
    """The records of the empty server."""
    return ValkeyRecords(async_valkey, KEYS)


def ids(rows: Sequence[Logged]) -> list[str]:
    """The changes' ids, short."""
    return [row.change.id.removeprefix("chg_") for row in rows]


async def pages(records: ValkeyRecords, wanted: Wanted, limit: int) -> list[list[str]]:
    """All pages of what is wanted, to the log's end."""
    found = await records.changes(wanted, limit)
    read = [ids(found.rows)]
    while found.before is not None:
        found = await records.changes(wanted, limit, found.before)
        read.append(ids(found.rows))
    return read


async def every(records: ValkeyRecords, wanted: Wanted) -> list[str]:
    """All that is wanted, newest first."""
    return [id_ for page in await pages(records, wanted, 50) for id_ in page]


# --- pages of the log ---------------------------------------------------------------------------------------------


async def test_the_log_is_read_newest_first_page_by_page(records: ValkeyRecords, valkey: redis.Redis) -> None:
    """Each page goes on where the one before ended, the last one says so, and bodies are as they were frozen."""
    for number in range(1, 6):
        commit(valkey, edit(number))

    assert await pages(records, Wanted(), 2) == [["desk_5", "desk_4"], ["desk_3", "desk_2"], ["desk_1"]]
    assert await pages(records, Wanted(), 5) == [[f"desk_{number}" for number in (5, 4, 3, 2, 1)]]
    newest = (await records.changes(Wanted(), 1)).rows[0]
    assert (newest.change, newest.body) == (edit(5), encode(edit(5)))


async def test_an_empty_log_has_one_empty_page(records: ValkeyRecords) -> None:
    """Nothing was told yet: nothing is found, by no filter, and nothing breaks."""
    nothing = Found(rows=(), before=None)
    for wanted in (Wanted(), Wanted(sources=frozenset({"desk"})), Wanted(tag="politics"), Wanted(text="toll")):
        assert await records.changes(wanted, 50) == nothing
    assert await records.since("0", 50) == []
    assert await records.newest_place() == "0"
    assert await records.history("pst_desk") == []
    assert await records.marks("desk", NOON, NOON + timedelta(days=1)) == []
    assert await records.change("chg_desk_1") is None


@pytest.mark.parametrize(
    "place", ["", "x", "-", "1-", "0", "0-0", "1-2-3", "9" * 21, "１", "1\n", "99999999999999999999"]
)
async def test_a_place_that_is_none_finds_nothing(records: ValkeyRecords, valkey: redis.Redis, place: str) -> None:
    """What people type into an address is no error of the store's."""
    commit(valkey, edit(1))

    assert await records.changes(Wanted(), 50, place) == Found(rows=(), before=None)


async def test_what_is_no_longer_kept_or_another_version_wrote_is_passed_over(
    records: ValkeyRecords, valkey: redis.Redis
) -> None:
    """Rows of the log whose change cannot be read hide no other, in a page, after a place and in a history."""
    for number in range(1, 6):
        commit(valkey, edit(number))
    valkey.delete(KEYS.key("change", "chg_desk_5"), KEYS.key("change", "chg_desk_1"))
    valkey.set(KEYS.key("change", "chg_desk_3"), b'{"id": "chg_desk_3", "type": "post.dreamt"}')

    assert await pages(records, Wanted(), 2) == [["desk_4", "desk_2"]]
    assert ids(await records.since("0", 2)) == ["desk_2", "desk_4"]
    assert ids(await records.history("pst_desk")) == ["desk_2", "desk_4"]
    assert await records.change("chg_desk_3") is None


# --- filters ------------------------------------------------------------------------------------------------------


async def test_filters_take_what_they_name_and_go_together(records: ValkeyRecords, valkey: redis.Redis) -> None:
    """By source, type, tag, significance and text, each alone and all at once."""
    commit(valkey, edit(1, tags=["politics"], score=0.2), edit(2, tags=["politics"], score=0.9, new="seventeen"))
    commit(valkey, edit(1, source="sport", score=0.9, new="seventeen"), edit(2, source="sport", type="post.retimed"))
    commit(valkey, edit(1, source="town", score=None, tags=["politics", "local"]))

    for wanted, found in (
        (Wanted(sources=frozenset({"desk"})), ["desk_2", "desk_1"]),
        (Wanted(sources=frozenset({"desk", "town", "gone"})), ["town_1", "desk_2", "desk_1"]),
        (Wanted(types=frozenset({"post.retimed", "post.added"})), ["sport_2"]),
        (Wanted(tag="politics"), ["town_1", "desk_2", "desk_1"]),
        (Wanted(tag="local"), ["town_1"]),
        (Wanted(tag="politics", sources=frozenset({"sport", "town"})), ["town_1"]),
        (Wanted(min_significance=0.9), ["town_1", "sport_2", "sport_1", "desk_2"]),
        (Wanted(text="SevenTeen"), ["sport_1", "desk_2"]),
        (Wanted(text="seventeen", sources=frozenset({"sport"})), ["sport_1"]),
        (Wanted(text="hurt", tag="politics", min_significance=0.3, types=EDITED), ["town_1", "desk_2"]),
        (Wanted(text="dreamt"), []),
    ):  # fmt: skip
        assert await every(records, wanted) == found, wanted


async def test_a_score_is_held_against_the_threshold_exactly(records: ValkeyRecords, valkey: redis.Redis) -> None:
    """The log keeps thousandths, the filter asks the change: a hair below is below."""
    commit(valkey, edit(1, score=0.69949), edit(2, score=0.6995), edit(3, score=0.7))

    assert await every(records, Wanted(min_significance=0.7)) == ["desk_3"]
    assert await every(records, Wanted(min_significance=0.6995)) == ["desk_3", "desk_2"]


async def test_text_is_found_without_regard_to_case_and_typography(records: ValkeyRecords, valkey: redis.Redis) -> None:
    """As a person types it: other case, straight quotes, in any script; and nothing in it is a pattern."""
    commit(
        valkey,
        edit(1, headline="Straße “zu” – O’Hare 100%"),
        edit(2, headline="Βόλος: ναός"),
        edit(3, headline="東京の%d"),
    )

    for text, found in (('STRASSE "ZU" - o\'hare', 1), ("ΝΑΌΣ", 2), ("京の%D", 3)):
        assert await every(records, Wanted(text=text)) == [f"desk_{found}"]
    for pattern in ("%a", "s.rasse", "^", "straße.*zu", "[a-z]"):
        assert await every(records, Wanted(text=pattern)) == [], pattern


async def test_rows_without_the_fields_of_today_are_found_by_every_filter(
    records: ValkeyRecords, valkey: redis.Redis
) -> None:
    """What a version wrote that kept neither score nor words nor logs of sources is read as if it had."""
    old = [edit(1, score=0.2), edit(2, score=0.9, new="seventeen"), edit(1, source="sport", type="post.retimed")]
    for change in old:
        log_as_before(valkey, change)
    commit(valkey, edit(3, new="seventeen", tags=["politics"]))

    for wanted, found in (
        (Wanted(), ["desk_3", "sport_1", "desk_2", "desk_1"]),
        (Wanted(sources=frozenset({"desk"})), ["desk_3", "desk_2", "desk_1"]),
        (Wanted(text="seventeen"), ["desk_3", "desk_2"]),
        (Wanted(text="seventeen", sources=frozenset({"desk"})), ["desk_3", "desk_2"]),
        (Wanted(min_significance=0.5, types=frozenset({"post.edited"})), ["desk_3", "desk_2"]),
        (Wanted(tag="politics"), ["desk_3"]),
    ):
        assert await every(records, wanted) == found, wanted


async def test_pages_of_any_filter_hold_all_that_is_wanted_once_and_in_order(
    async_valkey: redis.asyncio.Redis, valkey: redis.Redis
) -> None:
    """Held against a plain reading of all changes: few and many sources and tags, small pages, small steps."""
    some = random.Random(5)
    told: list[Change] = []
    for number in range(1, 251):
        name = f"s{min(some.randrange(60), some.randrange(60))}"
        changes = [some_edit(some, 10 * number + place, name) for place in range(some.randint(1, 3))]
        commit(valkey, *changes)
        told += changes
    records = ValkeyRecords(async_valkey, KEYS, most=200, rows=16)

    for _ in range(60):
        wanted = some_filter(some)
        expected = [change.id for change in reversed(told) if matches(change, wanted)]
        read = await pages(records, wanted, some.choice([7, 50]))
        assert [f"chg_{id_}" for page in read for id_ in page] == expected, wanted


def some_edit(some: random.Random, number: int, source: str) -> Change:
    """A change of many kinds; the source's number gives its tags."""
    tags = ["all"] * (int(source[1:]) % 3 > 0) + ["few"] * (int(source[1:]) % 20 == 0)
    type_: ChangeType = some.choice(["post.edited", "post.retimed"])
    return edit(
        number, source=source, tags=tags, type=type_, score=some.choice([None, 0.1, 0.6]), new=some.choice(WORDS)
    )


def some_filter(some: random.Random) -> Wanted:
    """One to all of its parts set."""
    sources = frozenset(f"s{some.randrange(60)}" for _ in range(some.choice([1, 3, 20, 50])))
    return Wanted(
        sources=some.choice([frozenset(), sources]),
        tag=some.choice(["", "", "all", "few"]),
        types=some.choice([frozenset(), EDITED]),
        min_significance=some.choice([0.0, 0.5]),
        text=some.choice(["", "", *WORDS]),
    )


def matches(change: Change, wanted: Wanted) -> bool:
    """The filter, said plainly."""
    score = change.significance.score if change.significance else 1.0
    return (
        (not wanted.sources or change.source.name in wanted.sources)
        and (not wanted.tag or wanted.tag in change.source.tags)
        and (not wanted.types or change.type in wanted.types)
        and (change.type != "post.edited" or score >= wanted.min_significance)
        and (not wanted.text or (change.after is not None and wanted.text in change.after.body[0]))
    )


async def test_a_page_is_given_up_for_after_ten_thousand_rows(records: ValkeyRecords, valkey: redis.Redis) -> None:
    """A rare word costs no more than that a call; the cursor says where to go on, and there it is found."""
    commit(valkey, edit(1, new="needle"))
    pipe = valkey.pipeline(transaction=False)
    for number in range(10_500):
        row = {
            "id": f"chg_{number}",
            "type": "post.edited",
            "source": "desk",
            "subject": "pst_1",
            "score": "",
            "find": "hay",
        }
        pipe.xadd(KEYS.key("changes"), row)  # type: ignore[arg-type]
    pipe.execute()

    first = await records.changes(Wanted(text="needle"), 50)
    second = await records.changes(Wanted(text="needle"), 50, first.before)

    assert first.rows == ()
    assert first.before is not None
    assert (ids(second.rows), second.before) == (["desk_1"], None)


async def test_filters_see_what_was_committed_since_they_were_asked_last(
    async_valkey: redis.asyncio.Redis, valkey: redis.Redis
) -> None:
    """The newest rows are kept between questions: few new ones, more than are kept, and an emptied log are all seen."""
    records = ValkeyRecords(async_valkey, KEYS, most=20)
    expected: list[str] = []
    for begun, ended in ((1, 4), (4, 5), (5, 60), (60, 61)):
        commit(valkey, *(edit(number, new="needle") for number in range(begun, ended)))
        expected = [f"desk_{number}" for number in range(begun, ended)][::-1] + expected

        assert await every(records, Wanted(text="needle")) == expected
        assert (await asyncio.gather(*(every(records, Wanted(text="needle")) for _ in range(3))))[1:] == [expected] * 2

    valkey.flushall()
    commit(valkey, edit(1, new="needle"))
    assert await every(records, Wanted(text="needle")) == ["desk_1"]


async def test_logs_of_sources_end_with_retention(valkey: redis.Redis) -> None:
    """They are trimmed like the log of all, and one that hears of nothing any more goes as a whole."""
    for number in range(1, 400):
        commit(valkey, edit(number, tags=["politics"]), retention=Retention(keep_s=3600, max_changes=100))

    assert valkey.xlen(KEYS.key("log", "desk")) < 250
    assert 3590 < valkey.ttl(KEYS.key("log", "desk")) <= 3600
    assert 3590 < valkey.ttl(KEYS.key("tellers", "politics")) <= 3600


async def test_a_tag_of_very_many_sources_filters_the_log_of_all(records: ValkeyRecords, valkey: redis.Redis) -> None:
    """Where a tag has more sources than are read by name, each row of the log is asked whether its source is one."""
    commit(valkey, edit(1, tags=["politics"]))
    commit(valkey, edit(1, source="sport"))
    valkey.zadd(KEYS.key("tellers", "politics"), {f"other-{number}": 1 for number in range(2_000)})

    assert await every(records, Wanted(tag="politics")) == ["desk_1"]
    assert await every(records, Wanted(tag="politics", text="toll")) == ["desk_1"]


async def test_sources_of_a_tag_end_with_retention(records: ValkeyRecords, valkey: redis.Redis) -> None:
    """One that has told nothing for so long is no longer looked through, though others go on under the tag."""
    for number, name in enumerate(("desk", "town", "sport")):
        commit(valkey, edit(1, source=name, tags=["politics"]))
        valkey.zincrby(KEYS.key("tellers", "politics"), -1_000 * (3_590 + 20 * number), name)

    commit(valkey, edit(2, source="desk", tags=["politics"]))

    assert set(valkey.zrange(KEYS.key("tellers", "politics"), 0, -1)) == {b"desk"}
    assert await every(records, Wanted(tag="politics")) == ["desk_2", "desk_1"]


def log_as_before(client: redis.Redis, change: Change) -> None:
    """A change the way the log kept it before it had ``score`` and ``find``."""
    client.set(KEYS.key("change", change.id), encode(change))
    fields = {"id": change.id, "type": change.type, "source": change.source.name, "subject": change.subject}
    client.xadd(KEYS.key("changes"), fields)  # type: ignore[arg-type]


# --- changes whose wire form was cut ---------------------------------------------------------------------------------


async def test_what_was_cut_is_kept_whole_and_small(records: ValkeyRecords, valkey: redis.Redis) -> None:
    """Compressed at rest, and read as it was; one that an earlier version kept as it was is read too."""
    long = edit(1, new="seventeen " * 9_000)
    whole = encoded(long, "https://stetwatch.example")[1]
    commit(valkey, long, edit(2))

    assert await records.whole("chg_desk_1") == whole
    assert valkey.strlen(KEYS.key("whole", "chg_desk_1")) < len(whole) / 20
    assert await records.whole("chg_desk_2") is None
    valkey.set(KEYS.key("whole", "chg_desk_2"), whole)
    assert await records.whole("chg_desk_2") == whole


@pytest.mark.parametrize(("words", "told", "kept"), [(6_000, 105, 100), (160_000, 21, None)])
async def test_a_source_keeps_no_more_than_its_share_of_what_was_cut(
    records: ValkeyRecords, valkey: redis.Redis, words: int, told: int, kept: int | None
) -> None:
    """The newest hundred, or two megabytes of them; the oldest go first, and those of other sources stay."""
    some = random.Random(5)
    commit(valkey, edit(1, source="sport", new=some.randbytes(words).hex()))
    for first in range(1, told, 7):
        commit(valkey, *(edit(number, new=some.randbytes(words).hex()) for number in range(first, first + 7)))

    every_whole = [await records.whole(f"chg_desk_{number}") is not None for number in range(1, told + 1)]
    left = sum(every_whole)
    size = sum(valkey.strlen(one) for one in valkey.keys(KEYS.key("whole", "chg_desk_*")))
    assert every_whole == [False] * (told - left) + [True] * left
    assert left == kept if kept else 1_700_000 < size <= 2_097_152
    assert valkey.llen(KEYS.key("wholes", "desk")) == left
    assert 3590 < valkey.ttl(KEYS.key("wholes", "desk")) <= 3600
    assert await records.whole("chg_sport_1") is not None


@pytest.mark.parametrize(("used", "limit", "is_kept"), [(81, 100, False), (80, 100, True), (500, 0, True)])
async def test_a_store_that_fills_up_keeps_nothing_whole(
    records: ValkeyRecords, valkey: redis.Redis, used: int, limit: int, is_kept: bool
) -> None:
    """Above four fifths of the memory it may use the cut form has to do; the change itself is told as ever."""
    valkey.hset(KEYS.key("m", "g"), mapping={"memory_used_bytes": used, "memory_limit_bytes": limit})
    commit(valkey, edit(1, new="seventeen " * 9_000))

    assert (await records.whole("chg_desk_1") is not None) is is_kept
    assert await every(records, Wanted()) == ["desk_1"]


# --- what comes ---------------------------------------------------------------------------------------------------


async def test_what_was_committed_after_a_place_comes_oldest_first(records: ValkeyRecords, valkey: redis.Redis) -> None:
    """A reader that was away gets all it missed, as much at a time as it takes."""
    commit(valkey, edit(1))
    place = await records.newest_place()
    commit(valkey, *(edit(number) for number in range(2, 6)))

    first = await records.since(place, 3)
    rest = await records.since(first[-1].place, 3)

    assert (ids(first), ids(rest)) == (["desk_2", "desk_3", "desk_4"], ["desk_5"])
    assert await records.since(rest[-1].place, 3) == []


async def following(coming: AsyncIterator[Logged | Passed]) -> Logged:
    """What comes next, which can be read."""
    row = await anext(coming)
    assert isinstance(row, Logged)
    return row


async def test_followers_get_every_change_as_it_is_committed(records: ValkeyRecords, valkey: redis.Redis) -> None:
    """From a place on: what was there already, then what comes, in order and once."""
    commit(valkey, edit(1))
    place = await records.newest_place()
    commit(valkey, edit(2))
    coming = records.follow(place)

    got = [await following(coming)]
    for number in range(3, 6):
        waiting = asyncio.ensure_future(following(coming))
        await asyncio.to_thread(commit, valkey, edit(number))
        got.append(await asyncio.wait_for(waiting, 5))

    assert ids(got) == ["desk_2", "desk_3", "desk_4", "desk_5"]
    assert [one.place for one in got] == sorted(one.place for one in got)


async def test_followers_are_told_of_rows_they_cannot_read(records: ValkeyRecords, valkey: redis.Redis) -> None:
    """What is no longer kept, or another version wrote, has its place in the log all the same."""
    commit(valkey, edit(1))
    place = await records.newest_place()
    for number in range(2, 5):
        commit(valkey, edit(number))
    valkey.delete(KEYS.key("change", "chg_desk_2"))
    valkey.set(KEYS.key("change", "chg_desk_3"), b'{"id": "chg_desk_3", "type": "post.dreamt"}')
    coming = records.follow(place)

    unread, dreamt, read = [await anext(coming) for _ in range(3)]

    assert isinstance(unread, Passed)
    assert isinstance(dreamt, Passed)
    assert isinstance(read, Logged)
    assert read.change == edit(4)
    assert place < unread.place < dreamt.place < read.place
    assert await records.at_or_after(place) == place
    assert await records.at_or_after(dreamt.place) == dreamt.place
    assert await records.at_or_after("0-1") == place
    assert await records.at_or_after(f"{read.place}1") is None


async def test_a_follower_that_is_cancelled_disturbs_nobody(records: ValkeyRecords, valkey: redis.Redis) -> None:
    """Its answer reaches no other question: the connection it waited on is not used again."""
    commit(valkey, edit(1))
    for _ in range(3):
        waiting = asyncio.ensure_future(anext(records.follow(await records.newest_place())))
        await wait_for(lambda: valkey.info("clients")["blocked_clients"] == 1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    commit(valkey, edit(2))

    assert await every(records, Wanted()) == ["desk_2", "desk_1"]


async def test_a_follower_is_told_of_a_lost_store_and_misses_nothing_when_begun_again() -> None:
    """It raises rather than wait for good; from the last place that came, the next one goes on."""
    async with contextlib.AsyncExitStack() as stack:
        server = stack.enter_context(contextlib.ExitStack())
        url = server.enter_context(running_server())
        store = redis.Redis.from_url(url)
        client = redis.asyncio.Redis.from_url(url, retry=Retry(NoBackoff(), 0))
        stack.push_async_callback(client.aclose)
        records = ValkeyRecords(client, KEYS)
        commit(store, edit(1))
        coming = records.follow("0")
        last = await following(coming)
        waiting = asyncio.ensure_future(following(coming))
        await wait_for(lambda: store.info("clients")["blocked_clients"] == 1)

        store.client_kill_filter(_type="normal")
        with pytest.raises(StoreUnavailable):
            await asyncio.wait_for(waiting, 5)
        commit(store, edit(2))

        assert ids([await following(records.follow(last.place))]) == ["desk_2"]
        server.close()
        with pytest.raises(StoreUnavailable):
            await asyncio.wait_for(following(records.follow(last.place)), 5)


# --- histories, marks, copies -------------------------------------------------------------------------------------


async def test_a_history_holds_the_newest_changes_of_one_post(records: ValkeyRecords, valkey: redis.Redis) -> None:
    """Oldest first, cut at its old end, and of no other post."""
    commit(valkey, *(edit(number) for number in range(1, 4)), edit(9, subject="pst_other"))

    assert ids(await records.history("pst_desk")) == ["desk_1", "desk_2", "desk_3"]
    assert ids(await records.history("pst_desk", 2)) == ["desk_2", "desk_3"]
    found = await records.change("chg_desk_2")
    assert found is not None
    assert (found.change, found.body) == (edit(2), encode(edit(2)))


async def test_marks_are_the_changes_of_one_source_between_two_moments(
    records: ValkeyRecords, valkey: redis.Redis
) -> None:
    """When each was committed, its type, subject and score; of too many the newest."""
    begun = datetime.now(UTC) - timedelta(seconds=1)
    commit(valkey, edit(1), edit(2, type="post.retimed", score=None))
    commit(valkey, edit(1, source="sport"))

    marks = await records.marks("desk", begun, begun + timedelta(minutes=1))

    assert [(mark.type, mark.subject, mark.change_id, mark.score) for mark in marks] == [
        ("post.edited", "pst_desk", "chg_desk_1", 0.5),
        ("post.retimed", "pst_desk", "chg_desk_2", None),
    ]
    assert all(begun < mark.at < begun + timedelta(minutes=1) for mark in marks)
    assert [mark.change_id for mark in await records.marks("desk", begun, begun + timedelta(minutes=1), 1)] == [
        "chg_desk_2"
    ]
    assert await records.marks("desk", begun - timedelta(hours=1), begun) == []


@pytest.mark.parametrize("encoding", ["", "gzip"])
async def test_a_copy_that_told_a_change_is_found_by_its_name(
    records: ValkeyRecords, valkey: redis.Redis, encoding: str
) -> None:
    """The bytes as they were received, with what is known of them, for as long as the bytes are kept and no longer."""
    page, noise = make_snapshot(1, b"<p>news</p>", encoding=encoding), make_snapshot(2, b"noise", encoding=encoding)
    for seen, body in ((page, b"<p>news</p>"), (noise, b"noise")):
        valkey.set(KEYS.key("snap", seen.sha256), pack_body(body, encoding), ex=500)
    commit(valkey, edit(1), observations=[page, noise], evidence=[page.sha256])

    copy = await records.copy("desk", page.name)

    assert copy is not None
    assert (copy.source, copy.name, copy.url, copy.sha256) == ("desk", page.name, page.url, page.sha256)
    assert (copy.fetched_at, copy.content_type, copy.encoding) == (page.fetched_at, "text/html", encoding)
    assert copy.body == b"<p>news</p>"
    assert 490 < valkey.ttl(KEYS.key("copy", "desk", page.name)) <= 500
    assert await records.copy("desk", noise.name) is None
    assert await records.copy("sport", page.name) is None
    valkey.delete(KEYS.key("snap", page.sha256))
    assert await records.copy("desk", page.name) is None
