"""The one guarded connector for every outgoing request: pages, webhooks, Slack.

The address is judged where the socket is made, after every parser, resolver, redirect and cache has had its say. A
check of the URL or of the name's addresses cannot do this: a literal skips the resolver, a name may resolve anew
between check and connect, and a redirect starts over. The ranges are listed because ``ipaddress`` calls several of
them global (``64:ff9b::/96``, ``2002::/16``, ``192.0.0.192``), and Azure's wire server truly is.

A request through an HTTP proxy shows the guard only the proxy's address: there, the proxy must do the filtering.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractCookieJar
from aiohttp.connector import Connection

from monitor.errors import Blocked

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

PUBLIC_PORTS: Final = (80, 443, 8080, 8443)

_NEVER: Final = tuple(
    (ip_network(cidr), what)
    for cidr, what in (
        ("169.254.0.0/16", "a link-local or cloud metadata address"),
        ("fe80::/10", "a link-local address"),
        ("168.63.129.16/32", "Azure's wire server"),
        ("100.100.100.200/32", "a cloud metadata address"),  # Alibaba
        ("192.0.0.192/32", "a cloud metadata address"),  # Oracle
        ("fd00:ec2::/32", "a cloud metadata address"),  # AWS: ::254 metadata, ::23 pod identity
        ("fd00:c1::a9fe:a9fe/128", "a cloud metadata address"),  # Oracle
        ("fd00:42::42/128", "a cloud metadata address"),  # Scaleway
        ("fd20:ce::254/128", "a cloud metadata address"),  # Google
    )
)

_RESERVED: Final = tuple(
    (ip_network(cidr), what)
    for cidr, what in (
        ("0.0.0.0/8", "an unspecified address"),
        ("10.0.0.0/8", "a private address"),
        ("100.64.0.0/10", "a shared (carrier-grade NAT) address"),
        ("127.0.0.0/8", "a loopback address"),
        ("172.16.0.0/12", "a private address"),
        ("192.0.0.0/24", "a reserved address"),
        ("192.0.2.0/24", "a documentation address"),
        ("192.88.99.0/24", "a 6to4 relay address"),
        ("192.168.0.0/16", "a private address"),
        ("198.18.0.0/15", "a benchmarking address"),
        ("198.51.100.0/24", "a documentation address"),
        ("203.0.113.0/24", "a documentation address"),
        ("224.0.0.0/4", "a multicast address"),
        ("255.255.255.255/32", "the broadcast address"),
        ("240.0.0.0/4", "a reserved address"),
        ("::/128", "an unspecified address"),
        ("::1/128", "a loopback address"),
        ("::/96", "a reserved address"),
        ("64:ff9b:1::/48", "a local NAT64 address"),
        ("100::/64", "a discard-only address"),
        ("100:0:0:1::/64", "a reserved address"),
        ("2001::/32", "a Teredo address"),
        ("2001::/23", "a reserved address"),
        ("2001:db8::/32", "a documentation address"),
        ("2002::/16", "a 6to4 address"),
        ("3fff::/20", "a documentation address"),
        ("5f00::/16", "a reserved address"),
        ("fc00::/7", "a private address"),
        ("fec0::/10", "a site-local address"),
        ("ff00::/8", "a multicast address"),
    )
)

_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
_NAT64: Final = IPv6Network("64:ff9b::/96")
_LAST_32_BITS: Final = (_NAT64, IPv6Network("64:ff9b:1::/48"), IPv6Network("::/96"))

_refusals: ContextVar[list[str] | None] = ContextVar("refusals", default=None)


def address_verdict(address: str, port: int, allow: Sequence[Network], ports: Sequence[int]) -> str | None:
    """The rule that forbids connecting to ``address``, in words to act on; None when it may be connected to.

    Link-local and metadata addresses are never allowed, in any IPv6 wrapping. An address inside ``allow`` is free of
    the other ranges and of ``ports``. IPv4 inside IPv6 (mapped, NAT64) is judged as the IPv4 address it leads to;
    other wrappings (6to4, Teredo, IPv4-compatible) are refused. What is no address is refused.
    """
    try:
        asked = ip_address(address)
    except ValueError:
        return f"{address[:64]!r} is not an IP address"
    embedded = _embedded(asked)
    for one in (asked, *embedded):
        for network, what in _NEVER:
            if one in network:
                return f"{asked} is {what} and can never be allowed"
    meant = embedded[0] if embedded and _is_transparent(asked) else asked
    if any(one in network for network in allow for one in {asked, meant}):
        return None
    for network, what in _RESERVED:
        if meant in network:
            return f"{asked} is {what}; allow it with [network] allow"
    if not meant.is_global or (isinstance(meant, IPv6Address) and meant not in _GLOBAL_UNICAST):
        return f"{asked} is a reserved address; allow it with [network] allow"
    if port not in ports:
        return f"port {port} is not among the allowed ports; add it to [network] ports"
    return None


class Answer(aiohttp.ClientResponse):
    """A response that remembers which address it came from, "" where none is known."""

    address = ""

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        """Called by the client with the connection, which a short answer has given back before anybody can ask."""
        where = connection.transport.get_extra_info("peername") if connection.transport else None
        self.address = str(where[0]) if where else ""
        return await super().start(connection)


class Guard:
    """Holds an operator's policy and makes connectors and sessions that keep to it.

    ``allow`` are CIDRs beyond the public internet, ``ports`` the ports that public addresses are asked on.
    """

    def __init__(self, allow: Sequence[str | Network] = (), ports: Sequence[int] = PUBLIC_PORTS) -> None:
        self._allow: tuple[Network, ...] = tuple(ip_network(str(cidr), strict=False) for cidr in allow)
        self._ports = frozenset(ports)

    def verdict(self, address: str, port: int) -> str | None:
        """``address_verdict`` under this policy."""
        return address_verdict(address, port, self._allow, tuple(self._ports))

    def connector(self, **options: Any) -> aiohttp.TCPConnector:
        """A connector that refuses forbidden addresses at the moment of connecting, whoever resolved them."""
        return aiohttp.TCPConnector(socket_factory=self._socket, **options)

    def session(self, *, connector: aiohttp.TCPConnector | None = None, **options: Any) -> aiohttp.ClientSession:
        """A session on a guarded connector: deaf to proxy and netrc settings of the environment, without a cookie
        jar, bodies left in their content coding. Must be made inside a running event loop."""
        jar: AbstractCookieJar = aiohttp.DummyCookieJar()
        return aiohttp.ClientSession(
            connector=connector or self.connector(),
            response_class=Answer,
            trust_env=False,
            auto_decompress=False,
            cookie_jar=jar,
            **options,
        )

    def _socket(self, addr_info: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, where = addr_info
        refusal = self.verdict(str(where[0]), int(where[1]))
        if refusal is not None:
            seen = _refusals.get()
            if seen is not None and refusal not in seen:  # a connection race may try an address twice
                seen.append(refusal)
            raise Blocked(refusal)
        return socket.socket(family=family, type=kind, proto=protocol)


class refusals:  # noqa: N801
    """``with refusals() as refused:`` collects what the guard refuses inside the block, in words.

    aiohttp merges the errors of several addresses of one name into a single nameless one, so the rule that was broken
    is told on the side.
    """

    __slots__ = ("_mark",)

    def __enter__(self) -> list[str]:
        seen: list[str] = []
        self._mark = _refusals.set(seen)
        return seen

    def __exit__(self, *_: object) -> None:
        _refusals.reset(self._mark)


def _is_transparent(address: Address) -> bool:
    return isinstance(address, IPv6Address) and (address.ipv4_mapped is not None or address in _NAT64)


def _embedded(address: Address) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses an IPv6 address may lead to: mapped, NAT64, IPv4-compatible, 6to4, Teredo."""
    if isinstance(address, IPv4Address):
        return ()
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if any(address in network for network in _LAST_32_BITS):
        return (IPv4Address(int(address) & 0xFFFF_FFFF),)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    return address.teredo or ()


