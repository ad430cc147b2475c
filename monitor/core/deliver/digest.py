"""Many changes in one message: a row a lane, ten at first sight, the rest as compact rows in its thread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.core.deliver.blocks import links
from monitor.core.deliver.netting import Net, nets, weight
from monitor.core.deliver.permalinks import permalink
from monitor.core.deliver.richtext import Element, Message, context, fits, header, run, section
from monitor.core.deliver.saying import LABELS, second, summary
from monitor.core.deliver.settle import Digest
from monitor.core.deliver.slack_text import clip, escaped, one_line

MOST_ROWS = 10
_ROW_CHARS, _COMPACT_CHARS, _COMPACT_ROWS = 280, 140, 30


def messages(digest: Digest, site: str = "") -> tuple[Message, ...]:
    """The digest and what follows in its thread: every lane has a row in one of them, the weightiest first.

    ``site`` is the public address of our own pages, "" where they have none.
    """
    told = sorted((told for one in digest.waiting for told in nets(one.changes)), key=_rank)
    first, rest = told[:MOST_ROWS], told[MOST_ROWS:]
    more = [f"{len(rest)} more in the thread"] if rest else []
    title = f"{_many(told)}: {digest.reason}"
    foot = " · ".join([_sources(told), f"until {second(max(one.change.at for one in told))}", *more])
    rows, moved = _filled(first, _ROW_CHARS, site)
    gist = "; ".join(summary(one.change) for one in first[:3])
    top = Message(
        escaped(f"{title} — {gist}", 300), (header(title), {"type": "rich_text", "elements": rows}, context(foot))
    )
    return (top, *_pages([*moved, *rest], site))


def flattened(message: Message) -> Message:
    """Without blocks: each row on a line, for when Slack takes no other form."""
    rows = [
        "".join(element["text"] for element in part["elements"])
        for block in message.blocks
        if block["type"] == "rich_text"
        for part in block["elements"]
    ]
    return Message(escaped("\n".join([*rows]), 3_900) if rows else message.text)


def _pages(rest: Sequence[Net], site: str) -> Iterator[Message]:
    while rest:
        rows, moved = _filled(rest[:_COMPACT_ROWS], _COMPACT_CHARS, site)
        rest = [*moved, *rest[_COMPACT_ROWS:]]
        said = "; ".join("".join(run["text"] for run in row["elements"]) for row in rows[:3])
        yield Message(escaped(said, 300), ({"type": "rich_text", "elements": rows},))


def _filled(told: Sequence[Net], chars: int, site: str) -> tuple[list[Element], Sequence[Net]]:
    """As many rows as fit into one message with its frame, and what is left; at least one row."""
    rows: list[Element] = []
    for place, one in enumerate(told):
        for linked in (True, False):
            row = _row(one, chars, permalink(site, one.change), linked=linked)
            if fits([{"type": "rich_text", "elements": [*rows, row]}], 0.8):
                rows.append(row)
                break
        else:
            return rows, told[place:]
    return rows, ()


def _row(one: Net, chars: int, page: str, *, linked: bool) -> Element:
    """Label, gist, how many edits it nets, and links that show their hosts."""
    label = "Edited and reverted" if one.reverted and one.change.type.endswith(".edited") else LABELS[one.change.type]
    said = clip(one_line(summary(one.change, label)).removeprefix(label), chars)
    note = f" ({one_line(one.note)})" if one.note else ""
    found = links(one.change, page) if linked else []
    away = [*run(" "), *found] if found else []
    (row,) = section([*run(label, bold=True), *run(said), *run(note, italic=True), *away])
    return row


def _rank(one: Net) -> tuple[bool, float, str, str]:
    return not one.speaks, -weight(one.change), one.change.at.isoformat(), one.change.id


def _many(told: Sequence[Net]) -> str:
    count = sum(max(1, one.edits + (one.change.type == "post.added" and bool(one.edits))) for one in told)
    return f"{count} changes" if count != 1 else "1 change"


def _sources(told: Sequence[Net]) -> str:
    names = list(dict.fromkeys(clip(one_line(one.change.source.name), 60) for one in told))
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more sources" if len(names) > 3 else "")
