"""Which deliveries a command means: by state, time and type of change."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, get_args

import click

from monitor.adapters.valkey.destinations import Destinations
from monitor.adapters.valkey.ledger import Ledger
from monitor.cli.options import moment_of
from monitor.core.deliver.wire import decode
from monitor.errors import UsageError
from monitor.model import ChangeType
from monitor.ports.deliveries import DeliveryRow, State

_MOST: Final = 1_000_000
_OPTIONS: Final = (
    click.option("--since", help="Settled (queued, while pending) since: 30m, 6h or 2d ago, or a time."),
    click.option("--until", help="… and until: 30m, 6h or 2d ago, or a time."),
    click.option("--type", "types", multiple=True, type=click.Choice(get_args(ChangeType)), help="Only these changes."),
    click.option("--limit", default=1000, show_default=True, type=click.IntRange(1, 100_000), help="At most so many."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Deliveries of one state (None: not said) that were settled, or queued, between two moments, both included."""

    state: State | None
    since: datetime | None
    until: datetime | None
    types: Sequence[str]
    limit: int

    @property
    def is_given(self) -> bool:
        """Whether anything was said that tells deliveries apart."""
        return bool(self.state or self.since or self.until or self.types)


def ranged(*states: State, default: State | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """``--state`` (of ``states``), ``--since``, ``--until``, ``--type``, ``--limit`` as one argument: ``within``."""
    shown = "Their state." if default else "All in this state; dead, if another part of a range is given."
    state_option = click.option(
        "--state", type=click.Choice(states), default=default, show_default=default is not None, help=shown
    )

    def decorated(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def called(
            *,
            state: State | None,
            since: str | None,
            until: str | None,
            types: tuple[str, ...],
            limit: int,
            **more: Any,
        ) -> Any:
            first, last = moment_of(since, "--since"), moment_of(until, "--until")
            return command(within=Range(state=state, since=first, until=last, types=types, limit=limit), **more)

        for option in reversed((state_option, *_OPTIONS)):
            called = option(called)
        return called

    return decorated


def rows_within(store: Destinations, ledger: Ledger, name: str, within: Range) -> list[DeliveryRow]:
    """The deliveries of one destination that a range means, dead ones when no state was said; in the store's order."""
    rows = [
        row
        for row in store.rows(name, within.state or "dead", limit=_MOST)
        if (within.since is None or row.at >= within.since) and (within.until is None or row.at <= within.until)
    ]
    if within.types:
        bodies = ledger.bodies([row.change_id for row in rows])
        rows = [row for row in rows if _type(bodies.get(row.change_id, b"")) in within.types]
    return rows[: within.limit]


def one_way(changes: Sequence[str], within: Range) -> None:
    """Raises UsageError unless either changes or a range are named."""
    if bool(changes) == within.is_given:
        what = "either changes or a range, not both" if changes else "changes (chg_…), or a range"
        raise UsageError(f"name {what}: --state, --since, --until, --type")


def _type(body: bytes) -> str:
    try:
        return decode(body).type
    except ValueError:
        return ""
