"""Live pages saved as plain text."""

from __future__ import annotations

from datetime import UTC, datetime

from monitor.model import ExtractRules
from tests.kit.copies import ANCHOR, PAGES, page_of, read_copy, reason_of

TEXT = ExtractRules(format="text")


def test_copied_text_gives_its_posts() -> None:
    """Time lines part the posts; bylines, doubled captions, "Read more" and the source line are told from text."""
    page = page_of(read_copy((PAGES / "capture.txt").read_bytes(), name="page.txt"))
    crack, known, shut = page.posts
    assert page.title == "Harbour bridge closed: what we know so far"
    assert (crack.headline, crack.author) == ("Divers find a crack in the second pier", "Mara Lindqvist")
    assert crack.body == (
        "The barge’s crew on deck on Monday morning at the pier. (Joel Okafor/Coast Radio)",
        "Divers have found a crack 1.5 metres long.",
    )
    assert known.author == "From the newsroom"
    assert known.body == ("• Pier two: cracked, the harbour office says.", "• Ferries: every hour.")
    assert (shut.headline, shut.author, shut.body) == ("Bridge shut", None, ("The bridge is shut.",))
    assert crack.published is not None
    assert (ANCHOR - crack.published.latest).total_seconds() == 240
    assert {post.found_by for post in page.posts} == {"text"}


def test_printed_text_gives_its_posts() -> None:
    """Hard-wrapped prose is joined again; scoreboards and adverts between the posts are in none of them."""
    page = page_of(
        read_copy(
            (PAGES / "printed.txt").read_bytes(),
            TEXT,
            fetched_at=datetime(2026, 5, 4, 19, 30, tzinfo=UTC),
            timezone="Europe/London",
        )
    )
    assert [post.published.earliest.strftime("%H:%M") for post in page.posts if post.published is not None] == [
        "19:18",
        "19:14",
        "19:03",
        "18:47",
    ]
    assert [post.headline for post in page.posts] == ["", "2:1 Okafor (header)", "", ""]
    (line,) = page.posts[0].body
    assert line.startswith("The second half is under way and both sides look for the winning goal, though neither")
    assert all(len(post.body) == 1 for post in page.posts)


def test_text_without_times_is_unreadable() -> None:
    """A text that names no time has no posts to find, and says so."""
    assert "no line of the text is a time" in reason_of(read_copy(b"Just words.\nAnd more.", TEXT))
    assert "nothing below them" in reason_of(read_copy(b"5 min ago\n4 min ago\n", TEXT))


def test_plain_text_is_known_by_type_or_name() -> None:
    """With no format set, text/plain or a .txt name is read as a capture."""
    body = (PAGES / "capture.txt").read_bytes()
    assert page_of(read_copy(body, content_type="text/plain; charset=utf-8")).rung == "text"
    assert page_of(read_copy(body, name="001_20260504T094000Z.txt")).rung == "text"
    assert "configure [source.extract]" in reason_of(read_copy(b"<html><p>5 min ago</p></html>"))
