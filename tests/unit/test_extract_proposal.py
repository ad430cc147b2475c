"""What ``check`` proposes for a page that had to be inferred: a table that reads it the same way."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime

import pytest

from monitor.core.extract import extract, proposal
from monitor.core.extract.proposal import is_readable
from monitor.model import ExtractRules, Page, Snapshot, Source
from tests.kit.copies import PAGES, page_of

AT = datetime(2026, 5, 4, 17, 20, tzinfo=UTC)
SNAPSHOT = Snapshot(name="page.html", url="https://news.example/live", sha256="", fetched_at=AT)


def _source(rules: ExtractRules | None = None) -> Source:
    return Source(
        name="page", url="https://news.example/live", timezone="Europe/Berlin", extract=rules or ExtractRules()
    )


def _proposed(body: bytes, snapshot: Snapshot = SNAPSHOT) -> tuple[Page, str | None]:
    page = page_of(extract(body, snapshot, _source()))
    return page, proposal.of(body, snapshot, _source(), page)


def _rules(table: str) -> ExtractRules:
    return ExtractRules(**tomllib.loads(table)["source"]["extract"])


def test_the_table_reads_what_inference_read() -> None:
    """The proposed table is TOML, uses names a person gave, and gives the same words and times from the same bytes."""
    body = (PAGES / "infer_table.html").read_bytes()
    page, table = _proposed(body)
    assert table is not None
    rules = _rules(table)
    assert rules.posts == "#ereignisse > tbody > tr:has(.uhr)"
    assert (rules.published, rules.headline) == (".uhr", ".kopf")
    read = page_of(extract(body, SNAPSHOT, _source(rules)))
    assert [(post.headline, post.body, post.published) for post in read.posts] == [
        (post.headline, post.body, post.published) for post in page.posts
    ]


def test_ids_authors_and_machine_times_are_mapped() -> None:
    """Where posts carry ids, bylines and datetimes, the table maps them, and the keys are the same."""
    rows = "".join(
        f"<section class='entry' id='e{hour}'><time datetime='2026-05-04T{hour:02}:00:00Z'>{hour}:00</time>"
        f"<h3>The {word} is back</h3><p class='byline'>Ann Lee</p>"
        f"<div class='words'><p>The {word} was seen off the pier.</p><p>It is {hour} metres long.</p></div></section>"
        for hour, word in ((9, "whale"), (8, "seal"), (7, "otter"))
    )
    body = f"<!doctype html><title>Sea</title><main><div id='stream'>{rows}</div></main></html>".encode()
    page, table = _proposed(body)
    assert table is not None
    rules = _rules(table)
    assert (rules.posts, rules.id, rules.published) == ("section.entry", "@id", "time@datetime")
    assert (rules.headline, rules.author, rules.body) == ("h3", ".byline", ".words")
    read = page_of(extract(body, SNAPSHOT, _source(rules)))
    assert [(post.key, post.author) for post in read.posts] == [(post.key, post.author) for post in page.posts]


def _rows(*, above: str = "", labels: dict[int, str] | None = None) -> str:
    rows = [
        f"<div class=x9f>{(labels or {}).get(number, '')}<span class=t7f>{16 - number // 4}:{50 - number}</span>"
        f"<h3>Boat {number} is in</h3><p>Boat number {number} came in with {number + 3} crates of cod at the quay.</p>"
        "</div>"
        for number in range(12)
    ]
    return f"<!doctype html><title>Port</title><main>{above}<div class=feed>{''.join(rows)}</div></main></html>"


def _first(page: str) -> str:
    return page[page.index("<div class=x9f>") : page.index("</div>", page.index("<div class=x9f>")) + 6]


def test_a_table_for_a_page_with_a_pin_reads_its_times() -> None:
    """A label in the element of the time does not take its place: every post keeps the time inference read."""
    body = _rows(labels={0: "<span>Pinned</span>"}).encode()
    page, table = _proposed(body)
    assert table is not None
    read = page_of(extract(body, SNAPSHOT, _source(_rules(table))))
    assert [post.published for post in read.posts] == [post.published for post in page.posts]
    assert None not in [post.published for post in read.posts]


def test_a_copy_in_a_box_of_its_own_does_not_widen_the_table() -> None:
    """The posts' own list is named, and not any div in any div."""
    plain = _rows()
    page, table = _proposed(_rows(above=f"<div class=top>{_first(plain)}</div>").encode())
    assert len(page.posts) == 13
    assert table is not None
    assert _rules(table).posts == "div.feed > div"


def test_a_page_without_names_is_kept_by_where_its_posts_stand() -> None:
    """Where nothing has a name, the way down from the page's main part is proposed, never boxes alone."""
    body = _rows().replace("class=feed", "class=q7")
    _, table = _proposed(body.encode())
    assert table is not None
    assert _rules(table).posts == "main > div > div"


def test_a_post_whose_time_the_table_misses_is_named() -> None:
    """One in ten may differ, and is told; where more do, no table is better."""
    _, table = _proposed(_rows(labels={3: "<span>Featured</span>"}).encode())
    assert table is not None
    assert '; of "Boat 3 is in" another time than inferred\n' in table
    _, table = _proposed(_rows(labels=dict.fromkeys((2, 3), "<span>Featured</span>")).encode())
    assert table is None


def test_no_table_where_none_would_do() -> None:
    """Hashed divs have no names to hold on to, and a flat article no element a post: nothing is proposed."""
    for name in ("infer_divs.html", "infer_flat.html"):
        page, table = _proposed((PAGES / name).read_bytes())
        assert page.rung == "structure"
        assert table is None


def test_a_text_capture_is_kept_by_its_format() -> None:
    """For a page saved as text the format is all there is to say."""
    snapshot = Snapshot(name="page.txt", url="https://news.example/live", sha256="", fetched_at=AT)
    _, table = _proposed((PAGES / "capture.txt").read_bytes(), snapshot)
    assert table is not None
    assert _rules(table) == ExtractRules(format="text")


@pytest.mark.parametrize("name", ["live-post", "ticker_time", "tickerZeit", "entry", "liveblog-body"])
def test_names_a_person_gave(name: str) -> None:
    """Words with vowels, joined the ways style sheets are written."""
    assert is_readable(name)


@pytest.mark.parametrize(
    "name", ["css-1abc", "sc-bdnylx", "c17a", "k3a1", "Box-sc-1fet97o-0-article", "jss42", "x", "ab"]
)
def test_names_a_machine_gave(name: str) -> None:
    """Prefixes of style compilers, digits and crumbs change with the next build."""
    assert not is_readable(name)
