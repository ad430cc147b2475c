"""The published JSON of a change."""

import json
import operator
from dataclasses import replace
from datetime import timedelta, timezone

import jsonschema  # type: ignore[import-untyped]  # no stubs in the lock
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.deliver.shapes import SHAPES
from monitor.core.deliver.wire import LIMIT, decode, document, encode, encoded, schemas
from monitor.model import Change, SnapshotRef
from tests.kit.changes import AFTER, AT, BEFORE, added, changes, edited, failing
from tests.kit.schemas import published

SIZES = [1, 30, 1_000, 30_000]
VALIDATORS = {
    name: jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    for name, schema in schemas().items()
}


def test_an_edit_reads_as_the_contract_says() -> None:
    """The envelope and the data of an edit have the names, order and values that other people's scripts rely on."""
    shown = document(edited())

    assert list(shown) == ["id", "type", "timestamp", "schema_version", "data"]
    assert (shown["id"], shown["type"], shown["schema_version"]) == ("chg_1", "post.edited", 1)
    assert shown["timestamp"] == "2023-03-21T12:03:10Z"
    assert shown["data"] == {
        "source": {"name": "budget-day", "url": "https://news.example/live", "tags": ["politics"]},
        "snapshot": {
            "name": "003_20230321T120310Z.html",
            "fetched_at": "2023-03-21T12:03:10Z",
            "generated_at": None,
        },
        "post": {
            "id": "pst_1",
            "key": "k1",
            "url": "https://news.example/live#k1",
            "headline": "Toll",
            "sequence": 3,
            "version": 2,
        },
        "fields": ["body"],
        "significance": {"class": "number", "score": 0.9, "reasons": ["14 → 17"]},
        "silent": True,
        "before": {
            "headline": "Toll",
            "body": ["At least 14 people were hurt."],
            "author": "Jo",
            "published": None,
            "modified": None,
            "sha256": "b",
        },
        "after": {
            "headline": "Toll",
            "body": ["At least 17 people were hurt."],
            "author": "Jo",
            "published": None,
            "modified": None,
            "sha256": "a",
        },
        "redline": {"body": [["=", "At least "], ["-", "14"], ["+", "17"], ["=", " people were hurt."]]},
    }


def test_the_post_types_share_their_keys() -> None:
    """A new post has every key an edited one has: what it does not have is null or empty."""
    new = document(added())["data"]

    assert set(new) == set(document(edited())["data"])
    assert {name: new[name] for name in ("fields", "significance", "silent", "before", "redline")} == {
        "fields": [],
        "significance": None,
        "silent": None,
        "before": None,
        "redline": {},
    }


def test_a_source_change_leaves_the_post_out() -> None:
    """A failing source has a reason, and neither post nor texts."""
    assert set(document(failing())["data"]) == {"source", "reason"}


def test_times_are_told_in_utc() -> None:
    """A time in another zone is the same moment, written with Z."""
    zone = timezone(timedelta(hours=2))
    shown = document(edited(at=AT.astimezone(zone), snapshot=SnapshotRef(name="x", fetched_at=AT.astimezone(zone))))

    assert shown["timestamp"] == shown["data"]["snapshot"]["fetched_at"] == "2023-03-21T12:03:10Z"


@given(changes())
def test_what_is_encoded_decodes_to_the_same_change(change: Change) -> None:
    """Nothing of a change is lost on the wire, and its JSON is what the schema of its type promises."""
    body = encode(change)

    assert decode(body) == change
    assert encode(decode(body)) == body
    VALIDATORS[change.type].validate(json.loads(body))


@settings(max_examples=40)
@given(changes(st.builds(operator.mul, st.sampled_from(["word ", "\x00", "🎈 ", '"', "é"]), st.sampled_from(SIZES))))
def test_no_body_is_larger_than_the_limit(change: Change) -> None:
    """However long the page's texts are, the wire form stays within 20,000 bytes, valid and decodable."""
    body = encode(change)

    assert len(body) <= LIMIT
    VALIDATORS[change.type].validate(json.loads(body))
    assert decode(body).id == change.id


def test_a_large_post_is_cut_around_its_change() -> None:
    """Paragraphs that stayed go first, the changed one and the whole redline stay, and the body says truncated."""
    kept = tuple(f"Paragraph {n}. " + "word " * 60 for n in range(60))
    before, after = replace(BEFORE, body=(*kept, "It was 14.")), replace(AFTER, body=(*kept, "It was 17."))
    data = document(edited(before=before, after=after))["data"]

    assert data["truncated"] is True
    assert (data["before"]["body"], data["after"]["body"]) == (["It was 14."], ["It was 17."])
    assert data["redline"] == document(edited())["data"]["redline"]


def test_a_small_change_does_not_say_truncated() -> None:
    """The mark stands only where something was cut."""
    assert b"truncated" not in encode(edited())


def test_lone_surrogates_do_not_stop_a_change() -> None:
    """Half a character, which UTF-8 cannot hold, becomes the replacement character."""
    shown = document(added(after=replace(AFTER, headline="a\ud800b")))

    assert shown["data"]["after"]["headline"] == "a�b"


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b"\xff", b'{"id":"c","type":"post.eaten","timestamp":"2023-03-21T12:03:10Z","data":{}}',
     encode(edited()).replace(b'"schema_version":1', b'"schema_version":2'),
     encode(edited()).replace(b'"sequence":3', b'"sequence":"three"')],
)  # fmt: skip
def test_what_is_no_change_of_ours_is_refused(body: bytes) -> None:
    """A body that is broken, of another type or of another version raises ValueError, never half a change."""
    with pytest.raises(ValueError, match=r"."):
        decode(body)


def test_an_edit_without_its_texts_is_a_bug() -> None:
    """A part that a type must have is not silently left out."""
    with pytest.raises(TypeError, match="before"):
        encode(edited(before=None))


def test_the_schemas_in_the_tree_are_the_generated_ones() -> None:
    """Every type's JSON Schema file says what the code does; ``python -m tests.kit.schemas`` writes them."""
    written = published()

    assert written == schemas()
    assert set(written) == set(SHAPES)
    for schema in written.values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_a_body_that_was_cut_says_where_it_can_be_read_whole() -> None:
    """With a public address, and only then; the uncut form holds all; read and written again it keeps the link."""
    long = replace(AFTER, body=tuple(f"Paragraph {n}. " + "word " * 100 for n in range(80)))
    change = edited(after=long)
    body, whole = encoded(change, "https://stetwatch.example")
    again = encode(decode(body))

    assert len(body) <= LIMIT < len(whole)
    assert json.loads(body)["data"]["whole"] == "https://stetwatch.example/api/v1/changes/chg_1"
    assert decode(whole).after == long
    assert again == body
    assert b"whole" not in encode(change)
    assert b"whole" not in encode(edited(), "https://stetwatch.example")
    assert encoded(edited(), "https://stetwatch.example")[1] == b""
    jsonschema.validate(json.loads(body), schemas()["post.edited"])
