"""The pages of sources over real HTTP: what they say, what their buttons do, and a source added with a preview."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import redis

from monitor.adapters.guard import Guard
from monitor.adapters.http import opened_fetcher
from monitor.adapters.valkey.destinations import Destinations
from monitor.bootstrap.preview import open_preview
from monitor.config import load
from monitor.model import Access, ExtractRules, Source
from monitor.ports.preview import Seen, Unseen
from monitor.ports.sourcing import Condition, PollMark, SourceStanding
from monitor.roles.previewing import preview
from monitor.web import pages_source_new, pages_sources
from tests.kit.changes import SOURCE, added, edited, failing
from tests.kit.deliveries import KEYS
from tests.kit.site import Reply, Site, running_site
from tests.kit.web_desks import NOW, RecordsInMemory, SourcesInMemory, Visitor, parts_of, visiting, words

ROUTES = (*pages_sources.ROUTES, *pages_source_new.ROUTES)
HTML = {"Content-Type": "text/html; charset=utf-8"}
TOLL = "Three ferries do not sail today because of the wind"


def standing(name: str, condition: Condition = "healthy", **parts: Any) -> SourceStanding:
    """A source as the desk knows it."""
    source = Source(name=name, url=f"https://news.example/{name}", timezone="Europe/London")
    made: dict[str, Any] = {"source": source, "origin": "added", "condition": condition, "interval_s": 15.0}
    return SourceStanding(**(made | parts))


def live(count: int = 8) -> bytes:
    """A live page in markup that no rung knows by name: its posts must be inferred."""
    posts = "".join(
        f'<section class="entry"><time datetime="2026-03-17T1{4 - n // 4}:{50 - n:02}:00Z">x</time>'
        f'<h4 class="title">{TOLL} {n}</h4><div class="copy"><p>The harbour says that ferry {n} stays in port.</p>'
        f"<p>Passengers of ferry {n} may travel tomorrow on any other.</p></div></section>"
        for n in range(count)
    )
    return f'<html><head><title>Storm</title></head><body><main id="live">{posts}</main></body></html>'.encode()


@pytest.fixture
def desk() -> SourcesInMemory:
    """A desk without sources."""
    return SourcesInMemory()


@pytest.fixture
def records() -> RecordsInMemory:
    """A change log without changes."""
    return RecordsInMemory()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """A newsroom's site on loopback."""
    async with running_site() as site:
        yield site


@pytest.fixture
async def somebody(desk: SourcesInMemory, records: RecordsInMemory, valkey: redis.Redis) -> AsyncIterator[Visitor]:
    """A visitor of the pages; previews go through the guarded connector, to loopback too."""
    text = '[network]\nallow = ["127.0.0.0/8"]\n'
    async with open_preview(load(text, origin="test", environ={}, read_file=Path.read_text)) as looks:
        parts = parts_of(Destinations(valkey, KEYS), sources=desk, records=records, preview=looks)
        async with visiting(parts, ROUTES) as visitor:
            yield visitor


async def test_sources_are_listed_with_how_they_fare(somebody: Visitor, desk: SourcesInMemory) -> None:
    """By name, a page at a time, of one condition or with a text in their names; each count is a way to filter."""
    desk.put(*(standing(f"regional-{n:03}") for n in range(150)))
    desk.put(standing("storm", "failing", since=NOW - timedelta(hours=2), reason="HTTP 503 three times in a row"))

    first = await somebody.reads("/sources")
    assert "All 151" in words(first)
    assert "Failing" not in words(first)
    further = re.search(r'rel="next" href="([^"]*)"', first)
    assert further is not None
    second = words(await somebody.reads(further[1].replace("&amp;", "&")))
    assert "regional-149" in second
    assert "regional-001" not in second
    assert "Failing for 2 h HTTP 503 three times in a row" in second

    failing_only = words(await somebody.reads("/sources?condition=failing"))
    assert ("storm" in failing_only, "regional" in failing_only) == (True, False)
    found = words(await somebody.reads("/sources?q=L-14&condition=healthy"))
    assert re.findall(r" regional-\d+(?= )", found) == [f" regional-14{n}" for n in range(10)]
    assert "No source with nothing in its name" in words(await somebody.reads("/sources?q=nothing"))
    assert "Nothing is watched yet" not in words(await somebody.reads("/sources?condition=bogus"))


async def test_a_search_goes_through_all_names_page_by_page(somebody: Visitor, desk: SourcesInMemory) -> None:
    """More than a page of names hold the text: the next page goes on behind the last one shown, to the end."""
    desk.put(*(standing(f"live-{n:03}") for n in range(230)))
    seen, path = list[str](), "/sources?q=LIVE"
    for _ in range(3):
        source = await somebody.reads(path)
        seen += re.findall(r'href="/sources/(live-\d+)"', source)
        further = re.search(r'rel="next" href="([^"]*)"', source)
        path = further[1].replace("&amp;", "&") if further else ""
    assert (seen, path) == ([f"live-{n:03}" for n in range(230)], "")


