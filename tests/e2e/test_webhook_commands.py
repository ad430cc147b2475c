"""``stetwatch webhook``, as the developer of a consumer runs it."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from click.testing import CliRunner

from monitor.adapters.webhook import WebhookSender
from monitor.cli import stetwatch as program
from monitor.config import load, read_private
from monitor.core.deliver.openapi import document
from monitor.core.deliver.sign import key, sign
from monitor.core.deliver.wire import encode
from monitor.errors import UsageError
from monitor.model import Secret, Webhook
from monitor.ports import Delivered, Retry, SendOutcome
from tests.kit.attempts import ROTATED, SECRET, delivery, guarded_session, utc_now
from tests.kit.changes import edited
from tests.kit.cli import COMMAND, environment, running, stetwatch
from tests.kit.waiting import wait_for

BODY = encode(edited())
ENV = {"HOOK_SECRET": SECRET.reveal()}


def raw(body: bytes = BODY, *, age_s: int = 0, secret: Secret = SECRET, **headers: str) -> bytes:
    """A request as a developer would have saved it."""
    at = int(time.time()) - age_s
    ours = {"id": "chg_1", "timestamp": str(at), "signature": sign("chg_1", at, body, [key(secret)])} | headers
    lines = ["POST /hook HTTP/1.1", "Host: a.example", *(f"webhook-{name}: {value}" for name, value in ours.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def verify(given: bytes, *words: str, env: dict[str, str] = ENV) -> tuple[int, str]:
    """The exit code and the output of the debugger, the request on its standard input."""
    ended = subprocess.run(
        [*COMMAND, "webhook", "verify", *(words or ("--secret-env", "HOOK_SECRET"))],
        input=given,
        capture_output=True,
        timeout=30,
        env=environment(env),
        check=False,
    )
    return ended.returncode, (ended.stdout + ended.stderr).decode()


async def send(
    session: aiohttp.ClientSession, url: str, secret: Secret = SECRET, *, redelivery: bool = False
) -> SendOutcome:
    """What our sender makes of one edit sent there."""
    webhook = Webhook(name="desk", url=Secret(url), secrets=(secret,), allow_http=True)
    return await WebhookSender(session, webhook, now=utc_now).send(delivery(edited(), redelivery=redelivery))


async def listened(log: Path) -> str:
    """The URL a listener says it has."""
    found = await wait_for(lambda: re.search(r"listening on (http://\S+?)[;,]", log.read_text("utf-8")), within_s=20)
    assert found is not None
    return found[1]


# --- secret -------------------------------------------------------------------------------------------------------


def test_a_made_secret_is_usable_and_never_the_same() -> None:
    """``whsec_`` and 32 bytes, or as many as are asked for within the limits."""
    made = [stetwatch("webhook", "secret").stdout.strip() for _ in range(2)]

    assert [len(key(Secret(one))) for one in made] == [32, 32]
    assert made[0] != made[1]
    assert len(key(Secret(stetwatch("webhook", "secret", "--bytes", "64").stdout.strip()))) == 64
    assert stetwatch("webhook", "secret", "--bytes", "23").returncode == 2


def test_a_secret_goes_into_a_private_file_and_never_over_one(tmp_path: Path) -> None:
    """Mode 600, as ``secret_file`` asks; a second time is refused, and the first secret stands."""
    path = tmp_path / "hook.secret"

    assert stetwatch("webhook", "secret", "--file", path).stdout == ""
    first = path.read_text()
    assert (path.stat().st_mode & 0o777, len(key(Secret(first.strip())))) == (0o600, 32)
    again = stetwatch("webhook", "secret", "--file", path)
    assert (again.returncode, path.read_text()) == (2, first)
    assert "destinations rotate" in again.stderr


# --- verify -------------------------------------------------------------------------------------------------------


def test_a_good_request_verifies(tmp_path: Path) -> None:
    """From standard input, from a file with a secret from a file, and with headers given one by one."""
    assert verify(raw())[0] == 0
    secret = tmp_path / "secret"
    secret.write_text(SECRET.reveal())
    secret.chmod(0o600)
    request = tmp_path / "request"
    request.write_bytes(raw())
    ended = stetwatch("webhook", "verify", request, "--secret-file", secret)
    assert (ended.returncode, ended.stdout.splitlines()[-1]) == (0, "verified")
    lines = raw().split(b"\r\n\r\n")[0].decode().split("\r\n")[2:]
    code, _ = verify(BODY, "--secret-env", "HOOK_SECRET", *(word for line in lines for word in ("-H", line)))
    assert code == 0


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "old": (lambda: raw(age_s=90_000), r"9\d{4} s old"),
    "line end": (lambda: raw() + b"\n", "without the line end"),
    "secret": (lambda: raw(secret=ROTATED), "another secret"),
    "header": (lambda: raw().replace(b"webhook-id", b"x-id"), "no webhook-id header; there is x-id"),
    "written again": (lambda: raw().replace(BODY, json.dumps(json.loads(BODY)).encode()), "parsed and written again"),
    "v1a": (lambda: raw(signature="v1a,AAAA"), "v1a"),
    "no headers": (lambda: BODY, "no headers at all"),
    "nothing": (lambda: b"", "no headers at all"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_request_is_told_precisely(what: str) -> None:
    """Exit 1, and the one thing that is wrong; the secret is never shown."""
    given, words = BAD[what]
    code, shown = verify(given())

    assert (code, shown.splitlines()[-1]) == (1, "not verified")
    assert re.search(words, shown)
    assert SECRET.reveal() not in shown


def test_a_secret_in_the_wrong_form_is_told() -> None:
    """An asymmetric key instead of a shared secret."""
    code, shown = verify(raw(), env={"HOOK_SECRET": "whsk_" + base64.b64encode(bytes(64)).decode()})

    assert code == 1
    assert "asymmetric" in shown


def test_an_old_request_is_judged_at_its_own_time() -> None:
    """With ``--at`` a kept request verifies; as JSON every finding is there."""
    given = raw(age_s=86_400)
    code, shown = verify(given, "--secret-env", "HOOK_SECRET", "--at", str(int(time.time()) - 86_400), "--json")

    told: dict[str, Any] = json.loads(shown)
    assert (code, told["verified"], told["id"]) == (0, True, "chg_1")
    assert [one["fine"] for one in told["findings"]] == [True, True]


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--secret-env", "NOT_THERE"],
        ["--secret-env", "HOOK_SECRET", "--at", "noon"],
        ["--secret-env", "HOOK_SECRET", "--secret-file", "x"],
        ["--secret-file", "/nowhere"],
        ["--secret-env", "HOOK_SECRET", "--header", "nonsense"],
        ["/nowhere", "--secret-env", "HOOK_SECRET"],
    ],
)
def test_wrong_words_exit_2(words: list[str]) -> None:
    """No secret, no such variable or file, no time, no header: one line that says what to write."""
    ended = CliRunner().invoke(program, ["webhook", "verify", *words], env=ENV, input=b"")

    assert isinstance(ended.exception, UsageError)
    assert (ended.stdout, len(str(ended.exception).splitlines())) == ("", 1)


# --- listen -------------------------------------------------------------------------------------------------------


async def test_the_listener_shows_what_came_and_what_is_wrong(tmp_path: Path) -> None:
    """A change in words, a duplicate and a redelivery as such, a stranger's request with its fault."""
    log = tmp_path / "log"
    with running("webhook", "listen", "--port", "0", "--secret-env", "HOOK_SECRET", log=log, env=ENV):
        url = await listened(log)
        async with guarded_session() as session:
            assert isinstance(await send(session, url), Delivered)
            assert isinstance(await send(session, f"{url}any/path", redelivery=True), Delivered)
            assert isinstance(await send(session, url, ROTATED), Retry)
            async with session.post(url, data=b"\x1b[2Jhello") as response:
                assert response.status == 401
    shown = log.read_text("utf-8")

    assert shown.count("signature ✓") == 2
    assert shown.count("a duplicate, redelivered by hand") == 1
    assert "made with another secret" in shown
    assert "[-14-]{+17+}" in shown
    assert "no change of ours, 9 bytes" in shown
    assert "\x1b" not in shown
    assert SECRET.reveal() not in shown


