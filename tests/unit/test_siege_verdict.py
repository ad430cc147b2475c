"""The crash suite's own judgement: each kind of failure is seen, and a good run is not blamed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.crash.verdict import Arrival, Verdict, judge

FINAL = {("page-0", "3"): "Edit 3 stands."}


def arrival(sequence: int) -> Arrival:
    """A change of the one post."""
    return Arrival(
        id=f"chg_{sequence}", digest=f"d{sequence}", type="post.edited", source="page-0", post="3", sequence=sequence,
        text=f"Edit {sequence - 1} stands.",
    )  # fmt: skip


TWO, THREE, FOUR = arrival(2), arrival(3), arrival(4)
COMMITTED = ["chg_2", "chg_3", "chg_4"]


def told(verdict: Verdict) -> tuple[int, int, int, int, int]:
    """Lost, skipped, out of order, duplicates, altered."""
    return verdict.lost, verdict.skipped, verdict.out_of_order, verdict.duplicates, verdict.altered


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ([TWO, THREE, FOUR], (0, 0, 0, 0, 0)),
        ([TWO, TWO, THREE, FOUR], (0, 0, 0, 1, 0)),
        ([TWO, THREE, FOUR, THREE], (0, 0, 0, 1, 0)),
        ([TWO, FOUR, THREE], (0, 0, 1, 0, 0)),
        ([TWO, FOUR], (1, 1, 0, 0, 0)),
        ([TWO, THREE], (1, 1, 0, 0, 0)),
        ([TWO, THREE, FOUR, replace(THREE, digest="other")], (0, 0, 0, 1, 1)),
        ([], (3, 1, 0, 0, 0)),
    ],
)
def test_each_failure_is_counted(taken: list[Arrival], expected: tuple[int, int, int, int, int]) -> None:
    """Lost changes, gaps, a missing last word, late first arrivals and second arrivals each show in their figure."""
    verdict = judge(COMMITTED, {"desk": taken}, FINAL)
    assert told(verdict) == expected
    assert verdict.met == (expected == (0, 0, 0, 0, 0))


def test_a_run_without_changes_proves_nothing() -> None:
    """An empty log does not meet the bar."""
    assert not judge([], {"desk": []}, {}).met


def test_few_duplicates_are_allowed() -> None:
    """One second arrival among forty is within the bar, three are not."""
    taken = [arrival(number) for number in range(2, 42)]
    final = {("page-0", "3"): taken[-1].text}
    committed = [one.id for one in taken]
    assert judge(committed, {"desk": [*taken, taken[0]]}, final).met
    assert not judge(committed, {"desk": [*taken, *taken[:3]]}, final).met
