"""The pages *Deliveries* and *Destination*: how each fares, what waits, what was given up; redeliver, drop, hold."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aiohttp import web

from monitor.ports.deliveries import AttemptRow, DeliveryDesk, DeliveryRow, DestinationState
from monitor.web.about import About, about
from monitor.web.answers import Problem, page
from monitor.web.delivery_words import Standing, breaker, lately, outcome, standing, waiting
from monitor.web.notices import then, told
from monitor.web.parts import Parts, web_parts
from monitor.web.routes import Route
from monitor.web.spoken import WORDS

_SHOWN: Final = 50
_ATTEMPTS: Final = 20
_AT_ONCE: Final = 1_000
_REASON: Final = 200
_NOTICES: Final = {
    "paused": "It is paused: what comes for it waits, in order.",
    "was-held": "It was held already.",
    "resumed": "It goes on: what waits is sent now.",
    "was-active": "It was not held; its breaker and its rest are over.",
    "queued": "It is sent once more, marked as a redelivery.",
    "due": "It waited already: its next attempt is now.",
    "waiting": "It waits already: it is on its way, or its post's earlier changes are.",
    "gone": "It cannot be sent again: its text is not kept any longer.",
    "all-queued": "The dead letters are sent once more, oldest first.",
    "none-dead": "There was no dead letter that could be sent again.",
    "dropped": "It is dropped: it will not be sent.",
    "in-flight": "It is on its way: it cannot be dropped now.",
    "unknown": "It neither waits nor is it a dead letter any more.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A destination in the list; ``kind`` is "" for one that the configuration does not have (any more)."""

    kind: str
    state: DestinationState
    words: Standing
    breaker: str
    attempts: Sequence[AttemptRow]
    lately: str


async def deliveries(request: web.Request) -> web.StreamResponse:
    """Every destination: those configured, then those that only the store knows."""
    parts, now = web_parts(request), web_parts(request).now()
    rows = await asyncio.to_thread(_rows, parts, now)
    return page(request, "deliveries.html", rows=rows, outcome=outcome, now=now, **WORDS)


async def destination(request: web.Request) -> web.StreamResponse:
    """One destination: its state in a sentence, dead letters, what waits, its last attempts (``?change=``: at one)."""
    name, parts, now = await _known(request), web_parts(request), web_parts(request).now()
    change = request.query.get("change", "")[:100] or None
    row = await asyncio.to_thread(_row, parts, name, now, change)
    dead, pending, one = await asyncio.to_thread(_lists, parts.deliveries, name, change)
    listed = {letter.change_id for letter in (*dead, *pending)} | {one.change_id for one in row.attempts}
    return page(
        request,
        "destination.html",
        name=name,
        row=row,
        dead=dead,
        pending=pending,
        one=one,
        change=change,
        about=await _about(parts, listed),
        waiting=waiting,
        outcome=outcome,
        notice=told(request, _NOTICES),
        at_once=_AT_ONCE,
        now=now,
        **WORDS,
    )


async def pause(request: web.Request) -> web.StreamResponse:
    """Hold it: what comes for it waits, in order."""
    name, form = await _known(request), await request.post()
    reason = str(form.get("reason", "")).strip()[:_REASON] or "paused by hand"
    came = await asyncio.to_thread(web_parts(request).deliveries.pause, name, reason)
    raise then(request, "destination", "paused" if came else "was-held", destination=name)


async def resume(request: web.Request) -> web.StreamResponse:
    """Let it go on, whatever held it."""
    name = await _known(request)
    came = await asyncio.to_thread(web_parts(request).deliveries.resume, name)
    raise then(request, "destination", "resumed" if came else "was-active", destination=name)


async def redeliver(request: web.Request) -> web.StreamResponse:
    """Send one change once more."""
    name, change = await _known(request), request.match_info["change"]
    came = await asyncio.to_thread(web_parts(request).deliveries.redeliver, name, change)
    raise then(request, "destination", came, destination=name)


async def redeliver_all(request: web.Request) -> web.StreamResponse:
    """Send the dead letters once more, oldest first, a thousand at a time."""
    name, desk = await _known(request), web_parts(request).deliveries
    came = await asyncio.to_thread(lambda: desk.redeliver_many(name, states=("dead",), limit=_AT_ONCE))
    queued = "queued" in came.values()
    raise then(request, "destination", "all-queued" if queued else "none-dead", destination=name)


async def drop(request: web.Request) -> web.StreamResponse:
    """Never send that pending or dead delivery."""
    name, change = await _known(request), request.match_info["change"]
    came = await asyncio.to_thread(web_parts(request).deliveries.drop, name, change)
    raise then(request, "destination", came.replace(" ", "-"), destination=name)


def _rows(parts: Parts, now: datetime) -> Sequence[Row]:
    names = dict.fromkeys([*parts.destinations, *parts.deliveries.names()])
    return [_row(parts, name, now, None) for name in names]


def _row(parts: Parts, name: str, now: datetime, change: str | None) -> Row:
    state = parts.deliveries.state(name)
    attempts = parts.deliveries.attempts(name, change, _ATTEMPTS)
    return Row(
        kind=parts.destinations.get(name, ""),
        state=state,
        words=standing(state, now),
        breaker=breaker(state, now),
        attempts=attempts,
        lately=lately(attempts),
    )


def _lists(
    desk: DeliveryDesk, name: str, change: str | None
) -> tuple[Sequence[DeliveryRow], Sequence[DeliveryRow], DeliveryRow | None]:
    """Dead letters, what waits, and the one that is asked for."""
    one = desk.row(name, change) if change is not None else None
    return desk.rows(name, "dead", _SHOWN), desk.rows(name, "pending", _SHOWN), one


async def _about(parts: Parts, changes: set[str]) -> Mapping[str, About]:
    """Change id → what it is about, of those whose text is kept."""
    return {id_: about(one.change) for id_, one in (await parts.records.changes_of(changes)).items()}


async def _known(request: web.Request) -> str:
    name, parts = request.match_info["destination"], web_parts(request)
    if name not in parts.destinations and not await asyncio.to_thread(parts.deliveries.knows, name):
        known = ", ".join(parts.destinations) or "none"
        raise Problem(404, "No such destination", f"None is called {name[:64]}. Configured: {known}.")
    return name


ROUTES: Final = (
    Route(method="GET", path="/deliveries", answer=deliveries, name="deliveries"),
    Route(method="GET", path="/deliveries/{destination}", answer=destination, name="destination"),
    Route(
        method="POST", path="/deliveries/{destination}/pause", answer=pause, name="destination_pause", needs="operate"
    ),
    Route(
        method="POST",
        path="/deliveries/{destination}/resume",
        answer=resume,
        name="destination_resume",
        needs="operate",
    ),
    Route(
        method="POST",
        path="/deliveries/{destination}/redeliver",
        answer=redeliver_all,
        name="destination_redeliver",
        needs="operate",
    ),
    Route(
        method="POST",
        path="/deliveries/{destination}/{change}/redeliver",
        answer=redeliver,
        name="delivery_redeliver",
        needs="operate",
    ),
    Route(
        method="POST",
        path="/deliveries/{destination}/{change}/drop",
        answer=drop,
        name="delivery_drop",
        needs="operate",
    ),
)
