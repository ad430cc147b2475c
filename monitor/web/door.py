"""Where the web role stands, and what is asked of those who come: its configuration, and what follows from it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

from monitor.core.urls import is_loopback
from monitor.model import Secret
from monitor.web.routes import Needs
from monitor.web.sessions import same_token

FORWARDED: Final = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")
"""What proxies add to a request that they pass on."""

_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{0,5}))?")
_LAST_PORT: Final = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Without tokens everybody who reaches the port may operate: then it must stand on loopback.

    ``url`` is the public address without a path, "" when there is none; ``proxies`` are the networks whose
    ``X-Forwarded-For`` is believed.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    url: str = ""
    view_token: Secret | None = None
    operate_token: Secret | None = None
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()

    @property
    def open(self) -> bool:
        return self.view_token is None and self.operate_token is None

    @property
    def secure(self) -> bool:
        """Whether browsers come by https."""
        return self.url.startswith("https://")

    def grants(self, token: str) -> Needs:
        """What this token allows; both are compared, whichever it is."""
        operate, view = same_token(token, self.operate_token), same_token(token, self.view_token)
        return "operate" if operate else "view" if view else "open"

    def answers_to(self, host: str) -> bool:
        """Whether a ``Host`` header names us: an address, this machine, the public address, or where we listen.

        A page that was led here by a name of its own (DNS rebinding) comes with that name, never with an address.
        """
        name = _name(host)
        if not name:
            return False
        ours = {_name(urlsplit(self.url).netloc), self.host.lower()}
        return address_of(name) is not None or is_loopback(name) or name in ours

    def client(self, peer: str, forwarded_for: str) -> str:
        """The address of who asks: the nearest one that is no proxy of ours."""
        address = address_of(peer)
        if address is None:
            return peer
        for text in reversed(forwarded_for.split(",")):
            before = address_of(text.strip())
            if before is None or not self._is_proxy(address):
                break
            address = before
        return str(address)

    def _is_proxy(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self.proxies)


def address_of(text: str) -> IPv4Address | IPv6Address | None:
    """The IP address that a text is, None where it is none.

    IPv4 is told as such, also where it is written as an IPv6 address (``::ffff:a.b.c.d``, RFC 4291 §2.5.5.2).
    """
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def _name(host: str) -> str:
    """The host of ``host[:port]`` (RFC 9110 §7.2) in lower case, "" when it cannot be read."""
    read = _HOST.fullmatch(host)
    if read is None or int(read[2] or 0) > _LAST_PORT:
        return ""
    return read[1].lower().strip("[]").rstrip(".")
