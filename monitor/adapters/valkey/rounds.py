"""Heartbeats and rounds in Redis (``ports.Rounds``).

A heartbeat is one script call, which also makes the rounds when the last ones are long enough ago: roles that
stopped, sources that stall, gauges, the worst sources. Whoever comes first makes them, so nobody leads. A rollup row
bears the name of its ten seconds and is written once, and a turn is told once, whoever does it and how often.
"""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import redis

from monitor import __version__
from monitor.adapters.valkey.errors import translated
from monitor.adapters.valkey.inbox import Retention
from monitor.adapters.valkey.keys import Keys
from monitor.adapters.valkey.numbers import read_numbers
from monitor.adapters.valkey.observations import decode_source
from monitor.adapters.valkey.scripts import lua
from monitor.adapters.valkey.telling import told
from monitor.core.deliver.upkeep import OURSELVES, Turn
from monitor.errors import StoreRefused
from monitor.metrics import ROLES_ALIVE
from monitor.model import SourceRef
from monitor.ports import Written
from monitor.ports.numbers import Figures
from monitor.rollup import row

ALIVE_MS: Final = 8_000
"""A process that has not beaten for so long is gone: two beats missed, and two seconds."""

ROUND_MS: Final = 2_500
GAP_MS: Final = 7_000
"""After so long without rounds nobody is blamed. Where whoever made them died, the next ones come within ROUND_MS and
a beat (3 s): somebody beat just too early to make them.
"""

SILENCE_MS: Final = 4_500
"""Nor after so long without a beat of anybody. It is more than a beat, and with a beat less than ALIVE_MS: after a
shorter outage whoever beat first finds nobody too old, and ROUND_MS later, when it is judged again, whoever lives has
beaten, since a beat that failed is made up for within a second.
"""

ABSENT_MS: Final = 10_000
"""A role without a process for so long is told of, and one that came back when it has stayed for so long."""

HINTED_MS: Final = 6_000
"""How much later a process tells that knows no destination: one that does, if there is one, comes before it."""

SLOT_MS: Final = 10_000
ROWS_KEPT: Final = 8_640
"""Rollup rows of a day."""

STALLS: Final = 20
_STALLS_MS: Final = 600_000
"""Of so many stalled sources at most is told within ten minutes; the gauges count them all."""

_LIMITS: Final = {
    "alive_ms": ALIVE_MS,
    "expires_ms": 10_000,
    "round_ms": ROUND_MS,
    "gap_ms": GAP_MS,
    "silence_ms": SILENCE_MS,
    "stalled_ms": 10_000,
    "catch_up_ms": 60_000,
    "stalls": STALLS,
    "slot_ms": SLOT_MS,
    "lost_kept_ms": 3_600_000,
    "forgotten_ms": 86_400_000,
    "roles": [one.name.removeprefix("role_").removesuffix("_alive") for one in ROLES_ALIVE],
}


class _Before(msgspec.Struct, frozen=True):
    """What a rollup row is measured against: the numbers of the row before it, and when that was (ms)."""

    at_ms: int
    counters: dict[str, int]
    histograms: dict[str, dict[str, float]]


