"""What it means that a post is not there. Absent is not removed.

A live blog rolls: its oldest posts slide off the page. A feed drops and returns what it likes. A post was taken off
only where the page is a chronological list, older and newer neighbours are still there, and a second, newer copy
lacks it too.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import takewhile
from typing import TypeVar

from monitor.core.chronology import Order, steps
from monitor.core.compare.pairing import Matching
from monitor.core.compare.retime import at_once
from monitor.core.compare.seen import Seen
from monitor.core.compare.state import SourceState, Track
from monitor.model import Page

_Place = TypeVar("_Place", str, int)

MIN_REPLACED = 4
"""A page that showed so many posts and shows none of them, but others that are no newer, is another page."""

MIN_ROLLS = 3
MAX_ROLLS = 60
MIN_ROLLING = 0.8
"""Without times, a list is chronological when posts came in at one end, on two copies or more, and four in five did:
each copy counts once, and once more when others fell off the far end."""

MIN_SURVIVING = 0.5
"""Under this share of known posts, and with nothing new, the extraction collapsed."""

MIN_HOLES = 5
"""So many posts gone from between others at once, and most of what was known, were not read rather than taken off."""


def order(tracks: Sequence[Track]) -> Order | None:
    """Which way the list runs, by the posts' own times; None when it is not chronological or shows no times."""
    return steps(track.published for track in tracks if not track.pinned).order


def direction(state: SourceState, page: Page) -> Order | None:
    """Which way the page runs, by its times or else by how it grew; None for feeds, edited lists and unknown order.

    A list whose posts show no times is a blog when it grows like one.
    """
    timed = any(track.published is not None for track in state.tracks)
    if page.shape == "feed" or (page.shape == "list" and timed):
        return None
    by_times = order(state.tracks) if timed else None
    if by_times is not None:
        return by_times
    top, bottom = state.rolled
    if top + bottom < MIN_ROLLS or max(top, bottom) < MIN_ROLLING * (top + bottom):
        return None
    return "newest first" if top > bottom else "oldest first"


def roll(state: SourceState, matching: Matching) -> tuple[int, int]:
    """``rolled`` after one more copy: at which end posts came in, and whether others fell off the far one."""
    stayed = [pair for pair in matching.pairs if not pair.seen.post.pinned and pair.track.status == "present"]
    if not stayed or not matching.fresh:
        return state.rolled
    places, known = {pair.seen.place for pair in stayed}, {pair.track.id for pair in stayed}
    fresh = {seen.place for seen in matching.fresh if not seen.post.pinned}
    missing = {track.id for track in matching.missing if not track.pinned}
    ids = [track.id for track in state.tracks]
    came = _ends([seen.place for seen in matching.posts], places, fresh)
    went = _ends(ids, known, missing)
    top = _votes(came[0], went[1], others=came[1] + went[0], refilled=len(missing) - went[1])
    bottom = _votes(came[1], went[0], others=came[0] + went[1], refilled=len(missing) - went[0])
    most = MAX_ROLLS / (sum(state.rolled) + top + bottom) if sum(state.rolled) + top + bottom > MAX_ROLLS else 1.0
    return int((state.rolled[0] + top) * most), int((state.rolled[1] + bottom) * most)


def left(tracks: Sequence[Track], on_page: Sequence[Track], way: Order | None) -> set[str]:
    """Ids of the ``tracks`` that are not ``on_page`` any more and have left the window, rather than been taken off.

    Both are in page order, before and now. Where no ``way`` is known the list is not chronological, and whatever is
    absent has left; and so have a pinned post, whose own place is further down, and a copy of a post that stays.
    """
    surviving = {track.id for track in on_page}
    absent = [track for track in tracks if track.id not in surviving]
    shown = {track.exact: track.published for track in on_page}
    copies = {track.id for track in absent if track.exact and at_once(shown.get(track.exact), track.published)}
    rolling = {track.id for track in tracks if track.id in surviving and not track.pinned}
    if way is None or not rolling:
        return {track.id for track in absent}
    oldest_last = tracks if way == "newest first" else tracks[::-1]
    end = max(place for place, track in enumerate(oldest_last) if track.id in rolling)
    below = {track.id for track in oldest_last[end:]}
    # A survivor from further down may have been re-timed and stand further up now: then times tell what is below.
    times = [track.published.earliest for track in on_page if track.id in rolling and track.published is not None]
    oldest = min(times, default=None)
    # One that was missed before, from between others, has not left because the end of the window passes it now.
    gone = {track.id for track in absent if track.id in below or _is_older(track, oldest)}
    missed = {track.id for track in absent if track.status == "absent"}
    return (gone - missed) | copies | {track.id for track in absent if track.pinned}


def _is_older(track: Track, moment: datetime | None) -> bool:
    return moment is not None and track.published is not None and track.published.latest < moment


