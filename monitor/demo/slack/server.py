"""The stand-in as a server: the Web API, incoming webhooks, response URLs and Socket Mode on one port."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

from monitor.demo.receiver import Fault, answered, served
from monitor.demo.slack.asked import Unreadable, read
from monitor.demo.slack.faults import HOOK_STATUS
from monitor.demo.slack.methods import READS, SCOPES, Answer, Methods
from monitor.demo.slack.pace import Limits, Paces
from monitor.demo.slack.rules import fault_of
from monitor.demo.slack.sockets import Envelope, Sockets
from monitor.demo.slack.workspace import Posted, Workspace, by_action, told

_HOOK_PATH = "/services/T0/B0/demo"
_HOOK_WORDS = {"is_archived": "channel_is_archived", "invalid_arguments": "invalid_payload"}
_RESPONSES, _RESPONSES_WITHIN_S = 5, 1_800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request as it came. ``error`` is Slack's word for what was wrong with it, ``fault`` for a fault played."""

    method: str
    arguments: Mapping[str, Any]
    error: str | None


@dataclass(slots=True, kw_only=True)
class _Clicked:
    """What a response URL stands for, and how often it was used."""

    channel: str
    ts: str
    user: str
    uses: int = 0
    at_s: float = field(default_factory=time.monotonic)

    def used(self, now_s: float) -> int:
        """One use more; after half an hour it counts as worn out."""
        self.uses += 1
        return self.uses if now_s - self.at_s <= _RESPONSES_WITHIN_S else _RESPONSES + 1


