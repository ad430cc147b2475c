"""Whether posts stand in the order of their times: the one rule by which absence may ever mean removal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from monitor.model import Post, Span

Order = Literal["newest first", "oldest first"]

MIN_STEPS = 2
MIN_AGREEING = 0.9
"""A list is chronological when nine in ten of the steps between neighbours go one way, and there are at least two."""


@dataclass(frozen=True, slots=True)
class Steps:
    """From post to post, how often the time falls and how often it rises; intervals that touch are no step."""

    down: int
    up: int

    @property
    def all(self) -> int:
        """How many steps there are."""
        return self.down + self.up

    @property
    def order(self) -> Order | None:
        """Which way the list runs; None when its times turn too often, or are too few to tell."""
        if self.all < MIN_STEPS:
            return None
        if self.down >= MIN_AGREEING * self.all:
            return "newest first"
        return "oldest first" if self.up >= MIN_AGREEING * self.all else None

    @property
    def turn(self) -> bool:
        """Whether there are steps enough, and they go no one way."""
        return self.all >= MIN_STEPS and self.order is None


def steps(times: Iterable[Span | None]) -> Steps:
    """The steps between neighbours in page order; what shows no time is passed over."""
    pairs = list(pairwise(time for time in times if time is not None))
    return Steps(
        down=sum(above.earliest > below.latest for above, below in pairs),
        up=sum(above.latest < below.earliest for above, below in pairs),
    )


def of_posts(posts: Sequence[Post]) -> Steps:
    """The steps of a page's posts. Pinned posts, and copies of a post further down, say nothing of the order."""
    below: set[tuple[object, ...]] = set()
    times: list[Span] = []
    for post in reversed(posts):
        time = post.published
        if time is None or post.pinned:
            continue
        name = (post.headline, post.body, time.earliest, time.latest)
        if name not in below:
            times.append(time)
        below.add(name)
    return steps(reversed(times))


def shape_of(posts: Sequence[Post]) -> Literal["blog", "list"]:
    """``list`` when the published times run no one way, else ``blog``.

    Undated posts are passed over; with fewer than half of the posts dated, order proves nothing: ``list``.
    """
    dated = sum(post.published is not None for post in posts)
    return "list" if dated * 2 < len(posts) or of_posts(posts).turn else "blog"
