"""Text as stored, and its two normal forms."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.normalize import exact, exact_print, loose, loose_print, text, unescape

ANYTHING = st.text(st.characters(exclude_categories=()), max_size=60)


@given(ANYTHING)
def test_stored_text_is_stable(raw: str) -> None:
    """Tidying tidied text changes nothing, for any string there is."""
    assert text(text(raw)) == text(raw)


@given(ANYTHING)
def test_stored_text_can_be_kept_anywhere(raw: str) -> None:
    """Stored text encodes, is NFC, and holds no control, bidi or zero-width character but the joiners."""
    kept = text(raw)
    kept.encode()
    assert unicodedata.is_normalized("NFC", kept)
    assert not [c for c in kept if unicodedata.category(c) in {"Cc", "Cs"} or c in "\u200b\u2060\ufeff\u202e\u00ad"]
    assert kept == kept.strip()
    assert "  " not in kept


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("  two\u00a0 words\r\n", "two words"),
        ("e\u0301te\u0301", "été"),
        ("so\u00adft \u200bzero\ufeff", "soft zero"),
        ("\u202eevil\u202c", "evil"),
        ("می\u200cروم", "می\u200cروم"),
        ("👩\u200d🚒", "👩\u200d🚒"),
        ("bell\x07\x00", "bell"),
        ("lone \ud800", "lone \ufffd"),
        ("10² and ½ ™", "10² and ½ ™"),
    ],
)
def test_stored_text_keeps_what_readers_see(raw: str, kept: str) -> None:
    """White space and invisible characters fold; letters, facts and joiners stay."""
    assert text(raw) == kept


def test_entities_resolve_twice_at_most() -> None:
    """Text escaped once or twice comes out plain, text escaped three times keeps its last layer."""
    assert unescape("Meghan&#39;s &amp;quot;day&amp;quot;") == 'Meghan\'s "day"'
    assert unescape("&amp;amp;amp;") == "&amp;"
    assert unescape("AT&T &notathing; &#" + "9" * 5000 + ";").startswith("AT&T &notathing; &#999")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Taiwan's “quote” – it…", "taiwan’s 'quote' - it..."),
        ("U.S. troops", "US troops"),
        ("Hello , world!", "hello, World"),
        ("caf\ufffd s", "caf s"),
        ("ﬁne", "fine"),
        ("a\u200db", "ab"),
    ],
)
def test_loose_form_folds_typography(one: str, other: str) -> None:
    """Quotes, dashes, case, punctuation, ligatures and broken characters do not count."""
    assert loose(one) == loose(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("3.5 %", "35 %"), ("1,000", "1000"), ("-5 degrees", "5 degrees"), ("10²", "102"), ("$5", "5"), ("12:30", "1230")],
)
def test_loose_form_never_folds_numbers(one: str, other: str) -> None:
    """A number that means something else stays another number."""
    assert loose(one) != loose(other)


def test_prints_tell_paragraphs_exactly_and_words_loosely() -> None:
    """A paragraph break moved shows in the exact print only, a word in both, invisible characters in neither."""
    assert exact_print("A", ["one two"]) != exact_print("A", ["one", "two"])
    assert loose_print("A", ["one two"]) == loose_print("A", ["one", "two"])
    assert exact_print("A", ["one\u00a0two\u200b"]) == exact_print("A", ["one two"])
    assert loose_print("A", ["one"]) != loose_print("A", ["won"])
    assert exact_print("A", ["b"]) != exact_print("", ["A", "b"])
    assert len(exact_print("", [])) == 16
    assert exact(["a ", " b"]) == "a\nb"


@given(ANYTHING, st.lists(ANYTHING, max_size=4))
def test_prints_take_anything(headline: str, body: list[str]) -> None:
    """No string makes a print fail, and equal exact prints mean equal loose prints."""
    tidied = [text(part) for part in body]
    assert exact_print(headline, body) == exact_print(text(headline), tidied)
    assert loose_print(headline, body) == loose_print(text(headline), tidied)
