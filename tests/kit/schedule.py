"""A schedule in memory that keeps the promises of ``ports.Schedule`` and can be taken away."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from monitor.errors import InfrastructureError
from monitor.model import FailedPoll, Observation, Snapshot, Source
from monitor.ports import HostLoad, PollResult, Validators, Visit


@dataclass
class _Row:
    source: Source
    due_at: float
    token: int = 0
    validators: Validators = field(default_factory=Validators)
    body_sha256: str | None = None
    failures: int = 0
    polls: int = 0
    eager: bool = False
    heat: float = 0.0


class MemorySchedule:
    """Times are ``time.monotonic()``. Set ``away`` to make every call raise it; ``calls`` counts calls by name.

    ``loads`` is what each claim told of the hosts; it is kept, not obeyed.
    """

    def __init__(self, *sources: Source) -> None:
        self.inbox: dict[str, list[Observation]] = defaultdict(list)
        self.results: list[tuple[str, PollResult]] = []
        self.refused: list[str] = []
        self.loads: list[dict[str, HostLoad]] = []
        self.away: InfrastructureError | None = None
        self.calls: dict[str, int] = defaultdict(int)
        self.rows = {source.name: _Row(source, time.monotonic()) for source in sources}

    def _called(self, name: str) -> None:
        self.calls[name] += 1
        if self.away is not None:
            raise self.away

    async def sync(self, sources: Sequence[Source]) -> None:
        self._called("sync")
        now = time.monotonic()
        self.rows = {source.name: self.rows.get(source.name) or _Row(source, now) for source in sources}

    async def claim(self, limit: int, lease_s: float, loads: Mapping[str, HostLoad]) -> Sequence[Visit]:
        self._called("claim")
        self.loads.append(dict(loads))
        now = time.monotonic()
        due = sorted((row for row in self.rows.values() if row.due_at <= now), key=lambda row: row.due_at)[:limit]
        for row in due:
            row.token += 1
            row.due_at = now + lease_s
        return [
            Visit(
                source=row.source,
                token=row.token,
                validators=row.validators,
                body_sha256=row.body_sha256,
                eager=row.eager,
                failures=row.failures,
                polls=row.polls,
                heat=row.heat,
                heat_at=None,
                host=urlsplit(row.source.url).netloc,
            )
            for row in due
        ]

    async def finish(self, visit: Visit, result: PollResult) -> bool:
        self._called("finish")
        row = self.rows[visit.source.name]
        if row.token != visit.token:
            self.refused.append(visit.source.name)
            return False
        row.due_at = time.monotonic() + result.next_in_s
        row.failures = result.failures
        row.validators = result.validators or row.validators
        self.results.append((visit.source.name, result))
        match result.observation:
            case Snapshot(sha256=sha256):
                assert result.body is not None
                row.body_sha256, row.polls = sha256, row.polls + 1
            case FailedPoll() | None:
                pass
        if result.observation is not None:
            self.inbox[visit.source.name].append(result.observation)
        return True

    async def next_due_in(self) -> float | None:
        self._called("next_due_in")
        if not self.rows:
            return None
        return max(0.0, min(row.due_at for row in self.rows.values()) - time.monotonic())

    async def ring(self) -> None:
        self._called("ring")

    def counted(self, name: str) -> int:
        """The sum of one counter over everything finished."""
        return sum(result.counters.get(name, 0) for _, result in self.results)
