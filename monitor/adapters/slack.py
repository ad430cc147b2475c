"""Slack messages (``ports.Sender``): one post, one thread by bot token; flat messages by incoming webhook.

No formatting fault may lose an alert: what Slack refuses for its form goes again at once as plain text.
https://docs.slack.dev/reference/methods/chat.postMessage
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, assert_never

import aiohttp
import msgspec

from monitor.adapters.guard import failure_line, refusals
from monitor.core.deliver.blocks import Message, message, plain
from monitor.core.deliver.wire import decode
from monitor.core.freshness import retry_after_s
from monitor.errors import ConfigError
from monitor.model import Delivery, Secret, Slack
from monitor.ports import Delivered, GaveUp, Retry, SendOutcome

TIMEOUT: Final = aiohttp.ClientTimeout(total=10, connect=5)
PAUSE_S: Final = 300.0
"""How long to wait where only a person can help (a revoked token, an archived channel): nothing is lost meanwhile."""

_MOST_READ: Final = 65_536
_BUSY_S: Final = 30.0
_RATE = frozenset({"ratelimited", "rate_limited"})
_FORM = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "invalid_payload", "no_text"}
)
_NO_PARENT = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"})
_PERSON = frozenset(
    {
        "account_inactive", "action_prohibited", "channel_is_archived", "channel_not_found", "ekm_access_denied",
        "invalid_auth", "invalid_token", "is_archived", "missing_scope", "no_active_hooks", "no_permission",
        "no_service", "no_service_id", "no_team", "not_authed", "not_in_channel", "posting_to_general_channel_denied",
        "restricted_action", "team_disabled", "token_expired", "token_revoked", "user_not_found",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Posted:
    channel: str | None
    ts: str | None


@dataclass(frozen=True, slots=True)
class _Refused:
    """Slack's own word for what is wrong, from its published list; never free text of the far end."""

    error: str