async def test_a_source_tells_its_day(somebody: Visitor, desk: SourcesInMemory, records: RecordsInMemory) -> None:
    """Its status in a sentence, its cadence, its last visits and changes, and a picture with the same as a table."""
    desk.put(standing("budget-day", "failing", since=NOW - timedelta(hours=2), reason="HTTP 503", due_in_s=45.0))
    poll = PollMark(at=NOW, outcome="failed", took_ms=1_240, bytes=0, next_s=45, reason="HTTP 503: come back later")
    desk.visits["budget-day"] = [poll, *[replace(poll, outcome="changed", bytes=34_000, reason="")] * 20]
    at = NOW.replace(hour=9)
    records.log += [
        replace(added("chg_a"), at=at),
        *(replace(edited(f"chg_{n}"), at=at + timedelta(minutes=n)) for n in range(3)),
        replace(failing("chg_f"), at=NOW - timedelta(hours=2)),
        replace(edited("chg_y"), at=at - timedelta(days=1)),
        replace(edited("chg_o"), at=at, source=replace(SOURCE, name="other")),
    ]

    source = await somebody.reads("/sources/budget-day")
    said = words(source)
    assert "Failing since 2026-03-17 12:30:00 UTC (2 h ago), because: HTTP 503. Nothing is told as removed" in said
    assert "Every 15 s, as often as it may (bounds: 15 s to 10 min): the page was another at 20 of the last 21" in said
    assert "1 post and 3 edits. It began to fail once." in said
    assert "09:00 1 3 – – –" in said
    assert "failed HTTP 503: come back later 1,240 ms – 45 s" in said
    assert "13 visits before" in said
    assert 'href="/changes/chg_2"' in source
    assert "chg_o" not in source
    assert source.count("<svg") - source.count('aria-hidden="true"') <= 2
    assert "<desc" in source
    assert "style=" not in source

    yesterday = words(await somebody.reads("/sources/budget-day?day=2026-03-16"))
    assert ("1 edit." in yesterday, "Day after" in yesterday) == (True, True)
    assert "Tuesday, 17 March 2026" in words(await somebody.reads("/sources/budget-day?day=9999-12-31"))
    assert "Tuesday, 17 March 2026" in words(await somebody.reads("/sources/budget-day?day=x"))


async def test_coverage_that_ended_leads_to_where_it_goes_on(somebody: Visitor, desk: SourcesInMemory) -> None:
    """The successor is a link, and a form that is filled in with it; one that is no web address stays text."""
    desk.put(standing("final", "closed", successor="https://news.example/after?a=1&b=2"))
    source = await somebody.reads("/sources/final")
    assert 'href="https://news.example/after?a=1&amp;b=2" rel="noopener noreferrer nofollow"' in source
    watch = re.search(r'href="(/sources/new\?url=[^"]*)"', source)
    assert watch is not None
    assert 'value="https://news.example/after?a=1&amp;b=2"' in await somebody.reads(watch[1])

    desk.put(standing("trap", "closed", successor="javascript:alert(1)"))
    trap = await somebody.reads("/sources/trap")
    assert ("javascript:alert(1)" in words(trap), 'href="javascript' in trap) == (True, False)


async def test_a_source_is_paused_resumed_and_removed(somebody: Visitor, desk: SourcesInMemory) -> None:
    """Each button redirects to a page that says what was done; a second press says that it was done already."""
    desk.put(standing("storm"))
    page = "/sources/storm"
    paused = words(await somebody.does(page, f"{page}/pause", reason="the wind <b>ended</b>"))
    assert "It is paused: it is not visited until it is resumed." in paused
    assert "because: the wind <b>ended</b> (by operator). It is not visited until it is resumed." in paused
    assert "It is watched again." in words(await somebody.does(page, f"{page}/resume"))

    removed = words(await somebody.does(page, f"{page}/remove"))
    assert "A source was removed." in removed
    assert "Nothing is watched yet." in removed
    await somebody.reads(page, 404)


async def test_what_the_file_says_is_taken_out_of_the_file(somebody: Visitor, desk: SourcesInMemory) -> None:
    """A configured source has no button to remove it, and the answer to who asks anyway says what to do."""
    desk.put(standing("storm", origin="file"), standing("other"))
    assert "/sources/storm/remove" not in await somebody.reads("/sources/storm")
    token = {"csrf": "x"}
    source = await somebody.reads("/sources/other")
    if found := re.search(r'name="csrf" value="([^"]+)"', source):
        token["csrf"] = found[1]
    async with somebody.client.post("/sources/storm/remove", data=token) as answer:
        assert answer.status == 409
        assert "configuration file" in await answer.text()
    assert "storm" in desk.known


