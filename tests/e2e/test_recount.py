"""The numbers of a real run, recounted from its records, and read as every reader reads them."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from prometheus_client.parser import text_string_to_metric_families

from monitor.adapters.valkey.connect import endpoint, open_sync, read_attachment
from monitor.adapters.valkey.destinations import Destinations
from monitor.adapters.valkey.mutes import Mutes
from monitor.adapters.valkey.numbers import read_numbers
from monitor.adapters.valkey.server import EmbeddedServer
from monitor.exposition import exposed, exposition
from monitor.metrics import (
    COUNTERS,
    DELIVER_DELAY_SUM,
    DETECT_DELAY_SUM,
    GAUGES,
    HISTOGRAMS,
    OBSERVATIONS,
    SHELVES,
    rollup_fields,
)
from monitor.ports.numbers import Figures
from monitor.rollup import row
from tests.kit.cli import running, stetwatch
from tests.kit.dashboards import FOLDER, ROLLUP
from tests.kit.grafana import frame, shown
from tests.kit.installation import DESTINATIONS, KEYS, MUTED, Installation, built, recount
from tests.kit.waiting import wait_for

SOURCES = ("storm", "shaky", "still", "gone")
TIMED = {DELIVER_DELAY_SUM.name, DETECT_DELAY_SUM.name}


def free_port() -> int:
    """A TCP port nobody uses just now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def hash_of(store: redis.Redis, *parts: str) -> dict[str, float]:
    """A hash of the metrics."""
    fields: Any = store.hgetall(KEYS.key("m", *parts))
    return {name.decode(): float(value) for name, value in fields.items()}


def types_told(store: redis.Redis) -> set[str]:
    """The types of the changes in the log."""
    rows: Any = store.xrange(KEYS.key("changes"))
    return {fields[b"type"].decode() for _, fields in rows}


async def run_through(made: Installation, log: Path) -> None:
    """Let it live until everything that its script holds has happened, with an operator at work; then stop it."""
    with EmbeddedServer(made.state), open_sync(endpoint(None, made.state)) as store:
        Mutes(store, KEYS).add("archive", MUTED)
    with running("run", "--config", made.config, log=log):
        await wait_for(lambda: read_attachment(made.state), within_s=20)
        await wait_for(lambda: made.scripts_over, within_s=40, saying="the scripts' end")
        with open_sync(endpoint(None, made.state)) as store:
            wanted = {
                "post.added", "post.edited", "post.retimed", "post.removed", "source.failing", "source.recovered",
                "delivery.dead", "destination.disabled",
            }  # fmt: skip
            await wait_for(lambda: wanted <= types_told(store), within_s=20, saying=f"{types_told(store)} of {wanted}")
            desk = Destinations(store, KEYS)
            await wait_for(lambda: not desk.rows("archive", "pending"), within_s=20)
            assert desk.redeliver("archive", made.archive.ids[0]) == "queued"
            waiting = [one.change_id for one in desk.rows("grave", "pending")]
            assert desk.drop("grave", waiting[0]) == "dropped"
            made.dropped.add(("grave", waiting[0]))
            await wait_for(lambda: not desk.rows("archive", "pending"), within_s=20)


@pytest.mark.timeout(150)
async def test_every_number_equals_a_recount_of_the_records(tmp_path: Path) -> None:
    """After a run with failures, a mute, a redelivery, a drop and a lost destination each counter is what happened,
    in Redis, in Prometheus text, on the command line and on the Grafana dashboard alike.
    """
    port = free_port()
    async with built(tmp_path, port) as made:
        await run_through(made, tmp_path / "log")
        with (
            EmbeddedServer(made.state, listen=f"127.0.0.1:{port}"),
            open_sync(endpoint(None, made.state)) as store,
        ):
            counted = recount(store, made)
            check_counters(store, counted)
            check_timings(store, counted[""])
            check_balance(store)
            figures = read_numbers(store, KEYS, list(made.scripts))
            check_exposition(figures, counted)
            check_rows(store)
            write_row(store, figures)
            check_command(made.config, counted[""])
            check_dashboard(made, port, counted)


