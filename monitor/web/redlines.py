"""Redlines laid out for a page: paragraphs of kept, deleted and inserted text, within what a page may weigh."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from monitor.core.compare.rebroken import BREAK, Run, settled
from monitor.core.deliver.excerpt import excerpt
from monitor.model import Redline
from monitor.web.saying import cut_text, said, weight

_TAGS = 24
"""Bytes of the tags around a run."""

_BYTES = 3
"""Bytes a character of the budget may cost."""

_INVISIBLE = "⟦characters that cannot be seen⟧"


@dataclass(frozen=True, slots=True, kw_only=True)
class Redlined:
    """``paragraphs`` of runs; ``left_out`` counts the changed runs for which there was no room."""

    paragraphs: tuple[tuple[Run, ...], ...]
    left_out: int = 0


def whole(redline: Redline, budget: int) -> Redlined:
    """All of it, unless it weighs more than ``budget`` characters do."""
    return _laid([(op, said(text[: budget + 1])) for op, text in settled(redline)], budget, 0)


def brief(redline: Redline, budget: int) -> Redlined:
    """The paragraphs that changed, what stayed in them cut to the words next to a change."""
    changed = [runs for runs in _paragraphs(settled(redline)) if any(op != "=" for op, _ in runs)]
    joined = [run for place, runs in enumerate(changed) for run in ((*_PARTING,) if place else ()) + runs]
    runs, left_out = excerpt(tuple(joined), budget, said)
    return _laid(runs, budget, left_out)


_PARTING: tuple[Run, ...] = (("=", BREAK),)


def _laid(runs: Iterable[Run], budget: int, left_out: int) -> Redlined:
    kept: list[Run] = []
    left = budget * _BYTES
    for op, text in runs:
        if left <= 0:
            left_out += op != "="
            continue
        shown = _seen(op, text)
        cost = weight(shown) + _TAGS
        if cost > left:
            shown = cut_text(shown, max(1, left * len(shown) // (cost * _BYTES)))
        kept.append((op, shown))
        left -= cost
    return Redlined(paragraphs=tuple(_paragraphs(kept)), left_out=left_out)


def _seen(op: str, text: str) -> str:
    """A changed run is never nothing to look at."""
    if op == "=" or text == BREAK:
        return text
    return text or _INVISIBLE


def _paragraphs(runs: Iterable[Run]) -> Iterator[tuple[Run, ...]]:
    """The runs by paragraph; a break that only one side has stands in them as ``¶``."""
    paragraph: list[Run] = []
    for op, text in runs:
        if op == "=" and text == BREAK:
            if paragraph:
                yield tuple(paragraph)
            paragraph = []
        else:
            paragraph.append((op, " ¶ " if text == BREAK else text))
    if paragraph:
        yield tuple(paragraph)
