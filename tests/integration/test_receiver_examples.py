"""The receivers in ``examples/``, started as a reader would start them, against our own sender."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from monitor.adapters.webhook import WebhookSender
from monitor.core.deliver.sign import key, sign
from monitor.core.deliver.wire import encode
from monitor.model import Secret, Webhook
from monitor.ports import Delivered, Retry, SendOutcome
from tests.kit.attempts import ROTATED, SECRET, delivery, guarded_session, utc_now
from tests.kit.changes import edited, failing
from tests.kit.cli import ROOT, environment
from tests.kit.waiting import wait_for_sync

STRANGER = Secret("whsec_" + "U3Ry" * 12)
NODE = shutil.which("node")
RECEIVERS = [
    pytest.param([sys.executable, "examples/receiver_python.py"], id="python"),
    pytest.param(
        [NODE or "node", "examples/receiver_node.mjs"],
        id="node",
        marks=pytest.mark.skipif(NODE is None, reason="node is not installed here: its receiver was not tried"),
    ),
]


@dataclass(frozen=True)
class Consumer:
    """A receiver's process: where it listens, and what it told."""

    url: str
    log: Path

    def told(self) -> list[list[object]]:
        """The changes it told on standard output, in order."""
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]


@contextlib.contextmanager
def consumer(command: Sequence[str], folder: Path) -> Iterator[Consumer]:
    """Start a receiver that knows two secrets."""
    log, errors = folder / "out", folder / "err"
    secrets = f"{ROTATED.reveal()} {SECRET.reveal()}"
    with (
        log.open("wb") as out,
        errors.open("wb") as err,
        subprocess.Popen(
            [*command, "0"], cwd=ROOT, stdout=out, stderr=err, env=environment() | {"STETWATCH_SECRET": secrets}
        ) as process,
    ):
        try:
            found = wait_for_sync(lambda: re.search(r"http://\S+", errors.read_text()), within_s=15)
            assert found is not None
            yield Consumer(found[0], log)
        finally:
            process.kill()


async def sent(
    session: aiohttp.ClientSession, url: str, change_id: str, secret: Secret, now: Callable[[], datetime] = utc_now
) -> SendOutcome:
    """What our sender makes of sending one edit there."""
    change = edited(change_id)
    webhook = Webhook(name="desk", url=Secret(url), secrets=(secret,), allow_http=True)
    return await WebhookSender(session, webhook, now=now).send(delivery(change))


def headers(body: bytes, **other: str) -> dict[str, str]:
    """Valid headers for ``body``, some replaced: ``id``, ``timestamp``, ``signature``."""
    now = int(time.time())
    ours = {"id": "chg_9", "timestamp": str(now), "signature": sign("chg_9", now, body, [key(SECRET)])}
    return {f"webhook-{name}": value for name, value in (ours | other).items()}


@pytest.mark.parametrize("command", RECEIVERS)
async def test_the_example_tells_each_change_once_and_refuses_strangers(command: list[str], tmp_path: Path) -> None:
    """Signed changes are told, duplicates and redeliveries answered but not told again; a wrong secret, an old or
    future timestamp are refused; either secret of a rotation is accepted."""
    with consumer(command, tmp_path) as receiver:
        async with guarded_session() as session:
            assert isinstance(await sent(session, receiver.url, "chg_1", SECRET), Delivered)
            assert isinstance(await sent(session, receiver.url, "chg_1", SECRET), Delivered)
            assert isinstance(await sent(session, receiver.url, "chg_1", ROTATED), Delivered)
            assert isinstance(await sent(session, receiver.url, "chg_2", ROTATED), Delivered)
            for secret, away_s in ((STRANGER, 0), (SECRET, -330), (SECRET, 330)):
                now = lambda away_s=away_s: utc_now() + timedelta(seconds=away_s)  # noqa: E731
                outcome = await sent(session, receiver.url, "chg_3", secret, now)
                assert isinstance(outcome, Retry)
                assert outcome.reason.startswith("HTTP 401")

            assert [told[:2] for told in receiver.told()] == [["chg_1", "post.edited"], ["chg_2", "post.edited"]]


@pytest.mark.parametrize("command", RECEIVERS)
async def test_the_example_survives_whatever_a_stranger_sends(command: list[str], tmp_path: Path) -> None:
    """Missing, garbled and non-ASCII headers, an altered or binary body: 401 each; too long a body: 413; then a good
    one, full of unicode and without a post, is still told."""
    body = encode(failing("chg_9", reason="Ünïcödé 🎈 東京"))
    right = headers(body)["webhook-signature"]
    refused: list[tuple[bytes, dict[str, str]]] = [
        (body, {}),
        (body, {name: value for name, value in headers(body).items() if name != "webhook-id"}),
        (body, headers(body, signature="garbage")),
        (body, headers(body, signature="v1,,,")),
        (body, headers(body, signature=right.replace("v1,", "v2,"))),
        (body, headers(body, signature="v1,é")),
        (body, headers(body, timestamp="now")),
        (body, headers(body, timestamp="9" * 400)),
        (body, headers(body, id="chg_8")),
        (body + b"\n", headers(body)),
        (b"\xff\xfe\x00", headers(body)),
        (b"", headers(body)),
    ]

    with consumer(command, tmp_path) as receiver:
        async with aiohttp.ClientSession() as session:
            for altered, sent_headers in refused:
                async with session.post(receiver.url, data=altered, headers=sent_headers) as response:
                    assert response.status == 401, sent_headers
            with contextlib.suppress(aiohttp.ClientConnectionError):  # it may hang up before all is written
                async with session.post(receiver.url, data=b"x" * 1_040_000) as response:
                    assert response.status == 413
            nonsense = b"signed, and no JSON"
            async with session.post(receiver.url, data=nonsense, headers=headers(nonsense)) as response:
                assert response.status == 500
            good = headers(body)
            good["webhook-signature"] = f"v1a,AA== {good['webhook-signature']}"
            async with session.post(receiver.url, data=body, headers=good) as response:
                assert response.status == 204

            assert receiver.told() == [["chg_9", "source.failing", None]]


@pytest.mark.parametrize("command", RECEIVERS)
def test_the_example_without_a_secret_says_what_to_set(command: list[str]) -> None:
    """It never runs unverified."""
    ended = subprocess.run([*command, "0"], cwd=ROOT, capture_output=True, text=True, check=False, env=environment())

    assert (ended.returncode, ended.stdout) == (1, "")
    assert "STETWATCH_SECRET" in ended.stderr
