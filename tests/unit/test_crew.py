"""The crew's decisions that need no process."""

import asyncio
import signal
import threading

import pytest

from monitor.adapters import processes
from monitor.cli.crew import Crew, pause_before_restart


def test_pauses_double_up_to_half_a_minute() -> None:
    """A role that keeps dying is started again after 1, 2, 4, 8, 16, then always 30 seconds."""
    assert [pause_before_restart(n) for n in range(1, 9)] == [1, 2, 4, 8, 16, 30, 30, 30]


@pytest.mark.parametrize(
    ("returncode", "words"), [(0, "exit 0"), (2, "exit 2"), (-signal.SIGKILL, "SIGKILL"), (-63, "signal 63")]
)
def test_an_ending_is_told_in_words(returncode: int, words: str) -> None:
    """Exit codes and signals read as an operator says them."""
    assert processes.ending(returncode) == words


def test_children_are_started_from_the_main_thread_only() -> None:
    """Elsewhere it is refused: the parent-death signal would fire when that thread ends."""
    refused: list[RuntimeError] = []

    def start() -> None:
        for attempt in (lambda: processes.spawn(["true"]), lambda: asyncio.run(Crew({"a": ["true"]}).run())):
            try:
                attempt()
            except RuntimeError as error:
                refused.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()

    assert len(refused) == 2


async def test_a_crew_told_to_stop_before_it_runs_starts_nobody() -> None:
    """A stop that comes early is not lost."""
    crew = Crew({"a": ["a-command-that-is-not-there"]})
    crew.stop()

    assert await crew.run() == 0
    assert crew.pids == {}


def test_a_process_nobody_spawned_is_not_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """``die_with_parent`` leaves a role started by hand alone."""
    monkeypatch.delenv("STETWATCH_PARENT", raising=False)
    before = threading.active_count()

    processes.die_with_parent()

    assert threading.active_count() == before


def test_a_role_whose_parent_has_gone_already_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """``die_with_parent`` finds another parent than the one that spawned it and exits 1."""
    monkeypatch.setenv("STETWATCH_PARENT", "1073741824")

    with pytest.raises(SystemExit) as ended:
        processes.die_with_parent()

    assert ended.value.code == 1
