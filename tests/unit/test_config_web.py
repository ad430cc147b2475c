"""`[web]`: where the pages are served, and that nobody is let in from elsewhere by oversight."""

from __future__ import annotations

import dataclasses
from ipaddress import ip_network
from pathlib import Path

import pytest

from monitor.bootstrap.web import door_of
from monitor.config import Settings, Web, load, load_file
from monitor.errors import ConfigError
from monitor.model import Secret

HOME = {"HOME": "/home-of-nobody"}
VIEW, OPERATE = "readers-read-here", "operators-act-here"
TOKEN = f'operate_token = "{OPERATE}"\n'


def _no_file(_path: Path) -> str:
    raise AssertionError("no file is read here")


def _read(lines: str) -> Settings:
    return load(f"[web]\n{lines}", origin="f.toml", environ={**HOME, "VIEW": VIEW}, read_file=_no_file)


def _faults(lines: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        _read(lines)
    return caught.value.faults


def test_a_whole_table_becomes_the_door() -> None:
    """Address, tokens, public address and proxies arrive where the web role looks for them."""
    settings = _read(
        'listen = "[::]:80"\nurl = "https://Stet.example/"\nview_token_env = "VIEW"\n'
        + TOKEN
        + 'proxies = ["10.0.0.7"]\n'
    )
    door = door_of(settings)

    assert (door.host, door.port, door.url) == ("::", 80, "https://stet.example")
    assert (door.view_token, door.operate_token) == (Secret(VIEW), Secret(OPERATE))
    assert door.proxies == (ip_network("10.0.0.7/32"),)
    assert {VIEW, OPERATE} <= {secret.reveal() for secret in settings.secrets()}


def test_without_a_table_the_door_is_open_on_loopback() -> None:
    """The defaults serve this machine and nobody else."""
    door = door_of(_read(""))

    assert (door.host, door.port, door.open) == ("127.0.0.1", 8080, True)


@pytest.mark.parametrize("listen", ["0.0.0.0:8080", "[::]:8080", "10.0.0.5:80", "box-7:8080", "192.168.1.2:0"])
def test_beyond_loopback_a_token_is_needed(listen: str) -> None:
    """Without one the fault names the key and the cure; with either of the two it is fine."""
    (fault,) = _faults(f'listen = "{listen}"\n')

    assert fault.startswith(f'f.toml: web.listen: "{listen}" lets other machines in, and no token is set; set web.')
    assert _read(f'listen = "{listen}"\n{TOKEN}').web.listen == listen
    assert _read(f'listen = "{listen}"\nview_token = "{VIEW}"\n').web.listen == listen


@pytest.mark.parametrize("listen", ["127.0.0.1:80", "localhost:8080", "[::1]:8080", "127.1.2.3:0"])
def test_this_machine_needs_no_token(listen: str) -> None:
    """Every loopback address may be open."""
    assert _read(f'listen = "{listen}"\n').web.listen == listen


def test_a_public_address_needs_a_token_too() -> None:
    """A proxy on this machine brings others in, however we listen; a local address does not."""
    (fault,) = _faults('url = "https://stet.example"\n')

    assert fault.startswith("f.toml: web.url: leads others here, and no token is set; set web.operate_token_env")
    assert _read('url = "http://localhost:8080"\n').web.url == "http://localhost:8080"


def test_a_proxy_needs_a_token_too() -> None:
    """Whoever the proxy lets in would come from this machine, and operate."""
    (fault,) = _faults('proxies = ["127.0.0.1/32"]\n')

    assert fault.startswith("f.toml: web.proxies: lets others in, and no token is set; set web.operate_token_env")
    assert _read(f'proxies = ["127.0.0.1/32"]\nview_token = "{VIEW}"\n').web.proxies == (ip_network("127.0.0.1/32"),)


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ('listen = "8080"\n', 'f.toml: web.listen: "8080" is no address to listen on; write "127.0.0.1:8080"'),
        ('listen = "127.0.0.1:65536"\n', "f.toml: web.listen: "),
        (TOKEN + 'url = "https://stet.example/pages"\n', "f.toml: web.url: has more than a scheme, a host and a port"),
        (TOKEN + 'url = "ftp://stet.example"\n', "f.toml: web.url: is no URL that can be asked for"),
        ('view_token = "short"\n', "f.toml: web.view_token: is too easy to guess, or holds spaces; give 16"),
        ('view_token = "with spaces in between"\n', "f.toml: web.view_token: is too easy to guess"),
        ('view_token_env = "NONE"\n', "f.toml: web.view_token_env: the environment has no NONE"),
        (TOKEN + f'view_token = "{OPERATE}"\n', "f.toml: web.view_token: is the operators' token too"),
        ('proxies = ["10.0.0.1/8"]\n', "f.toml: web.proxies[0]: "),
    ],
)
def test_each_fault_names_its_key_and_cure(lines: str, fault: str) -> None:
    """One line each, and no token in any."""
    (told,) = _faults(lines)

    assert told.startswith(fault)
    assert not any(token in told for token in (VIEW, OPERATE, "short", "with spaces"))


def test_listen_comes_from_the_command_line(tmp_path: Path) -> None:
    """`--listen` replaces the file's, is read by the same rules, and needs the same token."""
    path = tmp_path / "f.toml"
    path.write_text("")
    with pytest.raises(ConfigError) as caught:
        load_file(path, listen="0.0.0.0:80", environ=HOME)
    with pytest.raises(ConfigError) as unread:
        load_file(path, listen="80", environ=HOME)
    path.write_text(f"[web]\n{TOKEN}")

    assert caught.value.faults[0].startswith('command line: --listen: "0.0.0.0:80" lets other machines in')
    assert unread.value.faults[0].startswith('command line: --listen: "80" is no address to listen on')
    assert load_file(path, listen="0.0.0.0:80", environ=HOME).web == Web(
        listen="0.0.0.0:80", operate_token=Secret(OPERATE)
    )
    assert load_file(path, environ=HOME).web.listen == "127.0.0.1:8080"


def test_the_needed_roles_follow_the_configuration() -> None:
    """Without a destination there is nothing to notify."""
    settings = _read("")
    hook = 'name = "w"\ntype = "webhook"\nurl = "https://hook.example/"\nsecret = "whsec_' + "A" * 43 + '="\n'
    with_one = load(f"[[destination]]\n{hook}", origin="f.toml", environ=HOME, read_file=_no_file)

    assert settings.roles() == ("poll", "work")
    assert with_one.roles() == ("poll", "work", "notify")
    assert dataclasses.replace(with_one, destinations=()).roles() == ("poll", "work")
