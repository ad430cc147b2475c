"""Page text in a page of ours: harmless, visible, and no larger than there is room for."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.web.saying import cut, cut_text, outward, said, weight

any_text = st.text(
    st.characters() | st.sampled_from("\u202e\u2066\u200b\u200d\u200f\x00\x85\u2028\ufeff\U000e0041\ud800")
)


REORDERING = {"RLE", "LRE", "RLO", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI"}
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@given(any_text)
def test_nothing_said_can_control_or_reorder(text: str) -> None:
    """No control character but line ends and tabs, no surrogate and no bidirectional control is left."""
    left = {c for c in said(text) if c not in "\n\t"}
    assert not [c for c in left if unicodedata.category(c) in {"Cc", "Cs"}]
    assert not [c for c in left if unicodedata.bidirectional(c) in REORDERING]


@given(any_text)
def test_what_was_said_is_said_again_alike(text: str) -> None:
    """Made harmless twice is made harmless once."""
    assert said(said(text)) == said(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb", "a⟦U+202E⟧b"),
        ("a\u202e\u202e\u202eb", "a⟦U+202E×3⟧b"),
        ("pass\u200bword\ufeff\u00ad", "password"),
        ("in\u200dvisible", "invisible"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d⚖️", "👩\u200d⚖️"),
        (ENGLAND, ENGLAND),
        ("a\U000e0041b", "a⟦U+E0041⟧b"),
        ("one\r\ntwo\u2028three", "one\ntwo\nthree"),
        ("\ud800", "\ufffd"),
        ("\x1b[31m", "⟦U+001B⟧[31m"),
    ],
)  # fmt: skip
def test_tricks_are_shown_or_left_out(text: str, shown: str) -> None:
    """What reorders or controls is shown by its number, what only hides is gone, what letters need stays."""
    assert said(text) == shown


@given(any_text, st.integers(1, 300))
def test_a_cut_text_has_a_length_and_a_weight(text: str, most: int) -> None:
    """A cut text keeps to its characters, and to three bytes for each of them in HTML."""
    for made in (cut(text, most), cut_text(text, most)):
        assert len(made) <= most
        assert weight(made) <= 3 * most + 3


def test_a_megabyte_is_not_read_for_a_line() -> None:
    """A megabyte of quotation marks becomes a line with an ellipsis."""
    assert cut('"' * 1_000_000, 100).endswith("…")
    assert cut("\u200b" * 1_000_000, 100) == ""


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "https://a@b.example/", "//x", "", None, "https://x.example/\u202e"],
)
def test_only_plain_web_addresses_are_links(url: str | None) -> None:
    """What is not http or https, or misleads about its host, stays text."""
    assert outward(url) == ""
