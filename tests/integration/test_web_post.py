"""The page of a post, of a single change and of a stored copy, over HTTP, with changes made by the detection core."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from selectolax.lexbor import LexborHTMLParser

from monitor.model import Change
from monitor.ports.records import Copy
from monitor.web import pages_copy, pages_now, pages_post
from tests.kit.newsdesk import MemoryRecords, serving
from tests.kit.newsstories import day, opened, toll
from tests.kit.pages import NOON, post

ROUTES = (*pages_now.ROUTES, *pages_post.ROUTES, *pages_copy.ROUTES)
Client = TestClient[web.Request, web.Application]


async def _get(client: Client, path: str) -> LexborHTMLParser:
    answer = await client.get(path)
    text = await answer.text()
    assert answer.status == 200, text
    assert len(text.encode()) <= 150_000
    return LexborHTMLParser(text)


def _text(tree: LexborHTMLParser, css: str = "main") -> str:
    found = tree.css_first(css)
    assert found is not None, css
    return " ".join(found.text().split())


def _ids(tree: LexborHTMLParser) -> list[str]:
    return [str(node.attributes["id"]) for node in tree.css("li.change") if node.attributes.get("id")]


def _of(records: MemoryRecords, key: str) -> list[Change]:
    return [one.change for one in records.log if one.change.post and one.change.post.key == key]


async def test_a_post_is_told_through_its_life() -> None:
    """Each change with when it was seen, what the page claimed, the digest, and the silent ones by that word."""
    records = day()
    life = _of(records, "k40")
    async with serving(records, ROUTES) as client:
        tree = await _get(client, f"/posts/{life[0].subject}")
    assert _ids(tree) == [change.id for change in reversed(life)]
    edited = tree.css_first(f"#{life[1].id}")
    assert edited is not None
    words = " ".join(edited.text().split())
    assert "silent: no time on the page changed with it" in words
    assert "published 02 Mar 11:40:00 UTC" in words
    assert life[1].after is not None
    assert life[1].after.sha256 in words
    assert "2026-03-02T12:03:00" in str(edited.html)
    assert "silent" not in _text(tree, f"#{life[3].id}")
    assert "modified 02 Mar 12:05:00 UTC" in _text(tree, f"#{life[3].id}")


@pytest.mark.parametrize(("one", "other"), [(1, 2), (1, 4), (2, 4), (4, 1), (3, 3)])
async def test_any_two_versions_are_compared(one: int, other: int) -> None:
    """The redline between two texts, read back, is those two texts."""
    records = day()
    life = _of(records, "k40")
    bodies = {change.post.version: change.after.body for change in life if change.post and change.after}
    async with serving(records, ROUTES) as client:
        tree = await _get(client, f"/posts/{life[0].subject}?from={one}&to={other}")
    shown = tree.css_first("#compared .redline")
    if one == other:
        assert shown is None
        assert "The texts are the same." in _text(tree, "#compared")
        return
    assert shown is not None
    paragraphs = shown.css("p")
    for number, gone in ((one, "ins"), (other, "del")):
        read = LexborHTMLParser("".join(str(node.html) for node in paragraphs))
        for node in read.css(gone):
            node.decompose()
        assert tuple(filter(None, (node.text() for node in read.css("p")))) == bodies[number]


async def test_a_permalink_leads_to_the_change_in_its_post() -> None:
    """The change's address goes to the post, where it stands whole and marked, however old it is."""
    records = MemoryRecords()
    story = opened(records)
    for number in range(200):
        story.see(toll(f"At least {number} people were hurt."))
    life = _of(records, "k40")
    old = life[20]
    async with serving(records, ROUTES) as client:
        answer = await client.get(f"/changes/{old.id}", allow_redirects=False)
        assert answer.status == 302
        assert answer.headers["Location"] == f"/posts/{old.subject}?change={old.id}#{old.id}"
        tree = await _get(client, f"/changes/{old.id}")
    assert old.id in _ids(tree)
    assert len(tree.css("li.chosen")) == 1
    assert tree.css(f"#{old.id} details[open]")


