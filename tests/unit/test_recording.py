"""Recordings: a folder read as the observations it holds, or one line that says why not."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.adapters.recording import read
from monitor.errors import UsageError
from monitor.model import ExtractRules, FailedPoll, Snapshot, Source

TOML = """
[source]
name = "budget-day"
url = "https://news.example/live"
timezone = "Europe/London"
tags = ["politics"]
poll = { min = "15s" }

[source.extract]
format = "json"
posts = "posts"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty recording."""
    (tmp_path / "recording.toml").write_text(TOML)
    return tmp_path


def test_snapshots_are_read_in_order_of_their_numbers(folder: Path) -> None:
    """Names give the time of the fetch and the kind; 10 comes after 9."""
    (folder / "10_20260302T101000Z.json").write_bytes(b"[2]")
    (folder / "9_20260302T100900Z.json.gz").write_bytes(gzip.compress(b"[1]"))
    (folder / "truth.jsonl").write_text("{}")
    tape = read(folder)
    assert [frame.body for frame in tape.frames] == [b"[1]", b"[2]"]
    first = tape.frames[0].observation
    assert isinstance(first, Snapshot)
    assert first.name == "9_20260302T100900Z.json"
    assert first.fetched_at == datetime(2026, 3, 2, 10, 9, tzinfo=UTC)
    assert (first.content_type, first.generated_at, first.encoding) == ("application/json", None, "")
    assert tape.source == Source(
        name="budget-day",
        url="https://news.example/live",
        timezone="Europe/London",
        tags=("politics",),
        extract=ExtractRules(format="json", posts="posts"),
    )


def test_headers_before_the_body_are_headers(folder: Path) -> None:
    """A file that begins with a status line gives its headers, and the body behind them."""
    head = b"HTTP/1.1 200 OK\r\nDate: Mon, 02 Mar 2026 10:08:50 GMT\r\nAge: 5\r\nVary: A\r\nVary: B\r\n\r\n"
    (folder / "001_20260302T100900Z.json").write_bytes(head + b"[1]")
    frame = read(folder).frames[0]
    assert (frame.body, frame.status, frame.headers["vary"]) == (b"[1]", 200, "A, B")
    assert isinstance(frame.observation, Snapshot)
    assert frame.observation.generated_at == datetime(2026, 3, 2, 10, 8, 50, tzinfo=UTC)


def test_headers_beside_a_file_are_its_headers(folder: Path) -> None:
    """A .headers.json tells status and headers, names in any case."""
    (folder / "001_20260302T100900Z.html").write_bytes(b"<p>")
    beside = {"status": 200, "headers": {"Content-Type": "text/html; charset=utf-8"}, "url": "https://news.example"}
    (folder / "001_20260302T100900Z.headers.json").write_text(json.dumps(beside))
    observation = read(folder).frames[0].observation
    assert isinstance(observation, Snapshot)
    assert observation.content_type == "text/html; charset=utf-8"


def test_an_empty_file_is_a_failed_poll(folder: Path) -> None:
    """Nothing came; that is never a page without posts. The same goes for headers without a body."""
    (folder / "001_20260302T100900Z.json").write_bytes(b"")
    (folder / "002_20260302T101000Z.json").write_bytes(b"HTTP/1.1 200 OK\r\nDate: x\r\n\r\n")
    for frame in read(folder).frames:
        assert isinstance(frame.observation, FailedPoll)
        assert (frame.observation.reason, frame.body) == ("empty body", None)


def test_an_error_status_is_a_failed_poll(folder: Path) -> None:
    """A recorded 503 is what it was."""
    (folder / "001_20260302T100900Z.html").write_bytes(b"HTTP/1.1 503 Busy\r\n\r\n<p>later</p>")
    observation = read(folder).frames[0].observation
    assert isinstance(observation, FailedPoll)
    assert observation.reason == "HTTP 503"


def test_what_is_no_recording_is_said_in_one_line(tmp_path: Path) -> None:
    """A missing path, a single file, a folder without recording.toml or without snapshots."""
    single = tmp_path / "page.html"
    single.write_text("<p>")
    bare = tmp_path / "bare"
    bare.mkdir()
    for path, words in (
        (tmp_path / "nowhere", "does not exist"),
        (single, "is a file"),
        (bare, r"recording\.toml: does not exist"),
    ):
        with pytest.raises(UsageError, match=words) as caught:
            read(path)
        assert "\n" not in str(caught.value)
    (bare / "recording.toml").write_text(TOML)
    with pytest.raises(UsageError, match="holds no snapshots"):
        read(bare)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('format = "json"', 'format = "jason"', "jason"),
        ("posts =", "postings =", "postings"),
        ('name = "budget-day"', "", "name"),
        ("Europe/London", "Europe/Atlantis", "Atlantis"),
        ("[source]", "[source", "recording.toml"),
    ],
)
def test_a_broken_table_is_said_a_line_a_fault(folder: Path, old: str, new: str, words: str) -> None:
    """Unknown keys, bad values and broken TOML name the file and the key, as in the configuration."""
    (folder / "recording.toml").write_text(TOML.replace(old, new))
    with pytest.raises(UsageError, match=words) as caught:
        read(folder)
    assert all(line.startswith(f"{folder}/recording.toml: ") for line in str(caught.value).splitlines())


def test_a_torn_file_is_said_in_one_line(folder: Path) -> None:
    """A gzip file cut short names itself."""
    (folder / "001_20260302T100900Z.json.gz").write_bytes(gzip.compress(b"[1]" * 99)[:-9])
    with pytest.raises(UsageError, match="001_20260302T100900Z"):
        read(folder)
