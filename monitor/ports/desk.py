"""What people decide about the posts they are told of, and what must be known to show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from monitor.core.deliver.letters import Standing
from monitor.core.deliver.richtext import Message
from monitor.core.deliver.thread import Thread
from monitor.model import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A lane's parent message: where it stands, and the first and the latest change it tells of.

    ``moving``: a notifier has the lane in hand, so that another change of it may be told already.
    """

    lane: str
    source: str
    thread: Thread
    origin: Change
    last: Change
    moving: bool = False


class Desk(Protocol):
    """The store of decisions."""

    async def told(self, destination: str, change_id: str) -> Told | None:
        """The parent that began with this change; None when there is none any more."""
        ...

    async def standing(self, destination: str, lane: str) -> Standing: ...

    async def acknowledge(self, destination: str, lane: str, by: str, at: datetime) -> None:
        """The first one of a parent stands until it expires."""
        ...

    async def mute(self, destination: str, name: str, until: datetime, by: str) -> None:
        """Deliveries of a lane, or of a source, are dropped until then."""
        ...


class Wall(Protocol):
    """A channel in which parents are brought up to date and people are answered."""

    async def restate(self, thread: Thread, origin: Change | None, last: Change, standing: Standing) -> bool: ...

    async def whisper(self, channel: str, thread_ts: str, user: str, message: Message) -> bool: ...
