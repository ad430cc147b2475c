"""Where changes go, and what is on its way there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from monitor.model.sources import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A destination that takes signed POSTs (Standard Webhooks). ``secrets``: newest first; all of them sign."""

    name: str
    url: Secret
    secrets: tuple[Secret, ...]
    headers: Mapping[str, Secret] = field(default_factory=dict)
    allow_http: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack:
    """A Slack channel: by bot token (threads) or by incoming webhook URL (flat messages); exactly one is set."""

    name: str
    channel: str | None = None
    token: Secret | None = None
    url: Secret | None = None
    api_url: str = "https://slack.com/api/"


Destination = Webhook | Slack


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Matchers and the destinations they lead to; an empty matcher matches all."""

    to: tuple[str, ...]
    types: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    min_significance: float = 0.0
    modified_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One change for one destination, as claimed: the head of its lane.

    ``body`` is the change's frozen wire form. ``attempts`` counts tries already made. ``first_at`` is when it was
    queued, ``tried_at`` when its first attempt failed (None: not yet). ``token`` fences the claim.
    ``memory`` is what the sender left with the lane's last acknowledged delivery (Slack: channel and parent).
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
