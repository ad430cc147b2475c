"""Where a value stands in the configuration, and what is wrong with it there."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

FAULTY: Final = object()
"""Stands for a value whose fault has been told."""

_BARE = re.compile(r"[A-Za-z0-9_-]{1,60}")


class Refused(ValueError):
    """A value cannot be used. The text is ``what is wrong; cure`` and never shows a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One reading of one file: what it may look at, the faults found so far, and what else is worth a word."""

    origin: str
    folder: Path
    environ: Mapping[str, str]
    read_file: Callable[[Path], str]
    faults: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Place:
    """A key's path inside one reading: ``source[0].poll.min``."""

    reading: Reading
    path: str = ""

    def key(self, name: str) -> Place:
        shown = name if _BARE.fullmatch(name) else json.dumps(name[:60])
        return Place(self.reading, f"{self.path}.{shown}" if self.path else shown)

    def index(self, number: int) -> Place:
        return Place(self.reading, f"{self.path}[{number}]")

    def fault(self, text: str) -> None:
        self.reading.faults.append(f"{self._where()}: {text}")

    def remark(self, text: str) -> None:
        """What may be meant, and may be a slip."""
        self.reading.remarks.append(f"{self._where()}: {text}")

    def read(self, read: Callable[[Place, object], object], value: object) -> object:
        """The value as ``read`` understands it, or FAULTY once its fault is told."""
        try:
            return read(self, value)
        except Refused as refused:
            self.fault(str(refused))
            return FAULTY

    def _where(self) -> str:
        return f"{self.reading.origin}: {self.path}" if self.path else self.reading.origin


def did_you_mean(name: str, options: Iterable[str]) -> str:
    """The cure for a name that is not among the options: the nearest of them, else all of them."""
    known = sorted(options)
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f'did you mean "{near[0]}"?'
    return f"known here: {', '.join(known)}" if known else "there is none to name here"


def show(value: object) -> str:
    """A value as the file writes it, cut short; for values that are no secret."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value if len(value) <= 60 else value[:60] + "…", ensure_ascii=False)
        case int() | float():
            return str(value) if abs(value) < 1e18 else "a number of that size"
        case dict():
            return "a table"
        case list():
            return "a list"
        case _:
            return "a date or time"
