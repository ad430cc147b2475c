"""The change log, read: the newest changes, those since a moment, and those to come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import redis
import structlog

from monitor.adapters.valkey.errors import translated
from monitor.adapters.valkey.keys import Keys
from monitor.core.deliver.wire import decode
from monitor.model import Change

_PAGE = 200

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ``changes`` stream and the bodies beside it."""

    client: redis.Redis
    keys: Keys

    def recent(
        self, limit: int, *, source: str | None = None, since: datetime | None = None, until: str = "+"
    ) -> Sequence[Change]:
        """The newest ``limit`` changes, oldest first; of one source, or since a moment, when asked.

        None committed after the place ``until`` is among them.
        """
        found: list[Change] = []
        newest, oldest = until, f"{int(since.timestamp() * 1000)}-0" if since else "-"
        while len(found) < limit:
            with translated():
                rows: Any = self.client.xrevrange(self.keys.key("changes"), newest, oldest, count=_PAGE)
            found += [change for _, change in self._read(rows, source)]
            if len(rows) < _PAGE:
                break
            newest = f"({rows[-1][0].decode()}"
        return found[:limit][::-1]

    def change(self, change_id: str) -> Change | None:
        """One change by its id, None when it is not kept, or cannot be read."""
        with translated():
            body: Any = self.client.get(self.keys.key("change", change_id))
        return None if body is None else readable_change(change_id.encode(), body)

    def source_of(self, post: str) -> str | None:
        """The name of the source a post belongs to, None when no change of it is kept."""
        with translated():
            newest: Any = self.client.lindex(self.keys.key("history", post), -1)
        change = None if newest is None else self.change(newest.decode())
        return None if change is None else change.source.name

    def bodies(self, ids: Sequence[str]) -> dict[str, bytes]:
        """The frozen wire forms of these changes by id; those no longer kept are absent."""
        found: dict[str, bytes] = {}
        for start in range(0, len(ids), _PAGE):
            part = ids[start : start + _PAGE]
            with translated():
                bodies: Any = self.client.mget([self.keys.key("change", id_) for id_ in part])
            found |= {id_: body for id_, body in zip(part, bodies, strict=True) if body is not None}
        return found

    def newest_place(self) -> str:
        """Where the log ends now: what ``follow`` begins after."""
        with translated():
            rows: Any = self.client.xrevrange(self.keys.key("changes"), count=1)
        return rows[0][0].decode() if rows else "0"

    def follow(
        self, place: str, *, source: str | None = None, block_ms: int = 1000
    ) -> Iterator[tuple[str, Change | None]]:
        """Changes committed after ``place``, each with its own place; None whenever ``block_ms`` pass without one."""
        while True:
            with translated():
                reply: Any = self.client.xread({self.keys.key("changes"): place}, count=_PAGE, block=block_ms)
            if not reply:
                yield place, None
                continue
            if flat := rows_read(reply):
                place = flat[-1][0].decode()
                yield from self._read(flat, source)

    def _read(
        self, rows: Sequence[tuple[bytes, dict[bytes, bytes]]], source: str | None
    ) -> Iterator[tuple[str, Change]]:
        wanted = [row for row in rows if source is None or row[1][b"source"].decode() == source]
        if not wanted:
            return
        with translated():
            bodies: Any = self.client.mget([self.keys.key("change", row[1][b"id"].decode()) for row in wanted])
        for (place, logged), body in zip(wanted, bodies, strict=True):
            change = None if body is None else readable_change(logged[b"id"], body)
            if change is not None:
                yield place.decode(), change


def rows_read(reply: Any) -> Sequence[tuple[bytes, dict[bytes, bytes]]]:
    """The rows XREAD brought of one stream, in whichever protocol the URL asks for."""
    streams = reply.values() if isinstance(reply, dict) else [rows for _, rows in reply or ()]
    return [row for rows in streams for row in (rows[0] if rows and isinstance(rows[0], list) else rows)]


def readable_change(change_id: bytes, body: bytes) -> Change | None:
    """A kept body as a change, or None: one that another version wrote hides no other."""
    try:
        return decode(body)
    except ValueError as error:
        _log.warning("a change cannot be read", change=change_id.decode(), reason=str(error))
        return None
