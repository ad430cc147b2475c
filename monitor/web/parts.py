"""What the pages stand on, handed in by the bootstrap."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from monitor.ports.deliveries import DeliveryDesk
from monitor.ports.numbers import Numbers
from monitor.ports.preview import Draft, Preview
from monitor.ports.records import Records
from monitor.ports.sourcing import SourceDesk


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Ports and the clock. What is synchronous is called in a thread (``asyncio.to_thread``).

    ``destinations`` are those configured: name → kind (``webhook``, ``slack``), in the order of the file.
    ``monotonic_s`` counts seconds from no known beginning, and never goes back as ``now`` may.
    ``absent`` names the roles that are needed and not alive; it is synchronous, and raises InfrastructureError.
    """

    records: Records
    sources: SourceDesk
    numbers: Numbers
    deliveries: DeliveryDesk
    destinations: Mapping[str, str]
    draft: Draft
    preview: Preview
    now: Callable[[], datetime]
    absent: Callable[[], Sequence[str]] = tuple
    monotonic_s: Callable[[], float] = time.monotonic


PARTS: web.AppKey[Parts] = web.AppKey("parts", Parts)


def web_parts(request: web.Request) -> Parts:
    """The parts of the application that answers."""
    return request.app[PARTS]
