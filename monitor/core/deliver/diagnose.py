"""Why a signed webhook does not verify, in words a developer can act on (Standard Webhooks 1.0.0, v1)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from monitor.core.deliver.sign import Verified, key, verify
from monitor.core.deliver.wire import decode, encode
from monitor.errors import UsageError
from monitor.model import Secret

_NAMES: Final = ("webhook-id", "webhook-timestamp", "webhook-signature")
_REQUEST_LINE: Final = re.compile(rb"[A-Z]+ \S+ HTTP/\d(?:\.\d)?")
_HEADER: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*)")


@dataclass(frozen=True, slots=True)
class Request:
    """A webhook as it was caught: headers by lower-case name, and the body's bytes."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``words`` say what is wrong when it is not ``fine``. They never hold a secret."""

    fine: bool
    words: str


def read_request(raw: bytes) -> Request:
    """A raw HTTP request, with or without its first line: headers, an empty line, the body. No headers: all is body."""
    headers: dict[str, str] = {}
    rest = raw
    while True:
        line, _, behind = rest.partition(b"\n")
        line = line.rstrip(b"\r")
        found = _HEADER.fullmatch(line)
        if found:
            headers[found[1].decode().lower()] = found[2].strip().decode("utf-8", "replace")
        elif not line and headers:
            return Request(headers, behind)
        elif headers or not _REQUEST_LINE.fullmatch(line):
            return Request({}, raw)
        rest = behind
        if not rest:
            return Request(headers, b"")


def diagnose(request: Request, secrets: Sequence[str], now: float, *, tolerance_s: float = 300) -> Sequence[Finding]:
    """Everything that is right or wrong with a request, most basic first; all ``fine``: it verifies at ``now``."""
    missing = [name for name in _NAMES if not request.headers.get(name)]
    secret_faults, keys = _keys(secrets)
    found = [Finding(fine=False, words=_without(missing, request))] if missing else []
    found += secret_faults
    if "webhook-timestamp" not in missing:
        found.append(_timestamp(request.headers["webhook-timestamp"], now, tolerance_s))
    if "webhook-signature" not in missing:
        found += _entries(request.headers["webhook-signature"])
    if not missing and keys:
        found.append(_match(request, secrets, keys))
    return found


def _without(missing: Sequence[str], request: Request) -> str:
    words = f"no {' and no '.join(missing)} header"
    if not request.headers:
        return f"{words}: what was given has no headers at all; give the raw request, or --header 'Name: value'"
    other = [name for name in request.headers if name.endswith(("-signature", "-timestamp", "-id"))]
    return f"{words}" + (f"; there is {', '.join(other)}" if other else ": a proxy on the way may drop it")


# --- secrets ------------------------------------------------------------------------------------------------------


def _keys(secrets: Sequence[str]) -> tuple[list[Finding], list[bytes]]:
    faults, keys = [], []
    for place, text in enumerate(secrets, 1):
        name = "the secret" if len(secrets) == 1 else f"secret {place}"
        try:
            keys.append(key(Secret(text)))
        except UsageError:
            faults.append(Finding(fine=False, words=f"{name} {_secret_fault(text)}"))
    return faults, keys


def _secret_fault(text: str) -> str:
    coded = text.removeprefix("whsec_")
    if text.startswith(("whsk_", "whpk_")):
        kind = "private" if text.startswith("whsk_") else "public"
        return f"is a {kind} key of asymmetric signatures (v1a); the shared secret of v1 begins with whsec_"
    if text != text.strip() or text.strip("\"'") != text:
        return "has white space or quotes around it; take them off"
    if coded == text:
        return "does not begin with whsec_; give it as it was made, with its prefix"
    if re.search("[-_]", coded):
        return "holds - or _: that is URL-safe base64, and plain base64 (+ and /) is asked for"
    try:
        size = len(base64.b64decode(coded, validate=True))
    except (binascii.Error, ValueError):
        return "is no base64 behind whsec_: a character is wrong or its end is cut off"
    return f"holds {size} bytes; 24 to 64 are asked for"


# --- headers ------------------------------------------------------------------------------------------------------


def _timestamp(text: str, now: float, tolerance_s: float) -> Finding:
    if not (text.isascii() and text.isdigit()):
        return Finding(fine=False, words="webhook-timestamp is no number; it is unix time in whole seconds")
    if len(text) > 12:
        return Finding(fine=False, words="webhook-timestamp is too large for seconds: are these milliseconds?")
    away_s = now - int(text)
    if abs(away_s) <= tolerance_s:
        side = "ago" if away_s >= 0 else "ahead"
        return Finding(fine=True, words=f"webhook-timestamp is {abs(away_s):.0f} s {side}")
    limit = f"{tolerance_s:g} s are allowed"
    if away_s > 0:
        words = f"webhook-timestamp is {away_s:.0f} s old ({limit}): a replay, a request kept long, or a clock is wrong"
    else:
        words = f"webhook-timestamp is {-away_s:.0f} s in the future ({limit}): a clock is wrong"
    return Finding(fine=False, words=words)


def _entries(text: str) -> Iterator[Finding]:
    """What cannot be a signature; nothing when one of them can."""
    faults = []
    for place, one in enumerate(text.split(" "), 1):
        version, comma, coded = one.partition(",")
        if comma and version == "v1" and _size(coded) == hashlib.sha256().digest_size:
            return
        faults.append(f"entry {place} {_entry_fault(version, comma, coded)}")
    yield Finding(fine=False, words=f"webhook-signature holds no v1 signature: {'; '.join(faults[:4])}")


