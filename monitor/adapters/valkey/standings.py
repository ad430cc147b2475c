"""How sources fare, as it stands in Redis: the last visits, and the fields from which a standing is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, get_args

from monitor.adapters.valkey.keys import Keys
from monitor.adapters.valkey.observations import decode_source
from monitor.model import FailedPoll, Source
from monitor.ports import Condition, PollMark, PollOutcome, PollResult, SourceStanding

LATE_MS: Final = 10_000
"""A source that has been due, or whose observations have been ready, for longer than this is stalled."""

GRAVE: Final[tuple[Condition, ...]] = ("paused", "closed", "failing")
MARKS: Final[tuple[Condition, ...]] = (*GRAVE, "retrying", "new")
"""The words of ``marking.lua``, in their order. ``stalled`` comes after the grave ones: it is a matter of the clock."""

FIELDS: Final = (
    "def", "mark", "failures", "trouble", "last_error", "last_poll_at", "paused_why", "paused_by", "successor",
)  # fmt: skip

_LETTERS: Mapping[PollOutcome, str] = {"changed": "c", "same": "s", "not modified": "n", "failed": "f"}
_OUTCOMES = {letter: outcome for outcome, letter in _LETTERS.items()}
_REASON_KEPT: Final = 200


def encode_visit(outcome: PollOutcome, result: PollResult) -> str:
    """One visit as ``polls:<source>`` remembers it behind its time (ms): outcome, ms, bytes, seconds until the next
    one, and the reason of a failure. Short, since each poll writes one.
    """
    words = [_LETTERS[outcome], f"{result.took_ms:.0f}", str(result.received), f"{result.next_in_s:.1f}"]
    if isinstance(result.observation, FailedPoll):
        words.append(result.observation.reason[:_REASON_KEPT])
    return " ".join(words)


def decode_visit(text: bytes) -> PollMark | None:
    """The reverse; None for a form of another version."""
    try:
        at_ms, letter, took_ms, received, next_s, *reason = text.decode().split(" ", 5)
        return PollMark(
            at=at(int(at_ms)),
            outcome=_OUTCOMES[letter],
            took_ms=int(took_ms),
            bytes=int(received),
            next_s=float(next_s),
            reason="".join(reason),
        )
    except (ValueError, KeyError):
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is read of one source, times in ms of the server's clock (``now_ms``); ``answers`` to ``ask``."""

    name: str
    now_ms: float
    due_ms: float | None
    ready_ms: float | None
    configured: bool
    answers: Sequence[Any]


ASKED: Final = 4
"""How many answers ``ask`` asks for."""


def ask(pipe: Any, keys: Keys, name: str) -> None:
    """Ask of one source what no command can tell of many: fields, observations waiting, counters, the last visit."""
    pipe.hmget(keys.key("src", name), *FIELDS)
    pipe.llen(keys.key("inbox", name))
    pipe.hgetall(keys.key("m", "src", name))
    pipe.lindex(keys.key("polls", name), 0)


def standing(kept: Kept) -> SourceStanding:
    """One source as it stands."""
    fields, waiting, counters, visit = kept.answers
    texts: dict[str, bytes | None] = dict(zip(FIELDS, fields, strict=True))
    mark, since_ms = marked(texts["mark"])
    source, fault = _source(kept.name, texts["def"])
    late_ms, idle = lateness(kept)
    grave = mark if mark in GRAVE else None
    condition: Condition = grave or ("stalled" if idle else mark) or "healthy"
    if condition == "stalled":
        since_ms = kept.now_ms - late_ms
    last = decode_visit(visit) if visit else None
    polled_at = texts["last_poll_at"]
    return SourceStanding(
        source=source,
        origin="file" if kept.configured else "added",
        condition=condition,
        reason=_reason(condition, texts, idle) or fault,
        since=None if condition == "healthy" or since_ms is None else at(since_ms),
        due_in_s=None if kept.due_ms is None else (kept.due_ms - kept.now_ms) / 1000,
        interval_s=None if last is None else last.next_s,
        waiting=waiting,
        failures=int(texts["failures"] or 0),
        last_poll_at=at(float(polled_at)) if polled_at else None,
        successor=_text(texts["successor"]) or None,
        counters={name.decode(): int(n) for name, n in counters.items() if n.lstrip(b"-").isdigit()},
    )


def lateness(kept: Kept) -> tuple[float, str]:
    """How long (ms) nobody has come though somebody should, and in words who; 0 and "" when all is well."""
    due_ms = 0.0 if kept.due_ms is None else kept.now_ms - kept.due_ms
    ready_ms = 0.0 if kept.ready_ms is None else kept.now_ms - kept.ready_ms
    if due_ms > LATE_MS and due_ms >= ready_ms:
        return due_ms, f"due for {due_ms / 1000:.0f} s, and no poller came: none runs, or too few"
    if ready_ms > LATE_MS:
        return ready_ms, f"fetched {ready_ms / 1000:.0f} s ago, and no worker came: none runs, or all are busy"
    return 0.0, ""


def marked(text: bytes | None) -> tuple[Condition | None, float | None]:
    """The word of a ``mark`` field, and since when it holds (ms); nothing for a word of another version."""
    word, _, since_ms = _text(text).partition(" ")
    known = next((one for one in get_args(Condition) if one == word), None)
    return (known, float(since_ms)) if known and since_ms else (None, None)


def at(ms: float) -> datetime:
    """The moment of a time in ms."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def _reason(condition: Condition, texts: Mapping[str, bytes | None], idle: str) -> str:
    match condition:
        case "paused":
            why, by = _text(texts["paused_why"]), _text(texts["paused_by"])
            return f"{why} (by {by})" if why and by else why or (f"by {by}" if by else "")
        case "failing":
            return _text(texts["last_error"]) or _text(texts["trouble"])
        case "retrying":
            return _text(texts["last_error"])
        case "stalled":
            return idle
        case "closed" | "new" | "healthy":
            return ""


def _source(name: str, definition: bytes | None) -> tuple[Source, str]:
    """The source, and what is wrong with its definition."""
    try:
        return decode_source(definition or b""), ""
    except ValueError:
        return Source(name=name, url=""), "its definition cannot be read: another version wrote it"


def _text(value: bytes | None) -> str:
    return (value or b"").decode()
