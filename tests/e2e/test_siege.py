"""The short form of `make crash`: every role and the store killed while receivers fail."""

from __future__ import annotations

import pytest

from benchmarks.crash.siege import Plan, run
from benchmarks.crash.victims import ROLES


@pytest.mark.timeout(150)
async def test_nothing_is_lost_or_out_of_order_when_every_role_and_the_store_are_killed() -> None:
    """Every committed change arrives at three failing receivers, each post's in order, with few duplicates."""
    outcome = await run(Plan(changes=400, kills=6, server_kills=1, sources=20, deadline_s=120))

    assert outcome.finished, outcome.log
    assert {*ROLES, "server"} <= outcome.kills.keys()
    assert outcome.faults.broken
    assert outcome.faults.busy
    assert outcome.faults.silent
    verdict = outcome.verdict
    assert (verdict.lost, verdict.skipped, verdict.out_of_order, verdict.altered) == (0, 0, 0, 0), verdict
    assert verdict.changes >= 400
