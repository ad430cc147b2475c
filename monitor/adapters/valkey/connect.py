"""How everybody reaches the store: which URL, with which patience, and whether that server may be trusted.

A URL holds the password: it travels as a :class:`~monitor.model.Secret` and stands in no message.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff
from redis.retry import Retry

from monitor.errors import ConfigError, StoreRefused, StoreUnavailable
from monitor.model import Secret

SOCKET_TIMEOUT_S = 10.0
"""An answer that takes longer is taken for a broken connection: block (XREAD, BLPOP) for less."""

_CONNECT_TIMEOUT_S = 3.0
_HEALTH_CHECK_S = 30
_RETRIES = 6  # up to 0.2, 0.4, 0.8, 1, 1, 1 s apart: a restart of the embedded server passes unnoticed
_ATTACH_FILE = "valkey.json"
_OLDEST = (7, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """What ``stetwatch run`` leaves in the data directory for other commands (0600): where its Valkey listens.

    The passwords outlive the server, so that a restart locks nobody out.
    """

    socket: str
    pid: int
    password: Secret
    dashboard_password: Secret
    listen: str | None = None

    @property
    def url(self) -> Secret:
        """``unix://:password@path?db=0`` for redis-py, special characters percent-encoded."""
        return Secret(f"unix://:{quote(self.password.reveal(), safe='')}@{quote(self.socket)}?db=0")


def read_attachment(data_dir: Path) -> Attachment | None:
    """What the last ``run`` on this directory left, None when there is nothing usable."""
    try:
        held = json.loads((data_dir / _ATTACH_FILE).read_bytes())
        return Attachment(
            socket=held["socket"],
            pid=held["pid"],
            password=Secret(held["password"]),
            dashboard_password=Secret(held["dashboard"]["password"]),
            listen=held["listen"],
        )
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def write_attachment(data_dir: Path, attachment: Attachment) -> None:
    """Replace the file in one step; it is never readable by others, nor half written."""
    text = json.dumps(
        {
            "version": 1,
            "socket": attachment.socket,
            "pid": attachment.pid,
            "password": attachment.password.reveal(),
            "listen": attachment.listen,
            "dashboard": {"user": "dashboard", "password": attachment.dashboard_password.reveal()},
        },
        indent=1,
    )
    write_private(data_dir / _ATTACH_FILE, text)


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 0600 in one step."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def endpoint(redis_url: Secret | None, data_dir: Path) -> Secret:
    """The URL of the store: the configured one, else that of the ``stetwatch run`` on this data directory.

    Raises StoreUnavailable when neither is there.
    """
    if redis_url is not None:
        return redis_url
    attachment = read_attachment(data_dir)
    if attachment is not None:
        with contextlib.suppress(StoreUnavailable):
            answers(attachment.url)
            return attachment.url
    raise StoreUnavailable(f"no Valkey runs for {data_dir}: start `stetwatch run`, or set [redis] url")


def answers(url: Secret) -> None:
    """Return when a server answers, even one that is still loading; raise StoreUnavailable or StoreRefused."""
    client = redis.Redis.from_url(url.reveal(), retry=Retry(NoBackoff(), 0), socket_timeout=_CONNECT_TIMEOUT_S)
    with contextlib.closing(client), store_errors(), contextlib.suppress(redis.BusyLoadingError):
        client.ping()


def open_sync(url: Secret, name: str = "stetwatch") -> redis.Redis:
    """A client with short retries; answers are bytes, as RQ needs them. ``name`` shows in CLIENT LIST.

    Raises ConfigError when the URL cannot be read; nothing is connected yet.
    """
    with _readable_url():
        client = redis.Redis.from_url(url.reveal(), **_settings(name), retry=Retry(_backoff(), _RETRIES))
    client.connection_pool.connection_kwargs["decode_responses"] = False  # whatever the URL's query asks for
    return client


def open_async(url: Secret, name: str = "stetwatch", *, most: int | None = None) -> redis.asyncio.Redis:
    """The same for asyncio. With ``most`` it opens so many connections, and a call that finds none free waits for one
    (StoreUnavailable after as long as for an answer); without, one call too many fails.
    """
    with _readable_url():
        settings = {**_settings(name), "retry": AsyncRetry(_backoff(), _RETRIES)}
        if most is None:
            client = redis.asyncio.Redis.from_url(url.reveal(), **settings)
        else:
            settings |= {"max_connections": most, "timeout": SOCKET_TIMEOUT_S}
            client = redis.asyncio.Redis.from_pool(
                redis.asyncio.BlockingConnectionPool.from_url(url.reveal(), **settings)
            )
    client.connection_pool.connection_kwargs["decode_responses"] = False
    return client


