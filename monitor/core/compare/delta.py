"""The field-level delta of one matched, changed post, as DeepDiff sees it, for export.

DeepDiff is slow beside our own comparison and meets one post at a time, never a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from monitor.model import Version


def field_delta(before: Version, after: Version) -> Mapping[str, object]:
    """``values_changed``, ``iterable_item_added`` and so on: DeepDiff's own names, in types that JSON knows."""
    from deepdiff import DeepDiff  # noqa: PLC0415 (0.4 s: paid by the process that meets an edit, not by every command)

    found = DeepDiff(_fields(before), _fields(after), verbose_level=2)
    delta: Mapping[str, object] = msgspec.json.decode(found.to_json())
    return delta


def _fields(version: Version) -> dict[str, Any]:
    # Paragraphs as a list: for one long string DeepDiff would add a difflib diff, quadratic in its length.
    return {
        "headline": version.headline,
        "body": list(version.body),
        "author": version.author,
        "media": list(version.media),
    }
