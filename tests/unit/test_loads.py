"""What a poller knows of the hosts it is visiting."""

from __future__ import annotations

import pytest

from monitor.ports import HostLoad
from monitor.roles.load import Loads


def test_a_slow_host_is_known_to_be_slow() -> None:
    """How long a visit takes follows the visits that end, the newest most."""
    loads = Loads()
    for _ in range(21):
        loads.begin("a")
    for _ in range(20):
        loads.end("a", 5.0)

    assert loads.now["a"].visits == 1
    assert loads.now["a"].visit_s == pytest.approx(5.0, abs=0.01)


def test_a_host_that_is_left_is_forgotten() -> None:
    """Memory is bounded by what is under way."""
    loads = Loads()
    loads.begin("a")
    loads.begin("b")

    loads.end("a", 1.0)

    assert loads.now == {"b": HostLoad(visits=1, visit_s=0.2)}
