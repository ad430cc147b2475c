"""Fixtures every test folder may use: one real Valkey for the whole run, emptied for each test."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import pytest
import redis
import redis.asyncio
from hypothesis import settings

from tests.kit.server import running_server

# Time limits belong to tests that measure; a gate tries the same examples every time, people try new ones.
settings.register_profile("people", deadline=None)
settings.register_profile("gate", deadline=None, derandomize=True)
settings.load_profile("gate" if os.environ.get("CI") else "people")


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """The ``unix://`` URL of the session's server."""
    with running_server() as url:
        yield url


@pytest.fixture
def valkey(valkey_url: str) -> Iterator[redis.Redis]:
    """A synchronous client of an empty server."""
    client = redis.Redis.from_url(valkey_url)
    client.flushall()
    yield client
    client.close()


@pytest.fixture
async def async_valkey(valkey: redis.Redis, valkey_url: str) -> AsyncIterator[redis.asyncio.Redis]:  # noqa: ARG001
    """An asyncio client of the same, empty server."""
    client = redis.asyncio.Redis.from_url(valkey_url)
    yield client
    await client.aclose()
