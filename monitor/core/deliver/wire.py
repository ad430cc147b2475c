"""A change and its published JSON, there and back; the bytes made here are frozen, sent and signed as they are."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, cast, get_args

import msgspec
from msgspec import UNSET, UnsetType

from monitor.core.deliver.cut import cuts
from monitor.core.deliver.permalinks import api_address
from monitor.core.deliver.shapes import (
    SHAPES,
    Envelope,
    PageShape,
    PostShape,
    SignificanceShape,
    SnapshotShape,
    SourceShape,
    SpanShape,
    VersionShape,
    schemas,
)
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

__all__ = ["LIMIT", "decode", "document", "encode", "encoded", "fetched_at", "readable", "schemas", "span_document"]

LIMIT = 20_000
"""Bytes a body may have: what the Standard Webhooks specification calls usual."""

MOST_KEPT: Final = 1_000_000
"""Bytes of a change that is kept uncut beside its wire form."""


def encode(change: Change, site: str = "") -> bytes:
    """The wire form: compact UTF-8 JSON of at most ``LIMIT`` bytes, cut around the changes where it must be.

    One that is cut says where it can be read whole, where ``site``, the public address of the web role, is known.
    A lone surrogate, which no UTF-8 can hold, becomes U+FFFD. Raises TypeError for a change that lacks a part its
    type must have: a bug of whoever made it.
    """
    return encoded(change, site)[0]


def encoded(change: Change, site: str = "") -> tuple[bytes, bytes]:
    """The wire form, and the change uncut where that was cut: empty where it was not, or is beyond ``MOST_KEPT``."""
    envelope = _envelope(change)
    whole = body = _json(envelope)
    if len(whole) <= LIMIT:
        return whole, b""
    for data in cuts(envelope.data, api_address(site, change)):
        body = _json(msgspec.structs.replace(envelope, data=data))
        if len(body) <= LIMIT:
            break
    return body, whole if len(whole) <= MOST_KEPT else b""


def decode(body: bytes) -> Change:
    """The change a wire form tells of; ``delta`` is not on the wire. Raises ValueError where it is none of ours."""
    envelope = msgspec.json.decode(body, type=Envelope)
    shape = SHAPES.get(envelope.type)
    if shape is None:
        raise ValueError(f"unknown change type {envelope.type[:40]!r}")
    data = msgspec.convert(envelope.data, shape)
    parts: dict[str, Any] = {name: getattr(data, name) for name in data.__struct_fields__}
    parts = {name: part for name, part in parts.items() if part is not UNSET and part is not None}
    return Change(
        id=envelope.id,
        type=cast("ChangeType", envelope.type),
        at=envelope.timestamp,
        source=_source_ref(parts["source"]),
        subject=_subject(envelope.type, parts),
        snapshot=_snapshot_ref(parts["snapshot"]) if "snapshot" in parts else None,
        post=PostRef(**msgspec.structs.asdict(parts["post"])) if "post" in parts else None,
        fields=tuple(parts.get("fields", ())),
        significance=_significance_of(parts["significance"]) if "significance" in parts else None,
        silent=parts.get("silent"),
        before=_version_of(parts["before"]) if "before" in parts else None,
        after=_version_of(parts["after"]) if "after" in parts else None,
        redline=_redline_of(parts.get("redline", {})),
        page=PageRef(**msgspec.structs.asdict(parts["page"])) if "page" in parts else None,
        reason=parts.get("reason"),
        truncated=parts.get("truncated", False),
        whole=parts.get("whole"),
    )


class _SnapshotGlance(msgspec.Struct):
    fetched_at: datetime


class _ContentGlance(msgspec.Struct):
    snapshot: _SnapshotGlance | UnsetType = UNSET


class _Glance(msgspec.Struct):
    """What is read of a wire form that is only passed on: a fraction of the cost of the whole."""

    id: str
    data: _ContentGlance


def fetched_at(body: bytes) -> datetime | None:
    """When the copy that showed the change was fetched; None where the change has none, or the body is not ours."""
    try:
        snapshot = msgspec.json.decode(body, type=_Glance).data.snapshot
    except ValueError:
        return None
    return None if isinstance(snapshot, UnsetType) else snapshot.fetched_at


def readable(body: bytes) -> bool:
    """Whether these bytes are a wire form, as far as one must know who passes them on unread."""
    try:
        msgspec.json.decode(body, type=_Glance)
    except ValueError:
        return False
    return True


def document(change: Change) -> dict[str, Any]:
    """The same JSON as plain objects: what commands print and the API answers."""
    return cast("dict[str, Any]", msgspec.json.decode(encode(change)))


def span_document(span: Span | None) -> dict[str, Any] | None:
    """A time interval as plain objects, the way it stands on the wire."""
    return None if span is None else cast("dict[str, Any]", msgspec.to_builtins(_span(span)))


def _envelope(change: Change) -> Envelope:
    shape = SHAPES[change.type]
    parts = _parts(change)
    must, nullable = _required(change.type)
    parts |= {name: None for name in must & nullable if parts[name] is UNSET}
    given = {
        name: parts[name]
        for name in shape.__struct_fields__
        if name in parts and parts[name] is not UNSET and (name in must or parts[name] not in ([], {}, None))
    }
    return Envelope(id=change.id, type=change.type, timestamp=_utc(change.at), data=shape(**given))


@functools.cache
def _required(type_: str) -> tuple[frozenset[str], frozenset[str]]:
    """The keys a type must have, and those that may be null."""
    fields = msgspec.structs.fields(SHAPES[type_])
    nullable = (one.name for one in fields if one.type is type(None) or type(None) in get_args(one.type))
    return frozenset(one.name for one in fields if one.required), frozenset(nullable)


def _parts(change: Change) -> dict[str, Any]:
    """Every part a shape may ask for; UNSET where this change has none, empty where it has an empty one."""
    return {
        "source": SourceShape(name=change.source.name, url=change.source.url, tags=list(change.source.tags)),
        "snapshot": _snapshot(change.snapshot) if change.snapshot else UNSET,
        "post": PostShape(**_fields(change.post)) if change.post else UNSET,
        "fields": list(change.fields),
        "significance": _significance(change.significance) if change.significance else UNSET,
        "silent": change.silent,
        "before": _version(change.before) if change.before else UNSET,
        "after": _version(change.after) if change.after else UNSET,
        "redline": {name: [*runs] for name, runs in change.redline.items()},
        "page": PageShape(**_fields(change.page)) if change.page else UNSET,
        "reason": UNSET if change.reason is None else change.reason,
        "destination": change.subject,
        "role": change.subject,
        "truncated": change.truncated or UNSET,
        "whole": change.whole or UNSET,
    }


def _fields(ref: PostRef | PageRef) -> dict[str, Any]:
    return {name: getattr(ref, name) for name in ref.__slots__}


def _snapshot(ref: SnapshotRef) -> SnapshotShape:
    generated_at = None if ref.generated_at is None else _utc(ref.generated_at)
    return SnapshotShape(name=ref.name, fetched_at=_utc(ref.fetched_at), generated_at=generated_at)


def _significance(significance: Significance) -> SignificanceShape:
    return SignificanceShape(
        name=significance.name, score=significance.score, reasons=list(significance.reasons)
    )  # fmt: skip


def _version(version: Version) -> VersionShape:
    return VersionShape(
        headline=version.headline,
        body=list(version.body),
        author=version.author,
        published=_span(version.published),
        modified=_span(version.modified),
        media=list(version.media) or UNSET,
        sha256=version.sha256,
    )


def _span(span: Span | None) -> SpanShape | None:
    if span is None:
        return None
    return SpanShape(earliest=_utc(span.earliest), latest=_utc(span.latest), text=span.text, kind=span.kind)


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)


def _json(envelope: Envelope) -> bytes:
    try:
        return msgspec.json.encode(envelope)
    except UnicodeEncodeError:
        return msgspec.json.encode(_utf8(msgspec.to_builtins(envelope)))


def _utf8(node: Any) -> Any:
    match node:
        case str():
            return node.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list() | tuple():
            return [_utf8(one) for one in node]
        case dict():
            return {_utf8(name): _utf8(one) for name, one in node.items()}
        case _:
            return node


def _subject(type_: str, parts: Mapping[str, Any]) -> str:
    if "post" in parts:
        return cast("str", parts["post"].id)
    for name in ("destination", "role"):
        if name in parts:
            return cast("str", parts[name])
    return type_.split(".", 1)[0]


def _source_ref(shape: SourceShape) -> SourceRef:
    return SourceRef(name=shape.name, url=shape.url, tags=tuple(shape.tags))


def _snapshot_ref(shape: SnapshotShape) -> SnapshotRef:
    return SnapshotRef(name=shape.name, fetched_at=shape.fetched_at, generated_at=shape.generated_at)


def _significance_of(shape: SignificanceShape) -> Significance:
    return Significance(name=shape.name, score=shape.score, reasons=tuple(shape.reasons))


def _version_of(shape: VersionShape) -> Version:
    return Version(
        headline=shape.headline,
        body=tuple(shape.body),
        author=shape.author,
        published=_span_of(shape.published),
        modified=_span_of(shape.modified),
        media=() if isinstance(shape.media, UnsetType) else tuple(shape.media),
        sha256=shape.sha256,
    )


def _span_of(shape: SpanShape | None) -> Span | None:
    return None if shape is None else Span(**msgspec.structs.asdict(shape))


def _redline_of(redline: Mapping[str, list[tuple[Any, str]]]) -> dict[str, Redline]:
    return {name: tuple((op, text) for op, text in runs) for name, runs in redline.items()}
