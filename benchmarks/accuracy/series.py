"""A series of copies of one page: what a poller would have fetched, noise and accidents included, and the truth.

The truth is the difference between two copies worth believing, by the rules of detection: the first copy is silent,
several edits between two polls are one, what slides off the old end is nothing, what is taken off counts once a
second copy lacks it, and a copy older than one already seen says nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from random import Random
from typing import Literal

from benchmarks.accuracy.newsroom import Habits, Newsroom, Story, View

COPIES = 60
ENDLESS = 10 * COPIES
"""What may be told and need not: an old story that comes into a feed's view, a change of one that was out of sight."""

Accident = Literal["none", "stale", "failed", "empty", "consent"]
Truth = Literal["added", "edited", "retimed", "removed", "restored"]
TYPES: tuple[Truth, ...] = ("added", "edited", "retimed", "removed", "restored")


@dataclass(frozen=True, slots=True)
class Copy:
    """One fetch. ``view`` is what its page was made from, ``noise`` seeds what differs in every rendering."""

    number: int
    fetched_at: datetime
    view: View
    accident: Accident
    headers: dict[str, str]
    noise: int

    @property
    def is_fresh(self) -> bool:
        return self.accident == "none"


@dataclass(frozen=True, slots=True)
class Expected:
    """A change that must be told of ``uid`` by a copy from number ``first`` to number ``last``.

    ``happened`` is the copy that first showed it. ``open``: it may be missing, since the series
    ends before it must be told.
    """

    type: Truth
    uid: int
    happened: int
    first: int
    last: int
    open: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What of its stories a page shows, and so what can be known of them."""

    published: bool
    modified: bool
    relative: bool
    removals: bool
    modified_late: bool = False
    """The modified time is shown only once it differs from the published one."""


def seed_of(*parts: object) -> int:
    """One number of some words; the same on every machine."""
    return zlib.crc32("\0".join(map(str, parts)).encode())


def copies(seed: int, habits: Habits, *, clocked: bool, count: int = COPIES) -> list[Copy]:
    """A series. ``clocked`` ones come through a cache that says ``Date`` and ``Age``; others say nothing."""
    rng = Random(seed ^ 0x5EED)
    at = datetime(2026, 5, 4, tzinfo=UTC) + timedelta(seconds=rng.randrange(5 * 86_400))
    newsroom = Newsroom(seed, habits, at)
    views, made = [newsroom.shown(at)], list[Copy]()
    flapped = False
    for number in range(count):
        accident = _accident(rng, number)
        # An old copy without a clock, seen twice, is a page that went back: then nothing could tell.
        accident = "none" if accident == "stale" and flapped and not clocked else accident
        flapped = accident == "stale" or (flapped and accident != "none")
        if number and accident == "none":
            at += timedelta(seconds=rng.randint(90, 330))
            newsroom.work(at)
            views.append(newsroom.shown(at))
        elif number:
            at += timedelta(seconds=rng.randint(8, 40))
        stale = accident == "stale" and len(views) > 1
        view = views[-2] if stale else View(at, views[-1].stories, views[-1].pinned, views[-1].removed)
        age_s = (at - view.at).total_seconds() + (rng.randint(0, 45) if clocked else 0)
        fetched_at = view.at + timedelta(seconds=age_s)
        at = max(at, fetched_at)
        made.append(Copy(number, fetched_at, view, accident, _headers(fetched_at, age_s, clocked), rng.getrandbits(30)))
    return made


def _accident(rng: Random, number: int) -> Accident:
    if number < 3:
        return "none"
    dice = rng.random()
    if dice < 0.05:
        return "stale"
    if dice < 0.065:
        return rng.choice(("failed", "empty", "consent"))
    return "none"


def _headers(fetched_at: datetime, age_s: float, clocked: bool) -> dict[str, str]:
    if not clocked:
        return {}
    return {"date": format_datetime(fetched_at, usegmt=True), "age": str(int(age_s))}


def truth(series: Sequence[Copy], shown: Shown) -> list[Expected]:
    """Every change the series must be told to hold."""
    fresh = [copy for copy in series if copy.is_fresh]
    later = {copy.number: place for place, copy in enumerate(fresh)}

    def number(place: int) -> int:
        return fresh[place].number if place < len(fresh) else len(series)

    found = []
    for type_, uid, at, confirm in _happened(fresh, shown):
        place = later[at]
        last = number(place + 1) - 1 if confirm == 0 else number(place + confirm)
        first = number(place + (type_ == "removed"))
        seen_again = place + 1 < len(fresh) and any(story.uid == uid for story in fresh[place + 1].view.stories)
        hasty = type_ == "retimed" and shown.relative and not seen_again
        found.append(Expected(type_, uid, at, first, last, open=last >= len(series) or hasty))
    return found


def _happened(fresh: Sequence[Copy], shown: Shown) -> Iterator[tuple[Truth, int, int, int]]:
    """Type, uid, number of the copy, and how many fresh copies more it may take to be sure."""
    known = {story.uid: story for story in fresh[0].view.stories}
    past = {uid: {_words(story)} for uid, story in known.items()}
    gone = set[int]()
    on_page = set(known)
    for before, copy in pairwise(fresh):
        now = {story.uid: story for story in copy.view.stories}
        for uid, story in now.items():
            if uid in gone:
                gone.discard(uid)
                yield "restored", uid, copy.number, 2
            elif uid in on_page:
                yield from _changed(known[uid], story, shown, copy.number, past[uid])
            elif uid in known:
                # What changed while it was out of sight may be told when it returns.
                away = _changed(known[uid], story, shown, copy.number, past[uid])
                yield from ((type_, one, at, ENDLESS) for type_, one, at, _ in away)
            elif story.born > before.view.at:
                yield "added", uid, copy.number, 0
            elif not shown.removals:
                yield "added", uid, copy.number, ENDLESS
            past.setdefault(uid, set()).add(_words(story))
        for uid in on_page - now.keys():
            if uid in copy.view.removed and shown.removals:
                gone.add(uid)
                yield "removed", uid, copy.number, 2
        known.update(now)
        on_page = set(now)


def _changed(
    old: Story, new: Story, shown: Shown, number: int, past: set[tuple[str, str]]
) -> Iterator[tuple[Truth, int, int, int]]:
    if _words(new) != _words(old):
        yield "edited", new.uid, number, int(_words(new) in past)
    elif shown.published and new.published != old.published:
        yield "retimed", new.uid, number, 2 if shown.relative else 0
    elif shown.modified and new.modified != old.modified and (not shown.modified_late or old.modified > old.published):
        yield "retimed", new.uid, number, 0


def _words(story: Story) -> tuple[str, str]:
    """The text a reader reads: white space, invisible characters and where paragraphs break are none of it."""
    return _plain(story.text.headline), _plain(" ".join(story.text.body))


def _plain(raw: str) -> str:
    return " ".join(raw.replace("\u200b", "").split())