def _entry_fault(version: str, comma: str, coded: str) -> str:
    match version:
        case _ if not comma:
            return 'has no comma; it is written "v1," and base64'
        case "v1a":
            return "is v1a, which is asymmetric"
        case "v1":
            size = _size(coded)
            return "is no base64" if size is None else f"holds {size} bytes, and HMAC-SHA256 has 32"
        case _:
            return "is of another version"


def _size(coded: str) -> int | None:
    try:
        return len(base64.b64decode(coded, validate=True))
    except (binascii.Error, ValueError):
        return None


# --- the signature ------------------------------------------------------------------------------------------------


def _match(request: Request, secrets: Sequence[str], keys: Sequence[bytes]) -> Finding:
    for place, one in enumerate(keys, 1):
        if _holds(request.headers, request.body, one):
            which = "the secret" if len(keys) == 1 else f"secret {place} of {len(keys)}"
            return Finding(fine=True, words=f"the signature was made with {which}, over this id, timestamp and body")
    for words, body in _bodies(request.body):
        if any(_holds(request.headers, body, one) for one in keys):
            return Finding(fine=False, words=f"the body was altered: {words}")
    for words, signature in _signers(request, secrets, keys):
        if signature in request.headers["webhook-signature"].replace(",", " ").split():
            return Finding(fine=False, words=f"the sender signs otherwise: {words}")
    return Finding(
        fine=False,
        words="no signature matches: it was made with another secret, or over another id, timestamp or body "
        f"(this body has {len(request.body)} bytes{_length_words(request)})",
    )


def _holds(headers: Mapping[str, str], body: bytes, one: bytes) -> bool:
    sent_at = headers["webhook-timestamp"]
    at = int(sent_at) if sent_at.isascii() and sent_at.isdigit() and len(sent_at) <= 12 else 0
    return isinstance(verify(headers, body, [one], at), Verified)


def _length_words(request: Request) -> str:
    told = request.headers.get("content-length", "")
    return f", content-length says {told}" if told.isdecimal() and int(told) != len(request.body) else ""


def _bodies(body: bytes) -> Iterator[tuple[str, bytes]]:
    """What the body may have been before something on the way, or the reader of it, touched it."""
    for end in (b"\r\n", b"\n"):
        if body.endswith(end):
            yield "it verifies without the line end behind it; pass on the raw bytes", body.removesuffix(end)
        yield "it verifies with a line end behind it; do not trim the raw bytes", body + end
    yield "it verifies without the white space around it; pass on the raw bytes", body.strip()
    yield "it verifies without the byte order mark", body.removeprefix(b"\xef\xbb\xbf")
    yield "it verifies with LF line ends; something made them CRLF", body.replace(b"\r\n", b"\n")
    yield (
        "it verifies with CRLF line ends; something made them LF",
        body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
    )
    for words, rewrite in _REWRITES:
        try:
            yield words, rewrite(body)
        except (ValueError, TypeError, RecursionError):
            continue


def _dumped(**how: object) -> Callable[[bytes], bytes]:
    return lambda body: json.dumps(json.loads(body), **how).encode()  # type: ignore[arg-type]  # json's own options


_REWRITTEN: Final = "it was parsed and written again; verify the raw bytes, before any JSON parser"
_REWRITES: Final[tuple[tuple[str, Callable[[bytes], bytes]], ...]] = (
    (_REWRITTEN, _dumped(ensure_ascii=False, separators=(",", ":"))),
    (_REWRITTEN, _dumped(ensure_ascii=False)),
    (_REWRITTEN, _dumped(separators=(",", ":"))),
    (_REWRITTEN, _dumped()),
    (f"{_REWRITTEN} (its keys were sorted too)", lambda body: encode(decode(body))),
    ("it was decoded as Latin-1 and written as UTF-8", lambda body: body.decode().encode("latin-1")),
    ("it stands in base64; decode it first", lambda body: base64.b64decode(body, validate=True)),
)


def _signers(request: Request, secrets: Sequence[str], keys: Sequence[bytes]) -> Iterator[tuple[str, str]]:
    """Usual mistakes of those who sign, and the signature each would make."""
    id_, sent_at, body = request.headers["webhook-id"], request.headers["webhook-timestamp"], request.body
    content = f"{id_}.{sent_at}.".encode() + body
    for text in secrets:
        yield "with the text of the secret, not its decoded bytes", _base64(text.encode(), content)
        yield (
            "with the base64 of the secret, not its decoded bytes",
            _base64(text.removeprefix("whsec_").encode(), content),
        )
    for one in keys:
        yield "over the body alone, without id and timestamp", _base64(one, body)
        yield "over timestamp and body, without the id", _base64(one, f"{sent_at}.".encode() + body)
        yield "in hexadecimal, not base64", hmac.digest(one, content, hashlib.sha256).hex()
        urlsafe = base64.urlsafe_b64encode(hmac.digest(one, content, hashlib.sha256)).decode()
        yield "in URL-safe base64, not plain", urlsafe
        yield "without the padding of base64", _base64(one, content).rstrip("=")


def _base64(one: bytes, content: bytes) -> str:
    return base64.b64encode(hmac.digest(one, content, hashlib.sha256)).decode()
