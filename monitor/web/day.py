"""The picture of a source's day: what happened when, as plain geometry. A template draws it as SVG."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final, Literal

from monitor.model import ChangeType
from monitor.ports.records import Mark
from monitor.web.spoken import counted

RowName = Literal["added", "edited", "retimed", "removed", "page"]

ROWS: Final[Mapping[RowName, str]] = {
    "added": "Posts",
    "edited": "Edits",
    "retimed": "Re-timed",
    "removed": "Removed",
    "page": "Page",
}
"""The rows from top to bottom and what stands beside them."""

_ROW_OF: Final[Mapping[ChangeType, RowName]] = {
    "post.added": "added",
    "post.restored": "added",
    "post.edited": "edited",
    "post.retimed": "retimed",
    "post.removed": "removed",
    "post.moved": "page",
    "page.edited": "page",
    "page.closed": "page",
}
_WORDS: Final[Mapping[ChangeType, tuple[str, str]]] = {
    "post.added": ("post", "posts"),
    "post.restored": ("post restored", "posts restored"),
    "post.edited": ("edit", "edits"),
    "post.retimed": ("re-timestamp", "re-timestamps"),
    "post.removed": ("removal", "removals"),
    "post.moved": ("move", "moves"),
    "page.edited": ("edit of the page itself", "edits of the page itself"),
    "page.closed": ("end of the coverage", "ends of the coverage"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large it is drawn (pixels of the view box), how long a bar's time is, how many hours lie between ticks."""

    width: int
    gutter: int
    bar: timedelta
    hours: int
    row_height: int = 34


WIDE: Final = Size(width=960, gutter=84, bar=timedelta(minutes=10), hours=3)
NARROW: Final = Size(width=328, gutter=64, bar=timedelta(minutes=30), hours=6)

_TOP, _FOOT, _LEAST, _PAD = 10, 24, 4.0, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What one row counts in one bar's time; ``words`` are read on hovering."""

    row: RowName
    count: int
    x: float
    y: float
    width: float
    height: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A stretch of the day: the source was failing, or it has not come yet."""

    kind: Literal["failing", "future"]
    x: float
    width: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A full hour."""

    x: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPlace:
    """A row's base line and label."""

    name: RowName
    label: str
    base: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Everything to be drawn, in pixels of a view box ``width`` × ``height``. ``said`` is the whole in one sentence."""

    width: int
    height: int
    left: int
    floor: float
    rows: tuple[RowPlace, ...]
    bars: tuple[Bar, ...]
    bands: tuple[Band, ...]
    ticks: tuple[Tick, ...]
    now_x: float | None
    said: str


def bounds(day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """The first moment of a day and that of the next (UTC), where the source is: 23 to 25 hours apart."""
    first, last = (datetime.combine(one, time(), zone) for one in (day, day + timedelta(days=1)))
    return first.astimezone(UTC), last.astimezone(UTC)


def picture(marks: Sequence[Mark], day: date, zone: tzinfo, now: datetime, size: Size) -> Picture:
    """The day's marks in rows of bars; the tallest bar of all fills its row. Marks of other days are left out."""
    scale = _Scale(*bounds(day, zone), size)
    inside = sorted((mark for mark in marks if scale.since <= mark.at < scale.until), key=lambda mark: mark.at)
    counts: dict[tuple[RowName, int], Counter[ChangeType]] = {}
    for mark in inside:
        row = _ROW_OF.get(mark.type)
        if row is not None:
            counts.setdefault((row, scale.slot(mark.at)), Counter())[mark.type] += 1
    most = max((kinds.total() for kinds in counts.values()), default=1)
    floor = _TOP + size.row_height * len(ROWS)
    return Picture(
        width=size.width,
        height=floor + _FOOT,
        left=size.gutter,
        floor=floor,
        rows=tuple(RowPlace(name=row, label=label, base=_base(row, size)) for row, label in ROWS.items()),
        bars=tuple(_bar(row, slot, kinds, most, scale, zone) for (row, slot), kinds in sorted(counts.items())),
        bands=tuple(_bands(inside, scale, now)),
        ticks=tuple(_ticks(day, zone, scale)),
        now_x=scale.x(now) if scale.since <= now < scale.until else None,
        said=said(inside),
    )


