"""The configuration: what it comes to, and what it says when it cannot be used."""

from __future__ import annotations

import base64
import os
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import time
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import config
from monitor.adapters.guard import address_verdict
from monitor.config import Settings, load, load_file, load_recording, read_private
from monitor.errors import ConfigError
from monitor.model import Access, Pace, QuietHours, Secret, Slack, Webhook

ROOT = Path(__file__).parents[2]
WHSEC = "whsec_" + base64.b64encode(bytes(range(32))).decode()
HOME = {"HOME": "/home-of-nobody"}

SOURCE = '[[source]]\nname = "a"\nurl = "https://news.example/live"\n'
WEBHOOK = f'[[destination]]\nname = "w"\ntype = "webhook"\nurl = "https://hook.example/x"\nsecret = "{WHSEC}"\n'
SLACK = '[[destination]]\nname = "s"\ntype = "slack"\nchannel = "C01"\ntoken = "xoxb-1"\n'


def _read(text: str, environ: Mapping[str, str] = HOME, folder: Path = Path()) -> Settings:
    return load(text, origin="f.toml", environ=environ, read_file=read_private, folder=folder)


def _faults(text: str, environ: Mapping[str, str] = HOME, folder: Path = Path()) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        _read(text, environ, folder)
    return caught.value.faults


@pytest.mark.parametrize(
    ("match", "remark"),
    [
        (
            "sources = ['b']",
            'match.sources[0]: no source "b" is configured: a slip, unless one is added while running; known',
        ),
        ("tags = ['t']", 'match.tags[0]: no source with the tag "t" is configured: a slip, unless one is added'),
    ],
)
def test_a_route_may_await_a_source_that_is_added_while_running(match: str, remark: str) -> None:
    """A source or tag that the file does not know is no fault; it is remarked upon, as it may be a slip."""
    settings = _read(SOURCE + WEBHOOK + f"[[route]]\nto = ['w']\nmatch = {{ {match} }}")

    (told,) = settings.remarks
    assert told.startswith(f"f.toml: route[0].{remark}")
    assert _read(SOURCE + WEBHOOK + "[[route]]\nto = ['w']\nmatch = { sources = ['a'] }").remarks == ()


def test_what_a_source_sends_along_goes_to_its_own_page() -> None:
    """Polls send it to the configured URL; a look by hand to the same host; nothing else under the name gets it."""
    settings = _read(SOURCE + 'auth = "me:pw"\n')
    (source,) = settings.sources
    sent = Access(auth=Secret("me:pw"))

    assert settings.access_by_page() == {(source.name, source.url): sent}
    assert settings.access_at(replace(source, url="https://news.example/other")) == sent
    assert settings.access_at(replace(source, url="https://elsewhere.example/live")) == Access()
    assert settings.access_at(replace(source, name="another")) == Access()


def test_an_empty_file_is_the_built_in_defaults() -> None:
    """Every key may be absent, and the table's defaults are those of the settings classes."""
    assert _read("") == Settings(data_dir=Path("/home-of-nobody/.local/state/stetwatch"))


