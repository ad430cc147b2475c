"""Runs the real detection over a series' bytes and holds what it tells against the truth."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from benchmarks.accuracy import frame, series, writing
from benchmarks.accuracy.frame import Ids, Template, Times
from benchmarks.accuracy.newsroom import Habits, Story
from benchmarks.accuracy.series import TYPES, Copy, Expected, Shown, Truth
from monitor.core import normalize
from monitor.core.freshness import generated_at
from monitor.core.replay import replay
from monitor.model import Change, FailedPoll, Observation, Snapshot, Source, Version

EXAMPLES: Final = 60
"""What went wrong that a tally keeps."""
_TYPES: Final[Mapping[str, Truth]] = {f"post.{name}": name for name in TYPES}
_CONTENT: Final = {"html": "text/html", "json": "application/json", "xml": "application/rss+xml", "txt": "text/plain"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination that is measured."""

    template: Template
    ids: Ids
    times: Times

    @property
    def name(self) -> str:
        return f"{self.template.name}/{self.ids}/{self.times}"

    @property
    def shown(self) -> Shown:
        kept = self.times == "kept"
        return Shown(
            published=self.times != "none",
            modified=self.template.modified and kept,
            relative=self.times == "relative",
            removals=self.template.removals,
            modified_late=self.template.modified_late,
        )

    @property
    def types(self) -> tuple[Truth, ...]:
        """The types that can exist here."""
        none = {"retimed"} if self.times == "none" else set[str]()
        if not self.template.removals:
            none |= {"removed", "restored"}
        return tuple(name for name in TYPES if name not in none)


@dataclass(slots=True)
class Tally:
    """Counts of one cell, and examples of what went wrong."""

    right: Counter[str] = field(default_factory=Counter)
    invented: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    quiet: int = 0
    """Copies on which nothing was to be told."""
    alarms: int = 0
    """Changes told on quiet copies."""
    copies: int = 0
    rungs: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def __iadd__(self, other: Tally) -> Self:
        for mine, theirs in (
            (self.right, other.right),
            (self.invented, other.invented),
            (self.missed, other.missed),
            (self.rungs, other.rungs),
        ):
            mine.update(theirs)
        self.quiet += other.quiet
        self.alarms += other.alarms
        self.copies += other.copies
        self.examples = (self.examples + other.examples)[:EXAMPLES]
        return self

    def expected(self, name: str) -> int:
        return self.right[name] + self.missed[name]

    def f1(self, name: str) -> float:
        """1.0 where nothing was expected and nothing told."""
        wrong = self.invented[name] + self.missed[name]
        return 2 * self.right[name] / (2 * self.right[name] + wrong) if self.right[name] or wrong else 1.0

    def precision(self, name: str) -> float:
        told = self.right[name] + self.invented[name]
        return self.right[name] / told if told else 1.0

    def recall(self, name: str) -> float:
        return self.right[name] / self.expected(name) if self.expected(name) else 1.0


@dataclass(frozen=True, slots=True)
class Told:
    """A change as it was told: by which copy, of which type, of which story (None: of none there is)."""

    number: int
    type: Truth
    uid: int | None
    words: str


def episode(cell: Cell, number: int, count: int = series.COPIES) -> Tally:
    """One series of a cell: ``count`` copies made, rendered, replayed and scored."""
    seed = series.seed_of(cell.name, number)
    template = cell.template
    habits = Habits(
        retimes=cell.times != "none", ids=cell.ids, sorts=template.sorts or number % 3 > 0, grows=template.removals
    )
    made = series.copies(seed, habits, clocked=is_clocked(cell, number), count=count)
    tally = score(made, series.truth(made, cell.shown), list(told(cell, seed, made)), cell.types)
    tally.examples = [f"{cell.name} episode {number}, {line}" for line in tally.examples]
    return tally


def is_clocked(cell: Cell, number: int) -> bool:
    """Every second series of a cell comes with clocks; some cells begin with one that has none."""
    return (number + series.seed_of(cell.name)) % 2 == 0


def told(cell: Cell, seed: int, made: Sequence[Copy]) -> Iterator[Told]:
    """What detection says of the series, put down to the stories it is true of."""
    source = Source(name="storm", url=frame.URL, timezone="Europe/London", extract=cell.template.rules)
    names = Names(made)
    frames = [observed(cell, seed, copy) for copy in made]
    for copy, detection in zip(made, replay(source, frames), strict=True):
        for change in detection.changes:
            if change.type in _TYPES:
                yield Told(copy.number, _TYPES[change.type], names.subject(change), _words(change))


