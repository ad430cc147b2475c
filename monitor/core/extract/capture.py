"""A live page saved as plain text: a post begins at a line that is a time and nothing else.

Two makes are known. Copied text has a line a paragraph and relative times ("36 min ago"), the headline below the
time; its lists may run into the next time line. A text browser's print is hard-wrapped, with clock times, and a
scoreboard or an advert between the posts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from itertools import pairwise

from monitor.core.extract import pins
from monitor.core.extract.fields import MAX_POSTS, author_of, body_of
from monitor.core.extract.infer_lines import boxes, is_byline, is_label, is_minute
from monitor.core.normalize import text as tidy
from monitor.core.times import line_kind, read
from monitor.model import Page, Post, Span, Unreadable

_WRAP = 100
_HEADLINE = 300
_MAX_LINES = 200_000
_BYLINE = re.compile(r"(?:from|by|von|par|por|di|door)\s+\S.{0,200}", re.IGNORECASE)
_SOURCE = re.compile(r"source:\s*https?://\S+\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Found:
    """A post as lines: its time line, and blocks of lines parted by blank ones."""

    time: str
    blocks: list[list[str]]


def read_text(text: str, anchor: datetime, zone: tzinfo) -> Page | Unreadable:
    """The posts of a capture in its order; Unreadable when no line of it is a time."""
    lines = text.splitlines()[:_MAX_LINES]
    marks = _marks(lines)
    if not marks:
        return Unreadable(reason='no posts found: no line of the text is a time such as "36 min ago" or "20:18"')
    lines, pinned = _unpinned(lines, marks)
    marks = _marks(lines) if pinned else marks
    wrapped = _is_wrapped(lines, marks)
    width = _width(lines[marks[0] :]) if wrapped else 0
    cuts = list(_cut(lines, marks[: MAX_POSTS + 1], width))[:MAX_POSTS]
    depth = _depth(cuts)
    posts: list[Post] = []
    for number, found in enumerate(cuts):
        span = read(found.time, anchor, zone)
        if (post := _wrapped_post(found, span, depth) if wrapped else _copied_post(found, span)) is not None:
            posts.append(replace(post, pinned=True) if number in pinned else post)
    if not posts:
        return Unreadable(reason="no posts found: the text has times, and nothing below them")
    return Page(
        posts=tuple(posts),
        rung="text",
        shape="blog",
        title=None if wrapped else _title(lines[: marks[0]]),
        reasons=(f"text capture, {'hard-wrapped' if wrapped else 'a line a paragraph'}",),
    )


def _marks(lines: Sequence[str]) -> list[int]:
    """The lines posts begin at: of the kinds of time found, those of the commonest."""
    found: dict[str, list[int]] = {}
    for place, line in enumerate(lines):
        if len(line) <= 80 and line.strip() and (kind := line_kind(line)) is not None:
            found.setdefault(kind, []).append(place)
    return max(found.values(), key=len, default=[])


def _unpinned(lines: list[str], marks: Sequence[int]) -> tuple[list[str], set[int]]:
    """The lines without those that say, right above or below a time, that its post is pinned; and of which posts."""
    gone: set[int] = set()
    pinned: set[int] = set()
    for number, (before, start, end) in enumerate(zip((-1, *marks), marks, (*marks[1:], len(lines)), strict=False)):
        above = next((place for place in range(start - 1, before, -1) if lines[place].strip()), start)
        below = next((place for place in range(start + 1, end) if lines[place].strip()), start)
        labels = {place for place in (above, below) if place != start and pins.is_pin(lines[place])}
        if labels:
            gone |= labels
            pinned.add(number)
    return [line for place, line in enumerate(lines) if place not in gone] if gone else lines, pinned


def _is_wrapped(lines: Sequence[str], marks: Sequence[int]) -> bool:
    """Whether prose is broken into lines of one width: all indented, or full ones directly followed by others."""
    body = lines[marks[0] :]
    if any(len(line) > _WRAP for line in body):
        return False
    written = [line for line in body if line.strip()]
    full = sum(1 for line, after in pairwise(body) if len(line.strip()) >= 50 and after.strip())
    return full >= 3 or (full > 0 and sum(line.startswith("   ") for line in written) * 5 >= len(written) * 4)


def _width(lines: Sequence[str]) -> int:
    """How wide the text was printed: the third longest line, since a word too long for a line runs over."""
    return sorted(map(len, lines))[-3]


def _printed(line: str) -> int:
    """Columns a line takes at most: some browsers count the bytes of a letter."""
    return len(line) + sum(1 for letter in line if letter > "\x7f")


def _cut(lines: Sequence[str], marks: Sequence[int], width: int) -> Iterator[_Found]:
    """Posts as blocks of lines; in wrapped text the lines of a paragraph are joined again.

    A line ends its paragraph when the next word would still have fitted on it.
    """
    for start, end in pairwise([*marks, len(lines)]):
        blocks: list[list[str]] = [[]]
        above = ""
        for line in lines[start + 1 : end]:
            if shown := tidy(line):
                runs_on = blocks[-1] and above and _printed(f"{above} {shown.split(' ', 1)[0]}") > width
                if width and runs_on:
                    blocks[-1][-1] += f" {shown}"
                else:
                    blocks[-1].append(shown)
            elif blocks[-1] or len(blocks) == 1:
                blocks.append([])
            above = line.rstrip()
        yield _Found(time=lines[start], blocks=[block for place, block in enumerate(blocks) if block or place == 0])


def _copied_post(found: _Found, span: Span | None) -> Post | None:
    lines = [line for block in found.blocks for line in block]
    if lines and _SOURCE.fullmatch(lines[-1]) is not None:
        lines.pop()
    signed = bool(lines) and is_byline(lines[0]) and len(lines) > 1
    headline = lines.pop(0) if lines and not signed and len(lines[0]) <= _HEADLINE else ""
    author = author_of(lines.pop(0)) if lines and (signed or _BYLINE.fullmatch(lines[0]) is not None) else None
    body = body_of(lines, headline)
    if not headline and not body:
        return None
    return Post(headline=headline, body=body, author=author, published=span, found_by="text")


def _wrapped_post(found: _Found, span: Span | None, depth: int) -> Post | None:
    """The lines right below the time are minute and headline, the next ``depth`` blocks the text."""
    head = found.blocks[0]
    if head and is_minute(head[0]):
        head = head[1:]
    headline = " ".join(head)[:_HEADLINE]
    lines = [line for block in _prose(found)[:depth] for line in block]
    while len(lines) > (0 if headline else 1) and is_label(lines[-1]):
        lines.pop()
    body = body_of(lines, headline)
    if not headline and not body:
        return None
    return Post(headline=headline, body=body, published=span, found_by="text")


def _prose(found: _Found) -> list[list[str]]:
    """The blocks below the head, without what stands between posts: scoreboards, polls, adverts."""
    below = found.blocks[1:]
    others = boxes(below)
    return [block for place, block in enumerate(below) if place not in others]


def _depth(cuts: Sequence[_Found]) -> int:
    """How many blocks the text of a post takes: the commonest count; what comes beyond is scoreboards and adverts."""
    counts = Counter(count for found in cuts[1:-1] if (count := len(_prose(found))) > 0)
    return counts.most_common(1)[0][0] if counts else 1


def _title(preamble: Sequence[str]) -> str | None:
    """The last line above the first post: above it stands the site's chrome."""
    return next((line for raw in reversed(preamble) if (line := tidy(raw))), None)
