"""What the doctor says of what it was shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.adapters.valkey.overview import SourceRow
from monitor.cli.doctor import of_clock, of_destinations, of_disk, of_roles, of_sources, of_store
from monitor.ports.numbers import Figures
from monitor.ports.standing import Standing

NOW = datetime(2026, 3, 21, 12, 3, 10, tzinfo=UTC)
WELL = Standing(
    looked_at=NOW,
    now=NOW,
    roles={"poll": "alive", "work": "alive"},
    processes={"poll": 1, "work": 2},
    destinations={"desk": "fine"},
)
ROW = SourceRow(
    name="storm", due_in_s=1, waiting=0, failures=0, polls=9, changes=1, last_error="", last_poll_at=""
)  # fmt: skip


def test_an_installation_that_is_well_gets_a_line_a_look() -> None:
    """Nothing to mend: each look says what it saw."""
    found = [
        *of_store((), Figures(gauges={"memory_used_bytes": 2e6})),
        *of_clock(WELL, NOW + timedelta(seconds=1)),
        *of_roles(WELL, ("poll", "work")),
        *of_sources([ROW], Figures(), 0),
        *of_destinations(WELL, Figures()),
    ]

    assert [one.of for one in found] == ["store", "clock", "roles", "sources", "deliveries"]
    assert all(one.fine for one in found)
    assert found[2].found == "poll ×1, work ×2"


def test_every_trouble_is_named_with_its_cure() -> None:
    """A role that stopped, one never seen, a lost process, a failing source, a paused and a failing destination."""
    ill = replace(
        WELL,
        roles={"poll": "stopped since 2026-03-21T12:00:00Z"},
        processes={},
        lost={"poll-vm-7": NOW},
        destinations={"desk": "paused since 2026-03-21T12:00:00Z", "ops": "failing since 2026-03-21T12:00:00Z"},
    )
    failing = replace(ROW, failing=True, last_error="HTTP 503")
    found = [
        *of_roles(ill, ("poll", "notify")),
        *of_sources([failing], Figures(gauges={"sources_stalled": 3}), 2),
        *of_destinations(ill, Figures(gauges={"deliveries_dead": 4})),
    ]
    said = [f"{one.of}: {one.found}. {one.cure}" for one in found]

    assert not any(one.fine for one in found)
    assert said[0].startswith("role poll: stopped since 2026-03-21T12:00:00Z. start `stetwatch poll`")
    assert said[1].startswith("role notify: never seen. start `stetwatch notify`")
    assert said[2].startswith("role poll: process poll-vm-7 fell silent at 12:03:10Z")
    assert said[3].startswith("source storm: failing: HTTP 503. `stetwatch check URL --source storm`")
    assert "resume desk" in said[6]
    assert "test ops" in said[7]
    assert said[8].startswith("deliveries: 4 dead letters.")


def test_a_clock_that_is_off_is_told() -> None:
    """Ahead of the store's or behind it, by more than two seconds."""
    (ahead,) = of_clock(WELL, NOW + timedelta(seconds=90))
    (behind,) = of_clock(WELL, NOW - timedelta(seconds=3))

    assert (ahead.found, behind.fine) == ("this machine's is 90 s ahead of the store's", False)
    assert behind.found == "this machine's is 3 s behind the store's"


def test_a_risk_of_the_store_is_parted_from_its_cure() -> None:
    """What check_server says in a line becomes what was found and what to do."""
    (one,) = of_store(("AOF is off: a restart of the server may lose all state: set appendonly yes",), Figures())

    assert (one.found, one.cure) == ("AOF is off: a restart of the server may lose all state", "set appendonly yes")


def test_many_failing_sources_are_counted() -> None:
    """Five are named, the others counted."""
    rows = [replace(ROW, name=f"s{n}", failing=True, last_error="x") for n in range(12)]

    assert [one.of for one in of_sources(rows, Figures(), 0)][-1] == "sources"
    assert [one.found for one in of_sources(rows, Figures(), 0)][-1] == "7 more are failing"


def test_a_data_directory_that_is_not_there_has_no_room(tmp_path: Path) -> None:
    """It is told like a full disk."""
    (one,) = of_disk(tmp_path / "gone")

    assert one.found.startswith("0.0 GB free")
    assert not one.fine
