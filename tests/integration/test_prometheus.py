"""/metrics as Prometheus meets it: scraped by a real one where it is on PATH, the dashboard and the alerts tried."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
import redis
import redis.asyncio
from prometheus_client.parser import text_string_to_metric_families

from monitor.adapters.valkey.counting import increments
from monitor.adapters.valkey.keys import Keys
from monitor.adapters.valkey.numbers import ValkeyNumbers
from monitor.demo.receiver import served
from monitor.exposition import CONTENT_TYPE
from monitor.metrics import COUNTERS, GAUGES, HISTOGRAMS
from monitor.web.app import build
from monitor.web.numbers_page import ROUTES
from tests.kit.dashboards import FOLDER
from tests.kit.visitors import no_parts
from tests.kit.waiting import wait_for

KEYS = Keys()
NEEDS_PROMETHEUS = pytest.mark.skipif(
    shutil.which("prometheus") is None, reason="no prometheus on PATH: apt-get install prometheus"
)
NEEDS_PROMTOOL = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="no promtool on PATH: apt-get install prometheus"
)


class Desk:
    """Of the source desk only the names are asked for."""

    def names(self) -> Sequence[str]:
        return ["alpha", "beta"]


def seed(store: redis.Redis) -> None:
    """Every counter, gauge and histogram at some number of its own; two sources, one destination."""
    for at, one in enumerate(COUNTERS, 1):
        store.hset(KEYS.key("m", "c"), one.name, at)
        store.hset(KEYS.key("m", "src", "alpha"), one.name, at)
        store.hset(KEYS.key("m", "src", "beta"), one.name, at)
        store.hset(KEYS.key("m", "dst", "desk"), one.name, at)
    for at, one in enumerate(GAUGES, 1):
        store.hset(KEYS.key("m", "g"), one.name, at)
    for one in HISTOGRAMS:
        flat = increments(KEYS, {}, {one.name: [3, 30, 300, 400_000]})
        for key, field, amount in zip(flat[::3], flat[1::3], flat[2::3], strict=True):
            store.hincrbyfloat(key, field, float(amount))
    store.sadd(KEYS.key("destinations"), "desk")
    store.zadd(KEYS.key("m", "worst"), {"alpha": 2500, "beta": 10})


@pytest.fixture
async def metrics_url(valkey: redis.Redis, async_valkey: redis.asyncio.Redis) -> AsyncIterator[str]:
    """The page over a seeded store."""
    seed(valkey)
    numbers: Any = ValkeyNumbers(async_valkey, KEYS)
    parts = no_parts(sources=Desk(), numbers=numbers)
    async with served(build(parts, ROUTES), "127.0.0.1", 0) as port:
        yield f"http://127.0.0.1:{port}/metrics"


async def scrape(url: str, **query: str) -> tuple[dict[tuple[str, frozenset[tuple[str, str]]], float], str, str]:
    """Samples, content type and text of one scrape."""
    async with aiohttp.ClientSession() as session, session.get(url, params=query) as response:
        assert response.status == 200
        text = await response.text()
        samples = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }
        return samples, response.headers["Content-Type"], text


async def test_a_scrape_tells_what_stands_in_the_store(metrics_url: str) -> None:
    """Totals, gauges in base units, histograms, the worst sources and every destination, as Prometheus text 0.0.4."""
    samples, content_type, _ = await scrape(metrics_url)

    assert content_type == CONTENT_TYPE
    assert samples[("stetwatch_polls_total", frozenset())] == 1
    assert samples[("stetwatch_source_behind_seconds", frozenset({("source", "alpha")}))] == 2.5
    assert samples[("stetwatch_source_polls_total", frozenset({("source", "beta")}))] == 1
    assert samples[("stetwatch_e2e_seconds_bucket", frozenset({("le", "0.5")}))] == 3
    assert samples[("stetwatch_e2e_seconds_sum", frozenset())] == pytest.approx(400.333)
    assert ("stetwatch_destination_deliveries_dead_total", frozenset({("destination", "desk")})) in samples


async def test_the_sources_of_a_scrape_are_chosen_by_who_asks(metrics_url: str) -> None:
    """The worst unless told; those that are named; all of them by ``sources=all``."""

    async def sources(**query: str) -> set[str]:
        samples, _, _ = await scrape(metrics_url, **query)
        return {dict(labels)["source"] for name, labels in samples if name == "stetwatch_source_polls_total"}

    assert await sources() == {"alpha", "beta"}
    assert await sources(source="beta") == {"beta"}
    assert await sources(sources="all") == {"alpha", "beta"}
    assert await sources(source="unknown") == set()


@NEEDS_PROMTOOL
async def test_promtool_finds_nothing_to_mend_in_a_scrape(metrics_url: str) -> None:
    """Names, units, HELP and TYPE are as Prometheus' own linter wants them."""
    _, _, text = await scrape(metrics_url)
    checked = await asyncio.to_thread(
        subprocess.run, ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )

    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


