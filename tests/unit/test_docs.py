"""The documentation says what the code does: commands, metrics, change types."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from monitor.cli import COMMANDS
from monitor.metrics import TABLE
from monitor.model import ChangeType

ROOT = Path(__file__).parents[2]


def read(name: str) -> str:
    """A file of the project, from its root."""
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_command_is_in_the_readme() -> None:
    """The README's table names exactly the commands there are."""
    table = read("README.md").partition("## Commands")[2].partition("\n## ")[0]
    named = {
        word.removeprefix("stetwatch ")
        for row in table.splitlines()
        if row.startswith("| `")
        for word in re.findall(r"`([a-z ]+)`", row.split("|")[1])
    }

    assert named == set(COMMANDS)


def test_every_metric_is_in_the_operations_page() -> None:
    """The page's table is the table of ``monitor.metrics``, row for row."""
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]+) \| (.+) \|$", read("docs/operations.md"), re.MULTILINE)

    assert rows == [(m.name, m.kind, ", ".join(m.per) or "–", m.meaning) for m in TABLE]


@pytest.mark.parametrize(
    "type_", [t for t in get_args(ChangeType) if not t.startswith(("delivery", "destination", "post.moved"))]
)
def test_every_change_type_is_explained(type_: str) -> None:
    """docs/detection.md has a row for each type a source can have."""
    assert f"| `{type_}` |" in read("docs/detection.md")


def test_no_documentation_link_is_dead() -> None:
    """Every relative link in the README, CONTRIBUTING and docs/ leads to a file."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    dead = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]

    assert dead == []
