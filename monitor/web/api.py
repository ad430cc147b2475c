"""The API put together, and its own description."""

from __future__ import annotations

import functools
from typing import Final

import msgspec
from aiohttp import web

from monitor.web import api_changes, api_destinations, api_sources, api_stream
from monitor.web.api_document import document
from monitor.web.conditional import tagged
from monitor.web.routes import Route


async def openapi(_request: web.Request) -> web.Response:
    """The OpenAPI document of this API."""
    return tagged(_document(), "application/json")


ROUTES: Final[tuple[Route, ...]] = (
    *api_stream.ROUTES,
    *api_changes.ROUTES,
    *api_sources.ROUTES,
    *api_destinations.ROUTES,
    Route(method="GET", path="/api/v1/openapi.json", answer=openapi, name="api_openapi"),
)


@functools.cache
def _document() -> bytes:
    return msgspec.json.encode(document(ROUTES))