class ValkeyRounds:
    """The heartbeat of this process in one role, and its share of the rounds.

    ``bell_queue`` is the list of waiting drain jobs. ``hinted``: the process knows where to send what it has to tell.
    """

    def __init__(
        self, client: redis.Redis, keys: Keys, role: str, *, retention: Retention, bell_queue: str, hinted: bool
    ) -> None:
        self._client = client
        self._keys = keys
        self._role = role
        self._host = socket.gethostname()
        self.node = f"{role}-{self._host}-{os.getpid()}"
        self._started_at = _second(datetime.now(UTC))
        absent = {"absent_ms": ABSENT_MS if hinted else ABSENT_MS + HINTED_MS, "bell_queue": bell_queue}
        self._limits = msgspec.json.encode({**_LIMITS, **absent})
        self._kept = msgspec.json.encode(
            {"keep_s": retention.keep_s, "max_changes": retention.max_changes, "stalls_ms": _STALLS_MS}
        )
        self._rounds = client.register_script(lua("rounds", "roles", "gauges"))
        self._tell = client.register_script(lua("rounds_tell", "telling"))
        self._leave = client.register_script(lua("leave", "roles"))
        self._rollup = client.register_script(lua("rollup"))

    def beat(self, said: Mapping[str, int], *, alive: bool = True, judging: bool = True) -> Sequence[Turn]:
        mine = msgspec.json.encode([str(part) for pair in self._of_itself(said).items() for part in pair])
        args = [self._keys.prefix, self.node, self._role, "1" if alive else "", "1" if judging else "", mine]
        with translated():
            made_ms, *more = self._rounds(args=[*args, self._limits])
        if not more:
            return ()
        slot, last_slot, *turns = more
        if slot > last_slot:
            with contextlib.suppress(StoreRefused):  # a full server still hears of what has turned
                self._write_row(slot, int(made_ms))
        return [_turn(*turn) for turn in turns]

    def tell(self, turn: Turn, written: Written) -> bool:
        kind = "role" if turn.source is OURSELVES else "source"
        since_ms = round(turn.since.timestamp() * 1000)
        change = msgspec.json.encode(told(written, 0))
        args: list[str | bytes | int] = [self._keys.prefix, change, written.body, self._kept, kind, turn.name, since_ms]
        with translated():
            return bool(self._tell(args=args))

    def leave(self) -> None:
        with translated():
            self._leave(args=[self._keys.prefix, self.node, self._role, ALIVE_MS])

    def _of_itself(self, said: Mapping[str, int]) -> Mapping[str, object]:
        used = resource.getrusage(resource.RUSAGE_SELF)
        unit = 1 if sys.platform == "darwin" else 1024
        return {
            "role": self._role,
            "host": self._host,
            "pid": os.getpid(),
            "version": __version__,
            "at": _second(datetime.now(UTC)),
            "started_at": self._started_at,
            "cpu_ms": round(1000 * (used.ru_utime + used.ru_stime)),
            "rss_most_bytes": used.ru_maxrss * unit,
            **said,
        }

    def _write_row(self, slot: int, at_ms: int) -> None:
        now = read_numbers(self._client, self._keys, ())
        with translated():
            raw: Any = self._client.get(self._keys.key("rollup"))
        before = msgspec.json.decode(raw, type=_Before) if raw else None
        known = Figures(counters=before.counters, histograms=before.histograms) if before else None
        fields = row(now, known, (at_ms - before.at_ms) / 1000 if before else 0.0)
        flat = [part for name, value in fields.items() for part in (name, f"{value:.15g}")]
        kept = _Before(at_ms, dict(now.counters), {name: dict(fields) for name, fields in now.histograms.items()})
        packed = (msgspec.json.encode(kept), msgspec.json.encode(flat))
        with translated():
            self._rollup(args=[self._keys.prefix, slot, SLOT_MS, ROWS_KEPT, *packed])


def _turn(type_: bytes, name: bytes, since_ms: bytes, awaits: bytes, definition: bytes) -> Turn:
    kind: Any = type_.decode()
    of_role = kind.startswith("role.")
    return Turn(
        type=kind,
        name=name.decode(),
        since=datetime.fromtimestamp(int(since_ms) / 1000, UTC),
        source=OURSELVES if of_role else _ref(name.decode(), definition),
        awaits=awaits.decode(),
    )


def _ref(name: str, definition: bytes) -> SourceRef:
    """The source, by its name alone where another version defined it: its trouble must not hide that of others."""
    try:
        source = decode_source(definition)
    except ValueError:
        return SourceRef(name=name, url="")
    return SourceRef(name=source.name, url=source.url, tags=source.tags)


def _second(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
