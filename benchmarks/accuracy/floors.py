"""Floors: what was once reached, pinned with what it was measured on, so that it cannot be lost unnoticed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.accuracy import recordings
from benchmarks.accuracy.bars import Bar

FILE: Final = Path(__file__).with_name("floors.json")
_GENERATOR: Final = (
    "bars", "cells", "classes", "frame", "newsroom", "readers", "recordings", "scoring", "series", "templates_marked",
    "templates_plain", "ticking", "watch", "words", "writing",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lowered:
    """A bar whose measured value lies below its pinned floor."""

    bar: Bar
    floor: float

    def __str__(self) -> str:
        return f"{self.bar.name}: {self.bar.value:g}, pinned at {self.floor:g}"


def fingerprints() -> dict[str, str | None]:
    """What figures depend on beside detection: the generator's source and the corpus' files (None when absent)."""
    digest = hashlib.sha256()
    for name in _GENERATOR:
        digest.update(FILE.with_name(f"{name}.py").read_bytes())
    return {"generator": digest.hexdigest()[:16], "corpus": recordings.fingerprint()}


def pinned(run: str) -> Mapping[str, float]:
    """The floors of a ``full`` or ``fast`` run, by name; empty before the first was pinned."""
    floors: Mapping[str, float] = _document().get(run, {}).get("floors", {})
    return floors


def lowered(run: str, bars: Sequence[Bar]) -> list[Lowered]:
    """The bars that fell below their floor."""
    floors = pinned(run)
    return [
        Lowered(bar, floors[bar.name]) for bar in bars if bar.name in floors and bar.is_worse_than(floors[bar.name])
    ]


def drifted(run: str) -> list[str]:
    """Which fingerprints differ from those the floors were pinned with, in words."""
    was = _document().get(run, {}).get("fingerprints", {})
    now = fingerprints()
    # Without the corpus its bars are not measured, and nothing drifted.
    return [f"{name} {was[name]} → {now[name]}" for name in was if now[name] is not None and was[name] != now[name]]


def pin(run: str, bars: Sequence[Bar], *, allow_regression: bool) -> list[Lowered]:
    """Write the measured values as floors; those that would sink are returned, and nothing is written, unless allowed.

    Floors of bars that were not measured this time (the corpus is absent) stay as they are.
    """
    sinking = lowered(run, bars)
    if sinking and not allow_regression:
        return sinking
    document = _document()
    prints = document.get(run, {}).get("fingerprints", {}) | {k: v for k, v in fingerprints().items() if v is not None}
    floors = dict(pinned(run)) | {bar.name: bar.value for bar in bars}
    document[run] = {"fingerprints": prints, "floors": dict(sorted(floors.items()))}
    FILE.write_text(json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
    return []


def _document() -> dict[str, Any]:
    if not FILE.exists():
        return {}
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found
