"""The webhooks as an OpenAPI 3.1 document, made from the shapes that the JSON Schemas are made from.

https://spec.openapis.org/oas/v3.1.0 (``webhooks`` at the root), https://www.standardwebhooks.com (the headers)
"""

from __future__ import annotations

from typing import Any, Final

from monitor.core.deliver.examples import EXAMPLES
from monitor.core.deliver.shapes import SHAPES, described
from monitor.core.deliver.wire import document as json_of

_SCHEMAS: Final = "#/components/schemas/"

_HEADERS: Final[dict[str, tuple[dict[str, Any], bool, str, str]]] = {
    "webhook-id": (
        {"type": "string", "pattern": "^chg_[^.]+$"},
        True,
        "The change's id, the same for every attempt and redelivery: your key against duplicates.",
        "chg_6f0d2c1b9a7e4853",
    ),
    "webhook-timestamp": (
        {"type": "string", "pattern": "^[0-9]{1,12}$"},
        True,
        "Unix seconds of this attempt. Refuse what is more than five minutes away.",
        "1774094590",
    ),
    "webhook-signature": (
        {"type": "string", "pattern": "^v1,[A-Za-z0-9+/]+=*( v1,[A-Za-z0-9+/]+=*)*$"},
        True,
        (
            "`v1,` and the base64 HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{raw body}`, one a secret, parted "
            "by spaces; one that matches is enough. Compare in constant time."
        ),
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
    "webhook-replay": (
        {"const": "true"},
        False,
        "There when somebody asked for this delivery again by hand.",
        "true",
    ),
}
"""Header → its schema, whether it is always there, its meaning, an example."""

_ANSWERS: Final = {
    "2XX": "Taken. Nothing else is a success; answer before you work on it, within 15 seconds.",
    "3XX": "A failure: redirects are not followed.",
    "410": "Wanted no more: this delivery is given up and the destination is disabled.",
    "429": "Busy: with `Retry-After` the whole destination pauses for that long, and no attempt is used up.",
    "503": "As 429.",
    "default": "A failure: tried again by the schedule in docs/webhooks.md.",
}


def document() -> dict[str, Any]:
    """The OpenAPI document: one webhook a change type, with its headers, schema, an example and what answers do."""
    schemas: dict[str, Any] = {}
    for type_ in SHAPES:
        schema, definitions = described(type_, _SCHEMAS + "{name}")
        schemas |= {type_: schema} | definitions
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Stetwatch webhooks",
            "version": "1",
            "summary": "What happened to the posts of a watched page, a signed POST each.",
            "description": "Signed as Standard Webhooks 1.0.0 asks. Within `schema_version` 1 keys are only added: "
            "ignore those you do not know.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "webhooks": {type_: {"post": _operation(type_, schemas[type_]["description"])} for type_ in SHAPES},
        "components": {
            "schemas": schemas,
            "parameters": {name: _parameter(name) for name in _HEADERS},
            "responses": {status: {"description": meaning} for status, meaning in _ANSWERS.items()},
        },
    }


def _operation(type_: str, summary: str) -> dict[str, Any]:
    media = {"schema": {"$ref": _SCHEMAS + type_}, "example": json_of(EXAMPLES[type_])}
    return {
        "operationId": type_.replace(".", "_"),
        "summary": summary,
        "tags": [type_.partition(".")[0]],
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in _HEADERS],
        "requestBody": {"required": True, "content": {"application/json": media}},
        "responses": {status: {"$ref": f"#/components/responses/{status}"} for status in _ANSWERS},
    }


def _parameter(name: str) -> dict[str, Any]:
    schema, required, meaning, example = _HEADERS[name]
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": meaning,
        "schema": schema,
        "example": example,
    }
