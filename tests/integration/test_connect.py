"""How commands reach a real server, what they are told when they cannot, and what is wrong with it."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import redis

from monitor.adapters.valkey.connect import (
    Attachment,
    answers,
    check_server,
    endpoint,
    open_async,
    open_sync,
    read_attachment,
    store_errors,
    write_attachment,
)
from monitor.errors import ConfigError, StoreRefused, StoreUnavailable
from monitor.model import Secret
from tests.kit.server import running_server

PASSWORD = "p%20 w/#?@:é\"'&+"


@pytest.fixture
def guarded() -> Iterator[str]:
    """The socket of a server of our own that asks for PASSWORD."""
    with running_server() as url:
        path = url.removeprefix("unix://")
        with contextlib.closing(redis.Redis(unix_socket_path=path)) as admin:
            admin.config_set("requirepass", PASSWORD)
        yield path


def attachment(socket: str, password: str = PASSWORD) -> Attachment:
    """An attach file for that socket."""
    return Attachment(socket=socket, pid=1, password=Secret(password), dashboard_password=Secret("d"))


async def test_a_password_of_special_characters_opens_both_clients(guarded: str) -> None:
    """A unix URL round-trips its password; answers are bytes and the connection has its name."""
    url = attachment(guarded).url
    with contextlib.closing(open_sync(url, "stetwatch-test")) as client:
        client.set("a", "é")
        assert client.get("a") == "é".encode()
        assert client.client_getname() in {"stetwatch-test", b"stetwatch-test"}
    async_client = open_async(url)
    assert await async_client.get("a") == "é".encode()
    await async_client.aclose()


async def test_answers_stay_bytes_whatever_the_url_asks(guarded: str) -> None:
    """``decode_responses`` in a URL would break RQ and packed values."""
    url = Secret(f"unix://:{quote(PASSWORD, safe='')}@{guarded}?decode_responses=yes")
    with contextlib.closing(open_sync(url)) as client:
        client.set("a", "1")
        assert client.get("a") == b"1"
    async_client = open_async(url)
    assert await async_client.get("a") == b"1"
    await async_client.aclose()


def test_a_configured_url_wins(tmp_path: Path, guarded: str) -> None:
    """It is taken as it is, whatever runs in the data directory."""
    write_attachment(tmp_path, attachment(guarded))

    assert endpoint(Secret("redis://elsewhere:1/0"), tmp_path) == Secret("redis://elsewhere:1/0")


def test_attaching_finds_the_server_of_the_directory(tmp_path: Path, guarded: str) -> None:
    """What ``write_attachment`` leaves is read back whole, from a file only the owner can read."""
    write_attachment(tmp_path, attachment(guarded))

    assert endpoint(None, tmp_path) == attachment(guarded).url
    assert read_attachment(tmp_path) == attachment(guarded)
    assert (tmp_path / "valkey.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("left", [None, "", "{", "[]", '{"socket": 1}', "gone"])
def test_no_server_in_the_directory_says_what_to_start(tmp_path: Path, left: str | None) -> None:
    """Nothing there, rubbish, or a server that has gone: one line with both cures."""
    if left == "gone":
        write_attachment(tmp_path, attachment(str(tmp_path / "none.sock")))
    elif left is not None:
        (tmp_path / "valkey.json").write_text(left)

    with pytest.raises(StoreUnavailable, match=r"start `stetwatch run`, or set \[redis\] url") as failed:
        endpoint(None, tmp_path)
    assert str(tmp_path) in str(failed.value)


def test_a_wrong_password_is_refused_without_showing_it(guarded: str) -> None:
    """The line says what to check, and holds neither URL nor password."""
    with pytest.raises(StoreRefused, match="check user, password") as failed:
        answers(attachment(guarded, "wrong-one").url)
    assert "wrong-one" not in str(failed.value)
    assert "://" not in str(failed.value)


@pytest.mark.parametrize("url", ["redis://:hush#x@h:6379/0", "redis://h:hush/0", "hush", "redis://h/0?db=hush"])
def test_a_url_that_cannot_be_read_is_a_configuration_error(url: str) -> None:
    """redis-py's own text would quote the part it stumbled over, password and all."""
    for opened in (open_sync, open_async):
        with pytest.raises(ConfigError, match="cannot be read") as failed:
            opened(Secret(url))
        assert "hush" not in str(failed.value)


