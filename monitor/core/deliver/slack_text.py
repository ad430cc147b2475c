"""Page text made harmless for Slack: seen as it is written, never a ping, a link or a trick of direction."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote, urlsplit

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
_DECEPTIVE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
"""Of the invisible ones, those no honest text needs: without soft hyphens, joiners of letters, byte order marks."""

_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029\x85]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_URL_SAFE = ":/?#[]@!$&'()*+,;=%~-._"
_LONGEST_URL = 2_000
_STEP = 256


def clean(text: str) -> str:
    """Without control, zero-width and bidirectional characters; lone surrogates become U+FFFD."""
    return _SURROGATES.sub("\ufffd", _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text)))


def beginning(text: str, most: int, tidy: Callable[[str], str] = clean) -> str:
    """``tidy``, read no further than for more than ``most`` characters of it: a page may be a megabyte."""
    kept: list[str] = []
    start, size = 0, 0
    while start < len(text) and size <= most:
        end = start + max(most, _STEP) + 1
        end += text[end - 1 : end + 1] == "\r\n"  # one line's end stays one
        kept.append(tidy(text[start:end]))
        start, size = end, size + len(kept[-1])
    return "".join(kept)


def hidden(text: str) -> int:
    """How many characters a text holds that are made not to be seen, or to reorder what is."""
    return len(_DECEPTIVE.findall(text))


def clip(text: str, limit: int) -> str:
    """At most ``limit`` characters, cut at a word where one ends nearby, with an ellipsis."""
    if len(text) <= limit:
        return text
    head = text[: max(limit - 1, 0)]
    space = head.rfind(" ")
    return (head[:space] if space > limit * 0.7 else head) + "…"


def escaped(text: str, limit: int) -> str:
    """Cleaned and escaped as Slack asks (``&``, ``<`` and ``>``, nothing else), at most ``limit`` characters long.

    https://docs.slack.dev/messaging/formatting-message-text
    """
    kept: list[str] = []
    left = limit - 1
    for char in beginning(text, limit):
        piece = _ESCAPES.get(char, char)
        left -= len(piece)
        if left < 0:
            return "".join(kept) + "…"
        kept.append(piece)
    return "".join(kept)


def marked(url: str) -> str:
    """A link of ours in text that Slack reads; ``url`` is as ``safe_link`` makes it, without ``<``, ``>`` and ``|``."""
    return f"<{url.replace('&', '&amp;')}>"


def one_line(text: str) -> str:
    """Cleaned, runs of white space as single spaces."""
    return " ".join(clean(text).split())


def line(text: str, limit: int) -> str:
    """``one_line`` clipped to ``limit``, read no further than that takes."""
    read = 2 * limit
    while True:
        words = " ".join(beginning(text, read).split())
        if len(words) > limit or read >= len(text):
            return clip(words, limit)
        read *= 8


def safe_link(url: str | None) -> tuple[str, str] | None:
    """A URL fit to be clicked, and its host to be shown beside it; None for what could mislead.

    Only http and https, no user part, no backslash, no character outside the host name's own alphabet.
    """
    if not url or len(url) > _LONGEST_URL or "\\" in url or clean(url) != url:
        return None
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname or ""
        port = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or "@" in parts.netloc:
        return None
    if not re.fullmatch(r"[A-Za-z0-9.-]+|[0-9A-Fa-f:.]+", host):
        return None
    return quote(parts.geturl(), safe=_URL_SAFE), host if port is None else f"{host}:{port}"
