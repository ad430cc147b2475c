"""The web role's application in a test: real sockets on loopback, a visitor with a browser's cookies."""

from __future__ import annotations

import contextlib
import dataclasses
import re
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp.test_utils import TestClient, TestServer

from monitor.model import Secret
from monitor.web.app import build
from monitor.web.door import Door
from monitor.web.parts import Parts
from monitor.web.routes import Route
from tests.kit.records_stand_in import MemoryRecords

VIEW, OPERATE = "readers-read-here", "operators-act-here"
GUARDED = Door(view_token=Secret(VIEW), operate_token=Secret(OPERATE))


def no_parts(**given: Any) -> Parts:
    """Parts for pages that stand on these alone."""
    needed = [field.name for field in dataclasses.fields(Parts) if field.default is dataclasses.MISSING]
    filled: dict[str, Any] = {**dict.fromkeys(needed), "records": MemoryRecords(), "now": lambda: datetime.now(UTC)}
    return Parts(**filled | given)


@contextlib.asynccontextmanager
async def visiting(
    routes: Iterable[Route] | None = None, *, door: Door | None = None, parts: Parts | None = None
) -> AsyncIterator[TestClient[Any, Any]]:
    """A visitor of the application (every page of it, unless told), who follows no redirect by himself."""
    app = build(parts or no_parts(), **({} if routes is None else {"routes": routes}), door=door)
    async with TestClient(TestServer(app), cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        yield client


async def sign_in(client: TestClient[Any, Any], token: str) -> None:
    """Through the login form, as a person does."""
    answer = await client.post(
        "/login", data={"csrf": await form_token(client, "/login"), "token": token}, allow_redirects=False
    )
    assert answer.status == 303, await answer.text()


async def form_token(client: TestClient[Any, Any], path: str) -> str:
    """The token of the first form on a page."""
    shown = await (await client.get(path)).text()
    found = re.search(r'name="csrf" value="([^"]+)"', shown)
    assert found is not None, shown
    return found[1]
