"""Relative labels: pages on which nothing but "36 min ago" moves, and posts that are re-timed under such labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from random import Random
from typing import Final, Literal

from benchmarks.accuracy.bars import Bar, at_least, at_most
from benchmarks.accuracy.watch import Watch
from monitor.core.freshness import generated_at
from monitor.core.times import read
from monitor.model import Post, Span

NOON: Final = datetime(2026, 5, 4, 12, tzinfo=UTC)
TTL_S: Final = 300
RETIMED_BY: Final = timedelta(minutes=15)
Style = Literal["minutes", "hours", "compound", "words", "rounded"]
STYLES: Final[tuple[Style, ...]] = ("minutes", "hours", "compound", "words")


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is run: all, or little enough for every test run."""

    pages: int
    polls: int
    trials: int


FULL: Final = Plan(pages=100, polls=10_000, trials=1_000)
FAST: Final = Plan(pages=8, polls=400, trials=40)


def jobs(plan: Plan) -> list[tuple[Callable[..., Bar], tuple[object, ...]]]:
    """The measurements, each for a process of its own."""
    quiet = [(quiet_pages, (plan, cached, style)) for cached in (False, True) for style in (*STYLES, "rounded")]
    moved: list[tuple[Style, bool]] = [("minutes", False), ("minutes", True), ("hours", False), ("hours", True)]
    return [*quiet, *((retimed, (plan, style, cached)) for style, cached in moved)]


def quiet_pages(plan: Plan, cached: bool, style: Style) -> Bar:
    """Pages in one style of label on which nothing happens: every change told is a false alert."""
    pages = max(1, plan.pages // (len(STYLES) if style != "rounded" else 10 * len(STYLES)))
    alerts = sum(_quiet(Random(f"{style}{cached}{page}"), plan.polls, style, cached) for page in range(pages))
    where = "behind a cache" if cached else "no cache"
    return at_most(f"ticking labels, {style}, {where}: alerts", alerts, 0, f"{plan.polls * pages:,} polls")


def _quiet(rng: Random, polls: int, style: Style, cached: bool) -> int:
    watch, alerts = Watch(), 0
    at = NOON + timedelta(seconds=rng.random() * 86_400)
    # What rounding does shows on posts that pass from minutes to hours under watch.
    oldest_s = 5_400 if style == "rounded" else 40_000
    ages = sorted(rng.uniform(0, oldest_s) for _ in range(4))
    posts = [(_post(place), at - timedelta(seconds=age)) for place, age in enumerate(ages)]
    for fetched, made, anchor in _visits(rng, at, polls, cached):
        shown = [replace(post, published=labelled(published, made, anchor, style)) for post, published in posts]
        alerts += len(watch.look(shown, fetched, anchor))
    return alerts


def retimed(plan: Plan, style: Style, cached: bool) -> Bar:
    """One post moves by a quarter of an hour; the share told in time (two polls, or an hour under hour labels)."""
    found = sum(_retimed(Random(f"{style}{cached}{trial}"), style, cached) for trial in range(plan.trials))
    where = f"cache {TTL_S} s" if cached else "no cache"
    within = "two polls" if style == "minutes" else "60 minutes"
    bar = None if style == "hours" and cached else 0.95
    name = f"+15 min, {style} labels, {where}: told within {within}"
    return at_least(name, found / plan.trials, bar, f"{plan.trials:,} trials")


def _retimed(rng: Random, style: Style, cached: bool) -> bool:
    watch = Watch()
    at = NOON + timedelta(seconds=rng.random() * 86_400)
    others = [(_post(place), at - timedelta(minutes=10 + 30 * place)) for place in range(3)]
    moving, published = _post(9), at - timedelta(seconds=rng.uniform(0, 5 * 3600))
    before = rng.randint(30, 150)
    # A new copy comes to sight once a cache lets go of the old one, and is polled then.
    limit = 2 if style == "minutes" else 60
    step = TTL_S // 60 if cached else 1
    for number, (fetched, made, anchor) in enumerate(_visits(rng, at, before + limit + 1, cached)):
        if number == before:
            published += RETIMED_BY
        if published > made:  # too young to have been moved by so much
            return _retimed(rng, style, cached)
        shown = [
            replace(one, published=labelled(when, made, anchor, style)) for one, when in (*others, (moving, published))
        ]
        changes = watch.look(shown, fetched, anchor)
        if number >= before and any(change.type == "post.retimed" for change in changes):
            return True
        if number - before >= limit // (step if style == "hours" else 1):
            break
    return False


def _visits(
    rng: Random, at: datetime, polls: int, cached: bool
) -> Iterator[tuple[datetime, datetime, datetime | None]]:
    """When each copy was fetched, when it was really made, and when its headers say so (whole seconds).

    A cached page is polled when its copy has expired; how old the copy is by then is up to the cache.
    """
    for _ in range(polls):
        at += timedelta(seconds=(TTL_S + rng.uniform(1, 20)) if cached else rng.uniform(40, 80))
        age_s = rng.uniform(0, TTL_S) if cached else 0.0
        headers = {"date": format_datetime(at, usegmt=True)}
        if cached:
            headers["age"] = str(int(age_s))
        made = at - timedelta(seconds=age_s)
        yield at, made, generated_at(headers, at)


def labelled(published: datetime, made: datetime, anchor: datetime | None, style: Style) -> Span | None:
    """The span detection reads from the label a site makes in this style at ``made``."""
    span = _read(_label((made - published).total_seconds(), style))
    if span is None or anchor is None:
        return None
    shift = anchor - NOON
    return replace(span, earliest=span.earliest + shift, latest=span.latest + shift)


@lru_cache(maxsize=200_000)
def _read(label: str) -> Span | None:
    return read(label, NOON, UTC)


def _label(age_s: float, style: Style) -> str:
    minutes, hours, days = int(age_s // 60), int(age_s // 3600), int(age_s // 86_400)
    if style == "rounded":
        minutes, hours, days = round(age_s / 60), round(age_s / 3600), round(age_s / 86_400)
    if minutes < 1:
        return "just now"
    if style == "compound" and age_s >= 3600 and days < 1:
        return f"{hours} hr {minutes % 60} min ago" if minutes % 60 else f"{hours} hr ago"
    if age_s >= 86_400 and days:
        return f"{days} day{'s' * (days > 1)} ago"
    if style == "minutes":
        return f"{minutes} min ago"
    if age_s >= 3600 and hours:
        return f"{hours}h ago" if style == "hours" else f"{hours} hour{'s' * (hours > 1)} ago"
    if style == "hours":
        return "1h ago" if hours else f"{minutes}m ago"
    return f"{minutes} minute{'s' * (minutes > 1)} ago"


def _post(place: int) -> Post:
    words = (f"Post number {place} of a page on which nothing happens, told in words enough to be known again.",)
    return Post(key=f"k{place}", headline=f"Post {place}", body=words, found_by="shapes")
