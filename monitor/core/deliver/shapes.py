"""The published shapes of a change: one msgspec Struct a family of types; the JSON Schemas are made from these.

Only additions are allowed within ``schema_version`` 1. The post types have the same keys, so that one reader serves
them all: what a type does not have is null or empty. Page, source, role and delivery types leave the post's keys out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

Time = Annotated[datetime, Meta(tz=True, description="ISO 8601, UTC")]
Runs = list[tuple[Literal["=", "-", "+"], str]]
Redlines = Annotated[dict[str, Runs], Meta(description='field → runs of kept "=", deleted "-" and inserted "+" text')]
Truncated = Annotated[bool, Meta(description="true: bodies or redlines were cut around the changes to keep this small")]

Whole = Annotated[str, Meta(description="of a change that was cut: where it can be read whole")]


class SpanShape(Struct, frozen=True, kw_only=True):
    """A time as an interval, both ends included, and the text it was read from."""

    earliest: Time
    latest: Time
    text: str
    kind: Literal["machine", "absolute", "clock", "relative"] = "absolute"


class VersionShape(Struct, frozen=True, kw_only=True):
    """The text and times of a post at one moment; sha256 (hex) is over headline, author, body and media, uncut."""

    headline: str
    body: list[str]
    author: str | None
    published: SpanShape | None
    modified: SpanShape | None
    media: list[str] | UnsetType = UNSET
    sha256: str


class SourceShape(Struct, frozen=True, kw_only=True):
    """The watched page."""

    name: str
    url: str
    tags: list[str]


class SnapshotShape(Struct, frozen=True, kw_only=True):
    """The copy of the page that showed the change; generated_at is when that copy was made, if known."""

    name: str
    fetched_at: Time
    generated_at: Time | None


class PostShape(Struct, frozen=True, kw_only=True):
    """The post: id is ours and stays, key is the page's own; sequence counts its changes, version its texts."""

    id: str
    key: str | None
    url: str | None
    headline: str
    sequence: Annotated[int, Meta(ge=1)]
    version: Annotated[int, Meta(ge=1)]


class SignificanceShape(Struct, frozen=True, kw_only=True):
    """What the edit is on its surface, never a guess at intent."""

    name: str = msgspec.field(name="class")
    score: Annotated[float, Meta(ge=0, le=1)]
    reasons: list[str]


class PageShape(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The page's own words, now and before, and the page that carries the coverage on."""

    title: str | None = None
    summary: str | None = None
    previous_title: str | None = None
    previous_summary: str | None = None
    successor: str | None = None


class _OfPost(Struct, frozen=True, kw_only=True):
    """What every post type has; each says which of the two texts it always has, and which never."""

    source: SourceShape
    snapshot: SnapshotShape | UnsetType = UNSET
    post: PostShape
    fields: list[str]
    significance: SignificanceShape | None
    silent: bool | None
    before: VersionShape | None
    after: VersionShape | None
    redline: Redlines
    truncated: Truncated | UnsetType = UNSET
    whole: Whole | UnsetType = UNSET


class Added(_OfPost, frozen=True, kw_only=True):
    """A post that was not there before."""

    before: None
    after: VersionShape


class Edited(_OfPost, frozen=True, kw_only=True):
    """Another text; silent is true when no time on the page changed with it, null when the page shows no times."""

    before: VersionShape
    after: VersionShape


class Retimed(_OfPost, frozen=True, kw_only=True):
    """Other times, the same text."""

    before: VersionShape
    after: VersionShape


class Removed(_OfPost, frozen=True, kw_only=True):
    """A post that a second, newer copy lacks too; before is its last text."""

    after: None


class Restored(_OfPost, frozen=True, kw_only=True):
    """A removed post that is back, perhaps with another text."""

    after: VersionShape


class Moved(_OfPost, frozen=True, kw_only=True):
    """A post in another place of the list, or pinned, or no longer."""


class PageEdited(Struct, frozen=True, kw_only=True):
    """Another title or summary of the page."""

    source: SourceShape
    snapshot: SnapshotShape | UnsetType = UNSET
    page: PageShape
    fields: list[str] | UnsetType = UNSET
    redline: Redlines | UnsetType = UNSET
    truncated: Truncated | UnsetType = UNSET
    whole: Whole | UnsetType = UNSET


class PageClosed(Struct, frozen=True, kw_only=True):
    """The coverage ended."""

    source: SourceShape
    snapshot: SnapshotShape | UnsetType = UNSET
    page: PageShape


class SourceState(Struct, frozen=True, kw_only=True):
    """The page can no longer be watched, or again; reason is one line for a person."""

    source: SourceShape
    snapshot: SnapshotShape | UnsetType = UNSET
    reason: str | UnsetType = UNSET


class DeliveryState(Struct, frozen=True, kw_only=True):
    """What became of deliveries to one destination; reason is one line for a person."""

    source: SourceShape
    destination: str
    reason: str | UnsetType = UNSET


class RoleState(Struct, frozen=True, kw_only=True):
    """No process of a role lives any more, or one does again; source is Stetwatch itself, without a URL."""

    source: SourceShape
    role: str
    reason: str | UnsetType = UNSET


Shape = (
    Added | Edited | Retimed | Removed | Restored | Moved | PageEdited | PageClosed
    | SourceState | DeliveryState | RoleState
)  # fmt: skip

SHAPES: dict[str, type[Struct]] = {
    "post.added": Added,
    "post.edited": Edited,
    "post.retimed": Retimed,
    "post.removed": Removed,
    "post.restored": Restored,
    "post.moved": Moved,
    "page.edited": PageEdited,
    "page.closed": PageClosed,
    "source.failing": SourceState,
    "source.recovered": SourceState,
    "source.stalled": SourceState,
    "source.resumed": SourceState,
    "role.stopped": RoleState,
    "role.recovered": RoleState,
    "delivery.failing": DeliveryState,
    "delivery.dead": DeliveryState,
    "destination.disabled": DeliveryState,
}


class Envelope(Struct, frozen=True, kw_only=True):
    """What every change is wrapped in, in this order; ``data`` is one of the shapes above."""

    id: str
    type: str
    timestamp: Time
    schema_version: Literal[1] = 1
    data: Any


_ID_ROOT = "https://github.com/stetwatch/stetwatch/blob/main/config/schemas/v1/"


def schemas() -> dict[str, dict[str, Any]]:
    """Change type → its JSON Schema (2020-12), made from the shapes. The version in ``$id`` is ``schema_version``."""
    found = {}
    for type_ in SHAPES:
        schema, definitions = described(type_, "#/$defs/{name}")
        head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"{_ID_ROOT}{type_}.json"}
        found[type_] = {**head, **schema, "$defs": definitions}
    return found


def described(type_: str, ref_template: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema of one change type, and those it refers to by ``ref_template`` (``#/$defs/{name}``), by name."""
    shape = SHAPES[type_]
    (_, data), definitions = msgspec.json.schema_components([Envelope, shape], ref_template=ref_template)
    properties = dict(definitions.pop("Envelope")["properties"])
    schema = {
        "title": type_,
        "description": definitions[shape.__name__].get("description", ""),
        "type": "object",
        "properties": {**properties, "type": {"const": type_}, "data": data, "schema_version": {"const": 1}},
        "required": ["id", "type", "timestamp", "schema_version", "data"],
    }
    return schema, definitions
