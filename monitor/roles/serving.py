"""One destination as a notifier serves it: what it takes, what is on its way, and what becomes of each attempt."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, assert_never

import structlog

from monitor.core.deliver.operational import FAILING_AFTER, Operational, operational, told_to
from monitor.core.deliver.quiet import holds
from monitor.core.deliver.retry import Kind, next_attempt
from monitor.core.deliver.wire import encode, fetched_at
from monitor.errors import InfrastructureError
from monitor.model import WEBHOOK_SCHEDULE_S, Delivery, Pace, Route, Webhook
from monitor.ports import Claimed, Delivered, GaveUp, Lanes, Pause, Retry, Sender, SendOutcome, Terms, Written
from monitor.roles.outage import Outage

LEASE_S: Final = 45.0
_MARGIN: Final = 1 / 9
"""An attempt ends this share of its lease before it, so that it is never made twice at a time."""

_Told = Delivered | GaveUp | Pause | tuple[Retry, float]
"""An outcome, a retry with its wait."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A destination to serve. ``round`` plans its messages; without one every delivery is a message.

    ``schedule_s`` are the waits between a webhook's attempts; a claim is good for ``lease_s``. ``punctual``: its sender
    ends every attempt in time by itself, even a second one at once.
    """

    name: str
    kind: Kind
    sender: Sender
    pace: Pace
    settle_s: float = 0.0
    settle_most_s: float = 0.0
    batch: int = 1
    lease_s: float = LEASE_S
    punctual: bool = False
    schedule_s: Sequence[float] = WEBHOOK_SCHEDULE_S
    round: Callable[[Serving], Awaitable[float]] | None = None


def served_webhook(webhook: Webhook, sender: Sender) -> Served:
    """A webhook at its own pace; a claim outlives an attempt and its instant second."""
    return Served(
        name=webhook.name,
        kind="webhook",
        sender=sender,
        pace=webhook.pace,
        lease_s=3 * webhook.timeout_s,
        punctual=True,
        schedule_s=webhook.retry_s,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What all destinations of a notifier share. ``jitter`` gives numbers in [0, 1).

    ``routes`` and the ``names`` of all destinations say who hears of trouble with one.
    """

    lanes: Lanes
    now: Callable[[], datetime]
    jitter: Callable[[], float]
    routes: Sequence[Route] = ()
    names: Sequence[str] = ()
    outage: Outage = field(default_factory=Outage)