def test_a_whole_file_becomes_values() -> None:
    """Sources, access, destinations and routes arrive with every key they were given."""
    settings = _read(
        'data_dir = "state"\n[redis]\nurl = "redis://:pw@db/1"\n[network]\nallow = ["10.0.0.0/8", "::1"]\n'
        "ports = [443]\n"
        + SOURCE
        + 'timezone = "Europe/London"\ntags = ["x"]\npoll = { min = 0.2, max = "1h" }\nuser_agent = "u"\n'
        'auth = "me:pw"\nproxy = "http://u:p@proxy:3128"\nheaders = { A-B = "c" }\ncookies = { k_env = "COOKIE" }\n'
        'baseline = "alert"\nextract = { format = "json", posts = "[]", id = "id" }\n'
        + WEBHOOK
        + SLACK
        + '[[route]]\nto = ["w"]\nmatch = { types = ["post.moved"], tags = ["x"], sources = ["a"], '
        "min_significance = 1 }",
        {**HOME, "COOKIE": "v"},
        Path("/etc/stetwatch"),
    )
    source, access, route = settings.sources[0], settings.access["a"], settings.routes[0]
    assert settings.data_dir == Path("/etc/stetwatch/state")
    assert settings.redis.url == Secret("redis://:pw@db/1")
    assert settings.network.allow == (ip_network("10.0.0.0/8"), ip_network("::1"))
    assert settings.network.ports == (443,)
    assert (source.poll_min_s, source.poll_max_s, source.baseline, source.extract.posts) == (0.2, 3600.0, "alert", "[]")
    assert (access.auth, access.proxy) == (Secret("me:pw"), Secret("http://u:p@proxy:3128"))
    assert (access.headers, access.cookies) == ({"A-B": Secret("c")}, {"k": Secret("v")})
    assert settings.destinations == (
        Webhook(name="w", url=Secret("https://hook.example/x"), secrets=(Secret(WHSEC),)),
        Slack(name="s", channel="C01", token=Secret("xoxb-1")),
    )
    assert (route.to, route.types, route.tags, route.sources, route.min_significance) == (
        ("w",), ("post.moved",), ("x",), ("a",), 1.0,
    )  # fmt: skip
    assert {"redis://:pw@db/1", "me:pw", "v", WHSEC, "xoxb-1"} <= {one.reveal() for one in settings.secrets()}


