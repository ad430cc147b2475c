"""The embedded Valkey as a real process: durable, private, alone in its directory, gone with its parent."""

import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from monitor.adapters.valkey.connect import endpoint, open_sync, read_attachment
from monitor.adapters.valkey.server import EmbeddedServer
from monitor.errors import ServerFailed, StoreUnavailable, UsageError
from monitor.model import Secret
from tests.kit.waiting import wait_for_sync

PARENT = """
import signal, sys
from pathlib import Path
from monitor.adapters.valkey.server import EmbeddedServer
from monitor.errors import StetwatchError
signal.signal(signal.SIGINT, lambda *_: print("heard SIGINT", flush=True))
try:
    server = EmbeddedServer(Path(sys.argv[1]))
    server.start()
except StetwatchError as error:
    print(error, flush=True)
    sys.exit(error.exit_code)
print(server.pid, flush=True)
sys.stdin.readline()
server.stop()
"""


@contextlib.contextmanager
def parent(data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that runs the server as ``stetwatch run`` does, until it reads a line."""
    command = [sys.executable, "-c", PARENT, str(data_dir)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, start_new_session=True) as process:
        try:
            yield process
        finally:
            process.kill()


def said(process: subprocess.Popen[str]) -> str:
    """The next line a parent prints."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def alive(pid: int) -> bool:
    """Whether such a process runs; a zombie does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text() if Path("/proc").exists() else True


@contextlib.contextmanager
def client(url: Secret) -> Iterator[redis.Redis]:
    """A client as our roles open it."""
    with contextlib.closing(open_sync(url)) as connection:
        yield connection


def mode(path: Path) -> int:
    """Permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


def test_state_and_password_survive_a_restart(tmp_path: Path) -> None:
    """What was written before ``stop`` is there after the next start, under the same URL."""
    with EmbeddedServer(tmp_path) as server, client(server.url) as store:
        store.set("kept", "1")
        first = server.url
    with EmbeddedServer(tmp_path) as server, client(first) as store:
        assert store.get("kept") == b"1"
        assert server.url == first
        assert endpoint(None, tmp_path) == first


def test_a_killed_server_comes_back_with_its_writes(tmp_path: Path) -> None:
    """After kill -9 of the server alone ``keep_alive`` starts it again; clients only retry."""
    with EmbeddedServer(tmp_path) as server, client(server.url) as store:
        store.set("kept", "1")
        killed = server.pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        wait_for_sync(lambda: server.pid is None)
        server.keep_alive()

        assert store.get("kept") == b"1"
        attachment = read_attachment(tmp_path)
        assert attachment is not None
        assert attachment.pid == server.pid != killed


def test_a_server_that_keeps_dying_is_given_up(tmp_path: Path) -> None:
    """A sixth death within a minute is an error, not a loop."""
    with EmbeddedServer(tmp_path) as server:
        for death in range(1, 7):
            assert server.pid is not None
            os.kill(server.pid, signal.SIGKILL)
            wait_for_sync(lambda: server.pid is None)
            if death < 6:
                server.keep_alive()
        with pytest.raises(ServerFailed, match=r"keeps dying \(SIGKILL\)"):
            server.keep_alive()


def test_ctrl_c_does_not_reach_the_server(tmp_path: Path) -> None:
    """A terminal's SIGINT goes to the parent's group; the server lives on until the parent stops it."""
    with parent(tmp_path) as process:
        pid = int(said(process))
        os.killpg(process.pid, signal.SIGINT)
        assert said(process) == "heard SIGINT"
        with client(endpoint(None, tmp_path)) as store:
            assert store.set("drained", "1")
        process.communicate("stop\n", timeout=10)
        assert not alive(pid)
    log = (tmp_path / "valkey" / "valkey.log").read_text()
    assert "Received SIGTERM" in log
    assert "SIGINT" not in log


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
def test_the_server_does_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    """kill -9 of the parent: the kernel tells the server, which flushes and goes."""
    with parent(tmp_path) as process:
        pid = int(said(process))
        process.kill()
        wait_for_sync(lambda: not alive(pid), saying="the server gone")
    assert "Calling fsync() on the AOF file" in (tmp_path / "valkey" / "valkey.log").read_text()


def test_the_run_after_a_killed_one_loses_nothing(tmp_path: Path) -> None:
    """The next start waits for the server the killed run left, which still holds the AOF, and has all the writes."""
    with parent(tmp_path) as process:
        pid = int(said(process))
        with client(endpoint(None, tmp_path)) as store:
            store.set("kept", "1")
        process.kill()
        process.wait(10)
    with EmbeddedServer(tmp_path) as server, client(server.url) as store:
        assert not alive(pid)
        assert store.get("kept") == b"1"


def test_what_a_killed_run_leaves_is_no_obstacle(tmp_path: Path) -> None:
    """A stale socket, lock and attach file: attaching says what to start, and the next start works."""
    with parent(tmp_path) as process:
        pid = int(said(process))
        os.kill(pid, signal.SIGKILL)
        process.kill()
        process.wait(10)
    assert (tmp_path / "valkey" / "valkey.sock").exists()
    wait_for_sync(lambda: not alive(pid))

    with pytest.raises(StoreUnavailable, match="start `stetwatch run`"):
        endpoint(None, tmp_path)
    with EmbeddedServer(tmp_path) as server, client(server.url) as store:
        assert store.ping()


def test_a_second_run_on_the_directory_is_refused(tmp_path: Path) -> None:
    """Two processes: the second exits 2 and names the first one's pid; the first goes on."""
    with parent(tmp_path) as first:
        said(first)
        with parent(tmp_path) as second:
            assert f"pid {first.pid}" in said(second)
            assert second.wait(10) == 2
        with client(endpoint(None, tmp_path)) as store:
            assert store.ping()


def test_a_path_too_long_for_a_socket_moves_the_socket(tmp_path: Path) -> None:
    """The socket then stands in a short 0700 directory, which goes when the server stops."""
    data_dir = tmp_path / ("long" * 30)
    with EmbeddedServer(data_dir) as server, client(server.url) as store:
        attachment = read_attachment(data_dir)
        assert attachment is not None
        folder = Path(attachment.socket).parent
        assert store.ping()
        assert len(attachment.socket) <= 107
        assert mode(folder) == 0o700
        assert endpoint(None, data_dir) == server.url
    assert not folder.exists()


def test_nothing_is_open_to_others(tmp_path: Path) -> None:
    """Directories are 0700, files 0600, and the socket asks for the password."""
    data_dir = tmp_path / "made by us"
    with EmbeddedServer(data_dir):
        attachment = read_attachment(data_dir)
        assert attachment is not None
        assert mode(data_dir) == mode(data_dir / "valkey") == 0o700
        for path in data_dir.rglob("*"):
            assert mode(path) & 0o077 == 0, path
        with (
            contextlib.closing(redis.Redis.from_url(f"unix://{attachment.socket}")) as stranger,
            pytest.raises(redis.AuthenticationError),
        ):
            stranger.ping()


def test_odd_characters_in_the_directory_are_quoted(tmp_path: Path) -> None:
    """Spaces, quotes, percent signs, a backslash and what a glob would expand reach configuration and URL unharmed."""
    data_dir = tmp_path / 'a "b" 100%41?x=#é\\n\'[y]*'
    with EmbeddedServer(data_dir) as server, client(server.url) as store:
        assert store.ping()
        assert (data_dir / "valkey" / "appendonlydir").is_dir()


def test_the_dashboard_user_reads_metrics_and_nothing_else(tmp_path: Path) -> None:
    """Over TCP: metrics readable; other keys, their names, writes and administration refused; none without password."""
    port = free_port()
    with EmbeddedServer(tmp_path, listen=f"127.0.0.1:{port}", prefix="s:") as server, client(server.url) as store:
        store.hset("s:m:c", "polls_total", 3)
        store.set("s:change:1", "secret")
        attachment = read_attachment(tmp_path)
        assert attachment is not None
        password = attachment.dashboard_password.reveal()
        with client(Secret(f"redis://dashboard:{password}@127.0.0.1:{port}/0")) as dashboard:
            assert dashboard.hgetall("s:m:c") == {b"polls_total": b"3"}
            assert dashboard.info("server")
            for refused in (
                ["GET", "s:change:1"], ["KEYS", "*"], ["SCAN", "0"], ["RANDOMKEY"], ["HSET", "s:m:c", "x", "1"],
                ["CONFIG", "GET", "*"], ["ACL", "LIST"], ["CLIENT", "LIST"], ["EVAL_RO", "return 1", "0"],
                ["SORT_RO", "s:m:c"], ["SUBSCRIBE", "s:wake"], ["FLUSHALL"], ["SHUTDOWN"],
            ):  # fmt: skip
                with pytest.raises(redis.exceptions.NoPermissionError):
                    dashboard.execute_command(*refused)  # type: ignore[no-untyped-call]
        with (
            contextlib.closing(redis.Redis.from_url(f"redis://127.0.0.1:{port}/0")) as stranger,
            pytest.raises(redis.AuthenticationError),
        ):
            stranger.ping()


def test_a_taken_port_is_one_line_that_names_it(tmp_path: Path) -> None:
    """The server's own last words stand in the error, and the directory is free again."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServerFailed, match=rf"{port}.*Address already in use") as failed:
            EmbeddedServer(tmp_path, listen=f"127.0.0.1:{port}").start()
    assert "\n" not in str(failed.value)
    with EmbeddedServer(tmp_path):
        pass


def test_a_directory_that_cannot_be_used_is_a_usage_error(tmp_path: Path) -> None:
    """A file where the directory should be exits 2 and says so."""
    (tmp_path / "file").touch()

    with pytest.raises(UsageError, match="cannot use data_dir"):
        EmbeddedServer(tmp_path / "file").start()


def test_loading_is_waited_for_and_told(tmp_path: Path) -> None:
    """``start`` returns only when all state is loaded, and tells how far it is meanwhile."""
    told: list[float] = []
    with EmbeddedServer(tmp_path) as server, client(server.url) as store:
        store.eval("for i = 1, 150000 do redis.call('set', 'k' .. i, i) end", 0)
    with EmbeddedServer(tmp_path, on_loading=told.append) as server, client(server.url) as store:
        assert store.dbsize() == 150_000
    assert told
    assert all(0 <= percent <= 100 for percent in told)


def free_port() -> int:
    """A TCP port nobody uses just now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def test_a_short_directory_left_by_a_killed_run_is_used_again(tmp_path: Path) -> None:
    """Runs that are killed do not leave a new directory each; the next clean stop removes it."""
    data_dir = tmp_path / ("long" * 30)
    with parent(data_dir) as process:
        said(process)
        left = read_attachment(data_dir)
        process.kill()
        process.wait(10)
    with EmbeddedServer(data_dir):
        again = read_attachment(data_dir)
        assert left is not None
        assert again is not None
        assert again.socket == left.socket
    assert not Path(left.socket).parent.exists()
