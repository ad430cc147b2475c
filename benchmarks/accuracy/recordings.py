"""The bars on recordings of real pages, measured where the recordings lie beside the project."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from benchmarks.accuracy import readers
from benchmarks.accuracy.bars import Bar, at_least, at_most
from benchmarks.accuracy.readers import Line
from monitor.adapters import recording
from monitor.adapters.recording import Recording
from monitor.core import normalize
from monitor.core.extract import extract
from monitor.core.replay import replay
from monitor.core.times import zone_of
from monitor.model import Change, ExtractRules, Page, Post, Snapshot, Source, Version

CORPUS: Final = Path(__file__).resolve().parents[3] / "shared" / "corpus"
ABSENT: Final = "the recordings are not beside the project (../shared/corpus)"
TICKERS: Final = ("ticker-json-a", "ticker-json-b", "ticker-json-c")
STALE_COPY: Final = "046_"
"""The copy of feed-rss-home that goes back 29 hours."""


@dataclass(frozen=True, slots=True)
class Snap:
    """One snapshot of a recording: its file, its line of truth, what was told, and a body if it had one."""

    name: str
    truth: dict[str, Any]
    changes: tuple[Change, ...]
    body: bytes | None
    observation: object

    def keys(self, type_: str) -> Counter[str]:
        return Counter(str(change.post.key) for change in self.changes if change.type == type_ and change.post)


def fingerprint() -> str | None:
    """A digest of every file of the corpus, None when it is absent."""
    if not CORPUS.is_dir():
        return None
    digest = hashlib.sha256()
    for file in sorted(path for path in CORPUS.rglob("*") if path.is_file() and path.name != "README.md"):
        digest.update(str(file.relative_to(CORPUS)).encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def measure() -> list[Bar]:
    """Every bar on recordings; none when they are absent."""
    if not CORPUS.is_dir():
        return []
    return [bar for part in (_shown, _hidden, _flapping, _html, _printed, _feed, _churn) for bar in part()]


def snaps(name: str, rules: Callable[[Source], ExtractRules] | None = None) -> tuple[Source, list[Snap]]:
    """A recording replayed, its own extraction rules replaced when ``rules`` are given."""
    tape: Recording = recording.read(CORPUS / name)
    source = replace(tape.source, extract=rules(tape.source)) if rules else tape.source
    lines = CORPUS / name / "truth.jsonl"
    truth = [json.loads(line) for line in lines.read_text().splitlines()] if lines.exists() else [{}] * len(tape.frames)
    detections = replay(source, ((frame.observation, frame.body) for frame in tape.frames))
    return source, [
        Snap(frame.name, true, detection.changes, frame.body, frame.observation)
        for frame, true, detection in zip(tape.frames, truth, detections, strict=True)
    ]


def _shown() -> Iterator[Bar]:
    wrong = total = 0
    for name in TICKERS:
        for place, snap in enumerate(snaps(name)[1]):
            for type_, truth in (("post.added", "new"), ("post.edited", "edited")):
                true = Counter(snap.truth.get(truth, ()) if place or truth != "new" else ())
                told = snap.keys(type_)
                wrong += ((true - told) + (told - true)).total()
                total += true.total()
    yield at_most("ticker-json-*, ids shown: additions and edits wrong", wrong, 0, f"of {total}")


def _hidden() -> Iterator[Bar]:
    wrong, total = Counter[str](), Counter[str]()
    others = 0
    for name in TICKERS:
        shown, _ = snaps(name)
        _, hidden = snaps(name, lambda source: replace(source.extract, id=None))
        for place, snap in enumerate(hidden):
            names = _names(shown, snap)
            for type_, truth in (("post.added", "new"), ("post.edited", "edited")):
                true = Counter(snap.truth.get(truth, ()) if place or truth != "new" else ())
                told = Counter(_named(change, names) for change in snap.changes if change.type == type_)
                wrong[truth] += max((true - told).total(), (told - true).total())
                total[truth] += true.total()
            others += sum(change.type in ("post.removed", "post.restored") for change in snap.changes)
    yield at_most("ticker-json-*, ids hidden: edits wrong", wrong["edited"], 1, f"of {total['edited']}")
    yield at_most("ticker-json-*, ids hidden: additions wrong", wrong["new"], 2, f"of {total['new']}")
    yield at_most("ticker-json-*, ids hidden: removed or restored told", others, 0, "nothing was")


def _names(source: Source, snap: Snap) -> dict[str, list[str]]:
    """Text → the ids under which this snapshot shows it."""
    if not isinstance(snap.observation, Snapshot) or snap.body is None:
        return {}
    page = extract(snap.body, snap.observation, source)
    found: dict[str, list[str]] = {}
    for post in page.posts if isinstance(page, Page) else ():
        found.setdefault(_text(post), []).append(str(post.key))
    return found


def _named(change: Change, names: dict[str, list[str]]) -> str:
    same = names.get(_text(change.after), []) if change.after else []
    return same.pop(0) if len(same) > 1 else same[0] if same else "?"


def _text(post: Post | Version) -> str:
    return normalize.loose((post.headline, *post.body))


def _flapping() -> Iterator[Bar]:
    through, origin = snaps("ticker-json-b-cdn")[1], snaps("ticker-json-b")[1]
    counted = [sum((snap.keys("post.edited") for snap in tape), Counter()) for tape in (through, origin)]
    surplus = ((counted[0] - counted[1]) + (counted[1] - counted[0])).total()
    back = sum(snap.keys(type_).total() for snap in through for type_ in ("post.removed", "post.restored"))
    yield at_most("ticker-json-b-cdn: alerts for a flap's way back", back, 0)
    yield at_most("ticker-json-b-cdn: edits not told exactly once", surplus, 0, f"of {counted[1].total()}")


def _html() -> Iterator[Bar]:
    return _ticker("ticker-html", readers.html_ticker)


def _printed() -> Iterator[Bar]:
    return _ticker("ticker-text", readers.text_ticker)


def _ticker(name: str, read: Callable[[bytes], list[Line]]) -> Iterator[Bar]:
    """A ticker without configuration, against the reader written for it."""
    source, tape = snaps(name, lambda _: ExtractRules())
    sights = readers.aligned([read(snap.body) if snap.body else [] for snap in tape])
    shares = [_share(source, snap, list(sight.posts.values())) for snap, sight in zip(tape, sights, strict=True)]
    worst = min((share, snap.name) for share, snap in zip(shares, tape, strict=True) if share is not None)
    yield at_least(f"{name}: posts found with text and time, worst snapshot", worst[0], 0.97, worst[1].split("_")[0])
    for type_ in ("added", "edited"):
        right, invented, missed = _against(tape, sights, type_)
        amount = f"{right + missed} in the reader"
        yield at_least(f"{name}: {type_}, precision", right / (right + invented or 1), 0.95, amount)
        yield at_least(f"{name}: {type_}, recall", right / (right + missed or 1), 0.95, amount)


def _share(source: Source, snap: Snap, lines: Sequence[Line]) -> float | None:
    """The share of the reader's posts that extraction found with their text and their clock."""
    if not lines or not isinstance(snap.observation, Snapshot) or snap.body is None:
        return None
    page = extract(snap.body, snap.observation, source)
    zone = zone_of(source.timezone)
    found: dict[int, Line] = {}
    for place, post in enumerate(page.posts if isinstance(page, Page) else ()):
        at = post.published.earliest.astimezone(zone).strftime("%H:%M") if post.published else ""
        found[place] = Line(at, _text(post))
    hits = 0
    for line in lines:
        same = readers.find(line.words, {n: one for n, one in found.items() if one.clock == line.clock})
        if same is not None:
            del found[same]
            hits += 1
    return hits / len(lines)


