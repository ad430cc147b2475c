"""A change as a Slack message in which page text can neither ping, link nor format.

Links are built by us, show their host, and lead to the post's permalink or the watched page, and to the change on our
own pages where these have a public address. What a message says
around its change (counts, lateness, who acknowledged it) comes in a ``Frame``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from monitor.core.deliver import saying
from monitor.core.deliver.excerpt import excerpt, paragraphs
from monitor.core.deliver.richtext import (
    MOST_BLOCKS,
    MOST_BYTES,
    MOST_CHARS,
    Block,
    Element,
    Message,
    anchor,
    context,
    fits,
    header,
    plain_text,
    quote,
    run,
    section,
)
from monitor.core.deliver.saying import LABELS
from monitor.core.deliver.slack_text import clip, escaped, line, marked, one_line, safe_link
from monitor.model import Change, PageRef, Redline, Version

__all__ = [
    "LABELS", "MOST_BLOCKS", "MOST_BYTES", "MOST_CHARS", "Block", "Frame", "Message", "forms", "links", "message",
    "plain", "redline_sections",
]  # fmt: skip

_BUDGETS: Final = (1_500, 600, 200)
_TEXT_CHARS, _PLAIN_CHARS = 300, 3_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around a change: ``label`` instead of its type's, ``notes`` above its redline, ``marks`` in the
    small print, ``standing`` (acknowledged, muted) below. ``each`` is a line for every change where it stands for
    several, none of which is left out. ``buttons`` is the opaque value its buttons carry, "" for none. ``page`` is
    where the change stands on our own pages, "" where they have no public address.
    """

    label: str = ""
    notes: tuple[str, ...] = ()
    each: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    standing: tuple[str, ...] = ()
    buttons: str = ""
    page: str = ""


_BARE: Final = Frame()


def message(change: Change, frame: Frame = _BARE, *, share: float = 1.0) -> Message:
    """The message within ``share`` of our budget: the excerpts shrink until it fits, and the plain form always does."""
    for budget in _BUDGETS:
        blocks = _blocks(change, frame, round(budget * share))
        if fits(blocks, share):
            return Message(_text(change, frame), tuple(blocks))
    return lean(change, frame)


def lean(change: Change, frame: Frame = _BARE) -> Message:
    """One ``rich_text`` block with the plain form's words: the least that may replace a message which had one."""
    words = clip("\n".join(_lines(change, frame)), _PLAIN_CHARS)
    anchors = links(change, frame.page)
    elements = [*run(words + ("\n" if anchors else "")), *anchors]
    return Message(_text(change, frame), ({"type": "rich_text", "elements": [*section(elements)]},))


