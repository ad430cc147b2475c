"""Why Slack would refuse a message for its form, by Slack's own error names; pure.

Limits: the method's page for each argument, https://docs.slack.dev/reference/methods/chat.postMessage and
``…/chat.update``; the size of a whole message is undocumented, and measured by others
(https://github.com/slackapi/bolt-js/issues/2509: about 13,300 characters, 125 fewer with a divider).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from monitor.demo.slack.schema import MOST_MARKDOWN, block_problems

Arguments = Mapping[str, Any]

MOST_CONTENT = 13_200
MOST_TEXT = 40_000
MOST_UPDATE_BYTES = 4_000
MOST_METADATA_BYTES = 16_000
_HEADER_COSTS, _DIVIDER_COSTS = 100, 125
_TS = re.compile(r"\d{10}\.\d{6}")


def fault_of(arguments: Arguments) -> str | None:
    """Slack's error for a new message it would refuse for its form; None for a good one."""
    return (
        _text_fault(arguments)
        or _blocks_fault(arguments)
        or _attachments_fault(arguments)
        or _metadata_fault(arguments)
        or _options_fault(arguments)
        or _thread_fault(arguments)
    )


def update_fault(arguments: Arguments, before: Arguments) -> str | None:
    """The same for the edit of a message that shows ``before`` now."""
    error = fault_of({name: one for name, one in arguments.items() if name != "reply_broadcast"})
    if error is not None:
        return error
    if len(str(arguments.get("text") or "").encode("utf-8", "replace")) > MOST_UPDATE_BYTES:
        return "msg_too_long"
    if "blocks" in arguments and _has_rich_text(before) and not _has_rich_text(arguments):
        return "block_mismatch"
    return None


def updated(arguments: Arguments, before: Arguments) -> dict[str, Any]:
    """What the message is made of after a good edit: blocks and metadata that are not given stay as they were."""
    kept = {name: before[name] for name in ("blocks", "metadata", "client_msg_id") if name in before}
    return {"parse": "client", **kept, **arguments}


def problems(arguments: Arguments) -> list[str]:
    """What is wrong with the blocks, in detail."""
    return list(block_problems(arguments.get("blocks") or []))


def content_size(blocks: object) -> int:
    """What a message's blocks count towards the undocumented whole: texts, links, what they stand in."""
    size = 0
    for node in walk(blocks):
        size += sum(
            len(one) for name in ("text", "url", "alt_text", "fallback") if isinstance(one := node.get(name), str)
        )
        size += {"header": _HEADER_COSTS, "divider": _DIVIDER_COSTS}.get(str(node.get("type")), 0)
    return size


def walk(node: object) -> Iterator[dict[str, Any]]:
    """Every object inside, depth first."""
    match node:
        case list():
            for one in node:
                yield from walk(one)
        case dict():
            yield node
            for one in node.values():
                yield from walk(one)
        case _:
            return


def _text_fault(arguments: Arguments) -> str | None:
    text, markdown = arguments.get("text") or "", arguments.get("markdown_text")
    if not isinstance(text, str) or not isinstance(markdown, str | None):
        return "invalid_arguments"
    if markdown and (text or arguments.get("blocks")):
        return "markdown_text_conflict"
    if not text.strip() and not any(arguments.get(name) for name in ("blocks", "attachments", "markdown_text")):
        return "no_text"
    return "msg_too_long" if len(text) > MOST_TEXT or len(markdown or "") > MOST_MARKDOWN else None


def _blocks_fault(arguments: Arguments) -> str | None:
    blocks = arguments.get("blocks") or []
    if not isinstance(blocks, list):
        return "invalid_blocks_format"
    if any(block_problems(blocks)):
        return "invalid_blocks"
    if sum(len(one["text"]) for one in blocks if one["type"] == "markdown") > MOST_MARKDOWN:
        return "msg_blocks_too_long"
    if sum(one["type"] == "table" for one in blocks) > 1:
        return "invalid_blocks"
    return "msg_blocks_too_long" if content_size(blocks) > MOST_CONTENT else None


def _attachments_fault(arguments: Arguments) -> str | None:
    attachments = arguments.get("attachments") or []
    if not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments):
        return "invalid_attachments"
    if len(attachments) > 100:
        return "too_many_attachments"
    wrong = any(problem for one in attachments for problem in block_problems(one.get("blocks") or []))
    return "invalid_blocks" if wrong else None


def _metadata_fault(arguments: Arguments) -> str | None:
    match arguments.get("metadata"):
        case None:
            return None
        case {} as empty if not empty:
            return None
        case {"event_type": str(kind), "event_payload": dict(payload), **more} if kind and not more:
            return "metadata_too_large" if len(msgspec.json.encode(payload)) > MOST_METADATA_BYTES else None
        case _:
            return "invalid_metadata_format"


def _options_fault(arguments: Arguments) -> str | None:
    switches = ("mrkdwn", "unfurl_links", "unfurl_media", "reply_broadcast", "link_names")
    if any(not isinstance(arguments.get(name, False), bool | int) for name in switches):
        return "invalid_arguments"
    return None if arguments.get("parse", "none") in {"none", "full", "client"} else "invalid_arguments"


def _thread_fault(arguments: Arguments) -> str | None:
    thread_ts = arguments.get("thread_ts")
    if thread_ts is None:
        return "invalid_arguments" if arguments.get("reply_broadcast") else None
    return None if isinstance(thread_ts, str) and _TS.fullmatch(thread_ts) else "invalid_thread_ts"


def _has_rich_text(arguments: Arguments) -> bool:
    return any(one.get("type") == "rich_text" for one in arguments.get("blocks") or [])
