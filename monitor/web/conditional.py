"""Answers that need not be sent twice: entity tags (RFC 9110 §8.8.3).

There are no dates of change: a change is told later than its page was fetched, and many may come in a second.
"""

from __future__ import annotations

import hashlib

from aiohttp import web


def tagged(body: bytes, content_type: str) -> web.Response:
    """The body under a tag of its bytes; whoever has these is answered 304 on the way out (``finishing``)."""
    response = web.Response(body=body, headers={"Content-Type": content_type})
    response.etag = hashlib.sha256(body).hexdigest()[:32]
    return response