def plain(change: Change, frame: Frame = _BARE) -> Message:
    """Without blocks: for when Slack takes no other form.

    With every interpretation of text switched off an address lives only between ``<`` and ``>``, which page text
    never gets unescaped. https://docs.slack.dev/messaging/formatting-message-text
    """
    urls = [found[0] for found in (saying.link(change), safe_link(frame.page)) if found]
    away = "".join("\n" + marked(url) for url in urls if len(url) <= _PLAIN_CHARS // 4)
    return Message(escaped("\n".join(_lines(change, frame)), _PLAIN_CHARS - len(away)) + away)


def forms(change: Change, frame: Frame = _BARE) -> tuple[Message, ...]:
    """The same message ever simpler: what Slack refuses for its form goes again in the next one."""
    whole, half = message(change, frame), message(change, frame, share=0.5)
    ladder = (whole, half, lean(change, frame), plain(change, frame))
    return tuple(one for place, one in enumerate(ladder) if one not in ladder[:place])


def links(change: Change, page: str = "") -> list[Element]:
    """Where it was seen, and ``page``, where it stands on our own pages; each shows its host."""
    seen, ours = saying.link(change), safe_link(page)
    first = [anchor(*seen)] if seen else []
    return [*first, *(run(" · ") if first else []), anchor(*ours, "History")] if ours else first


def _text(change: Change, frame: Frame) -> str:
    return escaped(saying.summary(change, frame.label), _TEXT_CHARS)


def _lines(change: Change, frame: Frame) -> list[str]:
    told = [one_line(saying.summary(change, frame.label)), saying.why(change), *frame.notes, saying.evidence(change)]
    told += [_listed(frame.each, _PLAIN_CHARS * 4 // 5)] if frame.each else []
    return [*filter(None, told), *frame.standing]


def _blocks(change: Change, frame: Frame, budget: int) -> list[Block]:
    label = frame.label or LABELS[change.type]
    found = saying.link(change)
    above = [saying.why(change), *frame.notes]
    sections = [
        *(one for words in above for one in section(run(clip(words, 400), italic=True))),
        *(section(run(_listed(frame.each, 4 * budget))) if frame.each else _content(change, budget)),
        *section(run(saying.evidence(change), italic=True)),
        *section(links(change, frame.page)),
    ]
    return [
        header(f"{label}: {saying.title(change)}"),
        {"type": "rich_text", "elements": sections or [*section(run(one_line(saying.summary(change, label))))]},
        context(" · ".join([saying.origin(change), *frame.marks])),
        *([context(" · ".join(frame.standing))] if frame.standing else []),
        *([_actions(frame.buttons, found)] if frame.buttons else []),
    ]


def _actions(value: str, found: tuple[str, str, str] | None) -> Block:
    """The buttons of a parent. Their names are those that ``core.deliver.clicks`` reads."""
    names = (("diff", "Diff"), ("ack", "Acknowledge"), ("mute_post", "Mute post"), ("mute_source", "Mute source 1 h"))
    diff, *rest = [
        {"type": "button", "action_id": name, "text": plain_text(label), "value": value} for name, label in names
    ]
    opening: list[dict[str, Any]] = []
    if found:
        opening = [{"type": "button", "action_id": "open", "text": plain_text("Open"), "url": found[0]}]
    return {"type": "actions", "elements": [diff, *opening, *rest]}


def _listed(lines: Sequence[str], budget: int) -> str:
    """Every line, each within its share of about ``budget`` characters."""
    return "\n".join(clip(one, max(40, budget // len(lines))) for one in lines)


def _content(change: Change, budget: int) -> Iterator[Element]:
    """The sections that show what happened."""
    before, after = change.before, change.after
    match change.type:
        case "post.added":
            yield from _quoted(after, budget)
        case "post.removed":
            yield from _quoted(before, budget)
        case "post.edited" | "post.retimed" | "post.restored" | "post.moved":
            if not change.redline and change.type in {"post.restored", "post.edited"}:
                yield from _quoted(after, budget)
            yield from redline_sections(change, budget)
            yield from _times(before, after)
        case "page.edited" | "page.closed":
            yield from _page(change.page or PageRef(), change, budget)
        case _:
            yield from section(run(line(change.reason or "", 500)))


def redline_sections(change: Change, budget: int) -> Iterator[Element]:
    """A section a field: its name, then deleted text struck and inserted text bold; media by name only."""
    for name, runs in change.redline.items():
        label = [] if name == "body" else run(f"{one_line(name)}: ", italic=True)
        yield from section([*label, *_runs(runs, budget)])
    if "media" in change.fields:
        yield from section(run("pictures or embeds changed", italic=True))


def _runs(redline: Redline, budget: int) -> list[Element]:
    runs, left_out = excerpt(redline, budget)
    elements = [one for op, text in runs for one in run(text, strike=op == "-", bold=op == "+")]
    return elements + (run(f" … and {left_out} more changes", italic=True) if left_out else [])


def _times(before: Version | None, after: Version | None) -> Iterator[Element]:
    if before is None or after is None:
        return
    for name, old, new in (
        ("published", before.published, after.published),
        ("modified", before.modified, after.modified),
    ):
        if old != new:
            shown = [*run(saying.moment(old), strike=True), *run(" → "), *run(saying.moment(new), bold=True)]
            yield from section([*run(f"{name}: ", italic=True), *shown])


def _page(page: PageRef, change: Change, budget: int) -> Iterator[Element]:
    if change.redline:
        yield from redline_sections(change, budget)
    elif change.type == "page.edited":
        for name, old, new in (
            ("title", page.previous_title, page.title),
            ("summary", page.previous_summary, page.summary),
        ):
            if old != new:
                runs: Redline = (("-", old or ""), ("=", " → "), ("+", new or ""))
                yield from section([*run(f"{name}: ", italic=True), *_runs(runs, budget)])
    successor = safe_link(page.successor)
    if successor:
        yield from section([*run("Goes on at "), anchor(*successor, "the next page")])


def _quoted(version: Version | None, budget: int) -> Sequence[Element]:
    return tuple(quote(paragraphs(version.body, budget))) if version else ()
