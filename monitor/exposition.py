"""The numbers in Prometheus text, format 0.0.4. Pure.

Prometheus counts in base units: what the store keeps in milliseconds is told in seconds, under a name that says so
(``fetch_ms`` → ``stetwatch_fetch_seconds``). Every name of the table is there from the first scrape on, at 0 where
nothing was counted, so that rates begin where the first event happens.
https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from monitor import __version__
from monitor.metrics import COUNTERS, GAUGES, HISTOGRAM_BOUNDS_MS, HISTOGRAMS, TABLE, Metric
from monitor.ports.numbers import Figures

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

MOST_SOURCES: Final = 1_000
MOST_DESTINATIONS: Final = 200
"""Whoever asks for more gets as many: a scrape has about twenty series a source and fifteen a destination."""

BEHIND: Final = "stetwatch_source_behind_seconds"
_BUILD: Final = "stetwatch_build_info"
_FAMILIES: Final = {
    "changes_total": "changes told, by type",
    "role_alive": "processes alive, by role",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One line: a name, labels in their order, a value."""

    name: str
    labels: tuple[tuple[str, str], ...]
    value: float


def exposed(metric: Metric, scope: str = "") -> str:
    """The name Prometheus knows a metric by; ``scope`` ("source", "destination") is for the one kept of each."""
    name = metric.family or metric.name
    if name.endswith("_ms_total"):
        name = name.removesuffix("_ms_total") + "_seconds_total"
    elif name.endswith("_ms"):
        name = name.removesuffix("_ms") + "_seconds"
    return "_".join(part for part in ("stetwatch", scope, name) if part)


def exposition(numbers: Figures) -> str:
    """All numbers as text, each family with its HELP and TYPE, ending in a line feed."""
    return "".join(f"{line}\n" for line in _lines(numbers))


def _lines(numbers: Figures) -> Iterator[str]:
    yield from _family(_BUILD, "gauge", "1; the version stands in the label", [_build()])
    yield from _plain(COUNTERS, numbers.counters)
    yield from _plain(GAUGES, numbers.gauges)
    for one in HISTOGRAMS:
        yield from _histogram(one, numbers.histograms.get(one.name, {}))
    worst = [Sample(BEHIND, (("source", name),), ms / 1000) for name, ms in numbers.worst[:MOST_SOURCES]]
    yield from _family(BEHIND, "gauge", "how far behind the worst sources are", worst)
    yield from _scoped("source", numbers.sources, MOST_SOURCES)
    yield from _scoped("destination", numbers.destinations, MOST_DESTINATIONS)


def _build() -> Sample:
    return Sample(_BUILD, (("version", __version__),), 1)


def _plain(metrics: tuple[Metric, ...], values: Mapping[str, float]) -> Iterator[str]:
    for name, members in _by_name(metrics).items():
        samples = [Sample(name, _labels(one), _in_base_unit(one, values.get(one.name, 0))) for one in members]
        yield from _family(name, members[0].kind, _meaning(members[0]), samples)


def _scoped(scope: str, each: Mapping[str, Mapping[str, int]], most: int) -> Iterator[str]:
    """The counters of single sources or destinations, the first ``most`` of them by name."""
    kept = tuple(one for one in COUNTERS if scope in one.per)
    known = sorted(each)[:most]
    for name, members in _by_name(kept, scope).items():
        samples = [
            Sample(name, ((scope, owner), *_labels(one)), _in_base_unit(one, each[owner].get(one.name, 0)))
            for owner in known
            for one in members
        ]
        yield from _family(name, "counter", f"{_meaning(members[0])}, of one {scope}", samples)


def _histogram(metric: Metric, fields: Mapping[str, float]) -> Iterator[str]:
    """Bounds in seconds. A bucket that counted nothing is not stored; the ones above it are, and hold its count."""
    name, so_far = exposed(metric), 0.0
    samples = []
    for bound in HISTOGRAM_BOUNDS_MS:
        so_far = max(so_far, fields.get(f"le_{bound}", 0))
        samples.append(Sample(f"{name}_bucket", (("le", f"{bound / 1000:g}"),), so_far))
    samples += [
        Sample(f"{name}_bucket", (("le", "+Inf"),), fields.get("le_inf", 0)),
        Sample(f"{name}_sum", (), _in_base_unit(metric, fields.get("sum", 0))),
        Sample(f"{name}_count", (), fields.get("count", 0)),
    ]
    yield from _family(name, "histogram", _meaning(metric), samples)


def _family(name: str, kind: str, meaning: str, samples: list[Sample]) -> Iterator[str]:
    if not samples:
        return
    yield f"# HELP {name} {_escaped(meaning)}"
    yield f"# TYPE {name} {kind}"
    for sample in samples:
        told = ",".join(f'{label}="{_escaped(value, quote=True)}"' for label, value in sample.labels)
        yield f"{sample.name}{{{told}}} {_number(sample.value)}" if told else f"{sample.name} {_number(sample.value)}"


def _by_name(metrics: tuple[Metric, ...], scope: str = "") -> dict[str, list[Metric]]:
    named: dict[str, list[Metric]] = {}
    for one in metrics:
        named.setdefault(exposed(one, scope), []).append(one)
    return named


def _labels(metric: Metric) -> tuple[tuple[str, str], ...]:
    return () if metric.label is None else (metric.label,)


def _meaning(metric: Metric) -> str:
    """In the table's words, but for the unit."""
    return _FAMILIES.get(metric.family, metric.meaning.replace("milliseconds", "seconds"))


def _in_base_unit(metric: Metric, value: float) -> float:
    return value / 1000 if metric.name.endswith(("_ms", "_ms_total")) else value


def _number(value: float) -> str:
    if value == int(value):
        return str(int(value))
    return repr(float(value))


def _escaped(text: str, *, quote: bool = False) -> str:
    text = text.replace("\\", "\\\\").replace("\n", "\\n")
    return text.replace('"', '\\"') if quote else text


def names() -> frozenset[str]:
    """Every name a sample of ours may have, the parts of histograms included."""
    plain = {exposed(one) for one in TABLE if one.kind != "histogram"}
    scoped = {exposed(one, scope) for one in COUNTERS for scope in one.per}
    parts = {f"{exposed(one)}_{part}" for one in HISTOGRAMS for part in ("bucket", "sum", "count")}
    return frozenset(plain | scoped | parts | {BEHIND, _BUILD})