class FakeSlack:
    """``messages`` are in order, edits applied; ``calls`` every request; ``refusals`` the errors it answered with.

    ``faults`` are used up first, one a request; ``method_faults`` likewise for one method (``"chat.update"``);
    ``lasting`` answers everything until it is set to None (``monitor.demo.slack.faults`` makes them all).
    ``per_second`` switches Slack's rate limits on, ``limits`` gives others. ``channel_faults``: see ``Methods``.
    ``api_url`` and ``webhook_url`` say where it listens.
    """

    def __init__(
        self,
        *,
        token: str = "xoxb-demo",  # noqa: S107  # opens nothing but this stand-in
        app_token: str = "xapp-demo",  # noqa: S107
        channels: tuple[str, ...] = ("C0DESK",),
        people: tuple[str, ...] = ("U0EDITOR",),
        scopes: tuple[str, ...] = ("chat:write", "channels:history"),
        per_second: bool = False,
        limits: Limits | None = None,
        remembers_ids: bool = True,
        on_posted: Callable[[Posted], None] | None = None,
    ) -> None:
        self.api_url = ""
        self.webhook_url = ""
        self.faults: deque[Fault] = deque()
        self.method_faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self.lasting: Fault | None = None
        self.calls: list[Call] = []
        self.workspace = Workspace(channels, people, remembers_ids=remembers_ids)
        self.sockets = Sockets()
        self.scopes = scopes
        paces = Paces(limits or (Limits() if per_second else None))
        self.methods = Methods(workspace=self.workspace, paces=paces, taken=on_posted or (lambda _: None))
        self._tokens = {"bot": token, "app": app_token}
        self._responses: dict[str, _Clicked] = {}

    @contextlib.asynccontextmanager
    async def serving(self, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Self]:
        """Listen; ``api_url`` and ``webhook_url`` say where."""
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/services/{hook:.*}", self._hook)
        app.router.add_post("/response/{name}", self._respond)
        app.router.add_get("/link", self.sockets.serve)
        async with served(app, host, port) as bound:
            self.api_url = f"http://{host}:{bound}/api/"
            self.webhook_url = f"http://{host}:{bound}{_HOOK_PATH}"
            try:
                yield self
            finally:
                await self.sockets.hang_up()

    @property
    def messages(self) -> list[Posted]:
        return self.workspace.messages

    @property
    def refusals(self) -> list[str]:
        """The errors answered with; the rate limit and played faults are none."""
        return [one.error for one in self.calls if one.error and one.error not in {"fault", "ratelimited"}]

    @property
    def channel_faults(self) -> dict[str, str]:
        return self.methods.channel_faults

    def made(self, method: str) -> list[Call]:
        """The calls of one method that were taken."""
        return [one for one in self.calls if one.method == method and one.error is None]

    def thread(self, ts: str) -> list[Posted]:
        """A parent's replies, in order."""
        return self.workspace.thread(ts)

    def read_channel(self, channel: str | None = None) -> str:
        """What a reader of the channel sees, a message a paragraph."""
        return "\n\n".join(one.shown for one in self.workspace.in_channel(channel or self.workspace.channels[0]))

    def read_thread(self, ts: str) -> str:
        """What a reader of the thread sees, its parent first."""
        return "\n\n".join(one.shown for one in self.messages if ts in {one.ts, one.thread_ts})

    def delete(self, ts: str) -> None:
        """What a person does by hand: the message is gone."""
        self.workspace.delete(ts)

    def say(self, text: str, *, user: str = "U0EDITOR", channel: str | None = None, **arguments: Any) -> Posted:
        """What a person writes in a channel; ``thread_ts`` makes it an answer."""
        place = channel or self.workspace.channels[0]
        return self.workspace.post(place, {"text": text, **arguments}, by=user)

    async def click(
        self, posted: Posted | str, action_id: str, *, user: str = "U0EDITOR", value: str | None = None
    ) -> Envelope:
        """A person uses a button of a message (or picks ``value`` from its menu); LookupError when it has none such."""
        ts = posted if isinstance(posted, str) else posted.ts
        message = next(one for one in self.messages if one.ts == ts)
        for block_id, element in by_action(message, action_id):
            return await self.sockets.send("interactive", self._action(message, block_id, element, user, value))
        raise LookupError(f"the message has no {action_id}")

    def _action(
        self, message: Posted, block_id: str, element: Mapping[str, Any], user: str, value: str | None
    ) -> dict[str, Any]:
        name = uuid.uuid4().hex
        self._responses[name] = _Clicked(channel=message.channel, ts=message.ts, user=user)
        place = {"type": "message", "message_ts": message.ts, "channel_id": message.channel, "is_ephemeral": False}
        chosen = [one for one in element.get("options") or [] if one.get("value") == value]
        action = {name: element[name] for name in ("type", "action_id", "text", "value", "style") if name in element}
        return {
            "type": "block_actions",
            "api_app_id": "A0STETWATCH",
            "token": "deprecated",
            "trigger_id": uuid.uuid4().hex,
            "team": {"id": "T0NEWS", "domain": "newsroom"},
            "user": {"id": user, "username": user.lower(), "name": user.lower(), "team_id": "T0NEWS"},
            "channel": {"id": message.channel, "name": message.channel.lower()},
            "container": {**place, **({"thread_ts": message.thread_ts} if message.thread_ts else {})},
            "message": told(message, self.workspace, metadata=True),
            "state": {"values": {}},
            "response_url": self.api_url.replace("/api/", f"/response/{name}"),
            "actions": [
                {
                    **action,
                    "block_id": block_id,
                    "action_ts": f"{time.time():.6f}",
                    **({"selected_option": chosen[0]} if chosen else {}),
                }
            ],
        }

    async def _api(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        arguments = await read(request, json=method not in READS)
        fault = self._fault(method)
        if fault is not None and not fault.accept:
            self._note(method, arguments, "fault")
            return await _faulty(request, fault) or web.Response()
        answer = self._answer(request, method, arguments)
        error = "ratelimited" if isinstance(answer, int) else answer if isinstance(answer, str) else answer.get("error")
        self._note(method, arguments, error)
        return await _faulty(request, fault) or self._told(answer)

    def _answer(self, request: web.Request, method: str, arguments: Mapping[str, Any] | Unreadable) -> Answer:
        header = request.headers.get("authorization", "")
        token = header.removeprefix("Bearer ") if header.startswith("Bearer ") else ""
        if not token:
            return "not_authed"
        if token not in self._tokens.values():
            return "invalid_auth"
        if (token == self._tokens["app"]) is not (method == "apps.connections.open"):
            return "not_allowed_token_type"
        if method == "apps.connections.open":
            url = self.api_url.replace("http://", "ws://").replace("/api/", "/link")
            return {"url": f"{url}?ticket={self.sockets.ticket()}&app_id=A0STETWATCH"}
        needed = SCOPES.get(method)
        if needed is not None and needed not in self.scopes:
            return {"ok": False, "error": "missing_scope", "needed": needed, "provided": ",".join(self.scopes)}
        return arguments.error if isinstance(arguments, Unreadable) else self.methods.call(method, arguments)

    async def _hook(self, request: web.Request) -> web.Response:
        arguments = await read(request)
        fault = self._fault("webhook")
        if fault is not None and not fault.accept:
            self._note("webhook", arguments, "fault")
            return await _faulty(request, fault) or web.Response()
        taken = self._hooked(request, arguments)
        error = taken if isinstance(taken, str) else "ratelimited" if isinstance(taken, int) else None
        self._note("webhook", arguments, error)
        if isinstance(taken, int):
            return web.Response(status=429, headers={"retry-after": str(taken)}, text="rate_limited")
        if isinstance(taken, str):
            return web.Response(status=HOOK_STATUS.get(taken, 400), text=taken)
        return await _faulty(request, fault) or web.Response(text="ok")

    def _hooked(self, request: web.Request, arguments: Mapping[str, Any] | Unreadable) -> Posted | str | int:
        if request.path != _HOOK_PATH:
            return "no_service"
        if isinstance(arguments, Unreadable):
            return "invalid_payload"
        taken = self.methods.post(self.workspace.channels[0], arguments)
        return _HOOK_WORDS.get(taken, taken) if isinstance(taken, str) else taken

    async def _respond(self, request: web.Request) -> web.Response:
        """A response URL: five uses within half an hour."""
        arguments = await read(request)
        clicked = self._responses.get(request.match_info["name"])
        error = fault_of(arguments) if not isinstance(arguments, Unreadable) else "invalid_payload"
        if clicked is None or clicked.used(time.monotonic()) > _RESPONSES:
            error = "used_url"
        self._note("response_url", arguments, error)
        if error or clicked is None or isinstance(arguments, Unreadable):
            return web.Response(status=404 if error == "used_url" else 400, text=error)
        message = self.workspace.find(clicked.channel, clicked.ts)
        if arguments.get("replace_original") and message is not None:
            self.workspace.edit(message, arguments)
        elif arguments.get("response_type") == "in_channel":
            self.workspace.post(clicked.channel, arguments)
        else:
            self.workspace.whisper(clicked.channel, clicked.user, arguments)
        return web.Response(text="ok")

    def _fault(self, method: str) -> Fault | None:
        waiting = self.method_faults[method] or self.faults
        return waiting.popleft() if waiting else self.lasting

    def _note(self, method: str, arguments: Mapping[str, Any] | Unreadable, error: str | None) -> None:
        read_ = {} if isinstance(arguments, Unreadable) else arguments
        self.calls.append(Call(method=method, arguments=read_, error=error))

    def _told(self, answer: Answer) -> web.Response:
        headers = {"x-oauth-scopes": ",".join(self.scopes)}
        if isinstance(answer, int):
            body = {"ok": False, "error": "ratelimited"}
            return web.json_response(body, status=429, headers={"retry-after": str(answer), **headers})
        body = {"ok": False, "error": answer} if isinstance(answer, str) else {"ok": True, **answer}
        return web.json_response(body, headers=headers)


async def _faulty(request: web.Request, fault: Fault | None) -> web.Response | None:
    """The fault's answer, after its wait; None where Slack's own is to follow."""
    if fault is None:
        return None
    await asyncio.sleep(fault.after_s)
    only_late = fault.accept and fault.status == 200 and not fault.drop and not fault.body
    return None if only_late else answered(request, fault)
