"""``/api/v1/sources``: how each fares, its last visits; watched, tried out, paused, resumed and no longer watched."""

from __future__ import annotations

from typing import Final, cast, get_args

import msgspec
from aiohttp import web

from monitor.model import Post, Source
from monitor.ports.preview import Previewed, Seen
from monitor.ports.sourcing import Condition, SourceStanding
from monitor.web.answers import Problem
from monitor.web.api_shapes import Anything, Polls, PreviewAnswer, ProblemAnswer, SeenPost, Sources, Why
from monitor.web.api_words import body_of, conflict, limit_of, off_loop, told, unknown
from monitor.web.parts import web_parts
from monitor.web.places import cursor, uncursored
from monitor.web.routes import Route


async def sources(request: web.Request) -> web.Response:
    """Some of the sources, by name."""
    desk = web_parts(request).sources
    wanted = request.query.get("condition", "")
    if wanted and wanted not in get_args(Condition):
        raise Problem(400, "Unknown condition", f"condition: one of {', '.join(get_args(Condition))}")
    condition = cast("Condition", wanted) if wanted else None
    after = request.query.get("cursor", "")
    found = await off_loop(desk.page, limit_of(request, 100, 500), uncursored(after) if after else "", condition)
    counts = await off_loop(desk.counts)
    further = cursor(found.after) if found.after else None
    return told(request, Sources(sources=list(found.rows), counts=counts, next=further))


async def source(request: web.Request) -> web.Response:
    """One source as it stands."""
    return told(request, await _standing(request))


async def polls(request: web.Request) -> web.Response:
    """The last visits to it."""
    standing = await _standing(request)
    visits = await off_loop(web_parts(request).sources.polls, standing.source.name)
    return told(request, Polls(polls=list(visits)))


async def add(request: web.Request) -> web.Response:
    """Watch a page from now on."""
    found = await _drafted(request)
    if isinstance(found, web.Response):
        return found
    if not await off_loop(web_parts(request).sources.add, found):
        raise conflict("The name is taken", f"there is a source {found.name!r} already; choose another name")
    standing = await off_loop(web_parts(request).sources.standing, found.name)
    where = request.app.router["api_source"].url_for(source=found.name)
    return told(request, standing, status=201, location=str(where))


async def preview(request: web.Request) -> web.Response:
    """Visit a page once and say what would be watched; nothing of it is kept."""
    found = await _drafted(request)
    if isinstance(found, web.Response):
        return found
    return told(request, _previewed(await web_parts(request).preview(found)))


async def pause(request: web.Request) -> web.Response:
    """No polls until it is resumed."""
    standing = await _standing(request)
    why = await body_of(request, Why, optional=True)
    await off_loop(web_parts(request).sources.pause, standing.source.name, why.reason)
    return told(request, await _standing(request))


async def resume(request: web.Request) -> web.Response:
    """Poll it again."""
    standing = await _standing(request)
    await off_loop(web_parts(request).sources.resume, standing.source.name)
    return told(request, await _standing(request))


async def remove(request: web.Request) -> web.Response:
    """Watch it no longer."""
    name = request.match_info["source"]
    match await off_loop(web_parts(request).sources.remove, name):
        case "removed":
            return web.Response(status=204)
        case "configured":
            raise conflict("It is configured", f"take source {name!r} out of the configuration file instead")
        case "unknown":
            raise unknown("source", name)


async def _standing(request: web.Request) -> SourceStanding:
    name = request.match_info["source"]
    found = await off_loop(web_parts(request).sources.standing, name)
    if found is None:
        raise unknown("source", name)
    return found


async def _drafted(request: web.Request) -> Source | web.Response:
    """The source in the call, or the answer that says all that is wrong with it."""
    words = await body_of(request, Anything)
    came = await off_loop(web_parts(request).draft, words)
    if isinstance(came, Source):
        return came
    said = "; ".join(f"{key}: {fault}" if key else fault for key, fault in came.items())
    problem = ProblemAnswer(title="Not a source", status=422, detail=said, errors=came)
    return web.json_response(body=msgspec.json.encode(problem), status=422, content_type="application/problem+json")


def _previewed(found: Previewed) -> PreviewAnswer:
    if not isinstance(found, Seen):
        return PreviewAnswer(reason=found.reason)
    page = found.looked.page
    return PreviewAnswer(
        posts=list(map(_seen, page.posts)),
        found_by=page.rung,
        reasons=list(page.reasons),
        extract=found.looked.table,
    )


def _seen(post: Post) -> SeenPost:
    return msgspec.convert(post, SeenPost, from_attributes=True)


ROUTES: Final = (
    Route(method="GET", path="/api/v1/sources", answer=sources, name="api_sources"),
    Route(method="POST", path="/api/v1/sources", answer=add, name="api_source_add", needs="operate"),
    Route(method="POST", path="/api/v1/sources/preview", answer=preview, name="api_source_preview", needs="operate"),
    Route(method="GET", path="/api/v1/sources/{source}", answer=source, name="api_source"),
    Route(method="DELETE", path="/api/v1/sources/{source}", answer=remove, name="api_source_remove", needs="operate"),
    Route(method="GET", path="/api/v1/sources/{source}/polls", answer=polls, name="api_source_polls"),
    Route(method="POST", path="/api/v1/sources/{source}/pause", answer=pause, name="api_source_pause", needs="operate"),
    Route(
        method="POST", path="/api/v1/sources/{source}/resume", answer=resume, name="api_source_resume", needs="operate"
    ),
)
