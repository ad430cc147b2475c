"""What of a change a text filter looks through: a short beginning of what it says, kept beside the log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from monitor.core import normalize
from monitor.model import Change

LONGEST: Final = 240
"""Characters; the log holds a million of these."""

_HEADLINE: Final = 100
_SLACK: Final = 40  # what tidying may take away
_TYPED: Final = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201b\u02bc", "'")
    | dict.fromkeys("\u2010\u2011\u2013\u2014", "-")
    | dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"')
)


def findable(change: Change) -> str:
    """The headline, the words deleted and inserted, then the body from its beginning, folded, a line each.

    At most ``LONGEST`` characters; what stands further down is not found by a text filter.
    """
    left, lines = LONGEST, list[str]()
    for text, most in _said(change):
        room = min(most, left)
        line = folded(text[: room + _SLACK])[:room].strip() if text else ""
        if line and line not in lines:
            lines.append(line)
            left -= len(line) + 1
            if left <= 0:
                break
    return "\n".join(lines)


def folded(text: str) -> str:
    """Text as it is looked for: tidied, without case (Unicode's default case folding), quotes and dashes as typed."""
    tidy = normalize.text(text).casefold()
    return tidy if tidy.isascii() else tidy.translate(_TYPED)


def _said(change: Change) -> Iterator[tuple[str, int]]:
    """The texts, the most telling first, and how much of each is taken."""
    version = change.after or change.before
    if change.post is not None:
        yield change.post.headline, _HEADLINE
    if version is not None:
        yield version.headline, _HEADLINE
    if change.page is not None:
        yield change.page.title or "", _HEADLINE
    for runs in change.redline.values():
        yield from ((text, LONGEST) for op, text in runs if op != "=")
    if change.type.startswith(("delivery.", "destination.")):
        yield change.subject, _HEADLINE
    yield change.reason or "", LONGEST
    if change.page is not None:
        yield change.page.summary or "", LONGEST
    if version is not None:
        yield from ((paragraph, LONGEST) for paragraph in version.body)
