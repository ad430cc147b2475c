"""The parameters of the API's addresses, as the OpenAPI document describes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args

from monitor.model import ChangeType
from monitor.ports.deliveries import State
from monitor.ports.sourcing import Condition

_TEXT: Final = {"type": "string"}


def _query(name: str, meaning: str, schema: Mapping[str, Any] = _TEXT) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": meaning, "schema": dict(schema)}


PARAMETERS: Final[dict[str, dict[str, Any]]] = {
    "source": _query("source", "Of these sources; may stand more than once.", {"type": "array", "items": _TEXT}),
    "type": _query(
        "type",
        "Of these types; may stand more than once.",
        {"type": "array", "items": {"type": "string", "enum": [*get_args(ChangeType)]}},
    ),
    "tag": _query("tag", "Of sources with this tag."),
    "min": _query(
        "min",
        "Of edits, those of at least this significance; other types pass.",
        {"type": "number", "minimum": 0, "maximum": 1},
    ),
    "q": _query("q", "Those that say this, in the headline or in what changed, whatever the case."),
    "limit": _query("limit", "So many at the most.", {"type": "integer", "minimum": 1}),
    "cursor": _query("cursor", "Go on from here: `next` of the page before. What is in it may change."),
    "after": _query("after", "Begin after this event id; `Last-Event-ID` goes before it."),
    "condition": _query("condition", "Sources in this condition.", {"type": "string", "enum": [*get_args(Condition)]}),
    "state": _query("state", "Deliveries in this state.", {"type": "string", "enum": [*get_args(State)]}),
    "Last-Event-ID": {
        "name": "Last-Event-ID",
        "in": "header",
        "description": "Resume after this event; `0` begins with the oldest change that is kept.",
        "schema": _TEXT,
    },
}
