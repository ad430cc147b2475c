"""A stand-in for Slack that refuses what Slack refuses, and knows who would be pinged: for the demo and for tests.

Limits: https://docs.slack.dev/reference/block-kit/blocks and, for the whole message, public measurements.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Self

import msgspec
from aiohttp import web

from monitor.demo.receiver import Fault, answered, served

MOST_CONTENT = 13_200
_MENTION = re.compile(r"<[!@#][^>]*>")
_MARKED_LINK = re.compile(r"<(https?://[^|>]+)")
_PINGS = frozenset({"broadcast", "user", "usergroup", "channel", "team"})
_TEXT_LIMITS = {"header": 150, "section": 3_000, "context": 3_000}
_RICH_SECTIONS = frozenset(
    {"rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted"}
)  # fmt: skip
_RICH_ELEMENTS = _PINGS | {"text", "link", "emoji", "date", "color"}
_STYLES = frozenset({"bold", "italic", "strike", "code", "underline"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One message a channel shows. ``thread_ts`` names its parent; ``arguments`` is everything that was sent."""

    at: datetime
    channel: str
    ts: str
    thread_ts: str | None
    arguments: Mapping[str, Any]

    @property
    def text(self) -> str:
        return str(self.arguments.get("text", ""))

    @property
    def pings(self) -> list[str]:
        """What in it would notify people: structural mentions, and live ones in marked text."""
        nodes = list(_walk(list(self.arguments.get("blocks", ()))))
        structural = [str(node["type"]) for node in nodes if node.get("type") in _PINGS]
        marked = [str(node.get("text", "")) for node in nodes if node.get("type") == "mrkdwn"]
        return structural + [one for text in (self.text, *marked) for one in _MENTION.findall(text)]

    @property
    def links(self) -> list[str]:
        """What in it could be clicked."""
        nodes = list(_walk(list(self.arguments.get("blocks", ()))))
        return [str(node["url"]) for node in nodes if node.get("type") == "link"] + _MARKED_LINK.findall(self.text)


class FakeSlack:
    """``chat.postMessage``, ``chat.update`` and incoming webhooks. ``messages`` are in order, edits applied.

    ``faults`` are used up first, one a request. ``api_url`` and ``webhook_url`` say where it listens. With
    ``per_second`` a channel takes one message a second, as Slack does.
    """

    def __init__(
        self,
        *,
        token: str = "xoxb-demo",  # noqa: S107  # opens nothing but this stand-in
        channels: tuple[str, ...] = ("C0DESK",),
        per_second: bool = False,
        on_posted: Callable[[Posted], None] | None = None,
    ) -> None:
        self.api_url = ""
        self.webhook_url = ""
        self.messages: list[Posted] = []
        self.faults: deque[Fault] = deque()
        self.refusals: list[str] = []
        self._token = token
        self._channels = channels
        self._per_second = per_second
        self._on_posted = on_posted
        self._last_at: dict[str, float] = {}
        self._numbers = itertools.count(1)

    @contextlib.asynccontextmanager
    async def serving(self, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Self]:
        """Listen; ``api_url`` and ``webhook_url`` say where."""
        app = web.Application()
        app.router.add_post("/api/chat.postMessage", self._post)
        app.router.add_post("/api/chat.update", self._update)
        app.router.add_post("/services/T0/B0/demo", self._hook)
        async with served(app, host, port) as bound:
            self.api_url = f"http://{host}:{bound}/api/"
            self.webhook_url = f"http://{host}:{bound}/services/T0/B0/demo"
            yield self

    def thread(self, ts: str) -> list[Posted]:
        """A parent's replies, in order."""
        return [one for one in self.messages if one.thread_ts == ts]

    def delete(self, ts: str) -> None:
        """What a person does by hand: the message is gone."""
        self.messages = [one for one in self.messages if one.ts != ts]

    async def _post(self, request: web.Request) -> web.Response:
        arguments = await _arguments(request)
        fault = self.faults.popleft() if self.faults else None
        if fault is not None and not fault.accept:
            return answered(request, fault) or web.Response()
        error = self._unauthorised(request) or self._unknown_place(arguments) or fault_of(arguments)
        if error:
            return self._refuse(error)
        busy = self._busy(str(arguments["channel"]))
        if busy is not None:
            return busy
        posted = self._keep(str(arguments["channel"]), arguments)
        return answered(request, fault) or web.json_response({"ok": True, "channel": posted.channel, "ts": posted.ts})

    async def _update(self, request: web.Request) -> web.Response:
        arguments = await _arguments(request)
        channel, ts = arguments.get("channel"), arguments.get("ts")
        known = [place for place, one in enumerate(self.messages) if (one.channel, one.ts) == (channel, ts)]
        error = self._unauthorised(request) or (None if known else "message_not_found") or fault_of(arguments)
        if error:
            return self._refuse(error)
        self.messages[known[0]] = replace(self.messages[known[0]], arguments=arguments)
        return web.json_response({"ok": True, "channel": channel, "ts": ts})

    async def _hook(self, request: web.Request) -> web.Response:
        arguments = await _arguments(request)
        fault = self.faults.popleft() if self.faults else None
        if fault is not None:
            return answered(request, fault) or web.Response()
        error = fault_of(arguments)
        if error:
            self.refusals.append(error)
            return web.Response(status=400, text=error)
        busy = self._busy(self._channels[0])
        if busy is None:
            self._keep(self._channels[0], arguments)
        return busy or web.Response(text="ok")

    def _keep(self, channel: str, arguments: Mapping[str, Any]) -> Posted:
        ts = f"{int(time.time())}.{next(self._numbers):06}"
        thread_ts = arguments.get("thread_ts")
        posted = Posted(at=datetime.now(UTC), channel=channel, ts=ts, thread_ts=thread_ts, arguments=arguments)
        self.messages.append(posted)
        if self._on_posted is not None:
            self._on_posted(posted)
        return posted

    def _unauthorised(self, request: web.Request) -> str | None:
        header = request.headers.get("authorization", "")
        if not header:
            return "not_authed"
        return None if header == f"Bearer {self._token}" else "invalid_auth"

    def _unknown_place(self, arguments: Mapping[str, Any]) -> str | None:
        if arguments.get("channel") not in self._channels:
            return "channel_not_found"
        thread_ts = arguments.get("thread_ts")
        parents = {one.ts for one in self.messages if one.thread_ts is None}
        return "thread_not_found" if thread_ts is not None and thread_ts not in parents else None

    def _refuse(self, error: str) -> web.Response:
        self.refusals.append(error)
        return web.json_response({"ok": False, "error": error})

    def _busy(self, channel: str) -> web.Response | None:
        now = time.monotonic()
        if self._per_second and now - self._last_at.get(channel, -1.0) < 1.0:
            headers = {"retry-after": "1"}
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
        self._last_at[channel] = now
        return None


