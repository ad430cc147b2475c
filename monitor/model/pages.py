"""What a copy of a page shows: posts, their times, and the page itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

SpanKind = Literal["machine", "absolute", "clock", "relative"]
"""How far a time is to be trusted, best first (docs/design.md: times are intervals)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A time as an interval, both ends included, and the text it was read from."""

    earliest: datetime
    latest: datetime
    text: str
    kind: SpanKind = "absolute"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One entry of a live page as one copy of the page shows it.

    ``key`` is the page's own id for it, or None. ``body`` holds original paragraphs, normalised in white space
    only. ``media`` holds absolute URLs of its pictures and embeds. ``found_by`` names the extraction rung.
    """

    key: str | None = None
    url: str | None = None
    headline: str = ""
    body: tuple[str, ...] = ()
    author: str | None = None
    published: Span | None = None
    modified: Span | None = None
    media: tuple[str, ...] = ()
    pinned: bool = False
    found_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What is measured of a source's JSON-LD beside its DOM, so that the DOM need not be read at every copy.

    ``agrees``: when last read, the DOM said of every post what JSON-LD says; None: it shows none of them. ``ld``,
    ``outside`` and ``words`` are prints of the posts JSON-LD holds, of all bytes but JSON-LD, and of the running text
    of the markup. ``unread`` counts the copies since the DOM was read, ``idle`` the readings in a row for which
    JSON-LD had not changed and that found nothing, ``noise`` those of them that other words had called for.
    """

    agrees: bool | None = None
    ld: bytes = b""
    outside: bytes = b""
    words: bytes = b""
    unread: int = 0
    idle: int = 0
    noise: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one extraction found: posts in page order, and what the page says of itself.

    ``shape`` tells whether absence may ever mean removal: only a ``blog`` rolls chronologically; a ``feed`` and an
    edited ``list`` drop and return entries as they please. ``built_at`` is the page's own build or modified date.
    ``ends_at`` is when the page says its coverage ends. ``partial``: what the page lacks has not changed, but
    for the ids it marks as taken off (``tombstones``).
    ``reasons`` tell in words why this rung was taken and what was ignored.

    Of a page in JSON-LD, ``shown`` are the places of posts whose DOM was read, ``ld`` is what JSON-LD says of those
    that the DOM shows otherwise, ``dom`` what the DOM shows of those that it cuts short or names otherwise, and
    ``agreement`` is how far it may stand alone.
    """

    posts: tuple[Post, ...]
    rung: str
    shape: Literal["blog", "feed", "list"] = "blog"
    title: str | None = None
    summary: str | None = None
    built_at: datetime | None = None
    closed: bool = False
    successor: str | None = None
    ends_at: datetime | None = None
    partial: bool = False
    tombstones: frozenset[str] = frozenset()
    reasons: tuple[str, ...] = ()
    shown: frozenset[int] = frozenset()
    ld: Mapping[int, Post] = field(default_factory=dict)
    dom: Mapping[int, Post] = field(default_factory=dict)
    agreement: Agreement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """An extraction that must not be believed: one line that says what is wrong. Never a deletion."""

    reason: str


Extraction = Page | Unreadable
