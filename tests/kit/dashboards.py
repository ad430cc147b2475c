"""The Grafana dashboards, panel by panel; ``python -m tests.kit.dashboards`` writes them, a test compares.

Two data sources, one look: the Redis plugin does no arithmetic, so its plots show rollup rows, fetched once by the
first plot and shared by the others; Prometheus computes rates and quantiles itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "config/grafana"
ROLLUP = 1
"""The panel that fetches the rollup rows the others show."""

Panel = dict[str, Any]
RED_ABOVE_0 = [{"color": "green", "value": None}, {"color": "red", "value": 1}]
RED_BELOW_1 = [{"color": "red", "value": None}, {"color": "green", "value": 1}]
PLAIN = [{"color": "blue", "value": None}]


def _panel(title: str, kind: str, source: Mapping[str, str], targets: Sequence[Panel], **more: Any) -> Panel:
    unit, steps, width = more.pop("unit", "short"), more.pop("steps", PLAIN), more.pop("width", 12)
    custom = {"lineWidth": 1, "fillOpacity": 8, "showPoints": "never"} if kind == "timeseries" else {}
    defaults = {"unit": unit, "thresholds": {"mode": "absolute", "steps": steps}, "custom": custom}
    return {
        "title": title,
        "type": kind,
        "datasource": dict(source),
        "targets": [{"datasource": dict(source), "refId": chr(65 + at), **one} for at, one in enumerate(targets)],
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "gridPos": {"w": width, "h": 4 if kind == "stat" else 8},
        **more,
    }


def _placed(panels: Sequence[Panel]) -> list[Panel]:
    """Left to right, then down; a panel's number is its place."""
    x = y = height = 0
    for number, panel in enumerate(panels, 1):
        place = panel["gridPos"]
        if x + place["w"] > 24:
            x, y, height = 0, y + height, 0
        panel["id"], panel["gridPos"] = number, {**place, "x": x, "y": y}
        x, height = x + place["w"], max(height, place["h"])
    return list(panels)


def _dashboard(uid: str, title: str, about: str, variables: Sequence[Panel], panels: Sequence[Panel]) -> Panel:
    return {
        "uid": uid,
        "title": title,
        "description": about,
        "tags": ["stetwatch"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "timezone": "",
        "templating": {"list": list(variables)},
        "annotations": {"list": []},
        "panels": _placed(panels),
    }


def _choice(name: str, plugin: str) -> Panel:
    return {"name": name, "label": "Data source", "type": "datasource", "query": plugin, "current": {}, "hide": 0}


def _typed(name: str, value: str) -> Panel:
    current = {"text": value, "value": value}
    return {"name": name, "label": name, "type": "textbox", "query": value, "current": current, "hide": 0}


# --- Redis --------------------------------------------------------------------------------------------------------

REDIS = {"type": "redis-datasource", "uid": "${redis}"}
_SHARED = {"type": "datasource", "uid": "-- Dashboard --"}


def _read(command: str, key: str, **more: str) -> Panel:
    """A target of the plugin's; an ``xrange`` without ends takes the dashboard's time range."""
    return {"type": "command", "command": command, "keyName": "${prefix}" + key, "query": "", **more}


def _only(*fields: str, time: bool = False, pattern: str = "") -> list[Panel]:
    wanted: Panel = {"pattern": pattern} if pattern else {"names": [*(["$time"] if time else []), *fields]}
    return [{"id": "filterFieldsByName", "options": {"include": wanted}}]


def _numbers(title: str, key: str, *fields: str, **more: Any) -> Panel:
    options = {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "/.*/", "values": False},
        "textMode": "value_and_name",
    }
    return _panel(
        title, "stat", REDIS, [_read("hgetall", key)], transformations=_only(*fields), options=options, **more
    )


def _row_fields(title: str, *fields: str, unit: str = "short", first: bool = False) -> Panel:
    """Fields of the rollup rows over time."""
    source, target = (REDIS, _read("xrange", "m:ts:10s")) if first else (_SHARED, {"panelId": ROLLUP})
    return _panel(title, "timeseries", source, [target], transformations=_only(*fields, time=True), unit=unit)


def _bars(title: str, target: Panel, pattern: str = "", **more: Any) -> Panel:
    options = {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "/.*/", "values": False},
        "orientation": "horizontal",
        "displayMode": "basic",
    }
    chosen = _only(pattern=pattern) if pattern else []
    return _panel(title, "bargauge", REDIS, [target], transformations=chosen, options=options, **more)


