"""Observations, sources and bodies as they stand in Redis. Every form carries its version."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any, assert_never
from urllib.parse import urlsplit

import msgspec

from monitor.model import FailedPoll, Observation, Snapshot, Source, Unchanged

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

VERSION = 1

_KINDS: dict[str, type[Observation]] = {
    "snapshot": Snapshot,
    "unchanged": Unchanged,
    "failed": FailedPoll,
}
_RAW, _ZSTD = b"r", b"z"


def encode_observation(observation: Observation) -> str:
    """JSON with ``v`` and ``kind`` beside the fields; scripts read ``sha256`` from it."""
    match observation:
        case Snapshot():
            kind = "snapshot"
        case Unchanged():
            kind = "unchanged"
        case FailedPoll():
            kind = "failed"
        case _:
            assert_never(observation)
    return msgspec.json.encode({"v": VERSION, "kind": kind, **msgspec.to_builtins(observation)}).decode()


def decode_observation(text: bytes) -> Observation:
    """The reverse; ValueError for a form nobody knows."""
    fields: dict[str, Any] = msgspec.json.decode(text)
    if fields.get("v") != VERSION or fields.get("kind") not in _KINDS:
        raise ValueError(f"an observation of version {fields.get('v')} and kind {fields.get('kind')!r} cannot be read")
    return msgspec.convert(fields, _KINDS[fields["kind"]])


def encode_copy(snapshot: Snapshot) -> str:
    """The JSON of ``copy:<source>:<name>``: what is known of the bytes beside them."""
    return msgspec.json.encode({"v": VERSION, **msgspec.to_builtins(snapshot)}).decode()


def decode_copy(text: bytes) -> Snapshot:
    """The reverse; ValueError for a form nobody knows."""
    return msgspec.json.decode(text, type=Snapshot)


def encode_source(source: Source) -> str:
    """JSON with ``v`` beside the fields: the ``def`` of ``src:<source>``."""
    return msgspec.json.encode({"v": VERSION, **msgspec.to_builtins(source)}).decode()


def decode_source(text: bytes) -> Source:
    """The reverse; fields of a later version are ignored."""
    return msgspec.json.decode(text, type=Source)


def host_of(url: str) -> str:
    """Host and port; nothing of a URL that is none, which the fetcher will say."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def row_of(source: Source) -> tuple[str, str, str, str]:
    """Name, URL, definition and host: what ``registering.lua`` puts into the schedule."""
    return source.name, source.url, encode_source(source), host_of(source.url)


def pack_body(body: bytes, encoding: str) -> bytes:
    """A codec byte, then the bytes: compressed here (zstd, level 1) only when they did not come compressed."""
    if encoding in {"", "identity"}:
        return _ZSTD + zstd.compress(body, level=1)
    return _RAW + body


def unpack_body(packed: bytes) -> bytes:
    """The bytes as received; ValueError for a codec nobody knows."""
    match packed[:1]:
        case b"r":
            return packed[1:]
        case b"z":
            return zstd.decompress(packed[1:])
        case codec:
            raise ValueError(f"a body of codec {codec!r} cannot be read")


def when(text: bytes | None) -> datetime | None:
    """An ISO 8601 time of a hash field, None when it is absent."""
    return datetime.fromisoformat(text.decode()) if text else None
