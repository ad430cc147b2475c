"""The receiving ends: they verify every signature, and fail as often and in the ways the issue asks."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import time
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from benchmarks.crash.verdict import Arrival
from monitor.core.deliver.sign import Verified, verify

BROKEN, BUSY, SILENT = 0.05, 0.03, 0.03
"""Shares of requests answered 500, answered 429, and taken without an answer in time."""

_BUSY_S: Final = "1"


@dataclass(frozen=True, slots=True)
class Counts:
    """What the receivers did on purpose."""

    requests: int
    broken: int
    busy: int
    silent: int
    refused: int


class Receivers:
    """One receiver a destination under ``/hook/<name>``. ``arrivals`` are what each took, in order."""

    def __init__(self, key: bytes, seed: int, hold_s: float) -> None:
        self.arrivals: dict[str, list[Arrival]] = {}
        self._key = key
        self._random = random.Random(seed)
        self._hold_s = hold_s
        self._count = dict.fromkeys(("requests", "broken", "busy", "silent", "refused"), 0)

    @property
    def counts(self) -> Counts:
        return Counts(**self._count)

    async def answer(self, request: web.Request) -> web.Response:
        """Take a delivery, or fail it."""
        body, name = await request.read(), request.match_info["name"]
        self._count["requests"] += 1
        verdict = verify(dict(request.headers), body, [self._key], time.time())
        if not isinstance(verdict, Verified):
            self._count["refused"] += 1
            return web.Response(status=401)
        chance = self._random.random()
        if chance < BROKEN:
            self._count["broken"] += 1
            return web.Response(status=500)
        if chance < BROKEN + BUSY:
            self._count["busy"] += 1
            # Half say when to come back: those pause the whole destination.
            headers = {"retry-after": _BUSY_S} if self._random.random() < 0.5 else {}
            return web.Response(status=429, headers=headers)
        self.arrivals.setdefault(name, []).append(arrival(verdict.id, body))
        if chance < BROKEN + BUSY + SILENT:
            self._count["silent"] += 1
            await asyncio.sleep(self._hold_s)
        return web.Response(status=204)


def arrival(id_: str, body: bytes) -> Arrival:
    """What the verdict needs of one delivery."""
    change = json.loads(body)
    data = change["data"]
    post = data.get("post") or {}
    return Arrival(
        id=id_,
        digest=hashlib.sha256(body).hexdigest(),
        type=change["type"],
        source=data["source"]["name"],
        post=str(post.get("key", "")),
        sequence=int(post.get("sequence", 0)),
        text=" ".join((data.get("after") or {}).get("body", [])),
    )
