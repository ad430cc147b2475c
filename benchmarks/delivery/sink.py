"""``python -m benchmarks.delivery.sink PORT HOLD_S``: a receiver in a process of its own, as cheap as aiohttp can be.

``/hook/<name>`` takes a delivery; names that begin with ``hang`` get their answer after ``HOLD_S``. Every arrival is
told on standard output: monotonic time, name and webhook-id.
"""

from __future__ import annotations

import asyncio
import sys
import time

import uvloop
from aiohttp import web


async def serve(port: int, hold_s: float) -> None:
    """Listen until killed."""
    out = sys.stdout

    async def take(request: web.BaseRequest) -> web.Response:
        at = time.monotonic()
        await request.read()
        name = request.path.rpartition("/")[2]
        out.write(f"{at:.6f} {name} {request.headers.get('webhook-id', '')}\n")
        out.flush()
        if name.startswith("hang"):
            await asyncio.sleep(hold_s)
        return web.Response(status=204)

    runner = web.ServerRunner(web.Server(take))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    out.write("ready\n")
    out.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), float(sys.argv[2])))
