"""Sources as operators see and change them while pollers run (``ports.sourcing.SourceDesk``).

Whatever changes something is one script. It carries a word of its own (``asked``), so that a call that the client
repeats because its reply was lost says what the first one said. Pollers see the schedule, which they look at once a
second; nobody has to be told.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec
import redis

from monitor.adapters.valkey.census import census
from monitor.adapters.valkey.errors import translated
from monitor.adapters.valkey.keys import Keys
from monitor.adapters.valkey.observations import row_of
from monitor.adapters.valkey.scripts import lua
from monitor.adapters.valkey.standings import ASKED, MARKS, Kept, ask, decode_visit, standing
from monitor.model import Source
from monitor.ports import Condition, PollMark, SourcePage, SourceStanding

POLLS_SHOWN: Final = 30
"""As many visits of a source are remembered at least."""

LOOKED_THROUGH: Final = 2_000
"""A page of sources in one condition ends after so many that were looked at."""

_SORTED_AT_ONCE: Final = 5_000
_ADDED: Final = ("marking", "registering")


class ValkeySources:
    """All sources on one server. ``forget_s`` is how long what is known of a removed one stays."""

    def __init__(self, client: redis.Redis, keys: Keys, *, forget_s: int) -> None:
        self._client = client
        self._keys = keys
        self._forget_s = forget_s
        self._add = client.register_script(lua("sources_add", *_ADDED))
        self._remove = client.register_script(lua("sources_remove", *_ADDED))
        self._hold = client.register_script(lua("sources_hold", "marking"))

    # --- what is asked --------------------------------------------------------------------------------------------

    def page(self, limit: int = 100, after: str = "", condition: Condition | None = None) -> SourcePage:
        """Up to ``limit`` sources behind ``after``, by name."""
        rows: list[SourceStanding] = []
        looked_at = 0
        for names in self._pages(after, condition, limit + 1):
            rows += (row for row in self._standings(names) if condition in (None, row.condition))
            if len(rows) > limit:
                return SourcePage(rows=tuple(rows[:limit]), after=rows[limit - 1].source.name)
            looked_at += len(names)
            if looked_at >= max(LOOKED_THROUGH, limit):
                return SourcePage(rows=tuple(rows), after=names[-1])
        return SourcePage(rows=tuple(rows), after=None)

    def names(self) -> Sequence[str]:
        with translated():
            known: Any = self._client.zrange(self._keys.key("sources"), 0, -1)
        return [name.decode() for name in known]

    def counts(self) -> Mapping[str, int]:
        """How many sources are in which condition, and ``all``. Costs nothing by the healthy ones."""
        return census(self._client, self._keys).conditions()

    def standing(self, name: str) -> SourceStanding | None:
        with translated():
            known = self._client.zscore(self._keys.key("sources"), name)
        return None if known is None else self._standings([name])[0]

    def polls(self, name: str) -> Sequence[PollMark]:
        with translated():
            texts: Any = self._client.lrange(self._keys.key("polls", name), 0, POLLS_SHOWN - 1)
        return [mark for text in texts if (mark := decode_visit(text)) is not None]

    # --- what is done ---------------------------------------------------------------------------------------------

    def add(self, source: Source) -> bool:
        row = msgspec.json.encode(row_of(source))
        with translated():
            return bool(self._add(args=[self._keys.prefix, source.name, row, _word()]))

    def remove(self, name: str) -> Literal["removed", "unknown", "configured"]:
        with translated():
            done = self._remove(args=[self._keys.prefix, name, self._forget_s, _word()])
        return "removed" if done == 1 else "configured" if done == 2 else "unknown"

    def pause(self, name: str, reason: str = "", by: str = "operator") -> bool:
        return self._to("paused", name, reason, by)

    def resume(self, name: str) -> bool:
        return self._to("active", name, "", "")

    def _to(self, state: str, name: str, reason: str, by: str) -> bool:
        with translated():
            return bool(self._hold(args=[self._keys.prefix, name, state, _word(), reason, by]))

    # --- reading --------------------------------------------------------------------------------------------------

    def _pages(self, after: str, condition: Condition | None, size: int) -> Iterator[Sequence[str]]:
        """Names behind ``after`` in order, among them all that may be in this condition."""
        few = self._few(condition)
        if few is not None:
            behind = [name for name in few if name > after]
            for start in range(0, len(behind), size):
                yield behind[start : start + size]
            return
        while True:
            start_at = f"({after}" if after else "-"
            with translated():
                found: Any = self._client.zrange(
                    self._keys.key("sources"), start_at, "+", bylex=True, offset=0, num=size
                )
            if not found:
                return
            names = [name.decode() for name in found]
            yield names
            if len(names) < size:
                return
            after = names[-1]

    def _few(self, condition: Condition | None) -> Sequence[str] | None:
        """Whoever may be in a condition, where an index knows them and they are not too many to be put in order."""
        if condition == "stalled":
            return census(self._client, self._keys).late(_SORTED_AT_ONCE)
        if condition not in MARKS:
            return None
        with translated():
            if self._client.zcard(self._keys.key(condition)) > _SORTED_AT_ONCE:
                return None
            known: Any = self._client.zrange(self._keys.key(condition), 0, -1)
        return sorted(name.decode() for name in known)

    def _standings(self, names: Sequence[str]) -> list[SourceStanding]:
        with translated():
            now_ms = self._now_ms()
            pipe: Any = self._client.pipeline(transaction=False)
            for table in ("due", "ready", "configured"):
                pipe.zmscore(self._keys.key(table), names)
            for name in names:
                ask(pipe, self._keys, name)
            due, ready, configured, *rest = pipe.execute()
        return [
            standing(
                Kept(
                    name=name,
                    now_ms=now_ms,
                    due_ms=due[place],
                    ready_ms=ready[place],
                    configured=configured[place] is not None,
                    answers=rest[ASKED * place : ASKED * (place + 1)],
                )
            )
            for place, name in enumerate(names)
        ]

    def _now_ms(self) -> float:
        seconds, micros = self._client.time()
        return float(seconds * 1000 + micros / 1000)


def _word() -> str:
    return secrets.token_hex(8)
