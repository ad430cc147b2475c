"""What happened to a post, a page or a source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from monitor.model.pages import Span

ChangeType = Literal[
    "post.added",
    "post.edited",
    "post.retimed",
    "post.removed",
    "post.restored",
    "post.moved",
    "page.edited",
    "page.closed",
    "source.failing",
    "source.recovered",
    "source.stalled",
    "source.resumed",
    "role.stopped",
    "role.recovered",
    "delivery.failing",
    "delivery.dead",
    "destination.disabled",
]

POST_TYPES: tuple[ChangeType, ...] = ("post.added", "post.edited", "post.retimed", "post.removed", "post.restored")
SOURCE_TYPES: tuple[ChangeType, ...] = ("source.failing", "source.recovered")
HEALTH_TYPES: tuple[ChangeType, ...] = ("source.stalled", "source.resumed", "role.stopped", "role.recovered")
OPERATIONAL_TYPES: tuple[ChangeType, ...] = ("delivery.failing", "delivery.dead", "destination.disabled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Significance:
    """A surface class, a score 0..1 and the reasons in words; never a guess at intent."""

    name: str
    score: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """The text and times of a post at one moment. ``sha256`` is over headline, author, body and media (hex)."""

    headline: str
    body: tuple[str, ...]
    author: str | None
    published: Span | None
    modified: Span | None
    media: tuple[str, ...] = ()
    sha256: str = ""


Redline = tuple[tuple[Literal["=", "-", "+"], str], ...]
"""Runs of kept, deleted and inserted text; paragraphs are parted by ``("=", "\\n\\n")``, or by ``"-"`` and ``"+"``
where only one side has the break."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRef:
    """A source as a change names it."""

    name: str
    url: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotRef:
    """A snapshot as a change names it."""

    name: str
    fetched_at: datetime
    generated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRef:
    """A track as a change names it: ``id`` is ours (``pst_…``), ``key`` the page's own."""

    id: str
    key: str | None
    url: str | None
    headline: str
    sequence: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRef:
    """What a page change tells: the title and summary now and before, and the successor a closed page names."""

    title: str | None = None
    summary: str | None = None
    previous_title: str | None = None
    previous_summary: str | None = None
    successor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happened to one track, page, source, delivery or role. The wire form is made in ``core.deliver.wire``.

    ``subject`` is ``pst_…``, ``page``, ``source``, or the name of a destination or role: the unit of order.
    ``redline`` maps a field (``headline``, ``body``, ``author``) to its runs. ``delta`` is DeepDiff's
    field-level delta, for export only. ``truncated`` is true of one read from a wire form that was cut for size: its
    texts and redlines are not whole; ``whole`` is where they are, None where our own pages have no public address.
    """

    id: str
    type: ChangeType
    at: datetime
    source: SourceRef
    subject: str
    snapshot: SnapshotRef | None = None
    post: PostRef | None = None
    fields: tuple[str, ...] = ()
    significance: Significance | None = None
    silent: bool | None = None
    before: Version | None = None
    after: Version | None = None
    redline: Mapping[str, Redline] = field(default_factory=dict)
    delta: Mapping[str, object] = field(default_factory=dict)
    page: PageRef | None = None
    reason: str | None = None
    truncated: bool = False
    whole: str | None = None
