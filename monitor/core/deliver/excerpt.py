"""The part of a redline a person needs to see: the changes, and a few words around each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from monitor.core.compare.rebroken import settled
from monitor.core.deliver.slack_text import beginning, clean, clip
from monitor.model import Redline

Run = tuple[Literal["=", "-", "+"], str]

_WORDS = 8
_CHARS = 60
_KEPT_WHOLE = 500
_LONGEST_CHANGE_SHARE = 0.6


def excerpt(redline: Redline, budget: int, tidy: Callable[[str], str] = clean) -> tuple[list[Run], int]:
    """Runs of about ``budget`` characters in all, kept text cut to its ends, and how many changed runs are left out.

    ``tidy`` makes page text harmless.
    """
    most = max(budget, _KEPT_WHOLE)
    runs = [
        run
        for op, text in settled(redline)
        if (run := (op, _ends(text, tidy) if op == "=" else beginning(text, most, tidy)))[1]
    ]
    kept: list[Run] = []
    left = budget
    for place, (op, text) in enumerate(runs):
        if left <= 0:
            return kept, sum(later != "=" for later, _ in runs[place:])
        if op == "=":
            shown = _around(text, first=place == 0, last=place == len(runs) - 1)
        else:
            shown = clip(text, max(20, min(left, int(budget * _LONGEST_CHANGE_SHARE))))
        kept.append((op, shown))
        left -= len(shown)
    return kept, 0


def first_change(redline: Redline) -> tuple[str, str]:
    """The first deleted and inserted text that stand together; either may be empty."""
    old, new = "", ""
    for op, text in redline:
        match op:
            case "-":
                old += text
            case "+":
                new += text
            case "=" if not text.strip():  # a paragraph that gave way to another
                old, new = old + text, new + text
            case "=":
                if old.strip() or new.strip():
                    break
    return old.strip(), new.strip()


def paragraphs(body: Sequence[str], budget: int) -> str:
    """The beginning of a body, paragraphs parted by an empty line."""
    whole, read = "\n\n".join(body), 2 * budget
    while len(shown := beginning(whole, read).strip()) <= budget and read < len(whole):
        read *= 8
    return clip(shown, budget)


def _ends(text: str, tidy: Callable[[str], str]) -> str:
    """Kept text, cleaned; of a long one only what may be shown, with an ellipsis in between."""
    if len(text) <= 4 * _KEPT_WHOLE:
        return tidy(text)
    last = tidy(text[-_KEPT_WHOLE:])
    return f"{beginning(text, _KEPT_WHOLE, tidy)}…{last}"


def _around(text: str, *, first: bool, last: bool) -> str:
    """The words next to the changes on either side; a redline without any change is shown from its beginning."""
    head = "" if first and not last else _head(text)
    tail = "" if last else _tail(text)
    if not first and not last and len(head) + len(tail) + 3 >= len(text):
        return text
    if first and last:
        return head if head == text else f"{head} …"
    if first:
        return text if tail == text else f"… {tail}"
    if last:
        return text if head == text else f"{head} …"
    return f"{head} … {tail}"


def _head(text: str) -> str:
    """Up to eight words from the start, the white space before the first kept."""
    end = _word_end(text)
    return text[:end]


def _tail(text: str) -> str:
    return text[len(text) - _word_end(text[::-1]) :]


def _word_end(text: str) -> int:
    """Where the eighth word ends; words are what white space parts, and sixty characters are enough in any script."""
    words, inside = 0, False
    for place, char in enumerate(text[: _CHARS + 1]):
        if char.isspace():
            if inside and words == _WORDS:
                return place
            inside = False
        elif not inside:
            words, inside = words + 1, True
    return min(len(text), _CHARS)
