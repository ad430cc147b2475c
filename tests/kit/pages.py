"""Posts and pages in few words, and a watch that sees one page after the other as a diff worker does."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from monitor.core.compare.state import SourceState
from monitor.core.detect import Detection, conclude, consider, detect
from monitor.core.replay import keep
from monitor.model import (
    Extraction,
    FailedPoll,
    Observation,
    Page,
    Post,
    Snapshot,
    Source,
    Span,
    SpanKind,
    Unchanged,
    Version,
)

DAY = datetime(2026, 3, 2, tzinfo=UTC)
NOON = DAY + timedelta(hours=12)
SOURCE = Source(name="budget-day", url="https://news.example/live/budget-day", tags=("politics",))


def clock(text: str) -> datetime:
    """``"12:03"`` or ``"12:03:20"`` on the day all these pages are of."""
    hour, minute, second = ([int(part) for part in text.split(":")] + [0])[:3]
    return DAY + timedelta(hours=hour, minutes=minute, seconds=second)


def span(start: str, end: str | None = None, *, kind: SpanKind = "machine", text: str | None = None) -> Span:
    """The interval between two clock times of the day, or one instant."""
    return Span(earliest=clock(start), latest=clock(end or start), text=text or start, kind=kind)


def ago(minutes: int, *, seen: str) -> Span:
    """What "5 min ago" means on a copy made at ``seen``."""
    made_at = clock(seen)
    return Span(
        earliest=made_at - timedelta(minutes=minutes + 1),
        latest=made_at - timedelta(minutes=minutes),
        text=f"{minutes} min ago",
        kind="relative",
    )


def post(
    key: str | None,
    headline: str,
    *body: str,
    at: str | Span | None = None,
    modified: str | Span | None = None,
    author: str | None = None,
    url: str | None = None,
    media: Sequence[str] = (),
    pinned: bool = False,
) -> Post:
    """A post; ``at`` and ``modified`` are clock times of the day, or spans."""
    return Post(
        key=key,
        url=url,
        headline=headline,
        body=body,
        author=author,
        published=span(at) if isinstance(at, str) else at,
        modified=span(modified) if isinstance(modified, str) else modified,
        media=tuple(media),
        pinned=pinned,
        found_by="test",
    )


def page(
    *posts: Post,
    shape: Literal["blog", "feed", "list"] = "blog",
    title: str | None = "Budget day, live",
    built_at: datetime | None = None,
    closed: bool = False,
    successor: str | None = None,
) -> Page:
    """A page of these posts, top first."""
    return Page(
        posts=posts,
        rung="test",
        shape=shape,
        title=title,
        built_at=built_at,
        closed=closed,
        successor=successor,
    )


def blog(*numbers: int, ids: bool = True) -> tuple[Post, ...]:
    """Posts by number, as a live blog lists them: the highest first, one a minute."""
    return tuple(
        post(
            f"k{number}" if ids else None,
            f"Report {number} from the chamber",
            f"Member number {number} rose to speak of matter {number * 7} at some length.",
            at=f"{10 + number // 60}:{number % 60:02}",
        )
        for number in numbers
    )


def snapshot(number: int, fetched_at: datetime, generated_at: datetime | None = None) -> Snapshot:
    """What a poll left behind; the bytes do not matter where a page is at hand."""
    return Snapshot(
        name=f"{number:03}_{fetched_at:%Y%m%dT%H%M%SZ}.html",
        url=SOURCE.url,
        sha256=hashlib.sha256(str(number).encode()).hexdigest(),
        fetched_at=fetched_at,
        generated_at=generated_at,
        content_type="text/html",
    )


@dataclass
class Watch:
    """A source under watch: each sight is a minute after the one before, and the texts are kept as asked."""

    source: Source = SOURCE
    now: datetime = NOON
    state: SourceState = field(default_factory=SourceState)
    texts: dict[str, Version] = field(default_factory=dict)
    polls: int = 0

    def see(self, seen: Extraction, *, generated_at: datetime | None = None) -> Detection:
        """A poll that brought this page; only the texts the draft needs are handed over."""
        draft = consider(self.source, self.state, self._snapshot(generated_at), seen)
        return self._keep(conclude(draft, {name: self.texts[name] for name in draft.needs if name in self.texts}))

    def fail(self, reason: str = "HTTP 503") -> Detection:
        """A poll that brought no page."""
        self._tick()
        return self.observe(FailedPoll(fetched_at=self.now, reason=reason))

    def unchanged(self, *, generated_at: datetime | None = None) -> Detection:
        """A poll that found the same bytes again."""
        self._tick()
        return self.observe(Unchanged(fetched_at=self.now, generated_at=generated_at))

    def observe(self, observation: Observation, body: bytes | None = None) -> Detection:
        """Any observation, through ``detect``."""
        return self._keep(detect(self.source, self.state, observation, body, self.texts))

    def _tick(self) -> None:
        self.polls += 1
        self.now += timedelta(minutes=1)

    def _snapshot(self, generated_at: datetime | None) -> Snapshot:
        self._tick()
        return snapshot(self.polls, self.now, generated_at)

    def _keep(self, detection: Detection) -> Detection:
        self.state = detection.state
        keep(self.texts, detection)
        return detection


def told(detection: Detection) -> list[tuple[str, str | None]]:
    """What a detection tells, in order: type and the post's key, or the subject where there is no post."""
    return [(change.type, change.post.key if change.post else change.subject) for change in detection.changes]
