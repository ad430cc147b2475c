"""The pages of deliveries over real HTTP and a real Valkey: how destinations fare, and what their buttons do."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import redis
import redis.asyncio

from monitor.adapters.valkey.destinations import Destinations
from monitor.adapters.valkey.lanes import ValkeyLanes
from monitor.core.deliver.health import Limits
from monitor.model import Delivery
from monitor.ports import Attempt, Delivered, GaveUp, Retry
from monitor.web import pages_deliveries
from tests.kit.changes import edited
from tests.kit.deliveries import KEYS, queue, terms
from tests.kit.web_desks import RecordsInMemory, Visitor, parts_of, visiting, words

CONFIGURED = {"desk": "slack", "archive": "webhook"}
REFUSED = Attempt(duration_s=0.25, status=503, address="192.0.2.1", answer='busy <b>now</b> "x"')


@pytest.fixture
async def lanes(async_valkey: redis.asyncio.Redis) -> AsyncIterator[ValkeyLanes]:
    """Lanes on an empty server, whose breaker opens at the first trip."""
    lanes = ValkeyLanes(async_valkey, KEYS, limits=Limits(in_a_row=1))
    yield lanes
    await lanes.aclose()


@pytest.fixture
def desk(valkey: redis.Redis) -> Destinations:
    """The operator's view of the same server."""
    return Destinations(valkey, KEYS)


@pytest.fixture
def records() -> RecordsInMemory:
    """The change log: ten edits."""
    change = edited()
    assert change.post is not None
    posts = [replace(change.post, headline=f"Ferry {n} <i>sinks</i>") for n in range(10)]
    return RecordsInMemory([replace(edited(f"chg_{n}", f"pst_{n}"), post=post) for n, post in enumerate(posts)])


@pytest.fixture
async def somebody(desk: Destinations, records: RecordsInMemory) -> AsyncIterator[Visitor]:
    """A visitor; two destinations are configured."""
    parts = parts_of(desk, records=records, destinations=CONFIGURED, now=lambda: datetime.now(UTC))
    async with visiting(parts, pages_deliveries.ROUTES) as visitor:
        yield visitor


async def heads(lanes: ValkeyLanes, destination: str = "desk") -> Sequence[Delivery]:
    """What is due there."""
    return (await lanes.claim(destination, 10, terms())).deliveries


async def given_up(valkey: redis.Redis, lanes: ValkeyLanes, records: RecordsInMemory, count: int) -> None:
    """The first changes are dead letters of ``desk``."""
    queue(valkey, "desk", *records.log[:count])
    for head in await heads(lanes):
        await lanes.dead(head, GaveUp(reason="HTTP 404: no such <hook>", attempt=REFUSED))


async def test_every_destination_tells_how_it_fares(
    somebody: Visitor, valkey: redis.Redis, lanes: ValkeyLanes, desk: Destinations, records: RecordsInMemory
) -> None:
    """Those configured and those that only the store knows: state in words, what waits and since when, what came."""
    queue(valkey, "desk", *records.log[:5])
    first, second, *_ = await heads(lanes)
    await lanes.delivered([first], Delivered(attempt=Attempt(status=200)), since_commit_s=0, since_fetch_s=0)
    await lanes.retry([second], Retry(reason="HTTP 503", trips=True, attempt=REFUSED), 60)
    desk.pause("old-hook", "it moved house", by="ada")

    said = words(await somebody.reads("/deliveries"))
    one, two, three = re.split(r"(?=archive webhook|old-hook not configured)", said)
    assert "Failing" in one
    assert "1 attempt failed since something last arrived." in one
    assert re.search(r"Waiting 4 Oldest .* On their way 3 Dead letters 0", one)
    assert "Breaker open: too much failed; one delivery tries in" in one
    assert "1 of the last 2 attempts arrived; the last: HTTP 503" in one
    assert "Fine" in two
    assert "Waiting 0 Oldest – On their way 0 Dead letters 0" in two
    assert "no attempt yet" in two
    assert "Paused" in three
    assert "it moved house. What comes for it waits" in three


async def test_a_dead_letter_is_sent_again_or_let_go(
    somebody: Visitor, valkey: redis.Redis, lanes: ValkeyLanes, desk: Destinations, records: RecordsInMemory
) -> None:
    """It stands there with its reason; redelivered it waits again, dropped it is gone, pressed twice it says so."""
    await given_up(valkey, lanes, records, 3)
    page = "/deliveries/desk"
    source = await somebody.reads(page)
    assert "Edited: Ferry 0 <i>sinks</i> – “14” → “17” given up" in words(source)
    assert "HTTP 404: no such <hook>" in words(source)
    assert 'aria-label="Redeliver Edited: Ferry 0 &lt;i&gt;sinks&lt;/i&gt;"' in source

    again = words(await somebody.does(page, f"{page}/chg_0/redeliver"))
    assert "It is sent once more, marked as a redelivery." in again
    assert ", a redelivery its turn is now" in again
    dropped = words(await somebody.does(page, f"{page}/chg_1/drop"))
    assert "It is dropped: it will not be sent." in dropped
    assert [(row.change_id, row.state) for state in ("pending", "dead") for row in desk.rows("desk", state)] == [
        ("chg_0", "pending"), ("chg_2", "dead"),
    ]  # fmt: skip
    assert "It neither waits nor is it a dead letter" in words(await somebody.reads(f"{page}?notice=unknown"))
    valkey.delete(KEYS.key("change", "chg_2"))
    assert "its text is not kept any longer" in words(await somebody.does(page, f"{page}/chg_2/redeliver"))


