"""The application, put together from its pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from aiohttp import web

from monitor.web import (
    access,
    api,
    api_stream,
    assets,
    atom,
    faults,
    finishing,
    health,
    login,
    numbers_page,
    pages_copy,
    pages_deliveries,
    pages_now,
    pages_post,
    pages_source_new,
    pages_sources,
)
from monitor.web.door import Door
from monitor.web.parts import PARTS, Parts
from monitor.web.routes import Route
from monitor.web.sessions import Seals
from monitor.web.throttle import Throttle

FRAME: Final = (*health.ROUTES, *assets.ROUTES, *login.ROUTES)

PAGES: Final[tuple[Route, ...]] = (
    *pages_now.ROUTES,
    *pages_post.ROUTES,
    *pages_copy.ROUTES,
    *pages_source_new.ROUTES,
    *pages_sources.ROUTES,
    *pages_deliveries.ROUTES,
    *numbers_page.ROUTES,
    *api.ROUTES,
    *atom.ROUTES,
)

BESIDE: Final[tuple[Callable[[web.Application], None], ...]] = (
    # What lives with the application beside its pages, a line each.
    api_stream.set_up,
)

_MOST_BYTES: Final = 256 * 1024
"""What a form or a call may hold: extraction rules are the largest."""


def build(parts: Parts, routes: Iterable[Route] = PAGES, *, door: Door | None = None) -> web.Application:
    """These pages over these parts, behind this door; without one, on loopback and open."""
    door = door or Door()
    app = web.Application(
        middlewares=[finishing.finish, faults.tell, access.admit],
        client_max_size=_MOST_BYTES,
    )
    app[PARTS] = parts
    app[access.DOOR] = door
    app[access.SEALS] = Seals(door.view_token, door.operate_token)
    app[access.THROTTLE] = Throttle()
    places: dict[web.AbstractRoute, Route] = {}
    app[access.ROUTES_BY_PLACE] = places
    app.on_response_prepare.append(finishing.set_headers)
    for route in (*FRAME, *routes):
        for method in ("HEAD", "GET") if route.method == "GET" else (route.method,):
            placed = app.router.add_route(method, route.path, route.answer, name=route.name)
            places[placed] = route
    for set_up in BESIDE:
        set_up(app)
    return app
