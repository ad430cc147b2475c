"""What is remembered of a source between two polls, and how it is packed.

The hot state is small on purpose (about 5 KB at 60 posts): identities, times, fingerprints, headlines. Texts stand
beside it, one blob a track, and are loaded only for posts that changed.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar

import msgspec

from monitor.errors import StetwatchError
from monitor.model import Agreement, Span, Version

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

STATE_SCHEMA = 1
TEXT_SCHEMA = 1

_Shape = TypeVar("_Shape", "SourceState", Version)

UNTOLD = b"-"
"""A track's print of what JSON-LD says of a post that it does not hold."""

Status = Literal["present", "absent", "left", "removed", "returning"]
"""``absent``: missing from the last good copy, not yet judged. ``left``: rolled out of the window, or dropped by a
feed. ``removed``: taken off the page, and told. ``returning``: removed, and on the last copy again."""

Ticked = Literal["", "minutes", "floor", "rounds"]
"""What the relative labels of a post have shown: nothing, its time to the minute, or that its site rounds (or not)."""


Floating = Literal["", "perhaps", "surely"]
"""Whether a page dates the end of its coverage by its last change: ``surely`` once posts followed such an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """Our memory of one post through its life.

    ``exact``, ``loose`` and ``media`` are prints; ``sha256`` is the current version's digest (raw bytes).
    ``published`` and ``modified`` are running intersections of all spans seen; ``doubt`` is a relative ``published``
    that contradicted and awaits a second witness, ``ticked`` what its labels have shown of the site. ``past`` holds
    prints of earlier texts and ``past_times`` earlier published times, newest last; ``held`` is the print of a sight
    that went back to one of them, or of a removed post that is on the page again, not yet believed. ``ld`` is a print
    of what JSON-LD says of the post where that is not the track's text (empty: it is, or nobody asked), ``dom`` of the
    text its DOM showed when last read. ``rungs`` are prints of what the page gave last with its JSON-LD and without
    (empty: it never went from one to the other), ``behind`` is which of them has yet to show what the other told (1, 2;
    0: none). ``since`` is when the copy that raised the absence, the reversion or the doubt
    was fetched. ``generation`` counts earlier posts under the same re-used key, ``sequence`` the changes and
    ``version`` the texts, both from 1.
    """

    id: str
    key: str | None = None
    url: str | None = None
    headline: str = ""
    author: str | None = None
    exact: bytes = b""
    loose: bytes = b""
    media: bytes = b""
    sha256: bytes = b""
    published: Span | None = None
    modified: Span | None = None
    doubt: Span | None = None
    ticked: Ticked = ""
    past: tuple[bytes, ...] = ()
    past_times: tuple[datetime, ...] = ()
    held: bytes = b""
    since: datetime | None = None
    ld: bytes = b""
    dom: bytes = b""
    rungs: tuple[bytes, bytes] = (b"", b"")
    behind: int = 0
    status: Status = "present"
    pinned: bool = False
    generation: int = 0
    sequence: int = 1
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """Everything detection knows of one source.

    ``tracks`` are the posts of the page, present or absent, in page order; ``departed`` those that left or were
    removed, latest last. ``failures`` counts failed observations in a row, since ``failing_since``; ``failing`` says
    whether it was told.
    ``unreadable`` is why the last snapshot was not believed ("" when it was), so that an unchanged poll cannot
    make it good. ``generated_at`` and ``built_at`` are the newest clocks of any copy seen, ``stale_since`` is when
    the first of a row of ignored copies was fetched. ``distrust`` counts down, for ids and for permalinks, the copies
    until they are believed again. ``rolled`` is how often posts came in at the top and at the bottom of the page.
    ``past_words`` holds prints of earlier titles and summaries, newest last; ``held_words`` are a title and a summary
    that went back to one of them and are not yet believed, and ``held_since`` is when the copy with them was fetched.
    ``rounding`` counts the posts whose labels have shown that the site rounds down, and to the nearest.
    ``partial_at`` is when the last good page was fetched, if it was a partial one.
    ``closes_at`` is when coverage counts as ended by what the last good page dated, should nothing follow; None when it
    dates no end that is believed. ``floating``: that end is the last change of the page.
    ``rung`` is how the last good page was read ("" when not known), ``agreement`` what was measured of its JSON-LD.
    """

    baseline_done: bool = False
    tracks: tuple[Track, ...] = ()
    departed: tuple[Track, ...] = ()
    failures: int = 0
    failing: bool = False
    failing_since: datetime | None = None
    unreadable: str = ""
    generated_at: datetime | None = None
    built_at: datetime | None = None
    stale_since: datetime | None = None
    title: str | None = None
    summary: str | None = None
    past_words: tuple[bytes, ...] = ()
    held_words: tuple[str | None, str | None] = (None, None)
    held_since: datetime | None = None
    closed: bool = False
    partial_at: datetime | None = None
    closes_at: datetime | None = None
    floating: Floating = ""
    page_sequence: int = 0
    source_sequence: int = 0
    distrust: tuple[int, int] = (0, 0)
    rolled: tuple[int, int] = (0, 0)
    rounding: tuple[int, int] = (0, 0)
    rung: str = ""
    agreement: Agreement | None = None
    polls: int = 0


def held_key(track: str) -> str:
    """Under which name the text of a reversion is kept until it is believed."""
    return f"{track}.held"


def pack(state: SourceState) -> bytes:
    """A schema byte, then zstd of MessagePack."""
    return bytes([STATE_SCHEMA]) + zstd.compress(msgspec.msgpack.encode(state))


def unpack(blob: bytes | None) -> SourceState:
    """The state packed before, or the state of a source never seen (None). Raises StetwatchError when unreadable."""
    if blob is None:
        return SourceState()
    return _open(blob, SourceState, STATE_SCHEMA, "state of a source")


def pack_text(version: Version) -> bytes:
    """One version, packed like a state."""
    return bytes([TEXT_SCHEMA]) + zstd.compress(msgspec.msgpack.encode(version))


def unpack_text(blob: bytes) -> Version:
    """The version packed before. Raises StetwatchError when unreadable."""
    return _open(blob, Version, TEXT_SCHEMA, "text of a post")


def _open(blob: bytes, shape: type[_Shape], schema: int, what: str) -> _Shape:
    if blob[:1] != bytes([schema]):
        found = f"schema {blob[0]}" if blob else "empty"
        raise StetwatchError(
            f"the stored {what} is {found}, this Stetwatch reads schema {schema}: "
            "run the version that wrote it, or forget the source with `stetwatch sources remove`"
        )
    try:
        return msgspec.msgpack.decode(zstd.decompress(blob[1:]), type=shape)
    except (zstd.ZstdError, msgspec.DecodeError) as error:
        raise StetwatchError(
            f"the stored {what} cannot be read ({error}): forget the source with `stetwatch sources remove`"
        ) from None
