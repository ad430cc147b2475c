"""``/api/v1/changes`` and ``/api/v1/posts``: the log, one change, and the history of a post."""

from __future__ import annotations

from typing import Final

import msgspec
from aiohttp import web

from monitor.web.api_shapes import Changes, PostHistory
from monitor.web.api_words import limit_of, told, unknown
from monitor.web.parts import web_parts
from monitor.web.places import cursor, no_cursor, place_of, uncursored
from monitor.web.routes import Route
from monitor.web.wanted import wanted_of


async def changes(request: web.Request) -> web.Response:
    """Some of the log, newest first."""
    records, wanted = web_parts(request).records, wanted_of(request)
    given = request.query.get("cursor", "")
    before = uncursored(given) if given else None
    if before is not None and place_of(before) is None:
        raise no_cursor()
    found = await records.changes(wanted, limit_of(request, 50, 200), before)
    rows = [msgspec.Raw(row.body) for row in found.rows]
    return told(request, Changes(changes=rows, next=cursor(found.before) if found.before else None))


async def change(request: web.Request) -> web.Response:
    """One change, whole: its frozen wire form, or, where that was cut for size, what it was cut from."""
    change_id, records = request.match_info["id"], web_parts(request).records
    found = await records.change(change_id)
    if found is None:
        raise unknown("change", change_id)
    whole = await records.whole(change_id) if found.change.truncated else None
    return told(request, whole or found.body)


async def post(request: web.Request) -> web.Response:
    """The history of a post."""
    post_id = request.match_info["post"]
    rows = await web_parts(request).records.history(post_id, limit_of(request, 200, 1_000))
    if not rows:
        raise unknown("post", post_id)
    return told(request, PostHistory(id=post_id, changes=[msgspec.Raw(row.body) for row in rows]))


ROUTES: Final = (
    Route(method="GET", path="/api/v1/changes", answer=changes, name="api_changes"),
    Route(method="GET", path="/api/v1/changes/{id}", answer=change, name="api_change"),
    Route(method="GET", path="/api/v1/posts/{post}", answer=post, name="api_post"),
)
