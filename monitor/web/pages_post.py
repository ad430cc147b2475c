"""A post through its life: every change, every text, and what is between any two of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from aiohttp import web

from monitor.core.deliver.saying import title
from monitor.core.deliver.wire import span_document
from monitor.core.versions import Text, between, texts
from monitor.model import Change
from monitor.ports.records import Logged, Records
from monitor.web.answers import Problem, json_answer, page
from monitor.web.parts import web_parts
from monitor.web.redlines import Redlined, whole
from monitor.web.routes import Route
from monitor.web.showing import HISTORY, WHOLE, claimed, told

ROWS: Final = 50
ROWS_BESIDE: Final = 20
"""Changes on a page; fewer where it shows something whole beside them."""

ALL: Final = 1_000
"""More changes of one post than are ever kept."""

_LISTED: Final = 60
"""Up to so many texts are offered in a list; of more the number is typed."""

_POST: Final = "{pst:pst_[A-Za-z0-9_-]{1,80}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Two texts of a post side by side in one redline; ``problem`` says why there is none."""

    one: Text | None
    other: Text | None
    redlines: tuple[tuple[str, Redlined], ...] = ()
    problem: str = ""


async def post(request: web.Request) -> web.StreamResponse:
    """A post's page: ``until`` is the newest change shown, by sequence, ``change`` one to be shown whole."""
    records, pst, query = web_parts(request).records, request.match_info["pst"], request.query
    newest = await records.history(pst, 1)
    if not newest or newest[0].change.post is None:
        raise Problem(404, "No such post", "its changes are not kept any more, or there never was one")
    latest = newest[0].change
    chosen = await _chosen(records, pst, query.get("change"))
    count = _sequence(latest)
    until = min(count, _number(query.get("until")) or _around(chosen, count))
    beside = chosen is not None or "from" in query or "to" in query
    rows = ROWS_BESIDE if beside else ROWS
    found = [one.change for one in await records.history(pst, rows + 1, count - until)]
    shown, has_older = found[-rows:], len(found) > rows
    known = texts(found)
    version = latest.post.version if latest.post else 1
    return page(
        request,
        "post.html",
        pst=pst,
        latest=told(latest, HISTORY),
        heading=title(latest),
        texts=version,
        count=count,
        rows=[
            (told(one, WHOLE if one.id == query.get("change") else HISTORY), _text(known, one))
            for one in reversed(shown)
        ],
        chosen=chosen,
        first=None if has_older else _first(known),
        compared=await _compared(records, pst, latest, query) if {"from", "to"} & query.keys() else None,
        numbers=range(1, version + 1) if version <= _LISTED else None,
        older=_sequence(shown[0]) - 1 if has_older else None,
        newer=min(count, until + rows) if until < count else None,
        oldest=_sequence(shown[0]) if shown else 0,
        claimed=claimed,
    )


async def post_json(request: web.Request) -> web.StreamResponse:
    """All that is kept of a post: its texts by number, its changes in their wire form, oldest first."""
    pst = request.match_info["pst"]
    logged = await web_parts(request).records.history(pst, ALL)
    if not logged:
        raise Problem(404, "No such post", "its changes are not kept any more, or there never was one")
    return await asyncio.to_thread(_exported, pst, logged)


async def change(request: web.Request) -> web.StreamResponse:
    """A change: at its place in the life of its post; one of a page, a source or a delivery on a page of its own."""
    found = await web_parts(request).records.change(request.match_info["id"])
    if found is None:
        raise Problem(404, "No such change", "it is not kept any more, or never was")
    one = found.change
    if one.post is not None:
        address = request.app.router["post"].url_for(pst=one.post.id)
        raise web.HTTPFound(address.with_query(change=one.id).with_fragment(one.id))
    return page(request, "change.html", row=told(one, WHOLE))


async def _chosen(records: Records, pst: str, id_: str | None) -> Change | None:
    found = await records.change(id_[:100]) if id_ else None
    return found.change if found is not None and found.change.subject == pst else None


