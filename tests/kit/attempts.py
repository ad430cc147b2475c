"""Deliveries as a notifier would hand them to a sender."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import aiohttp

from monitor.adapters.guard import Guard
from monitor.core.deliver.wire import encode
from monitor.model import Change, Delivery, Secret

SECRET = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
ROTATED = Secret("whsec_" + "QUJD" * 12)


def utc_now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)


def delivery(change: Change, *, redelivery: bool = False, memory: Mapping[str, str] | None = None) -> Delivery:
    """The head of a lane of ``desk``."""
    return Delivery(
        destination="desk",
        lane=f"{change.source.name}/{change.subject}",
        change_id=change.id,
        body=encode(change),
        attempts=0,
        first_at=utc_now(),
        token=1,
        redelivery=redelivery,
        memory=memory or {},
    )


@asynccontextmanager
async def guarded_session(*allow: str) -> AsyncIterator[aiohttp.ClientSession]:
    """A session that reaches loopback, or only what is allowed."""
    async with Guard(allow or ("127.0.0.0/8",)).session() as session:
        yield session
