"""How pages answer: from a template, as JSON, or with a problem."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from monitor import __version__
from monitor.web import assets
from monitor.web.access import DOOR, form_token, visitor_of
from monitor.web.problem import Problem
from monitor.web.saying import FILTERS

__all__ = ["TEMPLATES", "Problem", "absolute", "csrf", "json_answer", "page", "when"]


def when(at: datetime | None) -> str:
    """A moment as ``<time>`` in UTC (scripts shorten it, and tell the reader's own time beside it); a dash for None."""
    if at is None:
        return "–"
    utc = at.astimezone(UTC)
    machine = utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Markup('<time datetime="{}">{}</time>').format(machine, utc.strftime("%Y-%m-%d %H:%M:%S UTC"))


TEMPLATES: Final = Environment(
    loader=PackageLoader("monitor.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.globals.update(static=assets.address, version=__version__)
TEMPLATES.filters.update({**FILTERS, "when": when})


def page(request: web.Request, template: str, *, status: int = 200, **values: Any) -> web.Response:
    """A page. Templates also see ``request``, ``visitor``, ``door_open`` (no tokens are asked for), ``url(name,
    **parts)``, ``static(file)`` and ``csrf()``, the token of this visitor's forms.
    """
    shared = {
        "request": request,
        "visitor": visitor_of(request),
        "door_open": request.app[DOOR].open,
        "url": _urls(request),
        "csrf": lambda: csrf(request),
    }
    text = TEMPLATES.get_template(template).render(shared | values)
    return web.Response(text=text, status=status, content_type="text/html")


def json_answer(value: object, *, status: int = 200, content_type: str = "application/json") -> web.Response:
    """Any value msgspec can encode."""
    return web.Response(body=msgspec.json.encode(value), status=status, content_type=content_type)


def csrf(request: web.Request) -> str:
    """The token that a form of this visitor must send back."""
    return form_token(request)


def absolute(request: web.Request, path: str) -> str:
    """A path as a whole URL: at the public address where one is configured, else as the visitor came."""
    return (request.app[DOOR].url or f"{request.scheme}://{request.host}") + path


def _urls(request: web.Request) -> Any:
    def url(name: str, /, **parts: str) -> str:  # a part may be called name
        return str(request.app.router[name].url_for(**parts))

    return url
