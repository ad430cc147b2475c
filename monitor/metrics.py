"""Every metric's name, kind and meaning, in one table: the documentation and the readers are made from it.

Under the key prefix: ``m:c`` holds the counters (one hash), ``m:g`` the gauges, ``m:h:<name>`` a histogram,
``m:src:<source>`` and ``m:dst:<destination>`` the same counters of one source or destination. Change and delivery
counters move inside the commit and acknowledgement scripts; polling counters are flushed with the poll's result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from monitor.model import ChangeType


@dataclass(frozen=True, slots=True)
class Metric:
    """A counter, gauge or histogram. ``per`` says where else it is kept beside the totals."""

    name: str
    meaning: str
    kind: Literal["counter", "gauge", "histogram"] = "counter"
    per: tuple[Literal["source", "destination"], ...] = ()


_SOURCE: tuple[Literal["source"], ...] = ("source",)
_DESTINATION: tuple[Literal["destination"], ...] = ("destination",)
_CHANGE_TYPES: tuple[ChangeType, ...] = (
    "post.added", "post.edited", "post.retimed", "post.removed", "post.restored", "post.moved",
    "page.edited", "page.closed", "source.failing", "source.recovered",
)  # fmt: skip
_OPERATIONAL_TYPES: tuple[ChangeType, ...] = ("delivery.failing", "delivery.dead", "destination.disabled")


def change_counter(type_: str) -> str:
    """The counter of one change type: ``post.edited`` → ``changes_post_edited_total``."""
    return f"changes_{type_.replace('.', '_')}_total"


POLLS = Metric("polls_total", "visits to sources, whatever came of them", per=_SOURCE)
NOT_MODIFIED = Metric("polls_not_modified_total", "visits answered 304", per=_SOURCE)
SAME_BODY = Metric("polls_same_body_total", "visits answered with the bytes already seen", per=_SOURCE)
POLL_FAILURES = Metric("polls_failed_total", "visits that brought no page", per=_SOURCE)
BYTES = Metric("poll_bytes_total", "body bytes received, as they came over the wire", per=_SOURCE)
SNAPSHOTS = Metric("snapshots_total", "snapshots handed to diff workers", per=_SOURCE)
OBSERVATIONS = Metric("observations_total", "observations taken by diff workers", per=_SOURCE)
SET_ASIDE = Metric(
    "observations_set_aside_total", "observations that killed their worker and were set aside", per=_SOURCE
)
CHANGES = tuple(Metric(change_counter(t), f"changes of type {t}", per=_SOURCE) for t in _CHANGE_TYPES)
QUEUED = Metric("deliveries_queued_total", "deliveries put into lanes", per=_DESTINATION)
DELIVERED = Metric("deliveries_delivered_total", "deliveries acknowledged by their destination", per=_DESTINATION)
RETRIED = Metric("deliveries_retried_total", "attempts that failed and will be made again", per=_DESTINATION)
DEAD = Metric("deliveries_dead_total", "deliveries given up", per=_DESTINATION)
REDELIVERED = Metric("deliveries_redelivered_total", "deliveries asked for again by hand", per=_DESTINATION)
MUTED = Metric("deliveries_muted_total", "deliveries dropped because their post or source is muted", per=_DESTINATION)
BREAKERS_OPENED = Metric("breakers_opened_total", "times a destination's breaker opened", per=_DESTINATION)
DISABLED = Metric("destinations_disabled_total", "times a destination was disabled", per=_DESTINATION)
OPERATIONAL = tuple(Metric(change_counter(t), f"changes of type {t}", per=_DESTINATION) for t in _OPERATIONAL_TYPES)
DELIVER_DELAY_SUM = Metric(
    "deliver_delay_ms_total", "milliseconds from commit to acknowledgement, summed over deliveries", per=_DESTINATION
)
DETECT_DELAY_SUM = Metric(
    "detect_delay_ms_total", "milliseconds from fetch to commit, summed over snapshots", per=_SOURCE
)
FETCH_MS = Metric("fetch_ms", "milliseconds a fetch took", kind="histogram")
DETECT_MS = Metric("detect_ms", "milliseconds from fetch to commit", kind="histogram")
DELIVER_MS = Metric("deliver_ms", "milliseconds from commit to acknowledgement", kind="histogram")
EDIT_TO_DELIVERY_MS = Metric("e2e_ms", "milliseconds from fetch to acknowledgement", kind="histogram")

TABLE: tuple[Metric, ...] = (
    POLLS, NOT_MODIFIED, SAME_BODY, POLL_FAILURES, BYTES, SNAPSHOTS, OBSERVATIONS, SET_ASIDE, *CHANGES,
    QUEUED, DELIVERED, RETRIED, DEAD, REDELIVERED, MUTED, BREAKERS_OPENED, DISABLED, *OPERATIONAL,
    DELIVER_DELAY_SUM, DETECT_DELAY_SUM,
    FETCH_MS, DETECT_MS, DELIVER_MS, EDIT_TO_DELIVERY_MS,
)  # fmt: skip

HISTOGRAM_BOUNDS_MS = (5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000)
"""Upper bounds of the cumulative buckets ``le_<bound>``; ``le_inf``, ``sum`` and ``count`` stand beside them."""
