"""The pieces of a Slack message: literal runs, links of our own, and what fits into one message.

Page text stands only in ``rich_text`` ``text`` elements and ``plain_text`` objects, both literal
(https://docs.slack.dev/reference/block-kit/blocks/rich-text-block), and escaped in the top-level text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from monitor.core.deliver.slack_text import clip, line

Block = dict[str, Any]
Element = dict[str, Any]

MOST_BLOCKS, MOST_CHARS, MOST_BYTES = 45, 8_000, 12_000
"""Our budget, below the undocumented size at which Slack answers ``msg_blocks_too_long`` (about 13,200)."""

MOST_UPDATE_BYTES = 4_000
"""UTF-8 bytes of text that ``chat.update`` is measured to take."""

_HEADER_CHARS, _CONTEXT_CHARS = 150, 1_500
_QUIET = {"link_names": False, "parse": "none"}


@dataclass(frozen=True, slots=True)
class Message:
    """A Slack message; ``text`` is what notifications and screen readers tell, and all there is without blocks."""

    text: str
    blocks: tuple[Block, ...] = ()

    def payload(self) -> dict[str, Any]:
        """The arguments of ``chat.postMessage`` and incoming webhooks, every interpretation of text switched off."""
        return {**self._shown(self.text), "unfurl_links": False, "unfurl_media": False, "mrkdwn": False}

    def update_payload(self) -> dict[str, Any]:
        """The arguments of ``chat.update``, the text within what it takes."""
        return self._shown(within_bytes(self.text, MOST_UPDATE_BYTES))

    def _shown(self, text: str) -> dict[str, Any]:
        return {"text": text, **({"blocks": list(self.blocks)} if self.blocks else {}), **_QUIET}


def run(text: str, **style: bool) -> list[Element]:
    """A literal run; none for an empty text, which Slack refuses."""
    on = {name: True for name, wanted in style.items() if wanted}
    return [{"type": "text", "text": text, **({"style": on} if on else {})}] if text else []


def section(elements: Sequence[Element]) -> Iterator[Element]:
    """A section of these, none when there are none."""
    if elements:
        yield {"type": "rich_text_section", "elements": list(elements)}


def quote(text: str) -> Iterator[Element]:
    """Text set off as a quotation."""
    if text:
        yield {"type": "rich_text_quote", "elements": run(text)}


def anchor(url: str, host: str, label: str) -> Element:
    """A link that shows where it leads."""
    return {"type": "link", "url": url, "text": f"{label} ({host})"}


def header(text: str) -> Block:
    """The line in large letters."""
    return {"type": "header", "text": plain_text(line(text, _HEADER_CHARS))}


def context(text: str) -> Block:
    """Small print: one line, literal."""
    return {"type": "context", "elements": [plain_text(clip(text, _CONTEXT_CHARS))]}


def plain_text(text: str) -> dict[str, Any]:
    """A text object shown as it is written, ``:rocket:`` included."""
    return {"type": "plain_text", "text": text, "emoji": False}


def within_bytes(escaped_text: str, most: int) -> str:
    """The beginning of an escaped text, never half a character or half an entity."""
    if len(escaped_text.encode("utf-8", "replace")) <= most:
        return escaped_text
    head = escaped_text.encode("utf-8", "replace")[: most - 3].decode("utf-8", "ignore")
    entity = head.rfind("&")
    return (head[:entity] if entity >= 0 and ";" not in head[entity:] else head) + "…"


def fits(blocks: Sequence[Block], share: float = 1.0) -> bool:
    """Whether blocks stay within ``share`` of our budget."""
    return (
        len(blocks) <= MOST_BLOCKS
        and len(msgspec.json.encode(blocks)) <= MOST_BYTES * share
        and sum(map(len, _texts(blocks))) <= MOST_CHARS * share
    )


def _texts(node: Any) -> Iterator[str]:
    match node:
        case list() | tuple():
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
