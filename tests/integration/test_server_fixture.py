"""The fixtures themselves."""

import redis
import redis.asyncio


async def test_both_clients_see_one_server(valkey: redis.Redis, async_valkey: redis.asyncio.Redis) -> None:
    """What the synchronous client writes the asyncio client reads."""
    valkey.set("a", "1")

    assert await async_valkey.get("a") == b"1"
