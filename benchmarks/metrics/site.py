"""``python -m benchmarks.metrics.site``: a server in its own process that answers 304 to conditional GETs, cheaply.

It prints its port. The cheapest poll there is makes what metrics cost of it look largest.
"""

from __future__ import annotations

import asyncio
from typing import cast

import uvloop

_DATE = b'Date: Mon, 04 May 2026 12:00:00 GMT\r\nETag: "1"\r\n'
_PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n" + _DATE + b"\r\npage"
_SAME = b"HTTP/1.1 304 Not Modified\r\n" + _DATE + b"\r\n"


class _Answers(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's is none of asyncio's classes

    def data_received(self, data: bytes) -> None:
        self._transport.write(_SAME if b"if-none-match" in data.lower() else _PAGE)


async def serve() -> None:
    """Listen until killed."""
    server = await asyncio.get_running_loop().create_server(_Answers, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve())
