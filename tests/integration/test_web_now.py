"""The page of changes as they happen, over HTTP, with changes made by the detection core."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import quote

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from selectolax.lexbor import LexborHTMLParser

from monitor.web import pages_copy, pages_now, pages_post
from tests.kit.changes import edited, failing
from tests.kit.newsdesk import MemoryRecords, NamedSources, serving
from tests.kit.newsstories import HOSTILE, day, opened, toll
from tests.kit.pages import post

ROUTES = (*pages_now.ROUTES, *pages_post.ROUTES, *pages_copy.ROUTES)
Client = TestClient[web.Request, web.Application]


async def _get(client: Client, path: str, status: int = 200) -> LexborHTMLParser:
    answer = await client.get(path)
    text = await answer.text()
    assert answer.status == status, text
    assert len(text.encode()) <= 150_000
    return LexborHTMLParser(text)


def _ids(tree: LexborHTMLParser) -> list[str]:
    return [str(node.attributes["id"]) for node in tree.css("li.change")]


def _href(tree: LexborHTMLParser, css: str) -> str:
    found = tree.css_first(css)
    assert found is not None, css
    return str(found.attributes["href"])


class _Well(HTMLParser):
    """Counts what a browser would act on."""

    def __init__(self) -> None:
        super().__init__()
        self.acting: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"img", "iframe", "object", "embed", "style"} or (tag == "script" and not dict(attrs).get("src")):
            self.acting.append(tag)
        self.acting += [name for name, _ in attrs if name.startswith("on") or name == "style"]
        self.acting += [str(text) for name, text in attrs if name in {"href", "src"} and "javascript:" in str(text)]


async def test_changes_are_told_newest_first_with_their_redline() -> None:
    """An edit stands above the post it changed, with what was deleted, what was inserted, and that it was silent."""
    records = MemoryRecords()
    story = opened(records)
    story.see(toll("At least 14 people were hurt."))
    story.see(toll("At least 17 people were hurt."))
    async with serving(records, ROUTES) as client:
        tree = await _get(client, "/")
    assert _ids(tree) == [one.change.id for one in reversed(records.log)]
    newest = tree.css_first("li.change")
    assert newest is not None
    assert [node.text() for node in newest.css("del, ins")] == ["14", "17"]
    assert "silent" in newest.text()
    assert tree.css("h1")[0].text() == "Now"
    assert [node.text() for node in tree.css("h2")] == ["Monday 2 March 2026"]


async def test_the_form_filters_and_remembers() -> None:
    """Source, tag, type, significance and text narrow the list, and stand in the form and in the live address."""
    records = day()
    edits = [one.change.id for one in reversed(records.log) if one.change.type == "post.edited"]
    async with serving(records, ROUTES) as client:
        assert _ids(await _get(client, "/?type=post.edited")) == edits
        assert len(_ids(await _get(client, "/?type=post.edited&min=0.95"))) == 1
        assert _ids(await _get(client, "/?tag=nothing-like-it")) == []
        assert _ids(await _get(client, "/?source=another")) == []
        tree = await _get(client, "/?q=MARKET+hall&type=post.edited&source=budget-day&tag=politics&min=0.6")
    assert _ids(tree)
    chosen = {node.attributes["value"] for node in tree.css("input[checked], option[selected]")}
    assert chosen == {"post.edited", "0.6"}
    assert {node.attributes["value"] for node in tree.css(".fields input")} == {"MARKET hall", "budget-day", "politics"}
    stream = tree.css_first("#changes")
    assert stream is not None
    address = str(stream.attributes["data-stream"])
    assert address.startswith("/api/v1/changes/stream?")
    for word in ("type=post.edited", "source=budget-day", "tag=politics", "min=0.6", "after=", "q=MARKET"):
        assert word in address


@pytest.mark.parametrize("query", ["type=nothing", "min=2", "min=x", "before=x", "after='", "before=" + "9" * 30])
async def test_an_address_that_makes_no_sense_is_a_problem(query: str) -> None:
    """What is no type, no significance or no place in the log is the visitor's mistake, not ours."""
    records = day()
    async with serving(records, ROUTES) as client:
        assert (await client.get(f"/?{query}")).status == 400


async def test_older_and_newer_lead_through_all_of_it() -> None:
    """Every change is on one page when one goes back to the beginning, and again on the way to the newest."""
    records = MemoryRecords()
    story = opened(records)
    for number in range(70):
        story.see(toll(f"At least {number} people were hurt."))
    whole = [one.change.id for one in reversed(records.log)]
    async with serving(records, ROUTES) as client:
        pages = [await _get(client, "/")]
        while pages[-1].css("nav:not([hidden]) a#older"):
            pages.append(await _get(client, _href(pages[-1], "a#older")))
        assert [id_ for tree in pages for id_ in _ids(tree)] == whole
        assert not pages[0].css("nav[aria-label='Newer changes']")
        assert not pages[1].css("[data-stream]")
        newer = await _get(client, _href(pages[2], "a[rel=prev]"))
        assert _ids(newer) == whole[whole.index(_ids(pages[2])[0]) - 30 : whole.index(_ids(pages[2])[0])]
        back = await client.get(_href(newer, "a[rel=prev]"), allow_redirects=False)
        assert (back.status, back.headers["Location"]) == (302, "/")


