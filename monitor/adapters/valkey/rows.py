"""How the store's records of deliveries, attempts and destinations are read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from monitor.ports.deliveries import AttemptRow, DeliveryRow, DestinationState, State


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The JSON in ``delivery:<destination>``."""

    lane: str = ""
    attempts: int = 0
    first_at_ms: int = 0
    tried_at_ms: int = 0
    reason: str = ""
    redelivery: bool = False
    batch: str = ""
    held: bool = False


def kept(text: bytes) -> Kept:
    """The record; where it cannot be read, or there is none, one that says nothing, as in the scripts."""
    try:
        return msgspec.json.decode(text, type=Kept)
    except msgspec.DecodeError:
        return Kept()


def at(ms: float) -> datetime:
    """A moment of the server's clock."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def waiting_row(
    destination: str, change_id: str, state: State, kept: Kept, at_ms: float, due_ms: float | None = None
) -> DeliveryRow:
    """A pending or dead delivery."""
    return DeliveryRow(
        destination=destination,
        change_id=change_id,
        lane=kept.lane,
        state=state,
        attempts=kept.attempts,
        at=at(at_ms),
        due_at=None if due_ms is None else at(due_ms),
        reason=kept.reason,
        redelivery=kept.redelivery,
        held=kept.held,
        batch=kept.batch,
    )


def settled_row(destination: str, place: bytes, logged: Mapping[bytes, bytes]) -> DeliveryRow:
    """A line of the log of deliveries."""
    return DeliveryRow(
        destination=destination,
        change_id=logged[b"id"].decode(),
        lane=logged[b"lane"].decode(),
        state="delivered",
        attempts=int(logged[b"attempts"]),
        at=_placed(place),
        status=logged[b"status"].decode(),
        message=logged.get(b"message", b"").decode(),
    )


def attempt_row(place: bytes, logged: Mapping[bytes, bytes]) -> AttemptRow:
    """A line of the log of attempts."""
    words = {name.decode(): value.decode("utf-8", "replace") for name, value in logged.items()}
    return AttemptRow(
        at=_placed(place),
        change_id=words["id"],
        lane=words["lane"],
        n=int(words["n"]),
        outcome=words["outcome"],  # type: ignore[arg-type]  # as scripts/lanes_settle.lua writes it
        duration_s=int(words["duration_ms"]) / 1000,
        status=int(words["status"]) if words["status"] else None,
        address=words["address"],
        reason=words["reason"],
        next_at=at(int(words["next_ms"])) if words["next_ms"] else None,
        answer=words["answer"],
        message=words["message"],
    )


def destination_state(name: str, fields: Mapping[bytes, bytes], now_ms: int) -> DestinationState:
    """What the hash ``dst:<name>`` says."""
    words = {field.decode(): value.decode("utf-8", "replace") for field, value in fields.items()}

    def moment(field: str) -> datetime | None:
        return at(int(words[field])) if field in words else None

    opens = moment("open_until_ms")
    wish = moment("wish_until_ms")
    return DestinationState(
        name=name,
        state=words.get("state", "active"),  # type: ignore[arg-type]  # as the scripts write it
        reason=words.get("reason", ""),
        since=moment("since_ms"),
        by=words.get("by", ""),
        breaker="closed" if opens is None else "open" if opens > at(now_ms) else "half open",
        breaker_until=opens,
        wish_until=wish if wish is not None and wish > at(now_ms) else None,
        failing_since=moment("failing_since_ms"),
        failed=int(words.get("failed", 0)),
    )


def _placed(place: bytes) -> datetime:
    return at(int(place.split(b"-")[0]))
