"""The detector: takes observations out of the inboxes, in order, and commits what they changed.

One call of :func:`drain` is one turn of a diff worker. It decides nothing: detection, routing and wire form are
core's, atomicity is the inbox's. A turn may die anywhere: what was not committed is claimed again.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from monitor import metrics
from monitor.core import detect
from monitor.core.cadence import warmed
from monitor.core.compare.identity import change_id
from monitor.core.compare.state import SourceState, pack, pack_text, unpack, unpack_text
from monitor.core.deliver import wire
from monitor.core.deliver.quiet import holds
from monitor.core.deliver.route import Routing, reached
from monitor.errors import InfrastructureError, StetwatchError
from monitor.model import Change, Observation, QuietHours, Snapshot, Version
from monitor.ports import Claim, Commit, Inbox, Written

SOURCES_AT_ONCE = 16
LEASE_S = 10.0
"""How long the sources of a worker that died lie idle. A batch takes a fraction of it."""

BUDGET_S = 5.0
"""After this long a turn ends and rings for the next, so that a worker asked to stop soon can."""

LEFT_ALONE_S = 60.0
"""How long a source whose state this version cannot read is left to workers that can."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """What one turn did: sources committed, observations taken, changes told."""

    sources: int = 0
    observations: int = 0
    changes: int = 0


@dataclass(frozen=True, slots=True)
class _Told:
    """A change in its wire form, uncut where that is cut, and where it goes, with the quiet hours on each way there."""

    change: Change
    body: bytes
    whole: bytes
    reached: Mapping[str, Sequence[QuietHours | None]]


_Tell = Callable[[Change], _Told]


@dataclass(slots=True, kw_only=True)
class _Progress:
    """What the observations of one claim have changed so far; ``texts`` lie over the stored ones.

    ``sighted`` is the rung that read the first good copy ever, when it is among them; ``successor`` the page that the
    one which ended coverage goes on at.
    """

    state: SourceState
    taken: int = 0
    texts: dict[str, Version | None] = field(default_factory=dict)
    changes: list[_Told] = field(default_factory=list)
    eager: bool = False
    refetch: bool = False
    fresh: int = 0
    evidence: list[str] = field(default_factory=list)
    spent: list[str] = field(default_factory=list)
    sighted: str | None = None
    successor: str | None = None


def drain(
    inbox: Inbox,
    *,
    routing: Routing,
    now: Callable[[], datetime],
    site: str = "",
    budget_s: float = BUDGET_S,
    lease_s: float = LEASE_S,
    monotonic: Callable[[], float] = time.monotonic,
) -> Drained:
    """Take what is ready until nothing is, or the budget is spent; then ring for whoever comes next.

    ``site`` is the public address of the web role: where a change that is cut for size can be read whole.
    """
    tell = functools.partial(_told, routing=routing, site=site)
    inbox.silence()
    ends = monotonic() + budget_s
    sources = observations = changes = 0
    while claims := inbox.claim(SOURCES_AT_ONCE, lease_s):
        if len(claims) == SOURCES_AT_ONCE:
            inbox.ring()  # more may be ready: wake one more worker, which wakes the next
        leased_until = monotonic() + lease_s
        for claim in claims:
            if monotonic() > leased_until:
                break  # the lease has passed on: whatever we did now would be refused
            commit = _take(inbox, claim, tell, now)
            if commit is not None:
                sources += 1
                observations += commit.taken
                changes += len(commit.changes)
        if monotonic() > ends:
            inbox.ring()
            break
    return Drained(sources=sources, observations=observations, changes=changes)


def _take(inbox: Inbox, claim: Claim, tell: _Tell, now: Callable[[], datetime]) -> Commit | None:
    """Detect one claim's observations and commit; None when nothing was written.

    An observation whose detection fails (a bug) is set aside when it is the oldest; else the ones before it are
    committed, and it is the oldest of the next claim.
    """
    log = _log.bind(source=claim.source.name)
    try:
        progress = _Progress(state=unpack(claim.state))
    except StetwatchError as error:
        log.error("source left alone", reason=str(error), looked_at_again_in_s=LEFT_ALONE_S)
        inbox.release(claim, LEFT_ALONE_S)
        return None
    for observation in claim.observations:
        try:
            _observe(inbox, claim, observation, progress, tell)
        except InfrastructureError:
            raise
        except Exception as error:
            log.exception("detection failed", observation=getattr(observation, "name", type(observation).__name__))
            if progress.taken == 0:
                inbox.set_aside(claim, f"detection failed: {type(error).__name__}: {error}"[:500])
                return None
            break
    commit = _commit(claim, progress, now())
    if not inbox.commit(claim, commit):
        log.warning("commit refused: another worker holds the source now")
        return None
    if progress.sighted is not None:
        log.info("first sight: what changes from here is told", posts=len(progress.state.tracks), rung=progress.sighted)
    for written in commit.changes:
        log.info("change", change=written.change.id, type=written.change.type, subject=written.change.subject)
    return commit


def _observe(inbox: Inbox, claim: Claim, observation: Observation, progress: _Progress, tell: _Tell) -> None:
    """One observation through the pure core; ``progress`` moves only when all of it went well."""
    body = inbox.body(observation) if isinstance(observation, Snapshot) else None
    begun = detect.begin(claim.source, progress.state, observation, body)
    detection = detect.conclude(begun, _texts(inbox, claim.source.name, begun.needs, progress.texts))
    changes = [tell(_of_generation(change, claim.generation)) for change in detection.changes]
    before, after = progress.state, detection.state
    begins, ends = after.baseline_done and not before.baseline_done, after.closed and not before.closed
    if (begins or ends) and isinstance(begun.reading, detect.Readable):
        progress.sighted = begun.reading.page.rung if begins else progress.sighted
        progress.successor = begun.reading.page.successor if ends else progress.successor
    progress.state = detection.state
    progress.taken += 1
    progress.texts.update(detection.texts)
    progress.changes += changes
    progress.eager = detection.eager
    progress.refetch = detection.refetch
    progress.fresh += detection.fresh
    if isinstance(observation, Snapshot):
        if changes:
            progress.evidence.append(observation.sha256)
        elif not detection.in_doubt:  # else it may be the first witness of a change
            progress.spent.append(observation.sha256)


def _of_generation(change: Change, generation: int) -> Change:
    """The change, named apart from those of the pages that the source's name stood for before.

    Their sequences began at 1 too, and a name that was told once is not told again.
    """
    if generation == 0:
        return change
    return replace(change, id=change_id(change.source.name, change.id, change.type, generation))


def _told(change: Change, *, routing: Routing, site: str) -> _Told:
    return _Told(change, *wire.encoded(change, site), reached(change, routing))


def _written(told: _Told, now: datetime) -> Written:
    held = holds(told.reached, now)
    return Written(change=told.change, body=told.body, destinations=tuple(told.reached), holds=held, whole=told.whole)


def _texts(
    inbox: Inbox, source: str, needs: Sequence[str], recent: Mapping[str, Version | None]
) -> Mapping[str, Version]:
    """The stored texts that are needed, but for those the claim itself has rewritten."""
    stored = inbox.texts(source, [track for track in needs if track not in recent])
    texts = {track: unpack_text(text) for track, text in stored.items()}
    texts |= {track: version for track in needs if (version := recent.get(track)) is not None}
    return texts


def _commit(claim: Claim, progress: _Progress, now: datetime) -> Commit:
    delays_ms = [
        max(0.0, (now - observation.fetched_at).total_seconds() * 1000)
        for observation in claim.observations[: progress.taken]
        if isinstance(observation, Snapshot)
    ]
    return Commit(
        taken=progress.taken,
        state=pack(progress.state),
        texts={track: None if text is None else pack_text(text) for track, text in progress.texts.items()},
        changes=[_written(told, now) for told in progress.changes],
        eager=progress.eager,
        heat=warmed(claim.heat, claim.heat_at, progress.fresh, now),
        heat_at=now,
        refetch=progress.refetch,
        evidence=progress.evidence,
        spent=progress.spent,
        trouble=_trouble(progress),
        closed=progress.state.closed,
        successor=progress.successor,
        counters={
            metrics.OBSERVATIONS.name: progress.taken,
            metrics.DETECT_DELAY_SUM.name: round(sum(delays_ms)),
        },
        timings_ms={metrics.DETECT_MS.name: delays_ms},
    )


def _trouble(progress: _Progress) -> str | None:
    """Why the source is failing, in the words it was told with; None when that was told before."""
    if not progress.state.failing:
        return ""
    told = [one.change.reason for one in progress.changes if one.change.type == "source.failing"]
    return progress.state.unreadable or (told[-1] if told else None)
