"""Redlines laid out for a page."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.compare.redline import of_paragraphs
from monitor.web.redlines import Redlined, brief, whole
from monitor.web.saying import weight

words = st.text('ab "<&\u202e\n', max_size=30)
bodies = st.lists(words.filter(str.strip), max_size=5)


def _read(laid: Redlined, sign: str) -> str:
    return "|".join("".join(text for op, text in runs if op in {"=", sign}) for runs in laid.paragraphs)


def test_a_whole_redline_keeps_every_paragraph() -> None:
    """What stayed is there too; a break that only one side has is marked."""
    laid = whole(of_paragraphs(["One stays.", "At least 14 hurt."], ["One stays.", "At least 17 hurt."]), 1_000)
    assert laid.paragraphs == (
        (("=", "One stays."),),
        (("=", "At least "), ("-", "14"), ("+", "17"), ("=", " hurt.")),
    )
    joined = whole((("=", "One."), ("-", "\n\n"), ("=", "Two.")), 1_000)
    assert joined.paragraphs == ((("=", "One."), ("-", " ¶ "), ("=", "Two.")),)


def test_a_brief_redline_leaves_out_what_stayed() -> None:
    """Paragraphs without a change are not in it."""
    old = ["A paragraph that stays as it is.", "At least 14 hurt.", "Another one that stays."]
    laid = brief(of_paragraphs(old, [old[0], "At least 17 hurt.", old[2]]), 400)
    assert laid.paragraphs == ((("=", "At least "), ("-", "14"), ("+", "17"), ("=", " hurt.")),)


def test_a_change_that_cannot_be_seen_is_told() -> None:
    """Inserted zero-width characters are not shown as nothing."""
    assert _read(whole((("=", "a"), ("+", "\u200b"), ("=", "b")), 100), "+") == "a⟦characters that cannot be seen⟧b"


def test_what_there_is_no_room_for_is_counted() -> None:
    """A thousand changes are cut to the room there is, and the rest is counted."""
    runs = tuple(run for n in range(1_000) for run in (("=", " and "), ("-", f"{n}"), ("+", f"{n + 1}")))
    laid = whole(runs, 200)  # type: ignore[arg-type]  # made by a loop
    assert laid.left_out > 1_900
    assert brief(runs, 200).left_out > 1_900  # type: ignore[arg-type]


@given(bodies, bodies, st.integers(30, 400))
def test_a_laid_redline_has_a_weight(old: list[str], new: list[str], budget: int) -> None:
    """Whatever the texts, the HTML of their redline keeps to three bytes a character and one run more."""
    runs = of_paragraphs(old, new)
    for laid in (whole(runs, budget), brief(runs, budget)):
        assert sum(weight(text) + 24 for line in laid.paragraphs for _, text in line) <= 3 * budget + 80
