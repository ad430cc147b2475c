"""Copies of pages to extract from: a snapshot and a source around some bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from monitor.core.extract import extract
from monitor.model import Extraction, ExtractRules, Page, Snapshot, Source, Unreadable

PAGES = Path(__file__).parents[1] / "corpus"
RECORDINGS = Path(__file__).parents[3] / "shared" / "corpus"
ANCHOR = datetime(2026, 5, 4, 9, 40, tzinfo=UTC)
URL = "https://news.example/live/harbour-bridge"


def read_copy(
    body: bytes,
    rules: ExtractRules | None = None,
    *,
    url: str = URL,
    name: str = "001_20260504T094000Z.html",
    content_type: str = "",
    encoding: str = "",
    timezone: str | None = None,
    fetched_at: datetime = ANCHOR,
) -> Extraction:
    """What ``extract`` makes of a body fetched at ``ANCHOR``."""
    source = Source(name="harbour", url=url, timezone=timezone, extract=rules or ExtractRules())
    snapshot = Snapshot(
        name=name, url=url, sha256="", fetched_at=fetched_at, content_type=content_type, encoding=encoding
    )
    return extract(body, snapshot, source)


def page_of(found: Extraction) -> Page:
    """The page, or a failure that tells the reason."""
    assert isinstance(found, Page), found
    return found


def reason_of(found: Extraction) -> str:
    """The reason a copy is unreadable, or a failure that shows the page."""
    assert isinstance(found, Unreadable), found
    return found.reason
