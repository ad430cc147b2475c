"""What a message to a lane is: its thread's parent, a reply to it, or no more than another count on the parent.

The parent shows the present state against the first text told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from monitor.core.deliver.netting import Net, between, judged, same, weight
from monitor.model import Change

BROADCAST_EVERY: Final = timedelta(minutes=10)
"""A post is shown in the channel again by its replies at most this often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """What is remembered of a lane's thread. ``to`` is the channel as it was configured, ``channel`` its id;
    ``origin`` and ``last`` are the first and the latest change told.
    """

    to: str
    channel: str
    ts: str
    origin: str
    last: str
    edits: int = 0
    cosmetic: int = 0
    latest_at: datetime
    broadcast_at: datetime | None = None

    def memory(self) -> dict[str, str]:
        """As it is left with the lane."""
        return {
            "to": self.to,
            "channel": self.channel,
            "ts": self.ts,
            "origin": self.origin,
            "last": self.last,
            "edits": str(self.edits),
            "cosmetic": str(self.cosmetic),
            "latest": self.latest_at.isoformat(),
            **({"broadcast_at": self.broadcast_at.isoformat()} if self.broadcast_at else {}),
        }

    def grown(self, net: Net, last: str, *, broadcast_at: datetime | None = None) -> Thread:
        """With these changes told, too."""
        return replace(
            self,
            last=last,
            edits=self.edits + net.edits,
            cosmetic=self.cosmetic + net.cosmetic,
            latest_at=net.change.at,
            broadcast_at=broadcast_at or self.broadcast_at,
        )


def recalled(memory: Mapping[str, str], to: str | None) -> Thread | None:
    """The thread a memory tells of; None for none, and for one in a channel that is no longer the configured one."""
    if to is None or memory.get("to") != to or not memory.get("ts"):
        return None
    return Thread(
        to=to,
        channel=memory.get("channel") or to,
        ts=memory["ts"],
        origin=memory.get("origin", ""),
        last=memory.get("last", ""),
        edits=_count(memory.get("edits")),
        cosmetic=_count(memory.get("cosmetic")),
        latest_at=_moment(memory.get("latest")) or datetime.min.replace(tzinfo=UTC),
        broadcast_at=_moment(memory.get("broadcast_at")),
    )


def opens(change: Change) -> bool:
    """Whether a change starts a thread of its own although its lane has one: a source that fails once more."""
    return change.type == "source.failing"


def broadcasts(net: Net, thread: Thread, broadcast_at: float, now: datetime) -> bool:
    """Whether the reply is shown in the channel too."""
    lately = thread.broadcast_at is not None and now - thread.broadcast_at < BROADCAST_EVERY
    return not (lately or net.reverted) and weight(net.change) >= broadcast_at


def cumulative(origin: Change | None, latest: Net, edits: int) -> tuple[Change, bool]:
    """The state of a post against the first text told, and whether it is back there after its edits.

    Where the first change is not at hand, or was cut for size, the latest stands alone.
    """
    now = latest.change
    if origin is None or now.post is None or now.type == "post.removed":
        return now, False
    base = origin.before if origin.type in {"post.edited", "post.retimed", "post.removed"} else origin.after
    current = now.before if latest.reverted else now.after
    if base is None or current is None:
        return now, False
    stands = replace(now, type="post.restored" if now.type == "post.restored" else "post.edited", after=current)
    cut = origin.truncated or now.truncated
    if same(base, current, cut=cut):
        return replace(stands, before=base, redline={}, significance=None, silent=None), edits > 0
    if cut:
        return now, False
    return judged(replace(stands, before=base, redline=between(base, current))), False


def _count(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