def redis_dashboard() -> Panel:
    """Over the Redis data source, as the read-only user ``dashboard``."""
    panels = [
        _row_fields("Visits a second", "polls_per_s", "polls_failed_per_s", unit="reqps", first=True),
        _row_fields(
            "Changes and deliveries a second", "changes_per_s", "deliveries_delivered_per_s", "deliveries_retried_per_s"
        ),
        _numbers(
            "Processes",
            "m:g",
            "role_poll_alive",
            "role_work_alive",
            "role_notify_alive",
            "role_web_alive",
            steps=RED_BELOW_1,
        ),
        _numbers("Sources in trouble", "m:g", "sources_failing", "sources_stalled", steps=RED_ABOVE_0),
        _numbers("Sources", "m:g", "sources", "sources_paused", "sources_due"),
        _numbers("Deliveries in trouble", "m:g", "deliveries_dead", "destinations_held", steps=RED_ABOVE_0),
        _row_fields("A fetch takes", "fetch_ms_p50", "fetch_ms_p95", unit="ms"),
        _row_fields("From fetch to commit", "detect_ms_p50", "detect_ms_p95", unit="ms"),
        _row_fields("From commit to acknowledgement", "deliver_ms_p50", "deliver_ms_p95", unit="ms"),
        _row_fields("From fetch to acknowledgement", "e2e_ms_p50", "e2e_ms_p95", unit="ms"),
        _row_fields(
            "The longest wait: sources, copies, deliveries", "due_lag_ms", "inbox_age_ms", "delivery_age_ms", unit="ms"
        ),
        _row_fields("Waiting", "sources_due", "inbox_ready", "deliveries_pending", "rq_queued"),
        _row_fields("Sources in trouble, over time", "sources_failing", "sources_stalled", "sources_paused"),
        _row_fields("Bytes fetched a second", "poll_bytes_per_s", unit="Bps"),
        _row_fields("Memory of the store", "memory_used_bytes", "memory_limit_bytes", unit="bytes"),
        _row_fields("Readers of the event stream", "sse_clients"),
        _bars("Furthest behind (highest last)", _read("zrange", "m:worst", min="-20", max="-1"), unit="ms"),
        _bars("Changes since the installation began", _read("hgetall", "m:c"), pattern="^changes_.*_total$"),
        _bars(
            "Source $source", _read("hgetall", "m:src:$source"), pattern="^(polls|changes|observations|snapshots)_.*"
        ),
        _bars(
            "Destination $destination",
            _read("hgetall", "m:dst:$destination"),
            pattern="^(deliveries|breakers|changes)_.*",
        ),
    ]
    about = "Stetwatch, read from Redis or Valkey with stock commands. docs/operations.md says what each field means."
    variables = [
        _choice("redis", "redis-datasource"),
        _typed("prefix", "stet:"),
        _typed("source", ""),
        _typed("destination", ""),
    ]
    return _dashboard("stetwatch-redis", "Stetwatch (Redis)", about, variables, panels)


# --- Prometheus ---------------------------------------------------------------------------------------------------

PROMETHEUS = {"type": "prometheus", "uid": "${prometheus}"}


def _query(expression: str, legend: str = "", *, instant: bool = False) -> Panel:
    return {"expr": expression, "legendFormat": legend or "__auto", "instant": instant, "range": not instant}


def _stat(title: str, *queries: Panel, **more: Any) -> Panel:
    options = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "textMode": "value_and_name"}
    return _panel(title, "stat", PROMETHEUS, queries, options=options, **more)


def _plot(title: str, *queries: Panel, **more: Any) -> Panel:
    return _panel(title, "timeseries", PROMETHEUS, queries, **more)


def _rate(name: str, legend: str, by: str = "") -> Panel:
    rate = f"rate(stetwatch_{name}[$__rate_interval])"
    return _query(f"sum by ({by}) ({rate})" if by else f"sum({rate})", legend)


def _gauge(name: str, legend: str = "") -> Panel:
    return _query(f"max(stetwatch_{name})", legend or name.replace("_", " "))