def test_all_faults_are_told_at_once() -> None:
    """Faults of every table, and of names between tables, come together, each with file, key and cure."""
    found = _faults(
        'data_dri = "x"\n[retention]\ndays = "many"\n[[source]]\npol = 1\nname = "a"\nurl = "https://x.example/"\n'
        '[[destination]]\nname = "s"\ntype = "slck"\n[[route]]\nto = ["desk"]\n'
    )
    assert found == (
        'f.toml: data_dri: unknown key; did you mean "data_dir"?',
        'f.toml: retention.days: "many" will not do; give a whole number from 1 to 36500',
        'f.toml: source[0].pol: unknown key; did you mean "poll"?',
        'f.toml: destination[0].type: "slck" is not known here; did you mean "slack"?',
        'f.toml: route[0].to[0]: there is no destination "desk"; known here: s',
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("redis = 5", "redis: 5 is no table"),
        ("source = 5", "source: 5 is no array of tables; write [[source]]"),
        ("source = [5]", "source[0]: 5 is no table"),
        ("x =", "no TOML: Invalid value"),
        ("x = " + "9" * 5000, "no TOML: a number is too long"),
        ("x = " + "[" * 20_000, "no TOML: a number is too long or tables are nested too deep"),
        ("data_dir = ''", "data_dir: is empty"),
        ("data_dir = 1979-05-27", "data_dir: a date or time is no text"),
        ("redis.url = 'http://h'", "redis.url: is no URL that can be used here; begin it with redis://"),
        ("redis.url = 'unix://'", "redis.url: names no socket"),
        ("redis.url = 'redis://:6379'", "redis.url: is a URL without a host"),
        ("redis = {url = 'redis://h', listen = '127.0.0.1:1'}", "redis.listen: opens the embedded server"),
        ("redis.listen = '127.0.0.1'", 'redis.listen: "127.0.0.1" is no address to listen on'),
        ("redis.listen = '::1:6390'", "redis.listen: "),
        ("redis.listen = '[::1]:70000'", "redis.listen: "),
        ("redis.prefix = 'stet'", 'redis.prefix: "stet" is no key prefix'),
        ("redis.prefix = 'st*:'", "redis.prefix: "),
        ("network.allow = '10.0.0.0/8'", 'network.allow: "10.0.0.0/8" is no list'),
        (
            "network.allow = ['10.0.0.1/8']",
            'network.allow[0]: "10.0.0.1/8" has bits beyond its prefix; did you mean "10.0.0.0/8"?',
        ),
        ("network.allow = ['ten']", 'network.allow[0]: "ten" is no network'),
        ("network.ports = []", "network.ports: is empty"),
        ("network.ports = [0]", "network.ports[0]: 0 will not do"),
        ("network.ports = [true]", "network.ports[0]: true will not do"),
        ("retention.days = 1.5", "retention.days: 1.5 will not do"),
        ("work.processes = 0x" + "f" * 5000, "work.processes: a number of that size will not do"),
        (SOURCE + "poll.min = 'soon'", 'source[0].poll.min: "soon" is no duration; write "15s"'),
        (SOURCE + "poll.min = nan", "source[0].poll.min: "),
        (SOURCE + "poll.max = inf", "source[0].poll.max: "),
        (SOURCE + "poll.min = 0", "source[0].poll.min: 0 is out of bounds"),
        (SOURCE + "poll = {min = '1h'}", "source[0].poll.min: is more than max (3600 s > 600 s)"),
        (
            SOURCE + "timezone = 'Europe/Lodnon'",
            'source[0].timezone: "Europe/Lodnon" is no time zone; did you mean "Europe/London"?',
        ),
        (SOURCE + "timezone = 'Europe'", 'source[0].timezone: "Europe" is no time zone'),
        (SOURCE + "timezone = '../../etc/passwd'", "source[0].timezone: "),
        ("redis.blobs_url = 'redis://b.example'", "redis.blobs_url: this version keeps the bytes"),
        (SOURCE + "render = true", "source[0].render: this version has no browser"),
        (SOURCE + "render = 'no'", 'source[0].render: "no" is neither true nor false'),
        (SOURCE + "baseline = 'loud'", 'source[0].baseline: "loud" is not known here; known here: alert, silent'),
        (SOURCE + "auth = 'me'", 'source[0].auth: will not do; write "user:password"'),
        (SOURCE + "proxy = 'socks5://h'", "source[0].proxy: is no URL that can be used here; begin it with http://"),
        (SOURCE + "headers = {Host = 'x'}", "source[0].headers.Host: is set by Stetwatch itself"),
        (SOURCE + "headers = {A = 'x', a = 'y'}", "source[0].headers.a: stands there twice"),
        (SOURCE + 'headers = {A = "x\\r\\nB: y"}', "source[0].headers.A: is no header value"),
        (SOURCE + "headers = {'A B' = 'x'}", 'source[0].headers."A B": is no name for it'),
        (SOURCE + "headers = {A = 'x', A_env = 'HOME'}", 'source[0].headers.A_env: stands beside "A"'),
        (SOURCE + "cookies = {a = 'b;c'}", "source[0].cookies.a: is no cookie value"),
        (SOURCE + "extract.format = 'json'", 'source[0].extract.posts: missing; format "json"'),
        (SOURCE + "extract.format = 'css'", 'source[0].extract.posts: missing; format "css"'),
        (SOURCE + "extract.posts = 'p'", 'source[0].extract.posts: goes with format "json" or "css", not with "auto"'),
        (
            SOURCE + "extract = {format = 'json', posts = 'a['}",
            'source[0].extract.posts: "a[" is no JMESPath expression (column 3)',
        ),
        (SOURCE + "extract = {format = 'css', posts = 'div['}", 'source[0].extract.posts: "div[" is no CSS selector'),
        (
            SOURCE + "extract = {format = 'css', posts = 'li', id = 'p:::bad@x'}",
            'source[0].extract.id: "p:::bad@x" is no CSS selector',
        ),
        ("[[source]]\nurl = 'https://x.example'", "source[0].name: missing; add name"),
        ("[[source]]\nname = 'a/b'\nurl = 'https://x.example'", 'source[0].name: "a/b" is no name'),
        (SOURCE.replace('"a"', '"new"'), 'source[0].name: "new" is taken: /sources/new is a page of Stetwatch\'s own'),
        (SOURCE + SOURCE, 'source[1].name: "a" is already source[0]; choose another name'),
        (WEBHOOK + WEBHOOK, 'destination[1].name: "w" is already destination[0]'),
        (WEBHOOK.replace("https", "http"), "destination[0].url: is plain http; use https://, or set allow_http = true"),
        (WEBHOOK + "headers = {webhook-id = 'x'}", "destination[0].headers.webhook-id: is set by Stetwatch itself"),
        (WEBHOOK + "channel = 'C01'", "destination[0].channel: unknown key"),
        (
            WEBHOOK.replace(f'secret = "{WHSEC}"', ""),
            "destination[0].secret: missing; add secret or secret_env or secret_file",
        ),
        (SLACK.replace('channel = "C01"', ""), "destination[0].channel: missing; a token needs the channel"),
        (SLACK.replace('token = "xoxb-1"', ""), "destination[0].token: missing; a channel needs the bot's token"),
        (SLACK + "url = 'https://hooks.slack.com/services/x'", "destination[0].url: stands beside channel or token"),
        ("[[destination]]\nname = 's'\ntype = 'slack'", "destination[0]: says not where to post"),
        (
            "[[destination]]\nname = 's'\ntype = 'slack'\nurl = 'http://hook.example'",
            "destination[0].url: is plain http",
        ),
        (SLACK.replace("xoxb", "xapp"), "destination[0].token: is an app-level token"),
        (SLACK + "app_token = 'xoxb-1'", "destination[0].app_token: is no app-level token; make one with"),
        (
            "[[destination]]\nname = 's'\ntype = 'slack'\nurl = 'https://hook.example'\napp_token = 'xapp-1'",
            "destination[0].app_token: goes with channel and token",
        ),
        (SLACK + "settle = '2m'", "destination[0].settle: is more than settle_max (120 s > 90 s)"),
        (SLACK + "burst = 2", "destination[0].burst: unknown key"),
        (WEBHOOK + "rate = 0", "destination[0].rate: 0 will not do; give a number from 0.01 to 1000"),
        *(
            (WEBHOOK + f"[[route]]\nto = ['w']\nquiet = {{{quiet}}}", f"route[0].quiet{fault}")
            for quiet, fault in [
                ("from = '22:00', to = '6:00', timezone = 'UTC'", '.to: "6:00" is no time of day; write it like'),
                ("from = '24:00', to = '06:00', timezone = 'UTC'", '.from: "24:00" is no time of day'),
                (
                    "from = '22:00', to = '22:00', timezone = 'UTC'",
                    ".to: makes quiet last 24 hours; make it 20 at most",
                ),
                ("from = '06:00', to = '05:59', timezone = 'UTC'", ".to: makes quiet last 23.9833 hours"),
                ("from = '22:00', to = '06:00'", ".timezone: missing; add timezone"),
                (
                    "from = '22:00', to = '06:00', timezone = 'UTC', days = ['monday']",
                    '.days[0]: "monday" is not known',
                ),
            ]
        ),
        (WEBHOOK + "[[route]]\nto = ['w']\nmatch.keywords = ['…']", "route[0].match.keywords[0]: "),
        (WEBHOOK + "[[route]]\nto = ['w']\nmatch.fields = ['text']", 'route[0].match.fields[0]: "text" is not known'),
        (WEBHOOK + "[[route]]\nto = []", "route[0].to: is empty; give at least one"),
        (
            WEBHOOK + "[[route]]\nto = ['w']\nmatch.types = ['post.edit']",
            'route[0].match.types[0]: "post.edit" is not known here; did you mean "post.edited"?',
        ),
        (
            WEBHOOK + "[[route]]\nto = ['w']\nmatch.min_significance = 2",
            "route[0].match.min_significance: 2 will not do",
        ),
    ],
)
def test_each_fault_names_its_key_and_cure(text: str, fault: str) -> None:
    """A single fault is told once, at its key."""
    found = _faults(text)
    assert len(found) == 1, found
    assert found[0].startswith(f"f.toml: {fault}"), found[0]
    assert ";" in found[0]


