"""One call of Slack's Web API or of an incoming webhook, its answer as a value.

https://docs.slack.dev/reference/methods/chat.postMessage#errors
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import aiohttp
import msgspec

from monitor.adapters.guard import failure_line, refusals
from monitor.core.freshness import retry_after_s
from monitor.model import Secret
from monitor.ports import Attempt, Retry

TIMEOUT: Final = aiohttp.ClientTimeout(total=10, connect=5)

_MOST_READ: Final = 4 * 1_048_576
_BUSY_S: Final = 30.0
_RATE = frozenset({"ratelimited", "rate_limited"})
_SERVER = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
_PASSING = frozenset({"team_added_to_org", "org_login_required"})

FORM = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "invalid_payload", "no_text"}
)
"""Errors of a message's form: it goes again in a simpler one."""

NO_PARENT = frozenset(
    {"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found", "block_mismatch"}
)
"""Errors of a parent that can be neither answered nor edited: there must be a new one."""

ALREADY = frozenset({"duplicate_message_not_found", "duplicate_channel_not_found"})
"""It was posted before under this ``client_msg_id``, and is gone since."""

_RENEW = "make a new token and put it where token_env points"
_HOOK = "make a new incoming webhook and configure its URL"
_INVITE = "invite the bot to the channel, or give it chat:write.public"
_ALLOW = "ask a workspace administrator to let the app post there"
PERSON: Final[Mapping[str, str]] = {
    "account_inactive": _RENEW, "action_prohibited": _ALLOW, "channel_is_archived": "unarchive the channel",
    "channel_not_found": _INVITE, "ekm_access_denied": _ALLOW, "invalid_auth": _RENEW, "invalid_token": _HOOK,
    "is_archived": "unarchive the channel, or configure another", "missing_scope": "reinstall the app with chat:write",
    "no_active_hooks": _HOOK, "no_permission": _ALLOW, "no_service": _HOOK, "no_service_id": _HOOK, "no_team": _HOOK,
    "not_authed": _RENEW, "not_in_channel": _INVITE, "posting_to_general_channel_denied": _ALLOW,
    "team_disabled": _HOOK, "token_expired": _RENEW, "token_revoked": _RENEW, "user_not_found": _INVITE,
}  # fmt: skip
"""Errors that only a person can mend, and how."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Slack said yes; ``told`` is its whole answer."""

    told: Mapping[str, Any] = field(default_factory=dict)
    attempt: Attempt | None = None

    def text(self, name: str) -> str:
        """A string of the answer, "" when there is none such."""
        value = self.told.get(name)
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class Refused:
    """Slack's own word for what is wrong, from its published list; never free text of the far end."""

    error: str
    attempt: Attempt | None = None

    @property
    def cure(self) -> str:
        """What a person must do about it; "" when it is nothing of that kind."""
        return _ALLOW if self.error.startswith("restricted_action") else PERSON.get(self.error, "")


@dataclass(frozen=True, slots=True)
class Trouble:
    """No answer about the message: it may have been posted all the same."""

    retry: Retry


Answer = Taken | Refused | Trouble


class Api:
    """Slack's methods by one token. ``session`` must stand on the guarded connector (``adapters.guard``)."""

    def __init__(
        self, session: aiohttp.ClientSession, token: Secret | None, base_url: str, now: Callable[[], datetime]
    ) -> None:
        self._session = session
        self._token = token or Secret("")
        self._base_url = base_url
        self._now = now

    async def call(self, method: str, arguments: Mapping[str, Any]) -> Answer:
        """A method that takes JSON."""
        headers = {**self._headers, "content-type": "application/json; charset=utf-8"}
        return await self._ask("POST", self._base_url + method, headers, data=msgspec.json.encode(dict(arguments)))

    async def read(self, method: str, arguments: Mapping[str, str]) -> Answer:
        """A method that reads: those take no JSON."""
        return await self._ask("GET", self._base_url + method, self._headers, params=dict(arguments))

    async def hook(self, url: Secret, payload: Mapping[str, Any]) -> Answer:
        """An incoming webhook: its answer is a status and a word."""
        headers = {"content-type": "application/json", "accept-encoding": "identity"}
        return await self._ask("POST", url.reveal(), headers, data=msgspec.json.encode(dict(payload)))

    @property
    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._token.reveal()}", "accept-encoding": "identity"}

    async def _ask(self, verb: str, url: str, headers: Mapping[str, str], **body: Any) -> Answer:
        started = time.monotonic()
        hooked = "authorization" not in headers
        with refusals() as refused:
            try:
                async with self._session.request(
                    verb, url, headers=headers, allow_redirects=False, timeout=TIMEOUT, **body
                ) as response:
                    text = await _body(response)
                    attempt = Attempt(duration_s=time.monotonic() - started, status=response.status)
                    return self._unusual(response, attempt) or (_word if hooked else _json)(text, attempt)
            except (aiohttp.ClientError, OSError, ValueError) as error:
                attempt = Attempt(duration_s=time.monotonic() - started)
                reason = failure_line(error, refused, TIMEOUT)
                return Trouble(Retry(reason=reason, trips=not refused, attempt=attempt))

    def _unusual(self, response: aiohttp.ClientResponse, attempt: Attempt) -> Trouble | None:
        """Answers that say nothing about the message: the rate limit, a server's fault, a redirect."""
        if 300 <= response.status < 400:
            reason = f"Slack: HTTP {response.status}: a redirect, and redirects are not followed"
            return Trouble(Retry(reason=reason, hopeless=True, attempt=attempt))
        if response.status != 429 and response.status < 500:
            return None
        wish_s = retry_after_s(response.headers.get("retry-after"), self._now())
        if response.status == 429:
            return _busy(_BUSY_S if wish_s is None else wish_s, attempt)
        reason = f"Slack: HTTP {response.status}"
        return Trouble(Retry(reason=reason, after_s=wish_s, trips=True, attempt=attempt))


def _busy(after_s: float, attempt: Attempt) -> Trouble:
    return Trouble(Retry(reason="Slack: ratelimited", after_s=after_s, counts=False, attempt=attempt))


def _word(body: bytes, attempt: Attempt) -> Answer:
    if attempt.status is not None and 200 <= attempt.status < 300:
        return Taken(attempt=attempt)
    return _judged(_code(body.decode("ascii", "replace")), attempt)


def _json(body: bytes, attempt: Attempt) -> Answer:
    try:
        told = msgspec.json.decode(body, type=dict[str, Any])
    except ValueError:
        reason = f"Slack: HTTP {attempt.status} without the JSON it promises"
        return Trouble(Retry(reason=reason, trips=True, attempt=attempt))
    return Taken(told, attempt) if told.get("ok") is True else _judged(_code(str(told.get("error", ""))), attempt)


def _judged(error: str, attempt: Attempt) -> Answer:
    if error in _RATE:
        return _busy(_BUSY_S, attempt)
    if error in _SERVER | _PASSING:
        return Trouble(Retry(reason=f"Slack: {error}", trips=error in _SERVER, attempt=attempt))
    return Refused(error, attempt)


def _code(text: str) -> str:
    return text if re.fullmatch(r"[a-z_]{2,60}", text) else "an error without a name"


async def _body(response: aiohttp.ClientResponse) -> bytes:
    """At most 4 MiB (a page of history); a longer answer closes the connection."""
    body = b""
    while len(body) < _MOST_READ and (piece := await response.content.read(_MOST_READ - len(body))):
        body += piece
    if not response.content.at_eof():
        response.close()
    return body
