"""What a text filter looks through of a change: short, folded, the most telling words first."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.deliver.findable import LONGEST, findable, folded
from monitor.model import Change, PageRef
from tests.kit.changes import AFTER, POST, added, changes, edited, failing


def test_an_edit_is_found_by_its_headline_and_what_changed() -> None:
    """Words deleted are found like words inserted, and the text around them after both."""
    assert findable(edited()) == "toll\n14\n17\nat least 17 people were hurt."


def test_a_new_post_is_found_by_its_beginning() -> None:
    """The headline, then the paragraphs, each on a line of its own."""
    post = added(after=replace(AFTER, body=("Police say more.", "It goes on.")))

    assert findable(post) == "toll\npolice say more.\nit goes on."


def test_a_failing_source_and_a_page_are_found_by_their_words() -> None:
    """The reason of the one, title and summary of the other."""
    page = replace(failing(), type="page.edited", reason=None, page=PageRef(title="Budget Day", summary="All of it"))

    assert findable(failing()) == "http 503 three times in a row"
    assert findable(page) == "budget day\nall of it"


def test_a_long_headline_leaves_room_for_what_changed() -> None:
    """A hundred characters of it, then the change."""
    long = edited(post=replace(POST, headline="Word " * 100))

    assert findable(long).splitlines()[1:4] == ["toll", "14", "17"]


def test_text_is_folded_as_people_type_it() -> None:
    """Case, quotes, dashes, white space and hidden characters make no difference; letters and digits do."""
    assert folded(" The\u00a0PM\u2019s \u201cplan\u201d \u2013 STRA\u00dfE\u200b ") == 'the pm\'s "plan" - strasse'
    assert folded("é") == folded("E\u0301") != folded("e")


@given(changes(st.text(max_size=600)))
def test_what_is_kept_is_short_and_can_be_encoded(change: Change) -> None:
    """Whatever a page says: never longer than the log takes, and UTF-8 can hold it."""
    kept = findable(change)

    assert len(kept) <= LONGEST
    assert kept.encode().decode() == kept


@given(changes())
def test_a_post_is_found_by_any_word_of_a_short_headline(change: Change) -> None:
    """What is looked for is folded the same way as what is kept."""
    if change.post is not None:
        assert folded(change.post.headline) in findable(change)