def _around(chosen: Change | None, count: int) -> int:
    """The newest change to show, by sequence, so that the chosen one is among those shown with what followed it."""
    return count if chosen is None else _sequence(chosen) + ROWS_BESIDE // 2


def _sequence(change: Change) -> int:
    return change.post.sequence if change.post else 0


def _number(text: str | None) -> int:
    """A counting number from an address, 0 where it is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _text(known: Mapping[int, Text], change: Change) -> Text | None:
    """The text that a change brought, None where it brought none."""
    text = known.get(change.post.version) if change.post else None
    return text if text is not None and text.change_id == change.id else None


def _first(known: Mapping[int, Text]) -> Text | None:
    """The text that was there before the first change that is kept, None where that change brought it."""
    earliest = next(iter(known.values()), None)
    return earliest if earliest is not None and earliest.change_id is None else None


async def _compared(records: Records, pst: str, latest: Change, query: Mapping[str, str]) -> Compared:
    last = latest.post.version if latest.post else 1
    to = _number(query.get("to")) or last
    one = await _find(records, pst, latest, _number(query.get("from")) or max(1, to - 1))
    other = await _find(records, pst, latest, to)
    if one is None or other is None:
        return Compared(one=one, other=other, problem="It is not kept any more, or there never was such a version.")
    if one.is_whole and other.is_whole:
        lines = await asyncio.to_thread(between, one, other)
    elif other.number - one.number == 1 and other.change_id is not None:
        step = await records.change(other.change_id)
        lines = step.change.redline if step is not None else {}
    else:
        part = " and ".join(f"version {text.number}" for text in (one, other) if not text.is_whole)
        why = f"Of {part} only a part is kept, as the text is very long: it can be compared with its neighbours only."
        return Compared(one=one, other=other, problem=why)
    return Compared(one=one, other=other, redlines=tuple((name, whole(runs, 20_000)) for name, runs in lines.items()))


async def _find(records: Records, pst: str, latest: Change, number: int) -> Text | None:
    """A text of a post by its number: by halves, since a later change never has an earlier text."""
    low, high = number, _sequence(latest)
    while low < high:
        middle = (low + high) // 2
        found = await _at(records, pst, latest, middle)
        if found is None or found.post is None or found.post.version < number:
            low = middle + 1
        else:
            high = middle
    near = [await _at(records, pst, latest, sequence) for sequence in (low, low + 1)]
    return texts(one for one in near if one is not None).get(number)


async def _at(records: Records, pst: str, latest: Change, sequence: int) -> Change | None:
    """The change of a post by its sequence, None when it is not kept."""
    if not 1 <= sequence <= _sequence(latest):
        return None
    found = await records.history(pst, 1, _sequence(latest) - sequence)
    return found[0].change if found and _sequence(found[0].change) == sequence else None


def _exported(pst: str, logged: Sequence[Logged]) -> web.Response:
    changes = [one.change for one in logged]
    answer = json_answer(
        {
            "id": pst,
            "source": {"name": changes[-1].source.name, "url": changes[-1].source.url},
            "is_complete": _sequence(changes[0]) == 1,
            "versions": [_version_document(text) for text in texts(changes).values()],
            "changes": [msgspec.Raw(one.body) for one in logged],
        }
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="{pst}.json"'
    return answer


def _version_document(text: Text) -> dict[str, Any]:
    version = text.version
    return {
        "version": text.number,
        "seen_at": text.seen_at,
        "change": text.change_id,
        "silent": text.silent,
        "is_whole": text.is_whole,
        "sha256": version.sha256,
        "headline": version.headline,
        "body": version.body,
        "author": version.author,
        "published": span_document(version.published),
        "modified": span_document(version.modified),
        "media": version.media,
    }


ROUTES: Final = (
    Route(method="GET", path=f"/posts/{_POST}.json", answer=post_json, name="post_json"),
    Route(method="GET", path=f"/posts/{_POST}", answer=post, name="post"),
    Route(method="GET", path="/changes/{id:chg_[A-Za-z0-9_.-]{1,80}}", answer=change, name="change"),
)
