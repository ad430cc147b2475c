"""A channel people read, as the role that plans its messages sees it."""

from __future__ import annotations

from typing import Protocol

from monitor.core.deliver.settle import Digest, Waiting
from monitor.model import Delivery
from monitor.ports.lanes import Sender, SendOutcome


class ChannelSender(Sender, Protocol):
    """Sends single lanes' messages and digests; never raises for what the far end does."""

    def waiting(self, delivery: Delivery) -> Waiting | None:
        """A delivery as it is planned with; None for one whose body cannot be read."""
        ...

    async def send_digest(self, digest: Digest) -> SendOutcome: ...
