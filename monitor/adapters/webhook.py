"""Signed POSTs (``ports.Sender``) as Standard Webhooks 1.0.0 asks: one attempt each, the answer as a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from monitor.adapters.guard import failure_line, refusals
from monitor.core.deliver.sign import key, sign
from monitor.core.freshness import retry_after_s
from monitor.errors import ConfigError, UsageError
from monitor.model import Delivery, Webhook
from monitor.ports import Delivered, GaveUp, Retry, SendOutcome

TIMEOUT: Final = aiohttp.ClientTimeout(total=15, connect=5, sock_read=10)
USER_AGENT: Final = "Stetwatch/1 (+https://github.com/stetwatch/stetwatch)"
MOST_READ: Final = 16_384

_BUSY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


class WebhookSender:
    """One webhook destination. ``session`` must stand on the guarded connector (``adapters.guard``)."""

    def __init__(self, session: aiohttp.ClientSession, webhook: Webhook, *, now: Callable[[], datetime]) -> None:
        """Raises ConfigError for a secret or URL that cannot be used."""
        self._session = session
        self._webhook = webhook
        self._now = now
        self._keys = _keys(webhook)

    async def send(self, delivery: Delivery) -> SendOutcome:
        """Post the frozen bytes; the timestamp and signature are this attempt's own."""
        now = self._now()
        headers = self._headers(delivery, int(now.timestamp()))
        with refusals() as refused:
            try:
                async with self._session.post(
                    self._webhook.url.reveal(),
                    data=delivery.body,
                    headers=headers,
                    allow_redirects=False,
                    timeout=TIMEOUT,
                ) as response:
                    await _read_away(response)
                    return _outcome(response.status, response.headers, now)
            except (aiohttp.ClientError, OSError, ValueError) as error:
                return Retry(reason=failure_line(error, refused, TIMEOUT))

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


def _outcome(status: int, headers: Mapping[str, str], now: datetime) -> SendOutcome:
    match status:
        case _ if 200 <= status < 300:
            return Delivered(status=status)
        case HTTPStatus.GONE:
            return GaveUp(reason="HTTP 410: the receiver wants no more", disable=True)
        case _ if 300 <= status < 400:
            return Retry(reason=f"HTTP {status}: a redirect, and redirects are not followed: configure the new URL")
        case _:
            wish_s = retry_after_s(headers.get("retry-after"), now)
            counts = wish_s is None or status not in _BUSY
            return Retry(reason=f"HTTP {status}", after_s=wish_s, counts=counts)


async def _read_away(response: aiohttp.ClientResponse) -> None:
    """Read a short answer so that its connection serves again; a longer one, or one that breaks, costs only that.

    The status has been said: nothing behind it changes the outcome.
    """
    try:
        await response.content.read(MOST_READ)
        if not response.content.at_eof():
            response.close()
    except (aiohttp.ClientError, OSError):
        response.close()
