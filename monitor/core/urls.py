"""Which URLs may be asked for at all, and how they are written.

This is the first of two gates and judges text only. The second, ``adapters.guard``, judges the address at connect
time and is the one that keeps us out of private networks: a name says nothing of where it leads.
"""

from __future__ import annotations

import ipaddress
import re

from yarl import URL

MAX_LENGTH = 8_000
"""RFC 9110 §4.1 asks every party to support at least 8,000 octets; nobody needs more."""

_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def check(url: str) -> str | None:
    """What is wrong with ``url`` in a few words, None when it may be asked for.

    Only absolute ``http`` and ``https`` URLs without user information pass. Whatever two parsers read differently
    is refused rather than interpreted: backslashes, white space, control characters, numbers that are almost an
    address (``127.1``, ``0x7f000001``). Fragments are allowed here and dropped by ``normalise``.
    """
    return _text_fault(url) or _fault(url)


def normalise(url: str) -> str:
    """``url`` as it will be asked for: host in lower case and IDNA, default port and fragment dropped, path quoted.

    Raises ValueError with the fault ``check`` names.
    """
    fault = check(url)
    if fault is not None:
        raise ValueError(fault)
    return str(URL(url).with_fragment(None))


def is_loopback(host: str) -> bool:
    """Whether a URL's host names this machine (RFC 6761 §6.3 keeps ``localhost`` and what is below it for that)."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def address(host: str, port: int) -> str:
    """The http URL at which a browser on this machine finds what listens there."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # said of one, not listened on
    return f"http://[{name}]:{port}/" if ":" in name else f"http://{name}:{port}/"


def _text_fault(url: str) -> str | None:
    if len(url) > MAX_LENGTH:
        return f"longer than {MAX_LENGTH} characters"
    if _UNSAFE.search(url):
        return "white space or a control character in it"
    if "\\" in url:
        return "a backslash in it"
    return None


def _fault(url: str) -> str | None:
    scheme, colon, rest = url.partition(":")
    if not colon or scheme.lower() not in ("http", "https"):
        return "only http:// and https:// can be used"
    if not rest.startswith("//"):
        return "// is missing after the scheme"
    authority = re.split(r"[/?#]", rest[2:], maxsplit=1)[0]
    if "@" in authority:
        return "a user name or password in it; set headers or auth instead"
    try:
        parsed = URL(url)
    except ValueError:  # UnicodeError of the IDNA codec is one
        return "not a URL: the host or port cannot be read"
    port = re.search(r":([^:\]]*)$", authority)
    if port and not re.fullmatch(r"[0-9]{0,5}", port[1]):
        return "not a URL: the port is no number"
    if parsed.port == 0:
        return "port 0 cannot be connected to"
    return _host_fault(parsed.raw_host or "", bracketed=authority.startswith("["))


def _host_fault(host: str, *, bracketed: bool) -> str | None:
    if not host:
        return "the host is missing"
    if bracketed:
        return _ipv6_fault(host)
    if len(host) > 253 or not _HOST.fullmatch(host):
        return "the host is not a valid name"
    # WHATWG URL "ends in a number": such a host is an IPv4 address or nothing, whatever the resolver makes of it.
    if _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        try:
            ipaddress.IPv4Address(host)
        except ValueError:
            return "the host looks like a number; write an IPv4 address as four decimal parts"
    return None


def _ipv6_fault(host: str) -> str | None:
    if "%" in host:
        return "an IPv6 zone in it: link-local addresses are never asked"
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return "not an IPv6 address between the brackets"
    return None
