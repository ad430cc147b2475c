"""The web role's wiring: what its pages stand on, and who may come in."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from monitor import bootstrap
from monitor.bootstrap.preview import open_preview
from monitor.config import Settings
from monitor.config.draft import draft
from monitor.model import kind_of
from monitor.web.app import build
from monitor.web.door import Door
from monitor.web.parts import Parts
from monitor.web.serving import Web


@contextlib.asynccontextmanager
async def open_web(settings: Settings) -> AsyncIterator[Web]:
    """The pages, the API and the feeds over this store. A store that is away is told of on the pages."""
    bootstrap.require_store(settings)
    async with _parts(settings) as parts:
        yield Web(build(parts, door=door_of(settings)))


def door_of(settings: Settings) -> Door:
    """What the configuration says of who may come in."""
    web = settings.web
    return Door(
        host=web.host,
        port=web.port,
        url=web.url,
        view_token=web.view_token,
        operate_token=web.operate_token,
        proxies=web.proxies,
    )


@contextlib.asynccontextmanager
async def _parts(settings: Settings) -> AsyncIterator[Parts]:
    """The ports behind the pages."""
    standing = bootstrap.open_standing(settings)
    async with (
        bootstrap.open_records(settings) as records,
        bootstrap.open_numbers(settings) as numbers,
        open_preview(settings) as preview,
    ):
        yield Parts(
            records=records,
            sources=bootstrap.open_sources(settings),
            numbers=numbers,
            deliveries=bootstrap.open_destinations(settings),
            destinations={one.name: kind_of(one) for one in settings.destinations},
            draft=draft,
            preview=preview,
            now=bootstrap.utc_now,
            absent=lambda: standing().absent(settings.roles()),
        )
