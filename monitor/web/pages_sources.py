"""The pages *Sources* and *Source*: how each fares, its day, its last visits; pause, resume and remove."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Final, get_args
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aiohttp import web

from monitor.ports.records import Wanted
from monitor.ports.sourcing import Condition, SourceDesk, SourcePage, SourceStanding
from monitor.web import day as days
from monitor.web.about import about
from monitor.web.answers import Problem, page
from monitor.web.condition import CONDITIONS, cadence, status
from monitor.web.notices import then, told
from monitor.web.parts import web_parts
from monitor.web.routes import Route
from monitor.web.spoken import WORDS

_A_PAGE: Final = 100
_LOOKED_AT: Final = 500
_EMPTY: Final = 20
"""So many pages without a source of the condition are looked through for the next one."""

_CHANGES: Final = 15
_REASON: Final = 200
_NOTICES: Final = {
    "added": "It is watched from now on.",
    "paused": "It is paused: it is not visited until it is resumed.",
    "was-paused": "It was paused already.",
    "resumed": "It is watched again.",
    "was-active": "It was not paused.",
    "removed": "A source was removed. What it told stays in the log.",
}


async def sources(request: web.Request) -> web.StreamResponse:
    """A page of them, by name; of one condition, or with a text in their names."""
    desk, now = web_parts(request).sources, web_parts(request).now()
    condition, text, after = _condition(request), request.query.get("q", "").strip(), request.query.get("after", "")
    found, counts = await asyncio.gather(
        asyncio.to_thread(_found, desk, text, condition, after), asyncio.to_thread(desk.counts)
    )
    further = urlencode({"condition": condition or "", "q": text, "after": found.after}) if found.after else ""
    return page(
        request,
        "sources.html",
        rows=[(one, status(one)) for one in found.rows],
        counts=counts,
        conditions=CONDITIONS,
        condition=condition,
        text=text,
        further=further,
        partial=bool(after),
        notice=told(request, _NOTICES),
        now=now,
        **WORDS,
    )


async def source(request: web.Request) -> web.StreamResponse:
    """One source: its status in a sentence, its cadence, its day, its last changes and visits."""
    parts, now = web_parts(request), web_parts(request).now()
    standing = await _standing(request)
    shown = _day(request, standing, now)
    since, until = days.bounds(shown.day, shown.zone)
    name = standing.source.name
    marks, changes, polls = await asyncio.gather(
        parts.records.marks(name, since, until),
        parts.records.changes(Wanted(sources=frozenset({name})), _CHANGES),
        asyncio.to_thread(parts.sources.polls, name),
    )
    return page(
        request,
        "source.html",
        standing=standing,
        words=status(standing),
        cadence=cadence(standing, polls),
        polls=polls,
        changes=[(row.change, about(row.change)) for row in changes.rows],
        day=shown,
        pictures={
            size: days.picture(marks, shown.day, shown.zone, now, measures)
            for size, measures in (("wide", days.WIDE), ("narrow", days.NARROW))
        },
        hours=days.by_hour(marks, shown.day, shown.zone),
        rows=days.ROWS,
        notice=told(request, _NOTICES),
        now=now,
        **WORDS,
    )


async def pause(request: web.Request) -> web.StreamResponse:
    """No visits until it is resumed."""
    name, form = (await _standing(request)).source.name, await request.post()
    reason = str(form.get("reason", "")).strip()[:_REASON]
    came = await asyncio.to_thread(web_parts(request).sources.pause, name, reason)
    raise then(request, "source", "paused" if came else "was-paused", name=name)


async def resume(request: web.Request) -> web.StreamResponse:
    """Watch it again."""
    name = (await _standing(request)).source.name
    came = await asyncio.to_thread(web_parts(request).sources.resume, name)
    raise then(request, "source", "resumed" if came else "was-active", name=name)


async def remove(request: web.Request) -> web.StreamResponse:
    """Forget a source that was added while running."""
    name = request.match_info["name"]
    match await asyncio.to_thread(web_parts(request).sources.remove, name):
        case "removed":
            raise then(request, "sources", "removed")
        case "unknown":
            raise _unknown(name)
        case "configured":
            raise Problem(409, f"{name} stands in the configuration file", "Take it out there, or pause it here.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Day:
    """Which day is shown, where, and its neighbours; there is none after today."""

    day: date
    zone: tzinfo
    zone_name: str
    before: date
    after: date | None


def _day(request: web.Request, standing: SourceStanding, now: datetime) -> _Day:
    name = standing.source.timezone or "UTC"
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        name, zone = "UTC", ZoneInfo("UTC")
    today = now.astimezone(zone).date()
    try:
        asked = date.fromisoformat(request.query.get("day", ""))
    except ValueError:
        asked = today
    shown = min(max(asked, today - timedelta(days=36_500)), today)
    after = shown + timedelta(days=1) if shown < today else None
    return _Day(day=shown, zone=zone, zone_name=name, before=shown - timedelta(days=1), after=after)


def _found(desk: SourceDesk, text: str, condition: Condition | None, after: str) -> SourcePage:
    """A page of the desk; where a text is looked for, of the names that hold it."""
    if not text:
        found = desk.page(_A_PAGE, after, condition)
        for _ in range(_EMPTY):
            if found.rows or found.after is None:
                break
            found = desk.page(_A_PAGE, found.after, condition)
        return found
    names = sorted(name for name in desk.names() if text.casefold() in name.casefold() and name > after)
    rows: list[SourceStanding] = []
    for name in names[:_LOOKED_AT]:
        standing = desk.standing(name)
        if standing is not None and condition in (None, standing.condition):
            rows.append(standing)
        if len(rows) == _A_PAGE or name == names[:_LOOKED_AT][-1]:
            return SourcePage(rows=tuple(rows), after=None if name == names[-1] else name)
    return SourcePage(rows=tuple(rows), after=None)


def _condition(request: web.Request) -> Condition | None:
    asked = request.query.get("condition", "")
    return next((known for known in get_args(Condition) if known == asked), None)


async def _standing(request: web.Request) -> SourceStanding:
    name = request.match_info["name"]
    found = await asyncio.to_thread(web_parts(request).sources.standing, name)
    if found is None:
        raise _unknown(name)
    return found


def _unknown(name: str) -> Problem:
    return Problem(404, "No such source", f"No source is called {name[:64]}. Sources lists those that are watched.")


ROUTES: Final = (
    Route(method="GET", path="/sources", answer=sources, name="sources"),
    Route(method="GET", path="/sources/{name}", answer=source, name="source"),
    Route(method="POST", path="/sources/{name}/pause", answer=pause, name="source_pause", needs="operate"),
    Route(method="POST", path="/sources/{name}/resume", answer=resume, name="source_resume", needs="operate"),
    Route(method="POST", path="/sources/{name}/remove", answer=remove, name="source_remove", needs="operate"),
)
