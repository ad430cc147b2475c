"""Text as it is stored, and the two normal forms it is compared by.

Stored text is the original, tidied in white space and invisible characters only: nothing a reader sees is lost.
The **exact** form is the stored text with its paragraphs told apart; the **loose** form also folds what an editor
would call typography: compatibility characters (NFKC), quotes, dashes, case, punctuation. NFKC is lossy on facts
(``½``, ``™``), so the loose form is only ever hashed: never stored, never shown, never compared alone.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from html.entities import html5

import xxhash

PRINT_VERSION = 1
"""Seeds every fingerprint: raise it when a normal form changes, and no old print can be taken for a new one."""

_FOLDED = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"  # invisible, and of no meaning here
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # control characters that are no white space
    "\ufff9-\ufffb]+"
)
_SURROGATE = re.compile("[\ud800-\udfff]")

MAX_MARKS = 30
"""Marks in a row that no text of any language exceeds: UAX #15, Stream-Safe Text Format."""

# Fewer characters than this never decompose to more than MAX_MARKS marks: two each, and three of the letter below.
_FEW, _STRIDE = 14, 7
_NO_LETTER = r"[^\w\s\x00-\x7f]"
_LETTER_MARKS = "\uff9e\uff9f"
_MAY_BE_MARKS = re.compile(_NO_LETTER + "{2,}")
_MARKS = re.compile(f"(?:{_NO_LETTER}|[{_LETTER_MARKS}]){{{_FEW},}}")

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")

_COMMON = {"&amp;": "&", "&quot;": '"', "&#39;": "'", "&apos;": "'", "&lt;": "<", "&gt;": ">", "&nbsp;": "\xa0"}

_SUPERSCRIPT = re.compile("[\u00b2\u00b3\u00b9\u2070-\u2079]+")
_ELLIPSIS = re.compile(r"\u2026|\.{2,}")
_NOTHING = re.compile(
    "['\"`.\u00b4\u00ab\u00bb\u02bb\u02bc\u2018-\u201f\u2032-\u2036\u2039\u203a\u300c-\u300f\u05f3\u05f4"
    "\u200c\u200d\ufe00-\ufe0f\ufffd]+"
)
_SPACE = re.compile(
    "[-!#&(),:*/;?@\\[\\\\\\]_{}\u00a1\u00a7\u00b6\u00b7\u00bf\u2010-\u2015\u2020-\u2027\u203b-\u203e\u2047-\u2049"
    "\u055a-\u055f\u0589\u058a\u05be\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965\u2e00-\u2e7f\u3001-\u3003"
    "\u3008-\u300b\u3010\u3011\u3014-\u301f\u3030\u30fb]+"
)
# Marks that belong to a number are set aside as control characters, which no stored text holds, while the others go.
_IN_NUMBER = re.compile(r"([0-9])([.,:])(?=[0-9])")
_MINUS = re.compile(r"(?<!\S)-(?=[0-9])")
_ASIDE = {".": "\x01", ",": "\x02", ":": "\x03"}
_ASCII = {
    place: "" if _NOTHING.match(chr(place)) else " "
    for place in range(128)
    if (_NOTHING.match(chr(place)) or _SPACE.match(chr(place)))
}


def text(raw: str) -> str:
    """The string as stored: NFC, runs of white space one space, control and invisible characters gone.

    U+200C and U+200D stay, since Persian, Indic scripts and emoji mean something by them. Lone surrogates become
    U+FFFD, so that the result can always be encoded. Of more than ``MAX_MARKS`` combining marks in a row, which
    cost quadratic time to sort, the first are kept. Idempotent.
    """
    if raw.isprintable():
        folded = " ".join(raw.split()) if "  " in raw else raw.strip()
    else:
        folded = " ".join(_FOLDED.sub("", _SURROGATE.sub("\ufffd", raw)).split())
    if folded.isascii():
        return folded
    # Every seventh character tells whether there may be fourteen marks in a row.
    if _MAY_BE_MARKS.search(folded[::_STRIDE]) is not None or any(mark in folded for mark in _LETTER_MARKS):
        folded = _MARKS.sub(_bounded, folded)
    return folded if unicodedata.is_normalized("NFC", folded) else unicodedata.normalize("NFC", folded)


def _bounded(found: re.Match[str]) -> str:
    """A run of signs with no more marks on one letter than a stream may hold, counted as NFKD has them.

    Normalising never changes that count, so that bounded text stays as it is.
    """
    start = found.start()
    before = found.string[max(0, start - 1) : start]
    kept, marks = [], _marks_on(unicodedata.normalize("NFKD", before))
    for character in found[0]:
        parts = unicodedata.normalize("NFKD", character)
        more = _marks_on(parts)
        marks = marks + more if more == len(parts) else more
        if marks <= MAX_MARKS:
            kept.append(character)
        else:
            marks -= more
    return "".join(kept)


def _marks_on(parts: str) -> int:
    """How many combining marks the decomposition of one character ends in."""
    return next((count for count, part in enumerate(reversed(parts)) if not unicodedata.combining(part)), len(parts))


def unescape(raw: str) -> str:
    """HTML entities resolved, twice at most: publishers escape twice by mistake, never thrice."""
    for _ in range(2):
        if "&" not in raw or _ENTITY.search(raw) is None:
            break
        raw = _ENTITY.sub(_character, raw)
    return raw


def _character(entity: re.Match[str]) -> str:
    name = entity[0]
    if name[1] == "#":
        return html.unescape(name)
    return _COMMON.get(name) or html5.get(name[1:]) or name


def exact(paragraphs: Sequence[str] | str) -> str:
    """The exact normal form: stored text, paragraphs parted by a line feed."""
    if isinstance(paragraphs, str):
        return text(paragraphs)
    return "\n".join([text(paragraph) for paragraph in paragraphs])


def loose(paragraphs: Sequence[str] | str) -> str:
    """The loose normal form: the words and numbers alone, whatever their typography and paragraphs.

    A point, comma or colon inside a number and a minus before one stay, so that ``3.5`` never equals ``35``.
    """
    joined = text(paragraphs) if isinstance(paragraphs, str) else " ".join([text(part) for part in paragraphs])
    if not joined.isascii():
        joined = _SUPERSCRIPT.sub(r"^\g<0>", joined).replace("\u2212", "-")
        joined = unicodedata.normalize("NFKC", _ELLIPSIS.sub(" ", joined))
    joined = _IN_NUMBER.sub(_aside, joined)
    if " -" in joined or joined.startswith("-"):
        joined = _MINUS.sub("\x04", joined)
    if ".." in joined:
        joined = _ELLIPSIS.sub(" ", joined)
    bare = joined.translate(_ASCII) if joined.isascii() else _NOTHING.sub("", _SPACE.sub(" ", joined))
    for mark, aside in (*_ASIDE.items(), ("-", "\x04")):
        bare = bare.replace(aside, mark)
    return " ".join(bare.casefold().split())


def _aside(found: re.Match[str]) -> str:
    return found[1] + _ASIDE[found[2]]


def exact_print(headline: str, body: Sequence[str]) -> bytes:
    """16 bytes that are equal when headline and paragraphs are equal as stored (xxh3-128)."""
    return _print(exact(headline), exact(body))


def loose_print(headline: str, body: Sequence[str]) -> bytes:
    """16 bytes that are equal when headline and text differ in typography at most (xxh3-128)."""
    return _print(loose(headline), loose(body))


def _print(headline: str, body: str) -> bytes:
    return xxhash.xxh3_128_digest(f"{headline}\x00{body}".encode(), PRINT_VERSION)
