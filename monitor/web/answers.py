"""How handlers answer: a page from a template, JSON, or a problem."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

TEMPLATES: Final = Environment(
    loader=PackageLoader("monitor.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Problem(Exception):
    """What is told to the one who asks (RFC 9457): ``detail`` says what to do. A page, or problem+json in the API."""

    def __init__(self, status: int, title: str, detail: str = "") -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.detail = detail


def page(request: web.Request, template: str, *, status: int = 200, **values: Any) -> web.Response:
    """A page; templates also see ``request`` and ``url(name, **parts)``."""
    text = TEMPLATES.get_template(template).render(request=request, url=_urls(request), **values)
    return web.Response(text=text, status=status, content_type="text/html")


def json_answer(value: object, *, status: int = 200, content_type: str = "application/json") -> web.Response:
    """Any value msgspec can encode."""
    return web.Response(body=msgspec.json.encode(value), status=status, content_type=content_type)


def csrf(request: web.Request) -> str:
    """The token that a form of this visitor must send back."""
    return str(request.get("csrf", ""))


def _urls(request: web.Request) -> Any:
    def url(name: str, **parts: str) -> str:
        return str(request.app.router[name].url_for(**parts))

    return url
