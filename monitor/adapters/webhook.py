"""Signed POSTs (``ports.Sender``) as Standard Webhooks 1.0.0 asks: one attempt each, the answer as a value."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from monitor.adapters.guard import failure_line, refusals
from monitor.core.deliver.sign import key, sign
from monitor.core.freshness import retry_after_s
from monitor.core.normalize import text
from monitor.errors import ConfigError, UsageError
from monitor.model import Delivery, Webhook
from monitor.ports import Attempt, Delivered, GaveUp, Retry, SendOutcome

USER_AGENT: Final = "Stetwatch/1 (+https://github.com/stetwatch/stetwatch)"
MOST_READ: Final = 16_384

MOST_KEPT: Final = 1_024
WISH: Final = "webhook-delivery"
"""The answer's header that asks for the end of this delivery (``abort-message``) or of all (``disable``), as Svix."""

_BUSY: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_HOPELESS: Final = frozenset({400, 401, 403, 404, 413, 415, 422})
"""Refusals of the request for what it is: they are tried again, but somebody should hear of them at once."""


class WebhookSender:
    """One webhook destination. ``session`` must stand on the guarded connector (``adapters.guard``)."""

    def __init__(self, session: aiohttp.ClientSession, webhook: Webhook, *, now: Callable[[], datetime]) -> None:
        """Raises ConfigError for a secret or URL that cannot be used."""
        self._session = session
        self._webhook = webhook
        self._now = now
        self._keys = _keys(webhook)
        self._timeout = timeout_of(webhook.timeout_s)

    async def send(self, delivery: Delivery) -> SendOutcome:
        """Post the frozen bytes; the timestamp and signature are this attempt's own."""
        now, began = self._now(), time.monotonic()
        headers = self._headers(delivery, int(now.timestamp()))
        with refusals() as refused:
            try:
                async with self._session.post(
                    self._webhook.url.reveal(),
                    data=delivery.body,
                    headers=headers,
                    allow_redirects=False,
                    timeout=self._timeout,
                ) as response:
                    beginning = await _read_away(response)
                    attempt = Attempt(
                        duration_s=time.monotonic() - began,
                        status=response.status,
                        address=getattr(response, "address", ""),
                        answer=_shown(response, beginning),
                    )
                    return _outcome(response.status, response.headers, now, attempt)
            except (aiohttp.ClientError, OSError, ValueError) as error:
                # What the guard forbids, or what no request can be made of, is the configuration's fault.
                ours = bool(refused) or not isinstance(error, aiohttp.ClientError | OSError)
                return Retry(
                    reason=failure_line(error, refused, self._timeout),
                    trips=not ours,
                    hopeless=ours,
                    attempt=Attempt(duration_s=time.monotonic() - began),
                )

    def _headers(self, delivery: Delivery, timestamp: int) -> dict[str, str]:
        """Ours last: a configured header never replaces one that the receiver relies on."""
        ours = {
            "content-type": "application/json",
            "user-agent": USER_AGENT,
            "accept-encoding": "identity",
            "webhook-id": delivery.change_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(delivery.change_id, timestamp, delivery.body, self._keys),
        }
        if delivery.redelivery:
            ours["webhook-replay"] = "true"
        theirs = {name: value.reveal() for name, value in self._webhook.headers.items() if name.lower() not in ours}
        return theirs | ours


def timeout_of(total_s: float) -> aiohttp.ClientTimeout:
    """An attempt's limits: a third of it to connect, two thirds of silence, as 5 and 10 of 15 s."""
    return aiohttp.ClientTimeout(total=total_s, connect=total_s / 3, sock_read=total_s * 2 / 3)


def _keys(webhook: Webhook) -> tuple[bytes, ...]:
    faults = []
    if urlsplit(webhook.url.reveal()).scheme.lower() != "https" and not webhook.allow_http:
        faults.append(f"destination {webhook.name}: its url is not https; change it, or set allow_http = true")
    if not webhook.secrets:
        faults.append(f"destination {webhook.name}: it has no secret; set secret_env, secret_file or secret")
    keys = []
    for secret in webhook.secrets:
        try:
            keys.append(key(secret))
        except UsageError as error:
            faults.append(f"destination {webhook.name}: {error}")
    if faults:
        raise ConfigError(faults)
    return tuple(keys)


def _outcome(status: int, headers: Mapping[str, str], now: datetime, attempt: Attempt) -> SendOutcome:
    if 200 <= status < 300:
        return Delivered(status=status, attempt=attempt)
    if status == HTTPStatus.GONE:
        return GaveUp(reason="HTTP 410: the receiver wants no more", disable=True, attempt=attempt)
    match headers.get(WISH, "").strip().lower():
        case "disable":
            return GaveUp(reason=f"HTTP {status}: the receiver asks to be disabled", disable=True, attempt=attempt)
        case "abort-message":
            return GaveUp(reason=f"HTTP {status}: the receiver does not want this one", attempt=attempt)
    wish_s = retry_after_s(headers.get("retry-after"), now)
    counts = wish_s is None or status not in _BUSY
    return Retry(
        reason=_words(status),
        after_s=wish_s,
        counts=counts,
        trips=status >= 500 and counts,
        hopeless=status in _HOPELESS or 300 <= status < 400,
        attempt=attempt,
    )


def _shown(response: aiohttp.ClientResponse, beginning: bytes) -> str:
    """What a refusal says; a compressed one, which we did not ask for, stays as it is."""
    unreadable = response.ok or response.headers.get("content-encoding", "identity").lower() != "identity"
    return "" if unreadable else text(beginning.decode("utf-8", "replace"))


def _words(status: int) -> str:
    redirect = ": a redirect, and redirects are not followed: configure the new URL" if 300 <= status < 400 else ""
    return f"HTTP {status}{redirect}"


async def _read_away(response: aiohttp.ClientResponse) -> bytes:
    """Read a short answer so that its connection serves again; a longer one, or one that breaks, costs only that.

    The status has been said: nothing behind it changes the outcome. Returns its beginning.
    """
    try:
        beginning = await response.content.read(MOST_READ)
        if not response.content.at_eof():
            response.close()
    except (aiohttp.ClientError, OSError):
        response.close()
        return b""
    return beginning[:MOST_KEPT]
