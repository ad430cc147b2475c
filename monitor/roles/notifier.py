"""The notifier: takes the heads of due lanes, has them sent, and settles what came of it.

Every destination is served by its own task, so that a slow or dead one holds up no other. A killed notifier loses
nothing: its leases end, and the lanes are due again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import structlog

from monitor.core.deliver.wire import readable
from monitor.errors import InfrastructureError
from monitor.model import Delivery
from monitor.ports import Attempt, GaveUp, Retry, SendOutcome
from monitor.roles.outage import pause_s, waited
from monitor.roles.serving import Served, Serving, Shared

_IDLE_S: Final = 1.0
"""The longest sleep: heals a wake-up that was lost on the way."""
_LISTEN_S: Final = 2.0
_EARLY_S: Final = 1.0
UNSERVED: Final = (
    "deliveries wait for a destination that is not configured: configure it again under that name, or send them "
    "elsewhere: `stetwatch deliveries list --destination NAME` shows them, `deliveries redeliver` sends them"
)

_log = structlog.get_logger(__name__)


class Notifier:
    """Serves destinations until told to stop, then lets what is in flight come to its end."""

    def __init__(self, destinations: Sequence[Served], shared: Shared) -> None:
        self._shared = shared
        self._serving = {one.name: Serving(one, shared) for one in destinations}

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until ``stop`` is set and what is in flight is settled. Outages of the store are lived through."""
        # The tasks end by this flag: on Python 3.11 redis-py loses a cancellation that meets a send (``wait_for``).
        ended = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            try:
                tasks.create_task(self._tell_of_the_unserved(ended))
                listening = tasks.create_task(self._listen(ended))
                for serving in self._serving.values():
                    tasks.create_task(self._serve(serving, ended))
                await stop.wait()
            finally:
                ended.set()
                listening.cancel()
                for serving in self._serving.values():
                    serving.woken.set()

    async def _tell_of_the_unserved(self, ended: asyncio.Event) -> None:
        """Say once which destinations hold deliveries that nobody here will make: they were renamed or removed."""
        failures, known = 0, None
        while known is None and not ended.is_set():
            try:
                known = await self._shared.lanes.destinations()
            except InfrastructureError as error:
                failures += 1
                await self._shared.outage.wait(error, failures, ended)
            except Exception:  # noqa: BLE001  # only a warning is lost
                _log.exception("what waits for destinations that are not configured cannot be told")
                return
        for name, lanes in (known or {}).items():
            if lanes and name not in self._serving:
                _log.warning(UNSERVED, destination=name, lanes=lanes)

    async def _listen(self, ended: asyncio.Event) -> None:
        """Wake a destination when a lane of it may have gained work."""
        failures = 0
        while not ended.is_set():
            try:
                names = await self._shared.lanes.wait(_LISTEN_S)
            except InfrastructureError as error:
                failures += 1
                await self._shared.outage.wait(error, failures, ended)
            except Exception:  # noqa: BLE001  # lanes are looked at every second all the same
                failures += 1
                _log.exception("listening failed: a bug")
                await waited(ended, pause_s(failures))
            else:
                failures = 0
                for name in names & self._serving.keys():
                    self._serving[name].woken.set()

    async def _serve(self, serving: Serving, ended: asyncio.Event) -> None:
        """Round after round; then wait for what is in flight, or, cancelled, leave it to its leases."""
        failures, take = 0, serving.served.round or _round
        try:
            while not ended.is_set():
                serving.woken.clear()
                try:
                    idle_s = await take(serving)
                except InfrastructureError as error:
                    failures += 1
                    await self._shared.outage.wait(error, failures, ended)
                    continue
                except Exception:  # noqa: BLE001  # the other destinations are served all the same
                    failures += 1
                    _log.exception("cannot be served: a bug, or a damaged record", destination=serving.name)
                    await waited(ended, pause_s(failures))
                    continue
                failures = 0
                self._shared.outage.over()
                if idle_s > 0 and not ended.is_set():
                    await waited(serving.woken, min(idle_s, _IDLE_S))
            if serving.in_flight:
                await asyncio.wait(serving.in_flight)
        finally:
            for task in serving.in_flight:
                task.cancel()


async def _round(serving: Serving) -> float:
    """Start what is due, a message each; how long nothing more can be done, unless woken."""
    if serving.free <= 0:
        return _IDLE_S
    claimed, ends_at = await serving.claim(serving.free)
    for delivery in claimed.deliveries:
        serving.start(_deliver(serving, delivery, ends_at))
    return _IDLE_S if serving.free <= 0 or claimed.wait_s is None else claimed.wait_s


def at_once(delivery: Delivery, outcome: SendOutcome) -> bool:
    """Whether a first attempt failed so early that one more at once costs nobody anything (Svix: the same).

    A connection kept alive that the receiver had closed meanwhile is no reason to wait five seconds.
    """
    first = delivery.attempts == 0 and delivery.tried_at is None
    match outcome:
        case Retry(trips=True, attempt=Attempt(status=None, duration_s=duration_s)):
            return first and duration_s < _EARLY_S
        case _:
            return False


async def _deliver(serving: Serving, delivery: Delivery, ends_at: float) -> None:
    """One attempt and its settling; what goes wrong in here concerns this delivery alone."""
    if readable(delivery.body):
        outcome = await serving.attempt(lambda: serving.served.sender.send(delivery), ends_at, delivery)
        if at_once(delivery, outcome):
            outcome = await serving.attempt(lambda: serving.served.sender.send(delivery), ends_at, delivery)
    else:
        outcome = GaveUp(reason="its body cannot be read" if delivery.body else "its body is no longer kept")
    await serving.settle([delivery], outcome, ends_at)
