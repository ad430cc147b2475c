"""The poller: claims due sources, visits them, leaves what it saw in their inboxes.

::

    claim (lease) ─► fetch ─► settle ─► finish (stored, queued and rung for in one step)
      due sources     304, same bytes: nothing to tell, unless someone waits for a newer witness

``settle`` decides and touches nothing; ``Poller`` calls the ports in order and decides nothing. A poller that dies
loses nothing: its leases end and the sources are due again. While the store is away, what was fetched is kept and
written when it is back; nothing new is claimed before.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, assert_never

import structlog

from monitor import metrics
from monitor.core import cadence
from monitor.errors import InfrastructureError
from monitor.model import Access, FailedPoll, Observation, Unchanged
from monitor.ports import (
    Failed,
    Fetched,
    Fetcher,
    FetchOutcome,
    NotModified,
    PollOutcome,
    PollResult,
    Schedule,
    Visit,
)
from monitor.roles.load import Loads

_log = structlog.get_logger(__name__)

LEASE_S: Final = 30.0
"""Longer than a visit may take (20 s) and its result may take to be written."""

IDLE_S: Final = 1.0
"""The longest nap: sources added elsewhere are found, and the bell rung, this often."""

_SHORTEST_NAP_S: Final = 0.01
PAUSES_S: Final = (1.0, 2.0, 4.0, 8.0, 15.0)
"""How long to leave a store alone that is away; the last one repeats."""

_NO_ACCESS: Final = Access()


def settle(visit: Visit, outcome: FetchOutcome, *, now: datetime, jitter: float, took_ms: float) -> PollResult:
    """What a visit leaves behind. ``jitter`` in [−1, 1] spreads visits; ``took_ms`` is how long the fetch took.

    An unchanged page is told only when the state awaits a newer witness or the source was failing. A page that comes
    but cannot be read slows polling as one that does not come: it is asked for whole every time.
    """
    came_of_it, observation, body, counted = _told(visit, outcome)
    failures = visit.failures + 1 if isinstance(outcome, Failed) else 0
    next_in_s = cadence.next_in_s(
        source=visit.source,
        heat=visit.heat,
        heat_at=visit.heat_at,
        failures=max(failures, visit.unreadable),
        expires_in_s=None if isinstance(outcome, Failed) else outcome.expires_in_s,
        retry_after_s=outcome.retry_after_s if isinstance(outcome, Failed) else None,
        now=now,
        jitter=jitter,
    )
    return PollResult(
        next_in_s=next_in_s,
        observation=observation,
        body=body,
        validators=outcome.validators if isinstance(outcome, Fetched) else None,
        failures=failures,
        counters={metrics.POLLS.name: 1, **counted},
        timings_ms={metrics.FETCH_MS.name: took_ms},
        outcome=came_of_it,
        took_ms=took_ms,
        received=counted.get(metrics.BYTES.name, 0),
    )


def _told(visit: Visit, outcome: FetchOutcome) -> tuple[PollOutcome, Observation | None, bytes | None, dict[str, int]]:
    """What came of it, what goes into the inbox, the bytes to keep with it, and what is counted."""
    match outcome:
        case Failed():
            failed_poll = FailedPoll(fetched_at=outcome.fetched_at, reason=outcome.reason)
            return "failed", failed_poll, None, {metrics.POLL_FAILURES.name: 1}
        case NotModified():
            witness = _witness(visit, outcome.fetched_at, outcome.generated_at)
            return "not modified", witness, None, {metrics.NOT_MODIFIED.name: 1}
        case Fetched(snapshot=snapshot, body=body):
            counted = {metrics.BYTES.name: len(body)}
            if snapshot.sha256 == visit.body_sha256:
                witness = _witness(visit, snapshot.fetched_at, snapshot.generated_at)
                return "same", witness, None, counted | {metrics.SAME_BODY.name: 1}
            numbered = replace(snapshot, name=f"{visit.polls + 1:03d}_{snapshot.name}")
            return "changed", numbered, body, counted | {metrics.SNAPSHOTS.name: 1}
        case _:
            assert_never(outcome)


def _witness(visit: Visit, fetched_at: datetime, generated_at: datetime | None) -> Unchanged | None:
    if not visit.eager and visit.failures == 0:
        return None
    return Unchanged(fetched_at=fetched_at, generated_at=generated_at)


class Poller:
    """Visits due sources, up to ``concurrency`` at once, until told to stop.

    ``access`` maps name and URL of a source to what is sent along: a page that another file or an operator put under
    the same name gets nothing of it. ``now`` is the clock and ``jitter`` yields numbers in
    [−1, 1]. On stop nothing new is claimed, and visits under way get ``drain_s`` to finish.
    """

    def __init__(
        self,
        schedule: Schedule,
        fetcher: Fetcher,
        *,
        access: Mapping[tuple[str, str], Access],
        now: Callable[[], datetime],
        jitter: Callable[[], float],
        concurrency: int = 64,
        lease_s: float = LEASE_S,
        drain_s: float = 25.0,
        pauses_s: Sequence[float] = PAUSES_S,
    ) -> None:
        self._schedule = schedule
        self._fetcher = fetcher
        self._access = access
        self._now = now
        self._jitter = jitter
        self._concurrency = concurrency
        self._lease_s = lease_s
        self._drain_s = drain_s
        self._pauses_s = tuple(pauses_s)
        self._visits: set[asyncio.Task[None]] = set()
        self._loads = Loads()
        self._wake = asyncio.Event()
        self._unwritten = 0
        self._claims_failed = 0
        self._returned = asyncio.Event()
        self._away_since: float | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until ``stop`` is set, then drain. Lives through a store that goes away; raises only on bugs."""
        async with asyncio.TaskGroup() as group:
            over = asyncio.Event()
            group.create_task(self._ring(over))
            waking = group.create_task(self._wake_on(stop))
            try:
                while not stop.is_set():
                    await self._claim(group, stop)
                await self._drain()
            finally:
                over.set()  # a flag: redis-py may swallow a cancellation that meets it sending
                waking.cancel()

    async def _claim(self, group: asyncio.TaskGroup, stop: asyncio.Event) -> None:
        """Claim what is due and start visiting it; then sleep until there may be more."""
        self._wake.clear()
        free = self._concurrency - len(self._visits)
        if free <= 0 or self._unwritten:
            await _until(self._wake, IDLE_S)
            return
        try:
            visits = await self._schedule.claim(free, self._lease_s, self._loads.now)
            for visit in visits:
                self._loads.begin(visit.host)  # here, not in the task: the next claim may come before it runs
                task = group.create_task(self._visit(visit))
                self._visits.add(task)
                task.add_done_callback(functools.partial(self._ended, visit.host, time.monotonic()))
            due_in_s = 0.0 if len(visits) == free else await self._schedule.next_due_in()
        except InfrastructureError as error:
            await self._away(error, self._claims_failed, stop)
            self._claims_failed += 1
            return
        self._claims_failed = 0
        self._back()
        nap_s = IDLE_S if due_in_s is None else min(due_in_s, IDLE_S)
        if len(visits) < free:
            await _until(self._wake, max(nap_s, _SHORTEST_NAP_S))

    async def _visit(self, visit: Visit) -> None:
        """One source, from fetch to written result. A bug met on the way costs this visit, not the others."""
        try:
            started = time.perf_counter()
            outcome = await self._fetch(visit)
            took_ms = (time.perf_counter() - started) * 1000
            result = settle(visit, outcome, now=self._now(), jitter=self._jitter(), took_ms=took_ms)
            _tell(visit, outcome)
            await self._write(visit, result)
            if result.next_in_s < IDLE_S:
                self._wake.set()
        except Exception:  # noqa: BLE001
            _log.exception("a visit broke: its source is due again when the lease ends", source=visit.source.name)

    def _ended(self, host: str, begun_at: float, task: asyncio.Task[None]) -> None:
        self._loads.end(host, time.monotonic() - begun_at)
        if len(self._visits) >= self._concurrency:
            self._wake.set()
        self._visits.discard(task)

    async def _fetch(self, visit: Visit) -> FetchOutcome:
        name, access = visit.source.name, self._access.get((visit.source.name, visit.source.url), _NO_ACCESS)
        try:
            return await self._fetcher.fetch(visit.source, access, visit.validators)
        except Exception as error:  # noqa: BLE001
            _log.exception("a fetch broke", source=name)
            return Failed(fetched_at=self._now(), reason=f"internal error ({type(error).__name__}): see the log")

    async def _write(self, visit: Visit, result: PollResult) -> None:
        """Finish the visit, however long the store stays away: what was seen may not be there to be seen again."""
        try:
            kept = await self._schedule.finish(visit, result)
        except InfrastructureError as error:
            kept = await self._write_later(visit, result, error)
        self._back()
        if not kept:
            _log.info("a visit came too late: another poller has the source, or it is gone", source=visit.source.name)

    async def _write_later(self, visit: Visit, result: PollResult, error: InfrastructureError) -> bool:
        self._unwritten += 1  # until it is 0 again nothing is claimed, so no claim of ours outdates this visit's
        try:
            tried = 0
            while True:
                await self._away(error, tried, self._returned)
                try:
                    return await self._schedule.finish(visit, result)
                except InfrastructureError as still:
                    error, tried = still, tried + 1
        finally:
            self._unwritten -= 1

    async def _away(self, error: InfrastructureError, tried: int, until: asyncio.Event) -> None:
        """Say once that the store is away, and leave it alone for a while or until the event."""
        if self._away_since is None:
            self._away_since = time.monotonic()
            _log.warning("the store is away; polling waits, nothing fetched is lost", error=str(error))
        await _until(until, self._pauses_s[min(tried, len(self._pauses_s) - 1)])

    def _back(self) -> None:
        if self._away_since is not None:
            away_s = round(time.monotonic() - self._away_since, 1)
            self._away_since = None
            self._returned.set()  # wakes who waits now ...
            self._returned.clear()  # ... and not who will wait next time
            self._wake.set()
            _log.info("the store is back", away_s=away_s)

    async def _ring(self, over: asyncio.Event) -> None:
        """Every second, in case a bell was lost or the workers were restarted."""
        while not over.is_set():
            with contextlib.suppress(InfrastructureError):
                await self._schedule.ring()
            await _until(over, IDLE_S)

    async def _wake_on(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()

    async def _drain(self) -> None:
        if not self._visits:
            return
        _log.info("stopping: visits under way may finish", visits=len(self._visits), within_s=self._drain_s)
        _, late = await asyncio.wait(self._visits, timeout=self._drain_s)
        for task in late:
            task.cancel()
        if late:
            _log.warning("stopped before these visits were written: their sources are due again", visits=len(late))


def _tell(visit: Visit, outcome: FetchOutcome) -> None:
    """Log what an operator wants to see: the first failure in a row and the recovery."""
    match outcome:
        case Failed(reason=reason):
            log = _log.warning if visit.failures == 0 else _log.debug
            log("poll failed", source=visit.source.name, reason=reason, in_a_row=visit.failures + 1)
        case _ if visit.failures:
            _log.info("poll recovered", source=visit.source.name, after_failures=visit.failures)


async def _until(event: asyncio.Event, within_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            await event.wait()
