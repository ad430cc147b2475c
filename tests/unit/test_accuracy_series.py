"""The generated newsroom: its truth follows the rules of detection, and a seed always makes the same series."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from benchmarks.accuracy import series, writing
from benchmarks.accuracy.newsroom import REST, WINDOW, Habits
from benchmarks.accuracy.series import Copy, Expected, Shown
from benchmarks.accuracy.writing import Kind, Text
from monitor.core import normalize

BLOG = Shown(published=True, modified=True, relative=False, removals=True)
FEED = replace(BLOG, removals=False)


def _series(seed: int = 5, *, clocked: bool = True, habits: Habits | None = None) -> list[Copy]:
    return series.copies(seed, habits or Habits(), clocked=clocked)


def _retold(made: list[Copy], shown: Shown, *views: int) -> list[Expected]:
    """The truth of a series that shows these fresh views, one a copy."""
    fresh = [copy for copy in made if copy.is_fresh]
    return series.truth([replace(fresh[view], number=place) for place, view in enumerate(views)], shown)


def test_a_seed_makes_the_same_series() -> None:
    """Two runs of one seed are equal to the last header; another seed is another series."""
    assert _series(1) == _series(1)
    assert _series(1) != _series(2)


def test_every_type_of_change_happens() -> None:
    """Two series hold all five types, and each expected change has a copy to be told by."""
    found = [one for seed in range(2) for one in series.truth(_series(seed), BLOG)]
    assert {one.type for one in found} == set(series.TYPES)
    assert all(one.happened <= one.first <= one.last for one in found)


def test_the_first_copy_and_its_repeats_say_nothing() -> None:
    """A baseline is silent, and a page that stays as it is has no changes."""
    assert _retold(_series(), BLOG, 0, 0, 0, 0) == []


def test_a_removal_is_due_from_the_second_copy_on() -> None:
    """What is taken off must not be told by the first copy that lacks it."""
    removed = [one for one in series.truth(_series(), BLOG) if one.type == "removed"]
    assert removed
    assert all(one.first > one.happened for one in removed)


def test_a_feed_has_no_removals_and_no_restorals() -> None:
    """Under the rules of feeds the same series holds additions, edits and re-timed posts only."""
    assert {one.type for one in series.truth(_series(), FEED)} == {"added", "edited", "retimed"}


def test_old_posts_that_come_into_view_are_no_additions() -> None:
    """A page that grows at its old end shows older posts: nothing must be told of them."""
    made = [copy for copy in _series() if copy.is_fresh]
    short = replace(made[0], view=replace(made[0].view, stories=made[0].view.stories[:-6]))
    whole = replace(made[0], number=1)
    assert series.truth([short, whole], BLOG) == []


def test_stale_and_failed_copies_hold_no_truth() -> None:
    """No change happens at a copy that must not be believed."""
    for seed in range(6):
        made = _series(seed, clocked=seed % 2 == 0)
        mistaken = {copy.number for copy in made if not copy.is_fresh}
        assert not mistaken & {one.happened for one in series.truth(made, BLOG)}


def test_a_stale_copy_without_a_clock_comes_alone() -> None:
    """Twice the same old copy without a clock would be a page that went back: no detector could know better."""
    for seed in range(30):
        row = [copy.accident for copy in _series(seed, clocked=False)]
        between = 0
        for accident in row:
            between = 0 if accident == "none" else between + (accident == "stale")
            assert between <= 1


def test_clocks_tell_stale_copies_from_fresh_ones() -> None:
    """Copies that say Date and Age are older than one before exactly when they are stale."""
    newest = None
    for copy in _series(3):
        if newest is not None:
            assert (copy.view.at < newest - timedelta(seconds=5)) == (copy.accident == "stale")
        newest = max(newest or copy.view.at, copy.view.at)


def test_a_post_rests_after_every_event() -> None:
    """Between two changes of one post lie copies enough to confirm the first."""
    made = [copy for copy in _series() if copy.is_fresh]
    place = {copy.number: number for number, copy in enumerate(made)}
    told: dict[int, int] = {}
    for one in sorted(series.truth(_series(), BLOG), key=lambda expected: expected.happened):
        if one.type in ("retimed", "removed"):
            assert place[one.happened] - told.get(one.uid, -REST) >= REST
        told[one.uid] = place[one.happened]


def test_the_window_rolls() -> None:
    """A page shows its window of the newest posts, and those it showed first have left it by the end."""
    made = _series(habits=Habits(grows=False))
    assert {len(copy.view.stories) for copy in made} == {WINDOW}
    first, last = ({story.uid for story in copy.view.stories} for copy in (made[0], made[-1]))
    assert not first & last


@pytest.mark.parametrize("kind", [kind for kind, _ in writing.EDITS])
def test_an_edit_changes_the_text(kind: Kind) -> None:
    """Every kind of edit leaves another text, and other words save where only typography is touched."""
    rng = Random(kind)
    done = 0
    while done < 20:
        old = writing.text(rng)
        new = writing.edited(rng, old, kind)
        if new is None:
            continue
        done += 1
        assert new != old
        if kind not in ("typography", "punctuation"):
            assert normalize.loose((new.headline, *new.body)) != normalize.loose((old.headline, *old.body))


def test_a_blank_edit_is_none() -> None:
    """White space and invisible characters are no change of the words."""
    old = Text("A headline", ("One sentence of a post about the sea wall.",))
    new = writing.edited(Random(1), old, "blank")
    assert new is not None
    assert new != old
    assert normalize.exact_print(new.headline, new.body) == normalize.exact_print(old.headline, old.body)


def test_growth_is_more_than_four_fifths() -> None:
    """A grown text has over 1.8 times the letters, and begins as it did."""
    rng = Random(2)
    for _ in range(20):
        old = writing.text(rng)
        new = writing.edited(rng, old, "growth")
        assert new is not None
        assert sum(map(len, new.body)) > 1.8 * sum(map(len, old.body))
        assert new.body[0].startswith(old.body[0])
