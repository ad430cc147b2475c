"""The pages *Now* and *Post* of a started web role, as a browser gets them: how long they take and what they weigh.

The role reads a store that ``python -m benchmarks.web store --hold`` has seeded and holds. Time is from the request to
the last byte over a connection that stays open, so the server's and a little more. Weight is the bytes of the bodies on
the wire, compressed where the server does that for a browser (``Accept-Encoding: gzip, deflate, br``): the page's own,
and with the styles and scripts it names, which a browser fetches once.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from random import Random
from typing import Final
from urllib.parse import urlencode, urljoin

import aiohttp

from benchmarks.web.figures import Figures, percentile, timed
from benchmarks.web.seeding import Progress, post_id, posts_per_source, source_name, tags_of
from benchmarks.web.stories import case_of

BAR_MS: Final = 60.0
BAR_KB: Final = 150.0
"""Thousands of bytes."""

_BROWSER: Final = {"Accept-Encoding": "gzip, deflate, br", "Accept": "text/html"}
_ASSET: Final = re.compile(rb'<(?:link|script)\b[^>]*?\b(?:href|src)="([^"]+\.(?:css|js))"')


def measured(
    base: str, changes: int, sources: int, progress: Progress, *, samples: int = 100, token: str = ""
) -> list[Figures]:
    """Each kind of page, asked for so often with other words; ``token`` is a view token where the role wants one."""
    return asyncio.run(_measured(base, changes, sources, progress, samples, token))


async def _measured(
    base: str, changes: int, sources: int, progress: Progress, samples: int, token: str
) -> list[Figures]:
    headers = _BROWSER | ({"Authorization": f"Bearer {token}"} if token else {})
    rng = Random(4)  # chooses what to ask
    found = []
    async with aiohttp.ClientSession(base, headers=headers, auto_decompress=False) as session:
        assets: dict[str, int] = {}
        for what, path in _paths(changes, sources).items():
            progress(what)
            await _get(session, path(rng))
            taken_ms, weights = [], []
            for asked in [path(rng) for _ in range(samples)]:
                begun = time.perf_counter()
                body = await _get(session, asked)
                taken_ms.append((time.perf_counter() - begun) * 1000)
                weights.append(len(body) / 1000)
            shared = await _assets(session, path(rng), assets)
            found.append(_figures(what, taken_ms, weights, shared / 1000))
    return found


def _figures(what: str, taken_ms: Sequence[float], weights_kb: Sequence[float], shared_kb: float) -> Figures:
    one = timed(what, taken_ms, BAR_MS)
    heaviest = max(weights_kb)
    return one | {
        "page_kb": round(percentile(weights_kb, 0.5), 1),
        "heaviest_kb": round(heaviest, 1),
        "with_styles_and_scripts_kb": round(heaviest + shared_kb, 1),
        "bar": f"{one['bar']}, ≤ {BAR_KB:g} kB with styles and scripts",
        "met": one["met"] and heaviest + shared_kb <= BAR_KB,
    }


async def _get(session: aiohttp.ClientSession, path: str) -> bytes:
    async with session.get(path) as answer:
        body = await answer.read()
        if answer.status != 200:
            raise SystemExit(f"{answer.url} answered {answer.status}: start the web role on the seeded store")
        return body


async def _assets(session: aiohttp.ClientSession, path: str, known: dict[str, int]) -> int:
    """Bytes of the styles and scripts a page names."""
    async with session.get(path, headers={"Accept-Encoding": "identity"}) as answer:
        markup, at = await answer.read(), str(answer.url)
    named = {urljoin(at, found.decode()) for found in _ASSET.findall(markup)}
    for address in named - known.keys():
        async with session.get(address) as answer:
            known[address] = len(await answer.read())
    return sum(known[address] for address in named)


def _paths(changes: int, sources: int) -> dict[str, Callable[[Random], str]]:
    """The addresses, with words that the seeded store knows."""
    posts = posts_per_source(changes, sources)

    def now(**asked: Callable[[Random], str]) -> Callable[[Random], str]:
        return lambda rng: "/?" + urlencode({name: choose(rng) for name, choose in asked.items()})

    return {
        "Now": now(),
        "Now, one source": now(source=lambda rng: source_name(rng.randrange(sources))),
        "Now, one type": now(type=lambda _: "post.removed"),
        "Now, a tag of many sources": now(tag=lambda rng: tags_of(rng.randrange(sources))[0]),
        "Now, significant edits": now(type=lambda _: "post.edited", min=lambda _: "0.7"),
        "Now, a common word": now(q=lambda _: "Norvik"),
        "Now, a rare word": now(q=lambda rng: case_of(rng.randrange(100_000))),
        "Post": lambda rng: f"/posts/{post_id(rng.randrange(sources), rng.randrange(posts))}",
    }
