"""A workspace as it stands: its channels, people and messages."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from monitor.demo.slack import reading
from monitor.demo.slack.rules import updated

Arguments = Mapping[str, Any]

BOT = "U0STETWATCH"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One message a channel shows. ``thread_ts`` names its parent, ``arguments`` what it is made of, edits applied."""

    at: datetime
    channel: str
    ts: str
    thread_ts: str | None
    arguments: Arguments
    by: str = BOT
    edits: int = 0

    @property
    def text(self) -> str:
        return str(self.arguments.get("text", ""))

    @property
    def broadcast(self) -> bool:
        """A reply that the channel shows too."""
        return self.thread_ts is not None and bool(self.arguments.get("reply_broadcast"))

    @property
    def pings(self) -> list[str]:
        """Who it would notify: structural mentions, and live ones in marked text."""
        return reading.pings(self.arguments)

    @property
    def links(self) -> list[str]:
        """What in it could be clicked."""
        return reading.links(self.arguments)

    @property
    def emoji(self) -> list[str]:
        """The ``:words:`` in it that would be pictures."""
        return reading.emoji(self.arguments)

    @property
    def shown(self) -> str:
        """The words a reader sees."""
        return reading.shown(self.arguments)


class Workspace:
    """Channels by id and by name, and what was said in them, in order.

    With ``remembers_ids`` a ``client_msg_id`` that comes again posts nothing (undocumented but for its two errors).
    """

    def __init__(self, channels: tuple[str, ...], people: tuple[str, ...], *, remembers_ids: bool) -> None:
        self.messages: list[Posted] = []
        self.ephemerals: list[tuple[str, Posted]] = []
        self.people = people
        self._ids = {name: _id_of(name) for name in channels}
        self._remembers_ids = remembers_ids
        self._seen_ids: dict[tuple[str, str], str] = {}
        self._numbers = itertools.count(1)

    @property
    def channels(self) -> tuple[str, ...]:
        """Their ids, the first configured first."""
        return tuple(self._ids.values())

    def channel(self, asked: object) -> str | None:
        """The id of a channel asked for by id, ``#name`` or ``name``."""
        if asked in self._ids.values():
            return str(asked)
        return self._ids.get(str(asked)) or self._ids.get(f"#{asked}")

    def find(self, channel: object, ts: object) -> Posted | None:
        return next((one for one in self.messages if (one.channel, one.ts) == (channel, ts)), None)

    def parent(self, channel: str, ts: object) -> Posted | None:
        """The message that can be answered in a thread: one that is no answer itself."""
        found = self.find(channel, ts)
        return found if found is not None and found.thread_ts is None else None

    def thread(self, ts: str) -> list[Posted]:
        """A parent's replies, in order."""
        return [one for one in self.messages if one.thread_ts == ts]

    def in_channel(self, channel: str) -> list[Posted]:
        """What the channel itself shows: parents, single messages and replies sent there too."""
        return [one for one in self.messages if one.channel == channel and (one.thread_ts is None or one.broadcast)]

    def repeated(self, channel: str, arguments: Arguments) -> Posted | str | None:
        """The message a ``client_msg_id`` was posted as before; an error when that one is gone; None for a new one."""
        ts = self._seen_ids.get((channel, str(arguments.get("client_msg_id"))))
        if ts is None or not self._remembers_ids:
            return None
        return self.find(channel, ts) or "duplicate_message_not_found"

    def post(self, channel: str, arguments: Arguments, *, by: str = BOT) -> Posted:
        """Keep a message that was taken."""
        posted = self._made(channel, arguments, by)
        self.messages.append(posted)
        if arguments.get("client_msg_id"):
            self._seen_ids[channel, str(arguments["client_msg_id"])] = posted.ts
        return posted

    def whisper(self, channel: str, user: str, arguments: Arguments) -> Posted:
        """Keep a message only ``user`` sees; it is in no history."""
        posted = self._made(channel, arguments, BOT)
        self.ephemerals.append((user, posted))
        return posted

    def edit(self, posted: Posted, arguments: Arguments) -> Posted:
        """Replace a message in its place."""
        fresh = replace(posted, arguments=updated(arguments, posted.arguments), edits=posted.edits + 1)
        self.messages[self.messages.index(posted)] = fresh
        return fresh

    def delete(self, ts: str) -> None:
        self.messages = [one for one in self.messages if one.ts != ts]

    def _made(self, channel: str, arguments: Arguments, by: str) -> Posted:
        ts = f"{int(time.time())}.{next(self._numbers):06}"
        thread_ts = arguments.get("thread_ts")
        return Posted(at=datetime.now(UTC), channel=channel, ts=ts, thread_ts=thread_ts, arguments=arguments, by=by)


def told(posted: Posted, workspace: Workspace, *, metadata: bool = False) -> dict[str, Any]:
    """A message as ``conversations.history`` shows it."""
    names = ("text", "blocks", "client_msg_id", *(["metadata"] if metadata else []))
    replies = workspace.thread(posted.ts)
    return {
        "type": "message",
        "user": posted.by,
        "ts": posted.ts,
        **({"bot_id": "B0STETWATCH"} if posted.by == BOT else {}),
        **{name: posted.arguments[name] for name in names if posted.arguments.get(name)},
        **({"thread_ts": posted.thread_ts} if posted.thread_ts else {}),
        **({"thread_ts": posted.ts, "reply_count": len(replies), "latest_reply": replies[-1].ts} if replies else {}),
        **({"subtype": "thread_broadcast"} if posted.broadcast else {}),
        **({"edited": {"user": posted.by, "ts": posted.ts}} if posted.edits else {}),
    }


def page(messages: list[Posted], arguments: Arguments) -> tuple[list[Posted], bool, str]:
    """The part of a history that was asked for (``oldest``, ``latest``, ``inclusive``, ``limit``, ``cursor``)."""
    inclusive = str(arguments.get("inclusive", "")).lower() in {"1", "true"}
    oldest, latest = float(arguments.get("oldest") or 0), float(arguments.get("latest") or "inf")
    within = [one for one in messages if _between(float(one.ts), oldest, latest, inclusive=inclusive)]
    start = int(str(arguments.get("cursor") or 0).removeprefix("after:"))
    end = start + max(1, min(int(arguments.get("limit") or 100), 999))
    more = end < len(within)
    return within[start:end], more, f"after:{end}" if more else ""


def _between(ts: float, oldest: float, latest: float, *, inclusive: bool) -> bool:
    return oldest <= ts <= latest if inclusive else oldest < ts < latest


def _id_of(name: str) -> str:
    """A channel configured by name has an id of its own."""
    return "C0" + "".join(filter(str.isalnum, name)).upper() if name.startswith("#") else name


def by_action(posted: Posted, action_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The interactive elements of a message with this ``action_id``, each with its block's id."""
    for place, block in enumerate(posted.arguments.get("blocks") or []):
        elements = [*(block.get("elements") or []), *([block["accessory"]] if "accessory" in block else [])]
        for one in elements:
            if isinstance(one, dict) and one.get("action_id") == action_id:
                yield str(block.get("block_id", f"block{place}")), one
