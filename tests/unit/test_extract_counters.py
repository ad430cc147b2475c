"""Counters of comments and likes: no part of what a post says."""

from __future__ import annotations

import pytest

from monitor.core.extract.fields import body_of


@pytest.mark.parametrize(
    "line",
    [
        "149 Kommentare",
        "Update 149 Kommentare mit Video",
        "Alert! Update 12 Kommentare",
        "1 comment",
        "1.2k comments",
        "12,345 views",
        "Comments (12)",
        "Commentaires : 4",
        "2 reacties",
    ],
)
def test_a_counter_is_no_paragraph(line: str) -> None:
    """A line that only counts comments or views is dropped, wherever it stands."""
    assert body_of([line, "The roof came down.", line], "Hall") == ("The roof came down.",)


@pytest.mark.parametrize(
    "line", ["12 shares fell in Paris.", "149 Kommentare wurden gelöscht", "12 dead", "Views differ"]
)
def test_a_sentence_with_a_count_stays(line: str) -> None:
    """Only a line that is the counter and nothing else goes."""
    assert body_of([line], "Hall") == (line,)
