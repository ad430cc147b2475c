"""What a copy of a page shows: posts, their times, and the page itself."""

from __future__ import annotations

from dataclasses import dataclass
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
class Page:
    """What one extraction found: posts in page order, and what the page says of itself.

    ``shape`` tells whether absence may ever mean removal: only a ``blog`` rolls chronologically; a ``feed`` and an
    edited ``list`` drop and return entries as they please. ``built_at`` is the page's own build or modified date.
    ``reasons`` tell in words why this rung was taken and what was ignored.
    """

    posts: tuple[Post, ...]
    rung: str
    shape: Literal["blog", "feed", "list"] = "blog"
    title: str | None = None
    summary: str | None = None
    built_at: datetime | None = None
    closed: bool = False
    successor: str | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """An extraction that must not be believed: one line that says what is wrong. Never a deletion."""

    reason: str


Extraction = Page | Unreadable
