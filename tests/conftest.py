"""Fixtures every test folder may use: one real Valkey for the whole run, emptied for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import redis
import redis.asyncio

from tests.kit.server import running_server


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
