"""What a message does to people: who is pinged, what can be clicked, which words become pictures, what is read. Pure.

In doubt the stand-in says yes: top-level text counts as live beside blocks too, for notifications are made of it.
https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

from monitor.demo.slack.rules import walk

Arguments = Mapping[str, Any]

_MENTION = re.compile(r"<(?:!(?!date\^)|@|#)[^<>]+>")
_BARE_MENTION = re.compile(r"(?<![\w<])(?:@(?:here|channel|everyone|[a-z][\w.-]*)|#[a-z][\w-]*)", re.IGNORECASE)
_MARKED_LINK = re.compile(r"<((?:https?://|mailto:|tel:|slack://)[^|<>]+)(?:\|[^<>]*)?>")
_BARE_URL = re.compile(r"(?:https?://|www\.|mailto:)[^\s<>|)]+", re.IGNORECASE)
_MARKDOWN_LINK = re.compile(r"\]\(\s*([^\s)]+)")
_DATE = re.compile(r"<!date\^[^|<>]*\|([^<>]*)>")
_DATE_LINK = re.compile(r"<!date\^\d+\^[^^|<>]*\^([^|<>]+)")
_LABELLED = re.compile(r"<[^|<>]*\|([^<>]*)>")
_BARE_ANGLES = re.compile(r"<([^<>]*)>")
_EMOJI = re.compile(r":[a-z0-9_+'-]+:", re.IGNORECASE)
_NAMED = {
    "broadcast": "range", "user": "user_id", "usergroup": "usergroup_id", "channel": "channel_id", "team": "team_id",
}  # fmt: skip
_HOLDS_RICH = frozenset({"rich_text_section", "rich_text_quote", "rich_text_preformatted"})
_LINES = frozenset({"rich_text", "rich_text_list", "actions", "context", "table"})


def pings(arguments: Arguments) -> list[str]:
    """Who would be notified: ``broadcast:here`` for an element, ``<!here>`` or ``@here`` for a live piece of text."""
    found = [f"{node['type']}:{node.get(_NAMED[node['type']])}" for node in _elements(arguments) if _is_mention(node)]
    for text, bare in _live_texts(arguments):
        found += _MENTION.findall(text)
        if bare:
            plain = _BARE_URL.sub(" ", _MENTION.sub(" ", _MARKED_LINK.sub(" ", text)))
            found += _BARE_MENTION.findall(plain)
    return found


def links(arguments: Arguments) -> list[str]:
    """Every address that could be clicked, in the order of blocks, then top-level text."""
    found = [str(node["url"]) for node in walk(_shown_parts(arguments)) if isinstance(node.get("url"), str)]
    found += [str(one["title_link"]) for one in arguments.get("attachments") or [] if "title_link" in one]
    for text, bare in _live_texts(arguments):
        found += map(html.unescape, _MARKED_LINK.findall(text) + _DATE_LINK.findall(text))
        if bare:
            found += _BARE_URL.findall(_MARKED_LINK.sub(" ", text))
    for text in _markdown_texts(arguments):
        found += [url for url in _MARKDOWN_LINK.findall(text) if url not in found]
    return found


def emoji(arguments: Arguments) -> list[str]:
    """The ``:words:`` that would be shown as pictures; of a message with blocks, those of its blocks."""
    parts = _shown_parts(arguments)
    found = [f":{node.get('name')}:" for node in _elements(arguments) if node.get("type") == "emoji"]
    for node in walk(parts):
        live = node.get("type") == "mrkdwn" or (node.get("type") == "plain_text" and node.get("emoji") is not False)
        found += _EMOJI.findall(str(node.get("text", ""))) if live else []
    for text in _markdown_texts(arguments):
        found += _EMOJI.findall(text)
    return found if parts else _EMOJI.findall(str(arguments.get("text") or "")) + found


def shown(arguments: Arguments) -> str:
    """What a reader sees, a block a line, styles left out; the top-level text where there are no blocks."""
    blocks = arguments.get("blocks") or []
    if not blocks:
        return _unmarked(str(arguments.get("text") or arguments.get("markdown_text") or ""))
    return "\n".join(filter(None, map(_seen, blocks)))


def _shown_parts(arguments: Arguments) -> list[Any]:
    return [*(arguments.get("blocks") or []), *(arguments.get("attachments") or [])]


def _elements(arguments: Arguments) -> Iterator[dict[str, Any]]:
    """The runs of every rich text; elsewhere ``channel`` or ``user`` are words like others."""
    for node in walk(_shown_parts(arguments)):
        if node.get("type") in _HOLDS_RICH:
            yield from (one for one in node.get("elements", ()) if isinstance(one, dict))


def _is_mention(node: Mapping[str, Any]) -> bool:
    return node.get("type") in _NAMED


def _live_texts(arguments: Arguments) -> Iterator[tuple[str, bool]]:
    """Every text Slack parses, and whether bare names and addresses in it come alive too.

    ``verbatim`` guards a mrkdwn object, ``parse`` the top-level text; ``link_names`` brings names alive in any case.
    """
    for node in walk(_shown_parts(arguments)):
        if node.get("type") == "mrkdwn":
            yield str(node.get("text", "")), node.get("verbatim") is not True
    for one in arguments.get("attachments") or []:
        yield from ((str(one[name]), True) for name in ("text", "pretext", "fallback", "title") if name in one)
    yield from ((text, True) for text in _markdown_texts(arguments))
    text = str(arguments.get("text") or "")
    parsed = arguments.get("parse") == "full" or bool(arguments.get("link_names"))
    yield text, parsed
    if not parsed and arguments.get("parse") != "none":
        yield from ((url, True) for url in _BARE_URL.findall(_MARKED_LINK.sub(" ", text)))


def _markdown_texts(arguments: Arguments) -> list[str]:
    blocks = [str(one.get("text", "")) for one in arguments.get("blocks") or [] if one.get("type") == "markdown"]
    return blocks + [str(one) for one in [arguments.get("markdown_text")] if one]


def _seen(node: Mapping[str, Any]) -> str:
    """The words of a block or element."""
    match node:
        case {"rows": list(rows)}:
            return "\n".join("\t".join(map(_seen, row)) for row in rows)
        case {"type": "section" | "header" | "image" | "divider"}:
            parts = [node.get("title"), node.get("text"), *(node.get("fields") or []), node.get("accessory")]
            words = [_seen(part) for part in parts if isinstance(part, dict)]
            return "\n".join([*words, *([str(node["alt_text"])] if "alt_text" in node else [])])
        case {"elements": list(elements)}:
            return ("\n" if node.get("type") in _LINES else "").join(map(_seen, elements))
        case _:
            return _seen_leaf(node)


def _seen_leaf(node: Mapping[str, Any]) -> str:
    match node:
        case {"type": "mrkdwn" | "markdown", "text": str(text)}:
            return _unmarked(text)
        case {"type": "button", "text": label} | {"type": "overflow" | "static_select", "placeholder": label}:
            return f"[{_seen(label)}]"
        case {"type": "overflow" | "static_select"}:
            return "[…]"
        case {"type": "date", "format": str(pattern)}:
            return str(node.get("fallback") or pattern)
        case {"type": str(kind)} if kind in _NAMED:
            return f"@{node.get(_NAMED[kind])}"
        case {"type": "emoji", "name": str(name)}:
            return f":{name}:"
        case {"text": str(text)} | {"type": "link", "url": str(text)}:
            return text
        case _:
            return ""


def _unmarked(text: str) -> str:
    """Slack's marks resolved to what they show."""
    bare = _BARE_ANGLES.sub(r"\1", _LABELLED.sub(r"\1", _DATE.sub(r"\1", text)))
    return html.unescape(bare) if "&" in bare else bare
