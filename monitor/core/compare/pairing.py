"""What matching yields: pairs of tracks and posts, what is left of both, and how far the page's names are believed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from monitor.core.compare.seen import Seen
from monitor.core.compare.state import Track

_Name = TypeVar("_Name")
_Thing = TypeVar("_Thing")


@dataclass(frozen=True, slots=True)
class Pair:
    """A track and the post it is now; ``by`` names the evidence.

    ``ambiguous``: another post was nearly as likely, or none was likely.
    """

    track: Track
    seen: Seen
    by: str
    ambiguous: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """For how many more copies that change the page ids and permalinks stay disbelieved; 0: they are believed."""

    ids: int = 0
    links: int = 0


BELIEVED = Trust()


@dataclass(frozen=True, slots=True)
class Matching:
    """A partial bijection between tracks and posts.

    ``fresh`` are posts of no track, in page order; ``missing`` are tracks of the page that no post is. ``posts`` are
    all posts of the copy, ``trust`` what is thought of their names from here on.
    """

    pairs: tuple[Pair, ...]
    fresh: tuple[Seen, ...]
    missing: tuple[Track, ...]
    posts: tuple[Seen, ...] = ()
    trust: Trust = BELIEVED

    @property
    def ids_lie(self) -> bool:
        """Whether unchanged posts had other ids than before, now or lately."""
        return self.trust.ids > 0


def keys_differ(track: Track, seen: Seen) -> bool:
    """Whether both have an id, and not the same."""
    return track.key is not None and seen.post.key is not None and track.key != seen.post.key


def unique(named: Iterable[tuple[_Name, _Thing]]) -> dict[_Name, _Thing]:
    """Name → thing, without the names that occur twice."""
    things: dict[_Name, _Thing] = {}
    twice: set[_Name] = set()
    for name, thing in named:
        if name in things:
            twice.add(name)
        things[name] = thing
    for name in twice:
        del things[name]
    return things
