"""Where changes go, and what is on its way there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Literal, assert_never

from monitor.model.sources import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What a destination takes: ``per_s`` messages a second after a ``burst``, ``in_flight`` at a time."""

    per_s: float
    burst: int
    in_flight: int


_MINUTE, _HOUR = 60.0, 3_600.0
WEBHOOK_SCHEDULE_S = (5.0, 5 * _MINUTE, 30 * _MINUTE, *(h * _HOUR for h in (2, 5, 10, 14, 20, 24)))
"""The waits between attempts that Standard Webhooks 1.0.0 gives as an example: ten attempts over three days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A destination that takes signed POSTs (Standard Webhooks). ``secrets``: newest first; all of them sign.

    An attempt ends after ``timeout_s``; ``retry_s`` are the waits after each that failed.
    """

    name: str
    url: Secret
    secrets: tuple[Secret, ...]
    headers: Mapping[str, Secret] = field(default_factory=dict)
    allow_http: bool = False
    pace: Pace = Pace(per_s=5.0, burst=10, in_flight=4)
    timeout_s: float = 15.0
    retry_s: tuple[float, ...] = WEBHOOK_SCHEDULE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack:
    """A Slack channel: by bot token (threads) or by incoming webhook URL (flat messages); exactly one is set.

    A later edit of a post waits ``settle_s`` for more of them, at most ``settle_most_s``. A reply of at least the
    significance ``broadcast_at`` is shown in the channel too. ``app_token`` (``xapp-…``) makes buttons work (Socket
    Mode).
    """

    name: str
    channel: str | None = None
    token: Secret | None = None
    url: Secret | None = None
    api_url: str = "https://slack.com/api/"
    app_token: Secret | None = None
    settle_s: float = 20.0
    settle_most_s: float = 90.0
    broadcast_at: float = 0.7
    pace: Pace = Pace(per_s=1.0, burst=1, in_flight=1)


Destination = Webhook | Slack


def kind_of(destination: Destination) -> Literal["webhook", "slack"]:
    """The destination's ``type`` in the configuration."""
    match destination:
        case Webhook():
            return "webhook"
        case Slack():
            return "slack"
        case _:
            assert_never(destination)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """Wall-clock hours of a time zone in which deliveries are held, over midnight when ``end`` is before ``start``.

    ``days`` are those on which they begin, 0 for Monday (``date.weekday``); empty: every day.
    """

    start: time
    end: time
    timezone: str
    days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Matchers and the destinations they lead to; an empty matcher matches all. ``quiet`` holds, and never drops."""

    to: tuple[str, ...]
    types: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    min_significance: float = 0.0
    modified_only: bool = False
    quiet: QuietHours | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A change that waits behind the head of its lane: its frozen wire form, and when it was queued."""

    change_id: str
    body: bytes
    first_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One change for one destination, as claimed: the head of its lane.

    ``body`` is the change's frozen wire form. ``attempts`` counts tries already made. ``first_at`` is when it was
    queued, ``tried_at`` when its first attempt failed (None: not yet). ``token`` fences the claim.
    ``memory`` is what the sender left with the lane's last acknowledged delivery (Slack: channel and parent);
    ``origin`` is the wire form of the change whose id it left there as ``origin`` (empty: none, or no longer kept).
    ``following`` are the changes behind the head that one message may settle with it, oldest first. ``batch`` names
    the message it was frozen into before a first attempt, "" when it was not. ``held`` is true when quiet hours kept
    it.
    """

    destination: str
    lane: str
    change_id: str
    body: bytes
    attempts: int
    first_at: datetime
    token: int
    tried_at: datetime | None = None
    redelivery: bool = False
    memory: Mapping[str, str] = field(default_factory=dict)
    origin: bytes = b""
    following: tuple[Queued, ...] = ()
    batch: str = ""
    held: bool = False