async def test_a_thousand_versions_are_turned_over_page_by_page() -> None:
    """Fifty changes a page from the newest on, every one of them once; far apart versions are still compared."""
    records = MemoryRecords()
    story = opened(records)
    for number in range(1_000):
        story.see(toll(f"At least {number} people were hurt."))
    life = _of(records, "k40")
    async with serving(records, ROUTES) as client:
        tree = await _get(client, f"/posts/{life[0].subject}")
        assert len(_ids(tree)) == pages_post.ROWS
        assert tree.css("input[type=number][name=from]")
        seen = _ids(tree)
        while older := tree.css_first("a[rel=next]"):
            tree = await _get(client, f"/posts/{life[0].subject}{older.attributes['href']}")
            seen += _ids(tree)
        assert seen == [change.id for change in reversed(life)]
        far = await _get(client, f"/posts/{life[0].subject}?from=7&to=951")
    assert [node.text() for node in far.css("#compared del, #compared ins")] == ["6", "950"]


async def test_a_trimmed_history_says_what_is_not_kept() -> None:
    """The oldest text that is known is shown without a date, and the changes before it are counted."""
    records = MemoryRecords()
    story = opened(records)
    for number in range(8):
        story.see(toll(f"At least {number} people were hurt."))
    life = _of(records, "k40")
    records.trim(3)
    async with serving(records, ROUTES) as client:
        tree = await _get(client, f"/posts/{life[0].subject}?from=1&to=8")
        known = await _get(client, f"/posts/{life[0].subject}?from=5&to=8")
    assert "Changes 1 to 5 are past the time they are kept." in _text(tree)
    assert "version 5" in _text(tree, "li.first")
    assert "not kept any more" in _text(tree, "#compared")
    assert [node.text() for node in known.css("#compared del, #compared ins")] == ["4", "7"]


async def test_removed_and_restored_are_told_as_such() -> None:
    """A removed post keeps its last text on its page; one that is back is not called removed."""
    records = day()
    back, gone = _of(records, "k39"), _of(records, "k51")
    async with serving(records, ROUTES) as client:
        restored = await _get(client, f"/posts/{back[0].subject}")
        removed = await _get(client, f"/posts/{gone[0].subject}")
    assert [change.type for change in back] == ["post.added", "post.removed", "post.restored"]
    assert "no longer on the page" not in _text(restored)
    assert "no longer on the page" in _text(removed)
    assert "警察によると、少なくとも17人がけがをした。" in _text(removed, f"#{gone[-1].id}")


async def test_a_text_kept_in_part_is_not_compared_as_if_it_were_whole() -> None:
    """Neighbours have the redline of the change between them; others are refused in words."""
    records = MemoryRecords()
    story = opened(records)
    paragraphs = [f"Paragraph {number} goes on for a while about this and that." for number in range(600)]
    for number in range(3):
        paragraphs[number] = f"Paragraph {number} has 17 words that are new."
        story.see(post("k40", "Long", *paragraphs, at="11:40"))
    pst = _of(records, "k40")[0].subject
    assert all(change.truncated for change in _of(records, "k40"))
    async with serving(records, ROUTES) as client:
        near = await _get(client, f"/posts/{pst}?from=1&to=2")
        far = await _get(client, f"/posts/{pst}?from=1&to=3")
    assert near.css("#compared ins")
    assert "only a part is kept" in _text(far, "#compared")
    assert not far.css("#compared ins")


async def test_all_of_a_post_is_exported_as_json() -> None:
    """The export holds every text with its digest and every change as it was sent."""
    records = day()
    life = _of(records, "k40")
    async with serving(records, ROUTES) as client:
        answer = await client.get(f"/posts/{life[0].subject}.json")
        document = await answer.json()
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{life[0].subject}.json"'
    assert [change["id"] for change in document["changes"]] == [change.id for change in life]
    assert [text["version"] for text in document["versions"]] == [1, 2, 3, 4]
    assert [text["silent"] for text in document["versions"]] == [None, True, True, False]
    assert document["is_complete"]


