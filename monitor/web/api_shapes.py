"""What the API answers and takes, beside the port's own values: from these the OpenAPI document is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from monitor.core.deliver.shapes import SpanShape
from monitor.ports.deliveries import Asked, AttemptRow, DeliveryRow, DestinationState
from monitor.ports.sourcing import PollMark, SourceStanding

AnyChange = Annotated[msgspec.Raw, Meta(extra_json_schema={"$ref": "#/components/schemas/Change"})]
Next = Annotated[str | None, Meta(description="the cursor of the next page; null at the end")]


class Changes(Struct, kw_only=True):
    """Some of the log, newest first. A page may hold fewer than asked for, even none, though the log goes on."""

    changes: list[AnyChange]
    next: Next


class PostHistory(Struct, kw_only=True):
    """The changes of one post that are kept, oldest first: the newest ``limit`` of them."""

    id: str
    changes: list[AnyChange]


class Sources(Struct, kw_only=True):
    """Some of the sources, by name; ``counts`` says how many there are in each condition, and ``all``."""

    sources: list[SourceStanding]
    counts: Mapping[str, int]
    next: Next


class Polls(Struct, kw_only=True):
    """The last visits to a source, newest first."""

    polls: list[PollMark]


class Why(Struct, kw_only=True):
    """What is said with a pause."""

    reason: Annotated[str, Meta(max_length=500)] = ""


class SourceDraft(Struct, kw_only=True, omit_defaults=True):
    """A ``[[source]]`` table as in the configuration file; what a poll sends along has no place in it."""

    name: str
    url: str
    timezone: str | None = None
    tags: list[str] = []
    poll: Mapping[str, str] = {}
    render: bool = False
    baseline: Literal["silent", "alert"] = "silent"
    extract: Mapping[str, str] = {}


class SeenPost(Struct, kw_only=True):
    """A post as one copy of the page shows it; ``found_by`` is the rung of the ladder."""

    key: str | None
    url: str | None
    headline: str
    author: str | None
    body: list[str]
    published: SpanShape | None
    modified: SpanShape | None
    found_by: str


class PreviewAnswer(Struct, kw_only=True):
    """What one visit shows: its posts and how they were found, or in ``reason`` why there are none.

    ``extract`` is a ``[source.extract]`` table (TOML) that would keep this reading, where one is worth keeping.
    """

    posts: list[SeenPost] = []
    found_by: str = ""
    reasons: list[str] = []
    reason: str = ""
    extract: str | None = None


class DestinationAnswer(Struct, kw_only=True):
    """A destination: ``kind`` is ``webhook`` or ``slack``, "" where it is no longer configured."""

    kind: str
    standing: DestinationState


class Destinations(Struct, kw_only=True):
    """Every destination: the configured ones, then those that are remembered."""

    destinations: list[DestinationAnswer]


class Deliveries(Struct, kw_only=True):
    """Deliveries of one destination: pending ones oldest first, settled ones newest first."""

    deliveries: list[DeliveryRow]


class DeliveryAnswer(Struct, kw_only=True):
    """Where a change stands at a destination, and the attempts at it, newest first."""

    delivery: DeliveryRow
    attempts: list[AttemptRow]


class AskedAnswer(Struct, kw_only=True):
    """What asking again came to: ``queued`` at the end of its lane, ``due`` now, or ``waiting`` behind others."""

    outcome: Asked


class Status(Struct, kw_only=True):
    """The installation at a glance: sources by condition, destinations by name, streams open at this process."""

    sources: Mapping[str, int]
    destinations: list[DestinationAnswer]
    streams: int
    newest_place: Annotated[str, Meta(description="where the log ends: an id to begin a stream after")]


class ProblemAnswer(Struct, kw_only=True, omit_defaults=True):
    """Problem details (RFC 9457): what is wrong, and in ``detail`` what to do.

    ``errors`` holds, of a source that was not taken, key → fault; cure.
    """

    title: str
    status: int
    detail: str = ""
    type: str = "about:blank"
    errors: Mapping[str, str] = {}


Anything = dict[str, Any]
