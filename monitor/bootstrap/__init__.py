"""Wiring: the one place that knows every adapter. Opens what a role or a command needs, and nothing more."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import importlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Final, assert_never

import redis
import redis.asyncio
import structlog

from monitor.adapters import rq as doorbell
from monitor.adapters.guard import Guard
from monitor.adapters.http import opened_fetcher
from monitor.adapters.slack import SlackSender, Socket
from monitor.adapters.valkey.connect import check_server, endpoint, open_async, open_sync
from monitor.adapters.valkey.desk import ValkeyDesk
from monitor.adapters.valkey.destinations import Destinations
from monitor.adapters.valkey.inbox import Retention, ValkeyInbox
from monitor.adapters.valkey.keys import Keys
from monitor.adapters.valkey.lanes import ValkeyLanes
from monitor.adapters.valkey.ledger import Ledger
from monitor.adapters.valkey.mutes import Mutes
from monitor.adapters.valkey.numbers import ValkeyNumbers, read_numbers
from monitor.adapters.valkey.overview import Overview
from monitor.adapters.valkey.records import ValkeyRecords
from monitor.adapters.valkey.rounds import ValkeyRounds
from monitor.adapters.valkey.schedule import ValkeySchedule
from monitor.adapters.valkey.sourcing import ValkeySources
from monitor.adapters.valkey.standing import read_standing
from monitor.adapters.webhook import WebhookSender
from monitor.config import Settings
from monitor.core.deliver.route import routing
from monitor.errors import InfrastructureError, StoreUnavailable
from monitor.model import Secret, Slack, Webhook
from monitor.ports import Sender, SourceDesk
from monitor.ports.numbers import Figures
from monitor.ports.records import Records
from monitor.ports.standing import Standing
from monitor.roles import channel
from monitor.roles.buttons import Buttons
from monitor.roles.detector import Drained, drain
from monitor.roles.notifier import Notifier
from monitor.roles.poller import Poller
from monitor.roles.rounds import Heart
from monitor.roles.serving import Shared, served_webhook

_log = structlog.get_logger(__name__)

_FOR_PAGES: Final = 20
"""Connections that pages share: a burst of visitors waits for one, and never fails for want of one."""


def utc_now() -> datetime:
    """The clock of every role."""
    return datetime.now(UTC)


# --- the store ----------------------------------------------------------------------------------------------------
def _keys(settings: Settings) -> Keys:
    return Keys(settings.redis.prefix)


def _retention(settings: Settings) -> Retention:
    return Retention(keep_s=settings.retention.days * 86_400, max_changes=settings.retention.max_changes)


def _store(settings: Settings, name: str) -> redis.Redis:
    return open_sync(endpoint(settings.redis.url, settings.data_dir), name)


@contextlib.asynccontextmanager
async def _async_store(settings: Settings, name: str, *, most: int | None = None) -> AsyncIterator[redis.asyncio.Redis]:
    client = open_async(endpoint(settings.redis.url, settings.data_dir), name, most=most)
    try:
        yield client
    finally:
        await client.aclose()


def open_ledger(settings: Settings) -> Ledger:
    """The change log, to be read."""
    return Ledger(_store(settings, "stetwatch-changes"), _keys(settings))


def open_mutes(settings: Settings) -> Mutes:
    """What destinations do not want to hear of."""
    return Mutes(_store(settings, "stetwatch-mutes"), _keys(settings))


def open_overview(settings: Settings) -> Overview:
    """Sources, queues and counters, to be read."""
    return Overview(_store(settings, "stetwatch-status"), _keys(settings))


def numbers_now(settings: Settings, sources: Sequence[str] | None = None) -> Figures:
    """Every number as it stands; of sources those that are named, or the worst."""
    return read_numbers(_store(settings, "stetwatch-metrics"), _keys(settings), sources)


def open_sources(settings: Settings) -> SourceDesk:
    """Sources as operators see and change them while pollers run."""
    return ValkeySources(_store(settings, "stetwatch-sources"), _keys(settings), forget_s=_retention(settings).keep_s)


def open_standing(settings: Settings) -> Callable[[], Standing]:
    """How the installation stands, each time anew."""
    return functools.partial(read_standing, _store(settings, "stetwatch-status"), _keys(settings))


def require_store(settings: Settings) -> None:
    """Raise StoreUnavailable when no URL is configured and no ``stetwatch run`` holds the data directory."""
    endpoint(settings.redis.url, settings.data_dir)


def store_risks(settings: Settings) -> tuple[str, ...]:
    """What may lose state on the configured server, a line each, naming the risk and the cure."""
    return check_server(_store(settings, "stetwatch-run"))


def open_destinations(settings: Settings) -> Destinations:
    """Deliveries and destinations, for the operator's commands."""
    return Destinations(_store(settings, "stetwatch-deliveries"), _keys(settings))


@contextlib.asynccontextmanager
async def open_records(settings: Settings) -> AsyncIterator[Records]:
    """The change log, histories and stored copies, for the web."""
    async with (
        _async_store(settings, "stetwatch-records", most=_FOR_PAGES) as client,
        _async_store(settings, "stetwatch-stream") as follower,
    ):
        yield ValkeyRecords(client, _keys(settings), follower=follower)


@contextlib.asynccontextmanager
async def open_numbers(settings: Settings) -> AsyncIterator[ValkeyNumbers]:
    """Every number as it stands, for the web."""
    async with _async_store(settings, "stetwatch-metrics", most=_FOR_PAGES) as client:
        yield ValkeyNumbers(client, _keys(settings))


