"""``/metrics``: the numbers as Prometheus scrapes them (with the view token as its bearer token)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from aiohttp import web

from monitor.exposition import CONTENT_TYPE, MOST_SOURCES, exposition
from monitor.web.answers import Problem
from monitor.web.parts import web_parts
from monitor.web.routes import Route


async def metrics(request: web.Request) -> web.Response:
    """All numbers, and the counters of the worst sources; or of those that ``?source=`` names, or ``?sources=all``."""
    text = exposition(await web_parts(request).numbers.numbers(await _asked(request)))
    return web.Response(body=text.encode(), headers={"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"})


async def _asked(request: web.Request) -> Sequence[str] | None:
    named = request.query.getall("source", [])
    every = request.query.get("sources", "worst")
    if every not in {"worst", "all"}:
        raise Problem(400, "No such sources", "write ?sources=all, ?sources=worst, or name them: ?source=NAME")
    if every == "all":
        named = list(await asyncio.to_thread(web_parts(request).sources.names))
    return named[:MOST_SOURCES] or None


ROUTES: Final[tuple[Route, ...]] = (Route(method="GET", path="/metrics", answer=metrics, name="metrics"),)
