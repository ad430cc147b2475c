"""Lanes, as the notifier sees them, and what came of an attempt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from monitor.model import Delivery, Pace
from monitor.ports.inbox import Written


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a claim asks for. A later edit of a subject whose lane has a memory waits ``settle_s`` for more of them,
    at most ``settle_most_s``; up to ``batch`` changes of one lane come together. ``together``: all lanes of a claim
    will go as one message, which takes one place of the pace and of those in flight.
    """

    pace: Pace
    lease_s: float
    settle_s: float = 0.0
    settle_most_s: float = 0.0
    batch: int = 1
    together: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """Deliveries leased to us, and how things stand with their destination.

    ``due`` counts the lanes whose turn has come, those claimed included. ``wait_s`` is how long nothing more can be
    claimed unless something new comes (0: try again at once; None: nothing waits). ``held`` says why what is due was
    not handed out: its pace, an open breaker, the destination's own wish (429), an operator's pause, or because it is
    disabled.
    """

    deliveries: Sequence[Delivery] = ()
    due: int = 0
    wait_s: float | None = None
    held: Literal["", "pace", "breaker", "wish", "paused", "disabled"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What one HTTP try was like, for the attempt log. ``answer`` is the beginning of the response body, at most 1 kB,
    "" where it must not be shown.
    """

    duration_s: float = 0.0
    status: int | None = None
    address: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """The destination took it (2xx). ``memory`` is kept with the lane for the next delivery of the same subject.

    ``message`` is the destination's own name of the message that settled it (Slack: its ``ts``).
    """

    status: int = 200
    memory: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    attempt: Attempt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """It did not arrive, or we cannot know. ``after_s`` is the destination's own wish (Retry-After).

    ``counts``: whether it uses up an attempt. ``trips``: whether it speaks against the destination's health (no
    connection, a timeout, a 5xx) and counts towards its breaker. ``hopeless``: the receiver refuses this request for
    what it is (400, 401, 403 …), so that an operator should hear of it at once. ``memory`` is kept with the lane, so
    that a second try goes on where the first broke off.
    """

    reason: str
    after_s: float | None = None
    counts: bool = True
    trips: bool = False
    hopeless: bool = False
    memory: Mapping[str, str] = field(default_factory=dict)
    attempt: Attempt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GaveUp:
    """Trying again cannot help: the delivery is dead. ``disable`` closes the destination too (410); ``trips`` as in
    ``Retry``: the last attempt that was left may have found nobody.
    """

    reason: str
    disable: bool = False
    trips: bool = False
    attempt: Attempt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Nothing can be delivered until a person acts (a revoked token, an archived channel): everything waits.

    ``memory`` as of a ``Retry``.
    """

    reason: str
    memory: Mapping[str, str] = field(default_factory=dict)
    attempt: Attempt | None = None


SendOutcome = Delivered | Retry | GaveUp | Pause


class Sender(Protocol):
    """Sends one delivery to one destination; never raises for what the far end does."""

    async def send(self, delivery: Delivery) -> SendOutcome: ...


class Lanes(Protocol):
    """Deliveries in order: one lane a destination and subject, only its head in flight.

    Whatever settles returns False when a claim had passed to another: then nothing was written.
    """

    async def claim(self, destination: str, limit: int, terms: Terms, landed: Iterable[Delivery] = ()) -> Claimed:
        """Heads of due lanes, at most one a lane, each leased to us, within the destination's pace and breaker.

        ``landed`` are deliveries of ours that have arrived, though that is not settled yet: they are in flight no more.
        """
        ...

    async def release(self, deliveries: Sequence[Delivery], after_s: float = 0.0) -> None:
        """Give claimed lanes back untried; they use up no attempt."""
        ...

    async def freeze(self, deliveries: Sequence[Delivery], batch: str) -> bool:
        """Fix what one message will settle, before its first attempt: these deliveries with their ``following``."""
        ...

    async def delivered(
        self, deliveries: Sequence[Delivery], outcome: Delivered, *, since_commit_s: float, since_fetch_s: float
    ) -> bool:
        """Take heads and what follows them off their lanes, in one step, and log them with the message's name."""
        ...

    async def retry(
        self, deliveries: Sequence[Delivery], outcome: Retry, after_s: float, told: Sequence[Written] = ()
    ) -> bool:
        """Make them due again later.

        ``told`` are operational changes that may have come true by this; those that have are committed in the same
        step (``delivery.failing`` once a delivery, ``destination.disabled`` when it happened).
        """
        ...

    async def dead(self, delivery: Delivery, outcome: GaveUp, told: Sequence[Written] = ()) -> bool:
        """Take it off its lane and keep it; ``told`` as in ``retry``."""
        ...

    async def pause(self, deliveries: Sequence[Delivery], outcome: Pause, told: Sequence[Written] = ()) -> bool:
        """Release them and hold the whole destination until an operator resumes it."""
        ...

    async def destinations(self) -> Mapping[str, int]:
        """Every name that ever had a delivery, configured or not, and how many lanes wait under it."""
        ...

    async def wait(self, timeout_s: float) -> frozenset[str]:
        """The destinations whose lanes a commit or an operator may have filled; none after the timeout."""
        ...
