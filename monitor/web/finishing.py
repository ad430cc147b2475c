"""What every answer has in common: headers that keep it safe, a 304 for who has it already, compression."""

from __future__ import annotations

import re
from typing import Final

from aiohttp import ETag, web
from aiohttp.typedefs import Handler

from monitor.web.access import SAFE, set_cookie

_WORTH_IT: Final = 1_000
_TEXT: Final = re.compile(r"text/|application/(?:[\w.-]+\+)?(?:json|xml)|image/svg")
_GZIP: Final = re.compile(r"(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[\d.]+\s*)?(?:,|$)", re.IGNORECASE)

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: with that, browsers hide the Origin of our own forms too.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
    "Server": "Stetwatch",
}


async def set_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """As the answer begins (a signal of aiohttp's): what every answer says, unless the page said otherwise."""
    for name, value in HEADERS.items():
        if name == "Server" or name not in response.headers:
            response.headers[name] = value


@web.middleware
async def finish(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The visitor's cookie; 304 where they hold this very answer, else gzip where it is worth it. Streams pass."""
    try:
        response = await handler(request)
    except web.HTTPException as redirect:
        set_cookie(request, redirect)
        raise
    if not response.prepared:
        set_cookie(request, response)
    if not isinstance(response, web.Response) or response.prepared:
        return response
    if _is_held(request, response):
        kept = {name: value for name in ("Cache-Control", "Vary") if (value := response.headers.get(name))}
        unchanged = web.Response(status=304, headers=kept)
        unchanged.etag = response.etag
        response = unchanged
    if response.status == 304:
        _name_as_held(request, response)
        return response
    if not isinstance(response.body, bytes):
        return response
    if len(response.body) >= _WORTH_IT and _TEXT.match(response.content_type):
        _compress(request, response)
    return response


def _is_held(request: web.Request, response: web.Response) -> bool:
    """The same page, in whatever coding: weak comparison (RFC 9110 §13.1.2)."""
    if response.status != 200 or request.method not in SAFE or response.etag is None:
        return False
    return any(tag.value in {response.etag.value, "*"} for tag in request.if_none_match or ())


def _name_as_held(request: web.Request, response: web.Response) -> None:
    """The tag of a 304 is the one that the visitor's copy came with: weak where that was compressed."""
    value = None if response.etag is None else response.etag.value
    held = next((tag for tag in request.if_none_match or () if tag.value == value), None)
    if held is not None:
        response.etag = held


def _compress(request: web.Request, response: web.Response) -> None:
    response.headers.add("Vary", "Accept-Encoding")
    if "Content-Encoding" in response.headers or not _GZIP.search(request.headers.get("Accept-Encoding", "")):
        return
    response.enable_compression(web.ContentCoding.gzip)
    if response.etag is not None:  # other bytes now, the same page still (RFC 9110 §8.8.1)
        response.etag = ETag(response.etag.value, is_weak=True)
