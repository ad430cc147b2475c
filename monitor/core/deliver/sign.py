"""Standard Webhooks 1.0.0, symmetric signatures (v1): sign what is sent, verify what came.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.errors import UsageError
from monitor.model import Secret

_PREFIX = "whsec_"
_SHORTEST, _LONGEST = 24, 64


@dataclass(frozen=True, slots=True)
class Verified:
    """The body is the sender's, and recent. ``id`` is the receiver's key against duplicates."""

    id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The body must not be believed; ``reason`` is one line that tells a developer why."""

    reason: str


def key(secret: Secret) -> bytes:
    """The key inside ``whsec_<base64>``: 24 to 64 bytes. Raises UsageError, whose text never shows the secret."""
    text = secret.reveal()
    try:
        found = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not text.startswith(_PREFIX) or not _SHORTEST <= len(found) <= _LONGEST:
        raise UsageError(
            "a webhook secret is whsec_ and the base64 of 24 to 64 random bytes: "
            "make one with: stetwatch webhook secret"
        )
    return found


def sign(id_: str, timestamp: int, body: bytes, keys: Sequence[bytes]) -> str:
    """The value of ``webhook-signature``: one ``v1,<base64>`` a key, newest first, for an overlap of secrets.

    ``timestamp`` is the unix time of this attempt in seconds; ``id_`` must hold no full stop.
    """
    return " ".join(f"v1,{_mac(id_, str(timestamp), body, one)}" for one in keys)


def verify(
    headers: Mapping[str, str], body: bytes, keys: Sequence[bytes], now: float, *, tolerance_s: float = 300
) -> Verified | Refused:
    """Whether these headers and this raw body came from a holder of one of the keys, within the tolerance."""
    given = {name.lower(): value for name, value in headers.items()}
    id_, timestamp, signatures = (given.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not (id_ and timestamp and signatures):
        return Refused("a webhook-id, webhook-timestamp or webhook-signature header is missing")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return Refused("webhook-timestamp is no unix time")
    if abs(now - int(timestamp)) > tolerance_s:
        return Refused(f"webhook-timestamp is more than {tolerance_s:g} s from now: a replay, or a clock is wrong")
    expected = [f"v1,{_mac(id_, timestamp, body, one)}".encode() for one in keys]
    sent = [one.encode("utf-8", "surrogateescape") for one in signatures.split(" ")]
    if any(hmac.compare_digest(theirs, ours) for theirs in sent for ours in expected):
        return Verified(id_)
    return Refused("no signature matches: another secret, or the body was changed on its way")


def _mac(id_: str, timestamp: str, body: bytes, one: bytes) -> str:
    content = f"{id_}.{timestamp}.".encode("utf-8", "surrogateescape") + body
    return base64.b64encode(hmac.digest(one, content, hashlib.sha256)).decode()
