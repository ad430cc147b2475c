"""Signed webhooks over real HTTP, to the demo's receiver and to servers that misbehave."""

import asyncio
import contextlib
import gzip
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import aiohttp
import pytest
import standardwebhooks
import svix.webhooks
from aiohttp import web

from monitor.adapters.webhook import WebhookSender
from monitor.core.deliver.sign import Refused, Verified
from monitor.core.deliver.wire import encode
from monitor.demo.receiver import Fault, Receiver, served
from monitor.errors import ConfigError
from monitor.model import Secret, Webhook
from monitor.ports import Attempt, Delivered, GaveUp, Retry, SendOutcome
from tests.kit.attempts import ROTATED, SECRET, delivery, guarded_session, utc_now
from tests.kit.changes import edited

NEVER = "Mon, 01 Jan 2024 00:00:00 +99999999999999999"
"""A Retry-After date beyond what any date can be."""


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A guarded session that may reach loopback."""
    async with guarded_session() as session:
        yield session


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver that knows our secret."""
    async with Receiver([SECRET]).serving() as receiver:
        yield receiver


def sender(session: aiohttp.ClientSession, url: str, **parts: object) -> WebhookSender:
    """A sender to ``url``, plain HTTP allowed."""
    webhook = Webhook(name="desk", url=Secret(url), secrets=(SECRET,), allow_http=True)
    return WebhookSender(session, replace(webhook, **parts), now=utc_now)  # type: ignore[arg-type]  # any part of it


def bare(outcome: SendOutcome) -> SendOutcome:
    """The outcome without what its attempt was like."""
    return replace(outcome, attempt=None)


async def test_a_change_arrives_signed_and_byte_for_byte(session: aiohttp.ClientSession, receiver: Receiver) -> None:
    """The receiver gets the frozen bytes, our headers, and a signature that three implementations verify."""
    change = edited()
    outcome = await sender(session, receiver.url, headers={"X-Desk": Secret("a"), "Webhook-Id": Secret("forged")}).send(
        delivery(change)
    )

    (received,) = receiver.taken
    assert bare(outcome) == Delivered(status=204)
    assert received.body == encode(change)
    assert received.verdict == Verified(change.id)
    standardwebhooks.Webhook(SECRET.reveal()).verify(received.body, dict(received.headers))
    svix.webhooks.Webhook(SECRET.reveal()).verify(received.body, dict(received.headers))
    assert received.headers["content-type"] == "application/json"
    assert received.headers["user-agent"].startswith("Stetwatch/")
    assert received.headers["x-desk"] == "a"
    assert "webhook-replay" not in received.headers


async def test_a_redelivery_says_so(session: aiohttp.ClientSession, receiver: Receiver) -> None:
    """A delivery repeated by hand keeps its id and bytes and carries ``webhook-replay: true``."""
    change = edited()
    await sender(session, receiver.url).send(delivery(change))
    await sender(session, receiver.url).send(delivery(change, redelivery=True))

    first, second = receiver.taken
    assert (first.id, first.body) == (second.id, second.body)
    assert second.headers["webhook-replay"] == "true"


