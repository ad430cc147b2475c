"""Copies of a page as ``check`` and ``diff`` take them: files, or addresses fetched once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.bootstrap.once import fetch_once
from monitor.config import Settings
from monitor.core import urls
from monitor.core.extract import decode, dom
from monitor.core.extract.fields import url_of
from monitor.errors import StetwatchError, UsageError
from monitor.model import Snapshot, Source, Unreadable
from monitor.ports import Failed, Fetched, NotModified

Copy = tuple[Snapshot, bytes]

MADE_UP = "https://page.invalid/"
"""The address of a file that names none: not a real one (RFC 2606), and not its path, which differs between copies."""

POLL = timedelta(minutes=1)
"""How much later the second copy is taken to be where nothing tells."""

_APART = timedelta(seconds=1)
_TYPES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".json": "application/json",
    ".xml": "application/xml",
    ".txt": "text/plain",
}
_HEAD = 4_096


def source_for(settings: Settings, name: str | None, url: str | None) -> Source:
    """The configured source, or one without rules whose address ("" when not given) the copies may tell."""
    if name is None:
        return Source(name="page", url=url or "")
    for source in settings.sources:
        if source.name == name:
            return replace(source, url=url or source.url)
    known = ", ".join(source.name for source in settings.sources) or "none"
    raise UsageError(f"no source named {name!r} in the configuration (known: {known})")


def read(target: str, source: Source, settings: Settings, *, at: datetime | None) -> Copy:
    """One copy, made ``at`` a time, else when it was fetched or its file last written."""
    if not _is_address(target):
        return _from_file(target, source, at)
    match fetch_once(replace(source, url=target), settings):
        case Fetched(snapshot=snapshot, body=body):
            return (replace(snapshot, fetched_at=at, generated_at=None) if at else snapshot), body
        case Failed(reason=reason):
            raise StetwatchError(f"{target}: {reason}")
        case NotModified():
            raise StetwatchError(f"{target}: answered 304 to an unconditional request; try again")


def read_two(
    targets: Sequence[str], source: Source, settings: Settings, *, at: datetime | None
) -> tuple[Source, list[Copy]]:
    """Two copies of one page, the second one newer, both under one address, and the source with that address.

    The address is the source's, else one that a copy has or names in its canonical link, else a made-up one: a page's
    address is part of what its posts are known by.
    """
    (first, one), (second, other) = (read(target, source, settings, at=None) for target in targets)
    address = source.url or next((copy.url for copy in (first, second) if copy.url != MADE_UP), MADE_UP)
    gap = second.fetched_at - first.fetched_at
    if at is not None:
        first = replace(first, fetched_at=at, generated_at=None)
    if at is not None or gap <= timedelta(0) or (gap < _APART and not any(map(_is_address, targets))):
        # Files unpacked or copied together carry no times of their own.
        second = replace(second, fetched_at=first.fetched_at + POLL, generated_at=None)
    copies = [(replace(first, url=address), one), (replace(second, url=address), other)]
    return replace(source, url=address), copies


def instant(text: str | None) -> datetime | None:
    """The value of ``--at`` in UTC."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--at {text}: not a time; write it as 2023-03-21T12:00:00Z") from None
    if at.tzinfo is None:
        raise UsageError(f"--at {text}: has no zone; write it as {text}Z for UTC")
    return at.astimezone(UTC)


def _from_file(target: str, source: Source, at: datetime | None) -> Copy:
    path = Path(target)
    try:
        raw, modified_at = path.read_bytes(), datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        cure = f"did you mean https://{target}?" if _lacks_scheme(target) else "give a file or an http(s) URL"
        raise UsageError(f"{target}: {error.strerror}; {cure}") from None
    body = decode.uncoded(raw, "")
    if isinstance(body, Unreadable):
        raise StetwatchError(f"{target}: {body.reason}")
    if _is_binary(body):
        raise StetwatchError(f"{target}: a binary file and no page; give a saved page, feed or text, or an http(s) URL")
    plain = path.with_suffix("") if path.suffix == ".gz" else path
    snapshot = Snapshot(
        name=plain.name,
        url=source.url or _canonical(body) or MADE_UP,
        sha256=hashlib.sha256(body).hexdigest(),
        fetched_at=at or modified_at,
        content_type=_TYPES.get(plain.suffix.lower(), ""),
    )
    return snapshot, body


def _canonical(body: bytes) -> str | None:
    """The address that a page names in its canonical link."""
    page = dom.parse_page(body) if b"canonical" in body and body.lstrip()[:1] == b"<" else None
    link = page.css_first("link[rel=canonical]") if page is not None else None
    address = url_of(link.attributes.get("href"), MADE_UP) if link is not None else None
    return address if address is not None and urls.check(address) is None else None


def _is_binary(body: bytes) -> bool:
    """Whether a file holds null bytes, and not because it is a page in UTF-16."""
    head = body[:_HEAD]
    return b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")) and head.strip(b"\0 \t\r\n")[:1] != b"<"


def _is_address(target: str) -> bool:
    return target.startswith(("http://", "https://"))


def _lacks_scheme(target: str) -> bool:
    """Whether this looks like a host with its path, rather than a file."""
    host = target.partition("/")[0]
    known = Path(host).suffix.lower() in {*_TYPES, ".gz", ".toml"}
    return "." in host and not known and urls.check(f"https://{target}") is None
