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


MARKS = st.sampled_from(
    "\u0301\u0316\u0327\u0344\u0345\u034f\u05b0\u0f71\u0f73\u0f75\u0f81\u3099\uff9e\u1faf\u1edb\u200d —"
)


@given(st.lists(st.tuples(MARKS, st.integers(1, 40)), max_size=8))
def test_no_letter_carries_more_marks_than_a_stream_may(runs: list[tuple[str, int]]) -> None:
    """Decomposed, stored text has 30 marks in a row at most (UAX #15, Stream-Safe), and is stable nevertheless."""
    kept = text("a" + "".join(mark * count for mark, count in runs))
    row = longest = 0
    for character in unicodedata.normalize("NFKD", kept):
        row = row + 1 if unicodedata.combining(character) else 0
        longest = max(longest, row)
    assert longest <= 30
    assert text(kept) == kept


@pytest.mark.parametrize("mark", ["\u0301\u0316", "\u0f73", "\uff9e\u0327", "\u0344\u0316"])
def test_endless_marks_cost_no_more_than_letters(mark: str) -> None:
    """A letter under 400,000 marks is cut to what a reader can see; to sort them all would take minutes."""
    assert len(loose("The news is a" + mark * (400_000 // len(mark)) + "b")) < 80


@pytest.mark.parametrize(
    "raw",
    [
        "Tie\u0302\u0301ng Vi\u1ec7t",
        "\u05d1\u05b0\u05bc\u05e8\u05b5\u05d0\u05e9\u05b4\u05c1\u0596\u05d9\u05ea",
        "\u0643\u064e\u062a\u064e\u0628\u064e \u0627\u0644\u0631\u0651\u064e\u062c\u064f\u0644\u064f",
        "ཨོཾ་མ་ཎི་པདྨེ་ཧཱུྃ",
        "क्षेत्रों में बाढ़ की स्थिति",
        "z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324\u031e\u0349\u035a\u032f\u031e\u0320\u034da",
        "Sport 🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥",
        "━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ ﾀﾞﾞﾞﾞﾞ",
    ],
)
def test_real_text_keeps_every_mark(raw: str) -> None:
    """Accents, points, vowel signs, stacked letters and rows of pictures are text: nothing of them goes."""
    assert text(raw) == unicodedata.normalize("NFC", raw)


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
