"""What a person did with a button, read from what Slack sends of it; and whether it is Slack that sent it.

https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, cast

from monitor.core.deliver.slack_text import clip, one_line

Deed = Literal["diff", "ack", "mute_post", "mute_source"]

_DEEDS: Final = frozenset({"diff", "ack", "mute_post", "mute_source"})
_CHANGE: Final = re.compile(r"chg_[0-9A-Za-z_]{1,80}")
_ID: Final = re.compile(r"[A-Z0-9]{2,40}")
_TS: Final = re.compile(r"\d{1,12}\.\d{1,8}")
_WITHIN_S: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """A button pressed: what, for the parent that began with ``change_id``, at ``ts`` in ``channel``, by whom."""

    deed: Deed
    change_id: str
    channel: str
    ts: str
    user: str
    name: str


def clicked(payload: object) -> Click | None:
    """The click an interaction payload tells of; None for anything else, however it is made."""
    match payload:
        case {
            "type": "block_actions",
            "user": {"id": str(user), **person},
            "channel": {"id": str(channel)},
            "container": {"message_ts": str(ts)},
            "actions": [{"action_id": str(deed), "value": str(change_id)}, *_],
        }:
            told = person.get("username") or person.get("name")
        case _:
            return None
    well_formed = _ID.fullmatch(user) and _ID.fullmatch(channel) and _TS.fullmatch(ts) and _CHANGE.fullmatch(change_id)
    if deed not in _DEEDS or not well_formed:
        return None
    name = clip(one_line(told), 80) if isinstance(told, str) else ""
    return Click(
        deed=cast("Deed", deed), change_id=change_id, channel=channel, ts=ts, user=user, name=name or user
    )  # fmt: skip


def is_from_slack(signing_secret: bytes, headers: Mapping[str, str], body: bytes, now_s: float) -> bool:
    """Whether a request carries Slack's signature of the last five minutes; whatever is malformed does not.

    ``headers`` by lower-case name. https://docs.slack.dev/authentication/verifying-requests-from-slack
    """
    sent, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
    if not re.fullmatch(r"[0-9]{1,15}", sent) or not re.fullmatch(r"v0=[0-9a-f]{64}", signature):
        return False
    if abs(now_s - int(sent)) > _WITHIN_S:
        return False
    digest = hmac.new(signing_secret, b"v0:" + sent.encode() + b":" + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"v0={digest}", signature)
