"""Every metric's name, kind and meaning, in one table: the documentation and the readers are made from it.

Under the key prefix, all of plain types: see ``SHELVES`` for the keys. Change and delivery counters move inside the
commit and acknowledgement scripts; polling counters are flushed with the poll's result; gauges and the rollup row are
written by the rounds that every role's heartbeat makes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from monitor.model import ChangeType

Role = Literal["poll", "work", "notify", "web"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A counter, gauge or histogram. ``per`` says where else it is kept beside the totals.

    ``family`` and ``label`` (name, value) are how Prometheus has it where several names are one thing by a label.
    The last part of a name before ``_total`` is its unit: ``_ms``, ``_bytes``, none for a plain count.
    """

    name: str
    meaning: str
    kind: Literal["counter", "gauge", "histogram"] = "counter"
    per: tuple[Literal["source", "destination"], ...] = ()
    family: str = ""
    label: tuple[str, str] | None = None


_SOURCE: tuple[Literal["source"], ...] = ("source",)
_DESTINATION: tuple[Literal["destination"], ...] = ("destination",)
_CHANGE_TYPES: tuple[ChangeType, ...] = (
    "post.added", "post.edited", "post.retimed", "post.removed", "post.restored", "post.moved",
    "page.edited", "page.closed", "source.failing", "source.recovered", "source.stalled", "source.resumed",
)  # fmt: skip
_ROLE_TYPES: tuple[ChangeType, ...] = ("role.stopped", "role.recovered")
_OPERATIONAL_TYPES: tuple[ChangeType, ...] = ("delivery.failing", "delivery.dead", "destination.disabled")


def change_counter(type_: str) -> str:
    """The counter of one change type: ``post.edited`` → ``changes_post_edited_total``."""
    return f"changes_{type_.replace('.', '_')}_total"


def _change(type_: ChangeType, per: tuple[Literal["source", "destination"], ...]) -> Metric:
    name = change_counter(type_)
    return Metric(name, f"changes of type {type_}", per=per, family="changes_total", label=("type", type_))


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
CHANGES = tuple(_change(t, _SOURCE) for t in _CHANGE_TYPES)
QUEUED = Metric("deliveries_queued_total", "deliveries put into lanes", per=_DESTINATION)
DELIVERED = Metric("deliveries_delivered_total", "deliveries acknowledged by their destination", per=_DESTINATION)
RETRIED = Metric("deliveries_retried_total", "attempts that failed and will be made again", per=_DESTINATION)
DEAD = Metric("deliveries_dead_total", "deliveries given up", per=_DESTINATION)
REDELIVERED = Metric("deliveries_redelivered_total", "deliveries asked for again by hand", per=_DESTINATION)
MUTED = Metric("deliveries_muted_total", "deliveries dropped because their post or source is muted", per=_DESTINATION)
DROPPED = Metric("deliveries_dropped_total", "deliveries taken out by hand before they arrived", per=_DESTINATION)
BREAKERS_OPENED = Metric("breakers_opened_total", "times a destination's breaker opened", per=_DESTINATION)
DISABLED = Metric("destinations_disabled_total", "times a destination was disabled", per=_DESTINATION)
OF_ROLES = tuple(_change(t, ()) for t in _ROLE_TYPES)
PROCESSES_LOST = Metric("processes_lost_total", "processes of a role that fell silent without a farewell")
OPERATIONAL = tuple(_change(t, _DESTINATION) for t in _OPERATIONAL_TYPES)
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


def role_alive(role: Role) -> Metric:
    """The gauge of one role's processes: ``poll`` → ``role_poll_alive``."""
    meaning = f"processes alive in the role {role}"
    return Metric(f"role_{role}_alive", meaning, "gauge", family="role_alive", label=("role", role))


ROLES_ALIVE = tuple(role_alive(role) for role in ("poll", "work", "notify", "web"))
GAUGES: tuple[Metric, ...] = (
    *ROLES_ALIVE,
    Metric("sources", "sources that are watched, the paused among them", "gauge"),
    Metric("sources_failing", "sources that bring no page that can be read", "gauge"),
    Metric("sources_stalled", "sources due that no poller visits, or fetched that no worker takes", "gauge"),
    Metric("sources_paused", "sources that are not polled until somebody resumes them", "gauge"),
    Metric("sources_due", "sources whose time has come and that wait for a poller", "gauge"),
    Metric("due_lag_ms", "milliseconds that the longest due of them has waited", "gauge"),
    Metric("inbox_ready", "sources with observations that wait for a worker", "gauge"),
    Metric("inbox_age_ms", "milliseconds that the longest of them has waited", "gauge"),
    Metric("deliveries_pending", "deliveries that wait in lanes or are on their way", "gauge"),
    Metric("deliveries_dead", "dead letters: given up and still kept", "gauge"),
    Metric("delivery_age_ms", "milliseconds since the oldest pending delivery was committed", "gauge"),
    Metric("destinations_held", "destinations paused, disabled, or held by an open breaker", "gauge"),
    Metric("sse_clients", "readers of the event stream", "gauge"),
    Metric("memory_used_bytes", "memory that the store uses", "gauge"),
    Metric("memory_limit_bytes", "memory that the store may use; 0: no limit is set", "gauge"),
    Metric("rq_queued", "drain jobs that wait for a worker", "gauge"),
)

