"""``python -m benchmarks.web.clients PORT CLIENTS EVENTS``: so many open streams.

Each must be told all in order. Says ``ready`` when all are open. The arrivals at one client are told as they come
(monotonic time and number); at the end one line of JSON says how many clients had every event in its order, and what
the first that did not had instead.
"""

from __future__ import annotations

import asyncio
import functools
import json
import re
import sys
import time
from typing import cast

import uvloop

_CHANGE = re.compile(rb'data: \{"id":"chg_(\d+)"')
_REQUEST = b"GET /api/v1/changes/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n"


class Listener(asyncio.Protocol):
    """One open stream: looks at the numbers of the changes that come, whatever else stands between."""

    def __init__(self, wanted: int, *, loud: bool) -> None:
        self.loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = self.loop.create_future()
        self.done: asyncio.Future[None] = self.loop.create_future()
        self.next = 0
        self.fault = ""
        self._wanted = wanted
        self._loud = loud
        self._left = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.Transport", transport).write(_REQUEST)

    def data_received(self, data: bytes) -> None:
        at = time.monotonic()
        whole, _, self._left = (self._left + data).rpartition(b"\n")
        if not self.opened.done() and b"id: " in whole:
            self.opened.set_result(None)
        for found in _CHANGE.finditer(whole):
            number = int(found[1])
            if number != self.next:
                self._end(f"{number} came where {self.next} was next")
                return
            self.next += 1
            if self._loud:
                sys.stdout.write(f"{at:.6f} {number}\n")
        if self.next == self._wanted:
            self._end("")

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(f"the connection ended after {self.next}: {exc}")

    def _end(self, fault: str) -> None:
        if not self.done.done():
            self.fault = fault
            self.done.set_result(None)


def _same(one: Listener) -> Listener:
    return one


async def listen(port: int, clients: int, events: int) -> None:
    """Open them, wait for all events, say what came."""
    loop = asyncio.get_running_loop()
    listeners = []
    for number in range(clients):
        one = Listener(events, loud=number == clients - 1)
        await loop.create_connection(functools.partial(_same, one), "127.0.0.1", port)
        listeners.append(one)
    await asyncio.gather(*(one.opened for one in listeners))
    print("ready", flush=True)
    await asyncio.wait([one.done for one in listeners], timeout=events / 20 + 30)
    whole = sum(one.next == events and not one.fault for one in listeners)
    faults = [one.fault or f"{one.next} of {events} came" for one in listeners if one.fault or one.next < events]
    print(json.dumps({"whole": whole, "fault": faults[0] if faults else ""}), flush=True)


if __name__ == "__main__":
    uvloop.run(listen(*map(int, sys.argv[1:4])))
