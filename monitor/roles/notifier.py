"""The notifier: takes the heads of due lanes, has them sent, and settles what came of it.

Every destination is served by its own task, so that a slow or dead one holds up no other. A killed notifier loses
nothing: its leases end, and the lanes are due again.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, assert_never

import structlog

from monitor.core.deliver.retry import Kind, next_attempt
from monitor.core.deliver.wire import decode
from monitor.errors import InfrastructureError
from monitor.model import Change, Delivery
from monitor.ports import Delivered, GaveUp, Lanes, Retry, Sender, SendOutcome
from monitor.roles.outage import Outage, pause_s, waited

IN_FLIGHT: Final[Mapping[Kind, int]] = {"webhook": 4, "slack": 1}
LEASE_S: Final = 45.0
_MARGIN_S: Final = 5.0
"""An attempt ends this long before its lease, so that it is never made twice at a time."""
_IDLE_S: Final = 1.0
"""The longest sleep: heals a wake-up that was lost on the way."""
_LISTEN_S: Final = 2.0
UNSERVED: Final = (
    "deliveries wait for a destination that is not configured: configure it again under that name, or send them "
    "elsewhere: `stetwatch deliveries list --destination NAME` shows them, `deliveries redeliver` sends them"
)

_Told = Delivered | GaveUp | tuple[Retry, float]
"""An outcome, a retry with its wait."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Post:
    """One destination as this process serves it."""

    name: str
    sender: Sender
    kind: Kind
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    in_flight: set[asyncio.Task[None]] = field(default_factory=set)
    paused_until: float = 0.0
    closed: bool = False


