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


def test_a_post_without_headline_keeps_its_byline_out() -> None:
    """Below a time, a byline is the author even where no headline stands above it."""
    body = "9 min ago\n\nFrom Coast Radio’s Ann Lee\n\nThe pier is open.\n\n20 min ago\n\nPier shut\n\nRain.\n"
    first, second = page_of(read_copy(body.encode(), TEXT)).posts
    assert (first.headline, first.author, first.body) == ("", "Ann Lee", ("The pier is open.",))
    assert (second.headline, second.author, second.body) == ("Pier shut", None, ("Rain.",))


PRINTED = """
   19:18
   61.

   The second half is under way and both sides look for the winning goal,
   though neither of them has come close to it so far.

   Who wins? Vote and see what others think of the rest of the game, which
   is open.

   Home win
   Draw
   Away win

   - Advertisement -
   bet
   1
   X

   Harbour FC
   2
   :
   1
   Pier United
   19:14
   58.
   2:1 Okafor (header)

   19:03
   46.

   The referee blows the whistle for the second half, and the home side has
   brought on two new forwards for it.

   Kick-off 2nd half

   18:47

   Half time. A fair result for two sides that have hardly wasted any time
   on the ball.
   4 pictures of the game

   TOP NEWS
   1 / 2
"""


def test_boxes_between_printed_posts_belong_to_none() -> None:
    """A poll, its question, an advert, a scoreboard and a gallery's line are in no post, not even a short one."""
    page = page_of(read_copy(PRINTED.encode(), TEXT, fetched_at=datetime(2026, 5, 4, 19, 30, tzinfo=UTC)))
    assert [(post.headline, len(post.body)) for post in page.posts] == [
        ("", 1),
        ("2:1 Okafor (header)", 0),
        ("", 1),
        ("", 1),
    ]
    assert page.posts[0].body[0].endswith("has come close to it so far.")
    assert page.posts[3].body[0].endswith("on the ball.")


def test_a_new_post_changes_no_other() -> None:
    """The print with its newest post taken off gives the same reading of the rest."""
    at = datetime(2026, 5, 4, 19, 30, tzinfo=UTC)
    whole = page_of(read_copy(PRINTED.encode(), TEXT, fetched_at=at)).posts
    rest = PRINTED[PRINTED.index("   Harbour FC") :]
    assert page_of(read_copy(rest.encode(), TEXT, fetched_at=at)).posts == whole[1:]