def check_counters(store: redis.Redis, counted: dict[str, dict[str, int]]) -> None:
    """Totals, sources and destinations; a counter that is not in the recount is 0, and none has an unknown name."""
    for owner in ("", *(f"src:{name}" for name in SOURCES), *(f"dst:{d}" for d in DESTINATIONS)):
        stored = hash_of(store, "c") if not owner else hash_of(store, *owner.split(":"))
        scope = {"src": "source", "dst": "destination"}.get(owner[:3])
        known = {one.name for one in COUNTERS if scope is None or scope in one.per}
        observed = stored.pop(OBSERVATIONS.name, 0)
        assert stored.keys() <= known
        assert {name: amount for name, amount in stored.items() if amount and name not in TIMED} == counted[owner], (
            owner
        )
        polled = counted[owner].get("snapshots_total", 0) + counted[owner].get("polls_failed_total", 0)
        if owner in {"src:storm", "src:shaky", "src:still"}:  # a state in doubt asks for witnesses too: not theirs
            assert observed == polled
        elif scope != "destination":
            assert polled <= observed <= counted[owner]["polls_total"]


def check_timings(store: redis.Redis, counted: dict[str, int]) -> None:
    """Each histogram has counted what it is about, in buckets that only grow, and its sum is the summed delay."""
    first = counted["deliveries_delivered_total"] - counted["deliveries_redelivered_total"]
    times = {
        "fetch_ms": counted["polls_total"],
        "detect_ms": counted["snapshots_total"],
        "deliver_ms": first,
        "e2e_ms": first,
    }
    assert {one.name for one in HISTOGRAMS} == times.keys()
    for name, amount in times.items():
        fields = hash_of(store, "h", name)
        buckets = [value for field, value in fields.items() if field.startswith("le_") and field != "le_inf"]
        assert fields["count"] == fields["le_inf"] == amount
        assert max(buckets) <= amount
    for total, name in ((DETECT_DELAY_SUM, "detect_ms"), (DELIVER_DELAY_SUM, "deliver_ms")):
        assert hash_of(store, "c")[total.name] == pytest.approx(hash_of(store, "h", name)["sum"], abs=times[name])


def check_balance(store: redis.Redis) -> None:
    """A destination's account: what was queued or asked for again has come to one of its ends, or waits."""
    for name in DESTINATIONS:
        fields = hash_of(store, "dst", name)
        ends = ("delivered", "muted", "dropped", "dead")
        pending = store.hlen(KEYS.key("delivery", name)) - store.zcard(KEYS.key("dead", name))
        begun = fields["deliveries_queued_total"] + fields.get("deliveries_redelivered_total", 0)
        assert begun == pending + sum(fields.get(f"deliveries_{end}_total", 0) for end in ends)


def check_exposition(figures: Figures, counted: dict[str, dict[str, int]]) -> None:
    """Prometheus reads the recounted totals, each source's and each destination's."""
    read = {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(exposition(figures))
        for sample in family.samples
    }
    for one in COUNTERS:
        label = frozenset([one.label] if one.label else [])
        if one.name not in TIMED | {OBSERVATIONS.name}:
            assert read[(exposed(one), label)] == counted[""].get(one.name, 0)
            for scope, kind in (("source", "src"), ("destination", "dst")):
                for owner in [owner for owner in counted if owner.startswith(kind) and scope in one.per]:
                    labels = label | {(scope, owner.partition(":")[2])}
                    assert read[(exposed(one, scope), labels)] == counted[owner].get(one.name, 0)


