"""What may not be in the tree: paths of the machine it was written on, and hosts that packages come from."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

NOT_OURS = {".git", ".venv", "__pycache__", "node_modules", ".extras", "dist", ".stetwatch"}

# Written so that no pattern matches its own source.
MACHINE = rb"(?<![\w.])/(?:[w]ork|[r]oot|[h]ome/[a-z]\w*|[U]sers/\w+|[t]mp)(?:/|\b(?![.\w-]))|[C]:\\\\?Users\\"
REGISTRY = rb"(?<![\w-])(?:pypi\.org|pythonhosted\.org|npmjs\.org|npmjs\.com|crates\.io)"


def _files() -> Iterator[Path]:
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [one for one in folders if one not in NOT_OURS and not one.endswith(("_cache", ".egg-info"))]
        folders[:] = [one for one in folders if one != ".hypothesis"]
        yield from (Path(folder, name) for name in names if name != ".git")


def _found(pattern: bytes) -> list[str]:
    searched = re.compile(pattern)
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120].decode('utf-8', 'replace')}"
        for path in sorted(_files())
        if searched.search(whole := path.read_bytes())
        for number, line in enumerate(whole.splitlines(), 1)
        if searched.search(line)
    ]


def _report(found: list[str]) -> None:
    if found:
        pytest.fail(f"{len(found)} line(s) that do not belong in the tree:\n  " + "\n  ".join(found), pytrace=False)


def test_no_file_names_a_path_of_one_machine() -> None:
    """Working folders, homes, this checkout's own path and the virtual environment's stand nowhere."""
    here = [ROOT] if len(ROOT.parts) > 3 else []
    here += [Path(sys.prefix)] if sys.prefix != sys.base_prefix else []
    own = b"".join(b"|" + re.escape(str(path).encode()) + rb"\b" for path in here)
    _report(_found(MACHINE + own))


def test_no_file_names_a_package_registry() -> None:
    """Where packages come from is the installer's business: locks and docs name no host."""
    _report(_found(REGISTRY))


@pytest.mark.parametrize("line", [b"cd /%s/main", b"file:///%s/x", b'"/%s"', b"root=/%s/", b"/%s"])
@pytest.mark.parametrize("folder", [b"work", b"root", b"home/ann", b"tmp"])
def test_the_machine_pattern_finds_paths(line: bytes, folder: bytes) -> None:
    """Each kind of path is found wherever a line has it."""
    assert re.search(MACHINE, line % folder)


@pytest.mark.parametrize(
    "line",
    [b"docs/work/x", b"https://x.example/work/1", b"a /workers/x", b"/rootless", b"/home", b"/work-flow", b"../tmp/x"],
)
def test_the_machine_pattern_leaves_other_paths(line: bytes) -> None:
    """Relative paths, URLs and longer words are no machine's."""
    assert not re.search(MACHINE, line)
