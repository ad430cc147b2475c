"""How many sources are in which condition, and which are late: costs nothing by the healthy ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import redis

from monitor.adapters.valkey.errors import translated
from monitor.adapters.valkey.keys import Keys
from monitor.adapters.valkey.standings import GRAVE, LATE_MS, MARKS

_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Census:
    """The indexes of one server as they are, ``until_ms``: whoever has been due or ready since before is late."""

    client: redis.Redis
    keys: Keys
    until_ms: float

    def conditions(self) -> Mapping[str, int]:
        """How many are in which condition, and ``all``."""
        with translated():
            pipe: Any = self.client.pipeline(transaction=False)
            pipe.zcard(self.keys.key("sources"))
            pipe.zcount(self.keys.key("due"), "-inf", self._before())
            for mark in MARKS:
                pipe.zcard(self.keys.key(mark))
            total, due_late, *marked = pipe.execute()
        counts: Counter[str] = Counter({str(mark): n for mark, n in zip(MARKS, marked, strict=True)})
        ready_late = [name for name, score in self._scored("due", self._ready_late()) if not self._is_late(score)]
        late = self._marks_of_due(due_late, counts) + self._marks(ready_late)
        stalled = due_late + len(ready_late)
        for mark in MARKS:
            if mark in GRAVE:
                stalled -= late[mark]
            else:
                counts[mark] -= late[mark]
        healthy = max(0, total - stalled - counts.total())
        return {"all": total, **counts, "stalled": stalled, "healthy": healthy}

    def late(self, most: int) -> Sequence[str] | None:
        """The names of all that are late, None when they are more than so many."""
        with translated():
            if self.client.zcount(self.keys.key("due"), "-inf", self._before()) > most:
                return None
            due: Any = self.client.zrange(self.keys.key("due"), "-inf", self._before(), byscore=True)
        return sorted({name.decode() for name in (*due, *self._ready_late())})

    def _marks_of_due(self, due_late: int, counts: Mapping[str, int]) -> Counter[str]:
        """How many of those that are late in the schedule stand in which index, by way of the smaller of the two."""
        if due_late == 0:
            return Counter()
        marks = [mark for mark in MARKS if mark != "paused"]  # which is not in the schedule
        if sum(counts[mark] for mark in marks) > due_late:
            with translated():
                names: Any = self.client.zrange(self.keys.key("due"), "-inf", self._before(), byscore=True)
            return self._marks(names)
        found: Counter[str] = Counter()
        for mark in marks:
            if counts[mark]:
                with translated():
                    marked: Any = self.client.zrange(self.keys.key(mark), 0, -1)
                found[mark] = sum(self._is_late(score) for _, score in self._scored("due", marked))
        return found

    def _marks(self, names: Sequence[bytes]) -> Counter[str]:
        return Counter(
            {str(mark): sum(score is not None for _, score in self._scored(mark, names)) for mark in MARKS if names}
        )

    def _ready_late(self) -> list[bytes]:
        """Those that wait for a worker and are watched: what waits of one that was removed is nobody's delay."""
        with translated():
            names: Any = self.client.zrange(self.keys.key("ready"), "-inf", self._before(), byscore=True)
        return [name for name, score in self._scored("sources", names) if score is not None]

    def _scored(self, table: str, names: Sequence[bytes]) -> Iterator[tuple[bytes, float | None]]:
        for start in range(0, len(names), _AT_ONCE):
            some = names[start : start + _AT_ONCE]
            with translated():
                scores: Any = self.client.zmscore(self.keys.key(table), [name.decode() for name in some])
            yield from zip(some, scores, strict=True)

    def _before(self) -> str:
        return f"({self.until_ms:.0f}"

    def _is_late(self, score: float | None) -> bool:
        return score is not None and score < self.until_ms


def census(client: redis.Redis, keys: Keys) -> Census:
    """The indexes by the server's clock now."""
    with translated():
        seconds, micros = client.time()
    return Census(client, keys, round(int(seconds) * 1000 + int(micros) / 1000 - LATE_MS))
