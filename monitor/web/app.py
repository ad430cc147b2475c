"""The application, put together from its pages."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from monitor.web.parts import PARTS, Parts
from monitor.web.routes import Route


def build(parts: Parts, routes: Iterable[Route] = ()) -> web.Application:
    """Every page and endpoint over these parts."""
    app = web.Application()
    app[PARTS] = parts
    for route in routes:
        app.router.add_route(route.method, route.path, route.answer, name=route.name)
    return app