class SlackSender:
    """One Slack channel. ``session`` must stand on the guarded connector (``adapters.guard``)."""

    def __init__(self, session: aiohttp.ClientSession, slack: Slack, *, now: Callable[[], datetime]) -> None:
        """Raises ConfigError for a destination with neither a token and channel, nor an incoming webhook's URL."""
        if slack.url is None and (slack.token is None or slack.channel is None):
            raise ConfigError([f"destination {slack.name}: set channel and token_env, or url_env"])
        self._session = session
        self._slack = slack
        self._now = now

    async def send(self, delivery: Delivery) -> SendOutcome:
        """The subject's first message is the parent; later ones answer in its thread, whose place memory keeps."""
        try:
            change = decode(delivery.body)
        except ValueError:
            return GaveUp(reason="its body cannot be read")
        parent = self._parent(delivery)
        shown = message(change)
        for _ in range(3):
            answer = await self._post(delivery, shown, parent)
            match answer:
                case _Posted():
                    return self._delivered(answer, parent, delivery)
                case _Refused(error) if error in _FORM and shown.blocks:
                    shown = plain(change)
                case _Refused(error) if error in _NO_PARENT and parent is not None:
                    parent = None
                case _Refused(error):
                    return Retry(reason=f"Slack: {error}", after_s=PAUSE_S if _needs_a_person(error) else None)
                case Retry():
                    return answer
                case _:
                    assert_never(answer)
        return Retry(reason="Slack takes the message in no form")

    def _parent(self, delivery: Delivery) -> str | None:
        """The thread to answer in: none by incoming webhook, and none in a channel configured since."""
        known = self._slack.url is None and delivery.memory.get("to") == self._slack.channel
        return delivery.memory.get("ts") if known else None

    def _delivered(self, posted: _Posted, parent: str | None, delivery: Delivery) -> Delivered:
        """A parent's place is remembered, with what it was asked for by: Slack's ``channel`` is always an id.

        An answer in its thread keeps the memory as it was.
        """
        if parent is not None:
            return Delivered(memory=delivery.memory)
        if posted.ts is None:
            return Delivered()
        return Delivered(memory={"to": self._slack.channel or "", "channel": posted.channel or "", "ts": posted.ts})

    async def _post(self, delivery: Delivery, shown: Message, parent: str | None) -> _Posted | _Refused | Retry:
        with refusals() as refused:
            try:
                if self._slack.url is not None:
                    return await self._by_webhook(self._slack.url, shown)
                return await self._by_token(delivery, shown, parent)
            except (aiohttp.ClientError, OSError, ValueError) as error:
                return Retry(reason=failure_line(error, refused, TIMEOUT))

    async def _by_token(self, delivery: Delivery, shown: Message, parent: str | None) -> _Posted | _Refused | Retry:
        token = self._slack.token or Secret("")
        arguments = {"channel": self._slack.channel, **shown.payload(), **_marks(delivery, parent)}
        headers = {
            "authorization": f"Bearer {token.reveal()}",
            "content-type": "application/json; charset=utf-8",
            "accept-encoding": "identity",
        }
        async with self._session.post(
            f"{self._slack.api_url}chat.postMessage",
            data=msgspec.json.encode(arguments),
            headers=headers,
            allow_redirects=False,
            timeout=TIMEOUT,
        ) as response:
            return self._unusual(response) or _read_json(response.status, await _body(response))

    async def _by_webhook(self, url: Secret, shown: Message) -> _Posted | _Refused | Retry:
        async with self._session.post(
            url.reveal(),
            data=msgspec.json.encode(shown.payload()),
            headers={"content-type": "application/json", "accept-encoding": "identity"},
            allow_redirects=False,
            timeout=TIMEOUT,
        ) as response:
            if 200 <= response.status < 300:
                return _Posted(None, None)
            return self._unusual(response) or _Refused(_code((await _body(response)).decode("ascii", "replace")))

    def _unusual(self, response: aiohttp.ClientResponse) -> Retry | None:
        """Answers that say nothing about the message: the rate limit, a server's fault, a redirect."""
        if 300 <= response.status < 400:
            return Retry(reason=f"Slack: HTTP {response.status}")
        if response.status != 429 and response.status < 500:
            return None
        wish_s = retry_after_s(response.headers.get("retry-after"), self._now())
        if response.status == 429:
            return Retry(reason="Slack: ratelimited", after_s=wish_s or _BUSY_S, counts=False)
        return Retry(reason=f"Slack: HTTP {response.status}", after_s=wish_s)


def _marks(delivery: Delivery, parent: str | None) -> dict[str, Any]:
    """What lets Slack, and a person reading the channel's history, tell a repetition: ids only."""
    occasion = f"{delivery.destination}:{delivery.change_id}:{delivery.first_at.isoformat()}"
    return {
        "client_msg_id": str(uuid.uuid5(uuid.NAMESPACE_URL, occasion)),
        "metadata": {"event_type": "stetwatch_change", "event_payload": {"change_id": delivery.change_id}},
        **({"thread_ts": parent} if parent is not None else {}),
    }


def _read_json(status: int, body: bytes) -> _Posted | _Refused | Retry:
    try:
        told = msgspec.json.decode(body, type=dict[str, Any])
    except ValueError:
        return Retry(reason=f"Slack: HTTP {status} without the JSON it promises")
    if told.get("ok") is True:
        return _Posted(*(value if isinstance(value := told.get(name), str) else None for name in ("channel", "ts")))
    error = _code(str(told.get("error", "")))
    return Retry(reason="Slack: ratelimited", after_s=_BUSY_S, counts=False) if error in _RATE else _Refused(error)


def _needs_a_person(error: str) -> bool:
    return error in _PERSON or error.startswith("restricted_action")


def _code(text: str) -> str:
    return text if re.fullmatch(r"[a-z_]{2,60}", text) else "an error without a name"


async def _body(response: aiohttp.ClientResponse) -> bytes:
    """At most 64 KiB; a longer answer closes the connection."""
    body = b""
    while len(body) < _MOST_READ and (piece := await response.content.read(_MOST_READ - len(body))):
        body += piece
    if not response.content.at_eof():
        response.close()
    return body
