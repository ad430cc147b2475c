"""JSON and HTML read by a source's own mapping."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import ExtractRules
from tests.kit.copies import PAGES, page_of, read_copy, reason_of

JSON = ExtractRules(
    format="json",
    posts="posts",
    id="id",
    headline="title",
    body="parts[].html",
    author="by",
    published="time",
    link="link",
)
CSS = ExtractRules(
    format="css",
    posts="article.post",
    id="@id",
    headline="h2",
    body=".text p, .text li, .text blockquote",
    author=".by",
    published="time",
    modified="footer time@datetime",
    link="a.share",
)


def test_json_is_read_by_its_mapping() -> None:
    """Fields are found below each post; local times, HTML parts and relative links become what they mean."""
    page = page_of(read_copy((PAGES / "posts.json").read_bytes(), JSON, timezone="Europe/Berlin"))
    shut, crack = page.posts
    assert (page.rung, page.shape) == ("json", "blog")
    assert (shut.key, shut.url, shut.author) == ("101", "https://news.example/live#101", "Joel Okafor")
    assert shut.body == ("The bridge is shut.", "Use the tunnel.")
    assert shut.published is not None
    assert shut.published.earliest == datetime(2026, 5, 4, 6, 1, tzinfo=UTC)
    assert shut.published.latest - shut.published.earliest == timedelta(minutes=1) - timedelta(microseconds=1)
    assert crack.published is not None
    assert crack.published.earliest == crack.published.latest
    assert (crack.url, crack.author) == (None, None)


def test_html_is_read_by_its_mapping() -> None:
    """Selectors, attributes, machine times before shown ones; nested matches are read once, scripts never."""
    page = page_of(read_copy((PAGES / "liveblog.html").read_bytes(), CSS, timezone="Europe/London"))
    first, second = page.posts
    assert (page.rung, page.shape, page.title) == ("css", "blog", "Harbour bridge closed: live updates")
    assert (first.key, first.headline, first.author) == (
        "a1b2c3d4",
        "Divers find a crack in the second pier",
        "Mara Lindqvist",
    )
    assert first.url is not None
    assert first.url.endswith("/live/harbour-bridge?page=with:block-a1b2c3d4#block-a1b2c3d4")
    assert first.body == ("Divers have found a crack 1.5 metres long.", "Pier two", "Pier three")
    assert first.published is not None
    assert first.modified is not None
    assert (first.published.kind, first.published.earliest.second) == ("machine", 10)
    assert first.modified.earliest == datetime(2026, 5, 4, 9, 31, tzinfo=UTC)
    assert second.body == ("Ferries will run all day.", "Tickets cost 3.50 euros.")
    assert second.published is not None
    assert (second.published.kind, second.published.earliest.hour) == ("clock", 8)
    assert (second.headline, second.url, second.modified) == ("", None, None)


def test_order_tells_a_blog_from_a_list() -> None:
    """Times that run one way in nine of ten steps make a blog; that turn more often, or are mostly missing, a list."""

    def shape(*times: str | None) -> str:
        body = json.dumps([{"id": n, "time": time} for n, time in enumerate(times)]).encode()
        return page_of(read_copy(body, replace(JSON, posts="[]"))).shape

    assert shape("2026-05-04 08:00", "2026-05-04 08:00", "2026-05-04 09:00:10") == "blog"
    assert shape("2026-05-04", "2026-05-03", "2026-05-03", None) == "blog"
    assert shape("2026-05-04", "2026-05-06", "2026-05-05") == "list"
    assert shape(None, None, "2026-05-05") == "list"
    pinned, falling = "2026-05-04 08:00", [f"2026-05-04 20:{minute}" for minute in range(30, 18, -1)]
    assert shape(pinned, *falling) == "blog"
    assert shape(*falling[:5], pinned, *falling[5:]) == "blog"
    assert shape(pinned, *falling[:8]) == "list"


@pytest.mark.parametrize("body", [b"[]", b" [] ", b"\xef\xbb\xbf[]"])
def test_an_empty_list_is_a_page_without_posts(body: bytes) -> None:
    """A valid empty list under a mapping is a legal baseline, and so is HTML without a match."""
    assert page_of(read_copy(body, replace(JSON, posts="[]"))).posts == ()
    assert page_of(read_copy(b"<html><p>soon</p></html>", CSS)).posts == ()


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"<html>Sign in</html>", "HTML where JSON was expected"),
        (b'{"posts": [', "no valid JSON"),
        (b'{"items": []}', "found nothing"),
        (b'{"posts": {"a": 1}}', "not a list"),
        (b'{"posts": [1, 2]}', "without objects"),
        (b"[" * 100_000, "nests too deep"),
        (b"", "empty"),
        (b"  \n", "empty"),
    ],
)
def test_what_is_not_the_mapped_json_is_unreadable(body: bytes, word: str) -> None:
    """Each way an API can fail to give its list is told in its own words."""
    assert word in reason_of(read_copy(body, JSON))


def test_useless_mappings_are_told() -> None:
    """A missing or wrong expression names itself and says where to correct it."""
    assert "set posts" in reason_of(read_copy(b"[]", ExtractRules(format="json")))
    assert "set posts" in reason_of(read_copy(b"<p>", ExtractRules(format="css")))
    assert "[source.extract]" in reason_of(read_copy(b"[]", replace(JSON, posts="a[")))
    assert "[source.extract]" in reason_of(read_copy(b'{"posts": []}', replace(JSON, headline="a b c(")))
    assert "headline = h2[" in reason_of(read_copy(b"<article class=post>x</article>", replace(CSS, headline="h2[")))
    assert "no HTML" in reason_of(read_copy(b"plain", CSS))


def test_an_expression_that_fails_on_one_post_costs_one_field() -> None:
    """A function applied to the wrong type leaves that field empty; the post stays."""
    body = b'{"posts": [{"id": 1, "title": 5}, {"id": 2, "title": "b"}]}'
    page = page_of(read_copy(body, replace(JSON, headline="join('-', [title])")))
    assert [(p.key, p.headline) for p in page.posts] == [("1", ""), ("2", "b")]


def test_a_control_character_does_not_cost_the_document() -> None:
    """JSON with raw control characters or broken bytes in its strings is read all the same."""
    page = page_of(read_copy(b'{"posts": [{"id": 1, "title": "a\tb\xff"}], "n": "\xc3\xa9\xc3\xa9\xc3\xa9"}', JSON))
    assert page.posts[0].headline == "a b\ufffd"
