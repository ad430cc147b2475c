"""Two recorded tickers without configuration, held against the readers written by hand for those pages alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from benchmarks.accuracy import readers
from benchmarks.accuracy.readers import Line
from monitor.adapters import recording
from monitor.core.extract import extract
from monitor.core.normalize import loose
from monitor.core.replay import replay
from monitor.core.times import zone_of
from monitor.model import ExtractRules, Page, Post, Snapshot, Version
from tests.kit.copies import RECORDINGS

pytestmark = pytest.mark.skipif(
    not RECORDINGS.is_dir(), reason="the recordings (../shared/corpus) are not at hand: no ticker to read"
)

FOUND, RIGHT = 0.97, 0.95
TICKERS = [("ticker-html", "structure", readers.html_ticker), ("ticker-text", "text", readers.text_ticker)]


def _words(post: Post | Version) -> str:
    return loose((post.headline, *post.body))


@pytest.mark.parametrize(("name", "rung", "read"), TICKERS)
def test_every_post_of_an_unknown_ticker_is_found(name: str, rung: str, read: Callable[[bytes], list[Line]]) -> None:
    """In every snapshot nearly all posts of the reader are there, with their words and the clock they show."""
    tape = recording.read(RECORDINGS / name)
    source = replace(tape.source, extract=ExtractRules())
    zone = zone_of(source.timezone)
    seen = 0
    for frame in tape.frames:
        if not frame.body or not isinstance(frame.observation, Snapshot):
            continue
        page = extract(frame.body, frame.observation, source)
        assert isinstance(page, Page), frame.name
        assert page.rung == rung
        lines = dict(enumerate(read(frame.body)))
        seen += len(lines)
        wanted = len(lines)
        for post in page.posts:
            assert post.published is not None, frame.name
            clock = post.published.earliest.astimezone(zone).strftime("%H:%M")
            same = {number: line for number, line in lines.items() if line.clock == clock}
            if (number := readers.find(_words(post), same)) is not None:
                del lines[number]
        assert wanted - len(lines) >= FOUND * wanted, frame.name
        assert len(page.posts) <= wanted + 1, frame.name
    assert seen > 2_000


@pytest.mark.parametrize(("name", "rung", "read"), TICKERS)
def test_an_unknown_ticker_is_followed(name: str, rung: str, read: Callable[[bytes], list[Line]]) -> None:
    """Additions and edits of the reader's posts are told, at the latest one snapshot on, and hardly any others."""
    tape = recording.read(RECORDINGS / name)
    source = replace(tape.source, extract=ExtractRules())
    detections = list(replay(source, ((frame.observation, frame.body) for frame in tape.frames)))
    sights = readers.aligned([read(frame.body) if frame.body else [] for frame in tape.frames])
    for type_ in ("added", "edited"):
        waiting: dict[int, int] = {}
        true = told = right = 0
        for place, (detection, sight) in enumerate(zip(detections, sights, strict=True)):
            waiting = {uid: since for uid, since in waiting.items() if place - since <= 1}
            fresh = sight.added if type_ == "added" else sight.edited
            true += len(fresh)
            waiting |= dict.fromkeys(fresh, place)
            for change in detection.changes:
                if change.type != f"post.{type_}" or change.after is None or change.fields == ("media",):
                    continue
                told += 1
                uid = readers.find(_words(change.after), sight.posts)
                right += uid is not None and waiting.pop(uid, None) is not None
        assert true >= 10, (rung, type_)
        assert right >= RIGHT * true, (type_, "recall")
        assert right >= RIGHT * told, (type_, "precision")
