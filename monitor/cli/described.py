"""A change that a person names to a command: in a file, or by its properties."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from monitor.config import Settings
from monitor.core import normalize
from monitor.core.deliver.wire import decode
from monitor.errors import UsageError
from monitor.model import Change, ChangeType, PageRef, PostRef, Significance, SourceRef, Version

_MOST_BYTES: Final = 1_000_000
_USUAL_FIELDS: Final = {"post.edited": ("body",), "post.retimed": ("published",), "page.edited": ("title",)}


def read_change(path: str) -> Change:
    """The change whose wire form a file holds, or standard input where the path is ``-``. Raises UsageError."""
    try:
        if path == "-":
            body = sys.stdin.buffer.read(_MOST_BYTES)
        else:
            with Path(path).open("rb") as file:
                body = file.read(_MOST_BYTES)
        return decode(body)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}; name a change (chg_…), a JSON file or -") from None
    except ValueError as error:
        raise UsageError(f"{path}: no change in JSON: {error}; take a line of: stetwatch changes --json") from None


def described(
    settings: Settings,
    type_: ChangeType,
    at: datetime,
    *,
    source: str | None,
    tags: Sequence[str],
    fields: Sequence[str],
    significance: float | None,
    text: str,
) -> Change:
    """A change with these properties. A configured source brings its tags; an edit changed the body unless told."""
    of = next((one for one in settings.sources if one.name == source), None)
    family = type_.partition(".")[0]
    words = normalize.text(text)
    known = of.tags if of is not None else ()
    return Change(
        id="chg_described",
        type=type_,
        at=at,
        source=SourceRef(name=source or "a-source", url="" if of is None else of.url, tags=(*known, *tags)),
        subject="pst_described" if family == "post" else family,
        post=PostRef(id="pst_described", key=None, url=None, headline="", sequence=1, version=1)
        if family == "post"
        else None,
        fields=tuple(fields) or _USUAL_FIELDS.get(type_, ()),
        significance=None if significance is None else Significance(name="described", score=significance),
        after=Version(headline="", body=(words,), author=None, published=None, modified=None)
        if family == "post"
        else None,
        page=PageRef(title=words) if family == "page" else None,
    )
