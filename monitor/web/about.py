"""One change in one line of a list."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.core.deliver.saying import LABELS, gist, title
from monitor.model import Change


@dataclass(frozen=True, slots=True)
class About:
    """``label`` is ours; ``title`` and ``gist`` hold a page's text, each to be shown apart: it may run either way."""

    label: str
    title: str
    gist: str


def about(change: Change) -> About:
    """What it is about, and the first thing that it changed; the gist is "" where that is the title again."""
    named, tail = title(change), gist(change)
    return About(LABELS[change.type], named, "" if tail.startswith(named[:60]) else tail)
