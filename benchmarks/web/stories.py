"""Invented posts and their changes, from the first text to the last, as wire forms with gaps to fill.

A story is written once and told of many posts: writing a million texts would take an hour, filling gaps takes seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from benchmarks.accuracy.writing import EDITS, Text, edited, text
from monitor.core.compare import redline
from monitor.core.deliver.findable import findable
from monitor.core.deliver.wire import encode
from monitor.model import (
    Change,
    ChangeType,
    PageRef,
    PostRef,
    Significance,
    SnapshotRef,
    SourceRef,
    Span,
    Version,
)

NOON: Final = datetime(2026, 5, 4, 12, tzinfo=UTC)
LENGTH: Final = 8
"""Changes a post has in its life."""

CASE: Final = "case 88888"
"""In every headline: a hundred thousand numbers, so that one of them is a rare word."""

_ID, _POST, _SOURCE, _TAGS = "chg_GAP", "pst_GAP", "source-GAP", ("section-GAP", "region-GAP")
_COUNT: Final = 99_999_999
_LONG: Final = 900


@dataclass(frozen=True, slots=True)
class Told:
    """One change of a story: its wire form and what text filters look through, both with gaps."""

    type: ChangeType
    score: str
    find: str
    body: bytes

    def filled(self, change_id: str, post: str, source: str, tags: tuple[str, str], case: int, count: int) -> bytes:
        """The wire form of one change; ``case`` are its headline's digits, ``count`` its place in the post's life."""
        gaps = (
            (_ID, change_id),
            (_POST, post),
            (_SOURCE, source),
            *zip(_TAGS, tags, strict=True),
            (CASE, case_of(case)),
        )
        body = self.body.replace(b"%d" % _COUNT, b"%d" % count)
        for gap, said in gaps:
            body = body.replace(gap.encode(), said.encode())
        return body


def case_of(number: int) -> str:
    """How a headline says its case."""
    return f"case {number % 100_000:05}"


def stories(count: int, seed: int = 1) -> list[list[Told]]:
    """So many stories of ``LENGTH`` changes each: added, edited, re-timed, and some removed in the end."""
    rng = Random(seed)  # invented texts; nothing hangs on them
    return [[_told(change) for change in _story(rng)] for _ in range(count)]


def page_news() -> list[Told]:
    """What is told of a page and of a source, not of a post."""
    page = PageRef(title=f"Storm on the coast, {CASE}", previous_title="Storm on the coast")
    renamed = replace(_bare("page.edited", "page"), page=page, fields=("title",))
    failing = replace(_bare("source.failing", "source"), reason="status 503 (3 polls in a row)")
    return [_told(renamed), _told(failing), _told(replace(failing, type="source.recovered", reason="it can be read"))]


def _story(rng: Random) -> Iterator[Change]:
    told = text(rng)
    now = _version(Text(_with_case(told.headline), told.body))
    yield _of_post("post.added", None, now)
    for _ in range(LENGTH - 3):
        was, now, name = now, *_next(rng, now)
        yield _of_post("post.edited", was, now, Significance(name=name, score=rng.choice((0.1, 0.3, 0.5, 0.7, 0.9))))
    later = replace(now, published=_span(minutes=7))
    yield replace(_of_post("post.retimed", now, later), fields=("published",))
    was, now, name = later, *_next(rng, later)
    ended = rng.random() < 0.2
    yield (
        _of_post("post.removed", was, None)
        if ended
        else _of_post("post.edited", was, now, Significance(name=name, score=0.3))
    )


def _next(rng: Random, was: Version) -> tuple[Version, str]:
    """The text after one more edit, and which kind it was."""
    kinds, weights = zip(*EDITS, strict=True)
    old = Text(was.headline.removeprefix(_with_case("")), was.body)
    while True:
        [kind] = rng.choices(kinds, weights)
        now = None if kind == "growth" and sum(map(len, was.body)) > _LONG else edited(rng, old, kind)
        if now is not None:
            return replace(was, headline=_with_case(now.headline), body=now.body), kind


def _with_case(headline: str) -> str:
    return f"{CASE}: {headline}"


def _version(written: Text) -> Version:
    return Version(
        headline=written.headline,
        body=written.body,
        author="Mara Lindqvist",
        published=_span(),
        modified=None,
        sha256="0" * 64,
    )


def _span(minutes: int = 0) -> Span:
    at = NOON + timedelta(minutes=minutes)
    return Span(earliest=at, latest=at + timedelta(seconds=59), text=f"{at:%H:%M}", kind="clock")


def _bare(type_: ChangeType, subject: str) -> Change:
    return Change(
        id=_ID,
        type=type_,
        at=NOON,
        source=SourceRef(name=_SOURCE, url=f"https://news.example/live/{_SOURCE}", tags=_TAGS),
        subject=subject,
        snapshot=SnapshotRef(name="003_20260504T120000Z.html", fetched_at=NOON, generated_at=NOON),
    )


def _of_post(
    type_: ChangeType, before: Version | None, after: Version | None, significance: Significance | None = None
) -> Change:
    shown = after or before
    assert shown is not None
    lines = {}
    if before and after and significance:
        lines["body"] = redline.of_paragraphs(before.body, after.body)
        if before.headline != after.headline:
            lines["headline"] = redline.of_line(before.headline, after.headline)
    post = PostRef(
        id=_POST, key=_POST, url=f"https://news.example/live/{_SOURCE}#{_POST}", headline=shown.headline,
        sequence=_COUNT, version=_COUNT,
    )  # fmt: skip
    return replace(
        _bare(type_, _POST),
        post=post,
        before=before,
        after=after,
        fields=tuple(lines),
        significance=significance,
        silent=True if type_ == "post.edited" else None,
        redline=lines,
    )


def _told(change: Change) -> Told:
    score = "" if change.significance is None else str(round(change.significance.score * 1000))
    return Told(change.type, score, findable(change), encode(change))
