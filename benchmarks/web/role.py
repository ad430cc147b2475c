"""``python -m benchmarks.web.role STORE PORT``: the web role's streams over the store at that URL, and nothing else."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import redis.asyncio
import uvloop
from aiohttp import web

from monitor.adapters.valkey.keys import Keys
from monitor.adapters.valkey.records import ValkeyRecords
from monitor.web import api_stream
from monitor.web.app import build
from monitor.web.parts import Parts


async def serve(url: str, port: int) -> None:
    """Listen until killed."""
    unused: dict[str, Any] = dict.fromkeys(one.name for one in fields(Parts))
    records = ValkeyRecords(redis.asyncio.Redis.from_url(url), Keys())
    parts = Parts(**unused | {"records": records, "now": lambda: datetime.now(UTC)})
    runner = web.AppRunner(build(parts, api_stream.ROUTES), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], int(sys.argv[2])))
