"""Real recordings, replayed: what happened is told, what did not happen is not.

The recordings belong to their publishers and are no part of the project; without them these tests are skipped.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from monitor.adapters import recording
from monitor.core.compare.retime import apart_s
from monitor.core.replay import replay
from monitor.model import Change

CORPUS = Path(__file__).parents[2] / ".." / "shared" / "corpus"

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of recordings is not beside the project")


@dataclass(frozen=True)
class Told:
    """One snapshot of a recording: its name, what was told of it, and its line of truth."""

    name: str
    changes: tuple[Change, ...]
    truth: dict[str, Any]

    def keys(self, type_: str) -> list[str]:
        """The posts' own ids a type of change was told of, sorted."""
        return sorted(str(change.post.key) for change in self.changes if change.type == type_ and change.post)


def replayed(name: str) -> Iterator[Told]:
    """A recording, snapshot by snapshot."""
    tape = recording.read(CORPUS / name)
    truth_file = CORPUS / name / "truth.jsonl"
    lines = truth_file.read_text().splitlines() if truth_file.exists() else ["{}"] * len(tape.frames)
    detections = replay(tape.source, ((frame.observation, frame.body) for frame in tape.frames))
    for frame, line, detection in zip(tape.frames, lines, detections, strict=True):
        yield Told(frame.name, detection.changes, json.loads(line))


@pytest.mark.parametrize("name", ["ticker-json-a", "ticker-json-b", "ticker-json-c"])
def test_a_ticker_is_told_exactly(name: str) -> None:
    """Every added and edited post of the truth at its snapshot, every re-timed one, and nothing of the others."""
    for place, told in enumerate(replayed(name)):
        truth = told.truth
        if place:
            assert told.keys("post.added") == sorted(truth.get("new", [])), told.name
        assert told.keys("post.edited") == sorted(truth.get("edited", [])), told.name
        assert {change.type for change in told.changes} <= {"post.added", "post.edited", "post.retimed"}, told.name
        moved = {c.post.key for c in told.changes if c.post and "published" in c.fields}
        assert moved >= set(truth.get("retimed", [])), told.name
        for change in told.changes:
            if change.type == "post.retimed":
                # The truth counts moves of a minute or more; a smaller one must at least be real.
                assert change.before is not None
                assert change.after is not None
                assert change.before.published is not None
                assert change.after.published is not None
                assert apart_s(change.before.published, change.after.published) > 5


def test_a_flapping_cache_is_told_of_each_real_edit_once() -> None:
    """Through a CDN that serves old, new, old, new: the same edits as from the origin, and no removal."""
    through, origin = list(replayed("ticker-json-b-cdn")), list(replayed("ticker-json-b"))
    edits = [Counter(key for told in tape for key in told.keys("post.edited")) for tape in (through, origin)]
    assert edits[0] == edits[1]
    assert not [key for told in through for key in (*told.keys("post.removed"), *told.keys("post.restored"))]


def test_churn_of_markup_is_no_news() -> None:
    """A finished blog fetched for years: nothing happened, save the one headline the platform drops and restores."""
    changes = [change for told in replayed("liveblog-churn-json") for change in told.changes]
    assert [change.type for change in changes] in ([], ["post.edited"])
    assert all(change.fields == ("headline",) for change in changes)


def test_one_id_for_two_posts_does_not_flip() -> None:
    """Two entries under one id keep to their texts; the only edits are the two of the truth."""
    tape = list(replayed("fanblog-json"))
    assert [(told.name, told.keys("post.edited")) for told in tape if told.keys("post.edited")] == [
        (told.name, told.truth["edited"]) for told in tape if "edited" in told.truth
    ]
    added = [key for told in tape for key in told.keys("post.added")]
    assert added.count("character-creation-expansion") == 2  # once each, when they appear
    assert not [key for told in tape for key in told.keys("post.removed")]


def test_a_list_of_headlines_is_told_without_removals() -> None:
    """An edited list drops and returns what it likes; rewritten titles and bumped times are what is told."""
    for place, told in enumerate(replayed("headlines-json")):
        if place:
            assert set(told.keys("post.added")) <= set(told.truth.get("new", [])) | set(told.truth.get("back", []))
        assert set(told.keys("post.edited")) <= set(told.truth.get("edited", [])), told.name
        assert not told.keys("post.removed")


def test_a_feed_is_told_without_removals_stale_copies_or_returns() -> None:
    """What leaves a feed is not removed, what returns is not added, and the copy of 29 hours before changes nothing."""
    for place, told in enumerate(replayed("feed-rss-home")):
        assert not told.keys("post.removed"), told.name
        assert not set(told.keys("post.added")) & set(told.truth.get("back", [])), told.name
        if told.name.startswith("046_"):
            assert told.changes == ()
        elif place:
            assert told.keys("post.added") == sorted(told.truth.get("new", [])), told.name


def test_no_recording_breaks_detection() -> None:
    """Every recording replays to its end, and an id stands for one change.

    Only a post that returns after hundreds of others have departed is added again, under the id it had.
    """
    for folder in sorted(path.parent.name for path in CORPUS.glob("*/recording.toml")):
        known: dict[str, Change] = {}
        for change in (change for told in replayed(folder) for change in told.changes):
            first = known.setdefault(change.id, change)
            assert first is change or (change.type, change.after) == ("post.added", first.after), folder
