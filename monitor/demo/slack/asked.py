"""The arguments of a request: JSON, a form (objects as JSON in it), or the query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web

_AS_JSON = ("blocks", "attachments", "metadata")
_SWITCHES = ("mrkdwn", "unfurl_links", "unfurl_media", "reply_broadcast", "link_names")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Slack's word for a body that is none of them."""

    error: str


async def read(request: web.Request, *, json: bool = True) -> Mapping[str, Any] | Unreadable:
    """With ``json`` false a JSON body is passed over, as Slack's reading methods do."""
    body = await request.read()
    if request.content_type == "application/json":
        return _decoded(body) if json else {**request.query}
    form = {name: one for name, one in (await request.post()).items() if isinstance(one, str)}
    if "payload" in form:
        return _decoded(form["payload"].encode("utf-8", "surrogatepass"))
    arguments: dict[str, Any] = {**request.query, **form}
    for name in _AS_JSON:
        if name in arguments:
            try:
                arguments[name] = msgspec.json.decode(arguments[name])
            except ValueError:
                return Unreadable(f"invalid_{name}_format" if name != "attachments" else "invalid_attachments")
    return {name: one in {"1", "true"} if name in _SWITCHES else one for name, one in arguments.items()}


def _decoded(body: bytes) -> Mapping[str, Any] | Unreadable:
    try:
        decoded = msgspec.json.decode(body)
    except ValueError:
        return Unreadable("invalid_json")
    return decoded if isinstance(decoded, dict) else Unreadable("json_not_object")
