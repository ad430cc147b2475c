"""Is this process alive, and is all there that is needed?"""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from monitor.core.urls import is_loopback
from monitor.errors import InfrastructureError
from monitor.web.access import came_by_proxy, visitor_of
from monitor.web.answers import json_answer
from monitor.web.parts import web_parts
from monitor.web.routes import Route


async def healthz(_request: web.Request) -> web.StreamResponse:
    """200 as long as the process answers; it says nothing else."""
    return web.Response(text="ok\n")


async def readyz(request: web.Request) -> web.StreamResponse:
    """200 when the store answers and every role the configuration needs is alive, else 503.

    What is absent is told to this machine and to those who may view.
    """
    try:
        absent = tuple(await asyncio.to_thread(web_parts(request).absent))
    except InfrastructureError:
        absent = ("store",)
    told: dict[str, object] = {"ready": not absent}
    if visitor_of(request).may_do("view") or _from_here(request):
        told["absent"] = absent
    return json_answer(told, status=503 if absent else 200)


def _from_here(request: web.Request) -> bool:
    """Whether this machine asks for itself rather than a proxy on it for others."""
    return is_loopback(request.remote or "") and not came_by_proxy(request)


ROUTES: Final = (
    Route(method="GET", path="/healthz", answer=healthz, name="healthz", needs="open"),
    Route(method="GET", path="/readyz", answer=readyz, name="readyz", needs="open"),
)
