"""The API as an OpenAPI 3.1 document, made from its routes and from the types that it answers with.

https://spec.openapis.org/oas/v3.1.0
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from monitor.core.deliver.examples import EXAMPLES
from monitor.core.deliver.shapes import SHAPES, described
from monitor.core.deliver.wire import document as json_of
from monitor.ports.numbers import Figures
from monitor.ports.sourcing import SourceStanding
from monitor.web import api_shapes as shapes
from monitor.web.api_parameters import PARAMETERS
from monitor.web.routes import Route

_SCHEMAS: Final = "#/components/schemas/"
_FILTER: Final = ("source", "type", "tag", "min", "q")
_PAGED: Final = ("limit", "cursor")

_FAULTS: Final[Mapping[int, str]] = {
    400: "What was sent does not fit; `detail` says where.",
    401: "Say who you are: `Authorization: Bearer` with a token of the configuration.",
    403: "This token may look and not operate.",
    404: "Not known, or no longer kept.",
    409: "It stands otherwise than the call supposes.",
    415: "Send JSON.",
    422: "Not a source: `errors` says what is wrong with each key, all at once.",
    503: "The store does not answer; try again.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What is said of a route beyond its path: ``answers`` is the type of its success, None for no body."""

    summary: str
    answers: Any
    parameters: tuple[str, ...] = ()
    takes: Any = None
    status: int = 200
    faults: tuple[int, ...] = ()
    media: str = "application/json"


class Change:
    """Stands for the schema of any change, which is made elsewhere."""


OPERATIONS: Final[Mapping[str, Operation]] = {
    "api_changes": Operation(
        summary="Changes, newest first", answers=shapes.Changes, parameters=(*_FILTER, *_PAGED), faults=(400,)
    ),
    "api_changes_stream": Operation(
        summary="Changes as they happen (server-sent events)",
        answers=str,
        parameters=(*_FILTER, "after", "Last-Event-ID"),
        faults=(400,),
        media="text/event-stream",
    ),
    "api_change": Operation(summary="One change", answers=Change, faults=(404,)),
    "api_post": Operation(
        summary="The history of a post", answers=shapes.PostHistory, parameters=("limit",), faults=(400, 404)
    ),
    "api_sources": Operation(
        summary="Sources", answers=shapes.Sources, parameters=("condition", *_PAGED), faults=(400,)
    ),
    "api_source": Operation(summary="A source", answers=SourceStanding, faults=(404,)),
    "api_source_polls": Operation(summary="Its last visits", answers=shapes.Polls, faults=(404,)),
    "api_source_add": Operation(
        summary="Watch a page",
        answers=SourceStanding,
        takes=shapes.SourceDraft,
        status=201,
        faults=(400, 409, 415, 422),
    ),
    "api_source_preview": Operation(
        summary="Visit a page once", answers=shapes.PreviewAnswer, takes=shapes.SourceDraft, faults=(400, 415, 422)
    ),
    "api_source_pause": Operation(
        summary="Pause a source", answers=SourceStanding, takes=shapes.Why, faults=(400, 404, 415)
    ),
    "api_source_resume": Operation(summary="Resume a source", answers=SourceStanding, faults=(404,)),
    "api_source_remove": Operation(summary="Watch it no longer", answers=None, status=204, faults=(404, 409)),
    "api_destinations": Operation(summary="Destinations", answers=shapes.Destinations),
    "api_destination": Operation(summary="A destination", answers=shapes.DestinationAnswer, faults=(404,)),
    "api_destination_pause": Operation(
        summary="Pause a destination", answers=shapes.DestinationAnswer, takes=shapes.Why, faults=(400, 404, 415)
    ),
    "api_destination_resume": Operation(
        summary="Resume a destination", answers=shapes.DestinationAnswer, faults=(404,)
    ),
    "api_deliveries": Operation(
        summary="Deliveries", answers=shapes.Deliveries, parameters=("state", "limit"), faults=(400, 404)
    ),
    "api_delivery": Operation(summary="A delivery and its attempts", answers=shapes.DeliveryAnswer, faults=(404,)),
    "api_redeliver": Operation(summary="Send it again", answers=shapes.AskedAnswer, status=202, faults=(404,)),
    "api_drop": Operation(summary="Never send it", answers=None, status=204, faults=(404, 409)),
    "api_status": Operation(summary="The installation at a glance", answers=shapes.Status),
    "api_metrics": Operation(summary="All numbers", answers=Figures, parameters=("source",)),
    "api_openapi": Operation(summary="This document", answers=dict[str, Any]),
}
"""Route name → what is said of it."""


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """The OpenAPI document of these routes."""
    types = [one for said in OPERATIONS.values() for one in (said.answers, said.takes) if one not in (None, Change)]
    made, schemas = msgspec.json.schema_components([*types, shapes.ProblemAnswer], ref_template=_SCHEMAS + "{name}")
    named = {id(one): schema for one, schema in zip(types, made, strict=False)}
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        said = OPERATIONS[route.name]
        operation = _operation(route, said, lambda one: named[id(one)])
        paths.setdefault(_template(route.path), {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Stetwatch",
            "version": "1",
            "summary": "What happened to the posts of watched pages, and how watching and telling fare.",
            "description": "Within `/api/v1` keys are only added: ignore those you do not know.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "security": [{}, {"token": []}],
        "paths": paths,
        "components": {
            "schemas": _changes() | schemas,
            "parameters": PARAMETERS,
            "responses": {str(status): _problem(meaning) for status, meaning in _FAULTS.items()},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The view token, or the operate token where it says so. None on loopback.",
                }
            },
        },
    }


