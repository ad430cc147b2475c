"""The accuracy gate in its fast form: nothing that detection once could may be lost."""

from __future__ import annotations

import pytest

from benchmarks.accuracy import floors, gate, recordings
from benchmarks.accuracy.gate import Outcome

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    """One fast run of everything that is measured."""
    return gate.run(fast=True)


def test_no_bar_is_below_its_floor(outcome: Outcome) -> None:
    """Every measured value is at least what was pinned; `--update --allow-regression` is the only way down."""
    assert floors.pinned("fast")
    assert [str(one) for one in floors.lowered("fast", outcome.bars)] == []


def test_every_pinned_bar_is_measured(outcome: Outcome) -> None:
    """A bar cannot leave the gate unnoticed: each pinned name is measured, or it is about absent recordings."""
    missing = floors.pinned("fast").keys() - {bar.name for bar in outcome.bars}
    if recordings.CORPUS.is_dir():
        assert missing == set()
    else:
        pytest.skip(f"{recordings.ABSENT}: {len(missing)} of their bars not measured")


def test_floors_belong_to_this_generator() -> None:
    """The floors were pinned on the generator and the recordings as they are now."""
    assert floors.drifted("fast") == []
