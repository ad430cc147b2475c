"""docs/pictures: every page, wide and narrow, small, and shown where the pages are described."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.web.pictures import FOLDER, MOST_BYTES, PAGES, WINDOWS

DOCS = Path(__file__).parents[2] / "docs"


def test_every_page_has_its_pictures() -> None:
    """Each page has one of each window, no other file lies there, and none is heavy to clone."""
    wanted = {f"{name}-{window}.png": WINDOWS[window][0] for name in PAGES for window in WINDOWS}
    kept = {path.name: path.read_bytes() for path in FOLDER.iterdir()}

    assert set(kept) == set(wanted)
    assert {name: int.from_bytes(png[16:20]) for name, png in kept.items()} == wanted
    assert [name for name, png in kept.items() if len(png) > MOST_BYTES] == []


def test_the_documentation_shows_every_picture() -> None:
    """docs/web.md links each of them."""
    linked = re.findall(r"\]\(pictures/([a-z-]+\.png)\)", (DOCS / "web.md").read_text(encoding="utf-8"))

    assert set(linked) == {path.name for path in FOLDER.iterdir()}
