"""One change as a page shows it: every word made harmless and cut to what the page has room for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from monitor.core.deliver.saying import LABELS, moment, title
from monitor.model import Change, Redline, Version
from monitor.web.redlines import Redlined, brief, whole
from monitor.web.saying import cut, cut_text

MARKS: Final = {
    "post.added": "+",
    "post.edited": "~",
    "post.retimed": "◷",
    "post.removed": "−",
    "post.restored": "↺",
    "post.moved": "↕",
    "page.edited": "#",
    "page.closed": "■",
    "source.recovered": "✓",
    "source.resumed": "✓",
    "role.recovered": "✓",
}
"""A sign for each type beside its word; all others have ``!``."""

_HEADLINE: Final = 160
_FIELDS: Final = ("title", "summary", "headline", "author", "body")
_WITH_TEXT: Final = ("post.added", "post.removed", "post.restored")
_MEDIA: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much of a change is shown: ``characters`` of text, and whether what stayed is shown too."""

    characters: int
    is_whole: bool = False


ROW: Final = Room(characters=420)
HISTORY: Final = Room(characters=450)
WHOLE: Final = Room(characters=20_000, is_whole=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A change in the words and pieces that the templates lay out; ``kind`` names its look.

    ``redlines`` are by field, ``paragraphs`` the text of a post that came or went, ``times`` what the page claimed:
    (name, before, after). ``is_cut``: there is more of it than is shown here. ``media`` holds (sign, URL).
    """

    change: Change
    label: str
    mark: str
    kind: str
    title: str
    day: str
    day_name: str
    weight: str
    reasons: tuple[str, ...]
    redlines: tuple[tuple[str, Redlined], ...]
    paragraphs: tuple[str, ...]
    times: tuple[tuple[str, str, str], ...]
    media: tuple[tuple[str, str], ...]
    is_cut: bool


def told(change: Change, room: Room) -> Told:
    """The change within ``room``."""
    lines = tuple((field, _laid(runs, room)) for field, runs in _redlines(change))
    paragraphs, has_more = _paragraphs(change, room)
    significance = change.significance
    return Told(
        change=change,
        label=LABELS.get(change.type, change.type),
        mark=MARKS.get(change.type, "!"),
        kind=change.type.replace(".", "-"),
        title=cut(title(change), _HEADLINE) or "(no headline)",
        day=f"{change.at.astimezone(UTC):%Y-%m-%d}",
        day_name=day_name(change.at),
        weight=cut(significance.name.replace("-", " "), 40) if significance else "",
        reasons=tuple(cut(reason, 120) for reason in significance.reasons[:5]) if significance else (),
        redlines=lines,
        paragraphs=paragraphs,
        times=tuple(_times(change)),
        media=tuple(_media(change)),
        is_cut=has_more or change.truncated or any(line.left_out for _, line in lines),
    )


def day_name(at: datetime) -> str:
    """The day of a moment in words, in UTC."""
    day = at.astimezone(UTC)
    return f"{day:%A} {day.day} {day:%B %Y}"


def _laid(runs: Redline, room: Room) -> Redlined:
    return whole(runs, room.characters) if room.is_whole else brief(runs, room.characters)


def _redlines(change: Change) -> Iterator[tuple[str, Redline]]:
    """The redlines in the order they are read; of a text that came back the same there is none."""
    for field in _FIELDS:
        runs = change.redline.get(field, ())
        if any(op != "=" for op, _ in runs):
            yield field, runs


def _paragraphs(change: Change, room: Room) -> tuple[tuple[str, ...], bool]:
    """The text of a post that came or went, and whether there is more of it."""
    version = change.before if change.type == "post.removed" else change.after
    if version is None or change.type not in _WITH_TEXT or change.redline.get("body"):
        return (), False
    kept: list[str] = []
    left = room.characters
    for text in version.body:
        if left <= 0:
            return tuple(kept), True
        kept.append(cut_text(text, left))
        left -= len(text) + 20
    return tuple(filter(None, kept)), left < -20


def _times(change: Change) -> Iterator[tuple[str, str, str]]:
    before, after = change.before, change.after
    for name in ("published", "modified"):
        if name in change.fields and before is not None and after is not None:
            yield name, claimed(before, name), claimed(after, name)


def claimed(version: Version, name: str) -> str:
    """What the page says of a time, in words."""
    return cut(moment(version.published if name == "published" else version.modified), 160)


def _media(change: Change) -> Iterator[tuple[str, str]]:
    if "media" not in change.fields or change.before is None or change.after is None:
        return
    old, new = change.before.media, change.after.media
    gone = [("−", cut(url, 300)) for url in old if url not in new]
    come = [("+", cut(url, 300)) for url in new if url not in old]
    yield from gone[:_MEDIA] + come[:_MEDIA]
