"""Keywords: whole words and phrases, in any script, in one pass."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.core import normalize
from monitor.core.deliver.keywords import automaton, units

UNITS = st.sampled_from(["a", "b"]) | st.sampled_from(["ab", "7", "é", "海"])
WORDS = st.lists(UNITS, min_size=1, max_size=5).map(" ".join)
TEXTS = st.lists(st.lists(UNITS, max_size=30).map(" ".join), max_size=3)


def found(keyword: str, text: str) -> bool:
    """Whether the text holds the keyword."""
    return automaton([keyword]).first([text]) is not None


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("Trump", "TRUMP’s tariffs"),
        ("trump's", "Trump’s tariffs"),
        ("rate cut", "a rate-cut, then"),
        ("STRASSE", "Königstraße, Straße"),
        ("co-operation", "CO‑OPERATION"),
        ("3.5", "to 3.5%"),
        ("17:19", "at 17:19."),
        ("CPI", "ＣＰＩ"),
        ("cafe\u0301", "CAFÉ"),
        ("地震", "今朝の地震は"),
        ("서울", "서울에서"),
        ("น้ำท่วม", "เกิดน้ำท่วมหนัก"),
        ("AT&T", "at&t's network"),
        ("\U0001d400", "A"),
    ],
)
def test_a_keyword_is_found_whatever_its_case_and_typography(keyword: str, text: str) -> None:
    """Possessives, hyphens, full width and compositions do not hide a word; scripts without spaces need none."""
    assert found(keyword, text)


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("rat", "the rate"),
        ("art", "start"),
        ("14", "14.5 or 140 or 14,000"),
        ("tax", "taxes"),
        ("rate cut", "rate was cut"),
        ("cafe", "café"),
        ("…", "a … b"),
        (".*", "anything"),
        ("a|b", "b"),
        ("snake", "_snakes_"),
    ],
)
def test_a_keyword_is_whole_words_and_no_pattern(keyword: str, text: str) -> None:
    """Parts of words and of numbers are not found, and nothing a person writes is a regular expression."""
    assert not found(keyword, text)


def test_a_phrase_stays_within_a_paragraph() -> None:
    """Words of two texts are no phrase."""
    assert automaton(["rate cut"]).first(["the rate", "cut"]) is None


def _naive(keywords: Sequence[str], texts: Sequence[str]) -> bool:
    """Keywords and texts here are words parted by one space, so that a padded substring is a whole phrase."""
    return any(f" {keyword} " in f" {text} " for keyword in keywords for text in texts)


@example(["a a b"], ["a a a b"])  # back to a shorter beginning, not to none
@example(["a b a c", "b a"], ["a b a b"])  # one keyword within the beginning of another
@given(st.lists(WORDS, max_size=5), TEXTS)
def test_the_automaton_finds_what_a_search_for_each_would_find(keywords: list[str], texts: list[str]) -> None:
    """Law: all keywords at once agree with one padded substring search a keyword and text."""
    told = automaton(keywords).first(texts)
    assert (told is not None) == _naive(keywords, texts)
    assert told is None or _naive([told], texts)


@given(st.text(), st.text(), st.text())
def test_any_text_is_found_in_itself(before: str, keyword: str, after: str) -> None:
    """Law: a keyword with a unit is found in stored text between any two texts that spaces part from it."""
    if list(units(normalize.text(keyword))):
        assert found(keyword, normalize.text(f"{before} {keyword} {after}"))


def test_a_run_of_combining_marks_takes_no_more_than_its_length() -> None:
    """Python normalises such a run in quadratic time, minutes for this one: no run is normalised whole."""
    hostile = "a" + "\u0316\u0301" * 200_000
    assert automaton(["rate cut"]).first([hostile, "a rate cut"]) == "rate cut"


@given(st.text(st.characters(max_codepoint=127)))
def test_the_fast_way_for_ascii_is_the_same_way(text: str) -> None:
    """Law: a text reads alike with a letter of another script behind it, which takes the general way."""
    assert list(units(text)) == list(units(f"{text} é"))[:-1]


def test_many_keywords_over_a_huge_body_take_one_pass() -> None:
    """Each unit leads on once and back at most as often, though thousands of phrases share a long beginning."""
    keywords = automaton([*(f"{'a ' * length}b" for length in range(1, 1_000)), *map(str, range(5_000))])
    looked = 0

    class Counted(dict[str, int]):
        def __contains__(self, unit: object) -> bool:
            nonlocal looked
            looked += 1
            return super().__contains__(unit)

    counting = type(keywords)(tuple(map(Counted, keywords.steps)), keywords.back, keywords.ended)
    text = "a " * 20_000 + "c"
    assert counting.first([text]) is None
    assert looked <= 2 * len(text.split())