def _settings(name: str) -> dict[str, Any]:
    return {
        "client_name": name,
        "socket_timeout": SOCKET_TIMEOUT_S,
        "socket_connect_timeout": _CONNECT_TIMEOUT_S,
        "health_check_interval": _HEALTH_CHECK_S,
    }


def _backoff() -> ExponentialWithJitterBackoff:
    return ExponentialWithJitterBackoff(base=0.1, cap=1.0)


@contextlib.contextmanager
def _readable_url() -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError):
        # The library's own text quotes parts of the URL, the password among them.
        raise ConfigError(
            ["[redis] url cannot be read: it begins redis://, rediss:// or unix://, special characters as %xx"]
        ) from None


@contextlib.contextmanager
def store_errors() -> Iterator[None]:
    """Turn what redis-py raises about a server into one line a person can act on."""
    try:
        yield
    except (redis.AuthenticationError, redis.exceptions.NoPermissionError, redis.exceptions.ReadOnlyError) as error:
        raise StoreRefused(
            f"the store refuses us ({_one_line(error)}): check user, password and role of [redis] url"
        ) from error
    except redis.exceptions.OutOfMemoryError as error:
        raise StoreRefused("the store is out of memory: raise maxmemory, or lower [retention]") from error
    except redis.ResponseError as error:
        if not str(error).startswith("MISCONF"):
            raise
        raise StoreRefused("the store cannot write to its disk and takes no more writes: free space there") from error
    except (redis.ConnectionError, redis.TimeoutError, OSError) as error:
        raise StoreUnavailable(
            f"the store does not answer ({_one_line(error)}): start it, or set [redis] url"
        ) from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")


def check_server(client: redis.Redis) -> tuple[str, ...]:
    """A warning for each way this server may lose state, naming the risk and the cure; empty when there is none.

    Asks INFO, which managed servers allow; CONFIG only for what INFO does not tell. Raises StoreUnavailable or
    StoreRefused when the server does not answer at all.
    """
    with store_errors():
        try:
            facts: dict[str, Any] = client.info()
        except redis.exceptions.NoPermissionError:
            return ("the server does not allow INFO: whether it keeps state over a restart cannot be checked",)
        warnings = [*_role_risks(facts), *_memory_risks(facts)]
        try:
            settings = {**client.config_get("appendfsync"), **client.config_get("save")}
        except redis.ResponseError:
            return (
                *warnings,
                *_loss_risks(facts, {}),
                "the server does not allow CONFIG: appendfsync cannot be checked",
            )
        return (*warnings, *_loss_risks(facts, settings))


def _loss_risks(facts: Mapping[str, Any], settings: Mapping[str | None, str | None]) -> Iterator[str]:
    if not facts.get("aof_enabled"):
        lost = "the changes since its last RDB save" if settings.get("save") else "all state"
        yield f"AOF is off: a restart of the server may lose {lost}: set appendonly yes"
    elif settings.get("appendfsync") == "no":
        yield "appendfsync is no: a power cut may lose half a minute of state: set appendfsync everysec"


def _role_risks(facts: Mapping[str, Any]) -> Iterator[str]:
    if facts.get("role") in {"slave", "replica"}:
        yield "the server is a replica: nothing can be written to it: point [redis] url at the primary"
    if facts.get("cluster_enabled"):
        yield "the server is a cluster node: our scripts touch several slots and will fail: use a single server"
    version = str(facts.get("redis_version", ""))
    if tuple(int(part) for part in version.split(".")[:2] if part.isdigit()) < _OLDEST:
        yield f"the server is too old ({version}): scripts will fail: use Valkey, or Redis 7 or later"


def _memory_risks(facts: Mapping[str, Any]) -> Iterator[str]:
    policy = facts.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        yield f"maxmemory-policy is {policy}: the server may silently drop state when memory is short: set noeviction"
    limit, used = int(facts.get("maxmemory", 0)), int(facts.get("used_memory", 0))
    if limit and used > 0.8 * limit:
        share = used * 100 // limit
        yield f"{share} % of maxmemory is used: writes will be refused at 100 %: raise it, or lower [retention]"
