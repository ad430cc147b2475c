"""Visiting a source: what the poller asks of HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from monitor.model import Access, Snapshot, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What makes the next GET conditional (RFC 9110 §13)."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A 200: the body as it came over the wire, still in its content coding."""

    snapshot: Snapshot
    body: bytes
    validators: Validators
    expires_in_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """A 304: the copy we hold is still the page."""

    fetched_at: datetime
    generated_at: datetime | None
    expires_in_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """No page came; ``reason`` is one line an operator can act on. ``retry_after_s`` is the server's own wish."""

    fetched_at: datetime
    reason: str
    retry_after_s: float | None = None


FetchOutcome = Fetched | NotModified | Failed


class Fetcher(Protocol):
    """Visits a source once."""

    async def fetch(self, source: Source, access: Access, validators: Validators) -> FetchOutcome: ...
