"""Waiting for a condition with a deadline, never for a while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def wait_for(condition: Callable[[], Awaitable[T] | T], *, within_s: float = 5, saying: str = "") -> T:
    """Poll ``condition`` until it is true (then return its value) or the deadline has passed (then fail)."""
    until = time.monotonic() + within_s
    while True:
        value = condition()
        if isinstance(value, Awaitable):
            value = await value
        if value:
            return value
        if time.monotonic() > until:
            raise AssertionError(f"not within {within_s} s: {saying or condition}")
        await asyncio.sleep(0.01)


def wait_for_sync(condition: Callable[[], T], *, within_s: float = 5, saying: str = "") -> T:
    """The same for tests that have no event loop."""
    until = time.monotonic() + within_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > until:
            raise AssertionError(f"not within {within_s} s: {saying or condition}")
        time.sleep(0.01)
