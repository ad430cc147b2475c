"""``python -m tests.kit.schemas`` writes what is published: JSON Schemas, OpenAPI documents of webhooks and API.

It refuses, and writes nothing, where readers of the schemas in the tree would trip over the new ones.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from monitor.core.deliver.openapi import document
from monitor.core.deliver.wire import schemas
from monitor.web.api import ROUTES
from monitor.web.api_document import document as api_document
from tests.kit.additive import breaks

CONFIG = Path(__file__).parents[2] / "config"
FOLDER = CONFIG / "schemas" / "v1"
OPENAPI = CONFIG / "openapi-webhooks.json"
API = CONFIG / "openapi-api.json"


def published() -> dict[str, Any]:
    """The JSON Schemas in the tree, by change type."""
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}


def broken(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What readers of the old schemas would trip over, a line each; a type that went is one."""
    gone = [f"{type_}: is gone" for type_ in old if type_ not in new]
    return gone + [f"{type_}: {line}" for type_ in old if type_ in new for line in breaks(old[type_], new[type_])]


def write() -> None:
    """Write every schema and the OpenAPI document, if they only add to what is published."""
    faults = broken(published(), schemas())
    if faults:
        sys.exit("\n".join(["not written: within schema_version 1 keys are only added", *faults]))
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas().items():
        (FOLDER / f"{name}.json").write_text(_text(schema), "utf-8")
    OPENAPI.write_text(_text(document()), "utf-8")
    API.write_text(_text(api_document(ROUTES)), "utf-8")


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    write()
