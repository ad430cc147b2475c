"""Content codings and charsets."""

from __future__ import annotations

import gzip
import sys
import zlib

import brotli
import pytest

from monitor.core.extract.decode import MAX_BODY, charset, decoded, uncoded
from monitor.model import Unreadable

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PAGE = b"<html>" + bytes(range(256)) * 40 + b"</html>"
CODED = {
    "gzip": gzip.compress(PAGE),
    "x-gzip": gzip.compress(PAGE[:100]) + gzip.compress(PAGE[100:]),
    "deflate": zlib.compress(PAGE),
    "Deflate": zlib.compress(PAGE)[2:-4],
    "br": brotli.compress(PAGE),
    "zstd": zstd.compress(PAGE),
    "gzip, br": brotli.compress(gzip.compress(PAGE)),
    "identity": PAGE,
    "": PAGE,
}


@pytest.mark.parametrize("coding", CODED)
def test_codings_are_undone(coding: str) -> None:
    """Every coding we ask for gives the page back, stacked or in several members too."""
    assert uncoded(CODED[coding], coding) == PAGE


def test_gzip_without_a_label_is_seen() -> None:
    """A body that is gzip though nobody says so is unfolded all the same."""
    assert uncoded(gzip.compress(PAGE), "") == PAGE


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, br"])
def test_broken_codings_are_unreadable(coding: str) -> None:
    """A body cut off, or not in the coding it claims, is never half a page."""
    for body in (CODED[coding][:-9], b"<html>plain</html>"):
        assert isinstance(uncoded(body, coding), Unreadable)


def test_unknown_codings_are_named() -> None:
    """A coding nobody knows is told by name."""
    found = uncoded(b"x", "compress")
    assert isinstance(found, Unreadable)
    assert "'compress'" in found.reason


def test_bombs_stay_folded() -> None:
    """A body that unfolds beyond the limit is refused in every coding."""
    zeros = bytes(MAX_BODY + 1)
    bombs = {
        "gzip": gzip.compress(zeros, 1),
        "deflate": zlib.compress(zeros, 1),
        "br": brotli.compress(zeros, quality=1),
        "zstd": zstd.compress(zeros, 1),
    }
    for coding, bomb in bombs.items():
        found = uncoded(bomb, coding)
        assert isinstance(found, Unreadable), coding
        assert "32 MiB" in found.reason


@pytest.mark.parametrize(
    ("body", "content_type", "codec"),
    [
        (b"\xef\xbb\xbfx", "text/html; charset=iso-8859-1", "utf-8"),
        (b"\xff\xfex\x00", "", "utf-16-le"),
        (b'<meta charset="utf-8">', "text/html; charset=ISO-8859-1", "cp1252"),
        (b'<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">', "text/html", "cp1251"),
        (b'<?xml version="1.0" encoding="ISO-8859-15"?>', "", "iso8859-15"),
        ("grün".encode(), "", "utf-8"),
        ("grün".encode("cp1252"), "", "cp1252"),
        ("grüne Äpfel für schöne Mädchen".encode() + b" \xdf", "", "utf-8"),
        ("grün".encode(), "text/html; charset=nonsense", "utf-8"),
        (b"x", "text/html; charset=unicode_escape", "utf-8"),
        (b"x", "text/html; charset=rot13", "utf-8"),
    ],
)
def test_charset_is_found(body: bytes, content_type: str, codec: str) -> None:
    """The byte order mark wins, then the header, then the page's own word, then what fits the bytes."""
    assert charset(body, content_type) == codec


def test_broken_bytes_are_replaced() -> None:
    """A byte outside the charset becomes U+FFFD; nothing raises, and the byte order mark is no text."""
    assert decoded(b"\xef\xbb\xbfa\xffb", "utf-8") == "a\ufffdb"
    assert decoded(b"\x81", "cp1252") == "\ufffd"