def _quantiles(title: str, name: str) -> Panel:
    buckets = f"sum by (le) (rate(stetwatch_{name}_bucket[$__rate_interval]))"
    told = [
        _query(f"histogram_quantile({share}, {buckets})", legend) for share, legend in ((0.5, "p50"), (0.95, "p95"))
    ]
    return _plot(title, *told, unit="s")


def prometheus_dashboard() -> Panel:
    """Over Prometheus, which scrapes ``/metrics``."""
    role = _query("max by (role) (stetwatch_role_alive)", "{{role}}")
    increase = "sum by (type) (increase(stetwatch_changes_total[$__range]))"
    heat = _query("sum by (le) (increase(stetwatch_e2e_seconds_bucket[$__rate_interval]))", "{{le}}")
    panels = [
        _stat("Processes", role, steps=RED_BELOW_1),
        _stat("Sources in trouble", _gauge("sources_failing"), _gauge("sources_stalled"), steps=RED_ABOVE_0),
        _stat("Sources", _gauge("sources"), _gauge("sources_paused"), _gauge("sources_due")),
        _stat("Deliveries in trouble", _gauge("deliveries_dead"), _gauge("destinations_held"), steps=RED_ABOVE_0),
        _plot(
            "Visits a second",
            _rate("polls_total", "visits"),
            _rate("polls_failed_total", "failed"),
            _rate("polls_not_modified_total", "304"),
            _rate("polls_same_body_total", "same bytes"),
            unit="reqps",
        ),
        _plot("Changes a second", _rate("changes_total", "{{type}}", by="type")),
        _quantiles("A fetch takes", "fetch_seconds"),
        _quantiles("From fetch to commit", "detect_seconds"),
        _quantiles("From commit to acknowledgement", "deliver_seconds"),
        _quantiles("From fetch to acknowledgement", "e2e_seconds"),
        _panel(
            "From fetch to acknowledgement, every delivery",
            "heatmap",
            PROMETHEUS,
            [{**heat, "format": "heatmap"}],
            unit="s",
            options={"calculate": False, "yAxis": {"unit": "s"}},
        ),
        _plot(
            "The longest wait: sources, copies, deliveries",
            _gauge("due_lag_seconds", "sources"),
            _gauge("inbox_age_seconds", "copies"),
            _gauge("delivery_age_seconds", "deliveries"),
            unit="s",
        ),
        _plot(
            "Waiting", _gauge("sources_due"), _gauge("inbox_ready"), _gauge("deliveries_pending"), _gauge("rq_queued")
        ),
        _plot(
            "Deliveries a second",
            _rate("deliveries_delivered_total", "delivered"),
            _rate("deliveries_retried_total", "retried"),
            _rate("deliveries_dead_total", "given up"),
        ),
        _plot(
            "Delivered a second, by destination",
            _rate("destination_deliveries_delivered_total", "{{destination}}", by="destination"),
        ),
        _plot(
            "Retried a second, by destination",
            _rate("destination_deliveries_retried_total", "{{destination}}", by="destination"),
        ),
        _plot("Furthest behind", _query("topk(10, stetwatch_source_behind_seconds)", "{{source}}"), unit="s"),
        _plot("Visits a second of the worst sources", _rate("source_polls_total", "{{source}}", by="source")),
        _panel(
            "Changes in this time",
            "bargauge",
            PROMETHEUS,
            [_query(increase, "{{type}}", instant=True)],
            options={"orientation": "horizontal", "displayMode": "basic"},
        ),
        _plot("Bytes fetched a second", _rate("poll_bytes_total", "bytes"), unit="Bps"),
        _plot(
            "Memory of the store",
            _gauge("memory_used_bytes", "used"),
            _gauge("memory_limit_bytes", "limit"),
            unit="bytes",
        ),
        _plot("Readers of the event stream", _gauge("sse_clients")),
    ]
    for panel in panels[:4]:
        panel["gridPos"]["w"] = 6
    about = "Stetwatch, scraped from /metrics. docs/operations.md says what each name means."
    return _dashboard(
        "stetwatch-prometheus", "Stetwatch (Prometheus)", about, [_choice("prometheus", "prometheus")], panels
    )


DASHBOARDS = {"redis.json": redis_dashboard, "prometheus.json": prometheus_dashboard}


def text(dashboard: Panel) -> str:
    """The file."""
    return json.dumps(dashboard, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name, made in DASHBOARDS.items():
        (FOLDER / name).write_text(text(made()), encoding="utf-8")
