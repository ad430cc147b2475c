"""Extraction over real recordings, when they are at hand beside the project."""

from __future__ import annotations

import gzip
import json
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from monitor.core.extract import extract
from monitor.core.normalize import exact_print
from monitor.model import Extraction, ExtractRules, Page, Snapshot, Source, Unreadable
from tests.kit.copies import RECORDINGS, page_of

pytestmark = pytest.mark.skipif(
    not RECORDINGS.is_dir(), reason="the recordings (../shared/corpus) are not at hand: nothing to extract from"
)


def _recording(name: str) -> Iterator[tuple[str, bytes, Extraction]]:
    """Each snapshot's name, bytes (without recorded response headers) and extraction, in order."""
    folder = RECORDINGS / name
    table = tomllib.loads((folder / "recording.toml").read_text())["source"]
    source = Source(
        name=table["name"],
        url=table["url"],
        timezone=table.get("timezone"),
        extract=ExtractRules(**table.get("extract", {})),
    )
    for path in sorted(folder.glob("[0-9]*.gz")):
        if path.name.endswith(".headers.json.gz"):
            continue
        body = gzip.decompress(path.read_bytes())
        if body.startswith(b"HTTP/"):
            body = body.replace(b"\r\n", b"\n").partition(b"\n\n")[2]
        stamp = datetime.strptime(path.name.split("_")[1][:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        snapshot = Snapshot(name=path.name, url=source.url, sha256="", fetched_at=stamp)
        yield path.name, body, extract(body, snapshot, source)


def _single(path: Path, url: str, at: datetime) -> Page:
    body = path.read_bytes() if path.suffix == ".txt" else gzip.decompress(path.read_bytes())
    snapshot = Snapshot(name=path.name, url=url, sha256="", fetched_at=at)
    return page_of(extract(body, snapshot, Source(name="page", url=url)))


@pytest.mark.parametrize("name", ["ticker-json-a", "ticker-json-b", "ticker-json-b-cdn", "ticker-json-c"])
def test_tickers_give_every_post(name: str) -> None:
    """Each post of the JSON has its id, a time near the recording and a body; an empty file is unreadable."""
    seen = 0
    for snapshot, body, found in _recording(name):
        if not body.strip():
            assert isinstance(found, Unreadable), snapshot
            continue
        page, raw = page_of(found), json.loads(body)
        assert [post.key for post in page.posts] == [entry["id"] for entry in raw], snapshot
        assert page.shape == "blog", snapshot
        assert all(post.published is not None for post in page.posts), snapshot
        assert not any("<" in line or "&nbsp;" in line for post in page.posts for line in post.body), snapshot
        seen += len(page.posts)
    assert seen > 1_000


def test_truth_of_edits_is_in_the_text() -> None:
    """Posts the truth calls edited have another print than before, and no other posts do (one ticker)."""
    truth = {row["file"]: row for row in map(json.loads, _lines("ticker-json-a"))}
    before: dict[str, bytes] = {}
    right = wrong = 0
    for name, _, found in _recording("ticker-json-a"):
        if isinstance(found, Unreadable):
            continue
        now = {post.key: exact_print(post.headline, post.body) for post in found.posts if post.key is not None}
        row = truth.get(name.removesuffix(".gz"))
        if row is not None and before:
            edited = {key for key in now.keys() & before.keys() if now[key] != before[key]}
            expected = set(row.get("edited", []))
            right += len(edited & expected)
            wrong += len(edited ^ expected)
        before = now
    assert right > 10
    assert wrong <= right // 10


def _lines(name: str) -> list[str]:
    return (RECORDINGS / name / "truth.jsonl").read_text().splitlines()


def test_platform_churn_leaves_one_text() -> None:
    """A finished blog fetched for years has the same posts, bodies and times in every copy (one title appears late)."""
    states = {
        tuple((post.key, exact_print("", post.body), post.published) for post in page_of(found).posts)
        for _, _, found in _recording("liveblog-churn-json")
    }
    assert len(states) == 1


def test_lists_and_fan_pages_are_read() -> None:
    """Relative links become addresses, both times are read, and ids are the pages' own."""
    for _, _, found in _recording("headlines-json"):
        page = page_of(found)
        assert len(page.posts) == 30
        assert all(p.published and p.modified and p.headline and p.key for p in page.posts)
        assert all(p.url and p.url.startswith("https://headlines.example/") for p in page.posts)
    sizes = [len(page_of(found).posts) for _, _, found in _recording("fanblog-json")]
    assert min(sizes) > 5


@pytest.mark.parametrize(("name", "least"), [("feed-rss-home", 60), ("feed-rss-edition", 45)])
def test_feeds_are_read(name: str, least: int) -> None:
    """Every copy of a feed gives its items with ids, a build date, and text free of tracking markup."""
    for snapshot, _, found in _recording(name):
        page = page_of(found)
        assert page.shape == "feed"
        assert len(page.posts) >= least, snapshot
        assert page.built_at is not None
        assert all(post.key and post.headline for post in page.posts)
        assert not any("<img" in line or "feedburner" in line for post in page.posts for line in post.body)
        assert not any("feedburner" in url for post in page.posts for url in post.media)


def test_printed_ticker_is_read() -> None:
    """Every print of the ticker page gives its posts in time order, without adverts or scoreboards."""
    for snapshot, _, found in _recording("ticker-text"):
        page = page_of(found)
        assert len(page.posts) >= 30, snapshot
        spans = [post.published for post in page.posts if post.published is not None]
        assert len(spans) == len(page.posts)
        assert all(after.earliest <= before.latest for before, after in pairwise(spans)), snapshot
        assert not any("Anzeige" in line or "ADTECH" in line for post in page.posts for line in post.body), snapshot
        assert len(page.posts[0].body) <= 1, snapshot


def test_the_capture_gives_its_nine_posts() -> None:
    """Headlines, bylines, bodies and ages of the text capture, as a reader sees them."""
    at = datetime(2023, 3, 21, 12, tzinfo=UTC)
    page = _single(RECORDINGS / "capture" / "live-page-2023-03-21.txt", "https://live.example/index.html", at)
    ages = [at - post.published.latest for post in page.posts if post.published is not None]
    assert [age // timedelta(minutes=1) for age in ages] == [1, 36, 45, 32, 142, 82, 132, 341, 159]
    assert all(
        post.published.latest - post.published.earliest == timedelta(minutes=1)
        for post in page.posts
        if post.published is not None
    )
    assert [len(post.body) for post in page.posts] == [10, 4, 7, 8, 9, 9, 9, 5, 8]
    assert [post.author for post in page.posts][:2] == ["Simone McCarthy in Hong Kong", "Hannah Ritchie"]
    assert page.posts[6].author is not None
    assert page.posts[6].author.endswith("Sarah Dean")
    assert page.posts[4].headline == page.title
    assert sum(line.startswith("• ") for line in page.posts[4].body) == 6
    assert not any(line.startswith("Read more") for post in page.posts for line in post.body)
    assert not any("min ago" in line or "Source: " in line for post in page.posts for line in post.body)


def _pages() -> Iterator[tuple[bytes, Snapshot]]:
    """The three single pages, by size: AMP live list, blocks with the page's date on every post, live events."""
    at = datetime(2024, 8, 6, tzinfo=UTC)
    for path in sorted((RECORDINGS / "pages").glob("*.gz"), key=lambda path: len(gzip.decompress(path.read_bytes()))):
        url = "https://page.example/live"
        yield gzip.decompress(path.read_bytes()), Snapshot(name=path.name, url=url, sha256="", fetched_at=at)


def test_single_pages_are_read_by_their_json_ld() -> None:
    """The three pages give all their posts, each with an id and a time; the page's date on every post is no time."""
    pages = [page_of(extract(body, copy, Source(name="page", url=copy.url))) for body, copy in _pages()]
    assert [len(page.posts) for page in pages] == [10, 10, 428]
    for page in pages:
        keys = [post.key for post in page.posts]
        assert None not in keys
        assert len(set(keys)) == len(keys)
        assert page.built_at is not None
        assert all(post.published is not None for post in page.posts)
    blocks = pages[1]
    assert len({post.published for post in blocks.posts}) == 10
    assert sum(post.modified is not None for post in blocks.posts) == 5
    assert [post.pinned for post in blocks.posts].count(True) == 1
    assert sum(bool(post.headline) for post in blocks.posts) == 3
    assert not any("&quot;" in line for post in pages[2].posts for line in post.body)


def test_single_pages_are_read_without_their_json_ld() -> None:
    """The same pages as their DOM shows them: the same ids, in the same order, with times, and no label for text."""
    for (body, copy), (rung, shown) in zip(_pages(), (("amp", 10), ("shape", 10), ("shape", 30)), strict=True):
        source = Source(name="page", url=copy.url)
        whole = page_of(extract(body, copy, source))
        page = page_of(extract(body.replace(b"LiveBlogPosting", b"WebPage"), copy, source))
        assert (page.rung, len(page.posts)) == (rung, shown)
        assert [post.key for post in page.posts] == [post.key for post in whole.posts][:shown]
        assert all(post.published is not None and (post.body or post.media) for post in page.posts)
        assert not any(line.endswith(" ago") or "Advertisement" in line for post in page.posts for line in post.body)


def test_an_unknown_page_is_inferred_and_a_mapping_still_counts() -> None:
    """A ticker of rows without ids is read with no configuration, and as its mapping says with one."""
    _, body, found = next(row for row in _recording("ticker-html") if row[1].strip())
    assert page_of(found).rung == "structure"
    mapped = replace(ExtractRules(), format="css", posts="tr:has(.tickerZeit)", published=".tickerZeit", body="td")
    source = Source(name="ticker", url="https://ticker.example/", timezone="Europe/Berlin", extract=mapped)
    at = datetime(2015, 3, 21, 17, 45, tzinfo=UTC)
    page = extract(body, Snapshot(name="x.html", url=source.url, sha256="", fetched_at=at), source)
    assert page_of(page).rung == "css"


@pytest.mark.parametrize("name", ["fanblog-json", "headlines-json", "liveblog-churn-json", "ticker-json-b"])
def test_documents_are_read_without_their_mapping(name: str) -> None:
    """A JSON document that clearly holds posts gives the ids, times and headlines that its mapping gives."""
    for snapshot, body, found in _recording(name):
        mapped = page_of(found)
        copy = Snapshot(
            name=snapshot, url="https://page.example/", sha256="", fetched_at=datetime(2026, 1, 1, tzinfo=UTC)
        )
        page = page_of(extract(body, copy, Source(name="page", url=copy.url)))
        assert [post.key for post in page.posts] == [post.key for post in mapped.posts], snapshot
        assert [post.headline for post in page.posts] == [post.headline for post in mapped.posts], snapshot
        assert all(post.published is not None for post in page.posts), snapshot