@contextlib.asynccontextmanager
async def open_lanes(settings: Settings) -> AsyncIterator[ValkeyLanes]:
    """The lanes, for the notifier."""
    async with _async_store(settings, "stetwatch-lanes") as client:
        lanes = ValkeyLanes(client, _keys(settings), retention=_retention(settings))
        try:
            yield lanes
        finally:
            await lanes.aclose()


# --- roles --------------------------------------------------------------------------------------------------------


def beating(settings: Settings, role: str) -> Heart:
    """This process's heartbeat while it is entered; a store that is away is left to the role to tell."""
    client, names = _store(settings, f"stetwatch-{role}"), [one.name for one in settings.destinations]
    rounds = ValkeyRounds(
        client,
        _keys(settings),
        role,
        retention=_retention(settings),
        bell_queue=doorbell.drain_queue(client, settings.redis.prefix).key,
        hinted=bool(names),
    )
    return Heart(rounds, role, routing(settings.routes, names), utc_now)


def guard(settings: Settings) -> Guard:
    """What every outgoing connection must pass."""
    return Guard(settings.network.allow, settings.network.ports)


@contextlib.asynccontextmanager
async def open_poller(settings: Settings) -> AsyncIterator[Poller]:
    """The poller of these sources, with the schedule brought up to date."""
    ring = doorbell.bell(_store(settings, "stetwatch-bell"), settings.redis.prefix)
    async with (
        _async_store(settings, "stetwatch-poll") as client,
        opened_fetcher(guard(settings), now=utc_now) as fetcher,
    ):
        schedule = ValkeySchedule(
            client,
            _keys(settings),
            ring,
            keep_s=settings.retention.snapshot_hours * 3600,
            forget_s=_retention(settings).keep_s,
        )
        await _once_it_answers(lambda: schedule.sync(settings.sources))
        spread = random.Random()  # noqa: S311  # spreads polls; nothing hangs on its being guessable
        access = settings.access_by_page()
        try:
            yield Poller(schedule, fetcher, access=access, now=utc_now, jitter=lambda: spread.uniform(-1.0, 1.0))
        finally:
            with contextlib.suppress(InfrastructureError):
                await schedule.flush()


@contextlib.asynccontextmanager
async def open_notifier(settings: Settings) -> AsyncIterator[Notifier]:
    """The notifier of these destinations, and the buttons under its Slack messages while the block runs."""
    async with (
        open_lanes(settings) as lanes,
        _async_store(settings, "stetwatch-desk") as client,
        guard(settings).session() as session,
    ):
        served, desk = [], ValkeyDesk(client, _keys(settings))
        walls: dict[Secret, dict[str, SlackSender]] = {}
        apps: dict[Secret, Slack] = {}
        for destination in settings.destinations:
            match destination:
                case Webhook():
                    sender: Sender = WebhookSender(session, destination, now=utc_now)
                    served.append(served_webhook(destination, sender))
                case Slack():
                    standing = functools.partial(desk.standing, destination.name)
                    slack = SlackSender(session, destination, now=utc_now, standing=standing, site=settings.web.url)
                    served.append(channel.served(destination, slack, now=utc_now))
                    if destination.app_token is not None:
                        apps[destination.app_token] = destination
                        walls.setdefault(destination.app_token, {})[destination.name] = slack
                case _:
                    assert_never(destination)
        spread = random.Random()  # noqa: S311  # as above
        names = [one.name for one in settings.destinations]
        shared = Shared(lanes=lanes, now=utc_now, jitter=spread.random, routes=settings.routes, names=names)
        sockets = [
            Socket(session, app, Buttons(desk, walls[token], now=utc_now).pressed, now=utc_now)
            for token, app in apps.items()
        ]
        async with _running(sockets):
            yield Notifier(served, shared)


@contextlib.asynccontextmanager
async def _running(sockets: Sequence[Socket]) -> AsyncIterator[None]:
    """These connections, for the length of the block."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for socket in sockets:
            tasks.create_task(socket.run(stop))
        try:
            yield
        finally:
            stop.set()


def open_detector(settings: Settings) -> Callable[[], Drained]:
    """One turn of the detector as a call; the connection stays open between turns."""
    client = _store(settings, "stetwatch-work")
    bell = doorbell.bell(client, settings.redis.prefix)
    inbox = ValkeyInbox(client, _keys(settings), bell, _retention(settings))
    ways = routing(settings.routes, [destination.name for destination in settings.destinations])
    return lambda: drain(inbox, routing=ways, now=utc_now, site=settings.web.url)


def open_worker(settings: Settings) -> doorbell.DrainWorker:
    """The RQ worker that hears the bell."""
    importlib.import_module("deepdiff")  # its 0.4 s belong to the start, not to the first edit
    return doorbell.DrainWorker(doorbell.drain_queue(_store(settings, "stetwatch-work"), settings.redis.prefix))


async def _once_it_answers(call: Callable[[], Awaitable[None]]) -> None:
    """Wait for a store that is away at start, saying so once; raise only what waiting cannot mend."""
    told = False
    while True:
        try:
            return await call()
        except StoreUnavailable as error:
            if not told:
                _log.warning("waiting for the store", reason=str(error))
                told = True
            await asyncio.sleep(1.0)
