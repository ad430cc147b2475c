"""Pages nobody described: the repeated structure is found, and every post is read by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Final, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.extract import dom, infer
from monitor.core.extract.infer_lines import boxes, is_byline, is_minute, is_name
from monitor.model import Page, Post, Snapshot, Source, Unreadable
from tests.kit.copies import ANCHOR, PAGES, page_of, read_copy

Layout = Literal["table", "divs", "article", "flat", "paragraphs", "days"]
LAYOUTS: Final[tuple[Layout, ...]] = ("table", "divs", "article", "flat", "paragraphs", "days")
WORDS: Final = [
    "harbour",
    "bridge",
    "ferry",
    "crew",
    "council",
    "storm",
    "repair",
    "tide",
    "pier",
    "lamp",
    "north",
    "quay",
    "rope",
    "early",
    "late",
    "water",
]


@dataclass(frozen=True)
class Entry:
    """A post of a made-up page: minutes before 09:00, a headline or "", paragraphs, an advert after it."""

    minute: int
    headline: str
    body: tuple[str, ...]
    advert: bool = False


def _clock(entry: Entry) -> str:
    hour, minute = divmod(540 - entry.minute, 60)
    return f"{hour:02}:{minute:02}"


def _row(entry: Entry, layout: Layout) -> str:
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in entry.body)
    match layout:
        case "table":
            head = f"<b>{entry.headline}</b>" if entry.headline else ""
            advert = "<tr class=x><td colspan=2><script>var a=1</script><i>Buy a boat now</i></td></tr>"
            row = f"<tr><td><div>{_clock(entry)}</div><div>16.</div></td><td>{head}{paragraphs}</td></tr>"
        case "divs":
            head = f"<div class=h7f>{entry.headline}</div>" if entry.headline else ""
            body = "".join(f"<div>{escape(line)}</div>" for line in entry.body)
            advert = "<div class=q1><div>Buy a boat now, while they last and the sun shines</div></div>"
            row = f"<div class=r8a><div class=t3>{_clock(entry)}</div>{head}<div class=b2>{body}</div></div>"
        case "article" | "days":
            head = f"<h3>{entry.headline}</h3>" if entry.headline else ""
            advert = "<article><p>Buy a boat now, while they last and the sun shines</p></article>"
            time = f"<time datetime='2026-05-04T{_clock(entry)}:00Z'>{_clock(entry)}</time>"
            row = f"<article><header>{time}{head}</header>{paragraphs}</article>"
        case "flat":
            advert = "<div class=x>Buy a boat now</div>"
            row = f"<h3>{_clock(entry)}</h3>{paragraphs}"
        case _:
            advert = "<div class=x>Buy a boat now</div>"
            first, *rest = entry.body
            more = "".join(f"<p>{escape(line)}</p>" for line in rest)
            row = f"<p><strong>{_clock(entry)}:</strong> {escape(first)}</p>{more}"
    return row + (advert if entry.advert else "")


def _page(entries: list[Entry], layout: Layout) -> bytes:
    rows = [_row(entry, layout) for entry in entries]
    match layout:
        case "table":
            main = f"<table><tbody>{''.join(rows)}</tbody></table>"
        case "days":
            half = (len(rows) + 1) // 2
            parts = [part for part in (rows[:half], rows[half:]) if part]
            main = "".join(f"<section><h2>A day</h2><div>{''.join(part)}</div></section>" for part in parts)
        case _:
            main = f"<div class=list>{''.join(rows)}</div>"
    menu = "".join(f"<li><a href=/{word}>{word}</a></li>" for word in WORDS)
    return (
        f"<!doctype html><title>Live</title><nav><ul>{menu}</ul></nav><main>{main}</main><footer>2026</footer>".encode()
    )


def _read(body: bytes) -> Page | Unreadable:
    tree = dom.parse_page(body)
    assert tree is not None
    snapshot = Snapshot(name="1.html", url="https://news.example/live", sha256="", fetched_at=ANCHOR)
    return infer.read(tree, snapshot, Source(name="live", url="https://news.example/live"))


def _posts(entries: list[Entry], layout: Layout) -> tuple[Post, ...]:
    return page_of(_read(_page(entries, layout))).posts


SENTENCES = st.lists(st.sampled_from(WORDS), min_size=6, max_size=14).map(lambda words: f"The {' '.join(words)}.")
ENTRIES = st.builds(
    Entry,
    minute=st.integers(0, 400),
    headline=st.just("") | st.lists(st.sampled_from(WORDS), min_size=2, max_size=5).map(lambda w: " ".join(w).title()),
    body=st.lists(SENTENCES, min_size=1, max_size=3, unique=True).map(tuple),
    advert=st.booleans(),
)
PAGES_OF = st.lists(ENTRIES, min_size=4, max_size=12, unique_by=lambda entry: entry.minute).map(
    lambda entries: sorted(entries, key=lambda entry: entry.minute)
)


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=25, deadline=None)
@given(entries=PAGES_OF)
def test_posts_are_read_as_written(layout: Layout, entries: list[Entry]) -> None:
    """Every post of an unknown page is found once, in order, with its clock, headline and paragraphs and no more."""
    titled = layout in ("table", "divs", "article", "days")
    found = _posts(entries, layout)
    assert [post.body for post in found] == [entry.body for entry in entries]
    assert [post.headline for post in found] == [entry.headline if titled else "" for entry in entries]
    assert [f"{post.published.earliest:%H:%M}" for post in found if post.published] == [_clock(e) for e in entries]


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=25, deadline=None)
@given(entries=PAGES_OF, place=st.integers(0, 11), advert=st.integers(0, 11))
def test_a_neighbour_never_changes_how_a_post_is_read(
    layout: Layout, entries: list[Entry], place: int, advert: int
) -> None:
    """One post more or an advert more or less on the page gives the same reading of all the others."""
    place, advert = place % len(entries), advert % len(entries)
    flipped = [
        Entry(entry.minute, entry.headline, entry.body, entry.advert is (number != advert))
        for number, entry in enumerate(entries)
    ]
    whole = _posts(entries, layout)
    without = _posts([entry for number, entry in enumerate(flipped) if number != place], layout)
    assert without == (*whole[:place], *whole[place + 1 :])


def test_table_rows_with_adverts_between() -> None:
    """A ticker in ISO-8859-1: clock times in the source's zone, minutes left out, scores and polls passed over."""
    page = page_of(
        read_copy(
            (PAGES / "infer_table.html").read_bytes(),
            timezone="Europe/Berlin",
            fetched_at=datetime(2026, 5, 4, 17, 20, tzinfo=UTC),
        )
    )
    assert page.rung == "structure"
    assert page.shape == "blog"
    assert [post.published.earliest.strftime("%H:%M") for post in page.posts if post.published] == [
        "17:12",
        "17:08",
        "17:01",
        "16:40",
    ]
    assert [post.headline for post in page.posts] == ["", "1:0 für Rödvik: Önder Sjöberg", "", ""]
    assert page.posts[1].body == ("Sjöberg köpft eine Ecke von rechts ins lange Eck.",)
    assert "4 × tr in table#ereignisse tbody" in page.reasons[0]
    assert "7 siblings" in page.reasons[1]