async def test_newer_goes_on_where_nothing_was_found() -> None:
    """Past more unwanted changes than one page looks through, the link leads on, to those wanted, to the newest."""
    records = MemoryRecords()
    records.commit(edited(f"chg_{n}", f"pst_{n}") for n in range(1_100))
    records.commit([failing("chg_wanted")])
    records.commit(edited(f"chg_{n}", f"pst_{n}") for n in range(2_000, 3_000))
    async with serving(records, ROUTES) as client:
        path, found = f"/?type=source.failing&after={records.log[0].place}", list[list[str]]()
        for _ in range(2):
            tree = await _get(client, path)
            found.append(_ids(tree))
            path = _href(tree, "a[rel=prev]")
        end = await client.get(path, allow_redirects=False)

    assert found == [[], ["chg_wanted"]]
    assert (end.status, end.headers["Location"]) == (302, "/?type=source.failing")


async def test_a_page_without_a_find_says_that_it_goes_on() -> None:
    """Where none of the changes looked through is wanted, the reader may look further back."""
    records = day()
    records.scan = 5
    async with serving(records, ROUTES) as client:
        tree = await _get(client, "/?type=post.retimed")
        assert _ids(tree) == []
        assert "Look further back" in _href_text(tree)
        while not _ids(tree):
            tree = await _get(client, _href(tree, "a#older"))
    assert _ids(tree)


def _href_text(tree: LexborHTMLParser) -> str:
    return " ".join(node.text() for node in tree.css("a#older"))


async def test_hostile_text_is_text() -> None:
    """Markup, handlers, script addresses and characters that reorder are read as they are written, and do nothing."""
    records = day()
    well = _Well()
    async with serving(records, ROUTES) as client:
        hostile = [one.change for one in records.log if one.change.post and one.change.post.key == "k52"]
        paths = ["/", f"/?q={quote(HOSTILE[:60])}&source={quote(HOSTILE[:60])}&tag=%22%3E%3Cscript%3E"]
        paths += [f"/posts/{hostile[0].subject}?from=1&to=2", *(f"/changes/{one.id}" for one in hostile)]
        for path in paths:
            text = await (await client.get(path)).text()
            well.feed(text)
            assert "&lt;script&gt;window.hit=1&lt;/script&gt;" in text, path
            assert "{{ 7*7 }}" in text or path.startswith("/?"), path
            assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200f") & set(text), path
    assert well.acting == []


async def test_a_megabyte_in_one_word_is_cut_with_a_way_to_the_rest() -> None:
    """In the list it takes a few lines, and a link leads to what is kept of it."""
    records = MemoryRecords()
    story = opened(records)
    story.see(post("k40", "One word", "w" * 1_000_000, at="11:40"))
    for number in range(pages_now.ROWS):
        story.see(post("k40", '"' * 300, '"' * 3_000 + f" {number} " + "&" * 3_000, at="11:40"))
    async with serving(records, ROUTES) as client:
        tree = await _get(client, "/")
        assert len(_ids(tree)) == pages_now.ROWS
        tree = await _get(client, _href(tree, "a#older"))
        link = next(node for node in tree.css("li.change a") if node.text() == "whole text")
        whole = await _get(client, str(link.attributes["href"]).split("#")[0])
    assert "only the parts around the change are kept" in (whole.body.text() if whole.body else "")


async def test_rows_are_had_by_themselves() -> None:
    """A live page asks for the rows of changes it hears of: one or several, in its order; unknown ones are left out."""
    records = day()
    ids = [one.change.id for one in records.log]
    async with serving(records, ROUTES) as client:
        one = LexborHTMLParser(await (await client.get(f"/changes/{ids[3]}/row")).text())
        several = LexborHTMLParser(await (await client.get(f"/changes/{ids[5]},chg_unknown,{ids[2]}/row")).text())
        whole = await _get(client, "/")
    assert _ids(one) == [ids[3]]
    assert _ids(several) == [ids[5], ids[2]]
    on_page = whole.css_first(f"#{ids[3]}")
    row = one.css_first("li")
    assert on_page is not None
    assert row is not None
    assert on_page.html == row.html


async def test_sources_are_offered_by_name_while_they_are_few() -> None:
    """A hundred names fit beside the field; ten thousand do not."""
    records = day()
    async with serving(records, ROUTES, NamedSources(known=("one", "two"))) as client:
        few = await _get(client, "/")
    async with serving(records, ROUTES, NamedSources(known=[f"s{n}" for n in range(10_000)])) as client:
        many = await _get(client, "/")
    assert [node.attributes["value"] for node in few.css("datalist option")] == ["one", "two"]
    assert many.css("datalist") == []
    assert "10000 sources watched" in (many.body.text() if many.body else "")


async def test_an_empty_log_says_what_comes_next() -> None:
    """On the first day there is a word, and without a source the way to add one."""
    async with serving(MemoryRecords(), ROUTES, NamedSources(known=())) as client:
        tree = await _get(client, "/")
    assert _href(tree, "#none a") == "/sources/new"
