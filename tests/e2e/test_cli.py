"""The commands that need no roles, as processes: their words, their JSON, their exit codes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import COMMANDS
from monitor.cli import stetwatch as program
from tests.kit.cli import ROOT, stetwatch

CAPTURE = ROOT.parent / "shared" / "corpus" / "capture" / "live-page-2023-03-21.txt"

BEFORE = """
<html><script type="application/ld+json">{"@type": "LiveBlogPosting", "headline": "Storm", "liveBlogUpdate": [
{"@type": "BlogPosting", "@id": "p1", "headline": "Ferries stop", "datePublished": "2026-03-21T10:00:00Z",
 "articleBody": "At least 14 ferries stay in harbour."}]}</script></html>
"""
AFTER = BEFORE.replace("At least 14", "At least 17")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_text_has_an_example(command: str) -> None:
    """`stetwatch COMMAND --help` explains itself and shows one call."""
    shown = CliRunner().invoke(program, [command, "--help"])

    assert (shown.exit_code, "Example:  " in shown.output or "HEALTHCHECK" in shown.output) == (0, True)


@pytest.mark.skipif(not CAPTURE.is_file(), reason="needs the recordings in ../shared/corpus")
def test_check_shows_the_posts_of_a_capture() -> None:
    """The nine posts of the text capture, each with headline, byline, paragraphs and a time interval."""
    ended = stetwatch("check", CAPTURE, "--at", "2023-03-21T12:00:00Z", "--json")

    posts = [json.loads(line) for line in ended.stdout.splitlines()]
    assert (ended.returncode, len(posts)) == (0, 9)
    assert posts[1]["headline"] == "New Zealand national killed in Ukraine frontline battle, report says"
    assert posts[1]["author"] == "Hannah Ritchie"
    assert posts[1]["published"] == {
        "earliest": "2023-03-21T11:23:00Z",
        "latest": "2023-03-21T11:24:00Z",
        "text": "36 min ago",
        "kind": "relative",
    }
    assert all(post["headline"] and post["author"] and len(post["body"]) > 3 and post["published"] for post in posts)
    stray = re.compile(r"Read more here|^\d+ (min|hr)( \d+ min)? ago$")
    assert not any(stray.search(paragraph) for post in posts for paragraph in post["body"])


def test_check_without_posts_says_what_to_do(tmp_path: Path) -> None:
    """A page nobody can read exits 1 with one line that names the cure."""
    page = tmp_path / "page.html"
    page.write_text("<html><body><p>Nothing live here.</p></body></html>")

    ended = stetwatch("check", page)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert "[source.extract]" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_check_refuses_private_addresses_unless_told() -> None:
    """The guard covers `check` too: loopback is refused, with the setting that would allow it."""
    ended = stetwatch("check", "http://127.0.0.1:9/")

    assert ended.returncode == 1
    assert "loopback" in ended.stderr
    assert "allow" in ended.stderr


def test_diff_tells_one_changed_number(tmp_path: Path) -> None:
    """Two copies that differ in a figure give one change with a redline of that figure alone."""
    (tmp_path / "before.html").write_text(BEFORE)
    (tmp_path / "after.html").write_text(AFTER)

    ended = stetwatch("diff", tmp_path / "before.html", tmp_path / "after.html", "--json")

    (change,) = [json.loads(line) for line in ended.stdout.splitlines()]
    assert (ended.returncode, change["type"], change["data"]["fields"]) == (0, "post.edited", ["body"])
    assert change["data"]["significance"]["class"] == "number"
    assert [run for run in change["data"]["redline"]["body"] if run[0] != "="] == [["-", "14"], ["+", "17"]]


def test_replay_of_a_recording_made_by_hand(tmp_path: Path) -> None:
    """A folder of two snapshots and an empty file replays to one edit; the empty file is no deletion."""
    (tmp_path / "recording.toml").write_text('[source]\nname = "storm"\nurl = "https://news.example/live"\n')
    (tmp_path / "001_20260321T100500Z.html").write_text(BEFORE)
    (tmp_path / "002_20260321T100600Z.html").write_text("")
    (tmp_path / "003_20260321T100700Z.html").write_text(AFTER)

    ended = stetwatch("replay", tmp_path, "--json")

    changes = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [change["type"] for change in changes] == ["post.edited"]
    assert changes[0]["data"]["snapshot"]["name"] == "003_20260321T100700Z.html"


def test_hostile_page_text_cannot_drive_the_terminal(tmp_path: Path) -> None:
    """Escape sequences and bidi overrides in a headline come out as replacement characters."""
    (tmp_path / "page.html").write_text(BEFORE.replace("Ferries", "\\u001b[2J\\u202eFerries"))

    shown = stetwatch("check", tmp_path / "page.html").stdout

    assert "\x1b[2J" not in shown
    assert "\u202e" not in shown


def test_configuration_faults_come_all_at_once(tmp_path: Path) -> None:
    """Two faults in one file are two lines with file, key and cure, and exit code 2."""
    path = tmp_path / "stetwatch.toml"
    path.write_text('[[source]]\nname = "a"\nurl = "ftp://x.example/"\npol = 3\n')

    ended = stetwatch("config", "check", "--config", path)

    assert ended.returncode == 2
    assert [line.split(": ")[2] for line in ended.stderr.splitlines()] == ["source[0].pol", "source[0].url"]


def test_config_init_writes_a_file_that_checks(tmp_path: Path) -> None:
    """What `config init` writes passes `config check`; it is never written over a file."""
    path = tmp_path / "stetwatch.toml"

    assert stetwatch("config", "init", path).returncode == 0
    assert stetwatch("config", "check", "--config", path).returncode == 0
    assert stetwatch("config", "init", path).returncode == 2


@pytest.mark.parametrize("words", [["frobnicate"], ["check"], ["replay", "/nowhere"], ["serve", "/nowhere"], ["run"]])
def test_wrong_usage_exits_2(words: list[str], tmp_path: Path) -> None:
    """Unknown commands, missing arguments, absent recordings and nothing to watch are usage errors."""
    assert stetwatch(*words, env={"HOME": str(tmp_path)}).returncode == 2


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["diff", "a"], "stetwatch diff: Missing argument 'NEW'"),
        (["replay", "x", "--until", "0"], "stetwatch replay: Invalid value for '--until'"),
        (["check", "x", "--bogus"], "stetwatch check: No such option '--bogus'"),
        (["frobnicate"], "stetwatch: No such command 'frobnicate'"),
        (["config", "frobnicate"], "stetwatch config: No such command 'frobnicate'"),
    ],
)
def test_wrong_usage_is_one_line(words: list[str], fault: str) -> None:
    """Wrong words are told like every other error: one line that names the command, the fault and where to look."""
    ended = stetwatch(*words)

    (line,) = ended.stderr.splitlines()
    assert (ended.returncode, ended.stdout) == (2, "")
    assert line.startswith(fault)
    assert f"`{fault.partition(':')[0]} --help`" in line


def test_help_is_no_error() -> None:
    """`--help` and `--version` exit 0 on standard output; the bare command shows its help and exits 2."""
    assert [stetwatch(word).returncode for word in ("--help", "--version")] == [0, 0]
    bare = stetwatch()
    assert (bare.returncode, "Commands:" in bare.stderr) == (2, True)
