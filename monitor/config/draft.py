"""A source said elsewhere than in the file: read by the same table, by the same checks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from monitor.config.load import source_of
from monitor.config.place import FAULTY, Place, Reading
from monitor.config.rows import Table, read_table
from monitor.config.table import SOURCE
from monitor.logs import escape, mask
from monitor.model import Source

_SECRETS: Final = frozenset({"headers", "cookies", "auth", "proxy", "user_agent"})
_OPEN: Final = Table(tuple(key for key in SOURCE.keys if key.name not in _SECRETS), SOURCE.check)
_ORIGIN: Final = "source"
_KEY = re.compile(r"[a-z_.]+(?:\[\d+\])?")


def draft(words: Mapping[str, object]) -> Source | Mapping[str, str]:
    """The source that a ``[[source]]`` table's words come to, or all that is wrong with them: key → fault; cure.

    What a poll sends along is not taken: it belongs to the configuration file, where secrets are kept.
    """
    reading = Reading(origin=_ORIGIN, folder=Path(), environ={}, read_file=_no_file)
    row = Place(reading).read(lambda place, value: read_table(place, value, _OPEN), dict(words))
    if reading.faults or row is FAULTY or not isinstance(row, dict):
        return dict(map(_by_key, reversed(reading.faults)))
    return source_of(row)


def _by_key(fault: str) -> tuple[str, str]:
    text = escape(mask(fault.removeprefix(f"{_ORIGIN}: ")))
    key, colon, rest = text.partition(": ")
    return (key.partition("[")[0], rest) if colon and _KEY.fullmatch(key) else ("", text)


def _no_file(path: Path) -> str:
    raise OSError(f"a draft may not read {path}")
