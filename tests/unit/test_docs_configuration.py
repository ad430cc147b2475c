"""The configuration's documentation and its documented defaults say what the table of keys says."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from monitor.config.rows import Key
from monitor.config.table import paths

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
DEFAULTS = (ROOT / "config/stetwatch.toml").read_text(encoding="utf-8")

LEAVES = {path: keys for path, keys in paths().items() if any(key.kind for key in keys)}
TABLES = paths().keys() - LEAVES.keys()
ROW = re.compile(r"^\| `([a-z_.]+)`( †)? \| .* \| (.*?) \| .* \|$", re.MULTILINE)
EXAMPLE = re.compile(r"^# (\[[a-z.\[\]]+\]|[a-z_]+ = .+)$", re.MULTILINE)


def _written(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Every key of a parsed file by its path as in the table, a secret under its plain name."""
    for name, value in table.items():
        path = prefix + name
        plain = re.sub(r"_(env|file)$", "", path)
        if path not in paths() and plain in paths():
            path = plain
        if path in TABLES:
            for one in value if isinstance(value, list) else [value]:
                assert isinstance(one, dict)
                yield from _written(one, f"{path}.")
        else:
            yield path, value


def _keys_at(path: str, *, secret: bool) -> list[Key]:
    return [
        key
        for key in LEAVES[path]
        if (key.secret or path in {"source.cookies", "source.headers", "destination.headers"}) == secret
    ]


def test_every_key_is_documented_and_nothing_else() -> None:
    """docs/configuration.md has a row for each key of the table, and only for those."""
    assert {row[0] for row in ROW.findall(DOCS)} - TABLES == LEAVES.keys()


def test_the_documented_defaults_and_secrets_are_true() -> None:
    """Each row's default is the table's, `required` means required, and † marks secrets."""
    wrong = []
    for path, mark, default in ROW.findall(DOCS):
        if path in TABLES or path == "data_dir":
            continue
        stated = tomllib.loads(f"x = {default.strip('`')}")["x"] if default.startswith("`") else None
        matching = [
            key
            for key in _keys_at(path, secret=bool(mark))
            if key.default == stated and (key.required == (default == "required"))
        ]
        if not matching:
            wrong.append((path, mark, default))
    assert wrong == []


def test_the_default_file_shows_every_key_and_nothing_else() -> None:
    """With its examples switched on, config/stetwatch.toml holds exactly the keys of the table."""
    switched_on = tomllib.loads(EXAMPLE.sub(r"\1", DEFAULTS))
    assert {path for path, _ in _written(switched_on)} == LEAVES.keys()


def test_the_examples_of_plain_defaults_are_true() -> None:
    """Where the file shows a key that has a simple default, in a live line or an example, it shows that default."""
    telling = {"source.poll.min", "source.poll.max", "source.render", "source.baseline", "destination.allow_http",
               "destination.api_url", "route.match.modified_only", "redis.prefix", "network.ports", "work.processes",
               "network.allow", "retention.days", "retention.max_changes", "retention.snapshot_hours",
               "web.listen", "web.proxies"}  # fmt: skip
    shown = dict(_written(tomllib.loads(EXAMPLE.sub(r"\1", DEFAULTS))))
    assert {path: shown[path] for path in telling} == {
        path: next(key.default for key in LEAVES[path] if key.default is not None) for path in telling
    }


def test_the_examples_in_the_documentation_are_toml() -> None:
    """Each TOML block of the page parses."""
    blocks = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)
    assert len(blocks) >= 3
    for block in blocks:
        tomllib.loads(block)
