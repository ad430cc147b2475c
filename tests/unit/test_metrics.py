"""The table of metrics, what is made of it, and the page that tells of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.parser import text_string_to_metric_families

from monitor import exposition, metrics, rollup
from monitor.adapters.valkey.counting import increments
from monitor.adapters.valkey.keys import Keys
from monitor.model import ChangeType
from monitor.ports.numbers import Figures
from tests.kit.metrics_page import PAGE, page_with, tables

BOUNDS = metrics.HISTOGRAM_BOUNDS_MS
TIMES_MS = st.lists(st.floats(0, 1_000_000), max_size=30)


def histogram(values: list[float]) -> Mapping[str, float]:
    """A histogram's hash after these measurements."""
    flat = increments(Keys(), {}, {"fetch_ms": values})
    return {field: float(amount) for field, amount in zip(flat[1::3], flat[2::3], strict=True)}


def samples(numbers: Figures) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """What Prometheus' own parser reads of the text."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(exposition.exposition(numbers))
        for sample in family.samples
    }


def test_the_operations_page_holds_the_tables_of_the_table() -> None:
    """docs/operations.md is what ``python -m tests.kit.metrics_page`` writes."""
    page = PAGE.read_text(encoding="utf-8")

    assert page == page_with(page, tables())
    assert all(f"`{one.name}`" in page or f"`m:h:{one.name}`" in page for one in metrics.TABLE)


def test_names_are_unique_and_every_change_type_is_counted() -> None:
    """No two rows of the table share a name; each change type has its counter."""
    known = [one.name for one in metrics.TABLE]

    assert len(set(known)) == len(known)
    assert {metrics.change_counter(one) for one in get_args(ChangeType)} <= set(known)


def test_a_rollup_row_holds_every_field_in_order_even_of_nothing() -> None:
    """A reader takes an absent field for 0: none is absent, from the first row of an empty installation on."""
    first = rollup.row(Figures(), None, 0.0)

    assert tuple(first) == metrics.rollup_fields()
    assert set(first.values()) == {0}
    assert len(set(metrics.rollup_fields())) == len(metrics.rollup_fields())


def test_a_rollup_row_tells_totals_rates_and_quantiles_of_its_own_time() -> None:
    """Totals and gauges as they stand; rates and quantiles only of what came since the row before."""
    before = Figures(counters={"polls_total": 100}, histograms={"fetch_ms": histogram([40_000.0] * 50)})
    now = Figures(
        counters={"polls_total": 150, "changes_post_added_total": 3, "changes_post_edited_total": 2},
        gauges={"sources": 7.0},
        histograms={"fetch_ms": histogram([40_000.0] * 50 + [7.0] * 100)},
    )

    told = rollup.row(now, before, 10.0)

    assert (told["polls_total"], told["sources"]) == (150, 7)
    assert (told["polls_per_s"], told["changes_per_s"]) == (5.0, 0.5)
    assert 5 < told["fetch_ms_p50"] <= 10
    assert 5 < told["fetch_ms_p95"] <= 10


def test_a_store_that_was_emptied_yields_no_negative_rate() -> None:
    """A counter that went back counts from zero."""
    told = rollup.row(Figures(counters={"polls_total": 20}), Figures(counters={"polls_total": 100}), 10.0)

    assert told["polls_per_s"] == 2.0


@given(values=TIMES_MS, quantile=st.floats(0.01, 1))
def test_a_quantile_lies_in_the_bucket_of_the_value_it_stands_for(values: list[float], quantile: float) -> None:
    """As exact as the buckets are: never outside the bounds around the true value."""
    told = rollup.quantile_ms(histogram(values), quantile)
    if not values:
        assert told == 0
        return
    true = sorted(values)[min(len(values), math.ceil(quantile * len(values))) - 1]
    upper = next((bound for bound in BOUNDS if true <= bound), BOUNDS[-1])
    lower = max((bound for bound in (0, *BOUNDS) if bound < true), default=0)
    assert min(lower, BOUNDS[-1]) <= told <= upper


@given(
    counters=st.fixed_dictionaries({one.name: st.integers(0, 10**15) for one in metrics.COUNTERS}),
    gauges=st.fixed_dictionaries({one.name: st.floats(0, 1e12) for one in metrics.GAUGES}),
    values=TIMES_MS,
    source=st.text(),
)
def test_prometheus_reads_back_every_number_that_stands_in_the_store(
    counters: dict[str, int], gauges: dict[str, float], values: list[float], source: str
) -> None:
    """Its parser finds each counter, gauge and bucket, in base units, whatever a source is called."""
    numbers = Figures(
        counters=counters,
        gauges=gauges,
        histograms={"fetch_ms": histogram(values)},
        sources={source: counters},
        destinations={source: counters},
        worst=[(source, 1500.0)],
    )

    read = samples(numbers)

    for one in (*metrics.COUNTERS, *metrics.GAUGES):
        label = (one.label,) if one.label else ()
        stored = counters[one.name] if one.kind == "counter" else gauges[one.name]
        wanted = stored / 1000 if "_ms" in one.name else stored
        assert read[(exposition.exposed(one), label)] == pytest.approx(wanted)
        for scope in one.per:
            labels = tuple(sorted([(scope, source), *label]))
            assert read[(exposition.exposed(one, scope), labels)] == pytest.approx(wanted)
    assert read[(exposition.BEHIND, (("source", source),))] == 1.5
    assert read[("stetwatch_fetch_seconds_count", ())] == len(values)
    assert {name for name, _ in read} == exposition.names()


@given(values=TIMES_MS)
def test_a_histogram_tells_what_prometheus_own_client_would(values: list[float]) -> None:
    """The same measurements in prometheus_client's histogram give the same buckets, sum and count."""
    registry = CollectorRegistry()
    theirs = Histogram("stetwatch_fetch_seconds", "x", buckets=[b / 1000 for b in BOUNDS], registry=registry)
    for value in values:
        theirs.observe(value / 1000)
    read = samples(Figures(histograms={"fetch_ms": histogram(values)}))

    for family in registry.collect():
        for sample in family.samples:
            if not sample.name.endswith("_created"):
                le = sample.labels.get("le")
                labels = (("le", le if le == "+Inf" else f"{float(le):g}"),) if le else ()
                assert read[(sample.name, labels)] == pytest.approx(sample.value, abs=0.001)


def test_an_empty_installation_has_every_family_from_the_start() -> None:
    """Totals, gauges and histograms stand at 0, with HELP and TYPE; there is nothing of sources yet."""
    text = exposition.exposition(Figures())

    for one in metrics.TABLE:
        name = exposition.exposed(one)
        assert f"\n# HELP {name} " in text
        assert f"\n# TYPE {name} {one.kind}\n" in text
    assert 'stetwatch_changes_total{type="post.edited"} 0\n' in text
    assert "source=" not in text
    assert text.endswith("\n")


def test_one_scrape_is_bounded() -> None:
    """However many sources are asked for, a thousand get series."""
    counted = {"polls_total": 1}
    read = samples(Figures(sources={f"s{n:05}": counted for n in range(1_500)}))

    assert len({labels for name, labels in read if name == "stetwatch_source_polls_total"}) == exposition.MOST_SOURCES
