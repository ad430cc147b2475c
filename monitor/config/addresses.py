"""Kinds of value that name something on a network: URLs, CIDRs, listening addresses."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import SplitResult, urlsplit

from monitor.config.kinds import TEXT, Kind
from monitor.config.place import Place, Refused, show
from monitor.core import urls

_NEVER: Final = tuple(
    ip_network(cidr)
    for cidr in (
        "169.254.0.0/16",
        "168.63.129.16/32",
        "100.100.100.200/32",
        "192.0.0.192/32",
        "fe80::/10",
        "fd00:ec2::/32",
        "fd00:c1::a9fe:a9fe/128",
        "fd00:42::42/128",
        "fd20:ce::254/128",
    )
)
"""Link-local and cloud metadata: the guard refuses them whatever is allowed, so naming them is a mistake."""

_MAPPED: Final = IPv6Network("::ffff:0:0/96")
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}")
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\\]")


def _cidr(place: Place, value: object) -> IPv4Network | IPv6Network:
    text = TEXT.read(place, value)
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise Refused(f'{show(text)} is no network; write it like "10.1.0.0/16" or "fd12::/48"') from None
    if network.network_address != ip_address(text.partition("/")[0]):
        raise Refused(f'{show(text)} has bits beyond its prefix; did you mean "{network}"?')
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        network = IPv4Network((int(network.network_address) & 0xFFFF_FFFF, network.prefixlen - 96))
    for never in _NEVER:
        if network.version == never.version and network.subnet_of(never):  # type: ignore[arg-type]
            raise Refused(f"{network} is link-local or cloud metadata and can never be allowed; remove it")
    return network


def split_url(url: str, *, schemes: tuple[str, ...]) -> SplitResult:
    """The parts of a URL of a server or proxy, which may carry a user; raises Refused in words that never show it."""
    wanted = " or ".join(f"{scheme}://" for scheme in schemes)
    if _UNSAFE.search(url) or len(url) > urls.MAX_LENGTH:
        raise Refused("is no URL: it holds spaces, backslashes or control characters, or is too long; encode them")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("is no URL: its host or port cannot be read; check it") from None
    if parts.scheme not in schemes:
        raise Refused(f"is no URL that can be used here; begin it with {wanted}")
    if not parts.hostname or port == 0:
        raise Refused("is a URL without a host, or with port 0; complete it")
    return parts


def web_url(place: Place, value: object) -> str:
    """An http or https URL that may be asked for (``core.urls``); returns it as given, and never shows it."""
    url: str = TEXT.read(place, value)
    fault = urls.check(url)
    if fault is not None:
        raise Refused(f"is no URL that can be asked for: {fault}{'' if ';' in fault else '; correct it'}")
    return url


def secure_url(place: Place, value: object) -> str:
    """An https URL without a user; http only to this machine."""
    url = web_url(place, value)
    parts = urlsplit(url)
    if parts.scheme == "http" and not urls.is_loopback(parts.hostname or ""):
        raise Refused("is plain http; use https://")
    return url


def _api_url(place: Place, value: object) -> str:
    return secure_url(place, value).rstrip("/") + "/"


def _public_url(place: Place, value: object) -> str:
    url = web_url(place, value)
    parts = urlsplit(url)
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise Refused("has more than a scheme, a host and a port; the pages stand at the root: remove the rest")
    return f"{parts.scheme}://{parts.netloc}".lower()


def _listening(*, lowest: int, example: str) -> Callable[[Place, object], str]:
    def read(place: Place, value: object) -> str:
        text: str = TEXT.read(place, value)
        host, _, port = text.rpartition(":")
        bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
        is_v6 = bare != host
        try:
            fits = lowest <= int(port) < 65_536 and port.isascii() and port.isdigit()
            fits = fits and (ip_address(bare).version == 6 if is_v6 else bool(_HOST.fullmatch(bare)))
        except ValueError:
            fits = False
        if not fits:
            raise Refused(f'{show(text)} is no address to listen on; write "{example}"')
        return text

    return read


_URL_SHAPE: Final = {"type": "string", "format": "uri", "pattern": "^https?://"}

CIDR: Final = Kind("network (CIDR)", _cidr, {"type": "string", "minLength": 2})
_LISTEN_SHAPE: Final = {"type": "string", "pattern": ":[0-9]{1,5}$"}
LISTEN: Final = Kind("host:port", _listening(lowest=1, example="127.0.0.1:6390"), _LISTEN_SHAPE)
WEB_LISTEN: Final = Kind("host:port", _listening(lowest=0, example="127.0.0.1:8080"), _LISTEN_SHAPE)
PUBLIC_URL: Final = Kind("URL", _public_url, _URL_SHAPE)
PAGE_URL: Final = Kind("URL", web_url, _URL_SHAPE)
API_URL: Final = Kind("URL", _api_url, _URL_SHAPE)
