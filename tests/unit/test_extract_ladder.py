"""Which rung is taken, and what is never read as a page."""

from __future__ import annotations

import pytest

from monitor.core.extract import walls
from monitor.model import ExtractRules, Unreadable
from tests.kit.copies import PAGES, page_of, read_copy, reason_of

GOLDEN = PAGES / "golden"

WALLS = {
    "consent": [
        "We and our 812 partners value your privacy. Accept all cookies or manage your choices.",
        "Bevor Sie fortfahren: Wir und unsere Partner brauchen Ihre Einwilligung.",
        "Avant de continuer, nous et nos partenaires vous demandons votre consentement. Tout accepter.",
        "Antes de continuar: nosotros y nuestros socios usamos cookies. Aceptar todo.",
        "Prima di continuare: noi e i nostri partner usiamo i cookie. Accetta tutto.",
        "Voordat je verdergaat: wij en onze partners vragen toestemming.",
    ],
    "challenge": [
        "Checking your browser before accessing news.example.",
        "Please verify you are human by completing the action below.",
        "Ihr Browser wird überprüft.",
        "Vérification de votre navigateur en cours.",
        "Access denied. You do not have permission.",
    ],
    "login": ["Please sign in to read on.", "Bitte melden Sie sich an.", "Connectez-vous pour lire la suite."],
    "error": ["503 Service Temporarily Unavailable", "Seite nicht gefunden", "Too many requests"],
}


@pytest.mark.parametrize(("kind", "words"), [(kind, words) for kind, said in WALLS.items() for words in said])
def test_walls_are_told_as_walls(kind: str, words: str) -> None:
    """A small page that asks for something else than reading is unreadable, and the reason says what it is."""
    reason = reason_of(read_copy(f"<html><body><main><h1>Hello</h1><p>{words}</p></main></body></html>".encode()))
    assert kind in reason
    assert "not the live page" in reason


@pytest.mark.parametrize("words", [words for said in WALLS.values() for words in said])
def test_a_banner_over_the_posts_is_no_wall(words: str) -> None:
    """The same words on a page that shows its posts change nothing."""
    raw = (GOLDEN / "story.html").read_bytes()
    banner = f"<div class=banner><p>{words}</p></div>".encode()
    assert page_of(read_copy(raw.replace(b"<body>", b"<body>" + banner))).posts == page_of(read_copy(raw)).posts


def test_a_wall_is_no_article_and_no_list() -> None:
    """A consent page of long paragraphs is never read as an article, whatever its address."""
    text = "".join(
        f"<p>{words} We process data, and so do they, for as long as it takes.</p>" for words in WALLS["consent"]
    )
    body = f"<html><body><article>{text}</article></body></html>".encode()
    assert "consent" in reason_of(read_copy(body, url="https://news.example/2026/pier"))


@pytest.mark.parametrize(
    "name", ["reach.html", "blocks.html", "story.html", "wordpress.html", "testid.html", "amp-live-list.html"]
)
def test_no_cut_within_the_posts_passes_for_the_page(name: str) -> None:
    """A page cut anywhere between its first and its last post is unreadable: what it lacks was not removed."""
    body = (GOLDEN / name).read_bytes()
    whole = page_of(read_copy(body))
    start, end = body.index(b"<h1"), body.rindex(b"<p>", 0, body.rindex(b"</div>"))
    for cut in range(start + 8, end, 23):
        found = read_copy(body[:cut])
        assert isinstance(found, Unreadable), (cut, found, whole)


@pytest.mark.parametrize(
    "body",
    [
        b"<!doctype html><title>x</title><ul><li>one<li>two</ul>",
        b"<html><body><div><p>text</div></body>",
        b"<HTML><BODY><DIV>x</DIV></BODY></HTML>" + b"<!-- served -->" * 1000,
        b"<div><p>a fragment, never a page",
        b"<html><script>if (a<b) document.write('<div>')</script><div></div>",
        b'{"a": "<html>"',
    ],
)
def test_pages_may_end_as_html_allows(body: bytes) -> None:
    """Left-out end tags, fragments and markup inside scripts are no sign of a cut."""
    assert walls.truncated(body) is None


def test_the_reasons_name_the_rung() -> None:
    """Every rung says in words why it was taken."""
    for path in GOLDEN.glob("*.html"):
        found = read_copy(path.read_bytes())
        assert isinstance(found, Unreadable) or found.reasons, path.name


def test_a_configured_format_is_taken_at_its_word() -> None:
    """A page that another rung would read is unreadable for a source that says otherwise."""
    body = (GOLDEN / "blocks.html").read_bytes()
    for form in ("jsonld", "amp", "json", "feed"):
        assert reason_of(read_copy(body, ExtractRules(format=form)))


def test_a_broken_character_set_does_not_hide_a_shape() -> None:
    """Pages in other encodings than UTF-8 are read by the same rungs."""
    raw = (
        (GOLDEN / "reach.html")
        .read_text(encoding="utf-8")
        .replace("Nobody was hurt", "Niemand wurde verletzt – «glücklich»")
    )
    body = raw.replace("utf-8", "windows-1252").encode("cp1252")
    assert page_of(read_copy(body)).posts[0].body[0] == "Niemand wurde verletzt – «glücklich», police say."
