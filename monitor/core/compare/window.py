"""What it means that a post is not there. Absent is not removed.

A live blog rolls: its oldest posts slide off the page. A feed drops and returns what it likes. A post was taken off
only where the page is a chronological list, older and newer neighbours are still there, and a second, newer copy
lacks it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, takewhile
from typing import Literal

from monitor.core.compare.seen import Seen
from monitor.core.compare.state import Track
from monitor.model import Page

Order = Literal["newest first", "oldest first"]

MIN_STEPS = 2
MIN_AGREEING = 0.9
"""A list is chronological when nine in ten of the steps between neighbours go one way, and there are at least two."""

MIN_SURVIVING = 0.5
"""Under this share of known posts, and with nothing new, the extraction collapsed."""


def order(tracks: Sequence[Track]) -> Order | None:
    """Which way the list runs, by the posts' own times; None when it is not chronological or shows no times."""
    times = [track.published for track in tracks if track.published is not None and not track.pinned]
    down = sum(above.earliest > below.latest for above, below in pairwise(times))
    up = sum(above.latest < below.earliest for above, below in pairwise(times))
    if down + up < MIN_STEPS:
        return None
    if down / (down + up) >= MIN_AGREEING:
        return "newest first"
    return "oldest first" if up / (down + up) >= MIN_AGREEING else None


def left(tracks: Sequence[Track], surviving: set[str], page: Page) -> set[str]:
    """Ids of the ``tracks`` that are not ``surviving`` and have left the window, rather than been taken off.

    ``tracks`` are in page order. On a feed or an edited list, and on a list that is not chronological, whatever is
    absent has left.
    """
    absent = [track.id for track in tracks if track.id not in surviving]
    direction = order(tracks) if page.shape == "blog" else None
    rolling = {track.id for track in tracks if track.id in surviving and not track.pinned}
    if direction is None or not rolling:
        return set(absent)
    oldest_last = tracks if direction == "newest first" else tracks[::-1]
    end = max(place for place, track in enumerate(oldest_last) if track.id in rolling)
    return {track.id for track in oldest_last[end:] if track.id not in surviving}


def revealed(tracks: Sequence[Track], page: Page, shown: Sequence[Seen], fresh: Sequence[Seen]) -> set[int]:
    """Places of ``fresh`` posts that are not new, but older than all we know, at the old end of a chronological list.

    A window of a fixed size shows the next older post when one is taken off; a page may grow by "load more".
    """
    direction = order(tracks) if page.shape == "blog" else None
    oldest = min((track.published.earliest for track in tracks if track.published is not None), default=None)
    if direction is None or oldest is None:
        return set()
    new = {seen.place for seen in fresh}
    from_old_end = sorted(shown, key=lambda seen: seen.place, reverse=direction == "newest first")
    older = takewhile(lambda seen: seen.place in new, from_old_end)
    return {seen.place for seen in older if seen.post.published is not None and seen.post.published.latest < oldest}


def collapsed(known: int, surviving: int, fresh: int) -> str | None:
    """Why an extraction must not be believed, in words; None when it may. Counts are of posts."""
    if known and not surviving and not fresh:
        return f"the page shows no posts, where it had {known}"
    if not fresh and surviving < known * MIN_SURVIVING:
        return f"the page shows {surviving} of the {known} posts it had, and nothing new"
    return None
