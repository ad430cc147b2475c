"""The metric tables of docs/operations.md, made from the table in ``monitor.metrics``.

``python -m tests.kit.metrics_page`` writes them; a test compares.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from monitor.exposition import exposed
from monitor.metrics import COUNTERS, GAUGES, HISTOGRAMS, RATES, SHELVES, Metric

PAGE = Path(__file__).parents[2] / "docs/operations.md"
BEGIN = "<!-- metrics: made from monitor/metrics.py by python -m tests.kit.metrics_page; a test compares -->"
END = "<!-- end of metrics -->"


def tables() -> str:
    """The part between the two marks."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield from ("", "### Keys", "")
    yield from _table("key", "type", "holds", "read it with", rows=_shelves())
    yield from ("", "### Counters", "")
    yield from _table("field of `m:c`", "also kept per", "Prometheus", "meaning", rows=map(_counter, COUNTERS))
    yield from ("", "### Gauges", "")
    yield from _table("field of `m:g`", "Prometheus", "meaning", rows=map(_gauge, GAUGES))
    yield from ("", "### Histograms", "")
    yield from _table("key", "Prometheus", "meaning", rows=map(_histogram, HISTOGRAMS))
    yield from ("", "### Fields of a rollup row", "")
    yield "Every counter and every gauge above under its name, and of the ten seconds since the row before:"
    yield ""
    yield from _table("field", "meaning", rows=_rollup())
    yield ""


def _shelves() -> Iterator[Sequence[str]]:
    for shelf in SHELVES:
        yield f"`{shelf.key}`", shelf.type, shelf.holds, f"`{shelf.command.format(key=f'stet:{shelf.key}')}`"


def _counter(one: Metric) -> Sequence[str]:
    return f"`{one.name}`", ", ".join(one.per) or "–", _prometheus(one), one.meaning


def _gauge(one: Metric) -> Sequence[str]:
    return f"`{one.name}`", _prometheus(one), one.meaning


def _histogram(one: Metric) -> Sequence[str]:
    return f"`m:h:{one.name}`", _prometheus(one), one.meaning


def _rollup() -> Iterator[Sequence[str]]:
    for name, counters in RATES.items():
        what = "changes of every type" if name == "changes_per_s" else counters[0].meaning
        yield f"`{name}`", f"{what}, a second"
    for one in HISTOGRAMS:
        yield f"`{one.name}_p50`, `{one.name}_p95`", f"half, and 95 of 100, took no longer: {one.meaning}"


def _prometheus(one: Metric) -> str:
    label = f'{{{one.label[0]}="{one.label[1]}"}}' if one.label else ""
    return f"`{exposed(one)}{label}`"


def _table(*head: str, rows: Iterator[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|---" * len(head) + "|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def page_with(page: str, made: str) -> str:
    """The page with what stands between its marks replaced."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{made}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page_with(PAGE.read_text(encoding="utf-8"), tables()), encoding="utf-8")