COUNTERS: tuple[Metric, ...] = (
    POLLS, NOT_MODIFIED, SAME_BODY, POLL_FAILURES, BYTES, SNAPSHOTS, OBSERVATIONS, SET_ASIDE, *CHANGES,
    QUEUED, DELIVERED, RETRIED, DEAD, REDELIVERED, MUTED, DROPPED, BREAKERS_OPENED, DISABLED, *OPERATIONAL,
    *OF_ROLES, PROCESSES_LOST,
    DELIVER_DELAY_SUM, DETECT_DELAY_SUM,
)  # fmt: skip
HISTOGRAMS: tuple[Metric, ...] = (FETCH_MS, DETECT_MS, DELIVER_MS, EDIT_TO_DELIVERY_MS)
TABLE: tuple[Metric, ...] = (*COUNTERS, *GAUGES, *HISTOGRAMS)

HISTOGRAM_BOUNDS_MS = (5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000)
"""Upper bounds of the cumulative buckets ``le_<bound>``; ``le_inf``, ``sum`` and ``count`` stand beside them."""

RATES: dict[str, tuple[Metric, ...]] = {
    "polls_per_s": (POLLS,),
    "polls_failed_per_s": (POLL_FAILURES,),
    "poll_bytes_per_s": (BYTES,),
    "changes_per_s": (*CHANGES, *OPERATIONAL, *OF_ROLES),
    "deliveries_delivered_per_s": (DELIVERED,),
    "deliveries_retried_per_s": (RETRIED,),
}
"""What a rollup row says a second beside the totals, so that it is plotted without arithmetic: the counters' sum."""

ROLLUP_QUANTILES = {"p50": 0.5, "p95": 0.95}


def rollup_fields() -> tuple[str, ...]:
    """Every field of every row of ``m:ts:10s``, all of them numbers, in the order in which they are written.

    The totals of all counters, all gauges, then of the time since the row before: rates, and ``<histogram>_p50`` and
    ``_p95`` (0 where nothing was measured). ``monitor.rollup.row`` makes one.
    """
    measured = (f"{one.name}_{quantile}" for one in HISTOGRAMS for quantile in ROLLUP_QUANTILES)
    return (*(one.name for one in COUNTERS), *(one.name for one in GAUGES), *RATES, *measured)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A key of the metrics, below the prefix: its type, what it holds, and the stock command that reads it."""

    key: str
    type: Literal["hash", "stream", "zset"]
    holds: str
    command: str


SHELVES: tuple[Shelf, ...] = (
    Shelf("m:c", "hash", "every counter since the installation began", "HGETALL {key}"),
    Shelf("m:g", "hash", "every gauge, written anew every 3 s", "HGETALL {key}"),
    Shelf("m:h:<histogram>", "hash", "cumulative buckets `le_5` … `le_inf`, `sum`, `count`", "HGETALL {key}"),
    Shelf(
        "m:ts:10s", "stream", "a row every 10 s with every field below, of the last day", "XREVRANGE {key} + - COUNT 1"
    ),
    Shelf("m:src:<source>", "hash", "the counters of one source", "HGETALL {key}"),
    Shelf("m:dst:<destination>", "hash", "the counters of one destination", "HGETALL {key}"),
    Shelf(
        "m:worst",
        "zset",
        "the sources that are furthest behind, by milliseconds",
        "ZRANGE {key} 0 9 REV WITHSCORES",
    ),
    Shelf(
        "m:destinations",
        "hash",
        "destination → `fine`, or `failing`, `paused`, `disabled` and since when",
        "HGETALL {key}",
    ),
    Shelf(
        "m:beats",
        "zset",
        "processes that live (role, host, pid) → their last heartbeat (ms)",
        "ZRANGE {key} 0 -1 WITHSCORES",
    ),
    Shelf(
        "m:lost", "zset", "those of the last hour that fell silent without a farewell", "ZRANGE {key} 0 -1 WITHSCORES"
    ),
    Shelf("m:roles", "hash", "role → `alive`, or `stopped` and since when", "HGETALL {key}"),
    Shelf("m:p:<node>", "hash", "a process's heartbeat; it expires after 10 s", "HGETALL {key}"),
)
"""``{key}`` stands for the whole key, prefix included."""