@pytest.mark.parametrize(
    "url", ["ftp://x.example", "//x.example", "https://", "https://h:0/", "https://h:99999/", "http://a b"]
)
def test_a_page_url_must_be_absolute_http(url: str) -> None:
    """Other schemes, missing hosts, impossible ports and spaces are refused."""
    assert [one.split(": ")[1] for one in _faults(f'[[source]]\nname = "a"\nurl = "{url}"')] == ["source[0].url"]


@pytest.mark.parametrize(
    "url", ["https://me:hunter2@x.example/", "https://hunter2@x.example/", "http://:hunter2@x.example"]
)
def test_a_page_url_may_not_carry_a_password(url: str) -> None:
    """Userinfo is sent to headers or auth, and the fault does not show it."""
    (fault,) = _faults(f'[[source]]\nname = "a"\nurl = "{url}"')
    assert fault == (
        "f.toml: source[0].url: is no URL that can be asked for: "
        "a user name or password in it; set headers or auth instead"
    )


@pytest.mark.parametrize("size", [0, 23, 65])
def test_a_signing_secret_has_24_to_64_bytes(size: int) -> None:
    """Standard Webhooks bounds the size of a symmetric secret."""
    text = WEBHOOK.replace(WHSEC, "whsec_" + base64.b64encode(bytes(size)).decode())
    assert _faults(text)[0].startswith("f.toml: destination[0].secret: is no signing secret; make one with")


