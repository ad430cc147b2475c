"""A change as a Slack message in which page text can neither ping, link nor format.

Page text stands only in ``rich_text`` ``text`` elements and ``plain_text`` objects, both literal
(https://docs.slack.dev/reference/block-kit/blocks/rich-text-block), and escaped in the top-level text. Links are
built by us, show their host, and lead to the post's permalink or the watched page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import msgspec

from monitor.core.deliver.excerpt import excerpt, first_change, paragraphs
from monitor.core.deliver.slack_text import clip, escaped, one_line, safe_link
from monitor.model import Change, ChangeType, PageRef, Redline, Span, Version

Block = dict[str, Any]
Element = dict[str, Any]

MOST_BLOCKS, MOST_CHARS, MOST_BYTES = 45, 8_000, 12_000
"""Our budget, below the undocumented size at which Slack answers ``msg_blocks_too_long`` (about 13,200)."""

_BUDGETS = (1_500, 600, 200)
_HEADER_CHARS, _TEXT_CHARS, _PLAIN_CHARS = 150, 300, 3_000

LABELS: dict[ChangeType, str] = {
    "post.added": "New",
    "post.edited": "Edited",
    "post.retimed": "Time changed",
    "post.removed": "Removed",
    "post.restored": "Restored",
    "post.moved": "Moved",
    "page.edited": "Page edited",
    "page.closed": "Coverage ended",
    "source.failing": "Source failing",
    "source.recovered": "Source recovered",
    "delivery.failing": "Delivery failing",
    "delivery.dead": "Delivery given up",
    "destination.disabled": "Destination disabled",
}


@dataclass(frozen=True, slots=True)
class Message:
    """A Slack message; ``text`` is what notifications and screen readers tell, and all there is without blocks."""

    text: str
    blocks: tuple[Block, ...] = ()

    def payload(self) -> dict[str, Any]:
        """The arguments of ``chat.postMessage`` and incoming webhooks, every interpretation of text switched off."""
        quiet = {"unfurl_links": False, "unfurl_media": False, "link_names": False, "parse": "none", "mrkdwn": False}
        return {"text": self.text, **({"blocks": list(self.blocks)} if self.blocks else {}), **quiet}


def message(change: Change) -> Message:
    """The message within Slack's limits: the excerpts shrink until it fits, and the plain form always does."""
    for budget in _BUDGETS:
        blocks = _blocks(change, budget)
        if _fits(blocks):
            return Message(escaped(_summary(change), _TEXT_CHARS), tuple(blocks))
    return plain(change)


def plain(change: Change) -> Message:
    """Without blocks: for when Slack takes no other form."""
    found = _link(change)
    lines = [_summary(change), *(_why(change)), *([found[0]] if found else [])]
    return Message(escaped("\n".join(lines), _PLAIN_CHARS))


def _blocks(change: Change, budget: int) -> list[Block]:
    header = clip(one_line(f"{LABELS[change.type]}: {_title(change)}"), _HEADER_CHARS)
    sections = [*_reason_section(change), *_content(change, budget), *_link_section(change)]
    return [
        {"type": "header", "text": {"type": "plain_text", "text": header, "emoji": False}},
        *([{"type": "rich_text", "elements": sections}] if sections else []),
        {"type": "context", "elements": [{"type": "plain_text", "text": _origin(change), "emoji": False}]},
    ]


def _content(change: Change, budget: int) -> Iterator[Element]:
    """The sections that show what happened."""
    before, after = change.before, change.after
    match change.type:
        case "post.added":
            yield from _quoted(after, budget)
        case "post.removed":
            yield from _quoted(before, budget)
        case "post.edited" | "post.retimed" | "post.restored" | "post.moved":
            if change.type == "post.restored" and not change.redline:
                yield from _quoted(after, budget)
            yield from _redlines(change, budget)
            yield from _times(before, after)
        case "page.edited" | "page.closed":
            yield from _page(change.page or PageRef(), change, budget)
        case _:
            yield from _section(_text(clip(one_line(change.reason or ""), 500)))


def _redlines(change: Change, budget: int) -> Iterator[Element]:
    """A section a field: its name, then deleted text struck and inserted text bold; media by name only."""
    for name, runs in change.redline.items():
        label = [] if name == "body" else _text(f"{one_line(name)}: ", italic=True)
        yield from _section([*label, *_runs(runs, budget)])
    if "media" in change.fields:
        yield from _section(_text("pictures or embeds changed", italic=True))


def _runs(redline: Redline, budget: int) -> list[Element]:
    runs, left_out = excerpt(redline, budget)
    elements = [
        one for op, text in runs for one in _text(text, strike=op == "-", bold=op == "+")
    ]  # fmt: skip
    return elements + (_text(f" … and {left_out} more changes", italic=True) if left_out else [])


def _times(before: Version | None, after: Version | None) -> Iterator[Element]:
    if before is None or after is None:
        return
    for name, old, new in (
        ("published", before.published, after.published),
        ("modified", before.modified, after.modified),
    ):
        if old != new:
            shown = [*_text(_moment(old), strike=True), *_text(" → "), *_text(_moment(new), bold=True)]
            yield from _section([*_text(f"{name}: ", italic=True), *shown])


