"""What a page says, as text in a page of ours: nothing in it can act, reorder what stands around it, or hide."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from monitor.core.deliver.slack_text import clip, safe_link

_LINE_ENDS: Final = re.compile("\r\n?|[\u2028\u2029\x85]")
_UNSEEN: Final = re.compile(
    "(?P<flag>\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f)"
    "|(?P<dropped>[\u00ad\u061c\u180e\u200b\u200e\u200f\u2060-\u2064\ufeff]+"
    "|(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f\u200c\u200d]))"
    "|(?P<shown>[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u206f\ufff9-\ufffb\U000e0000-\U000e007f])(?P=shown)*"
    "|(?P<broken>[\ud800-\udfff])"
)
_MOST_BYTES: Final = 3
"""UTF-8 bytes of HTML a character may cost on average in a text that is cut: a page of quotation marks stays small."""


def said(text: str) -> str:
    """The text with its tricks made harmless: characters that reorder or control are shown by their number
    (``⟦U+202E⟧``), those that only hide are left out, lone surrogates become U+FFFD.

    Joiners stay between letters that need them (Persian, Indic scripts, emoji), tags only in a flag.
    """
    return text if text.isprintable() else _UNSEEN.sub(_made_plain, _LINE_ENDS.sub("\n", text))


def cut(text: str, most: int) -> str:
    """``said``, one line of at most ``most`` characters with an ellipsis; read no further than that takes."""
    return _light(clip(" ".join(said(text[: 2 * most + 64]).split()), most), most)


def cut_text(text: str, most: int) -> str:
    """``said`` within ``most`` characters, its lines kept."""
    return _light(clip(said(text[: most + 64]), most), most)


def outward(url: str | None) -> str:
    """The URL when it may be a link (http or https, nothing that misleads), "" when it must stay text."""
    link = safe_link(url)
    return link[0] if link else ""


def weight(text: str) -> int:
    """The bytes a text costs in a page."""
    return len(html.escape(text).encode("utf-8", "replace"))


def _light(text: str, most: int) -> str:
    cost = weight(text)
    return text if cost <= _MOST_BYTES * most else clip(text, len(text) * _MOST_BYTES * most // cost)


def _made_plain(found: re.Match[str]) -> str:
    match found.lastgroup:
        case "flag":
            return found[0]
        case "dropped":
            return ""
        case "shown":
            times = f"×{len(found[0])}" if len(found[0]) > 1 else ""
            return f"⟦U+{ord(found[0][0]):04X}{times}⟧"
        case _:
            return "\ufffd"


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "said": said,
    "cut": cut,
    "outward": outward,
}
"""What templates call these."""
