"""The messages of a thread: its parent, which shows how things stand, and the replies, which tell what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from monitor.core.deliver.blocks import Frame, redline_sections
from monitor.core.deliver.netting import Net
from monitor.core.deliver.permalinks import permalink
from monitor.core.deliver.richtext import Message, fits, header, run, section
from monitor.core.deliver.saying import summary, title
from monitor.core.deliver.slack_text import clip, escaped, one_line
from monitor.core.deliver.thread import Thread, cumulative
from monitor.model import Change

Letter = tuple[Change, Frame]
"""What ``blocks.forms`` takes."""

_REVERTED = "Edited and reverted"
_DIFF_BUDGETS = (7_000, 5_000, 3_000, 1_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What people decided about a post: who acknowledged it and when, and that it or its source is muted.

    ``acknowledged`` is the change that began the parent whose button was pressed, "" where that is not known: a later
    parent of the same lane awaits somebody anew. ``muted`` says which in words, "" for neither; ``muted_until`` is None
    for good.
    """

    acknowledged: str = ""
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    muted: str = ""
    muted_until: datetime | None = None

    def lines(self, origin: str) -> tuple[str, ...]:
        """For the small print of the parent that began with the change ``origin``."""
        told = []
        if self.acknowledged_at is not None and self.acknowledged in {"", origin}:
            told.append(f"Acknowledged by {_name(self.acknowledged_by)} at {_clock(self.acknowledged_at)}")
        if self.muted:
            told.append(f"{self.muted} until {_day(self.muted_until)}" if self.muted_until else self.muted)
        return tuple(told)


NOBODY = Standing()


def parent(
    thread: Thread, origin: Change | None, latest: Net, *, notes: Sequence[str] = (), standing: Standing = NOBODY,
    buttons: bool = False, site: str = "",
) -> Letter:  # fmt: skip
    """The parent as ``thread`` stands with ``latest`` told; its buttons carry the id of the change it began with.

    ``site`` is the public address of our own pages, "" where they have none.
    """
    change, reverted = cumulative(origin, latest, thread.edits)
    marks = []
    if thread.edits and change.post is not None:
        small = f", {thread.cosmetic} of them small" if thread.cosmetic else ""
        marks = [
            f"{thread.edits} {'edit' if thread.edits == 1 else 'edits'}{small}",
            f"latest {_clock(latest.change.at)}",
        ]
    return change, Frame(
        label=_REVERTED if reverted else "",
        notes=tuple(filter(None, notes)),
        each=latest.each,
        marks=tuple(marks),
        standing=standing.lines(thread.origin),
        buttons=thread.origin if buttons else "",
        page=permalink(site, latest.change),
    )


def reply(net: Net, *, notes: Sequence[str] = (), site: str = "") -> Letter:
    """The answer in the thread that tells what these changes come to."""
    label = _REVERTED if net.reverted and net.change.type.endswith(".edited") else ""
    page = permalink(site, net.change)
    return net.change, Frame(label=label, notes=tuple(filter(None, (net.note, *notes))), each=net.each, page=page)


def full_diff(origin: Change | None, latest: Change) -> Message:
    """The redline against the first text told, as whole as one message can be."""
    change, _ = cumulative(origin, Net(change=latest, edits=1, cosmetic=0, speaks=True), 1)
    told = escaped(summary(change, "Diff"), 300)
    for budget in _DIFF_BUDGETS:
        sections = [*redline_sections(change, budget)] or [*section(run("The text is what it was at first."))]
        blocks = (header(f"Diff: {title(change)}"), {"type": "rich_text", "elements": sections})
        if fits(blocks):
            return Message(told, blocks)
    return Message(told)


def _name(name: str) -> str:
    return clip(one_line(name), 80) or "somebody"


def _clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%H:%M} UTC"


def _day(at: datetime) -> str:
    return f"{at.astimezone(UTC):%d %b %H:%M} UTC"