def test_the_pace_of_a_destination_is_configured() -> None:
    """Rate, burst and concurrency become a webhook's pace; a Slack channel has a rate, settle times and buttons."""
    webhook, slack = _read(
        f"{WEBHOOK}rate = 20\nburst = 1\nconcurrency = 8\n{SLACK}"
        'rate = 0.5\nsettle = 0\nsettle_max = "1m"\nbroadcast_at = 1\napp_token = "xapp-1"'
    ).destinations
    assert isinstance(webhook, Webhook)
    assert webhook.pace == Pace(per_s=20.0, burst=1, in_flight=8)
    assert isinstance(slack, Slack)
    assert slack.pace == Pace(per_s=0.5, burst=1, in_flight=1)
    assert (slack.settle_s, slack.settle_most_s, slack.broadcast_at) == (0.0, 60.0, 1.0)
    assert slack.app_token == Secret("xapp-1")


def test_quiet_hours_belong_to_a_route() -> None:
    """Times of day, a zone and weekdays become values; without the table a route has no quiet."""
    route = (
        WEBHOOK
        + """[[route]]
to = ["w"]
"""
    )
    quiet = 'quiet = { from = "22:00", to = "06:30", timezone = "Europe/London", days = ["mon", "sun"] }'
    assert _read(route).routes[0].quiet is None
    assert _read(route + quiet).routes[0].quiet == QuietHours(
        start=time(22), end=time(6, 30), timezone="Europe/London", days=(0, 6)
    )


def test_two_signing_secrets_serve_a_rotation() -> None:
    """Several secrets in one value are kept in order, newest first."""
    newer = "whsec_" + base64.b64encode(bytes(24)).decode()
    (webhook,) = _read(WEBHOOK.replace(WHSEC, f"{newer} {WHSEC}")).destinations
    assert isinstance(webhook, Webhook)
    assert webhook.secrets == (Secret(newer), Secret(WHSEC))


