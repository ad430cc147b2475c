"""The Web API's methods on a workspace: each takes arguments and gives an answer, an error's name, or seconds to wait.

https://docs.slack.dev/reference/methods
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from monitor.demo.slack.pace import Paces
from monitor.demo.slack.rules import fault_of, problems, update_fault
from monitor.demo.slack.workspace import BOT, Posted, Workspace, page, told

Arguments = Mapping[str, Any]
Answer = dict[str, Any] | str | int

SCOPES = {
    "chat.postMessage": "chat:write", "chat.postEphemeral": "chat:write", "chat.update": "chat:write",
    "conversations.history": "channels:history", "conversations.replies": "channels:history",
}  # fmt: skip
READS = frozenset({"conversations.history", "conversations.replies", "chat.getPermalink"})
"""Methods that take their arguments from the query or a form, never from JSON."""


@dataclass(slots=True, kw_only=True)
class Methods:
    """The methods, and the switches that make them refuse.

    ``channel_faults`` names the error every message to a channel meets (``is_archived``, ``not_in_channel`` …).
    ``edit_window_s``: how long after posting a message can still be edited; None for ever.
    """

    workspace: Workspace
    paces: Paces
    taken: Callable[[Posted], None]
    channel_faults: dict[str, str] = field(default_factory=dict)
    edit_window_s: float | None = None

    def call(self, method: str, arguments: Arguments) -> Answer:
        """``unknown_method`` for what the stand-in does not know."""
        known: dict[str, Callable[[Arguments], Answer]] = {
            "auth.test": self._auth_test,
            "chat.postMessage": self._post,
            "chat.postEphemeral": self._whisper,
            "chat.update": self._update,
            "chat.getPermalink": self._permalink,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
        }
        if method not in known:
            return "unknown_method"
        return self.paces.method_wait_s(method, time.monotonic()) or known[method](arguments)

    def post(self, channel: str, arguments: Arguments) -> Posted | str | int:
        """A new message, for the Web API and for incoming webhooks."""
        error = self._place_fault(channel, arguments) or fault_of(arguments) or self._thread_fault(channel, arguments)
        known = error or self.workspace.repeated(channel, arguments)
        if known is not None:
            return known
        wait_s = self.paces.message_wait_s(channel, time.monotonic())
        if wait_s:
            return wait_s
        posted = self.workspace.post(channel, arguments)
        self.taken(posted)
        return posted

    def _post(self, arguments: Arguments) -> Answer:
        channel = self.workspace.channel(arguments.get("channel"))
        if channel is None:
            return "channel_not_found"
        posted = self.post(channel, arguments)
        if not isinstance(posted, Posted):
            return _detailed(posted, arguments)
        return {"channel": channel, "ts": posted.ts, "message": told(posted, self.workspace, metadata=True)}

    def _whisper(self, arguments: Arguments) -> Answer:
        channel, user = self.workspace.channel(arguments.get("channel")), arguments.get("user")
        if channel is None:
            return "channel_not_found"
        if user not in self.workspace.people:
            return "user_not_in_channel"
        error = self._place_fault(channel, arguments) or fault_of(arguments) or self._thread_fault(channel, arguments)
        if error:
            return _detailed(error, arguments)
        return {"message_ts": self.workspace.whisper(channel, str(user), arguments).ts}

    def _update(self, arguments: Arguments) -> Answer:
        channel = arguments.get("channel")
        if channel not in self.workspace.channels:
            return "channel_not_found"
        posted = self.workspace.find(channel, arguments.get("ts"))
        if posted is None:
            return "message_not_found"
        if posted.by != BOT:
            return "cant_update_message"
        age_s = time.time() - posted.at.timestamp()
        if self.edit_window_s is not None and age_s >= self.edit_window_s:
            return "edit_window_closed"
        error = self._place_fault(posted.channel, arguments) or update_fault(arguments, posted.arguments)
        if error is None and arguments.get("reply_broadcast") and posted.thread_ts is None:
            error = "invalid_arguments"
        if error:
            return _detailed(error, arguments)
        fresh = self.workspace.edit(posted, arguments)
        return {"channel": channel, "ts": fresh.ts, "text": fresh.text, "message": told(fresh, self.workspace)}

    def _permalink(self, arguments: Arguments) -> Answer:
        channel = arguments.get("channel")
        if channel not in self.workspace.channels:
            return "channel_not_found"
        posted = self.workspace.find(channel, arguments.get("message_ts"))
        if posted is None:
            return "message_not_found"
        place = f"https://newsroom.slack.com/archives/{channel}/p{posted.ts.replace('.', '')}"
        thread = f"?thread_ts={posted.thread_ts}&cid={channel}" if posted.thread_ts else ""
        return {"channel": channel, "permalink": place + thread}

    def _history(self, arguments: Arguments) -> Answer:
        channel = arguments.get("channel")
        if channel not in self.workspace.channels:
            return "channel_not_found"
        return self._page(self.workspace.in_channel(str(channel))[::-1], arguments)

    def _replies(self, arguments: Arguments) -> Answer:
        channel = arguments.get("channel")
        if channel not in self.workspace.channels:
            return "channel_not_found"
        asked = self.workspace.find(channel, arguments.get("ts"))
        parent = self.workspace.find(channel, asked.thread_ts) if asked and asked.thread_ts else asked
        if parent is None:
            return "thread_not_found"
        return self._page([parent, *self.workspace.thread(parent.ts)], arguments)

    def _page(self, messages: list[Posted], arguments: Arguments) -> Answer:
        try:
            found, more, cursor = page(messages, arguments)
        except ValueError:
            return "invalid_arguments"
        metadata = str(arguments.get("include_all_metadata", "")).lower() in {"1", "true"}
        return {
            "messages": [told(one, self.workspace, metadata=metadata) for one in found],
            "has_more": more,
            **({"response_metadata": {"next_cursor": cursor}} if more else {}),
        }

    def _auth_test(self, _: Arguments) -> Answer:
        return {
            "url": "https://newsroom.slack.com/",
            "team": "Newsroom",
            "team_id": "T0NEWS",
            "user": "stetwatch",
            "user_id": BOT,
            "bot_id": "B0STETWATCH",
        }

    def _place_fault(self, channel: str, arguments: Arguments) -> str | None:
        """What stands against this channel, under the name it was configured by or its id."""
        return self.channel_faults.get(channel) or self.channel_faults.get(str(arguments.get("channel")))

    def _thread_fault(self, channel: str, arguments: Arguments) -> str | None:
        thread_ts = arguments.get("thread_ts")
        known = thread_ts is None or self.workspace.parent(channel, thread_ts) is not None
        return None if known else "thread_not_found"


def _detailed(answer: str | int, arguments: Arguments) -> Answer:
    """A refusal of blocks says which and why."""
    if answer != "invalid_blocks":
        return answer
    named = problems(arguments)[:10]
    return {
        "ok": False,
        "error": answer,
        "errors": named,
        "response_metadata": {"messages": [f"[ERROR] {one}" for one in named]},
    }
