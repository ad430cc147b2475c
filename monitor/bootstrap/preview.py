"""The wiring of previews: what a page shows before it is watched."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from monitor.adapters.guard import Guard
from monitor.adapters.http import opened_fetcher
from monitor.bootstrap import utc_now
from monitor.config import Settings
from monitor.model import Access
from monitor.ports.preview import Preview
from monitor.roles.previewing import preview

_AT_ONCE: Final = 2


@contextlib.asynccontextmanager
async def open_preview(settings: Settings) -> AsyncIterator[Preview]:
    """Visits through the guarded connector, with nothing sent along; two pages are read at a time."""
    threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="preview")
    try:
        async with opened_fetcher(Guard(settings.network.allow, settings.network.ports), now=utc_now) as fetcher:
            yield functools.partial(preview, access=Access(), fetcher=fetcher, threads=threads)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