def test_an_absent_server_is_one_line(tmp_path: Path) -> None:
    """Connection errors become StoreUnavailable with the cure."""
    with pytest.raises(StoreUnavailable, match=r"does not answer.*start it"):
        answers(Secret(f"unix://{tmp_path}/none.sock"))


def test_a_store_that_may_not_be_written_says_why() -> None:
    """A full disk and full memory are refusals; any other answer stays the bug it is."""
    with pytest.raises(StoreRefused, match="disk"), store_errors():
        raise redis.ResponseError("MISCONF Errors writing to the AOF file: No space left on device")
    with pytest.raises(StoreRefused, match="memory"), store_errors():
        raise redis.exceptions.OutOfMemoryError("command not allowed when used memory > 'maxmemory'.")
    with pytest.raises(redis.ResponseError), store_errors():
        raise redis.ResponseError("ERR unknown command")


def test_a_good_server_has_no_warnings(valkey: redis.Redis, config: None) -> None:  # noqa: ARG001
    """AOF every second and no eviction: nothing to say."""
    valkey.config_set("appendonly", "yes")

    assert check_server(valkey) == ()


def test_each_risk_of_a_server_is_named(valkey: redis.Redis, config: None) -> None:  # noqa: ARG001
    """AOF off, eviction, short memory: each is a line with its risk and its cure."""
    valkey.config_set("maxmemory-policy", "allkeys-lru")
    valkey.config_set("maxmemory", int(valkey.info("memory")["used_memory"] * 1.1))

    policy, memory, aof = check_server(valkey)

    assert "allkeys-lru" in policy
    assert "silently drop state" in policy
    assert "% of maxmemory" in memory
    assert "a restart of the server may lose all state: set appendonly yes" in aof


def test_an_aof_that_is_never_synced_is_named(valkey: redis.Redis, config: None) -> None:  # noqa: ARG001
    """``appendfsync no`` risks a power cut."""
    valkey.config_set("appendonly", "yes")
    valkey.config_set("appendfsync", "no")

    assert [warning.partition(":")[0] for warning in check_server(valkey)] == ["appendfsync is no"]


def test_a_replica_is_named(valkey: redis.Redis, config: None) -> None:  # noqa: ARG001
    """Nothing can be written to a replica."""
    valkey.replicaof("127.0.0.1", "1")
    try:
        assert "replica" in check_server(valkey)[0]
        with pytest.raises(StoreRefused), store_errors():
            valkey.set("a", "1")
    finally:
        valkey.replicaof("NO", "ONE")


def test_a_server_that_forbids_config_is_judged_by_info(valkey: redis.Redis, valkey_url: str, config: None) -> None:  # noqa: ARG001
    """One line says what could not be checked; what INFO tells is still told, and without INFO that is said."""
    valkey.acl_setuser(
        "managed", enabled=True, passwords=["+m"], keys=["*"], categories=["+@all"], commands=["-config"]
    )
    valkey.acl_setuser("blind", enabled=True, passwords=["+m"], keys=["*"], categories=["+@all"], commands=["-info"])
    try:
        with contextlib.closing(redis.Redis.from_url(valkey_url, username="managed", password="m")) as managed:
            aof, config_line = check_server(managed)
            assert "AOF is off" in aof
            assert "does not allow CONFIG" in config_line
        with contextlib.closing(redis.Redis.from_url(valkey_url, username="blind", password="m")) as blind:
            assert [w for w in check_server(blind) if "does not allow INFO" in w]
    finally:
        valkey.acl_deluser("managed", "blind")


@pytest.fixture
def config(valkey: redis.Redis) -> Iterator[None]:
    """Puts the session's server back as it was."""
    before = {name: valkey.config_get(name)[name] for name in ("appendonly", "appendfsync", "maxmemory-policy")}
    yield
    valkey.config_set("maxmemory", 0)
    for name, value in before.items():
        valkey.config_set(name, value or "")
