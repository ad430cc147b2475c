"""The WordPress Liveblog plugin's REST answers."""

from __future__ import annotations

import json

from tests.kit.copies import page_of, read_copy, reason_of


def _entry(key: int | str, at: int, **more: object) -> dict[str, object]:
    return {"id": key, "type": "new", "timestamp": at, "entry_time": at, "content": f"<p>Words of {key}.</p>", **more}


def _answer(*entries: object, **more: object) -> bytes:
    return json.dumps({"entries": list(entries), **more}).encode()


def test_an_edit_carries_the_id_it_replaces() -> None:
    """Of entries with one id the latest counts, whichever comes first; its first time stays."""
    first, edit = (
        _entry(7, 1777885200),
        _entry(7, 1777885200, type="update", timestamp=1777885500, content="<p>New.</p>"),
    )
    for entries in ((first, edit), (edit, first)):
        (post,) = page_of(read_copy(_answer(*entries, pages=1))).posts
        assert (post.key, post.body) == ("7", ("New.",))
        assert post.published is not None
        assert post.modified is not None
        assert (post.modified.earliest - post.published.earliest).total_seconds() == 300


def test_a_deleted_entry_is_left_out_with_what_it_deletes() -> None:
    """A deletion takes its post away, unless a later entry brings it back."""
    gone = {"id": "7", "type": "delete", "timestamp": 1777885300, "content": "", "render": ""}
    page = page_of(read_copy(_answer(_entry("7", 1777885200), gone, _entry("6", 1777885000), pages=1)))
    assert [post.key for post in page.posts] == ["6"]
    assert "1 deleted left out" in page.reasons


def test_an_answer_for_an_interval_is_no_whole_list() -> None:
    """Only an answer that counts its pages can show that a post is gone."""
    assert page_of(read_copy(_answer(_entry(7, 1777885200)))).shape == "feed"
    assert page_of(read_copy(_answer(_entry(7, 1777885200), pages=2))).shape == "blog"


def test_other_documents_with_entries_are_not_taken_for_it() -> None:
    """Entries that are not timed and rendered are no answer of the plugin's; an empty list proves nothing."""
    assert reason_of(read_copy(_answer()))
    assert reason_of(read_copy(_answer({"id": 1, "name": "x"})))