def _operation(route: Route, said: Operation, schema_of: Any) -> dict[str, Any]:
    success: dict[str, Any] = {"description": said.summary}
    if said.answers is not None:
        schema = {"$ref": _SCHEMAS + "Change"} if said.answers is Change else schema_of(said.answers)
        success["content"] = {said.media: {"schema": schema}}
    if "cursor" in said.parameters:
        success["headers"] = {"Link": {"description": '`rel="next"`: the next page', "schema": {"type": "string"}}}
    inside = [_in_path(name) for name in re.findall(r"{(\w+)}", route.path)]
    parameters = inside + [{"$ref": f"#/components/parameters/{name}"} for name in said.parameters]
    needs = "" if route.needs == "view" else "Needs the operate token."
    operation: dict[str, Any] = {
        "operationId": route.name.removeprefix("api_"),
        "summary": said.summary,
        "tags": [route.path.split("/")[3].partition(".")[0]],
        "responses": {str(said.status): success, **_faults(route, said)},
        **({"description": needs} if needs else {}),
        **({"parameters": parameters} if parameters else {}),
    }
    if said.takes is not None:
        content = {"application/json": {"schema": schema_of(said.takes)}}
        operation["requestBody"] = {"required": said.takes is not shapes.Why, "content": content}
    return operation


def _faults(route: Route, said: Operation) -> dict[str, Any]:
    refused = (403,) if route.needs == "operate" else ()
    faults = {str(one): {"$ref": f"#/components/responses/{one}"} for one in sorted((401, *refused, *said.faults, 503))}
    unchanged = route.method == "GET" and said.media == "application/json"
    return ({"304": {"description": "As it was, by `If-None-Match`."}} if unchanged else {}) | faults


def _changes() -> dict[str, Any]:
    """``Change``, and the schema of each type beside it: those of the webhooks."""
    schemas: dict[str, Any] = {}
    for type_ in SHAPES:
        schema, definitions = described(type_, _SCHEMAS + "{name}")
        schemas |= {type_: schema} | definitions
    references = {type_: _SCHEMAS + type_ for type_ in SHAPES}
    return {
        "Change": {
            "oneOf": [{"$ref": reference} for reference in references.values()],
            "discriminator": {"propertyName": "type", "mapping": references},
            "examples": [json_of(EXAMPLES["post.edited"])],
        }
    } | schemas


def _problem(meaning: str) -> dict[str, Any]:
    schema = {"$ref": _SCHEMAS + "ProblemAnswer"}
    return {"description": meaning, "content": {"application/problem+json": {"schema": schema}}}


def _template(path: str) -> str:
    return re.sub(r"{(\w+)[^}]*}", r"{\1}", path)


def _in_path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
