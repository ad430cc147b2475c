"""``python -m tests.kit.schemas`` writes ``config/schemas``, one JSON Schema a change type."""

from __future__ import annotations

import json
from pathlib import Path

from monitor.core.deliver.wire import schemas

FOLDER = Path(__file__).parents[2] / "config" / "schemas"


def write() -> None:
    """Write every schema, and remove those of types there are no more."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.json"):
        old.unlink()
    for name, schema in schemas().items():
        (FOLDER / f"{name}.json").write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    write()
