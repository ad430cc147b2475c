"""Answers that need not be sent twice: entity tags and dates of change (RFC 9110 §8.8)."""

from __future__ import annotations

import hashlib
from datetime import datetime

from aiohttp import web


def tagged(body: bytes, content_type: str, *, modified_at: datetime | None = None) -> web.Response:
    """The body under a tag of its bytes; whoever has these is answered 304 on the way out (``finishing``)."""
    response = web.Response(body=body, headers={"Content-Type": content_type})
    response.etag = hashlib.sha256(body).hexdigest()[:32]
    response.last_modified = modified_at
    return response