def test_a_local_fake_may_stand_in_for_slack_over_http() -> None:
    """Plain http is allowed to this machine alone, and the API's URL always ends with a slash."""
    (slack,) = _read(SLACK + 'api_url = "http://127.0.0.1:9/api"').destinations
    assert isinstance(slack, Slack)
    assert slack.api_url == "http://127.0.0.1:9/api/"


@pytest.mark.parametrize(
    "cidr",
    ["169.254.0.0/16", "169.254.169.254", "fe80::/10", "fe80::1/128", "168.63.129.16", "fd00:ec2::254",
     "::ffff:169.254.169.254", "100.100.100.200/32", "192.0.0.192", "fd20:ce::254"],
)  # fmt: skip
def test_metadata_and_link_local_can_never_be_allowed(cidr: str) -> None:
    """What the connection guard never opens is a fault in the file, so that nobody believes it open."""
    (fault,) = _faults(f'network.allow = ["{cidr}"]')
    assert "link-local or cloud metadata and can never be allowed; remove it" in fault
    address = str(ip_network(cidr).network_address)
    assert "never" in str(address_verdict(address, 80, [ip_network(cidr)], [80]))


def test_a_broad_network_is_accepted() -> None:
    """0.0.0.0/0 opens private addresses; the guard keeps metadata closed all the same."""
    (network,) = _read('network.allow = ["0.0.0.0/0"]').network.allow
    assert address_verdict("10.1.2.3", 22, [network], [80]) is None
    assert address_verdict("169.254.169.254", 80, [network], [80]) is not None


def test_a_secret_can_come_from_the_environment_or_a_file(tmp_path: Path) -> None:
    """NAME_env and NAME_file give the same secret as NAME; white space around it does not count."""
    (tmp_path / "token").write_text("xoxb-1\n")
    (tmp_path / "token").chmod(0o600)
    by_file = _read(SLACK.replace('token = "xoxb-1"', 'token_file = "token"'), HOME, tmp_path)
    by_name = _read(SLACK.replace('token = "xoxb-1"', 'token_env = "T"'), {**HOME, "T": "xoxb-1"})
    assert by_file.destinations == by_name.destinations == _read(SLACK).destinations


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_a_secret_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """The fault says which command cures it."""
    path = tmp_path / "token"
    path.write_text("xoxb-1")
    path.chmod(0o640)
    (fault,) = _faults(SLACK.replace('token = "xoxb-1"', 'token_file = "token"'), HOME, tmp_path)
    assert fault == f"f.toml: destination[0].token_file: cannot use {path}: others may read it; run: chmod 600 {path}"


def test_secrets_that_cannot_be_had_are_faults(tmp_path: Path) -> None:
    """A missing variable, an empty one, a missing file, a binary file and a second form are each told."""
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "binary").chmod(0o600)
    text = SOURCE + (
        'auth_env = "NOPE"\nproxy_env = "EMPTY"\nheaders = { A_file = "gone", B_file = "binary" }\n'
        'cookies = { c_env = "xoxb-12" }'
    )
    assert [fault.removeprefix("f.toml: source[0].") for fault in _faults(text, {"EMPTY": " "}, tmp_path)] == [
        f"headers.A_file: cannot use {tmp_path}/gone: No such file or directory; check the path and its rights",
        f"headers.B_file: cannot use {tmp_path}/binary: it is not UTF-8 text; write the secret into it as text",
        "cookies.c_env: is not the name of an environment variable; name the variable, not the secret",
        "auth_env: the environment has no NOPE; export it before starting",
        "proxy_env: is empty; give it a value, or leave the key out",
    ]


