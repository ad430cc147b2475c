"""What a page says once, after something was done: the answer to a POST is a redirect that names the notice."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web


def then(request: web.Request, page: str, notice: str = "", **parts: str) -> web.HTTPSeeOther:
    """To be raised: on to the page of that name (RFC 9110 §15.4.4), which shows the notice."""
    url = request.app.router[page].url_for(**parts)
    return web.HTTPSeeOther(url.with_query(notice=notice) if notice else url)


def told(request: web.Request, known: Mapping[str, str]) -> str:
    """The sentence that the address asks for; "" for none, and for one that is not among those known."""
    return known.get(request.query.get("notice", ""), "")
