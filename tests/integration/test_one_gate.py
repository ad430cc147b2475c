"""Every way out goes through the guard: pages, webhooks, Slack by token, by incoming webhook and by websocket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest

from monitor.adapters.guard import Guard
from monitor.adapters.http import opened_fetcher
from monitor.adapters.slack import SlackSender
from monitor.adapters.slack.api import Api, Trouble
from monitor.adapters.webhook import WebhookSender
from monitor.model import Access, Secret, Slack, Source, Webhook
from monitor.ports import Failed, Pause, Retry, Validators
from tests.kit.addresses import FORBIDDEN, NEVER, SPELLINGS, every_address
from tests.kit.attempts import SECRET, delivery, utc_now
from tests.kit.changes import edited

Way = Callable[[Guard, aiohttp.ClientSession, str], Awaitable[str]]
"""Asks for a URL as the product would; the one line of reason it gives for not having got there."""

TOKEN = Secret("xoxb-test")


async def by_fetcher(guard: Guard, session: aiohttp.ClientSession, url: str) -> str:  # noqa: ARG001
    """A poll."""
    async with opened_fetcher(guard, now=utc_now) as fetcher:
        outcome = await fetcher.fetch(Source(name="live", url=url), Access(), Validators())
    assert isinstance(outcome, Failed), outcome
    return outcome.reason


async def by_webhook(guard: Guard, session: aiohttp.ClientSession, url: str) -> str:  # noqa: ARG001
    """A signed POST."""
    there = Webhook(name="desk", url=Secret(url), secrets=(SECRET,), allow_http=True)
    outcome = await WebhookSender(session, there, now=utc_now).send(delivery(edited()))
    assert isinstance(outcome, Retry), outcome
    return outcome.reason


async def by_slack(guard: Guard, session: aiohttp.ClientSession, url: str) -> str:  # noqa: ARG001
    """``chat.postMessage``."""
    there = Slack(name="desk", channel="C0DESK", token=TOKEN, api_url=url)
    outcome = await SlackSender(session, there, now=utc_now).send(delivery(edited()))
    assert isinstance(outcome, Retry | Pause), outcome
    return outcome.reason


async def by_incoming_webhook(guard: Guard, session: aiohttp.ClientSession, url: str) -> str:  # noqa: ARG001
    """A flat message."""
    outcome = await SlackSender(session, Slack(name="desk", url=Secret(url)), now=utc_now).send(delivery(edited()))
    assert isinstance(outcome, Retry | Pause), outcome
    return outcome.reason


async def by_app(guard: Guard, session: aiohttp.ClientSession, url: str) -> str:  # noqa: ARG001
    """``apps.connections.open``."""
    answer = await Api(session, Secret("xapp-test"), url, utc_now).call("apps.connections.open", {})
    assert isinstance(answer, Trouble), answer
    return answer.retry.reason


WAYS = [by_fetcher, by_webhook, by_slack, by_incoming_webhook, by_app]


@pytest.fixture
async def guarded() -> AsyncIterator[tuple[Guard, aiohttp.ClientSession]]:
    """The guard as it stands without any configuration."""
    guard = Guard()
    async with guard.session() as session:
        yield guard, session


@pytest.mark.parametrize("way", WAYS)
async def test_no_spelling_of_loopback_is_reached(way: Way, guarded: tuple[Guard, aiohttp.ClientSession]) -> None:
    """However loopback is written in a configured URL, not one connection arrives."""
    async with every_address() as sites, asyncio.timeout(30):
        for spelling in SPELLINGS:
            assert await way(*guarded, spelling.format(port=sites[0].port))
        assert sum(site.connections for site in sites) == 0


@pytest.mark.parametrize("way", WAYS)
async def test_no_address_of_the_table_is_asked(way: Way, guarded: tuple[Guard, aiohttp.ClientSession]) -> None:
    """Every private, reserved or metadata address is refused before a connection is begun."""
    async with asyncio.timeout(30):
        for address in FORBIDDEN + NEVER:
            if address.count(".") == 3 or ":" in address:
                host = f"[{address}]" if ":" in address else address
                reason = await way(*guarded, f"http://{host}:80/")
                assert "blocked" in reason or "URL" in reason or "no request" in reason, (address, reason)
