"""The page *Add a source*: a form, what one visit to its page shows, and the saving."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from monitor.core.look import verdict
from monitor.model import Source
from monitor.ports.preview import Previewed, Seen
from monitor.web.answers import page
from monitor.web.notices import then
from monitor.web.parts import web_parts
from monitor.web.routes import Route
from monitor.web.source_form import Typed, blank, drafted, typed
from monitor.web.spoken import WORDS

_SHOWN: Final = 50


async def new(request: web.Request) -> web.StreamResponse:
    """The empty form; ``?url=`` fills in the address, as the link to a successor does."""
    return _form(request, blank(request.query.get("url", "")))


async def preview(request: web.Request) -> web.StreamResponse:
    """The form again, as it was typed, above what one visit shows now. Nothing is saved."""
    posted = await request.post()
    said = typed({**posted, "rules": posted.get("proposed", "")} if "adopt" in posted else posted)
    source = drafted(said, web_parts(request).draft)
    if isinstance(source, Typed):
        return _form(request, source, status=422)
    return _form(request, said, seen=await web_parts(request).preview(source))


async def add(request: web.Request) -> web.StreamResponse:
    """Watch it from now on; whatever is wrong comes back beside the fields."""
    said = typed(await request.post())
    source = drafted(said, web_parts(request).draft)
    if isinstance(source, Typed):
        return _form(request, source, status=422)
    if not await asyncio.to_thread(web_parts(request).sources.add, source):
        return _form(request, Typed(values=said.values, faults={"name": _taken(source)}), status=409)
    raise then(request, "source", "added", name=source.name)


def _form(request: web.Request, said: Typed, *, seen: Previewed | None = None, status: int = 200) -> web.Response:
    return page(
        request,
        "source_new.html",
        status=status,
        values=said.values,
        faults=said.faults,
        seen=seen if isinstance(seen, Seen) else None,
        unseen="" if seen is None or isinstance(seen, Seen) else seen.reason,
        verdict=verdict(seen.looked.page) if isinstance(seen, Seen) else "",
        shown=_SHOWN,
        now=web_parts(request).now(),
        **WORDS,
    )


def _taken(source: Source) -> str:
    return f"a source is called {source.name} already; choose another name"


ROUTES: Final = (
    Route(method="GET", path="/sources/new", answer=new, name="source_new", needs="operate"),
    Route(method="POST", path="/sources/preview", answer=preview, name="source_preview", needs="operate"),
    Route(method="POST", path="/sources", answer=add, name="source_add", needs="operate"),
)
