"""One visit to a page that somebody thinks of watching: fetched as a poll fetches it, read as a worker reads it."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor

from monitor.core.look import Looked, look
from monitor.model import Access, Source, Unreadable
from monitor.ports import Failed, Fetched, Fetcher, NotModified, Validators
from monitor.ports.preview import Previewed, Seen, Unseen

READ_S = 10.0
"""A page that takes longer to read is not worth waiting for; one of 300 posts takes a tenth of a second."""


async def preview(
    source: Source, access: Access, fetcher: Fetcher, threads: Executor, *, read_s: float = READ_S
) -> Previewed:
    """What the page shows now. Reading is done in one of ``threads``; what does not end in time is left to it."""
    match await fetcher.fetch(source, access, Validators()):
        case Failed(reason=reason):
            return Unseen(reason)
        case NotModified():
            return Unseen("answered 304 to an unconditional request; try again")
        case Fetched(snapshot=snapshot, body=body):
            reading = asyncio.get_running_loop().run_in_executor(threads, look, body, snapshot, source)
            try:
                looked = await asyncio.wait_for(reading, read_s)
            except TimeoutError:
                return Unseen(f"reading the page took longer than {read_s:g} s; it is too large, or too many are read")
            match looked:
                case Unreadable(reason=reason):
                    return Unseen(reason)
                case Looked():
                    return Seen(snapshot=snapshot, size=len(body), looked=looked)