async def test_a_source_is_added_with_a_preview(somebody: Visitor, desk: SourcesInMemory, site: Site) -> None:
    """What one visit shows now: the rung, the posts with their times, what would keep the reading; then it is saved."""
    site.on("/live", Reply(headers=HTML, body=live()))
    url = f"{site.url}/live"
    assert 'action="/sources/preview#seen"' in await somebody.reads("/sources/new")
    status, _, source = await somebody.presses("/sources/new", "/sources/preview", url=url, name="storm", tags="sea")
    seen = words(source)
    assert status == 200
    assert "8 posts, found by structure" in seen
    assert "with a time: 8 of 8" in seen
    assert f"{TOLL} 0 2026-03-17 14:50:00 UTC" in seen
    assert 'posts = "section.entry"' in seen
    assert ('value="storm"' in source, 'value="sea"' in source) == (True, True)
    assert desk.names() == []
    assert len(site.requests) == 1

    proposed = re.search(r'name="proposed" value="([^"]*)"', source)
    assert proposed is not None
    rules = proposed[1].replace("&#34;", '"')
    form = {"url": url, "name": "storm", "tags": "sea"}
    _, _, kept = await somebody.presses("/sources/new", "/sources/preview", **form, proposed=rules, adopt="yes")
    assert "8 posts, found by css" in words(kept)
    assert "posts = &#34;section.entry&#34;" in kept
    text = words(await somebody.does("/sources/new", "/sources", **form, rules=rules))
    assert "It is watched from now on." in text
    assert desk.known["storm"].source == Source(
        name="storm", url=url, tags=("sea",),
        extract=ExtractRules(
            format="css", posts="section.entry", headline=".title", body=".copy", published="time@datetime"
        ),
    )  # fmt: skip


async def test_a_page_that_shows_nothing_can_be_saved_anyway(somebody: Visitor, site: Site) -> None:
    """The reason is told, and the form is as it was typed; what the guard refuses, it refuses here too."""
    form = {"url": f"{site.url}/gone", "name": "storm", "tags": "sea"}
    status, _, source = await somebody.presses("/sources/new", "/sources/preview", **form)
    assert status == 200
    assert "The page shows no posts now: 404 Not Found" in words(source)
    assert "Save anyway" in source
    assert f'value="{site.url}/gone"' in source

    _, _, refused = await somebody.presses("/sources/new", "/sources/preview", url="http://10.0.0.1/", name="x")
    assert "10.0.0.1 is a private address; allow it with [network] allow" in words(refused)


async def test_every_fault_comes_back_beside_its_field(somebody: Visitor, desk: SourcesInMemory, site: Site) -> None:
    """All at once, what was typed kept, nothing fetched and nothing saved; a name that is taken is one of them."""
    desk.put(standing("storm"))
    wrong = {"url": 'ftp://"><script>', "name": "a b", "poll_min": "soon", "rules": "x ="}
    for action in ("/sources", "/sources/preview"):
        status, _, source = await somebody.presses("/sources/new", action, **wrong)
        assert status == 422
        for field in wrong:
            assert f'id="{field}-fault"' in source
            assert re.search(rf'id="{field}"[^>]* aria-describedby="{field}-fault[^>]* aria-invalid="true"', source)
        assert "4 things need another word" in words(source)
        assert "<script>" not in source
        assert "ftp://&#34;&gt;&lt;script&gt;" in source

    status, _, source = await somebody.presses("/sources/new", "/sources", url=f"{site.url}/live", name="storm")
    assert (status, "a source is called storm already" in words(source)) == (409, True)
    status, _, source = await somebody.presses("/sources/new", "/sources", url=f"{site.url}/live", name="preview")
    assert (status, '"preview" is taken: /sources/preview is a page of Stetwatch\'s own' in words(source)) == (
        422,
        True,
    )
    assert (desk.names(), site.requests) == (["storm"], [])


async def test_a_preview_reads_within_its_time(site: Site) -> None:
    """Reading a page that does not end in time is given up, and said so; the visit's own faults are values too."""
    site.on("/live", Reply(headers=HTML, body=live()))
    site.on("/empty", Reply(headers=HTML, body=b"<html><body></body></html>"))
    guard = Guard([ip_network("127.0.0.0/8")], (80,))
    source = Source(name="storm", url=f"{site.url}/live")
    with ThreadPoolExecutor(1) as threads:
        async with opened_fetcher(guard, now=lambda: datetime.now(UTC)) as fetcher:
            look = partial(preview, access=Access(), fetcher=fetcher, threads=threads)
            assert isinstance(await look(source), Seen)
            late = await look(source, read_s=0)
            nothing = await look(replace(source, url=f"{site.url}/empty"))
    assert isinstance(late, Unseen)
    assert "longer than 0 s" in late.reason
    assert isinstance(nothing, Unseen)


async def test_hostile_text_stays_text(somebody: Visitor, desk: SourcesInMemory, records: RecordsInMemory) -> None:
    """Whatever a page or a server says is shown as it is, and cut."""
    evil = '"><script>alert(1)</script>' + "x" * 100_000
    desk.put(standing("storm", "failing", reason=evil))
    desk.visits["storm"] = [PollMark(at=NOW, outcome="failed", took_ms=1, bytes=0, next_s=1, reason=evil)]
    change = edited("chg_1", source=replace(SOURCE, name="storm"))
    assert change.post is not None
    records.log.append(replace(change, post=replace(change.post, headline=evil)))
    for path in ("/sources", "/sources/storm"):
        source = await somebody.reads(path)
        assert "<script>" not in source
        assert "&lt;script&gt;alert(1)" in source
        assert len(source) < 20_000
