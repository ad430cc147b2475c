"""One message brought into a channel: in ever simpler forms where Slack refuses one, and looked for before it is
posted a second time.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, assert_never

from monitor.adapters.slack.api import ALREADY, FORM, Api, Refused, Taken, Trouble
from monitor.core.deliver.blocks import Message

_LOOKED_AT: Final = 100
_BEFORE_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What makes a message known again, to Slack, to us, and to who reads the channel's history: ids only.

    ``since_at``: it cannot have been posted before. ``unsure``: it may have been posted already.
    """

    occasion: str
    change_id: str
    since_at: datetime
    unsure: bool

    def id(self, part: str) -> str:
        """The ``client_msg_id`` of one of its messages: the same whenever it is tried."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.occasion}:{part}"))

    def arguments(self, part: str) -> dict[str, Any]:
        """For ``chat.postMessage``."""
        ids = {"delivery_id": self.id(part), "change_id": self.change_id}
        return {"client_msg_id": self.id(part), "metadata": {"event_type": "stetwatch_change", "event_payload": ids}}


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message stands; ``ts`` is "" where Slack does not say."""

    channel: str
    ts: str
    taken: Taken


Outcome = Posted | Refused | Trouble


async def post(
    api: Api, channel: str, mark: Mark, part: str, forms: Sequence[Message], *, thread_ts: str = "", also: bool = False
) -> Outcome:
    """Post a message, in a thread where ``thread_ts`` names one, shown in the channel ``also``."""
    if mark.unsure:
        found = await _found(api, channel, mark, part, thread_ts)
        if found is not None:
            return found
    place = {"thread_ts": thread_ts, **({"reply_broadcast": True} if also else {})} if thread_ts else {}
    answer: Refused | None = None
    for form in forms:
        arguments = {"channel": channel, **form.payload(), **mark.arguments(part), **place}
        match await api.call("chat.postMessage", arguments):
            case Taken() as taken:
                return Posted(taken.text("channel") or channel, taken.text("ts"), taken)
            case Refused(error) as refused if error in ALREADY:
                return Posted(channel, "", Taken(attempt=refused.attempt))
            case Refused() as answer if answer.error not in FORM:
                return answer
            case Refused() as answer:
                continue
            case Trouble() as trouble:
                return trouble
            case unheard:
                assert_never(unheard)
    return answer or Refused("no_text")


async def update(api: Api, channel: str, ts: str, forms: Sequence[Message]) -> Outcome:
    """Put a message in the place of one that was posted; a form without blocks would leave the old ones standing."""
    answer: Refused | None = None
    for form in filter(lambda form: form.blocks, forms):
        match await api.call("chat.update", {"channel": channel, "ts": ts, **form.update_payload()}):
            case Taken() as taken:
                return Posted(channel, ts, taken)
            case Refused() as answer if answer.error not in FORM:
                return answer
            case Refused() as answer:
                continue
            case Trouble() as trouble:
                return trouble
            case unheard:
                assert_never(unheard)
    return answer or Refused("no_text")


async def _found(api: Api, channel: str, mark: Mark, part: str, thread_ts: str) -> Posted | Trouble | None:
    """The message, when an attempt whose answer was lost has posted it; None also where we may not look."""
    window = {"oldest": f"{mark.since_at.timestamp() - _BEFORE_S:.6f}", "limit": str(_LOOKED_AT)}
    asked = {"channel": channel, "include_all_metadata": "true", **window}
    method = "conversations.replies" if thread_ts else "conversations.history"
    match await api.read(method, {**asked, **({"ts": thread_ts} if thread_ts else {})}):
        case Taken() as taken:
            ts = _ts_of(taken.told.get("messages"), mark.id(part))
            return Posted(channel, ts, taken) if ts else None
        case Trouble() as trouble:
            return trouble
        case Refused():  # the scope is missing, or the channel is configured by its name
            return None
        case unheard:
            assert_never(unheard)


def _ts_of(messages: object, delivery_id: str) -> str | None:
    for one in messages if isinstance(messages, list) else ():
        match one:
            case {"ts": str(ts), "metadata": {"event_payload": {"delivery_id": found}}} if found == delivery_id:
                return ts
            case {"ts": str(ts), "client_msg_id": found} if found == delivery_id:
                return ts
    return None
