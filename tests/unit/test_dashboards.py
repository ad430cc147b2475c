"""The Grafana dashboards and the alert rules name only what is written, and everything somebody may look for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from monitor import exposition, metrics
from tests.kit.dashboards import DASHBOARDS, FOLDER, ROLLUP, text

NAME = re.compile(r"\bstetwatch_\w+")


def read(name: str) -> Any:
    """A dashboard as it stands in the tree."""
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def targets(dashboard: Any) -> Iterator[Any]:
    """Every query of every panel."""
    for panel in dashboard["panels"]:
        yield from panel["targets"]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_the_dashboards_in_the_tree_are_the_generated_ones(name: str) -> None:
    """``python -m tests.kit.dashboards`` writes them."""
    assert (FOLDER / name).read_text(encoding="utf-8") == text(DASHBOARDS[name]())


@pytest.mark.parametrize("name", DASHBOARDS)
def test_no_panel_lies_over_another(name: str) -> None:
    """Ids are unique, and every panel has its own place within the 24 columns."""
    panels = read(name)["panels"]
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells

    assert [panel["id"] for panel in panels] == list(range(1, len(panels) + 1))


def test_every_name_in_a_query_or_an_alert_is_one_we_expose() -> None:
    """PromQL and alert rules ask for nothing that ``/metrics`` does not have."""
    asked = [target["expr"] for target in targets(read("prometheus.json"))]
    asked.append((FOLDER / "alerts.yml").read_text(encoding="utf-8"))
    names = {name for one in asked for name in NAME.findall(one)}

    assert len(names) > 25
    assert names <= exposition.names()


def test_every_field_a_redis_panel_picks_is_one_that_is_written() -> None:
    """Rollup panels pick fields of a row, the others fields of their hash; the rows are fetched by one panel only."""
    picked = set()
    for panel in read("redis.json")["panels"]:
        [target] = panel["targets"]
        if target.get("panelId") or target["command"] == "xrange":
            assert target.get("panelId", ROLLUP) == ROLLUP == (panel["id"] if "command" in target else ROLLUP)
            known = {"$time", *metrics.rollup_fields()}
        else:
            known = {one.name for one in metrics.TABLE}
        for step in panel["transformations"]:
            names = set(step["options"]["include"].get("names", ()))
            assert names <= known, panel["title"]
            picked |= names

    assert {one.name for one in metrics.GAUGES} <= picked


def test_every_gauge_and_histogram_is_shown_by_prometheus_too() -> None:
    """No gauge or histogram is left for somebody to find by chance."""
    asked = " ".join(target["expr"] for target in targets(read("prometheus.json")))

    shown = {exposition.exposed(one) for one in (*metrics.GAUGES, *metrics.HISTOGRAMS)}
    assert {name for name in shown if not re.search(rf"\b{name}(_bucket)?\b", asked)} == set()
