"""Lengths of time, sizes and numbers as pages say them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

_UNITS: Final = ((86_400, "day"), (3_600, "h"), (60, "min"), (1, "s"))


def lasting(seconds: float) -> str:
    """``340 ms``, ``15 s``, ``3 min 20 s``, ``2 h 5 min``, ``4 days``; the two largest units, zero ones left out."""
    if seconds < 1:
        return f"{max(0, round(seconds * 1000))} ms"
    left, words = round(seconds), list[str]()
    for size, name in _UNITS:
        count, left = divmod(left, size)
        if count:
            words.append(f"{count} {name}{'s' if name == 'day' and count > 1 else ''}")
        if len(words) == 2 or (words and name == "day" and count > 2):
            break
        if words and not count:
            break
    return " ".join(words)


def sized(count: int) -> str:
    """``870 bytes``, ``34 kB``, ``1.2 MB`` (powers of 1,000)."""
    if count < 1_000:
        return f"{count} byte{'' if count == 1 else 's'}"
    if count < 1_000_000:
        return f"{count / 1_000:.0f} kB"
    return f"{count / 1_000_000:.1f} MB"


def counted(count: int, word: str, words: str = "") -> str:
    """``1 post``, ``1,200 posts``."""
    return f"{count:,} {word if count == 1 else words or word + 's'}"


def ago(at: datetime, now: datetime) -> str:
    """``12 s ago``, ``in 3 min``, ``now``."""
    seconds = (now - at).total_seconds()
    if abs(seconds) < 1:
        return "now"
    return f"{lasting(seconds)} ago" if seconds > 0 else f"in {lasting(-seconds)}"


WORDS: Final[Mapping[str, Any]] = {"ago": ago, "counted": counted, "lasting": lasting, "sized": sized}
"""The same for templates."""
