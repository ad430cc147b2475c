"""The documentation says what the code does: commands, metrics, change types."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import click
import pytest

from monitor.cli import COMMANDS
from monitor.cli import stetwatch as program
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


@pytest.mark.parametrize(
    "type_", [t for t in get_args(ChangeType) if not t.startswith(("delivery", "destination", "role", "post.moved"))]
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


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMAND_LINE = re.compile(r"(?:^|[ (`/])stetwatch ((?:[a-z]+ ?)+(?:[^`\n#]*))", re.MULTILINE)


def written(text: str) -> Iterator[list[str]]:
    """The words of every command that stands in code, in a block or in a line."""
    code = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    code += re.findall(r"`((?:stetwatch )[^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    for found in code:
        for line in COMMAND_LINE.findall(found.replace("\\\n", " ")):
            yield [word.rstrip(')"') for word in shlex.split(line.replace("'", " ").replace('"', " "))]


def unknown(words: list[str]) -> str | None:
    """What of a command line does not exist: the command, or an option of it."""
    command: click.Command = program
    while isinstance(command, click.Group) and words:
        below = command.get_command(click.Context(command), words[0].rstrip(","))
        if below is None:
            return None if "|" in words[0] or words[0].startswith("-") else words[0]
        command, words = below, words[1:]
    options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    given = [word.partition("=")[0] for word in words if re.match(r"--?[a-zA-Z]", word)]
    return next((one for one in given if one not in options), None)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_in_the_documentation_exists(page: Path) -> None:
    """Each command that a page shows is one of ours, with options that it has."""
    text = page.read_text(encoding="utf-8")
    wrong = [f"{' '.join(words)}: {what}" for words in written(text) if (what := unknown(words)) is not None]

    assert wrong == []


def test_the_check_of_commands_finds_what_is_wrong() -> None:
    """An invented command and an invented option are told; the pages do hold commands."""
    assert unknown(["destinations", "explode"]) == "explode"
    assert unknown(["deliveries", "list", "--stat", "dead"]) == "--stat"
    assert sum(len(list(written(page.read_text(encoding="utf-8")))) for page in PAGES) > 30


@pytest.mark.parametrize("group", ["destinations", "deliveries", "sources", "webhook"])
def test_every_operator_command_is_documented_and_has_an_example(group: str) -> None:
    """Each subcommand stands in the documentation, and its help shows one call."""
    command = program.get_command(click.Context(program), group)
    assert isinstance(command, click.Group)
    pages = read("docs/operations.md") + read("docs/webhooks.md") + read("README.md")
    for name, below in command.commands.items():
        assert f"stetwatch {group} {name}" in pages, name
        assert re.search(r"Example:  .*stetwatch", below.help or ""), name
