"""The API's OpenAPI document: every route is in it, every reference leads somewhere, and the tree holds it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import jsonschema  # type: ignore[import-untyped]  # no stubs in the lock
import pytest
from click.testing import CliRunner

from monitor.cli import stetwatch
from monitor.core.deliver.examples import EXAMPLES
from monitor.core.deliver.wire import document as json_of
from monitor.web.api import ROUTES
from monitor.web.api_document import OPERATIONS, document
from tests.kit.schemas import API

DOCUMENT = json.loads(json.dumps(document(ROUTES)))


def references(node: object) -> Iterator[str]:
    """Every ``$ref`` below a node."""
    match node:
        case dict():
            yield from (value for name, value in node.items() if name == "$ref")
            for one in node.values():
                yield from references(one)
        case list():
            for one in node:
                yield from references(one)


def test_the_document_in_the_tree_is_the_generated_one() -> None:
    """config/openapi-api.json says what the code does; ``python -m tests.kit.schemas`` writes it."""
    assert json.loads(API.read_text("utf-8")) == DOCUMENT


def test_the_command_prints_it() -> None:
    """``stetwatch api openapi`` prints what the role serves."""
    assert json.loads(CliRunner().invoke(stetwatch, ["api", "openapi"], catch_exceptions=False).output) == DOCUMENT


def test_every_route_is_described_once() -> None:
    """Nothing is described that is not there, and no operation has another's id."""
    told = [operation for methods in DOCUMENT["paths"].values() for operation in methods.values()]

    assert {route.name for route in ROUTES} == set(OPERATIONS)
    assert len({one["operationId"] for one in told}) == len(told) == len(ROUTES)
    assert all(path.startswith("/api/v1/") for path in DOCUMENT["paths"])


def test_every_reference_leads_somewhere_and_every_parameter_is_used() -> None:
    """No reference dangles; a path's parameters are declared."""
    for reference in set(references(DOCUMENT)):
        node = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
    used = {one.rpartition("/")[2] for one in references(DOCUMENT["paths"]) if "/parameters/" in one}
    assert used == set(DOCUMENT["components"]["parameters"])
    for path, methods in DOCUMENT["paths"].items():
        for operation in methods.values():
            inside = {one["name"] for one in operation.get("parameters", ()) if one.get("in") == "path"}
            assert inside == {step[1:-1] for step in path.split("/") if step.startswith("{")}


def test_what_changes_something_needs_the_operate_token() -> None:
    """Every POST and DELETE says that it may be refused; reading never is for that."""
    for route in ROUTES:
        assert (route.needs == "operate") == (route.method != "GET"), route.path


@pytest.mark.parametrize("type_", EXAMPLES)
def test_a_change_in_the_api_is_the_change_of_the_webhooks(type_: str) -> None:
    """``Change`` takes each type's example, and exactly one of its alternatives does."""
    whole = json.loads(json.dumps(DOCUMENT["components"]).replace("#/components/schemas", "#/schemas"))
    validator = jsonschema.Draft202012Validator({"$ref": "#/schemas/Change", **whole})

    validator.validate(json_of(EXAMPLES[type_]))
    assert not validator.is_valid({**json_of(EXAMPLES[type_]), "type": "post.unheard"})