async def test_the_listener_makes_a_secret_and_shows_how_to_configure_it(tmp_path: Path) -> None:
    """Without a secret: the lines it prints are a configuration, and what is signed by it verifies; `--once` ends."""
    log = tmp_path / "log"
    with running("webhook", "listen", "--port", "0", "--once", log=log) as process:
        url = await listened(log)
        await wait_for(lambda: "\nsecret = " in log.read_text("utf-8"))
        table = re.search(r"\[network\].*?\nsecret = \S+\n", log.read_text("utf-8"), re.DOTALL)
        assert table is not None
        settings = load(table[0], origin="pasted", environ={}, read_file=read_private, folder=tmp_path)
        (destination,) = settings.destinations
        assert isinstance(destination, Webhook)
        assert destination.url.reveal() == url == tomllib.loads(table[0])["destination"][0]["url"]
        async with guarded_session(*map(str, settings.network.allow)) as session:
            outcome = await WebhookSender(session, destination, now=utc_now).send(delivery(edited()))
        assert isinstance(outcome, Delivered)
        assert await wait_for(lambda: process.poll() is not None)
        assert process.returncode == 0


async def test_the_listener_fails_on_demand_and_speaks_json(tmp_path: Path) -> None:
    """``--fail 503`` is answered to what verifies; ``--json`` prints objects; ``--once`` with a stranger exits 1."""
    log = tmp_path / "log"
    words = ("webhook", "listen", "--port", "0", "--secret-env", "HOOK_SECRET", "--json")
    with running(*words, "--fail", "503", log=log, env=ENV):
        url = await listened(log)
        async with guarded_session() as session:
            outcome = await send(session, url)
        assert isinstance(outcome, Retry)
        assert outcome.reason.startswith("HTTP 503")
    told = json.loads(log.read_text("utf-8").splitlines()[-1])
    assert (told["id"], told["verified"], told["status"], told["duplicate"]) == ("chg_1", True, 503, False)
    assert told["body"] == json.loads(BODY)
    log.unlink()
    with running(*words, "--once", log=log, env=ENV) as process:
        async with guarded_session() as session:
            assert isinstance(await send(session, await listened(log), ROTATED), Retry)
        assert await wait_for(lambda: process.poll() is not None)
        assert process.returncode == 1


def test_the_document_is_printed() -> None:
    """``webhook openapi`` prints what stands in the tree."""
    assert json.loads(stetwatch("webhook", "openapi").stdout) == document()