def observed(cell: Cell, seed: int, copy: Copy) -> tuple[Observation, bytes | None]:
    """What a poll of this copy leaves in the inbox, and the bytes."""
    if copy.accident == "failed":
        return FailedPoll(fetched_at=copy.fetched_at, reason="HTTP 503"), None
    extension = cell.template.extension
    body = rendered(cell, seed, copy)
    name = f"{copy.number:03}_{copy.fetched_at:%Y%m%dT%H%M%SZ}.{extension}"
    snapshot = Snapshot(
        name=name,
        url=frame.URL,
        sha256=hashlib.sha256(body).hexdigest(),
        fetched_at=copy.fetched_at,
        generated_at=generated_at(copy.headers, copy.fetched_at) if copy.headers else None,
        content_type="text/html" if copy.accident == "consent" else _CONTENT[extension],
    )
    return snapshot, body


def rendered(cell: Cell, seed: int, copy: Copy) -> bytes:
    """The bytes of a copy."""
    match copy.accident:
        case "empty":
            return b""
        case "consent":
            return frame.consent()
        case _:
            return cell.template.render(frame.frame(copy, cell.ids, cell.times, seed))


class Names:
    """Which story a text belongs to: by the whole text, else by the votes of its sentences."""

    def __init__(self, made: Sequence[Copy]) -> None:
        self._whole: dict[str, int] = {}
        self._parts: dict[str, set[int]] = defaultdict(set)
        seen = set[tuple[int, writing.Text]]()
        for copy in made:
            for story in copy.view.stories:
                if (story.uid, story.text) not in seen:
                    seen.add((story.uid, story.text))
                    self._learn(story)

    def subject(self, change: Change) -> int | None:
        """The story a change is about; None when before and after are of two stories, or of none."""
        versions = [version for version in (change.before, change.after) if version is not None]
        found = {self._of(version) for version in versions if version.body or version.headline}
        return found.pop() if len(found) == 1 else None

    def _learn(self, story: Story) -> None:
        text = story.text
        self._whole[normalize.loose((text.headline, *text.body))] = story.uid
        for line in text.body:
            for part in writing.sentences(line):
                self._parts[normalize.loose(part)].add(story.uid)

    def _of(self, version: Version) -> int | None:
        whole = self._whole.get(normalize.loose((version.headline, *version.body)))
        if whole is not None:
            return whole
        votes: Counter[int] = Counter()
        for line in (version.headline, *version.body):
            for part in writing.sentences(line):
                owners = self._parts.get(normalize.loose(part), ())
                for uid in owners:
                    votes[uid] += 1000 // len(owners)
        return votes.most_common(1)[0][0] if votes else None


def score(made: Sequence[Copy], truth: Sequence[Expected], told: Sequence[Told], types: Sequence[Truth]) -> Tally:
    """Pair what was told with what was true; each is paired once."""
    tally = Tally(copies=len(made))
    waiting: dict[tuple[Truth, int | None], list[Expected]] = defaultdict(list)
    for expected in truth:
        waiting[expected.type, expected.uid].append(expected)
    busy = {expected.happened for expected in truth}
    for change in told:
        fit = [one for one in waiting[change.type, change.uid] if one.first <= change.number <= one.last]
        if fit:
            # What must be told now goes before what may be told at any time.
            waiting[change.type, change.uid].remove(min(fit, key=lambda one: one.last))
            tally.right[change.type] += 1
        else:
            tally.invented[change.type] += 1
            tally.alarms += change.number not in busy
            tally.examples.append(
                f"copy {change.number} ({made[change.number].accident}): told {change.type} {change.words}"
            )
    for left in waiting.values():
        for expected in left:
            if expected.type in types and not expected.open:
                tally.missed[expected.type] += 1
                tally.examples.append(
                    f"copies {expected.first}-{expected.last}: missed {expected.type} of {_line(made, expected)}"
                )
    tally.quiet = len({copy.number for copy in made} - busy)
    return tally


def _words(change: Change) -> str:
    sides = [" / ".join((version.headline, *version.body))[:90] for version in (change.before, change.after) if version]
    return f"[{change.post.key if change.post else None}] {','.join(change.fields)}: " + " → ".join(sides)


def _line(made: Sequence[Copy], expected: Expected) -> str:
    for copy in (made[min(expected.first, len(made) - 1)], *reversed(made[: expected.first])):
        for story in copy.view.stories:
            if story.uid == expected.uid:
                return f"{story.uid} [{story.key}] {' / '.join((story.text.headline, *story.text.body))[:90]}"
    return str(expected.uid)