def test_hashed_divs_beside_comments_and_key_events() -> None:
    """Divs with hashed classes: the posts are taken, not the longer comments, the key events or the most-read list."""
    page = page_of(read_copy((PAGES / "infer_divs.html").read_bytes()))
    assert [post.key for post in page.posts] == ["u4", "u3", "u2", "u1"]
    assert [post.headline for post in page.posts] == [
        "",
        "Tug reaches the ferry",
        "Who is on board",
        "Ferry runs aground",
    ]
    assert page.posts[1].author == "Ada Bergqvist"
    assert page.posts[1].body == ("The tug Hercules has made fast at the stern.",)
    assert page.posts[2].body == ("Most passengers are day trippers, the ferry line says.",)
    assert {post.published.kind for post in page.posts if post.published} == {"relative"}


def test_headings_and_the_paragraphs_below_them() -> None:
    """Times in headings of one flat article: a post is the heading and what follows, the advert between left out."""
    page = page_of(read_copy((PAGES / "infer_flat.html").read_bytes(), fetched_at=datetime(2026, 5, 4, 12, tzinfo=UTC)))
    assert [post.body for post in page.posts] == [
        ("The vote is postponed to Thursday.", "Two members asked for more time to read the engineer's report."),
        ("The engineer says the second pier must be built anew.", "Cost: 14 million crowns", "Time: two years"),
        ("The chair opens the meeting; the gallery is full.",),
    ]


def test_one_machine_time_on_every_post_is_the_pages() -> None:
    """Where one datetime stands on all posts, the times people read are believed."""
    rows = "".join(
        f"<li><time datetime='2026-05-04T09:00:00Z'>{hour:02}:15</time>"
        f"<p>The {word} has been seen off the pier.</p></li>"
        for hour, word in ((9, "whale"), (8, "seal"), (7, "otter"))
    )
    page = page_of(_read(f"<title>Sea</title><ul>{rows}</ul>".encode()))
    assert [post.published.earliest.hour for post in page.posts if post.published] == [9, 8, 7]
    assert any("taken for the page's" in reason for reason in page.reasons)


