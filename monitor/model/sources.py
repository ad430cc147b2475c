"""What is watched, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractRules:
    """How a source says its posts are found; ``auto`` lets the ladder decide.

    ``posts`` is a JMESPath expression (``json``) or a CSS selector (``css``); the other fields are read below
    each post: JMESPath, or ``selector`` / ``selector@attribute`` / ``@attribute``.
    """

    format: Literal["auto", "jsonld", "amp", "feed", "json", "css", "text", "article"] = "auto"
    posts: str | None = None
    id: str | None = None
    headline: str | None = None
    body: str | None = None
    author: str | None = None
    published: str | None = None
    modified: str | None = None
    link: str | None = None
    media: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A page we watch, with its cadence and extraction rules. Holds no secret: headers stay in the configuration."""

    name: str
    url: str
    timezone: str | None = None
    tags: tuple[str, ...] = ()
    poll_min_s: float = 15.0
    poll_max_s: float = 600.0
    render: bool = False
    baseline: Literal["silent", "alert"] = "silent"
    extract: ExtractRules = field(default_factory=ExtractRules)


class Secret:
    """A string that never shows itself: not in a repr, not in a log, not in a traceback."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a poll of one source sends along; from the configuration only, never stored, never logged."""

    headers: Mapping[str, Secret] = field(default_factory=dict)
    cookies: Mapping[str, Secret] = field(default_factory=dict)
    auth: Secret | None = None
    proxy: Secret | None = None
    user_agent: str | None = None
