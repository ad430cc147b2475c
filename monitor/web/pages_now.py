"""Now: the changes as they happen, newest first."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from aiohttp import web
from yarl import URL

from monitor.core.deliver.saying import LABELS
from monitor.ports.records import Found, Logged, Records, Wanted
from monitor.web.answers import Problem, page
from monitor.web.parts import Parts, web_parts
from monitor.web.places import place_of
from monitor.web.routes import Route
from monitor.web.showing import ROW, told
from monitor.web.wanted import matches, wanted_of

ROWS: Final = 30
"""Changes on a page."""

MOST_SOURCES: Final = 100
"""Up to so many sources are offered by name where one may be typed."""

MOST_AT_ONCE: Final = 25
"""Rows one request of a live page may ask for."""

LEVELS: Final = ((0.0, "any"), (0.15, "more than punctuation"), (0.3, "more than typos"), (0.6, "substantial"),
                 (0.8, "numbers, quotes, names"))  # fmt: skip
"""Floors of significance that the form offers; the classes' scores stand in core.compare.significance."""

_BATCH, _BATCHES = 200, 5
FILTERS: Final = ("source", "type", "tag", "min", "q")


async def now(request: web.Request) -> web.StreamResponse:
    """The newest changes that are wanted, or those before or after a place in the log."""
    parts, query = web_parts(request), request.query
    wanted, filters = wanted_of(request), _filters(request)
    before, after = _place(query.get("before")), _place(query.get("after"))
    here = await parts.records.newest_place() if before is None and after is None else None
    if after is not None:
        later = await _newer(parts.records, wanted, after)
        if later is None:
            raise web.HTTPFound(_address(request, filters))
        found, newer = later
    else:
        found = await parts.records.changes(wanted, ROWS, before)
        newer = found.rows[0].place if found.rows else before or ""
    return page(
        request,
        "now.html",
        wanted=wanted,
        filters=filters,
        rows=[(row.place, told(row.change, ROW)) for row in found.rows],
        older=_address(request, filters, before=found.before) if found.before else None,
        newer=_address(request, filters, after=newer) if here is None else None,
        newest=_address(request, filters),
        stream=None if here is None else str(URL("/api/v1/changes/stream").with_query([*filters, ("after", here)])),
        labels=LABELS,
        levels=_levels(wanted),
        **await _watched(parts, is_asked_for_all=not found.rows and not filters),
    )


async def row(request: web.Request) -> web.StreamResponse:
    """The changes of these ids as rows, in the order asked for, those no longer kept left out."""
    ids = request.match_info["ids"].split(",")
    if len(ids) > MOST_AT_ONCE:
        raise Problem(400, "Too many rows", f"ask for at most {MOST_AT_ONCE} changes at once")
    found = await web_parts(request).records.changes_of(ids)
    if not found:
        raise Problem(404, "No such change", "it is not kept any more, or never was")
    rows = [(found[id_].place, told(found[id_].change, ROW)) for id_ in ids if id_ in found]
    return page(request, "rows.html", rows=rows)


def _filters(request: web.Request) -> list[tuple[str, str]]:
    """The filter as the address says it, without what is empty."""
    return [(name, text[:200]) for name in FILTERS for text in request.query.getall(name, []) if text]


def _address(request: web.Request, filters: list[tuple[str, str]], **place: str) -> str:
    return str(request.app.router["now"].url_for().with_query([*filters, *place.items()]))


def _place(text: str | None) -> str | None:
    if text is not None and place_of(text) is None:
        raise Problem(
            400, "No such place", "before and after are places in the log, as the links of this page have them"
        )
    return text


async def _newer(records: Records, wanted: Wanted, after: str) -> tuple[Found, str] | None:
    """The page of changes next after a place, and where the one after it begins; None where it would be the newest.

    A page may hold fewer than fit, even none: so many were looked through.
    """
    kept: list[Logged] = []
    place = after
    for _ in range(_BATCHES):
        batch = await records.since(place, _BATCH)
        kept += [one for one in batch if matches(wanted, one.change)]
        if len(batch) < _BATCH and len(kept) <= ROWS:
            return None
        if len(kept) >= ROWS:
            return _newest_first(kept[:ROWS]), kept[ROWS - 1].place
        place = batch[-1].place
    return _newest_first(kept) if kept else Found(rows=(), before=place), place


def _newest_first(rows: Sequence[Logged]) -> Found:
    return Found(rows=tuple(reversed(rows)), before=rows[0].place)


def _levels(wanted: Wanted) -> list[tuple[str, str, bool]]:
    """The options of the form: value, words, whether it is the one in force."""
    floor = wanted.min_significance
    own = () if any(level == floor for level, _ in LEVELS) else ((floor, f"{floor:g} or more"),)
    return [(f"{level:g}" if level else "", words, level == floor) for level, words in (*LEVELS, *own)]


async def _watched(parts: Parts, *, is_asked_for_all: bool) -> dict[str, Any]:
    """How many sources there are and, when they are few, their names."""
    counts = await asyncio.to_thread(parts.sources.counts)
    few = counts.get("all", 0) <= MOST_SOURCES
    names = await asyncio.to_thread(parts.sources.names) if few else ()
    return {"source_names": names, "counts": counts, "is_first_day": is_asked_for_all}


ROUTES: Final = (
    Route(method="GET", path="/", answer=now, name="now"),
    Route(
        method="GET",
        path=r"/changes/{ids:chg_[A-Za-z0-9_.-]{1,80}(?:,chg_[A-Za-z0-9_.-]{1,80})*}/row",
        answer=row,
        name="change_row",
    ),
)
