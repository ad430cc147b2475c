"""Where the web role stands, and what is asked of those who come: its configuration, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from urllib.parse import urlsplit

from monitor.core.urls import is_loopback
from monitor.model import Secret
from monitor.web.routes import Needs
from monitor.web.sessions import same_token


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
        return is_address(name) or is_loopback(name) or name in {_name(urlsplit(self.url).netloc), self.host.lower()}

    def client(self, peer: str, forwarded_for: str) -> str:
        """The address of who asks: the nearest one that is no proxy of ours. IPv4 is told as such on any socket."""
        address = peer.removeprefix("::ffff:")
        for before in reversed(forwarded_for.split(",")):
            if not self._is_proxy(address) or not is_address(before.strip()):
                break
            address = before.strip()
        return address

    def _is_proxy(self, address: str) -> bool:
        return is_address(address) and any(ip_address(address) in network for network in self.proxies)


def is_address(text: str) -> bool:
    """Whether it is an IP address rather than a name."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _name(netloc: str) -> str:
    """The host of ``host[:port]`` in lower case, "" when it cannot be read."""
    try:
        return (urlsplit(f"//{netloc}").hostname or "").rstrip(".")
    except ValueError:
        return ""