def _page(page: PageRef, change: Change, budget: int) -> Iterator[Element]:
    if change.redline:
        yield from _redlines(change, budget)
    elif change.type == "page.edited":
        for name, old, new in (
            ("title", page.previous_title, page.title),
            ("summary", page.previous_summary, page.summary),
        ):
            if old != new:
                runs: Redline = (("-", old or ""), ("=", " → "), ("+", new or ""))
                yield from _section([*_text(f"{name}: ", italic=True), *_runs(runs, budget)])
    successor = safe_link(page.successor)
    if successor:
        yield from _section([*_text("Goes on at "), _anchor(*successor, "the next page")])


def _quoted(version: Version | None, budget: int) -> Iterator[Element]:
    shown = paragraphs(version.body, budget) if version else ""
    if shown:
        yield {"type": "rich_text_quote", "elements": _text(shown)}


def _reason_section(change: Change) -> Iterator[Element]:
    for line in _why(change):
        yield from _section(_text(clip(line, 400), italic=True))


def _why(change: Change) -> list[str]:
    """Why it matters, in words: the class, its reasons, and whether the page owns up to the edit."""
    words = []
    if change.significance is not None:
        words.append(one_line(change.significance.name.replace("_", " ").replace("-", " ")))
        words += [one_line(reason) for reason in change.significance.reasons[:5]]
    if change.silent:
        words.append("no time on the page changed with it")
    line = "; ".join(filter(None, words))
    return [line] if line else []


def _link_section(change: Change) -> Iterator[Element]:
    found = _link(change)
    if found:
        yield from _section([_anchor(*found)])


def _link(change: Change) -> tuple[str, str, str] | None:
    """URL, host and label: the post's permalink, else the watched page."""
    permalink = safe_link(change.post.url) if change.post else None
    page = safe_link(change.source.url)
    return (*permalink, "Open the post") if permalink else (*page, "Open the page") if page else None


def _anchor(url: str, host: str, label: str) -> Element:
    return {"type": "link", "url": url, "text": f"{label} ({host})"}


def _section(elements: list[Element]) -> Iterator[Element]:
    if elements:
        yield {"type": "rich_text_section", "elements": elements}


def _text(text: str, **style: bool) -> list[Element]:
    """A literal run; none for an empty text, which Slack refuses."""
    on = {name: True for name, wanted in style.items() if wanted}
    return [{"type": "text", "text": text, **({"style": on} if on else {})}] if text else []


def _title(change: Change) -> str:
    """What the change is about: the headline, else the first words, else the source."""
    version = change.after or change.before
    if change.post is not None and one_line(change.post.headline):
        return change.post.headline
    if version is not None:
        words = one_line(version.headline) or next(filter(None, map(one_line, version.body)), "")
        if words:
            return clip(words, 80)
    page_title = change.page.title if change.page else None
    return page_title or change.source.name


def _summary(change: Change) -> str:
    """One line, the most informative words first."""
    tail = ""
    for runs in change.redline.values():
        old, new = (clip(one_line(text), 80) for text in first_change(runs))
        tail = f"“{old}” → “{new}”" if old and new else f"added “{new}”" if new else f"deleted “{old}”" if old else ""
        if tail:
            break
    version = change.before if change.type == "post.removed" else change.after
    if not tail and version is not None and change.type in {"post.added", "post.removed", "post.restored"}:
        tail = one_line(" ".join(version.body[:2]))
    if not tail and change.reason:
        tail = one_line(change.reason)
    title = clip(one_line(_title(change)), 120)
    if tail.startswith(title.removesuffix("…")):
        return f"{LABELS[change.type]}: {tail}"
    return f"{LABELS[change.type]}: {title} — {tail}" if tail else f"{LABELS[change.type]}: {title}"


def _origin(change: Change) -> str:
    """Where and when: source, the time the copy was fetched, and the post's count of changes."""
    words = [clip(one_line(change.source.name), 100), f"{change.at.astimezone(UTC):%d %b %Y %H:%M:%S} UTC"]
    if change.post is not None:
        words.append(f"version {change.post.version}, change {change.post.sequence}")
        author = (change.after or change.before or _NOBODY).author
        words += [clip(one_line(author), 100)] if author else []
    return " · ".join(filter(None, words))


_NOBODY = Version(headline="", body=(), author=None, published=None, modified=None)


def _moment(span: Span | None) -> str:
    """A time as UTC, an interval of a minute or more with both ends, and the page's own words."""
    if span is None:
        return "none"
    earliest, latest = span.earliest.astimezone(UTC), span.latest.astimezone(UTC)
    wide = (latest - earliest).total_seconds() >= 60
    shown = f"{earliest:%d %b %H:%M}–{latest:%H:%M}" if wide else f"{earliest:%d %b %H:%M:%S}"
    words = clip(one_line(span.text), 60)
    return f"{shown} UTC (“{words}”)" if words and span.kind != "machine" else f"{shown} UTC"


def _fits(blocks: list[Block]) -> bool:
    return (
        len(blocks) <= MOST_BLOCKS
        and len(msgspec.json.encode(blocks)) <= MOST_BYTES
        and sum(map(len, _texts(blocks))) <= MOST_CHARS
    )


def _texts(node: Any) -> Iterator[str]:
    match node:
        case list():
            for one in node:
                yield from _texts(one)
        case dict():
            for name, one in node.items():
                if name == "text" and isinstance(one, str):
                    yield one
                else:
                    yield from _texts(one)
        case _:
            pass
