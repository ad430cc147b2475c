"""What a poll leaves in a source's inbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The immutable result of one successful poll. The bytes are kept apart, by ``sha256`` of the body as received.

    ``name`` is ``NNN_YYYYMMDDTHHMMSSZ.ext``; ``generated_at`` is when the copy was made (RFC 9111 §4.2.3), or None
    when neither ``Date`` nor ``Age`` is credible. ``encoding`` is the content coding the bytes are still in.
    """

    name: str
    url: str
    sha256: str
    fetched_at: datetime
    generated_at: datetime | None = None
    content_type: str = ""
    encoding: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """A poll that found the copy last seen once more (304, or the same bytes): a newer witness of the same page."""

    fetched_at: datetime
    generated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedPoll:
    """A poll that brought no page: one line that says why, in words an operator can act on."""

    fetched_at: datetime
    reason: str


Observation = Snapshot | Unchanged | FailedPoll
"""What a poller leaves in a source's inbox."""
