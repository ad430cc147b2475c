"""The receiver behind ``stetwatch webhook listen``: verifies each request, shows it, says what is wrong with it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import click

from monitor.cli.show import change_lines, console, moment, plain
from monitor.core.deliver.diagnose import Request, diagnose
from monitor.core.deliver.sign import Verified, key
from monitor.core.deliver.wire import decode
from monitor.demo.receiver import Fault, Received, Receiver
from monitor.errors import StetwatchError
from monitor.model import Secret

_CONFIG: Final = """\
[network]
allow = ["127.0.0.0/8"]        # this machine

[[destination]]
name = "listen"
type = "webhook"
url = "{url}"
allow_http = true
secret = "{secret}"
"""


async def listening(
    host: str, port: int, secrets: Sequence[str], *, made: bool, fail: int | None, once: bool, as_json: bool
) -> bool:
    """Receive until Ctrl-C, or ``once``; True when the last request verified. Raises UsageError for a bad secret.

    ``made``: the secret is this run's own, so how to configure it is shown. ``fail`` is answered to every request.
    """
    shown = Shown(secrets=secrets, as_json=as_json)
    for secret in secrets:
        key(Secret(secret))
    always = None if fail is None else Fault(status=fail)
    receiver = Receiver([Secret(secret) for secret in secrets], on_request=shown.request, always=always)
    try:
        async with receiver.serving(host=host, port=port, path="/"):
            out = console(stderr=True)
            out.print(f"listening on {receiver.url}{f', answering {fail}' if fail else ''}; Ctrl-C ends")
            if made:
                out.print(
                    f"to have changes sent here, configure:\n\n{_CONFIG.format(url=receiver.url, secret=secrets[0])}"
                )
            while not (once and receiver.requests):
                await shown.came.wait()
                shown.came.clear()
            return isinstance(receiver.requests[-1].verdict, Verified)
    except OSError as error:
        raise StetwatchError(f"cannot listen on {host}:{port}: {error.strerror}; choose another --port") from None


@dataclass
class Shown:
    """What was shown, so that a duplicate is told as one; ``came`` is set by every request."""

    secrets: Sequence[str]
    as_json: bool
    ids: set[str] = field(default_factory=set)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    def request(self, received: Received) -> None:
        """Show a request, and why it is refused."""
        verified = isinstance(received.verdict, Verified)
        again = verified and received.id in self.ids
        faults = [] if verified else self._faults(received)
        if self.as_json:
            click.echo(json.dumps(_told(received, faults, again=again), ensure_ascii=False))
        else:
            self._print(received, faults, again=again)
        if verified:
            self.ids.add(received.id)
        self.came.set()

    def _faults(self, received: Received) -> list[str]:
        request = Request(received.headers, received.body)
        return [one.words for one in diagnose(request, self.secrets, received.at.timestamp()) if not one.fine]

    def _print(self, received: Received, faults: Sequence[str], *, again: bool) -> None:
        out = console()
        replay = ", redelivered by hand" if received.headers.get("webhook-replay") == "true" else ""
        verdict = "signature ✓" if not faults else "NOT VERIFIED"
        duplicate = ", a duplicate" if again else ""
        line = f"{moment(received.at)}  {verdict}  answered {received.status}  {plain(received.id) or 'no id'}"
        out.print(f"{line}{duplicate}{replay}", style=None if not faults else "red")
        for one in faults:
            out.print(f"  ✗ {plain(one)}")
        try:
            out.print(change_lines(decode(received.body)))
        except ValueError:
            out.print(f"  no change of ours, {len(received.body)} bytes: {plain(_opening(received.body))}")


def _told(received: Received, faults: Sequence[str], *, again: bool) -> dict[str, Any]:
    try:
        body: object = json.loads(received.body)
    except ValueError:
        body = received.body.decode("utf-8", "replace")
    return {
        "at": received.at.isoformat().replace("+00:00", "Z"),
        "id": received.id,
        "verified": not faults,
        "faults": list(faults),
        "duplicate": again,
        "status": received.status,
        "headers": dict(received.headers),
        "body": body,
    }


def _opening(body: bytes) -> str:
    text = body[:200].decode("utf-8", "replace")
    return text.replace("\n", " ") + ("…" if len(body) > 200 else "")
