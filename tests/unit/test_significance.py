"""Significance: each edit has one class, with reasons a person can read."""

from __future__ import annotations

import pytest
from hypothesis import given

from monitor.core.compare import redline
from monitor.core.compare.identity import digest
from monitor.core.compare.notices import notice
from monitor.core.compare.significance import SCORES, judge
from monitor.model import Significance, Version
from tests.kit.strategies import paragraphs


def version(headline: str, *body: str, author: str | None = None, media: tuple[str, ...] = ()) -> Version:
    """A version without times."""
    return Version(
        headline=headline,
        body=body,
        author=author,
        published=None,
        modified=None,
        media=media,
        sha256=digest(headline, body, author, media),
    )


def judged(before: Version, after: Version) -> Significance:
    """The significance of an edit, with the fields and redlines tracking would give."""
    fields = [name for name in ("headline", "body", "author", "media") if getattr(before, name) != getattr(after, name)]
    lines = {
        "headline": redline.of_line(before.headline, after.headline),
        "body": redline.of_paragraphs(before.body, after.body),
    }
    return judge(before, after, fields, lines)


QUIET = "Police said on Monday that at least 14 people were hurt when the old roof of the hall came down."

CASES = [
    ("number", QUIET.replace("14", "17"), "14 → 17"),
    ("name", QUIET.replace("Monday", "Tuesday"), "Monday → Tuesday"),
    ("typo", QUIET.replace("people", "poeple"), "people → poeple"),
    ("wording", QUIET.replace("hurt", "badly injured"), "“hurt” → “badly injured”"),
    ("wording", QUIET.replace("old ", ""), "removed “old”"),
    ("punctuation", QUIET.replace("Monday", "Monday,"), "added “,”"),
    ("correction", QUIET + " An earlier version of this post gave another day.", "“an earlier version of this”"),
]


@pytest.mark.parametrize(("name", "text", "reason"), CASES, ids=[case[2] for case in CASES])
def test_an_edit_of_one_kind_has_its_class(name: str, text: str, reason: str) -> None:
    """A single edit of a known kind gets that kind's class and names what changed."""
    found = judged(version("Roof collapse", QUIET), version("Roof collapse", text))
    assert (found.name, found.reasons[0], found.score) == (name, reason, SCORES[name])


def test_a_number_outweighs_the_rewording_around_it() -> None:
    """One edit, one class: the number."""
    text = QUIET.replace("14", "17").replace("came down", "collapsed")
    assert judged(version("", QUIET), version("", text)).name == "number"


def test_another_grouping_of_digits_is_no_other_number() -> None:
    """1,000 and 1000 are the same number."""
    found = judged(version("", "It cost 1,000 pounds in all."), version("", "It cost 1000 pounds in all."))
    assert found.name != "number"


def test_curly_quotes_are_typography() -> None:
    """Quotes and dashes of another shape are the least of edits but white space."""
    found = judged(version("", 'He said "no" - twice.'), version("", "He said “no” – twice."))
    assert found.name == "typography"


def test_a_space_taken_out_is_white_space() -> None:
    """Text that is equal without its white space is a white-space edit."""
    assert judged(version("", "Pizarro ( 41 ) scored."), version("", "Pizarro (41) scored.")).name == "whitespace"


def test_a_reworded_quote_is_a_quote() -> None:
    """What stands between quotation marks is somebody's words."""
    before = version("", "She told us: “We will never ever leave this town”, and left.")
    after = version("", "She told us: “We will perhaps leave this town”, and left.")
    assert judged(before, after).name == "quote"


def test_german_nouns_are_no_names() -> None:
    """Where a quarter of the words inside sentences is capitalised, a capital tells nothing."""
    before = version("", "Im Stadion steht der Stürmer vor dem Tor und wartet auf den Pass.")
    after = version("", "Im Stadion steht der Stürmer vor dem Kasten und wartet auf den Pass.")
    assert judged(before, after).name == "wording"


def test_another_headline_is_a_headline() -> None:
    """A reworded headline over the same text."""
    found = judged(version("Vote delayed", QUIET), version("Vote called off", QUIET))
    assert (found.name, found.reasons) == ("headline", ("“Vote delayed” → “Vote called off”",))


def test_paragraphs_come_and_go() -> None:
    """A paragraph more is an addition, one less a removal, whatever else is kept."""
    assert judged(version("", QUIET), version("", QUIET, "More soon.")).name == "paragraph-added"
    assert judged(version("", QUIET, "More soon."), version("", QUIET)).name == "paragraph-removed"


def test_a_placeholder_filled_in_is_a_rewrite() -> None:
    """Hardly a word is kept and many are new."""
    found = judged(version("", "More to follow shortly."), version("", QUIET))
    assert found.name == "rewrite"


def test_bylines_and_pictures_have_classes_of_their_own() -> None:
    """Author and media edits are told as such."""
    assert judged(version("", QUIET, author="A. Ray"), version("", QUIET, author="B. Low")).name == "author"
    assert judged(version("", QUIET), version("", QUIET, media=("https://cdn.example/1.jpg",))).name == "media"


@pytest.mark.parametrize(
    "text",
    [
        "Correction: the vote is on Tuesday.",
        "Berichtigung: Die Abstimmung ist am Dienstag.",
        "Rectificatif - le vote aura lieu mardi.",
        "Fe de errata: la votación es el martes.",
        "In einer früheren Version hieß es, die Abstimmung sei heute.",
        "訂正:投票は火曜日です。",
    ],
)
def test_correction_notices_are_known_in_several_languages(text: str) -> None:
    """A newsroom's own words for a correction are recognised."""
    assert notice(text) is not None


@pytest.mark.parametrize("text", ["Updated at noon.", "The market correction went on.", "A corrected forecast is due."])
def test_an_update_is_no_correction(text: str) -> None:
    """Being updated, or writing of corrections, announces none."""
    assert notice(text) is None


@given(old=paragraphs, new=paragraphs)
def test_every_edit_has_a_class(old: list[str], new: list[str]) -> None:
    """Whatever is edited, the class is one of the table's, its reasons are few and short."""
    found = judged(version("", *old), version("", *new))
    assert found.score == SCORES[found.name]
    assert len(found.reasons) <= 3
    assert all(len(reason) <= 80 for reason in found.reasons)
