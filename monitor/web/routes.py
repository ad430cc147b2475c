"""What a page module says of each of its addresses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
Needs = Literal["open", "view", "operate"]
"""Who may ask: anybody (health, static files, the login), a reader, an operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method and path (aiohttp's notation) under a name by which templates link to it."""

    method: Literal["GET", "POST", "DELETE"]
    path: str
    answer: Answer
    name: str
    needs: Needs = "view"
