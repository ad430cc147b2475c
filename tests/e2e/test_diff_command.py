"""`stetwatch diff` and `check` on files, as a person uses them to find out why something was told, or was not."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.kit.cli import stetwatch

POSTS = (
    ("Rail suspended", "Rail services between the two cities remain suspended while engineers inspect the bridge."),
    ("Harvest fears", "Farmers on the western plain report that the maize harvest is likely to fail again this year."),
    ("Rate unchanged", "The central bank left its main rate unchanged, as most analysts had expected it to do."),
    ("Airline apologises", "A spokesman for the airline apologised to passengers stranded on the island since Monday."),
)
TIMES = ("14:42", "14:29", "14:16", "14:03")
PARAGRAPHS = "".join(f"<p>{text}</p>" for _, text in POSTS)


def blog(labels: tuple[str, ...] = TIMES, *, without: int | None = None, title: str = "Budget day") -> str:
    """A live page of no known shape: time, headline and a paragraph a post."""
    rows = "".join(
        f'<div class="x9"><span class="t">{label}</span><h3>{headline}</h3><p>{text}</p><p>More is expected.</p></div>'
        for number, (label, (headline, text)) in enumerate(zip(labels, POSTS, strict=True))
        if number != without
    )
    return f"<html><head><title>{title}</title></head><body><main><h1>{title}</h1>{rows}</main></body></html>"


def article(text: str = PARAGRAPHS, *, head: str = "") -> str:
    """One plain article, with or without a canonical link."""
    return (
        f"<html><head><title>Mayor resigns</title>{head}</head><body><article><h1>Mayor resigns</h1>"
        f"<time datetime='2026-03-21T11:00:00Z'>21 March 2026</time>{text}</article></body></html>"
    )


def written(folder: Path, **pages: str) -> list[Path]:
    """The pages as files, in order."""
    files = [folder / f"{name}.html" for name in pages]
    for file, page in zip(files, pages.values(), strict=True):
        file.write_text(page, encoding="utf-8")
    return files


def lines(*words: str | Path) -> list[dict[str, Any]]:
    """What a command prints with --json."""
    ended = stetwatch(*words, "--json")
    assert (ended.returncode, ended.stderr) == (0, "")
    return [json.loads(line) for line in ended.stdout.splitlines()]


@pytest.mark.parametrize("canonical", [(), (0,), (1,), (0, 1)])
def test_two_files_of_one_article_are_one_article(canonical: tuple[int, ...], tmp_path: Path) -> None:
    """Whatever the files are called, and whether none, one or both name their address: an edit, not another article."""
    link = '<link rel="canonical" href="https://gazette.example/mayor">'
    heads = [link if side in canonical else "" for side in (0, 1)]
    changed = PARAGRAPHS.replace("unchanged", "at 4.25 per cent")
    files = written(tmp_path, before=article(head=heads[0]), after=article(changed, head=heads[1]))

    (change,) = lines("diff", *files)

    assert change["type"] == "post.edited"
    named = "https://gazette.example/mayor" if canonical else "https://page.invalid/"
    assert (change["data"]["source"]["url"], change["data"]["post"]["url"]) == (named, named)


def test_a_missing_post_is_said_to_be_missing(tmp_path: Path) -> None:
    """A removal needs a second copy: `diff` says what it saw and what would settle it, instead of "no change"."""
    files = written(tmp_path, before=blog(), after=blog(without=1))

    shown = stetwatch("diff", *files).stdout
    (line,) = lines("diff", *files)

    assert "missing here: 'Harvest fears': told as removed once a second, newer copy lacks it" in shown
    assert "no change" not in shown
    assert (line["pending"], line["post"]["headline"]) == ("post.removed", "Harvest fears")


def test_a_moved_label_is_said_to_be_doubted(tmp_path: Path) -> None:
    """Relative labels are believed by a second copy; until then `diff` shows both times."""
    ago = ("2 min ago", "15 min ago", "18 min ago", "41 min ago")
    files = written(tmp_path, before=blog(ago), after=blog((ago[0], "55 min ago", *ago[2:])))

    shown = stetwatch("diff", *files, "--at", "2026-03-21T15:00:00Z").stdout
    (line,) = lines("diff", *files, "--at", "2026-03-21T15:00:00Z")

    assert "another time: 'Harvest fears'" in shown
    assert "(15 min ago) → " in shown
    assert (line["pending"], line["after"]["text"]) == ("post.retimed", "55 min ago")


def test_replay_says_what_the_last_copy_left_open(tmp_path: Path) -> None:
    """A recording that ends with a deletion has no change, and says why; --json lines are changes alone."""
    (tmp_path / "recording.toml").write_text('[source]\nname = "day"\nurl = "https://news.example/day"\n')
    (tmp_path / "001_20260321T150000Z.html").write_text(blog())
    (tmp_path / "002_20260321T150100Z.html").write_text(blog(without=1))

    assert "missing here: 'Harvest fears'" in stetwatch("replay", tmp_path).stdout
    assert lines("replay", tmp_path) == []


def test_a_copy_that_cannot_be_believed_is_named(tmp_path: Path) -> None:
    """Of two copies the one that failed is named, and is the one to be looked at."""
    wall = "<html><head><title>Your privacy</title></head><body><h1>We value your privacy</h1>"
    wall += "<p>We and our 842 partners store information on a device, such as cookies.</p><button>Accept all</button>"
    good, bad = written(tmp_path, base=blog(), wall=wall)

    for pair in ((good, bad), (bad, good)):
        ended = stetwatch("diff", *pair)
        assert (ended.returncode, ended.stderr.count(str(bad)), ended.stderr.count(str(good))) == (1, 2, 0)
        assert ended.stderr.endswith(f"look at it with `stetwatch check {bad}`\n")


def test_the_times_of_two_files(tmp_path: Path) -> None:
    """NEW was made when its file was, a minute after OLD where that tells nothing, and always a minute after --at."""
    files = written(tmp_path, before=blog(), after=blog(title="Budget passed"))
    saved = int(datetime(2026, 3, 21, 15, tzinfo=UTC).timestamp())

    def told_at(after_s: float, *words: str) -> str:
        os.utime(files[0], (saved, saved))
        os.utime(files[1], (saved + after_s, saved + after_s))
        return str(lines("diff", *files, *words)[0]["timestamp"])

    assert told_at(600) == "2026-03-21T15:10:00Z"
    assert told_at(0.25) == told_at(-600) == "2026-03-21T15:01:00Z"
    assert told_at(600, "--at", "2026-03-20T09:00:00Z") == "2026-03-20T09:01:00Z"


def test_a_feed_older_than_the_other_is_no_silence(tmp_path: Path) -> None:
    """Two copies the wrong way round are told so: by its own clock the second is older, and would be ignored."""
    files = []
    for name, built in (("old", "15:00"), ("new", "14:00")):
        entry = f"<item><guid>{name}</guid><title>{name}</title><pubDate>Sat, 21 Mar 2026 13:00:00 GMT</pubDate></item>"
        channel = f"<channel><title>News</title><lastBuildDate>Sat, 21 Mar 2026 {built}:00 GMT</lastBuildDate>{entry}"
        files.append(tmp_path / f"{name}.xml")
        files[-1].write_text(f'<rss version="2.0">{channel}</channel></rss>')

    ended = stetwatch("diff", *files)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert "older" in ended.stderr


def test_a_binary_file_is_no_page(tmp_path: Path) -> None:
    """A program, a picture, a broken .gz: said to be no page, with no word of selectors; UTF-16 is no binary."""
    (tmp_path / "ls").write_bytes(b"\x7fELF\x02\x01\x01\0\0\0\0" + bytes(range(256)) * 20)
    (tmp_path / "page.html.gz").write_bytes(b"\x1f\x8b\x08cut")
    (tmp_path / "wide.html").write_bytes(blog().encode("utf-16"))

    for name in ("ls", "page.html.gz"):
        ended = stetwatch("check", tmp_path / name)
        (line,) = ended.stderr.splitlines()
        assert (ended.returncode, "extract" in line) == (1, False)
    assert "no page" in stetwatch("check", tmp_path / "ls").stderr
    assert stetwatch("check", tmp_path / "wide.html").returncode == 0


def test_an_address_without_https_is_recognised() -> None:
    """No such file, but a host and a path: the address is proposed; a file's name is not taken for one."""
    assert "did you mean https://news.example/live?" in stetwatch("check", "news.example/live").stderr
    assert "did you mean" not in stetwatch("check", "nowhere/page.html").stderr + stetwatch("check", "p.html").stderr