# --- a real Prometheus --------------------------------------------------------------------------------------------

CONFIG = """
global: {{ scrape_interval: 200ms, scrape_timeout: 200ms, evaluation_interval: 200ms }}
rule_files: ["{rules}"]
scrape_configs:
  - job_name: stetwatch
    static_configs: [{{ targets: ["{target}"] }}]
"""


@contextlib.asynccontextmanager
async def prometheus(folder: Path, target: str) -> AsyncIterator[str]:
    """The address of a Prometheus that scrapes ours five times a second."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    config = folder / "prometheus.yml"
    config.write_text(CONFIG.format(rules=FOLDER / "alerts.yml", target=target), encoding="utf-8")
    command = [
        "prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}", "--log.level=error",
    ]  # fmt: skip
    process = await asyncio.create_subprocess_exec(*command)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        await process.wait()


async def asked(session: aiohttp.ClientSession, address: str, expression: str) -> list[Any]:
    """The result of an instant query; none while Prometheus is not up."""
    try:
        async with session.get(f"{address}/api/v1/query", params={"query": expression}) as response:
            if response.status == 503:  # it is still starting
                return []
            answer = await response.json()
    except aiohttp.ClientConnectionError:
        return []
    assert answer["status"] == "success", answer
    return cast("list[Any]", answer["data"]["result"])


@NEEDS_PROMETHEUS
@pytest.mark.timeout(60)
async def test_every_query_of_the_dashboard_is_answered_by_a_real_prometheus(
    metrics_url: str, valkey: redis.Redis, tmp_path: Path
) -> None:
    """Each panel's PromQL brings series once numbers have moved between two scrapes; the alert rules load."""
    panels = json.loads((FOLDER / "prometheus.json").read_text(encoding="utf-8"))["panels"]
    queries = [(panel["title"], target["expr"]) for panel in panels for target in panel["targets"]]
    async with (
        prometheus(tmp_path, metrics_url.removeprefix("http://").removesuffix("/metrics")) as address,
        aiohttp.ClientSession() as session,
    ):
        first: Any = functools.partial(asked, session, address, "stetwatch_polls_total")
        before = await wait_for(first, within_s=20, saying="a first scrape")
        assert before[0]["value"][1] == "1"
        seed(valkey)  # histograms grow
        valkey.hincrby(KEYS.key("m", "c"), "polls_total", 41)
        moved: Any = functools.partial(asked, session, address, "increase(stetwatch_polls_total[1m]) > 0")
        await wait_for(moved, within_s=20, saying="a later scrape")
        for title, expression in queries:
            query = expression.replace("$__rate_interval", "1m").replace("$__range", "1m")
            result = await asked(session, address, query)
            assert result, (title, query)
            assert all(float(one["value"][1]) >= 0 for one in result), (title, query)
        async with session.get(f"{address}/api/v1/rules") as response:
            [group] = (await response.json())["data"]["groups"]
    assert len(group["rules"]) >= 13
    assert {rule["health"] for rule in group["rules"]} <= {"ok", "unknown"}


# --- the alerts ---------------------------------------------------------------------------------------------------

