"""Redlines: they are complete, they read well, they never cut a number or a word."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.compare import redline
from monitor.core.compare.rebroken import settled
from monitor.core.compare.redline import apply, of_line, of_paragraphs
from monitor.core.compare.tokens import tokens
from tests.kit.strategies import any_paragraphs, paragraphs


@given(old=paragraphs, new=paragraphs)
def test_a_redline_holds_both_texts(old: list[str], new: list[str]) -> None:
    """Applying a redline to its old side gives the old paragraphs, to its new side the new ones."""
    runs = of_paragraphs(old, new)
    if old == new:
        assert runs == ()
    else:
        assert (apply(runs, "old"), apply(runs, "new")) == (tuple(old), tuple(new))


@given(old=any_paragraphs, new=any_paragraphs)
def test_a_redline_holds_texts_of_any_characters(old: list[str], new: list[str]) -> None:
    """The law holds for any text, emoji, controls and right-to-left marks included."""
    runs = of_paragraphs(old, new)
    if old != new:
        assert (apply(runs, "old"), apply(runs, "new")) == (tuple(old), tuple(new))


@given(st.text())
def test_tokens_lose_nothing(text: str) -> None:
    """Tokens joined are the text."""
    assert "".join(tokens(text)) == text


@given(old=paragraphs, new=paragraphs)
def test_runs_are_whole_tokens(old: list[str], new: list[str]) -> None:
    """No run begins or ends inside a number or a word of its side."""
    for side, texts in (("-", old), ("+", new)):
        whole = {token for text in texts for token in tokens(text)} | {"\n\n"}
        for sign, text in of_paragraphs(old, new):
            if sign == side:
                assert set(tokens(text)) <= whole


def test_a_changed_number_is_one_whole_replacement() -> None:
    """A death toll reads 14 → 17, not 1[4 → 7]."""
    assert of_line("At least 14 people died.", "At least 17 people died.") == (
        ("=", "At least "),
        ("-", "14"),
        ("+", "17"),
        ("=", " people died."),
    )


def test_a_number_keeps_its_grouping_and_its_percent_sign() -> None:
    """1,000.50 and 3.5% are one token each."""
    assert tokens("1,000.50 and 3.5%.") == ["1,000.50", " ", "and", " ", "3.5%", "."]


def test_an_inserted_sentence_is_inserted_at_a_sentence_boundary() -> None:
    """The insertion is the sentence and its space, not the tail of one sentence and the head of the next."""
    assert of_line("The cat sat. The dog ran.", "The cat sat. The cow flew. The dog ran.") == (
        ("=", "The cat sat. "),
        ("+", "The cow flew. "),
        ("=", "The dog ran."),
    )


def test_a_shredded_sentence_is_one_replacement() -> None:
    """Where hardly a word is kept, one replacement reads better than many."""
    runs = of_line(
        "The minister of finance will speak at noon in the old hall.",
        "Of all people the chancellor cancelled his noon speech, the office confirmed.",
    )
    assert [sign for sign, _ in runs] == ["-", "+", "="]


def test_one_letter_of_chinese_is_a_token() -> None:
    """Scripts without spaces are compared letter by letter."""
    assert of_line("東京で地震", "東京で大地震") == (("=", "東京で"), ("+", "大"), ("=", "地震"))


def test_an_added_paragraph_stands_alone_between_partings() -> None:
    """Paragraphs are aligned first; a new one is one run."""
    old = ("The chamber is full.", "Members wait for the speaker to begin.")
    new = ("The chamber is full.", "Rain falls.", "Members wait for the speaker to begin.")
    assert of_paragraphs(old, new) == (
        ("=", "The chamber is full."),
        ("=", "\n\n"),
        ("+", "Rain falls."),
        ("=", "\n\n"),
        ("=", "Members wait for the speaker to begin."),
    )


JURY = "A jury found the former treasurer guilty of stealing from the pensioners' fund."
COURT = "Our correspondent adds that more details are expected later in the day from the court."


@pytest.mark.parametrize("joint", [" ", "", "\n"])
def test_a_split_paragraph_shows_only_the_words_that_changed(joint: str) -> None:
    """One line becomes two paragraphs: the break is an insertion of its own, and the redline holds both texts."""
    old, new = (JURY + joint + COURT,), (JURY.replace("guilty", "not guilty"), COURT)
    runs = of_paragraphs(old, new)
    assert [run for run in runs if run[0] != "="] == [
        ("+", "not "),
        *([("-", joint)] if joint else []),
        ("+", "\n\n"),
    ]
    assert (apply(runs, "old"), apply(runs, "new")) == (old, new)


def test_joined_paragraphs_show_only_the_words_that_changed() -> None:
    """Two paragraphs become one: the break is deleted, a space inserted, and the edited word is what else differs."""
    old, new = (JURY, COURT), (JURY.replace("guilty", "not guilty") + " " + COURT,)
    runs = of_paragraphs(old, new)
    assert [run for run in runs if run[0] != "="] == [("+", "not "), ("-", "\n\n"), ("+", " ")]
    assert (apply(runs, "old"), apply(runs, "new")) == (old, new)


def test_a_reader_sees_a_break_for_a_space_as_a_break() -> None:
    """On a screen neither the space nor the break is an edit: between the paragraphs stands their parting."""
    runs = of_paragraphs((f"{JURY} {COURT}",), (JURY, COURT.replace("later", "early")))
    assert list(settled(runs))[:2] == [("=", JURY), redline.PARTING]


def test_a_break_that_moved_hides_no_edit() -> None:
    """As many paragraphs as before, the middle sentence in the other one: nothing but its word is told."""
    last = "Rail services between the two cities remain suspended while engineers inspect the bridge."
    old, new = (f"{JURY} {COURT}", last), (JURY, f"{COURT.replace('later', 'early')} {last}")
    changed = [text for sign, text in of_paragraphs(old, new) if sign != "=" and text.strip()]
    assert changed == ["later", "early"]


def test_an_unlike_paragraph_is_not_joined_with_its_neighbour() -> None:
    """A new paragraph that shares a few small words with what the one above it lost stands alone."""
    rain = "The rain went on in the valley and the river rose."
    runs = of_paragraphs((f"{JURY} The day was long.", COURT), (JURY, rain, COURT))
    assert ("+", rain) in runs


@given(texts=st.lists(st.lists(st.sampled_from(tokens(JURY)[::2]), min_size=1, max_size=6), max_size=6), seed=st.data())
def test_breaks_anywhere_keep_the_law(texts: list[list[str]], seed: st.DataObject) -> None:
    """Paragraphs joined at random, with a word changed: applied, the redline still gives both texts."""
    old = [" ".join(words) for words in texts]
    words = [word for part in texts for word in part]
    if words:
        words[seed.draw(st.integers(0, len(words) - 1))] = "other"
    cut = seed.draw(st.integers(0, len(words)))
    new = [" ".join(part) for part in (words[:cut], words[cut:]) if part]
    runs = of_paragraphs(old, new)
    if old != new:
        assert (apply(runs, "old"), apply(runs, "new")) == (tuple(old), tuple(new))


def test_a_very_long_rewrite_is_still_compared() -> None:
    """A gap of many paragraphs falls back to pairing from the top and keeps the law."""
    old = [f"paragraph {n} of the old text" for n in range(60)]
    new = [f"line {n} in another text altogether" for n in range(60)]
    runs = of_paragraphs(old, new)
    assert (apply(runs, "old"), apply(runs, "new")) == (tuple(old), tuple(new))
    assert len(old) * len(new) > redline.MAX_PAIRINGS


def test_a_very_long_text_with_a_word_changed_in_each_paragraph_costs_no_table() -> None:
    """8,000 paragraphs: each is compared with the one in its place, in linear time (quadratic, this took 18 s)."""
    old = [f"This is {n} paragraph" for n in range(8_000)]
    new = [f"This is A{n} paragraph" for n in range(8_000)]
    began = time.process_time()
    runs = of_paragraphs(old, new)
    assert time.process_time() - began < 3
    assert (apply(runs, "old"), apply(runs, "new")) == (tuple(old), tuple(new))
    assert runs[:4] == (("=", "This is "), ("-", "0"), ("+", "A0"), ("=", " paragraph"))


def test_a_long_text_with_every_second_word_replaced_is_one_replacement() -> None:
    """20,000 words: islands melt into one change in linear time (quadratic, this took minutes)."""
    old = " ".join(f"word{number}" for number in range(20_000))
    new = " ".join(f"word{number}" if number % 2 else f"other{number}" for number in range(20_000))
    assert len(of_paragraphs([old], [new])) <= 3


def test_a_placeholder_that_was_filled_in_keeps_its_words() -> None:
    """However long the rest, the first words are shown as they are, not deleted and inserted again."""
    rest = " Crews came from all over the county to search the rubble, and nobody is thought to be missing by now."
    assert of_paragraphs(["Roof comes down."], ["Roof comes down." + rest]) == (("=", "Roof comes down."), ("+", rest))
    cut = of_paragraphs(["Roof comes down, police say." + rest], ["Roof comes down."])
    assert cut[0] == ("=", "Roof comes down")


def test_a_word_that_two_paragraphs_begin_with_is_no_placeholder() -> None:
    """One word is a coincidence."""
    rest = "The crews came from all over the county to search the rubble, and nobody is thought to be missing by now."
    assert of_paragraphs(["The"], [rest])[0] == ("-", "The")


def test_a_figure_alone_in_its_paragraph_is_replaced() -> None:
    """A number with its unit is another number, not one paragraph gone and one come."""
    old, new = ("DISTANCE", "2,53km", "all figures"), ("DISTANCE", "2,61km", "all figures")
    assert of_paragraphs(old, new)[2:4] == (("-", "2,53km"), ("+", "2,61km"))


def test_a_very_long_rewritten_paragraph_is_one_replacement(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between equal ends too much differs to be compared in time; applied, the redline still gives both texts."""
    monkeypatch.setattr(redline, "MAX_TOKENS", 40)
    old = "It began. " + " ".join(f"old{n} and" for n in range(60)) + " It is over."
    new = "It began. " + " ".join(f"new{n} and" for n in range(60)) + " It is over."
    lines = redline.of_line(old, new)
    assert [sign for sign, _ in lines] == ["=", "-", "+", "="]
    assert redline.apply(lines, "old") == (old,)
    assert redline.apply(lines, "new") == (new,)
