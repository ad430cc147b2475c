"""One run: pages that never rest, receivers that fail, and a kill every little while, until all has arrived."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from benchmarks.crash.pages import Pages
from benchmarks.crash.receivers import Counts, Receivers
from benchmarks.crash.verdict import Verdict, judge
from benchmarks.crash.victims import ROLES, Victims
from monitor.demo.receiver import served
from monitor.model import OPERATIONAL_TYPES

DESTINATIONS: Final = ("archive", "desk", "feed")
ATTEMPT_S: Final = 1.0
_KEY: Final = b"a key of thirty-two bytes to sign"[:32]
_WAITS_S: Final = (0.2, 0.4, 0.8, *(1.5,) * 20)
"""The schedule's waits, short: with one fault in nine, twenty in a row do not happen."""

_SETTLED_S: Final = 1.5
"""Longer than a receiver holds an answer back: what is still under way then has been made again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is committed, how often is killed, and how long the whole may take."""

    changes: int
    kills: int
    server_kills: int
    seed: int = 1
    sources: int = 40
    deadline_s: float = 1_800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run came to. ``finished`` is false when its deadline ended it."""

    verdict: Verdict
    faults: Counts
    kills: dict[str, int]
    duration_s: float
    finished: bool
    log: str = ""


Progress = Callable[[str, int, int], None]


async def run(plan: Plan, progress: Progress = lambda *_: None) -> Outcome:
    """Besiege, let everything arrive, and judge."""
    started = time.monotonic()
    pages, receivers = Pages(plan.sources, plan.seed), Receivers(_KEY, plan.seed + 1, hold_s=ATTEMPT_S * 1.5)
    with tempfile.TemporaryDirectory(prefix="stet") as name:
        folder = Path(name)
        async with _served(pages, receivers) as port:
            victims = Victims(folder, folder / "stetwatch.toml", folder / "log")
            victims.config.write_text(_config(plan, victims.socket, port))
            with victims.alive():
                finished = await _besieged(plan, pages, victims, receivers, progress, started)
                committed = await asyncio.to_thread(_committed, victims)
        return Outcome(
            verdict=judge(committed, receivers.arrivals, pages.final_texts()),
            faults=receivers.counts,
            kills=dict(victims.kills),
            duration_s=time.monotonic() - started,
            finished=finished,
            log="" if finished else victims.log.read_text(errors="replace")[-4_000:],
        )


async def _besieged(
    plan: Plan, pages: Pages, victims: Victims, receivers: Receivers, progress: Progress, started: float
) -> bool:
    """Kill by turns, each kill when its share of the changes is committed; then wait until all has arrived."""
    order, standing_still = _order(plan), pages.shown()
    while time.monotonic() - started < plan.deadline_s:
        committed, waiting = await asyncio.to_thread(_standing, victims)
        victims.look_after()
        if committed >= plan.changes:
            pages.going = False
        done = min(committed, plan.changes)
        # Some of the kills are left for the time after the last commit, when only deliveries are under way.
        while order and done >= plan.changes * (1 - len(order) / (plan.kills + plan.server_kills + 1)):
            await asyncio.to_thread(victims.kill, order.pop(0))
            progress("kills", plan.kills + plan.server_kills - len(order), plan.kills + plan.server_kills)
            await asyncio.sleep(0.5)
        taken = sum(len(one) for one in receivers.arrivals.values())
        progress(
            "changes" if pages.going else "deliveries", done if pages.going else taken, _whole(plan, pages, committed)
        )
        if pages.going or order:
            standing_still = pages.shown()
        # A page asked for twice since has been looked at by a poller that lived to tell of it.
        seen = all(now >= then + 2 for now, then in zip(pages.shown(), standing_still, strict=True))
        if not pages.going and not order and seen and waiting == 0:
            await asyncio.sleep(_SETTLED_S)
            if await asyncio.to_thread(_standing, victims) == (committed, 0):
                return True
        await asyncio.sleep(0.25)
    return False


def _whole(plan: Plan, pages: Pages, committed: int) -> int:
    return plan.changes if pages.going else committed * len(DESTINATIONS)


def _order(plan: Plan) -> list[str]:
    """Who is killed when: the roles by turns, the store at even distances among them."""
    order = [ROLES[number % len(ROLES)] for number in range(plan.kills)]
    for number in range(plan.server_kills):
        order.insert((number + 1) * len(order) // (plan.server_kills + 1), "server")
    return order


def _standing(victims: Victims) -> tuple[int, int]:
    """Changes committed so far, and what still waits: observations and lanes."""
    with victims.store() as store:
        pipe: Any = store.pipeline(transaction=False)
        pipe.xlen("stet:changes")
        pipe.zcard("stet:ready")
        for name in DESTINATIONS:
            pipe.zcard(f"stet:lanes:{name}")
        committed, *waiting = pipe.execute()
    return int(committed), sum(waiting)


def _committed(victims: Victims) -> list[str]:
    """The ids of the change log, without those about deliveries: no destination asks for them here."""
    with victims.store() as store:
        rows: Any = store.xrange("stet:changes")
    return [fields[b"id"].decode() for _, fields in rows if fields[b"type"].decode() not in OPERATIONAL_TYPES]


@contextlib.asynccontextmanager
async def _served(pages: Pages, receivers: Receivers) -> AsyncIterator[int]:
    app = web.Application()
    app.router.add_get("/page/{number}", pages.answer)
    app.router.add_post("/hook/{name}", receivers.answer)
    async with served(app, "127.0.0.1", 0) as port:
        yield port


def _config(plan: Plan, socket: Path, port: int) -> str:
    secret = "whsec_" + base64.b64encode(_KEY).decode()
    whole = [f'[redis]\nurl = "unix://{socket}"\n[network]\nallow = ["127.0.0.0/8"]\n']
    whole += [
        f'[[source]]\nname = "page-{number}"\nurl = "http://127.0.0.1:{port}/page/{number}"\n'
        f'poll = {{ min = "0.1s", max = "0.3s" }}\n'
        '[source.extract]\nformat = "json"\nposts = "posts"\nid = "id"\nheadline = "title"\nbody = "body"\n'
        'published = "published"\n'
        for number in range(plan.sources)
    ]
    waits = ", ".join(f'"{wait:g}s"' for wait in _WAITS_S)
    whole += [
        f'[[destination]]\nname = "{name}"\ntype = "webhook"\nurl = "http://127.0.0.1:{port}/hook/{name}"\n'
        f'allow_http = true\nsecret = "{secret}"\nrate = 1000\nburst = 1000\nconcurrency = 32\n'
        f'timeout = "{ATTEMPT_S:g}s"\nretry = [{waits}]\n'
        for name in DESTINATIONS
    ]
    return "".join(whole)
