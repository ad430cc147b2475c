"""Signing in with a token, and out again."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from monitor.web.access import DOOR, check_token, give_cookie, visitor_of
from monitor.web.answers import page
from monitor.web.routes import Route


async def login(request: web.Request) -> web.StreamResponse:
    """The form; nobody needs it where no token is asked for."""
    if request.app[DOOR].open:
        raise web.HTTPSeeOther("/")
    return page(request, "login.html", next=_own_path(request.query.get("next", "")), wrong=False)


async def sign_in(request: web.Request) -> web.StreamResponse:
    """A right token begins a session and leads on to where the visitor wanted to go."""
    if request.app[DOOR].open:
        raise web.HTTPSeeOther("/")
    form = await request.post()
    wanted = _own_path(str(form.get("next", "")))
    may = check_token(request, str(form.get("token", "")).strip())
    if may == "open":
        return page(request, "login.html", status=403, next=wanted, wrong=True)
    give_cookie(request, may)
    raise web.HTTPSeeOther(wanted)


async def sign_out(request: web.Request) -> web.StreamResponse:
    """The visitor is nobody again."""
    if not visitor_of(request).program:
        give_cookie(request, "open")
    raise web.HTTPSeeOther("/login")


def _own_path(wanted: str) -> str:
    """A path of ours, or the first page: never another site, however it is spelled."""
    fits = wanted.startswith("/") and not wanted.startswith(("//", "/\\", "/login", "/logout"))
    return wanted if fits and wanted.isprintable() and "\\" not in wanted else "/"


ROUTES: Final = (
    Route(method="GET", path="/login", answer=login, name="login", needs="open"),
    Route(method="POST", path="/login", answer=sign_in, name="sign_in", needs="open"),
    Route(method="POST", path="/logout", answer=sign_out, name="logout", needs="view"),
)