class Serving:
    """Claims, attempts and settlements of one destination."""

    def __init__(self, served: Served, shared: Shared) -> None:
        self.served = served
        self.name = served.name
        self.lanes = shared.lanes
        self.terms = Terms(
            pace=served.pace,
            lease_s=served.lease_s,
            settle_s=served.settle_s,
            settle_most_s=served.settle_most_s,
            batch=served.batch,
        )
        self.woken = asyncio.Event()
        self.in_flight: set[asyncio.Task[None]] = set()
        self._landed: dict[int, Delivery] = {}
        self._settling = 0
        self._shared = shared

    @property
    def free(self) -> int:
        """How many more messages may be on their way."""
        return self.served.pace.in_flight - len(self.in_flight) + self._settling

    async def claim(self, limit: int, *, together: bool = False) -> tuple[Claimed, float]:
        """What is due, and when attempts at it must have ended (``time.monotonic``)."""
        terms = replace(self.terms, together=True) if together else self.terms
        ends_at = time.monotonic() + terms.lease_s * (1 - _MARGIN)
        return await self.lanes.claim(self.name, limit, terms, self._landed.values()), ends_at

    async def release(self, deliveries: Sequence[Delivery], after_s: float = 0.0) -> None:
        """Give them back untried."""
        if deliveries:
            await self.lanes.release(deliveries, after_s)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run it beside the loop, which is woken when it ends."""
        task = asyncio.create_task(work)
        self.in_flight.add(task)
        task.add_done_callback(self._done)

    async def attempt(
        self, send: Callable[[], Awaitable[SendOutcome]], ends_at: float, head: Delivery | None = None
    ) -> SendOutcome:
        """One attempt; cut off in time, and a bug in it concerns its deliveries alone (the log names ``head``)."""
        try:
            if self.served.punctual:
                return await send()
            async with asyncio.timeout(max(0.0, ends_at - time.monotonic())):
                return await send()
        except TimeoutError:
            return Retry(reason="the attempt took longer than its lease", trips=True)
        except Exception as error:  # noqa: BLE001  # a bug in one message must not stop the others
            _log.exception("sending failed: a bug", **(_names(head) if head else {"destination": self.name}))
            return Retry(reason=f"a bug of ours ({type(error).__name__}): see the log")

    async def settle(self, deliveries: Sequence[Delivery], outcome: SendOutcome, ends_at: float) -> None:
        """Tell the store, again and again while the lease lasts; after that they are sent once more.

        Several deliveries are those of one message; the first of them says when it is tried again.
        """
        told = self._told(deliveries[0], outcome)
        if not isinstance(outcome, Delivered):
            await self._settle(deliveries, told, ends_at)  # what it says of the destination must be known first
            return
        landed = {one.token: one for one in deliveries}
        self._landed |= landed
        self._settling += 1
        self.woken.set()
        try:
            await self._settle(deliveries, told, ends_at)
        finally:
            self._settling -= 1
            for token in landed:
                del self._landed[token]

    async def _settle(self, deliveries: Sequence[Delivery], told: _Told, ends_at: float) -> None:
        for failures in itertools.count(1):
            try:
                held = await self._record(deliveries, told)
            except InfrastructureError as error:
                if time.monotonic() > ends_at:
                    _log.warning("not settled: will be sent again", **_names(deliveries[0]))
                    return
                await self._shared.outage.wait(error, failures)
            else:
                self._shared.outage.over()
                _report(deliveries, told, held=held)
                return

    def _done(self, task: asyncio.Task[None]) -> None:
        self.in_flight.discard(task)
        self.woken.set()
        error = None if task.cancelled() else task.exception()
        if error is not None:
            _log.error("settling failed: a bug; the lane goes on when its lease ends", exc_info=error)

    def _told(self, delivery: Delivery, outcome: SendOutcome) -> _Told:
        """The outcome with the wait it means: a retry without a next attempt is the end of the delivery."""
        match outcome:
            case Delivered() | GaveUp() | Pause():
                return outcome
            case Retry():
                wait_s = next_attempt(
                    self.served.kind,
                    attempts=delivery.attempts + outcome.counts,
                    counts=outcome.counts,
                    tried_at=delivery.tried_at,
                    now=self._shared.now(),
                    after_s=outcome.after_s,
                    jitter=self._shared.jitter(),
                    schedule_s=self.served.schedule_s,
                )
                if wait_s is None:
                    reason = f"no attempt is left; the last one: {outcome.reason}"
                    return GaveUp(reason=reason, trips=outcome.trips, attempt=outcome.attempt)
                return outcome, wait_s
            case _:
                assert_never(outcome)

    async def _record(self, deliveries: Sequence[Delivery], told: _Told) -> bool:
        match told:
            case Delivered():
                now, head = self._shared.now(), deliveries[0]
                return await self.lanes.delivered(
                    deliveries,
                    told,
                    since_commit_s=(now - head.first_at).total_seconds(),
                    since_fetch_s=(now - (fetched_at(head.body) or head.first_at)).total_seconds(),
                )
            case GaveUp():
                closed = told.reason if told.disable else f"nothing arrives: {told.reason}"
                return all(
                    [
                        await self.lanes.dead(
                            one, told, self._tell(one, ("delivery.dead", told.reason), ("destination.disabled", closed))
                        )
                        for one in deliveries
                    ]
                )
            case Pause():
                reason = f"paused until an operator resumes it: {told.reason}"
                return await self.lanes.pause(
                    deliveries, told, self._tell(deliveries[0], ("destination.disabled", reason))
                )
            case (Retry() as retry, wait_s):
                return await self.lanes.retry(deliveries, retry, wait_s, self._troubles(deliveries[0], retry))
            case _:
                assert_never(told)

    def _troubles(self, head: Delivery, retry: Retry) -> Sequence[Written]:
        """What may have come true by a failed attempt; the store knows whether it has."""
        failed = head.attempts + retry.counts
        if not retry.counts:
            return ()
        troubles: list[tuple[Operational, str]] = [("destination.disabled", f"nothing arrives: {retry.reason}")]
        if retry.hopeless or failed >= FAILING_AFTER:
            troubles.insert(0, ("delivery.failing", f"{retry.reason} (attempt {failed})"))
        return self._tell(head, *troubles)

    def _tell(self, delivery: Delivery, *troubles: tuple[Operational, str]) -> Sequence[Written]:
        told = []
        for type_, reason in troubles:
            change = operational(type_, delivery, reason, self._shared.now())
            if change is not None:
                to = told_to(change, self._shared.routes, self._shared.names)
                held = holds(to, self._shared.now())
                told.append(Written(change=change, body=encode(change), destinations=tuple(to), holds=held))
        return told


def _names(delivery: Delivery) -> dict[str, str]:
    return {"destination": delivery.destination, "change": delivery.change_id, "lane": delivery.lane}


def _report(deliveries: Sequence[Delivery], told: _Told, *, held: bool) -> None:
    names: dict[str, Any] = _names(deliveries[0])
    if len(deliveries) > 1:
        names["deliveries"] = len(deliveries)
    if not held:
        _log.warning("another notifier had taken over", **names)
        return
    match told:
        case Delivered():
            _log.debug("delivered", status=told.status, **names)
        case GaveUp():
            _log.error("given up", reason=told.reason, **names)
        case Pause():
            _log.error("everything waits for a person", reason=told.reason, **names)
        case (Retry() as retry, wait_s):
            _log.warning("will be tried again", reason=retry.reason, in_s=round(wait_s, 1), **names)
        case _:
            assert_never(told)