async def test_a_rotation_signs_with_both_secrets(session: aiohttp.ClientSession, receiver: Receiver) -> None:
    """While a new secret is introduced, receivers that know only the old one still verify."""
    change = edited()
    await sender(session, receiver.url, secrets=(ROTATED, SECRET)).send(delivery(change))
    await sender(session, receiver.url, secrets=(ROTATED,)).send(delivery(change))

    assert isinstance(receiver.requests[0].verdict, Verified)
    assert isinstance(receiver.requests[1].verdict, Refused)


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (Fault(status=500), Retry(reason="HTTP 500", trips=True)),
        (Fault(status=404), Retry(reason="HTTP 404", hopeless=True)),
        (Fault(status=502, headers={"retry-after": "7"}), Retry(reason="HTTP 502", after_s=7.0, trips=True)),
        (Fault(status=429, headers={"retry-after": "7"}), Retry(reason="HTTP 429", after_s=7.0, counts=False)),
        (Fault(status=503, headers={"retry-after": "7"}), Retry(reason="HTTP 503", after_s=7.0, counts=False)),
        (Fault(status=429), Retry(reason="HTTP 429")),
        (Fault(status=410), GaveUp(reason="HTTP 410: the receiver wants no more", disable=True)),
        (
            Fault(status=400, headers={"webhook-delivery": "disable"}),
            GaveUp(reason="HTTP 400: the receiver asks to be disabled", disable=True),
        ),
        (
            Fault(status=500, headers={"webhook-delivery": "abort-message"}),
            GaveUp(reason="HTTP 500: the receiver does not want this one"),
        ),
        (Fault(status=429, headers={"retry-after": NEVER}), Retry(reason="HTTP 429")),
        (Fault(status=202), Delivered(status=202)),
        (Fault(status=200, headers={"retry-after": NEVER}), Delivered(status=200)),
    ],
    ids=[
        "500", "404", "502 wait", "429 wait", "503 wait", "429", "410", "disable", "abort", "429 never", "202",
        "200 never",
    ],
)  # fmt: skip
async def test_every_status_has_its_outcome(
    session: aiohttp.ClientSession, receiver: Receiver, fault: Fault, outcome: object
) -> None:
    """2xx is success, whatever its headers say, and nothing else is; 410 closes the destination.

    A wish to wait costs no attempt; one that no calendar knows is none.
    """
    receiver.faults.append(fault)
    change = edited()

    assert bare(await sender(session, receiver.url).send(delivery(change))) == outcome


async def test_an_attempt_is_remembered_with_what_was_answered(
    session: aiohttp.ClientSession, receiver: Receiver
) -> None:
    """Time, status and address of every attempt, and the beginning of a refusal; never that of an acceptance."""
    receiver.faults.append(Fault(status=500, body="no \x1b[31mroom" + "x" * 5_000))
    refused = (await sender(session, receiver.url).send(delivery(edited()))).attempt
    taken = (await sender(session, receiver.url).send(delivery(edited()))).attempt

    assert refused is not None
    assert taken is not None
    assert (refused.status, refused.address, refused.answer[:12], len(refused.answer)) == (
        500, "127.0.0.1", "no [31mroomx", 1_023,
    )  # fmt: skip
    assert 0 < refused.duration_s < 5
    assert replace(taken, duration_s=0.0) == Attempt(status=204, address="127.0.0.1")


async def test_a_redirect_is_a_failure_and_not_followed(session: aiohttp.ClientSession, receiver: Receiver) -> None:
    """No 3xx leads anywhere: its target is never asked."""
    change = edited()
    async with Receiver([SECRET]).serving() as target:
        for status in (301, 302, 303, 307, 308):
            receiver.faults.append(Fault(status=status, headers={"location": target.url}))
            outcome = await sender(session, receiver.url).send(delivery(change))
            assert isinstance(outcome, Retry)
            assert outcome.reason.startswith(f"HTTP {status}: a redirect")
        assert target.requests == []


async def test_connection_faults_are_retried_in_words_without_the_url(
    session: aiohttp.ClientSession, receiver: Receiver
) -> None:
    """A closed port, a dropped connection and a forbidden address are told without path, query or secret."""
    change, secret_path = edited(), "/hook?token=hush"
    receiver.faults.append(Fault(drop=True))
    dropped = await sender(session, receiver.url).send(delivery(change))
    refused = await sender(session, f"http://127.0.0.1:1{secret_path}").send(delivery(change))
    async with guarded_session("192.0.2.0/24") as strict:
        blocked = await sender(strict, receiver.url + "?token=hush").send(delivery(change))

    assert bare(dropped) == Retry(reason="the server closed the connection without an answer", trips=True)
    assert isinstance(refused, Retry)
    assert isinstance(blocked, Retry)
    assert (blocked.trips, blocked.hopeless) == (False, True)
    assert "blocked" in blocked.reason
    assert not any("hush" in one.reason or "/hook" in one.reason for one in (refused, blocked))
    assert receiver.taken == []