def test_no_fault_shows_a_secret() -> None:
    """Bad secrets, URLs of destinations and keys that hold a token are told without their value."""
    found = "\n".join(
        _faults(
            'xoxb-topsecret = 1\n[redis]\nurl = "http://:topsecret@h"\n'
            '[[source]]\nname = "a"\nurl = "https://u:topsecret@h"\nauth = "topsecret"\nproxy = "ftp://topsecret"\n'
            'cookies = { a = "topsecret;" }\nheaders = { a = "topsecret\\n" }\n'
            '[[destination]]\nname = "w"\ntype = "webhook"\nurl = "http://topsecret"\nsecret = "whsec_topsecret"\n'
            '[[destination]]\nname = "s"\ntype = "slack"\nurl = "http://h.example/topsecret"\ntoken = "topsecret x"\n'
        )
    )
    assert "topsecret" not in found
    assert found.count("\n") >= 9


def test_hostile_keys_cannot_forge_a_line() -> None:
    """A key with a line break or an escape sequence stays on its fault's line."""
    (fault,) = _faults('"a\\nf.toml: fine\\u001b[2J\\u0085" = 1')
    assert fault.isprintable()


@pytest.mark.parametrize(
    ("environ", "where"),
    [
        ({"HOME": "/h"}, "/h/.local/state/stetwatch"),
        ({"HOME": "/h", "XDG_STATE_HOME": "/x"}, "/x/stetwatch"),
        ({"HOME": "/h", "XDG_STATE_HOME": "relative"}, "/h/.local/state/stetwatch"),
        ({"HOME": "/h", "XDG_STATE_HOME": "/x", "STETWATCH_DATA_DIR": "~/d"}, "/h/d"),
    ],
)
def test_the_data_directory_has_a_default(environ: dict[str, str], where: str) -> None:
    """$STETWATCH_DATA_DIR, else the XDG state directory, else ~/.local/state."""
    assert _read("", environ).data_dir == Path(where)


def test_without_a_path_the_file_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """$STETWATCH_CONFIG, else ./stetwatch.toml, else nothing but defaults."""
    monkeypatch.chdir(tmp_path)
    assert load_file(None, environ=HOME).sources == ()
    Path("stetwatch.toml").write_text(SOURCE)
    assert load_file(None, environ=HOME).sources[0].name == "a"
    Path("other.toml").write_text("\ufeff" + SOURCE.replace('"a"', '"b"'), encoding="utf-8")
    assert load_file(None, environ={**HOME, "STETWATCH_CONFIG": "other.toml"}).sources[0].name == "b"


@pytest.mark.parametrize(
    ("path", "what"), [("gone.toml", "no such file"), (".", "cannot be read"), ("bin", "is not UTF-8")]
)
def test_a_file_that_cannot_be_read_is_one_fault(tmp_path: Path, path: str, what: str) -> None:
    """A missing file, a folder and a binary file each get a line with a cure."""
    (tmp_path / "bin").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError) as caught:
        load_file(tmp_path / path, environ=HOME)
    assert what in str(caught.value)
    assert ";" in str(caught.value)


