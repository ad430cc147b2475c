"""A source said elsewhere than in the file or on the command line: what is wrong with it is told key by key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from monitor.config.added import added_source
from monitor.errors import ConfigError
from monitor.model import Source

_ORIGIN: Final = "source"
_KEY = re.compile(r"[a-z_.]+(?:\[\d+\])?")


def draft(words: Mapping[str, object]) -> Source | Mapping[str, str]:
    """The source that a ``[[source]]`` table's words come to, or all that is wrong with them: key → fault; cure."""
    try:
        return added_source(words, origin=_ORIGIN)
    except ConfigError as error:
        return dict(map(_by_key, reversed(error.faults)))


def _by_key(fault: str) -> tuple[str, str]:
    text = fault.removeprefix(f"{_ORIGIN}: ")
    key, colon, rest = text.partition(": ")
    return (key.partition("[")[0], rest) if colon and _KEY.fullmatch(key) else ("", text)
