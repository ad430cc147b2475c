"""The field's words as immutable values; every room of the house speaks them.

Times end in ``_at`` and are aware UTC; durations end in ``_s`` and are seconds.
"""

from monitor.model.changes import (
    HEALTH_TYPES,
    OPERATIONAL_TYPES,
    POST_TYPES,
    SOURCE_TYPES,
    Change,
    ChangeType,
    PageRef,
    PostRef,
    Redline,
    Significance,
    SnapshotRef,
    SourceRef,
    Version,
)
from monitor.model.deliveries import (
    WEBHOOK_SCHEDULE_S,
    Delivery,
    Destination,
    Pace,
    Queued,
    QuietHours,
    Route,
    Slack,
    Webhook,
    kind_of,
)
from monitor.model.observations import FailedPoll, Observation, Snapshot, Unchanged
from monitor.model.pages import Agreement, Extraction, Page, Post, Span, SpanKind, Unreadable
from monitor.model.sources import Access, ExtractRules, Secret, Source

__all__ = [
    "HEALTH_TYPES",
    "OPERATIONAL_TYPES",
    "POST_TYPES",
    "SOURCE_TYPES",
    "WEBHOOK_SCHEDULE_S",
    "Access",
    "Agreement",
    "Change",
    "ChangeType",
    "Delivery",
    "Destination",
    "ExtractRules",
    "Extraction",
    "FailedPoll",
    "Observation",
    "Pace",
    "Page",
    "PageRef",
    "Post",
    "PostRef",
    "Queued",
    "QuietHours",
    "Redline",
    "Route",
    "Secret",
    "Significance",
    "Slack",
    "Snapshot",
    "SnapshotRef",
    "Source",
    "SourceRef",
    "Span",
    "SpanKind",
    "Unchanged",
    "Unreadable",
    "Version",
    "Webhook",
    "kind_of",
]
