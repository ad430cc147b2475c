"""Answers that need not be sent twice: entity tags and dates of change (RFC 9110 §13)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from email.utils import format_datetime

from aiohttp import web


def conditional(
    request: web.Request, body: bytes, content_type: str, *, modified_at: datetime | None = None
) -> web.Response:
    """The body under a strong tag of its bytes, or 304 where the visitor has these very bytes.

    ``modified_at`` (aware UTC) is asked only where no tag is (RFC 9110 §13.2.2).
    """
    tag = hashlib.sha256(body).hexdigest()[:32]
    headers = {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache"}
    if modified_at is not None:
        headers["Last-Modified"] = format_datetime(modified_at, usegmt=True)
    if _has_it(request, tag, modified_at):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, headers=headers | {"Content-Type": content_type})


def _has_it(request: web.Request, tag: str, modified_at: datetime | None) -> bool:
    known = request.if_none_match
    if known is not None:
        return any(one.value in {tag, "*"} for one in known)
    since = request.if_modified_since
    return modified_at is not None and since is not None and modified_at.replace(microsecond=0) <= since