def test_a_revision_time_is_the_modified_time() -> None:
    """A time beside the first that says "Updated" is when the post was modified."""
    rows = "".join(
        f"<div><p><time>{hour:02}:15</time> <span>Updated {hour:02}:20</span></p>"
        f"<p>The {word} has come home again.</p></div>"
        for hour, word in ((8, "whale"), (7, "seal"), (6, "otter"))
    )
    page = page_of(_read(f"<title>Sea</title><main>{rows}</main>".encode()))
    assert [
        (p.published.earliest.minute, p.modified.earliest.minute) for p in page.posts if p.published and p.modified
    ] == [(15, 20)] * 3
    assert page.posts[0].body == ("The whale has come home again.",)


def test_a_list_of_linked_headlines_is_a_list() -> None:
    """Teasers with times are read, as an edited list from which nothing is ever removed."""
    rows = "".join(
        f"<li><a href='/story/{hour}'><time datetime='2026-05-04T{hour:02}:00:00Z'>{hour}:00</time>"
        f"<h3>The {word} has been seen off the old pier</h3></a></li>"
        for hour, word in ((9, "whale"), (8, "seal"), (7, "otter"), (6, "gull"))
    )
    page = page_of(_read(f"<title>Sea</title><ul>{rows}</ul>".encode()))
    assert page.shape == "list"
    assert page.posts[0].url == "https://news.example/story/9"


def _undated(words: list[str]) -> bytes:
    rows = [
        f"<div class=r><div class=m></div><div class=h>The {word}</div><div class=b><div>The {word} has been seen off "
        f"the pier again, and the crew of the ferry says it will stay.</div></div></div>"
        for word in words
    ]
    rows.insert(3, "<div class=q><div>Buy a boat now, while they last and the sun shines over the bay</div></div>")
    menu = "".join(f"<li><a href=/{word}>{word}</a></li>" for word in WORDS)
    return f"<!doctype html><title>Sea: live</title><nav><ul>{menu}</ul></nav><main>{''.join(rows)}</main>".encode()


def test_a_page_without_times_is_read_by_its_build() -> None:
    """Where no post shows a time, the run of siblings built alike that fills the page is taken, adverts left out."""
    page = page_of(_read(_undated(WORDS)))
    assert [post.headline for post in page.posts] == [f"The {word}" for word in WORDS]
    assert all(post.published is None and len(post.body) == 1 for post in page.posts)
    assert page_of(_read(_undated(WORDS[1:]))).posts == page.posts[1:]
    assert isinstance(_read(_undated(WORDS[:4])), Unreadable)


def test_times_alone_are_no_posts() -> None:
    """A timetable, a menu and an article beside a few dated teasers hold no posts, and the reason says so."""
    timetable = "".join(f"<tr><td>{hour:02}:15</td><td>Pier {hour}</td></tr>" for hour in range(5, 20))
    assert isinstance(_read(f"<title>Ferry</title><table>{timetable}</table>".encode()), Unreadable)
    story = "".join(
        f"<p>The {word} was there, and nobody in the harbour had seen it come or go.</p>" * 4 for word in WORDS
    )
    teasers = "".join(f"<li>{hour}:00 <a href=/{hour}>Seal seen at pier {hour}</a></li>" for hour in (7, 8, 9))
    found = _read(f"<title>Sea</title><article>{story}</article><aside><ul>{teasers}</ul></aside>".encode())
    assert isinstance(found, Unreadable)
    assert "configure [source.extract]" in found.reason


def test_lines_that_are_no_text() -> None:
    """Minutes of play, bylines and names are told from sentences; polls, boards and adverts from prose."""
    assert all(map(is_minute, ("16.", "45.+2", "90'", "90.+2", "7 min")))
    assert not any(map(is_minute, ("16", "2015", "16. Mai", "1:0")))
    assert is_byline("From Coast Radio’s Ann Lee, Bo Ek and Cy Park")
    assert not is_byline("From Monday trains will run again")
    assert is_name("Antony Clements-Thrower")
    assert not is_name("KEY EVENT")
    poll = [["Prose here, as long as it takes."], ["Who wins? Vote now."], ["Win A", "Draw", "Win B"]]
    assert boxes(poll) == {1, 2}
    assert boxes([["- Anzeige -", "bet"], ["FC A", "1", ":", "0", "FC B"], ["Text."]]) == {0, 1}
