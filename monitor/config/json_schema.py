"""The JSON Schema of the configuration file, made from the table of keys."""

from __future__ import annotations

from typing import Any

from monitor.config.rows import Key, Table
from monitor.config.table import ROOT


def schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of the configuration file, for editors and for checks without Stetwatch.

    It says what keys there are and what each may hold; what keys say of each other (names that refer to names, min and
    max) is checked by ``load`` alone.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://github.com/stetwatch/stetwatch/blob/main/config/stetwatch.schema.json",
        "title": "Stetwatch configuration",
        **_table(ROOT),
    }


def _table(table: Table, kind: str | None = None) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    exclusive: list[dict[str, Any]] = []
    required: list[str] = []
    for key in table.keys:
        for spelling in key.spellings():
            properties[spelling] = _key(key, spelling)
        if key.secret:
            exclusive.append(_one_of(key))
        elif key.required:
            required.append(key.name)
    if kind is not None:
        properties["type"] = {"const": kind, "description": properties["type"]["description"]}
    found: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        found["required"] = required
    if exclusive:
        found["allOf"] = exclusive
    return found


def _key(key: Key, spelling: str) -> dict[str, Any]:
    if key.table is not None:
        return {"description": key.meaning, **_table(key.table)}
    if key.tables is not None:
        variants = [_table(table, kind or None) for kind, table in key.tables.items()]
        one = variants[0] if len(variants) == 1 else {"oneOf": variants}
        return {"description": key.meaning, "type": "array", "items": one}
    meaning = key.meaning
    shape: dict[str, Any] = dict(key.kind.shape) if key.kind is not None else {}
    if spelling != key.name:
        meaning += "; the name of an environment variable" if spelling.endswith("_env") else "; the path of a file"
    return {"description": meaning, **shape, **({} if key.default is None else {"default": key.default})}


def _one_of(key: Key) -> dict[str, Any]:
    """A secret in exactly one of its forms, or in none when it may be absent."""
    forms: list[dict[str, Any]] = [{"required": [spelling]} for spelling in key.spellings()]
    return {"oneOf": forms if key.required else [*forms, {"not": {"anyOf": forms}}]}
