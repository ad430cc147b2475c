"""Living through an outage of the store: said once, waited for a little longer each time, its end said too."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

import structlog

from monitor.errors import InfrastructureError

_LONGEST_WAIT_S: Final = 5.0

_log = structlog.get_logger(__name__)


class Outage:
    """What all tasks of the notifier know about the store: is it away?"""

    def __init__(self) -> None:
        self._away = False

    async def wait(self, error: InfrastructureError, failures: int, ended: asyncio.Event | None = None) -> None:
        """After so many failures in a row; cut short where ``ended`` is set."""
        if not self._away:
            self._away = True
            _log.error("the store is away: deliveries wait", reason=str(error))
        await waited(ended or asyncio.Event(), pause_s(failures))

    def over(self) -> None:
        """The store has answered."""
        if self._away:
            self._away = False
            _log.info("the store is back: deliveries go on")


def pause_s(failures: int) -> float:
    """From 0.2 s, doubled with each failure, up to 5 s."""
    return min(0.1 * 2.0 ** min(failures, 10), _LONGEST_WAIT_S)


async def waited(event: asyncio.Event, timeout_s: float) -> None:
    """Until the event or the timeout. (Python 3.11's ``wait_for`` can lose a cancellation; ``timeout`` cannot.)"""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            await event.wait()