def revealed(tracks: Sequence[Track], way: Order | None, matching: Matching) -> set[int]:
    """Places of fresh posts that are not new, but older than all on the page, at the old end of a chronological list.

    A window of a fixed size shows the next older post when one is taken off; a page may grow by "load more", and bring
    back others that had left.
    """
    if way is None:
        return set()
    oldest = min((track.published.earliest for track in tracks if track.published is not None), default=None)
    stayed = {pair.seen.place for pair in matching.pairs if pair.track.status in ("present", "absent")}
    shown = sorted((*matching.fresh, *(pair.seen for pair in matching.pairs)), key=lambda seen: seen.place)
    from_old_end = shown[::-1] if way == "newest first" else shown
    below = {seen.place for seen in takewhile(lambda seen: seen.place not in stayed, from_old_end)}
    older = [seen for seen in matching.fresh if seen.place in below]
    if oldest is None:
        return {seen.place for seen in older} if stayed else set()
    return {seen.place for seen in older if seen.post.published is not None and seen.post.published.latest < oldest}


def replaced(state: SourceState, page: Page, matching: Matching) -> str | None:
    """Why a page that shows none of its posts, but others, must not be believed; None when it may.

    A window may have rolled on while nobody looked: then every post is newer than all that were known. A feed brings
    up undated and older posts as well, so that one newer is enough. A list that is read as one article is a wall.
    """
    known = [track for track in state.tracks if track.status == "present"]
    if not known or matching.pairs or not matching.fresh:
        return None
    if page.rung == "article" and state.rung not in ("article", ""):
        return f"the page reads as one article, and shows none of the {len(known)} posts it had: a wall?"
    if len(known) < MIN_REPLACED or _rolled_on(known, page, matching.fresh):
        return None
    return f"the page shows {len(matching.fresh)} other posts and none of the {len(known)} it had: another page?"


def _rolled_on(known: Sequence[Track], page: Page, fresh: Sequence[Seen]) -> bool:
    newest = max((track.published.earliest for track in known if track.published is not None), default=None)
    if page.shape == "feed":
        return any(newest is None or seen.post.published is None or _is_newer(seen, newest) for seen in fresh)
    return newest is not None and all(_is_newer(seen, newest) for seen in fresh)


def _is_newer(seen: Seen, moment: datetime) -> bool:
    return seen.post.published is not None and seen.post.published.latest > moment


def _ends(row: Sequence[_Place], stayed: Collection[_Place], others: Collection[_Place]) -> tuple[int, int]:
    """How many of the others stand before all, and after all, that stayed."""
    first = next(place for place, one in enumerate(row) if one in stayed)
    last = next(place for place in reversed(range(len(row))) if row[place] in stayed)
    return sum(one in others for one in row[:first]), sum(one in others for one in row[last:])


def _votes(came: int, went: int, *, others: int, refilled: int) -> int:
    """What a copy says for one end: nothing when the far end moved alike, or a gap may have drawn older posts in."""
    if not came or others:
        return 0
    return 2 if went else int(not refilled)


def short(state: SourceState, page: Page, matching: Matching) -> str | None:
    """Why a page that lacks most of its posts must not be believed; None when it may.

    A chronological list that lacks only its old end was trimmed. Posts that had left and are back count as posts.
    """
    known = [track for track in state.tracks if track.status != "returning"]
    holes = len(_holes(state, page, matching))
    stays = any(pair.track.status in ("present", "absent") and not pair.seen.post.pinned for pair in matching.pairs)
    if stays and not holes and direction(state, page) is not None:
        return None
    if holes >= MIN_HOLES and holes > len(known) * (1 - MIN_SURVIVING):
        return f"the page lacks {holes} of the {len(known)} posts it had, from between others"
    surviving = sum(pair.track.status != "removed" for pair in matching.pairs)
    return collapsed(sum(track.status == "present" for track in known), surviving, len(matching.fresh))


def _holes(state: SourceState, page: Page, matching: Matching) -> set[str]:
    """Ids of the posts that are missing and have not left."""
    on_page = [
        replace(pair.track, published=pair.seen.post.published or pair.track.published)
        for pair in sorted(matching.pairs, key=lambda pair: pair.seen.place)
    ]
    missing = {track.id for track in matching.missing if track.status == "present"}
    return missing - left(state.tracks, on_page, direction(state, page))


def collapsed(known: int, surviving: int, fresh: int) -> str | None:
    """Why an extraction must not be believed, in words; None when it may. Counts are of posts."""
    if known and not surviving and not fresh:
        return f"the page shows no posts, where it had {known}"
    if not fresh and surviving < known * MIN_SURVIVING:
        return f"the page shows {surviving} of the {known} posts it had, and nothing new"
    return None