def test_urls_networks_and_data_dir_come_from_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They add to the file; the data directory is absolute, for the child processes that get it."""
    monkeypatch.chdir(tmp_path)
    settings = load_file(
        None, urls=["https://www.news.example/live/day"], allow=["127.0.0.0/8"], data_dir=Path("d"), environ=HOME
    )
    assert [source.name for source in settings.sources] == ["news.example-live-day"]
    assert settings.access.keys() == {"news.example-live-day"}
    assert settings.network.allow == (ip_network("127.0.0.0/8"),)
    assert settings.data_dir == tmp_path / "d"


def test_faults_of_file_and_command_line_come_together(tmp_path: Path) -> None:
    """One error holds them all."""
    (tmp_path / "f.toml").write_text("x = 1")
    with pytest.raises(ConfigError) as caught:
        load_file(tmp_path / "f.toml", urls=["https://u:p@h/"], allow=["x"], environ=HOME)
    assert [fault.split(": ")[1] for fault in caught.value.faults] == ["x", "--allow[0]", "--url[0]"]


PAGE = st.sampled_from(
    ["/", "/live/day", "/live/day?page=2", "/live-day", "/" + "x" * 90, "/" + "x" * 91, "", "/é", "/a b"]
)


@given(st.lists(st.tuples(st.sampled_from(["http://a.example", "https://a.example", "http://[::1]:8080"]), PAGE)))
def test_sources_of_urls_have_unique_lasting_names(given_urls: list[tuple[str, str]]) -> None:
    """Any list of pages yields valid, distinct names, the same in any order."""
    urls = [host + path.replace(" ", "%20") for host, path in given_urls] + ["http://new/", "http://preview"]
    forward, backward = (
        {source.url: source.name for source in load_file(None, urls=some, environ=HOME).sources}
        for some in (urls, urls[::-1])
    )
    assert forward == backward
    assert len(set(forward.values())) == len(set(urls))
    for name in forward.values():
        assert _read(f'[[source]]\nname = "{name}"\nurl = "http://x.example"').sources[0].name == name


def test_a_page_the_file_watches_is_not_added_again(tmp_path: Path) -> None:
    """The configured source stands, with its name; a taken name is marked."""
    (tmp_path / "f.toml").write_text(SOURCE.replace('"a"', '"x.example"'))
    sources = load_file(
        tmp_path / "f.toml", urls=["https://news.example/live", "https://x.example/"], environ=HOME
    ).sources
    assert [source.name.partition("-")[0] for source in sources] == ["x.example", "x.example"]
    assert sources[0].name != sources[1].name


def test_the_documented_defaults_are_the_built_in_ones() -> None:
    """config/stetwatch.toml says what happens without it."""
    assert _read(config.default_text()) == _read("")


def test_the_newsroom_example_loads() -> None:
    """The example file is whole, given its two secrets."""
    path = ROOT / "config/examples/newsroom.toml"
    settings = load_file(path, environ={**HOME, "ARCHIVE_SECRET": WHSEC, "SLACK_BOT_TOKEN": "xoxb-1"})
    assert (len(settings.sources), len(settings.destinations), len(settings.routes)) == (2, 2, 3)
    assert settings.data_dir == path.parent / "state"


def test_a_recording_describes_its_source() -> None:
    """recording.toml holds one [source] table, read by the same rules; its secrets may not come from elsewhere."""
    source = load_recording('[source]\nname = "a"\nurl = "https://x.example"\ntags = ["t"]', origin="recording.toml")
    assert (source.name, source.tags) == ("a", ("t",))
    with pytest.raises(ConfigError, match=r"recording\.toml: source\.auth_file: cannot use key"):
        load_recording('[source]\nname = "a"\nurl = "https://x.example"\nauth_file = "key"', origin="recording.toml")
    with pytest.raises(ConfigError, match=r"recording\.toml: source: missing"):
        load_recording("", origin="recording.toml")


def _validator() -> Any:
    schema = config.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_schema_accepts_what_loads() -> None:
    """The defaults and the example are valid by the published JSON Schema."""
    validator = _validator()
    for text in (config.default_text(), (ROOT / "config/examples/newsroom.toml").read_text(encoding="utf-8")):
        validator.validate(tomllib.loads(text))


@pytest.mark.parametrize(
    "text",
    ["x = 1", "redis = {url = 'a', url_env = 'b'}", "[[source]]\nname = 'a'", SOURCE + "poll.min = 'soon'",
     SOURCE.replace('"a"', '"preview"'),
     "[[destination]]\nname = 'd'\ntype = 'mail'", WEBHOOK + "secret_env = 'S'", WEBHOOK + "channel = 'c'",
     WEBHOOK + "[[route]]\nto = []", "network.ports = [0]", SOURCE + "extract.format = 'xml'"],
)  # fmt: skip
def test_the_schema_refuses_what_does_not_load(text: str) -> None:
    """Unknown keys, two forms of a secret, missing keys and bad values fail in both."""
    assert _faults(text)
    assert not _validator().is_valid(tomllib.loads(text))
