"""Atom feeds over real HTTP: entries a reader can follow, tags and dates, hostile text as text."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from xml.etree.ElementTree import Element, fromstring

from selectolax.lexbor import LexborHTMLParser

from monitor.model import Change, Source
from monitor.ports.sourcing import SourceStanding
from monitor.web import atom
from tests.kit.changes import AFTER, AT, POST, added, edited, failing
from tests.kit.records_stand_in import MemoryRecords
from tests.kit.slack_law import SHORT_NASTIES, changes_that_say
from tests.kit.web_desks import SourcesInMemory
from tests.kit.webapp import Site, web_site

ATOM = "{http://www.w3.org/2005/Atom}"


@contextlib.asynccontextmanager
async def feeds(*changes: Change) -> AsyncIterator[Site]:
    """The feeds of these changes; one source is known."""
    sources = SourcesInMemory()
    known = Source(name="budget-day", url="https://news.example/live")
    sources.put(SourceStanding(source=known, origin="file", condition="healthy"))
    async with web_site(atom.ROUTES, records=MemoryRecords(*changes), sources=sources) as site:
        yield site


async def read(site: Site, path: str) -> Element:
    """A feed, parsed."""
    async with site.session.get(site.url(path)) as came:
        assert (came.status, came.content_type) == (200, "application/atom+xml")
        return fromstring(await came.read())


def words(node: Element, name: str) -> str:
    """The text of a child."""
    return node.findtext(ATOM + name) or ""


async def test_an_entry_tells_a_change_and_leads_to_its_post() -> None:
    """Newest first, each with an id that stays, its time, its author, its types and tags, and the redline."""
    async with feeds(added("chg_1"), edited("chg_2"), failing("chg_3")) as site:
        feed = await read(site, "/feeds/all.atom")
    failed, edit, new = feed.findall(ATOM + "entry")
    links = [one.find(ATOM + "link") for one in (failed, edit)]

    assert [words(one, "id") for one in (failed, edit, new)] == [f"urn:stetwatch:chg_{n}" for n in (3, 2, 1)]
    assert words(edit, "title") == "Edited: Toll — “14” → “17”"
    assert words(edit, "updated") == "2023-03-21T12:03:10Z"
    assert "At least <del>14</del><ins>17</ins> people were hurt." in words(edit, "content")
    assert [one.get("term") for one in edit.findall(ATOM + "category")] == ["post.edited", "politics"]
    assert [one.get("href") for one in links if one is not None] == [
        f"http://127.0.0.1:{site.port}/changes/chg_3",
        f"http://127.0.0.1:{site.port}/posts/pst_1?change=chg_2#chg_2",
    ]
    assert words(feed, "updated") == "2023-03-21T12:03:10Z"


async def test_feeds_are_of_a_source_or_a_tag_and_take_filters() -> None:
    """Another source's changes stay out; a source nobody knows is not found."""
    other = edited("chg_other", source=replace(edited().source, name="elsewhere", tags=("sport",)))
    async with feeds(added("chg_1"), edited("chg_2"), other) as site:
        source = await read(site, "/feeds/sources/budget-day.atom?type=post.added")
        tag = await read(site, "/feeds/tags/sport.atom")
        empty = await read(site, "/feeds/tags/none.atom")
        async with site.session.get(site.url("/feeds/sources/nobody.atom")) as came:
            assert came.status == 404

    assert [words(one, "id") for one in source.findall(ATOM + "entry")] == ["urn:stetwatch:chg_1"]
    assert [words(one, "id") for one in tag.findall(ATOM + "entry")] == ["urn:stetwatch:chg_other"]
    assert empty.findall(ATOM + "entry") == []


async def test_a_reader_that_has_the_feed_is_not_sent_it_again() -> None:
    """By tag, strong or weak."""
    async with feeds(edited("chg_1")) as site:
        url = site.url("/feeds/all.atom")
        async with site.session.get(url) as came:
            tag = came.headers["ETag"]
        for held, status in ((tag, 304), (tag.removeprefix("W/"), 304), ('"other"', 200)):
            async with site.session.get(url, headers={"If-None-Match": held}) as came:
                assert came.status == status, held


async def test_no_date_hides_a_change() -> None:
    """A change told later than a newer one was fetched, or within the same second, is sent whatever date is known."""
    records = MemoryRecords(edited("chg_1", at=AT))
    async with web_site(atom.ROUTES, records=records) as site:
        url = site.url("/feeds/all.atom")
        async with site.session.get(url) as came:
            dated = "Last-Modified" in came.headers
        await records.commit(edited("chg_2", at=AT), edited("chg_3", at=AT - timedelta(seconds=20)))
        async with site.session.get(url, headers={"If-Modified-Since": "Tue, 21 Mar 2023 12:03:10 GMT"}) as came:
            feed = fromstring(await came.read())

    assert (dated, came.status, len(feed.findall(ATOM + "entry"))) == (False, 200, 3)


async def test_whatever_a_page_says_is_text() -> None:
    """The nasties and markup in every place: the document stays XML, its HTML has no element that is not ours."""
    texts = [*SHORT_NASTIES, "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "]]><a href='javascript:1'>"]
    told = [
        replace(one, id=f"chg_{n}_{m}") for n, text in enumerate(texts) for m, one in enumerate(changes_that_say(text))
    ]
    for start in range(0, len(told), 50):
        async with feeds(*told[start : start + 50]) as site:
            feed = await read(site, "/feeds/all.atom")
        for entry in feed.findall(ATOM + "entry"):
            tree = LexborHTMLParser(words(entry, "content"))
            found = {node.tag for node in tree.css("*")}
            assert found <= {"html", "head", "body", "p", "em", "del", "ins", "br"}, words(entry, "content")


async def test_a_huge_post_is_cut_to_a_beginning() -> None:
    """A megabyte of text makes no megabyte of feed."""
    huge = added(after=replace(AFTER, body=("word " * 200_000,)), post=replace(POST, headline="x" * 100_000))
    async with feeds(huge) as site, site.session.get(site.url("/feeds/all.atom")) as came:
        assert len(await came.read()) < 20_000
