"""RSS, Atom and JSON Feed."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from monitor.model import ExtractRules
from tests.kit.copies import PAGES, page_of, read_copy, reason_of

FEED = ExtractRules(format="feed")


def test_rss_is_read_with_its_faults() -> None:
    """Bare ampersands and HTML entities are mended; ids, dates, pictures and text come out, trackers do not."""
    page = page_of(read_copy((PAGES / "feed.xml").read_bytes()))
    ferries, shut = page.posts
    assert (page.rung, page.shape, page.title) == ("feed", "feed", "News Example: harbour & docks")
    assert page.built_at == datetime(2026, 5, 4, 9, 40, tzinfo=UTC)
    assert (ferries.key, ferries.url, ferries.headline) == (
        "nx-77",
        "https://news.example/ferries",
        "Ferries & trains run",
    )
    assert (ferries.author, ferries.body) == ("Joel Okafor", ("Ferries run every hour.",))
    assert ferries.media == ("https://img.example/ferry.jpg",)
    assert ferries.published is not None
    assert ferries.published.earliest == datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
    assert (shut.key, shut.url) == ("https://news.example/shut", "https://news.example/shut")
    assert shut.headline == "Bridge shut overnight"
    assert shut.body == ("The bridge is shut.", "Use the tunnel.")


def test_atom_is_read() -> None:
    """Atom's ids, alternate links, both dates and XHTML content are read."""
    page = page_of(read_copy((PAGES / "atom.xml").read_bytes()))
    (post,) = page.posts
    assert page.built_at == datetime(2026, 5, 4, 9, 40, tzinfo=UTC)
    assert (post.key, post.url) == ("tag:news.example,2026:1", "https://news.example/tunnel")
    assert (post.headline, post.author) == ("Tunnel & toll", "Mara Lindqvist")
    assert post.body == ("The toll is waived.", "Until Friday.")
    assert post.published is not None
    assert post.modified is not None
    assert (post.published.earliest.hour, post.modified.earliest.hour) == (8, 9)


def test_json_feed_is_read() -> None:
    """A JSON Feed is known by its version and read without a mapping."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Harbour",
        "items": [
            {
                "id": "1",
                "url": "/a",
                "content_html": "<p>One.</p>",
                "date_published": "2026-05-04T08:00:00Z",
                "authors": [{"name": "Mara Lindqvist"}],
            },
            "odd",
        ],
    }
    page = page_of(read_copy(json.dumps(feed).encode()))
    (post,) = page.posts
    assert (page.shape, post.key, post.url, post.body) == ("feed", "1", "https://news.example/a", ("One.",))
    assert post.author == "Mara Lindqvist"


def test_rss_1_is_read() -> None:
    """RSS 1.0 keeps its items beside the channel, under a namespace of its own."""
    body = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
      xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>T</title></channel>
      <item rdf:about="https://news.example/1"><title>One</title><link>https://news.example/1</link>
      <dc:date>2026-05-04T08:00:00Z</dc:date></item></rdf:RDF>"""
    (post,) = page_of(read_copy(body)).posts
    assert (post.key, post.headline, post.published is not None) == ("https://news.example/1", "One", True)


def test_an_empty_feed_is_a_page_without_posts() -> None:
    """A well-formed feed without items is a legal baseline."""
    assert page_of(read_copy(b"<rss><channel><title>T</title></channel></rss>", FEED)).posts == ()


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b'<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><rss><channel/></rss>', "entities"),
        (b"<rss><channel><item><title>cut", "cut off"),
        (b"<opml><body/></opml>", "<opml>"),
        (b"<html><body>Log in</body></html>", "not RSS"),
        (b'{"items": []}', "JSON Feed"),
        (b"{", "JSON"),
    ],
)
def test_what_is_no_feed_is_unreadable(body: bytes, word: str) -> None:
    """Entity bombs, cut feeds and other documents are told apart, each in its own words."""
    assert word in reason_of(read_copy(body, FEED))


def test_depth_does_not_hurt() -> None:
    """A feed of a hundred thousand nested elements is read or refused, never a crash."""
    nested = b"<a>" * 100_000 + b"</a>" * 100_000
    page = page_of(
        read_copy(b"<rss><channel><item><description>" + nested + b"</description></item></channel></rss>", FEED)
    )
    assert len(page.posts) == 1
