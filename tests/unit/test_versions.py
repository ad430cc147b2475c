"""The texts of a post, read back from its changes."""

from __future__ import annotations

from dataclasses import replace

from monitor.core.compare.redline import apply
from monitor.core.versions import between, texts
from monitor.model import Change
from tests.kit.pages import Watch, blog, page, post

STAY = blog(9, 8, 7, 6, 5, 4, 3, 2, 1)


def _life() -> list[Change]:
    """Added, edited, re-timed, edited, removed, restored."""
    watch = Watch()
    watch.see(page(*STAY))
    first = post("k40", "Toll", "At least 14 hurt.", at="11:40")
    second = replace(first, body=("At least 17 hurt.",))
    moved = replace(second, published=post("k", "", at="11:50").published)
    third = replace(moved, body=("At least 17 hurt, two of them seriously.",))
    guard = post("k41", "Guard", "Stays on top.", at="11:55")
    sights = [
        *((guard, one) for one in (first, second, moved, third)), (guard,), (guard,), (guard, third), (guard, third),
    ]  # fmt: skip
    found = [change for posts in sights for change in watch.see(page(*posts, *STAY)).changes]
    return [change for change in found if change.post and change.post.key == "k40"]


def test_every_text_is_numbered_and_dated_by_the_change_that_brought_it() -> None:
    """A re-timed, removed or restored post has no new text by that."""
    life = _life()
    assert [change.type for change in life] == [
        "post.added", "post.edited", "post.retimed", "post.edited", "post.removed", "post.restored",
    ]  # fmt: skip
    found = texts(life)
    assert list(found) == [1, 2, 3]
    assert [text.change_id for text in found.values()] == [life[0].id, life[1].id, life[3].id]
    assert [text.seen_at for text in found.values()] == [life[0].at, life[1].at, life[3].at]
    assert [text.version.body[0] for text in found.values()][1] == "At least 17 hurt."


def test_what_was_there_before_the_first_kept_change_has_no_date() -> None:
    """Of a trimmed history the text before the oldest change is known, but not when it was first seen."""
    found = texts(_life()[3:])
    assert list(found) == [2, 3]
    assert found[2].seen_at is None
    assert found[2].change_id is None
    assert found[2].version.body == ("At least 17 hurt.",)


def test_a_whole_text_takes_the_place_of_a_part() -> None:
    """Where one change was cut for size and its neighbour was not, the neighbour's text counts."""
    added, edited, *_ = _life()
    cut = replace(added, truncated=True, after=replace(added.after, body=("At le…",)) if added.after else None)
    assert not texts([cut])[1].is_whole
    found = texts([cut, edited])[1]
    assert found.is_whole
    assert found.version.body == ("At least 14 hurt.",)
    assert found.seen_at == added.at


def test_any_two_texts_have_a_redline() -> None:
    """The redline from the first to the last text holds both; of two equal ones there is none."""
    found = texts(_life())
    lines = between(found[1], found[3])
    assert list(lines) == ["body"]
    assert apply(lines["body"], "old") == found[1].version.body
    assert apply(lines["body"], "new") == found[3].version.body
    assert between(found[2], found[2]) == {}
