"""Pages written for this test, one a format, and what must be read from each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from monitor.model import Extraction, Page, Span
from tests.kit.copies import PAGES, URL, read_copy

GOLDEN = PAGES / "golden"
COPIES = sorted(path for path in GOLDEN.iterdir() if path.is_file() and not path.name.endswith(".expected.json"))


def _span(span: Span | None) -> str | None:
    """An instant as itself, an interval as both its ends."""
    if span is None:
        return None
    first, last = (at.strftime("%Y-%m-%dT%H:%M:%S") for at in (span.earliest, span.latest))
    return first if first == last else f"{first}/{last}"


def described(found: Extraction) -> dict[str, object]:
    """An extraction as it stands in the expected file: fields that say nothing are left out."""
    if not isinstance(found, Page):
        return {"unreadable": found.reason}
    posts = [
        {
            "key": post.key,
            "url": post.url,
            "headline": post.headline,
            "body": list(post.body),
            "author": post.author,
            "published": _span(post.published),
            "modified": _span(post.modified),
            "media": list(post.media),
            "pinned": post.pinned,
            "found_by": post.found_by,
        }
        for post in found.posts
    ]
    return {
        "rung": found.rung,
        "shape": found.shape,
        "title": found.title,
        "reasons": list(found.reasons),
        "posts": [{name: value for name, value in post.items() if value} for post in posts],
    }


@pytest.mark.parametrize("path", COPIES, ids=lambda path: path.name)
def test_pages_are_read_as_written(path: Path) -> None:
    """Every field of every post of a page is what its expected file says, and the reasons say how it was found."""
    expected = json.loads(path.with_name(f"{path.name}.expected.json").read_text(encoding="utf-8"))
    url = expected.pop("url", URL)
    found = read_copy(path.read_bytes(), name=path.name, timezone="Europe/London", url=url)
    assert described(found) == expected
