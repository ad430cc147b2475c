"""Wrong tokens from one address: after a few of them in a minute it waits."""

from __future__ import annotations

from collections import OrderedDict
from ipaddress import IPv6Address
from typing import Final

from monitor.web.door import address_of

MOST: Final = 10
PER_S: Final = 60.0
_REMEMBERED: Final = 10_000


class Throttle:
    """Counts wrong tokens by address (an IPv6 visitor has a /64 of them) in spans of a minute.

    ``at_s`` is by a clock that never goes back: else whoever waits would wait for as long as it went.
    """

    def __init__(self) -> None:
        self._wrong: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def wait_s(self, address: str, at_s: float) -> float:
        """How long this address must wait before its next token is looked at; 0 when it need not."""
        since_s, count = self._wrong.get(_network(address), (at_s, 0))
        return max(0.0, since_s + PER_S - at_s) if count >= MOST else 0.0

    def wrong(self, address: str, at_s: float) -> None:
        """Another wrong token came from here."""
        name = _network(address)
        since_s, count = self._wrong.pop(name, (at_s, 0))
        self._wrong[name] = (since_s, count + 1) if at_s < since_s + PER_S else (at_s, 1)
        if len(self._wrong) > _REMEMBERED:
            self._wrong.popitem(last=False)


def _network(address: str) -> str:
    found = address_of(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        return str(IPv6Address(int(found) >> 64 << 64))
    return address if found is None else str(found)
