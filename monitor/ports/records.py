"""The change log, post histories and stored copies, as the web reads them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from monitor.model import Change, ChangeType

_PLACE = re.compile(r"[0-9]{1,20}(?:-[0-9]{1,20})?")
_LAST = 2**64 - 1


def is_place(text: str) -> bool:
    """Whether a text from outside (a cursor, ``Last-Event-ID``) may be a place of the log: ``ms`` or ``ms-n``."""
    return _PLACE.fullmatch(text) is not None and all(int(part) <= _LAST for part in text.split("-"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """A change as it stands in the log; ``body`` is its frozen wire form.

    ``place`` orders the log: a stream id, whose milliseconds are when the change was committed. It is "" where the
    change was not read from the log.
    """

    place: str
    change: Change
    body: bytes


@dataclass(frozen=True, slots=True)
class Passed:
    """A row of the log whose change cannot be read: it is kept no longer, or another version wrote it."""

    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which changes: empty means all. ``text`` is looked for in the headline and in what the change says, without
    regard to case. ``min_significance`` concerns ``post.edited`` only, as in routes.
    """

    sources: frozenset[str] = frozenset()
    tag: str = ""
    types: frozenset[ChangeType] = frozenset()
    min_significance: float = 0.0
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of the log, newest first. ``before`` is where the next one goes on, None at the log's end.

    A page may hold fewer than were asked for, even none, though the log goes on: so many were looked through.
    """

    rows: tuple[Logged, ...]
    before: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One change as a dot on a time line: no text. ``at`` is when it was committed."""

    at: datetime
    type: ChangeType
    subject: str
    change_id: str
    score: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A stored snapshot: the bytes as received, still in ``encoding``. ``sha256`` is of these bytes (hex)."""

    source: str
    name: str
    url: str
    sha256: str
    fetched_at: datetime
    content_type: str
    encoding: str
    body: bytes


class Records(Protocol):
    """Raises InfrastructureError only. Where a place is none (``is_place``), nothing comes before or after it."""

    async def changes(self, wanted: Wanted, limit: int, before: str | None = None) -> Found:
        """The newest changes, or the newest before a place; at most about 10,000 rows of the log are looked through."""
        ...

    async def since(self, place: str, limit: int) -> Sequence[Logged]:
        """What was committed after ``place``, oldest first."""
        ...

    async def newest_place(self) -> str:
        """Where the log ends now: what ``follow`` begins after."""
        ...

    async def at_or_after(self, place: str) -> str | None:
        """Where the log's first row from ``place`` on stands, whether it can be read or not; None beyond its end."""
        ...

    def follow(self, place: str) -> AsyncIterator[Logged | Passed]:
        """What is committed after ``place``, oldest first, as it comes; ends with the task that reads it.

        Raises when the store stays away for more than a few seconds: begin again after the last place that came.
        """
        ...

    async def change(self, change_id: str) -> Logged | None:
        """One change by its id, None when it is not kept. ``place`` is "" in it."""
        ...

    async def changes_of(self, ids: Iterable[str]) -> Mapping[str, Logged]:
        """Many by their ids, in one step: id → change, those not kept left out. ``place`` is "" in them."""
        ...

    async def whole(self, change_id: str) -> bytes | None:
        """The JSON of a change whose wire form was cut for size, uncut; None where it was not, or is not kept."""
        ...

    async def history(self, post: str, limit: int = 200, skip: int = 0) -> Sequence[Logged]:
        """The newest changes of one post but for the ``skip`` newest, oldest first. ``place`` is "" in them."""
        ...

    async def marks(self, source: str, since: datetime, until: datetime, limit: int = 5_000) -> Sequence[Mark]:
        """The changes of one source between two moments, oldest first."""
        ...

    async def copy(self, source: str, snapshot: str) -> Copy | None:
        """A stored snapshot by the name a change gives it, None when its bytes are not kept (any more)."""
        ...
