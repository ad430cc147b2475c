"""The heart of every role: a thread that shows that the process lives, and makes the rounds for all.

Who has stopped is seen by those that are left. So a process that is told to stop no longer judges others: they may
have been told so before it.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, Self

import structlog

from monitor.core.deliver.quiet import holds
from monitor.core.deliver.route import Routing, reached
from monitor.core.deliver.upkeep import Turn, change_of
from monitor.core.deliver.wire import encode
from monitor.errors import InfrastructureError
from monitor.ports import Written
from monitor.ports.rounds import Rounds

EVERY_S: Final = 3.0
AGAIN_S: Final = 1.0
"""A beat that failed is made up for so soon: before the second rounds after an outage, which blame who is missing."""

HANGS_S: Final = 4.0
"""A loop that has not turned for so long does not live, whatever its process does."""

_TURNS_S: Final = 1.0
_LEAVES_WITHIN_S: Final = 2.0

_log = structlog.get_logger(__name__)


class Heart:
    """Beats from a thread of its own while it is entered; leaving it is the farewell of the process.

    ``says`` gives numbers of this process for its heartbeat (``sse_clients``). ``leaving`` says whether it was told to
    stop. Both may be set while it beats.
    """

    def __init__(
        self,
        rounds: Rounds,
        role: str,
        routing: Routing,
        now: Callable[[], datetime],
        *,
        every_s: float = EVERY_S,
    ) -> None:
        self.leaving: Callable[[], bool] = lambda: False
        self.says: Callable[[], Mapping[str, int]] = dict
        self._rounds = rounds
        self._role = role
        self._routing = routing
        self._now = now
        self._every_s = every_s
        self._turned_at: float | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(_LEAVES_WITHIN_S)

    async def follow(self, stop: asyncio.Event) -> None:
        """Run it beside the role's work: from now on the process lives only while this loop turns."""
        self.leaving = stop.is_set
        while True:
            self._turned_at = time.monotonic()
            await asyncio.sleep(_TURNS_S)

    def beat(self) -> None:
        """One beat, and what the rounds have to tell if it fell to this process to make them."""
        alive = self._turned_at is None or time.monotonic() - self._turned_at < HANGS_S
        for turn in self._rounds.beat(self.says(), alive=alive, judging=not self.leaving()):
            self._tell(turn)

    def _tell(self, turn: Turn) -> None:
        at = self._now()
        change = change_of(turn, at)
        to = reached(change, self._routing)
        written = Written(change=change, body=encode(change), destinations=tuple(to), holds=holds(to, at))
        if self._rounds.tell(turn, written):
            tell = _log.warning if turn.type in {"role.stopped", "source.stalled"} else _log.info
            tell(turn.type, name=turn.name, reason=change.reason)

    def _beat_on(self) -> None:
        while not self._ended.is_set():
            pause_s = self._every_s
            try:
                self.beat()
            except InfrastructureError:
                pause_s = min(AGAIN_S, pause_s)
            except Exception:  # noqa: BLE001  # the process goes on without its thread, and would be taken for dead
                _log.exception("no heartbeat", role=self._role)
            self._ended.wait(pause_s)
        with contextlib.suppress(InfrastructureError):
            self._rounds.leave()
