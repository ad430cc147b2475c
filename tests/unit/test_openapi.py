"""The published webhook contract: an OpenAPI 3.1 document, its examples, and that it only ever grows."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any, get_args

import jsonschema  # type: ignore[import-untyped]  # no stubs in the lock
import pytest
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from monitor.core.deliver.examples import EXAMPLES, TEST_ID, trial
from monitor.core.deliver.openapi import document
from monitor.core.deliver.sign import sign
from monitor.core.deliver.wire import decode, encode, schemas
from monitor.model import ChangeType
from tests.kit.changes import AT
from tests.kit.schemas import OPENAPI, broken, published

TYPES = get_args(ChangeType)
DOCUMENT = document()
REGISTRY: Registry[Any] = Registry().with_resource("urn:webhooks", DRAFT202012.create_resource(DOCUMENT))


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


def pointed(reference: str) -> Any:
    """What a reference inside the document points to."""
    node: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return node


def test_the_document_in_the_tree_is_the_generated_one() -> None:
    """config/openapi-webhooks.json says what the code does; ``python -m tests.kit.schemas`` writes it."""
    assert json.loads(OPENAPI.read_text("utf-8")) == DOCUMENT


def test_every_type_is_a_webhook_and_every_reference_leads_somewhere() -> None:
    """The root ``webhooks`` holds exactly the change types; no reference dangles."""
    assert DOCUMENT["openapi"] == "3.1.0"
    assert set(DOCUMENT["webhooks"]) == set(TYPES)
    assert all(pointed(reference) for reference in references(DOCUMENT))
    assert len({one["post"]["operationId"] for one in DOCUMENT["webhooks"].values()}) == len(TYPES)


@pytest.mark.parametrize("type_", TYPES)
def test_the_example_of_a_type_is_valid_and_of_that_type(type_: str) -> None:
    """By the document's own schema, by the JSON Schema file, and by our decoder; a foreign example is refused."""
    example = DOCUMENT["webhooks"][type_]["post"]["requestBody"]["content"]["application/json"]["example"]
    reference = {"$ref": f"urn:webhooks#/components/schemas/{type_}"}
    checks = (
        jsonschema.Draft202012Validator(
            reference, registry=REGISTRY, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
        ),
        jsonschema.Draft202012Validator(schemas()[type_]),
    )

    assert example["type"] == type_
    assert decode(encode(EXAMPLES[type_])) == EXAMPLES[type_]
    for check in checks:
        check.validate(example)
        assert not check.is_valid({**example, "type": "post.unheard"})
        assert not check.is_valid({**example, "data": {}})


def test_the_documented_headers_are_those_that_are_sent() -> None:
    """A real signature, with two secrets, fits the documented patterns; every header is referred to by every type."""
    sent = {
        "webhook-id": EXAMPLES["post.edited"].id,
        "webhook-timestamp": "1774094590",
        "webhook-signature": sign("chg_1", 1774094590, b"{}", [bytes(24), bytes(64)]),
        "webhook-replay": "true",
    }
    parameters = DOCUMENT["components"]["parameters"]

    assert set(parameters) == set(sent)
    for name, value in sent.items():
        jsonschema.validate(value, parameters[name]["schema"])
        jsonschema.validate(parameters[name]["example"], parameters[name]["schema"])
    for one in DOCUMENT["webhooks"].values():
        assert len(one["post"]["parameters"]) == len(sent)


def test_the_schema_files_carry_their_version() -> None:
    """``$id`` names the file and the version of the schema."""
    for type_, schema in schemas().items():
        assert schema["$id"].endswith(f"/config/schemas/v1/{type_}.json")
        assert schema["properties"]["schema_version"] == {"const": 1}


def test_a_test_message_is_a_valid_edit_that_says_so() -> None:
    """Its id, source, tags and headline say test; it is small and fits the schema of its type."""
    message = trial("1", AT)
    told = json.loads(encode(message))

    jsonschema.validate(told, schemas()["post.edited"])
    assert (told["id"], told["timestamp"]) == (f"{TEST_ID}1", "2023-03-21T12:03:10Z")
    assert (told["data"]["source"]["name"], told["data"]["source"]["tags"]) == ("test", ["test"])
    assert "Test message" in told["data"]["after"]["headline"]
    assert "truncated" not in told["data"]


# --- only additions -----------------------------------------------------------------------------------------------

Break = Callable[[dict[str, Any]], Any]

BREAKS: dict[str, tuple[Break, str]] = {
    "a key goes": (lambda s: s["$defs"]["PostShape"]["properties"].pop("url"), "data.post.url: is gone"),
    "a key may be absent": (
        lambda s: s["$defs"]["PostShape"]["required"].remove("sequence"),
        "data.post.sequence: was always there, may now be absent",
    ),
    "another type": (
        lambda s: s["$defs"]["PostShape"]["properties"]["version"].update(type="string"),
        "data.post.version: was of type integer, is now of type string",
    ),
    "null where there was none": (
        lambda s: s["$defs"]["PostShape"]["properties"]["headline"].update(type=["string", "null"]),
        "data.post.headline: was of type string, is now of type null",
    ),
    "a value more": (
        lambda s: s["$defs"]["SpanShape"]["properties"]["kind"]["enum"].append("guessed"),
        "data.before.published.kind: may now be 'guessed'",
    ),
    "a wider limit": (
        lambda s: s["$defs"]["SignificanceShape"]["properties"]["score"].update(maximum=100),
        "data.significance.score: its maximum was 1, is now 100",
    ),
    "another version": (
        lambda s: s["properties"]["schema_version"].update(const=2), "schema_version: may now be 2"
    ),
    "anything": (lambda s: s["$defs"]["PostShape"]["properties"].update(id={}), "data.post.id: may now be anything"),
    "other elements": (
        lambda s: s["$defs"]["VersionShape"]["properties"]["body"].update(items={"type": "integer"}),
        "data.before.body[]: was of type string, is now of type integer",
    ),
    "another format": (
        lambda s: s["properties"]["timestamp"].pop("format"), "timestamp: its format was date-time, is now None"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKS)
def test_what_breaks_a_reader_is_told(name: str) -> None:
    """Each way to break a consumer of ``post.edited`` is named with its place."""
    damage, line = BREAKS[name]
    new = copy.deepcopy(schemas())
    damage(new["post.edited"])

    assert f"post.edited: {line}" in broken(schemas(), new)


def test_a_type_that_goes_is_told() -> None:
    """A consumer waits for it in vain."""
    left = {type_: schema for type_, schema in schemas().items() if type_ != "post.moved"}

    assert broken(schemas(), left) == ["post.moved: is gone"]


def test_additions_break_nothing() -> None:
    """A new type, a new key, required or not, a description, and a value that is now always there."""
    new = copy.deepcopy(schemas())
    new["post.pinned"] = new["post.moved"]
    shape = new["post.edited"]["$defs"]["PostShape"]
    shape["properties"]["language"] = {"type": "string"}
    shape["required"].append("language")
    shape["description"] = "Said otherwise."
    shape["properties"]["url"] = {"type": "string"}

    assert broken(schemas(), new) == []


def test_the_types_only_add_to_what_is_published() -> None:
    """Consumers of the schemas in the tree can read everything the code makes."""
    assert set(published()) <= set(TYPES)
    assert broken(published(), schemas()) == []
