"""What the client library raises, said in our words: away, or there and refusing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import redis
import redis.exceptions as faults

from monitor.errors import StoreRefused, StoreUnavailable

_REFUSALS = {
    "OOM": "its memory is full: raise maxmemory, or shorten [retention]",
    "READONLY": "it is a read-only replica: point [redis] url at the primary",
    "NOPERM": "this user may not run the command: give it the commands of docs/operations.md",
    "NOAUTH": "it wants a password: put it into [redis] url",
    "WRONGPASS": "the password in [redis] url is wrong",
    "MISCONF": "it cannot write to its disk: free space, then look at its log",
    "NOREPLICAS": "it has too few replicas to accept writes: bring them back, or lower min-replicas-to-write",
}


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Wrap calls of the client (nothing else), in plain and in async code alike.

    Raises ``StoreUnavailable`` where nothing answers, ``StoreRefused`` where it answers and may not be used. Any
    other error of the library is a bug of ours and passes through. No URL and no password gets into the text.
    """
    try:
        yield
    except (redis.RedisError, OSError) as error:
        # The asyncio client wraps what the server says to a new connection into a ConnectionError.
        said = error.__cause__ if isinstance(error.__cause__, redis.RedisError) else error
        code = _refusal(said)
        if code is not None:
            raise StoreRefused(f"Redis refused ({code}): {_REFUSALS[code]}") from error
        if isinstance(said, redis.BusyLoadingError):
            raise StoreUnavailable("Redis is still loading its data set: it will answer when that is done") from error
        if not isinstance(error, redis.ConnectionError | redis.TimeoutError | OSError):
            raise
        kind = type(error).__name__
        raise StoreUnavailable(f"Redis does not answer ({kind}): start it, or correct [redis] url") from error


def _refusal(error: Exception) -> str | None:
    """The refusal's code; the client cuts some codes off the text and makes a class of them."""
    match error:
        case faults.OutOfMemoryError():
            return "OOM"
        case faults.ReadOnlyError():
            return "READONLY"
        case faults.NoPermissionError():
            return "NOPERM"
        case redis.AuthenticationError():
            return "WRONGPASS" if str(error).startswith("invalid") else "NOAUTH"
        case _:
            first = str(error).split(" ", 1)[0].lstrip("-")
            return first if first in _REFUSALS else None