async def test_all_dead_letters_are_sent_again_at_once(
    somebody: Visitor, valkey: redis.Redis, lanes: ValkeyLanes, desk: Destinations, records: RecordsInMemory
) -> None:
    """Oldest first, in their order; without any there is nothing to press, and who presses anyway is told so."""
    await given_up(valkey, lanes, records, 4)
    page = "/deliveries/desk"
    assert "Redeliver all 4" in await somebody.reads(page)
    after = await somebody.does(page, f"{page}/redeliver")
    assert "sent once more, oldest first" in words(after)
    assert [row.change_id for row in desk.rows("desk", "pending")] == ["chg_0", "chg_1", "chg_2", "chg_3"]
    assert f'action="{page}/redeliver"' not in after


async def test_what_is_on_its_way_is_not_dropped(
    somebody: Visitor, valkey: redis.Redis, lanes: ValkeyLanes, records: RecordsInMemory
) -> None:
    """The button tells so; what waits behind it goes."""
    queue(valkey, "desk", records.log[0], edited("chg_x", "pst_0"))
    await heads(lanes)
    page = "/deliveries/desk"
    assert "behind its post's earlier changes" in words(await somebody.reads(page))
    assert "It is on its way: it cannot be dropped now." in words(await somebody.does(page, f"{page}/chg_0/drop"))
    assert "It is dropped" in words(await somebody.does(page, f"{page}/chg_x/drop"))


async def test_a_destination_is_held_and_goes_on(somebody: Visitor, desk: Destinations) -> None:
    """Paused with a reason that everybody sees, resumed by one press."""
    page = "/deliveries/archive"
    held = words(await somebody.does(page, f"{page}/pause", reason="moves <b>house</b>"))
    assert "It is paused: what comes for it waits, in order." in held
    assert "by operator, because: moves <b>house</b>. What comes for it waits, in order, until it is resumed." in held
    assert desk.state("archive").state == "paused"
    assert f"{page}/pause" not in await somebody.reads(page)
    assert "It goes on: what waits is sent now." in words(await somebody.does(page, f"{page}/resume"))
    await somebody.does(page, f"{page}/pause")
    assert desk.state("archive").reason == "paused by hand"


async def test_attempts_tell_what_was_answered(
    somebody: Visitor, valkey: redis.Redis, lanes: ValkeyLanes, records: RecordsInMemory
) -> None:
    """Newest first, with the next try, and the far end's own words as text; ``?change=`` shows one delivery's alone."""
    queue(valkey, "desk", *records.log[:2])
    first, second = await heads(lanes)
    await lanes.retry([first], Retry(reason="HTTP 503", attempt=REFUSED), 60)
    await lanes.delivered([second], Delivered(attempt=Attempt(status=204)), since_commit_s=0, since_fetch_s=0)

    source = await somebody.reads("/deliveries/desk")
    said = words(source)
    assert said.index("arrived (HTTP 204)") < said.index("HTTP 503 what it answered busy <b>now</b>")
    assert "<b>now" not in source
    one = words(await somebody.reads("/deliveries/desk?change=chg_1"))
    assert "One delivery Edited: Ferry 1 <i>sinks</i> – “14” → “17” chg_1" in one
    assert "1 of the last 1 attempt arrived" in one
    assert "busy" not in one
    assert "No delivery of it to desk is kept" in words(await somebody.reads("/deliveries/desk?change=<chg>"))


async def test_an_unknown_destination_is_not_found(somebody: Visitor, desk: Destinations) -> None:
    """Neither configured nor known to the store: 404, and nothing is made of it by asking or pressing."""
    await somebody.reads("/deliveries/nobody", 404)
    assert desk.names() == []
    assert "There is no destination" not in words(await somebody.reads("/deliveries"))


async def test_a_page_of_a_hundred_thousand_is_as_light_as_of_a_hundred(
    somebody: Visitor, valkey: redis.Redis, desk: Destinations
) -> None:
    """Fifty of those that wait are shown, and how many more; the page stays far below 150 kB."""
    pipe = valkey.pipeline()
    for n in range(5_000):
        lane = f"budget-day/pst_{n}"
        pipe.rpush(KEYS.key("lane", "desk", lane), f"chg_{n}")
        pipe.hset(KEYS.key("delivery", "desk"), f"chg_{n}", f'{{"lane": "{lane}", "first_at_ms": {n + 1}}}')
        pipe.zadd(KEYS.key("lanes", "desk"), {lane: n})
    pipe.execute()
    source = await somebody.reads("/deliveries/desk")
    assert "and 4,950 more, younger ones" in words(source)
    assert len(source.encode()) < 60_000
    assert desk.state("desk").pending == 5_000
