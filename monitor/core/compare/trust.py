"""Whether a page's own names for its posts, ids and permalinks, can be believed: measured, never assumed.

Unchanged posts with unmistakable texts are the witnesses. Names that change under them are made anew for every
rendering; names that wander from one living post to another number places, not posts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from monitor.core.compare.identity import address
from monitor.core.compare.pairing import Trust, unique
from monitor.core.compare.seen import Seen
from monitor.core.compare.state import Track

MIN_WITNESSES = 3
MIN_TRUST = 0.8
"""Names are believed unless three or more unchanged posts bear witness and fewer than four in five kept theirs."""

DISBELIEVED_FOR = 12
"""Copies with posts added or gone on which names must hold before they are believed again: a redesign gives every
post a new id once, an index does so whenever a post is added above."""

_Named = Iterable[tuple[bytes, str | None]]


def weigh(trust: Trust, tracks: Sequence[Track], posts: Sequence[Seen]) -> Trust:
    """What to think of the page's names on this copy; ``calm`` lets disbelief wear off afterwards."""
    ids = _lie(((track.exact, track.key) for track in tracks), ((seen.exact, seen.post.key) for seen in posts))
    links = _lie(
        ((track.exact, track.url) for track in tracks), ((seen.exact, seen.post.url) for seen in posts), address
    )
    return Trust(ids=DISBELIEVED_FOR if ids else trust.ids, links=DISBELIEVED_FOR if links else trust.links)


def calm(trust: Trust, before: Trust) -> Trust:
    """The trust after a copy that changed the page: names that did not lie on it are a step nearer to belief."""
    return replace(
        trust,
        ids=max(0, trust.ids - (trust.ids <= before.ids)),
        links=max(0, trust.links - (trust.links <= before.links)),
    )


def _lie(known: _Named, shown: _Named, read: Callable[[str], str] = str) -> bool:
    """Whether names lie; ``read`` makes one of its spelling, and is asked only where the spelling differs."""
    before = {exact: name for exact, name in unique(known).items() if name}
    now = {exact: name for exact, name in unique(shown).items() if name}
    moved = [exact for exact, name in before.items() if now.get(exact, name) != name]
    moved = [exact for exact in moved if read(before[exact]) != read(now[exact])]
    if not moved:
        return False
    witnesses = before.keys() & now.keys()
    if len(witnesses) >= MIN_WITNESSES and len(moved) > (1 - MIN_TRUST) * len(witnesses):
        return True
    owners = unique((name, exact) for exact, name in before.items())
    return any(now[exact] in owners and owners[now[exact]] in now for exact in moved)