def by_hour(marks: Sequence[Mark], day: date, zone: tzinfo) -> Sequence[tuple[datetime, Mapping[RowName, int]]]:
    """The same as a table: the hours (local) in which something happened, and how often by row."""
    since, until = bounds(day, zone)
    found: dict[datetime, Counter[RowName]] = {}
    for mark in marks:
        row = _ROW_OF.get(mark.type)
        if row is not None and since <= mark.at < until:
            local = mark.at.astimezone(zone)
            hour = mark.at - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
            found.setdefault(hour.astimezone(UTC), Counter())[row] += 1
    return [(hour.astimezone(zone), found[hour]) for hour in sorted(found)]


def said(marks: Sequence[Mark]) -> str:
    """``12 posts, 30 edits and 1 removal``, or that there were none; and how often it began to fail."""
    kinds = Counter(mark.type for mark in marks)
    parts, failed = _parts(kinds), kinds["source.failing"]
    told = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else "No changes"
    return f"{told}." + (f" It began to fail {'once' if failed == 1 else f'{failed} times'}." if failed else "")


@dataclass(frozen=True, slots=True)
class _Scale:
    """Moments to pixels."""

    since: datetime
    until: datetime
    size: Size

    def x(self, at: datetime) -> float:
        part = min(max((at - self.since) / (self.until - self.since), 0.0), 1.0)
        return round(self.size.gutter + part * (self.size.width - self.size.gutter), 1)

    def at(self, slot: int) -> datetime:
        return min(self.since + slot * self.size.bar, self.until)

    def slot(self, at: datetime) -> int:
        return (at - self.since) // self.size.bar


def _parts(kinds: Mapping[ChangeType, int]) -> list[str]:
    return [counted(kinds[kind], *words) for kind, words in _WORDS.items() if kinds.get(kind)]


def _base(row: RowName, size: Size) -> float:
    return _TOP + size.row_height * (list(ROWS).index(row) + 1)


def _bar(row: RowName, slot: int, kinds: Counter[ChangeType], most: int, scale: _Scale, zone: tzinfo) -> Bar:
    """A bar's height is by the root of its count: one edit still shows beside a hundred."""
    since, until = scale.at(slot), scale.at(slot + 1)
    x, room = scale.x(since), scale.size.row_height - _PAD
    height = round(max(_LEAST, room * (kinds.total() / most) ** 0.5), 1)
    times = f"{since.astimezone(zone):%H:%M}\N{EN DASH}{until.astimezone(zone):%H:%M}"
    return Bar(
        row=row,
        count=kinds.total(),
        x=x,
        y=round(_base(row, scale.size) - height, 1),
        width=round(max(scale.x(until) - x - 1, 1.5), 1),
        height=height,
        words=f"{times}: {', '.join(_parts(kinds))}",
    )


def _bands(marks: Sequence[Mark], scale: _Scale, now: datetime) -> Iterator[Band]:
    """From each failure to its recovery; a recovery without one began before the day, one without an end goes on."""
    end = min(max(now, scale.since), scale.until)
    began: datetime | None = None
    first = True
    for mark in marks:
        if mark.type == "source.failing":
            began = began or mark.at
            first = False
        elif mark.type == "source.recovered":
            if began is not None or first:
                yield _failing(began or scale.since, mark.at, scale)
            began, first = None, False
    if began is not None:
        yield _failing(began, end, scale)
    if end < scale.until:
        yield Band(kind="future", x=scale.x(end), width=round(scale.x(scale.until) - scale.x(end), 1), words="to come")


def _failing(since: datetime, until: datetime, scale: _Scale) -> Band:
    x = scale.x(since)
    return Band(kind="failing", x=x, width=round(max(scale.x(until) - x, 2.0), 1), words="the source was failing")


def _ticks(day: date, zone: tzinfo, scale: _Scale) -> Iterator[Tick]:
    for hour in range(0, 24, scale.size.hours):
        at = datetime.combine(day, time(hour), zone).astimezone(UTC)
        yield Tick(x=scale.x(at), label=f"{hour:02}:00")