class Notifier:
    """Serves the named destinations until told to stop, then lets what is in flight come to its end.

    ``now`` is the clock of delays and horizons; ``jitter`` gives numbers in [0, 1).
    """

    def __init__(
        self,
        lanes: Lanes,
        senders: Mapping[str, Sender],
        kinds: Mapping[str, Kind],
        *,
        now: Callable[[], datetime],
        jitter: Callable[[], float],
        lease_s: float = LEASE_S,
    ) -> None:
        self._lanes = lanes
        self._posts = [_Post(name, sender, kinds[name]) for name, sender in senders.items()]
        self._now = now
        self._jitter = jitter
        self._lease_s = lease_s
        self._outage = Outage()

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until ``stop`` is set and what is in flight is settled. Outages of the store are lived through."""
        # The tasks end by this flag: on Python 3.11 redis-py loses a cancellation that meets a send (``wait_for``).
        ended = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            try:
                tasks.create_task(self._tell_of_the_unserved(ended))
                listening = tasks.create_task(self._listen(ended))
                for post in self._posts:
                    tasks.create_task(self._serve(post, ended))
                await stop.wait()
            finally:
                ended.set()
                listening.cancel()
                for post in self._posts:
                    post.woken.set()

    async def _tell_of_the_unserved(self, ended: asyncio.Event) -> None:
        """Say once which destinations hold deliveries that nobody here will make: they were renamed or removed."""
        served, failures, known = {post.name for post in self._posts}, 0, None
        while known is None and not ended.is_set():
            try:
                known = await self._lanes.destinations()
            except InfrastructureError as error:
                failures += 1
                await self._outage.wait(error, failures, ended)
        for name, lanes in (known or {}).items():
            if lanes and name not in served:
                _log.warning(UNSERVED, destination=name, lanes=lanes)

    async def _listen(self, ended: asyncio.Event) -> None:
        """Wake every destination when a lane anywhere may have gained work."""
        failures = 0
        while not ended.is_set():
            try:
                await self._lanes.wait(_LISTEN_S)
            except InfrastructureError as error:
                failures += 1
                await self._outage.wait(error, failures, ended)
            except Exception:  # noqa: BLE001  # lanes are looked at every second all the same
                failures += 1
                _log.exception("listening failed: a bug")
                await waited(ended, pause_s(failures))
            else:
                failures = 0
            for post in self._posts:
                post.woken.set()

    async def _serve(self, post: _Post, ended: asyncio.Event) -> None:
        """Round after round; then wait for what is in flight, or, cancelled, leave it to its leases."""
        failures = 0
        try:
            while not (ended.is_set() or post.closed):
                post.woken.clear()
                try:
                    idle_s = await self._round(post)
                except InfrastructureError as error:
                    failures += 1
                    await self._outage.wait(error, failures, ended)
                    continue
                failures = 0
                self._outage.over()
                if idle_s > 0 and not ended.is_set():
                    await waited(post.woken, idle_s)
            if post.in_flight:
                await asyncio.wait(post.in_flight)
        finally:
            for task in post.in_flight:
                task.cancel()

    async def _round(self, post: _Post) -> float:
        """Start what is due; how long nothing more can be done, unless woken."""
        paused_s = post.paused_until - time.monotonic()
        if paused_s > 0:
            # Woken again by every commit: the pause is looked at before the store is.
            return paused_s
        free = IN_FLIGHT[post.kind] - len(post.in_flight)
        if free <= 0:
            return _IDLE_S
        claimed = await self._lanes.claim(post.name, free, self._lease_s)
        ends_at = time.monotonic() + self._lease_s - _MARGIN_S
        for delivery in claimed:
            self._start(post, self._deliver(post, delivery, ends_at))
        if len(claimed) == free:
            return _IDLE_S
        due_in_s = await self._lanes.next_due_in([post.name])
        return _IDLE_S if due_in_s is None else min(due_in_s, _IDLE_S)

    def _start(self, post: _Post, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        post.in_flight.add(task)

        def done(task: asyncio.Task[None]) -> None:
            post.in_flight.discard(task)
            post.woken.set()
            error = None if task.cancelled() else task.exception()
            if error is not None:
                _log.error("settling failed: a bug; the lane goes on when its lease ends", exc_info=error)

        task.add_done_callback(done)

    async def _deliver(self, post: _Post, delivery: Delivery, ends_at: float) -> None:
        """One attempt and its settling; what goes wrong in here concerns this delivery alone."""
        try:
            change = decode(delivery.body)
        except ValueError:
            reason = "its body cannot be read" if delivery.body else "its body is no longer kept"
            await self._settle(post, delivery, None, GaveUp(reason=reason), ends_at)
            return
        outcome = await self._attempt(post, delivery, change, ends_at)
        await self._settle(post, delivery, change, outcome, ends_at)

    async def _attempt(self, post: _Post, delivery: Delivery, change: Change, ends_at: float) -> SendOutcome:
        try:
            async with asyncio.timeout(max(0.0, ends_at - time.monotonic())):
                return await post.sender.send(delivery, change)
        except TimeoutError:
            return Retry(reason="the attempt took longer than its lease")
        except Exception as error:  # noqa: BLE001  # a bug in one message must not stop the others
            _log.exception("sending failed: a bug", destination=post.name, change=delivery.change_id)
            return Retry(reason=f"a bug of ours ({type(error).__name__}): see the log")

    async def _settle(
        self, post: _Post, delivery: Delivery, change: Change | None, outcome: SendOutcome, ends_at: float
    ) -> None:
        """Tell the store, again and again while the lease lasts; after that the delivery is made once more."""
        told = self._told(post, delivery, outcome)
        for failures in itertools.count(1):
            try:
                held = await self._record(delivery, change, told)
            except InfrastructureError as error:
                if time.monotonic() > ends_at:
                    _log.warning("not settled: will be sent again", **_names(delivery))
                    return
                await self._outage.wait(error, failures)
            else:
                self._outage.over()
                _report(delivery, told, held=held)
                return

    def _told(self, post: _Post, delivery: Delivery, outcome: SendOutcome) -> _Told:
        """The outcome with the wait it means: a retry without a next attempt is the end of the delivery."""
        match outcome:
            case Delivered():
                return outcome
            case GaveUp():
                post.closed = post.closed or outcome.disable
                if outcome.disable:
                    _log.error("destination closed until the next start", destination=post.name, reason=outcome.reason)
                return outcome
            case Retry():
                wait_s = next_attempt(
                    post.kind,
                    attempts=delivery.attempts + outcome.counts,
                    counts=outcome.counts,
                    tried_at=delivery.tried_at,
                    now=self._now(),
                    after_s=outcome.after_s,
                    jitter=self._jitter(),
                )
                if wait_s is None:
                    return GaveUp(reason=f"no attempt is left; the last one: {outcome.reason}")
                if not outcome.counts:
                    post.paused_until = max(post.paused_until, time.monotonic() + wait_s)
                return outcome, wait_s
            case _:
                assert_never(outcome)

    async def _record(self, delivery: Delivery, change: Change | None, told: _Told) -> bool:
        match told:
            case Delivered():
                now = self._now()
                fetched_at = change.snapshot.fetched_at if change and change.snapshot else delivery.first_at
                return await self._lanes.delivered(
                    delivery,
                    told,
                    since_commit_s=(now - delivery.first_at).total_seconds(),
                    since_fetch_s=(now - fetched_at).total_seconds(),
                )
            case GaveUp():
                return await self._lanes.dead(delivery, told)
            case (Retry() as retry, wait_s):
                return await self._lanes.retry(delivery, retry, wait_s)
            case _:
                assert_never(told)


def _names(delivery: Delivery) -> dict[str, str]:
    return {"destination": delivery.destination, "change": delivery.change_id, "lane": delivery.lane}


def _report(delivery: Delivery, told: _Told, *, held: bool) -> None:
    if not held:
        _log.warning("another notifier had taken over", **_names(delivery))
        return
    match told:
        case Delivered():
            _log.debug("delivered", status=told.status, **_names(delivery))
        case GaveUp():
            _log.error("given up", reason=told.reason, **_names(delivery))
        case (Retry() as retry, wait_s):
            _log.warning("will be tried again", reason=retry.reason, in_s=round(wait_s, 1), **_names(delivery))
        case _:
            assert_never(told)
