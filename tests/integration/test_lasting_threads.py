"""What runs beside a role lives through a fault nobody thought of: the heartbeat, the printing of changes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog

from monitor.adapters.valkey.inbox import Retention, ValkeyInbox
from monitor.adapters.valkey.ledger import Ledger
from monitor.cli import run
from monitor.config import Settings, load_file
from monitor.core.deliver import wire
from monitor.core.deliver.route import routing
from monitor.core.deliver.upkeep import Turn
from monitor.model import Change
from monitor.ports import Written
from monitor.roles.rounds import Heart
from tests.kit.rounds import rounds_of, shown
from tests.kit.snapshots import KEYS, make_change, make_commit, offer, silent_bell
from tests.kit.waiting import wait_for, wait_for_sync


@pytest.fixture
def settings(tmp_path: Path, valkey_url: str) -> Settings:
    """A configuration whose store is the test's server."""
    file = tmp_path / "stetwatch.toml"
    file.write_text(f'data_dir = "{tmp_path}"\n[redis]\nurl = "{valkey_url}"\n')
    return load_file(file)


def test_a_heartbeat_outlives_a_fault(monkeypatch: pytest.MonkeyPatch, valkey: Any) -> None:
    """A beat that fails for a reason of its own is logged, and the next one beats."""
    mine, beats = rounds_of(valkey, "poll"), 0
    beat = mine.beat

    def stumbling(said: Mapping[str, int], *, alive: bool, judging: bool) -> Sequence[Turn]:
        nonlocal beats
        beats += 1
        if beats == 1:
            raise OSError("no host name")
        return beat(said, alive=alive, judging=judging)

    monkeypatch.setattr(mine, "beat", stumbling)
    heart = Heart(mine, "poll", routing((), ()), lambda: datetime.now(UTC), every_s=0.01)

    with structlog.testing.capture_logs() as logged, heart:
        wait_for_sync(lambda: shown(valkey, "roles"))

    assert [(line["event"], line["role"]) for line in logged] == [("no heartbeat", "poll")]


async def commit_change(inbox: ValkeyInbox, async_valkey: Any, number: int, body: bytes | None = None) -> None:
    """Change ``number`` in the log, with its own wire form or with another body."""
    await offer(async_valkey, number, b"page %d" % number)
    [claim] = inbox.claim(1, 30)
    change = make_change(number)
    base = make_commit(1, change)
    written = Written(change=change, body=body or wire.encode(change), destinations=())
    assert inbox.commit(
        claim, type(base)(**{name: getattr(base, name) for name in base.__slots__} | {"changes": [written]})
    )


async def test_a_change_that_cannot_be_printed_hides_no_other(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, valkey: Any, async_valkey: Any
) -> None:
    """`run` without a destination goes on printing after a fault, and says that there was one."""
    printed: list[str] = []

    def stumbling(change: Change, *, as_json: bool) -> None:  # noqa: ARG001
        if not printed:
            printed.append("a fault")
            raise UnicodeEncodeError("ascii", "\u2014", 0, 1, "not printable here")
        printed.append(change.id)

    monkeypatch.setattr(run, "print_change", stumbling)
    inbox = ValkeyInbox(valkey, KEYS, silent_bell, Retention(keep_s=3600, max_changes=1000))
    await commit_change(inbox, async_valkey, 1)
    with structlog.testing.capture_logs() as logged:
        printing = asyncio.create_task(run._print_changes(settings, as_json=False))
        await wait_for(lambda: any(client["name"] == "stetwatch-changes" for client in valkey.client_list()))
        number = 1
        while not printed:
            number += 1
            await commit_change(inbox, async_valkey, number)
            with contextlib.suppress(AssertionError):
                await wait_for(lambda: printed, within_s=0.6)
        await commit_change(inbox, async_valkey, 99)
        await wait_for(lambda: make_change(99).id in printed)
        printing.cancel()

    assert "a change was not printed" in [line["event"] for line in logged]


async def test_a_change_of_another_version_is_passed_over(valkey: Any, async_valkey: Any) -> None:
    """A body in the log that cannot be read costs its own line, with a warning, and no other change."""
    inbox = ValkeyInbox(valkey, KEYS, silent_bell, Retention(keep_s=3600, max_changes=1000))
    for number, body in ((1, None), (2, b'{"type": "post.dreamt"}'), (3, None)):
        await commit_change(inbox, async_valkey, number, body)

    with structlog.testing.capture_logs() as logged:
        read = Ledger(valkey, KEYS).recent(10)

    assert [change.id for change in read] == [make_change(1).id, make_change(3).id]
    assert [(line["event"], line["change"]) for line in logged] == [("a change cannot be read", make_change(2).id)]
