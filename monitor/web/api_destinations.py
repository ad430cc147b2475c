"""``/api/v1/destinations``, ``/api/v1/status`` and ``/api/v1/metrics``: how delivery fares, and what may be done."""

from __future__ import annotations

from typing import Final, cast, get_args

from aiohttp import web

from monitor.ports.deliveries import State
from monitor.web.answers import Problem
from monitor.web.api_shapes import (
    AskedAnswer,
    Deliveries,
    DeliveryAnswer,
    DestinationAnswer,
    Destinations,
    Status,
    Why,
)
from monitor.web.api_stream import HUB
from monitor.web.api_words import body_of, conflict, limit_of, off_loop, told, unknown
from monitor.web.parts import web_parts
from monitor.web.routes import Route


async def destinations(request: web.Request) -> web.Response:
    """Every destination."""
    return told(request, Destinations(destinations=await off_loop(_all, request)))


async def destination(request: web.Request) -> web.Response:
    """One destination as it fares."""
    return told(request, await off_loop(_one, request, await _known(request)))


async def pause(request: web.Request) -> web.Response:
    """Send nothing more until it is resumed."""
    name = await _known(request)
    why = await body_of(request, Why, optional=True)
    await off_loop(web_parts(request).deliveries.pause, name, why.reason)
    return told(request, await off_loop(_one, request, name))


async def resume(request: web.Request) -> web.Response:
    """Deliver again at once."""
    name = await _known(request)
    await off_loop(web_parts(request).deliveries.resume, name)
    return told(request, await off_loop(_one, request, name))


async def deliveries(request: web.Request) -> web.Response:
    """Deliveries in one state."""
    name, state = await _known(request), request.query.get("state", "pending")
    if state not in get_args(State):
        raise Problem(400, "Unknown state", f"state: one of {', '.join(get_args(State))}")
    limit = limit_of(request, 100, 1_000)
    rows = await off_loop(web_parts(request).deliveries.rows, name, cast("State", state), limit)
    return told(request, Deliveries(deliveries=list(rows)))


async def delivery(request: web.Request) -> web.Response:
    """Where one change stands, and the attempts at it."""
    name, change_id = await _known(request), request.match_info["change"]
    desk = web_parts(request).deliveries
    row = await off_loop(desk.row, name, change_id)
    if row is None:
        raise unknown("delivery", change_id)
    return told(request, DeliveryAnswer(delivery=row, attempts=list(await off_loop(desk.attempts, name, change_id))))


async def redeliver(request: web.Request) -> web.Response:
    """Send a change once more, marked as a redelivery."""
    name, change_id = await _known(request), request.match_info["change"]
    asked = await off_loop(web_parts(request).deliveries.redeliver, name, change_id)
    if asked == "gone":
        raise unknown("change", change_id)
    return told(request, AskedAnswer(outcome=asked), status=202)


async def drop(request: web.Request) -> web.Response:
    """Never send a delivery that is pending or dead."""
    name, change_id = await _known(request), request.match_info["change"]
    match await off_loop(web_parts(request).deliveries.drop, name, change_id):
        case "dropped":
            return web.Response(status=204)
        case "in flight":
            raise conflict("It is on its way", f"delivery {change_id!r} is being sent; see what comes of it first")
        case "unknown":
            raise unknown("delivery", change_id)


async def status(request: web.Request) -> web.Response:
    """The installation at a glance."""
    parts = web_parts(request)
    return told(
        request,
        Status(
            sources=await off_loop(parts.sources.counts),
            destinations=await off_loop(_all, request),
            streams=request.app[HUB].clients,
            newest_place=await parts.records.newest_place(),
        ),
    )


async def metrics(request: web.Request) -> web.Response:
    """The numbers that ``/metrics`` tells Prometheus, as JSON; of sources those named, else the worst."""
    named = request.query.getall("source", [])[:1_000]
    return told(request, await web_parts(request).numbers.numbers(named or None))


async def _known(request: web.Request) -> str:
    name = request.match_info["destination"]
    parts = web_parts(request)
    if name not in parts.destinations and name not in await off_loop(parts.deliveries.names):
        raise unknown("destination", name)
    return name


def _all(request: web.Request) -> list[DestinationAnswer]:
    parts = web_parts(request)
    return [_one(request, name) for name in dict.fromkeys([*parts.destinations, *parts.deliveries.names()])]


def _one(request: web.Request, name: str) -> DestinationAnswer:
    parts = web_parts(request)
    return DestinationAnswer(kind=parts.destinations.get(name, ""), standing=parts.deliveries.state(name))


_ONE: Final = "/api/v1/destinations/{destination}"
_DELIVERY: Final = _ONE + "/deliveries/{change}"

ROUTES: Final = (
    Route(method="GET", path="/api/v1/destinations", answer=destinations, name="api_destinations"),
    Route(method="GET", path=_ONE, answer=destination, name="api_destination"),
    Route(method="POST", path=_ONE + "/pause", answer=pause, name="api_destination_pause", needs="operate"),
    Route(method="POST", path=_ONE + "/resume", answer=resume, name="api_destination_resume", needs="operate"),
    Route(method="GET", path=_ONE + "/deliveries", answer=deliveries, name="api_deliveries"),
    Route(method="GET", path=_DELIVERY, answer=delivery, name="api_delivery"),
    Route(method="POST", path=_DELIVERY + "/redeliver", answer=redeliver, name="api_redeliver", needs="operate"),
    Route(method="DELETE", path=_DELIVERY, answer=drop, name="api_drop", needs="operate"),
    Route(method="GET", path="/api/v1/status", answer=status, name="api_status"),
    Route(method="GET", path="/api/v1/metrics", answer=metrics, name="api_metrics"),
)
