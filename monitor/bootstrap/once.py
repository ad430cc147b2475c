"""What commands and forms ask for once: a visit, an attempt; and the settings a parent hands on."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import assert_never

from monitor.adapters.http import opened_fetcher
from monitor.adapters.slack import SlackSender
from monitor.adapters.webhook import WebhookSender
from monitor.bootstrap import guard, utc_now
from monitor.config import Settings, load_file
from monitor.model import Delivery, Destination, Slack, Source, Webhook
from monitor.ports import FetchOutcome, SendOutcome, Validators


def fetch_once(source: Source, settings: Settings) -> FetchOutcome:
    """One unconditional visit through the guarded connector, with the source's own headers if it is configured."""

    async def visit() -> FetchOutcome:
        async with opened_fetcher(guard(settings), now=utc_now) as fetcher:
            return await fetcher.fetch(source, settings.access_at(source), Validators())

    return asyncio.run(visit())


async def send_once(settings: Settings, destination: Destination, delivery: Delivery) -> SendOutcome:
    """One attempt through the guarded connector, past lanes, pace and breaker."""
    async with guard(settings).session() as session:
        match destination:
            case Webhook():
                return await WebhookSender(session, destination, now=utc_now).send(delivery)
            case Slack():
                return await SlackSender(session, destination, now=utc_now, site=settings.web.url).send(delivery)
            case _:
                assert_never(destination)


def settings_from_process() -> Settings:
    """The settings a parent handed to this process in its arguments (``monitor.cli.options.flags``)."""
    parser = argparse.ArgumentParser(prog="python -m workers", description="One diff worker of `stetwatch work`.")
    parser.add_argument("--config", type=Path)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--url", action="append", default=[])
    parser.add_argument("--allow", action="append", default=[])
    parser.add_argument("--log-level", default="info")
    given = parser.parse_args()
    return load_file(given.config, urls=given.url, allow=given.allow, data_dir=given.data_dir)