async def test_changes_without_a_post_have_a_page_of_their_own() -> None:
    """Of a page, a source and a delivery: what happened, to whom, and where to go on."""
    records = day()
    by_type = {one.change.type: one.change for one in records.log}
    async with serving(records, ROUTES) as client:
        page = await _get(client, f"/changes/{by_type['page.edited'].id}")
        source = await _get(client, f"/changes/{by_type['source.failing'].id}")
        delivery = await _get(client, f"/changes/{by_type['delivery.dead'].id}")
    assert page.css("ins, del")
    assert "HTTP 503" in _text(source)
    assert source.css("a[href='/sources/budget-day']")
    assert delivery.css("a[href='/deliveries/desk']")
    assert all(len(tree.css("h1")) == 1 for tree in (page, source, delivery))


PAGE = "<html><script>alert(1)</script><p>Caf\u00e9</p></html>"


def _copy(body: bytes, encoding: str = "", content_type: str = "text/html; charset=utf-8") -> Copy:
    return Copy(
        source="budget-day",
        name="001.html",
        url="https://news.example/live/budget-day",
        sha256=hashlib.sha256(body).hexdigest(),
        fetched_at=NOON,
        content_type=content_type,
        encoding=encoding,
        body=body,
    )


@pytest.mark.parametrize(
    "kept",
    [
        _copy(PAGE.encode()),
        _copy(gzip.compress(PAGE.encode()), "gzip"),
        _copy(PAGE.encode("latin-1"), content_type="text/html; charset=iso-8859-1"),
    ],
)
async def test_a_copy_is_plain_text_with_its_digest(kept: Copy) -> None:
    """No browser takes the text for a page, and the digest is of the bytes that can be had as they were received."""
    records = MemoryRecords(copies={("budget-day", "001.html"): kept})
    async with serving(records, ROUTES) as client:
        answer = await client.get("/copies/budget-day/001.html")
        assert await answer.text() == PAGE
        received = await client.get("/copies/budget-day/001.html?as=received")
        assert hashlib.sha256(await received.read()).hexdigest() == answer.headers["X-Stetwatch-SHA256"]
    assert answer.content_type == "text/plain"
    assert answer.charset == "utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox;")
    assert answer.headers["X-Stetwatch-Fetched-At"] == "2026-03-02T12:00:00Z"
    assert received.content_type == "application/octet-stream"
    assert received.headers["Content-Disposition"].startswith("attachment;")


async def test_a_copy_that_unfolds_without_end_is_not_shown() -> None:
    """A bomb is refused in words; a header that another server wrote cannot break ours."""
    bomb = gzip.compress(gzip.compress(b"0" * 40_000_000))
    kept = replace(_copy(bomb, "gzip, gzip"), content_type="text/html\r\nSet-Cookie: a=b\u202e")
    records = MemoryRecords(copies={("budget-day", "001.html"): kept})
    async with serving(records, ROUTES) as client:
        refused = await client.get("/copies/budget-day/001.html")
        assert refused.status == 422
        assert "unfolds" in await refused.text()
        received = await client.get("/copies/budget-day/001.html?as=received")
    assert received.status == 200
    assert "Set-Cookie" not in received.headers


@pytest.mark.parametrize(
    "path", ["/posts/pst_none", "/posts/pst_none.json", "/changes/chg_none", "/changes/chg_none/row", "/copies/a/b"]
)
async def test_what_is_not_kept_is_not_found(path: str) -> None:
    """An address of something that is gone says so."""
    async with serving(day(), ROUTES) as client:
        answer = await client.get(path)
        assert answer.status == 404
        assert "not kept any more" in await answer.text()