CALM: Mapping[str, str] = {
    'stetwatch_build_info{version="1"}': "1x60",
    'stetwatch_role_alive{role="poll"}': "1x60",
    'stetwatch_role_alive{role="work"}': "2x60",
    'stetwatch_role_alive{role="notify"}': "1x60",
    "stetwatch_sources": "10x60",
    "stetwatch_sources_failing": "1x60",
    "stetwatch_sources_stalled": "0x60",
    "stetwatch_due_lag_seconds": "1x60",
    "stetwatch_inbox_age_seconds": "0x60",
    "stetwatch_deliveries_pending": "1x60",
    "stetwatch_delivery_age_seconds": "5x60",
    "stetwatch_deliveries_dead_total": "3x60",
    'stetwatch_destination_deliveries_retried_total{destination="desk"}': "0+1x60",
    'stetwatch_destination_deliveries_delivered_total{destination="desk"}': "0+5x60",
    'stetwatch_e2e_seconds_bucket{le="0.5"}': "0+9x60",
    'stetwatch_e2e_seconds_bucket{le="60"}': "0+9x60",
    'stetwatch_e2e_seconds_bucket{le="+Inf"}': "0+9x60",
    "stetwatch_observations_set_aside_total": "1x60",
    "stetwatch_memory_used_bytes": "100x60",
    "stetwatch_memory_limit_bytes": "1000x60",
}
"""Series of an hour of a healthy installation, a sample a minute."""

TROUBLES: Mapping[str, Mapping[str, str]] = {
    "StetwatchUnseen": {'stetwatch_build_info{version="1"}': "1x5 _x55"},
    "StetwatchRoleStopped": {'stetwatch_role_alive{role="work"}': "2x20 0x40"},
    "StetwatchNotifierStopped": {'stetwatch_role_alive{role="notify"}': "1x20 0x40"},
    "StetwatchSourcesStalled": {"stetwatch_sources_stalled": "0x20 4x40"},
    "StetwatchManySourcesFail": {"stetwatch_sources_failing": "0x20 4x40"},
    "StetwatchPollsLate": {"stetwatch_due_lag_seconds": "0x20 90x40"},
    "StetwatchDetectionLate": {"stetwatch_inbox_age_seconds": "0x20 45x40"},
    "StetwatchDeliveriesLate": {"stetwatch_delivery_age_seconds": "0x20 400x40"},
    "StetwatchDeadLetters": {"stetwatch_deliveries_dead_total": "3x20 5x4 9x36"},
    "StetwatchDestinationFails": {
        'stetwatch_destination_deliveries_delivered_total{destination="desk"}': "50x60",
    },
    "StetwatchEditsReachPeopleLate": {'stetwatch_e2e_seconds_bucket{le="0.5"}': "0x60"},
    "StetwatchObservationsSetAside": {"stetwatch_observations_set_aside_total": "1x20 2x40"},
    "StetwatchStoreNearlyFull": {"stetwatch_memory_used_bytes": "850x60"},
}
"""What differs when each alert is due; the third quarter of the hour is looked at."""


def case(series: Mapping[str, str], firing: str | None) -> dict[str, Any]:
    """A test of promtool's: at minute 32 this alert fires and no other does."""
    alerts = [*TROUBLES]
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": f'count(ALERTS{{alertname="{alert}",alertstate="firing"}}) > 0 or vector(0)',
                "eval_time": "32m",
                "exp_samples": [{"labels": "{}", "value": int(alert == firing)}],
            }
            for alert in alerts
        ],
    }


@NEEDS_PROMTOOL
def test_each_alert_fires_by_its_trouble_and_none_in_calm(tmp_path: Path) -> None:
    """promtool plays an hour of each trouble: its alert fires and no other; in calm none does; every alert is tried."""
    rules = FOLDER / "alerts.yml"
    named = {
        line.partition("alert:")[2].strip()
        for line in rules.read_text(encoding="utf-8").splitlines()
        if "- alert:" in line
    }
    cases = [case(CALM, None), *(case({**CALM, **trouble}, alert) for alert, trouble in TROUBLES.items())]
    played = tmp_path / "played.yml"
    played.write_text(json.dumps({"rule_files": [str(rules)], "evaluation_interval": "1m", "tests": cases}))

    checked = subprocess.run(["promtool", "check", "rules", rules], capture_output=True, text=True, check=False)
    tested = subprocess.run(["promtool", "test", "rules", played], capture_output=True, text=True, check=False)

    assert named == TROUBLES.keys()
    assert checked.returncode == 0, checked.stderr
    assert tested.returncode == 0, tested.stderr