async def test_headers_with_line_breaks_are_never_sent(session: aiohttp.ClientSession, receiver: Receiver) -> None:
    """A configured header that would smuggle another one is a fault told as such."""
    change = edited()
    outcome = await sender(session, receiver.url, headers={"x-a": Secret("1\r\nx-b: 2")}).send(delivery(change))

    assert isinstance(outcome, Retry)
    assert receiver.requests == []


async def test_an_endless_answer_does_not_hold_the_sender(session: aiohttp.ClientSession) -> None:
    """Of a response that never ends only its beginning is read: its status has said all."""
    change = edited()

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while True:
                await response.write(b"x" * 65_536)
        return response

    app = web.Application()
    app.router.add_post("/hook", endless)
    async with served(app, "127.0.0.1", 0) as port:
        outcome = await sender(session, f"http://127.0.0.1:{port}/hook").send(delivery(change))

    assert bare(outcome) == Delivered(status=200)


@contextlib.asynccontextmanager
async def speaking(write: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[str]:
    """A server that answers a request in its own way, until it is hung up on; yields its URL."""
    over = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            await write(writer)
            await reader.read()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        over.set()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
        async with asyncio.timeout(5):
            await over.wait()


async def test_an_answer_that_drips_is_cut_off(session: aiohttp.ClientSession) -> None:
    """A byte of a header now and then, for ever: the attempt ends with its time, and counts as a trip."""

    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nx: ")
        while not writer.is_closing():
            writer.write(b"y")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with speaking(drip) as url:
        outcome = await sender(session, url, timeout_s=0.3).send(delivery(edited()))
    assert bare(outcome) == Retry(reason="no answer within 0.3 s", trips=True)


async def test_a_bomb_of_an_answer_does_not_go_off(session: aiohttp.ClientSession) -> None:
    """150 MB of nothing in 150 kB of gzip stay folded, and a header of ten megabytes ends the attempt."""
    bomb = gzip.compress(bytes(150_000_000), 1)

    async def folded(writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 500 No\r\ncontent-encoding: gzip\r\ncontent-length: {len(bomb)}\r\n\r\n"
        writer.write(head.encode() + bomb)
        await writer.drain()

    async def broad(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nx: ")
        for _ in range(160):
            writer.write(b"y" * 65_536)
            await writer.drain()

    tracemalloc.start()
    async with speaking(folded) as url:
        outcome = await sender(session, url).send(delivery(edited()))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    async with speaking(broad) as url:
        refused = await sender(session, url).send(delivery(edited()))

    assert bare(outcome) == Retry(reason="HTTP 500", trips=True)
    assert outcome.attempt is not None
    assert outcome.attempt.answer == ""
    assert most < 5_000_000
    assert bare(refused) == Retry(reason="a response header is too large", trips=True)


@pytest.mark.parametrize(
    ("parts", "fault"),
    [
        ({"secrets": ()}, "it has no secret"),
        ({"secrets": (Secret("whsec_hush"),)}, "24 to 64 random bytes"),
        ({"allow_http": False}, "its url is not https"),
    ],
    ids=["no secret", "bad secret", "http"],
)
async def test_an_unusable_destination_is_a_configuration_error(
    session: aiohttp.ClientSession, parts: dict[str, object], fault: str
) -> None:
    """What could never be delivered is told at the start, with the destination's name and no secret."""
    with pytest.raises(ConfigError, match=f"destination desk: .*{fault}") as refused:
        sender(session, "http://127.0.0.1/hush", **parts)

    assert "hush" not in str(refused.value)
