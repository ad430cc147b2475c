"""A stored copy of a watched page as evidence: as plain text, which no browser acts upon, or its very bytes."""

from __future__ import annotations

import asyncio
from datetime import UTC
from typing import Final

from aiohttp import web

from monitor.core.extract.decode import charset, decoded, uncoded
from monitor.model import Unreadable
from monitor.ports.records import Copy
from monitor.web.answers import Problem
from monitor.web.parts import web_parts
from monitor.web.routes import Route
from monitor.web.saying import cut, outward

MOST_SHOWN: Final = 8 * 1024 * 1024
"""Bytes of text sent at most; the rest is in the bytes as received."""


async def copy(request: web.Request) -> web.StreamResponse:
    """The copy as ``text/plain``; with ``?as=received`` the bytes that the digest is of, to be saved."""
    source, name = request.match_info["source"], request.match_info["snapshot"]
    found = await web_parts(request).records.copy(source, name)
    if found is None:
        raise Problem(404, "No such copy", "its bytes are not kept any more, or never were")
    if request.query.get("as") == "received":
        return _received(found)
    text = await asyncio.to_thread(_text, found)
    if isinstance(text, Unreadable):
        raise Problem(422, "This copy is no text", f"{text.reason}; its bytes as received: add ?as=received")
    return web.Response(body=text, content_type="text/plain", charset="utf-8", headers=_evidence(found))


def _text(found: Copy) -> bytes | Unreadable:
    body = uncoded(found.body, found.encoding)
    if isinstance(body, Unreadable):
        return body
    text = decoded(body, charset(body, found.content_type)).encode("utf-8", "replace")
    if len(text) <= MOST_SHOWN:
        return text
    return text[:MOST_SHOWN].decode("utf-8", "ignore").encode() + "\n… cut here: add ?as=received".encode()


def _received(found: Copy) -> web.Response:
    headers = _evidence(found)
    headers["Content-Disposition"] = f'attachment; filename="{found.sha256}.bin"'
    return web.Response(body=found.body, content_type="application/octet-stream", headers=headers)


def _evidence(found: Copy) -> dict[str, str]:
    """What is known of the copy, and what keeps a browser from taking it for a page."""
    headers = {
        "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "X-Stetwatch-SHA256": found.sha256,
        "X-Stetwatch-Fetched-At": f"{found.fetched_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "X-Stetwatch-Content-Encoding": _latin(found.encoding) or "identity",
        "X-Stetwatch-Content-Type": _latin(found.content_type),
        "X-Stetwatch-URL": outward(found.url),
    }
    return {name: text for name, text in headers.items() if text}


def _latin(text: str) -> str:
    """A header's value that was another server's word, as one of ours."""
    return cut(text, 100).encode("ascii", "replace").decode()


ROUTES: Final = (Route(method="GET", path="/copies/{source}/{snapshot}", answer=copy, name="copy"),)
