"""Posts that JSON-LD has whole, beside the elements that show them: what readers see wins where it says otherwise.

Elements found by a known shape are taken at their word. Those found by ids, headlines or inference may hold more than
the post, and are believed only where most of them say what JSON-LD says, or go on in sentences of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from monitor.core.normalize import loose
from monitor.model import Agreement, Page, Post, Span

APART_S = 60.0
"""Two times of one post so far apart are two times; nearer ones differ by how they are written."""

_ZONE = timedelta(minutes=15)
"""Time zones are quarters of an hour apart."""
_SENTENCE = 30
_ENDS = (".", "!", "?", "…", "”", '"', "»", "。", "！", "？", ")", ":", "’", "'")


@dataclass(frozen=True, slots=True)
class Readings:
    """Every post as it is to be taken, how many the DOM ``found`` otherwise, and whether it is ``believed``."""

    posts: list[Post]
    found: int = 0
    believed: bool = True


def compared(
    posts: Sequence[Post], partners: Mapping[int, Post], lacks: Callable[[Post], bool], *, trusted: bool
) -> Readings:
    """The posts, each that lacks nothing with the text and times of its partner where that says otherwise.

    ``trusted``: the elements are of a known shape, or were measured before.
    """
    asked = [index for index in partners if not lacks(posts[index])]
    shifted = _is_shifted([(posts[index], partners[index]) for index in asked])
    taken = list(posts)
    for index in asked:
        taken[index] = _taken(posts[index], partners[index], times=not shifted)
    found = sum(taken[index] is not posts[index] for index in asked)
    often = Counter(loose(line) for shown in partners.values() for line in shown.body)
    doubtful = sum(taken[at] is not posts[at] and not _goes_on(posts[at], partners[at], often) for at in asked)
    if not trusted and asked and doubtful * 2 >= len(asked):
        return Readings(list(posts), believed=False)
    return Readings(taken, found)


def _taken(post: Post, shown: Post, *, times: bool) -> Post:
    """The post, itself where the DOM says the same or less."""
    pinned = post if post.pinned == shown.pinned else replace(post, pinned=shown.pinned)
    published = shown.published if times and _differ(post.published, shown.published) else post.published
    later = _differ(post.modified, shown.modified) and _is_later(shown.modified, post.modified)
    modified = shown.modified if times and later else post.modified
    other = _says_otherwise(post, shown)
    if not other and published is post.published and modified is post.modified:
        return pinned
    return replace(
        pinned,
        headline=(shown.headline or post.headline) if other else post.headline,
        body=(_unsigned(shown, post) or post.body) if other else post.body,
        published=published,
        modified=modified,
        found_by="jsonld+dom",
    )


def _says_otherwise(post: Post, shown: Post) -> bool:
    if shown.headline and loose(shown.headline) != loose(post.headline):
        # A line that stands in the text of the other has only been read as something else.
        told, seen = (loose((one.headline, *one.body)) for one in (post, shown))
        return told != seen
    if not shown.body:
        return False
    told, seen = loose(post.body), loose(_unsigned(shown, post))
    return told != seen and not (told.startswith(seen) and _is_cut(shown.body, seen, told))


def _goes_on(post: Post, shown: Post, often: Mapping[str, int]) -> bool:
    """Whether an element holds the post's text and more that reads like it: sentences that no other element has."""
    if not loose(shown.body).startswith(loose(post.body)):
        return False
    known = {loose(line) for line in post.body}
    more = [line for line in shown.body if loose(line) not in known]
    return all(len(line) >= _SENTENCE and line.endswith(_ENDS) and often[loose(line)] == 1 for line in more)


def _unsigned(shown: Post, post: Post) -> tuple[str, ...]:
    """The text shown without the line that names its author, where that was read as text."""
    author = loose(post.author or "")
    return tuple(line for line in shown.body if not author or loose(line) not in (author, f"by {author}"))


def _is_cut(body: Sequence[str], seen: str, told: str) -> bool:
    """Whether what is shown is a beginning, to be unfolded."""
    return len(seen) * 2 < len(told) or body[-1].endswith(("…", "...")) or not body[-1].endswith(_ENDS)


def _differ(told: Span | None, seen: Span | None) -> bool:
    """Whether both are times that machines read, and not one."""
    if told is None or seen is None or seen.kind != "machine":
        return False
    return abs((told.earliest - seen.earliest).total_seconds()) > APART_S


def _is_later(seen: Span | None, told: Span | None) -> bool:
    return seen is not None and told is not None and seen.earliest > told.earliest


def _is_shifted(pairs: Sequence[tuple[Post, Post]]) -> bool:
    """Whether the times shown are those of JSON-LD in another time zone, which the markup does not name."""
    apart = [
        shown.published.earliest - post.published.earliest
        for post, shown in pairs
        if post.published is not None and shown.published is not None and shown.published.kind == "machine"
    ]
    # A time to the minute differs from one to the second by up to a minute more or less.
    zones = {round(gap / _ZONE) for gap in apart}
    return len(pairs) > 1 and len(zones) == 1 and 0 not in zones and all(map(_is_of_zones, apart))


def _is_of_zones(gap: timedelta) -> bool:
    return abs(gap - round(gap / _ZONE) * _ZONE).total_seconds() <= APART_S


def with_unlisted(posts: Sequence[Post], pairs: Sequence[tuple[int | None, Post]]) -> list[Post]:
    """The posts with those the DOM alone shows, each behind its neighbour: JSON-LD has them later, or never.

    Below the last post that both have, the DOM shows an older page than JSON-LD lists: these are left out.
    """
    places = [at for at, (index, _) in enumerate(pairs) if index is not None]
    behind: dict[int, list[Post]] = {}
    before = -1
    for index, shown in pairs[: places[-1]] if places else ():
        if index is not None:
            before = index
        elif shown.body and not shown.pinned and (shown.published is not None or shown.key is not None):
            behind.setdefault(before, []).append(shown)
    found = behind.get(-1, [])[:]
    for index, post in enumerate(posts):
        found += [post, *behind.get(index, ())]
    return found


def _is_apart(post: Post, shown: Post) -> bool:
    """Whether the DOM names a post otherwise than JSON-LD, or has another text of it than was taken."""
    named = shown.key is not None and shown.key != post.key
    return named or (shown.headline, shown.body) != (post.headline, post.body)


def witnessed(
    page: Page, posts: Sequence[Post], filled: Sequence[Post], shown: Mapping[int, Post], *, believed: bool
) -> Page:
    """The page with its ``posts``, where each is shown, what JSON-LD says otherwise, and whether the two agree.

    ``filled`` are the posts of JSON-LD in its order, as they were taken; ``shown`` what the DOM shows of them, by their
    places.
    """
    index = {id(post): at for at, post in enumerate(filled)}
    at = {place: own for place, post in enumerate(posts) if (own := index.get(id(post))) is not None}
    told = {
        place: page.posts[own] for place, own in at.items() if own in shown and filled[own].found_by == "jsonld+dom"
    }
    agrees = not told and len(at) == len(posts) if shown and believed else None
    return replace(
        page,
        posts=tuple(posts),
        shown=frozenset(place for place, own in at.items() if own in shown),
        ld=told,
        dom={place: shown[own] for place, own in at.items() if own in shown and _is_apart(filled[own], shown[own])},
        agreement=replace(page.agreement or Agreement(), agrees=agrees),
    )