def fault_of(arguments: Mapping[str, Any]) -> str | None:
    """Slack's error for a message it would refuse for its form; None for a good one."""
    blocks = arguments.get("blocks", [])
    text = arguments.get("text", "")
    if not isinstance(blocks, list) or not isinstance(text, str):
        return "invalid_blocks_format"
    if not blocks and not text.strip():
        return "no_text"
    if len(text) > 40_000:
        return "msg_too_long"
    if len(blocks) > 50 or not all(isinstance(block, dict) and _block_is_good(block) for block in blocks):
        return "invalid_blocks"
    content = sum(len(str(node["text"])) for node in _walk(blocks) if isinstance(node.get("text"), str))
    return "msg_blocks_too_long" if content + 100 * len(blocks) > MOST_CONTENT else None


def _block_is_good(block: Mapping[str, Any]) -> bool:
    match block:
        case {"type": "header", "text": {"type": "plain_text", "text": str(text)}}:
            return 1 <= len(text) <= _TEXT_LIMITS["header"]
        case {"type": "section", "text": {"type": "plain_text" | "mrkdwn", "text": str(text)}}:
            return 1 <= len(text) <= _TEXT_LIMITS["section"]
        case {"type": "context", "elements": [*elements]}:
            return 1 <= len(elements) <= 10 and all(_context_is_good(one) for one in elements)
        case {"type": "rich_text", "elements": [_, *_] as sections}:
            return all(_section_is_good(one) for one in sections)
        case {"type": "divider"}:
            return True
        case _:
            return False


def _context_is_good(element: object) -> bool:
    match element:
        case {"type": "plain_text" | "mrkdwn", "text": str(text)}:
            return 1 <= len(text) <= _TEXT_LIMITS["context"]
        case _:
            return False


def _section_is_good(section: object) -> bool:
    match section:
        case {"type": "rich_text_list", "elements": [_, *_] as sections}:
            return all(_section_is_good(one) for one in sections)
        case {"type": str(kind), "elements": [_, *_] as elements}:
            return kind in _RICH_SECTIONS and all(_element_is_good(one) for one in elements)
        case _:
            return False


def _element_is_good(element: object) -> bool:
    match element:
        case {"type": str(kind)} if kind not in _RICH_ELEMENTS:
            return False
        case {"type": "text", "text": str(text)}:
            style = element.get("style", {}) if isinstance(element, dict) else {}
            return bool(text) and set(style) <= _STYLES
        case {"type": "link", "url": str(url)}:
            return bool(re.match(r"https?://", url)) and len(url) <= 3_000
        case {"type": "text" | "link"}:
            return False
        case _:
            return isinstance(element, dict)


async def _arguments(request: web.Request) -> dict[str, Any]:
    try:
        return msgspec.json.decode(await request.read(), type=dict[str, Any])
    except ValueError:
        raise web.HTTPBadRequest(text="invalid_payload") from None


def _walk(node: Any) -> Iterator[dict[str, Any]]:
    """Every object inside, depth first."""
    match node:
        case list():
            for one in node:
                yield from _walk(one)
        case dict():
            yield node
            for one in node.values():
                yield from _walk(one)
        case _:
            return