def check_command(config: Path, counted: dict[str, int]) -> None:
    """``stetwatch metrics`` tells them as a table, as lines and as Prometheus text."""
    lines = [json.loads(line) for line in stetwatch("metrics", "--json", "--config", config).stdout.splitlines()]
    told = {line["name"]: line["value"] for line in lines if line["kind"] == "counter" and len(line) == 3}
    table = stetwatch("metrics", "--source", "shaky", "--config", config)

    assert told.keys() == {one.name for one in COUNTERS}
    assert {name: told[name] for name in counted} == counted
    for name, amount in counted.items():
        assert any(name in line and f" {amount:,} " in line for line in table.stdout.splitlines()), name
    assert "shaky" in table.stdout
    assert "stetwatch_polls_total " in stetwatch("metrics", "--prometheus", "--config", config).stdout


def check_rows(store: redis.Redis) -> None:
    """The run has written a row of every field each ten seconds, numbers all, and every gauge; and no key that the
    documentation does not have.
    """
    rows: Any = store.xrange(KEYS.key("m", "ts", "10s"))
    assert rows
    for _, fields in rows:
        assert [name.decode() for name in fields] == list(rollup_fields())
        assert all(float(value) >= 0 for value in fields.values())
    assert hash_of(store, "g").keys() == {one.name for one in GAUGES}
    shelves = [re.sub(r"<\w+>", r"[^:]+", re.escape(f"stet:{one.key}")) for one in SHELVES]
    written = {key.decode() for key in store.scan_iter(match="stet:m:*", count=1000)}
    assert [key for key in written if not any(re.fullmatch(shelf, key) for shelf in shelves)] == []


def write_row(store: redis.Redis, figures: Figures) -> None:
    """One more row, of the numbers as they stand, as the rounds write one every ten seconds; and a source behind."""
    told: dict[Any, Any] = {name: f"{value:.15g}" for name, value in row(figures, None, 0.0).items()}
    store.xadd(KEYS.key("m", "ts", "10s"), told)
    store.zadd(KEYS.key("m", "worst"), {"shaky": 1500})


def panels() -> Iterator[Any]:
    """Every panel of the Redis dashboard, with the target that fetches for it."""
    every = json.loads((FOLDER / "redis.json").read_text(encoding="utf-8"))["panels"]
    fetching = next(panel for panel in every if panel["id"] == ROLLUP)
    for panel in every:
        [target] = panel["targets"]
        yield panel, fetching["targets"][0] if "panelId" in target else target


def check_dashboard(made: Installation, port: int, counted: dict[str, dict[str, int]]) -> None:
    """Each query, sent as Grafana sends it by the user who sees only metrics, brings what its panel shows; each
    counter among it is as recounted.
    """
    attachment = read_attachment(made.state)
    assert attachment is not None
    variables = {"prefix": "stet:", "source": "storm", "destination": "archive"}
    now_ms, compared = int(time.time() * 1000), set()
    owners = {"m:src:$source": "src:storm", "m:dst:$destination": "dst:archive"}
    with redis.Redis(
        host="127.0.0.1", port=port, username="dashboard", password=attachment.dashboard_password.reveal()
    ) as dashboard:
        for panel, target in panels():
            columns = shown(frame(dashboard, target, variables, now_ms - 60_000, now_ms), panel["transformations"])
            wanted = {name for step in panel["transformations"] for name in step["options"]["include"].get("names", ())}
            assert columns, panel["title"]
            assert wanted <= columns.keys(), panel["title"]
            assert all(isinstance(value, float) for values in columns.values() for value in values), panel["title"]
            owner = owners.get(target["keyName"].removeprefix("${prefix}"), "")
            for name in columns.keys() & counted[""].keys():
                assert columns[name][-1] == counted[owner].get(name, 0), (panel["title"], name)
                compared.add(name)
        for shelf in SHELVES:
            key = (
                shelf.key.replace("<source>", "storm")
                .replace("<destination>", "archive")
                .replace("<histogram>", "fetch_ms")
            )
            if "<" not in key and dashboard.exists(f"stet:{key}"):
                assert dashboard.execute_command(*shelf.command.format(key=f"stet:{key}").split())

    assert {"polls_total", "changes_post_edited_total", "deliveries_delivered_total"} <= compared