def failure_line(error: Exception, refused: Sequence[str], timeout: aiohttp.ClientTimeout) -> str:
    """One line for a request that failed below HTTP, in words an operator can act on.

    ``refused`` is what ``refusals`` collected. Names at most host and port, never a path, query or credential, and
    nothing the far end wrote.
    """
    match error:
        case aiohttp.ClientConnectorError() if refused:
            return f"blocked: {refused[0]}"
        case aiohttp.ConnectionTimeoutError():
            return f"no connection within {timeout.sock_connect or timeout.connect or timeout.total:g} s"
        case aiohttp.SocketTimeoutError():
            return f"no answer: silent for {timeout.sock_read or timeout.total:g} s"
        case TimeoutError():
            return f"no answer within {timeout.total:g} s"
    for kind, line in _LINES:
        if isinstance(error, kind):
            return line(error)
    return "no request can be made: the URL or a configured header, cookie or proxy holds what HTTP forbids"


def _system_words(error: OSError) -> str:
    return os.strerror(error.errno).lower() if error.errno else "none of its addresses answers"


def _name_words(error: aiohttp.ClientConnectorDNSError) -> str:
    if error.os_error.errno == socket.EAI_AGAIN:
        return f"DNS: no answer about {error.host}"
    return f"DNS: no such host {error.host}"


def _tls_words(error: aiohttp.ClientConnectorSSLError) -> str:
    reason = getattr(error.os_error, "reason", None) or "handshake failed"
    return f"TLS: no agreement with {error.host}:{error.port} ({reason.lower().replace('_', ' ')})"


def _certificate_words(error: aiohttp.ClientConnectorCertificateError) -> str:
    reason = getattr(error.certificate_error, "verify_message", None) or "verification failed"
    return f"TLS: the certificate of {error.host} is not valid: {reason}"


def _http_words(error: aiohttp.ClientResponseError) -> str:
    # The parser written in C raises no class of its own for this, only these words.
    too_large = error.message.startswith(("Got more than", "Too many headers"))
    return "a response header is too large" if too_large else "the answer is not HTTP"


_LINES: Final[tuple[tuple[type[Exception], Callable[[Any], str]], ...]] = (
    (Blocked, lambda error: f"blocked: {error}"),
    (aiohttp.ClientProxyConnectionError, lambda error: f"no connection to the proxy: {_system_words(error.os_error)}"),
    (aiohttp.ClientHttpProxyError, lambda error: f"the proxy refused with status {error.status}"),
    (aiohttp.ClientConnectorCertificateError, _certificate_words),
    (aiohttp.ClientConnectorSSLError, _tls_words),
    (aiohttp.ClientConnectorDNSError, _name_words),
    (
        aiohttp.ClientConnectorError,
        lambda error: f"no connection to {error.host}:{error.port}: {_system_words(error.os_error)}",
    ),
    (aiohttp.ServerDisconnectedError, lambda _: "the server closed the connection without an answer"),
    (aiohttp.ClientPayloadError, lambda _: "the body broke off before its end"),
    (aiohttp.ClientResponseError, _http_words),
    (OSError, lambda error: f"the connection was lost: {_system_words(error)}"),
)
"""Most particular first: the first kind that fits tells."""