def _against(tape: Sequence[Snap], sights: Sequence[readers.Sight], type_: str) -> tuple[int, int, int]:
    """Right, invented and missed changes; one told a snapshot late is right."""
    right = invented = missed = 0
    waiting: list[tuple[int, int]] = []
    for place, (snap, sight) in enumerate(zip(tape, sights, strict=True)):
        late = [(uid, since) for uid, since in waiting if place - since > 1]
        missed += len(late)
        waiting = [one for one in waiting if one not in late]
        waiting += [(uid, place) for uid in sorted(sight.added if type_ == "added" else sight.edited)]
        for change in snap.changes:
            # The readers read words: an edit of pictures alone is beyond them.
            if change.type != f"post.{type_}" or change.after is None or change.fields == ("media",):
                continue
            uid = readers.find(_text(change.after), sight.posts)
            due = next((one for one in waiting if one[0] == uid), None)
            if due is not None:
                waiting.remove(due)
                right += 1
            else:
                invented += 1
    return right, invented, missed + len(waiting)


def _feed() -> Iterator[Bar]:
    tape = snaps("feed-rss-home")[1]
    removed = sum(snap.keys("post.removed").total() for snap in tape)
    stale = sum(len(snap.changes) for snap in tape if snap.name.startswith(STALE_COPY))
    back = sum((snap.keys("post.added") & Counter(snap.truth.get("back", ()))).total() for snap in tape)
    yield at_most("feed-rss-home: removed told", removed, 0)
    yield at_most("feed-rss-home: changes from the copy of 29 hours before", stale, 0)
    yield at_most("feed-rss-home: returned posts told as added", back, 0)


def _churn() -> Iterator[Bar]:
    changes = [change for snap in snaps("liveblog-churn-json")[1] for change in snap.changes]
    known = [change for change in changes if change.type == "post.edited" and change.fields == ("headline",)]
    excused = known if len({change.subject for change in known}) <= 1 else known[:1]
    note = f"{len(excused)} of the one headline the platform drops and restores, excused"
    yield at_most("liveblog-churn-json: changes", len(changes) - len(excused), 0, note)
