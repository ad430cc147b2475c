"""From the bytes of a copy to bytes and text a rung can read: content codings undone, the charset found.

Nothing here raises on what a server sends: a coding that is broken, unknown or unfolds without end is Unreadable,
a byte that does not fit the charset becomes U+FFFD.
"""

from __future__ import annotations

import codecs
import re
import sys
import zlib
from collections.abc import Callable, Mapping

import brotli

from monitor.model import Unreadable

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MAX_BODY = 32 * 1024 * 1024
"""Bytes a body may unfold to. The largest live pages on record are below 2 MB."""

_CHUNK = 1 << 20
_META = re.compile(rb"""<meta\b[^>]{0,200}?charset\s*=\s*["']?\s*([a-zA-Z0-9_:.-]{2,40})""", re.IGNORECASE)
_XML = re.compile(rb"""^\s*<\?xml\b[^>]{0,200}?encoding\s*=\s*["']([a-zA-Z0-9_:.-]{2,40})""", re.IGNORECASE)
_PARAMETER = re.compile(r"""charset\s*=\s*["']?\s*([a-zA-Z0-9_:.-]{2,40})""", re.IGNORECASE)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_BEYOND_ASCII = re.compile("[^\x00-\x7f]")
_PRESCAN = 4096

# What pages call Latin-1 or ASCII is windows-1252 (WHATWG Encoding, "Names and labels").
_MEANT = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}


_NO_CHARSET = frozenset({"utf_7", "unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined"})


class _Bomb(Exception):
    """A body unfolds beyond ``MAX_BODY``."""


def uncoded(body: bytes, coding: str) -> bytes | Unreadable:
    """The body without its content codings (RFC 9110 §8.4, last applied first); Unreadable says which one failed."""
    names = [name for part in coding.lower().split(",") if (name := part.strip()) and name != "identity"]
    if not names and body[:3] == b"\x1f\x8b\x08":
        names = ["gzip"]
    for name in reversed(names[:4]):
        unfold = _CODINGS.get(name)
        if unfold is None:
            return Unreadable(reason=f"content coding {name[:20]!r} is unknown: ask the server for gzip, br or zstd")
        try:
            body = unfold(body)
        except _Bomb:
            return Unreadable(reason=f"the body unfolds to more than {MAX_BODY >> 20} MiB: not a page, left unread")
        except (zlib.error, brotli.error, zstd.ZstdError, ValueError, EOFError):
            return Unreadable(reason=f"the body is cut off or is no {name}: the copy cannot be believed")
    return body


def _gzip(body: bytes) -> bytes:
    kept: list[bytes] = []
    size = 0
    rest = body
    while rest.startswith(b"\x1f\x8b"):
        member = zlib.decompressobj(wbits=31)
        part = member.decompress(rest, MAX_BODY - size + 1)
        size += len(part)
        if size > MAX_BODY:
            raise _Bomb
        if not member.eof:
            raise EOFError
        kept.append(part)
        rest = member.unused_data
    if not kept:
        raise EOFError
    return b"".join(kept)


def _deflate(body: bytes) -> bytes:
    # RFC 9110 §8.4.1.2 means zlib; some servers send the bare deflate stream.
    for wbits in (15, -15):
        stream = zlib.decompressobj(wbits=wbits)
        try:
            part = stream.decompress(body, MAX_BODY + 1)
        except zlib.error:
            continue
        if len(part) > MAX_BODY:
            raise _Bomb
        if stream.eof:
            return part
    raise EOFError


def _brotli(body: bytes) -> bytes:
    stream = brotli.Decompressor()
    kept = [stream.process(body, output_buffer_limit=_CHUNK)]
    size = len(kept[0])
    while not stream.is_finished():
        part = stream.process(b"", output_buffer_limit=_CHUNK)
        if not part:
            raise EOFError
        size += len(part)
        if size > MAX_BODY:
            raise _Bomb
        kept.append(part)
    return b"".join(kept)


def _zstd(body: bytes) -> bytes:
    kept: list[bytes] = []
    size = 0
    rest = body
    while rest:
        frame = zstd.ZstdDecompressor()
        part = frame.decompress(rest, MAX_BODY - size + 1)
        size += len(part)
        if size > MAX_BODY:
            raise _Bomb
        if not frame.eof:
            raise EOFError
        kept.append(part)
        rest = frame.unused_data
    return b"".join(kept)


_CODINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}


def charset(body: bytes, content_type: str = "") -> str:
    """The Python codec of a body: byte order mark, then the header, then the page's own word, then what fits."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return name
    head = body[:_PRESCAN]
    declared = _PARAMETER.search(content_type)
    label = declared[1] if declared is not None else None
    for found in (_XML.search(head), _META.search(head)):
        if label is None and found is not None:
            label = found[1].decode("ascii")
            # A page that can say so in ASCII is not UTF-16 (WHATWG HTML, "prescan a byte stream").
            label = "utf-8" if label.lower().startswith("utf-16") else label
    codec = _codec(label) if label is not None else None
    if codec is not None:
        return codec
    return "utf-8" if _is_mostly_utf8(body) else "cp1252"


def _is_mostly_utf8(body: bytes) -> bool:
    """A few broken bytes in UTF-8 (a cut character, two charsets mixed) do not make it another charset."""
    try:
        body.decode()
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace")
        broken = text.count("\ufffd")
        return len(_BEYOND_ASCII.findall(text)) > 2 * broken
    return True


def _codec(label: str) -> str | None:
    try:
        name = codecs.lookup(label).name
        b"a".decode(name, "replace")  # refuses codecs that are not of text
    except (LookupError, ValueError):
        return None
    return None if name.replace("-", "_") in _NO_CHARSET else _MEANT.get(name, name)


def decoded(body: bytes, codec: str) -> str:
    """The body as text, its byte order mark gone, bytes that do not fit replaced by U+FFFD."""
    try:
        text = body.decode(codec, "replace")
    except (UnicodeError, ValueError):
        text = body.decode("cp1252", "replace")
    return text.removeprefix("\ufeff")
