"""What every part of the API says alike: answers with tags, pages with cursors, bodies read, calls off the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

import msgspec
from aiohttp import web

from monitor.web.answers import Problem
from monitor.web.conditional import tagged

P = ParamSpec("P")
T = TypeVar("T")

JSON: Final = "application/json"
_DIGITS: Final = 9


def told(request: web.Request, value: object, *, status: int = 200, location: str = "") -> web.Response:
    """A value as JSON; a GET's under a tag, so that it is sent once. A ``next`` in it is in the Link header too."""
    body = value if isinstance(value, bytes) else msgspec.json.encode(value)
    if request.method in {"GET", "HEAD"} and status == 200:
        response = tagged(body, JSON)
    else:
        response = web.Response(body=body, status=status, headers={"Content-Type": JSON, "Cache-Control": "no-store"})
    further = getattr(value, "next", None)
    if further:
        response.headers["Link"] = f'<{request.rel_url.update_query(cursor=further)}>; rel="next"'  # RFC 8288
    if location:
        response.headers["Location"] = location
    return response


async def off_loop(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What a synchronous port answers."""
    return await asyncio.to_thread(call, *args, **kwargs)


def limit_of(request: web.Request, usual: int, most: int) -> int:
    """``?limit=``: so many at the most. Raises Problem (400) where it is no number from 1 to ``most``."""
    text = request.query.get("limit", str(usual))
    if not (len(text) <= _DIGITS and text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise Problem(400, "Not a limit", f"limit: {text[:60]!r} is no number from 1 to {most}")
    return int(text)


async def body_of(request: web.Request, shape: type[T], *, optional: bool = False) -> T:
    """The JSON of a call. Raises Problem: 415 for another media type, 400 for what does not fit, which says where."""
    raw = await request.read()
    if not raw and optional:
        return shape()
    if request.content_type != JSON:
        raise Problem(415, "Not JSON", f"send Content-Type: {JSON}")
    try:
        return msgspec.json.decode(raw, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem(400, "Not what is asked for", str(error)[:300]) from None


def unknown(what: str, name: str) -> Problem:
    """404, with where to look."""
    return Problem(404, f"No such {what}", f"{what} {name[:100]!r} is not known, or no longer kept")


def conflict(title: str, detail: str) -> Problem:
    """409: it stands otherwise than the call supposes."""
    return Problem(409, title, detail)
