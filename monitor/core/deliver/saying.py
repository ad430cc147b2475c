"""A change in words, plain and on few lines: what it is called, what happened, why it matters, where it was seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from monitor.core.deliver.excerpt import first_change
from monitor.core.deliver.slack_text import hidden, line, one_line, safe_link
from monitor.model import Change, ChangeType, Span, Version

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
    "source.stalled": "Source stalled",
    "source.resumed": "Source resumed",
    "role.stopped": "Role stopped",
    "role.recovered": "Role recovered",
    "delivery.failing": "Delivery failing",
    "delivery.dead": "Delivery given up",
    "destination.disabled": "Destination disabled",
}


_GIST = 3_000
"""More than any message shows of a text in one line."""


def title(change: Change) -> str:
    """What the change is about: the headline, else the first words, else the source, the role or the destination."""
    if change.type.startswith(("delivery.", "destination.", "role.")):
        return change.subject
    version = change.after or change.before
    if change.post is not None and line(change.post.headline, 1):
        return change.post.headline
    if version is not None:
        words = next(filter(None, (line(text, 80) for text in (version.headline, *version.body))), "")
        if words:
            return words
    page_title = change.page.title if change.page else None
    return page_title or change.source.name


def summary(change: Change, label: str = "") -> str:
    """One line, the most informative words first; ``label`` stands for the type's own."""
    named = label or LABELS[change.type]
    said = line(title(change), 120)
    tail = gist(change)
    if tail.startswith(said.removesuffix("…")):
        return f"{named}: {tail}"
    return f"{named}: {said} — {tail}" if tail else f"{named}: {said}"


def gist(change: Change) -> str:
    """The first thing that changed, or the beginning of the text that came or went; "" where there is neither."""
    for runs in change.redline.values():
        old, new = (line(text, 80) for text in first_change(runs))
        tail = f"“{old}” → “{new}”" if old and new else f"added “{new}”" if new else f"deleted “{old}”" if old else ""
        if tail:
            return tail
    version = change.before if change.type == "post.removed" else change.after
    told = ""
    if version is not None and change.type in {"post.added", "post.removed", "post.restored"}:
        told = line(" ".join(version.body[:2]), _GIST)
    return told or line(change.reason or "", _GIST)


def why(change: Change) -> str:
    """Why it matters: the class, its reasons, and whether the page owns up to the edit; "" when there is no saying."""
    words = []
    if change.significance is not None:
        words.append(one_line(change.significance.name.replace("_", " ").replace("-", " ")))
        words += [line(reason, _GIST) for reason in change.significance.reasons[:5]]
    if change.silent:
        words.append("no time on the page changed with it")
    return "; ".join(filter(None, words))


def evidence(change: Change) -> str:
    """What proves a deleted text: the digest it is kept under, and the copy that lacked it."""
    if change.type != "post.removed" or change.before is None:
        return ""
    seen = f"; missing from {one_line(change.snapshot.name)}" if change.snapshot else ""
    return f"deleted text: SHA-256 {one_line(change.before.sha256)}{seen}, captured {second(change.at)}"


def origin(change: Change) -> str:
    """Where and when: source, the time the copy was fetched, the post's count of changes, and what was taken out."""
    words = [line(change.source.name, 100), second(change.at)]
    if change.post is not None:
        words.append(f"version {change.post.version}, change {change.post.sequence}")
        version = change.after or change.before
        words.append(line(version.author or "", 100) if version else "")
    removed = sum(map(hidden, _page_texts(change)))
    words.append(f"hidden characters removed: {removed}" if removed else "")
    return " · ".join(filter(None, words))


def link(change: Change) -> tuple[str, str, str] | None:
    """URL, host and label: the post's permalink, else the watched page."""
    permalink = safe_link(change.post.url) if change.post else None
    page = safe_link(change.source.url)
    return (*permalink, "Open the post") if permalink else (*page, "Open the page") if page else None


def moment(span: Span | None) -> str:
    """A time as UTC, an interval of a minute or more with both ends, and the page's own words."""
    if span is None:
        return "none"
    earliest, latest = span.earliest.astimezone(UTC), span.latest.astimezone(UTC)
    wide = (latest - earliest).total_seconds() >= 60
    shown = f"{earliest:%d %b %H:%M}–{latest:%H:%M}" if wide else f"{earliest:%d %b %H:%M:%S}"
    words = line(span.text, 60)
    return f"{shown} UTC (“{words}”)" if words and span.kind != "machine" else f"{shown} UTC"


def second(at: datetime) -> str:
    """A moment to the second, in UTC."""
    return f"{at.astimezone(UTC):%d %b %Y %H:%M:%S} UTC"


def minutes(seconds: float) -> str:
    """A length of time for a person: ``40 s``, ``12 min``, ``3 h 5 min``."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    hours, left = divmod(whole // 60, 60)
    return f"{left} min" if not hours else f"{hours} h {left} min" if left else f"{hours} h"


def _page_texts(change: Change) -> Iterator[str]:
    """Every text of the page that the change holds as it is now (of a removed post: as it was)."""
    version: Version | None = change.after or change.before
    if version is not None:
        yield from (version.headline, *version.body, version.author or "")
    elif change.post is not None:
        yield change.post.headline
    if change.page is not None:
        yield from (change.page.title or "", change.page.summary or "")
    yield change.reason or ""
