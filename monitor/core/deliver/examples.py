"""One invented change of each type: what the documentation shows, and what a test message is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from monitor.core.deliver.upkeep import OURSELVES
from monitor.model import (
    Change,
    ChangeType,
    PageRef,
    PostRef,
    Redline,
    Significance,
    SnapshotRef,
    SourceRef,
    Span,
    Version,
)

_AT: Final = datetime(2026, 3, 21, 12, 3, 10, tzinfo=UTC)
_SOURCE: Final = SourceRef(name="harbour-storm", url="https://news.example/live/harbour-storm", tags=("weather",))
_SNAPSHOT: Final = SnapshotRef(
    name="003_20260321T120310Z.html", fetched_at=_AT, generated_at=_AT - timedelta(seconds=4)
)
_POST: Final = PostRef(
    id="pst_5b7d9f1a3c5e7a90",
    key="p-114",
    url="https://news.example/live/harbour-storm#p-114",
    headline="Ferries stay in harbour",
    sequence=3,
    version=2,
)


def _span(minutes_ago: int) -> Span:
    at = _AT - timedelta(minutes=minutes_ago)
    return Span(earliest=at, latest=at, text=at.isoformat(), kind="machine")


_BEFORE: Final = Version(
    headline="Ferries stay in harbour",
    body=("At least 14 ferries stay in harbour until Monday.", "Wind of 110 km/h is forecast."),
    author="Ann Lind",
    published=_span(41),
    modified=None,
    sha256="3f" * 32,
)
_AFTER: Final = replace(
    _BEFORE,
    body=("At least 17 ferries stay in harbour until Monday.", "Wind of 110 km/h is forecast."),
    sha256="a7" * 32,
)
_REDLINE: Final[Mapping[str, Redline]] = {
    "body": (
        ("=", "At least "),
        ("-", "14"),
        ("+", "17"),
        ("=", " ferries stay in harbour until Monday."),
        ("=", "\n\n"),
        ("=", "Wind of 110 km/h is forecast."),
    )
}


def _change(number: int, type_: ChangeType, subject: str, **parts: Any) -> Change:
    id_ = f"chg_6f0d2c1b9a7e48{number:02d}"
    return Change(id=id_, type=type_, at=_AT, source=_SOURCE, subject=subject, **parts)


def _of_post(number: int, type_: ChangeType, **parts: Any) -> Change:
    return _change(number, type_, _POST.id, snapshot=_SNAPSHOT, **{"post": _POST, **parts})


def _of_role(number: int, type_: ChangeType, reason: str) -> Change:
    return replace(_change(number, type_, "poll", reason=reason), source=OURSELVES)


_ALL: Final = (
    _of_post(1, "post.added", post=replace(_POST, sequence=1, version=1), after=_BEFORE),
    _of_post(
        2,
        "post.edited",
        fields=("body",),
        significance=Significance(name="number", score=0.9, reasons=("14 → 17",)),
        silent=True,
        before=_BEFORE,
        after=_AFTER,
        redline=_REDLINE,
    ),
    _of_post(3, "post.retimed", fields=("published",), before=_BEFORE, after=replace(_BEFORE, published=_span(2))),
    _of_post(4, "post.removed", before=_AFTER),
    _of_post(5, "post.restored", after=_AFTER),
    _of_post(6, "post.moved", fields=("pinned",)),
    _change(
        7,
        "page.edited",
        "page",
        snapshot=_SNAPSHOT,
        page=PageRef(title="Storm: ferries to sail on Monday", previous_title="Storm closes the harbour"),
        fields=("title",),
    ),
    _change(
        8,
        "page.closed",
        "page",
        snapshot=_SNAPSHOT,
        page=PageRef(title="Storm closes the harbour", successor="https://news.example/live/after-the-storm"),
    ),
    _change(9, "source.failing", "source", reason="HTTP 503 three times in a row"),
    _change(10, "source.recovered", "source", snapshot=_SNAPSHOT),
    _change(11, "delivery.failing", "desk", reason="HTTP 500 four times; the next attempt is in 2 h"),
    _change(12, "delivery.dead", "desk", reason="HTTP 500; given up after 10 attempts"),
    _change(13, "destination.disabled", "desk", reason="HTTP 410: the receiver wants no more"),
    _change(14, "source.stalled", "source", reason="due since 12:02:40 UTC, and no poller has come"),
    _change(15, "source.resumed", "source", reason="taken up again after 2 min"),
    _of_role(16, "role.stopped", reason="no sign of life since 12:02:58 UTC: sources are not visited"),
    _of_role(17, "role.recovered", reason="back after 40 s"),
)

EXAMPLES: Final[Mapping[str, Change]] = {change.type: change for change in _ALL}
"""Change type → its example."""

TEST_ID: Final = "chg_test_"
"""What the ids of test messages begin with."""


def trial(name: str, at: datetime) -> Change:
    """A test message, which says so wherever a reader may look: an edit on an invented page of the source ``test``.

    ``at`` is when it is made. ``name`` ends its id and that of its post; it must not have been used before, or
    receivers take it for a duplicate.
    """
    post = PostRef(id=f"pst_test_{name}", key=None, url=None, headline=_TRIAL, sequence=1, version=2)
    return replace(
        EXAMPLES["post.edited"],
        id=TEST_ID + name,
        at=at,
        snapshot=replace(_SNAPSHOT, fetched_at=at, generated_at=None),
        source=SourceRef(name="test", url=_SOURCE.url, tags=("test",)),
        subject=post.id,
        post=post,
        before=replace(_BEFORE, headline=_TRIAL),
        after=replace(_AFTER, headline=_TRIAL),
    )


_TRIAL: Final = "Test message from Stetwatch: nothing happened"
