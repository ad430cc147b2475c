"""The clock of a signature: seconds since 1970, wherever the machine stands."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import standardwebhooks
import svix.webhooks

from monitor.adapters.webhook import WebhookSender
from monitor.bootstrap import utc_now
from monitor.core.deliver.sign import Verified
from monitor.demo.receiver import Receiver
from monitor.model import Secret, Webhook
from tests.kit.attempts import SECRET, delivery, guarded_session
from tests.kit.changes import edited


@pytest.fixture(params=["America/New_York", "Asia/Kolkata", "Pacific/Kiritimati"])
def elsewhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The process stands in another time zone."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


async def test_a_machine_in_another_zone_signs_the_right_second(elsewhere: str) -> None:
    """Signed with the clock of every role, far from Greenwich: three implementations still verify."""
    assert time.localtime().tm_zone not in ("UTC", "GMT"), elsewhere
    change = edited()
    async with Receiver([SECRET]).serving() as receiver, guarded_session() as session:
        webhook = Webhook(name="desk", url=Secret(receiver.url), secrets=(SECRET,), allow_http=True)
        await WebhookSender(session, webhook, now=utc_now).send(delivery(change))

    (received,) = receiver.taken
    assert received.verdict == Verified(change.id)
    assert abs(int(received.headers["webhook-timestamp"]) - time.time()) < 30
    standardwebhooks.Webhook(SECRET.reveal()).verify(received.body, dict(received.headers))
    svix.webhooks.Webhook(SECRET.reveal()).verify(received.body, dict(received.headers))
