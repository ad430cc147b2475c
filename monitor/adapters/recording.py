"""Recordings: a folder of snapshots of one source, read as the observations they were.

::

    budget-day/
        recording.toml                       a [source] table, as in the configuration
        001_20230321T120310Z.html.gz         one file a snapshot: number, UTC time of the fetch, kind, gzip or not
        001_20230321T120310Z.headers.json    optional: {"status": 200, "headers": {…}}

An empty file is a failed poll. A body may begin with the response's status line and headers; bodies are stored with
their content coding undone.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from monitor.config import load_recording
from monitor.core.freshness import generated_at
from monitor.errors import UsageError
from monitor.model import FailedPoll, Observation, Snapshot, Source

_NAME = re.compile(r"(?P<number>\d+)_(?P<time>\d{8}T\d{6}Z)\.(?P<kind>html|json|xml|txt)(?P<gz>\.gz)?")
_TYPES = {"html": "text/html", "json": "application/json", "xml": "application/xml", "txt": "text/plain"}
_HEAD = re.compile(rb"HTTP/[0-9.]+ (\d{3})[^\r\n]*\r?\n((?:[^\r\n]+\r?\n)*)\r?\n")


class _Headers(msgspec.Struct, frozen=True):
    status: int = 200
    headers: dict[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One file of a recording: what was observed, and the body (decoded), None for a failed poll.

    ``headers`` have names in lower case.
    """

    name: str
    fetched_at: datetime
    observation: Observation
    body: bytes | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A source and its frames, oldest first."""

    source: Source
    frames: tuple[Frame, ...]


def read(path: Path) -> Recording:
    """Read the recording in a folder. Raises UsageError with one line that says what is missing or broken."""
    if not path.is_dir():
        what = "is a file" if path.exists() else "does not exist"
        raise UsageError(f"{path}: {what}; a recording is a folder of snapshots with a recording.toml")
    source = _source(path / "recording.toml")
    named = [(file, found) for file in path.iterdir() if (found := _NAME.fullmatch(file.name))]
    if not named:
        raise UsageError(f"{path}: holds no snapshots; their files are named 001_20230321T120310Z.html[.gz]")
    named.sort(key=lambda pair: (int(pair[1]["number"]), pair[1]["time"]))
    return Recording(source=source, frames=tuple(_frame(file, found, source) for file, found in named))


def _frame(file: Path, name: re.Match[str], source: Source) -> Frame:
    try:
        fetched_at = datetime.strptime(name["time"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        raw = gzip.decompress(file.read_bytes()) if name["gz"] else file.read_bytes()
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise UsageError(f"{file}: cannot be read ({error}); replace the file or take it out") from None
    status, headers = _beside(file.with_name(f"{name['number']}_{name['time']}.headers.json"))
    head = _HEAD.match(raw)
    if head:
        status, headers, raw = int(head[1]), _fields(head[2]), raw[head.end() :]
    shown_as = f"{name['number']}_{name['time']}.{name['kind']}"
    observation: Observation
    if not raw:
        observation = FailedPoll(fetched_at=fetched_at, reason="empty body")
    elif not 200 <= status < 300:
        observation = FailedPoll(fetched_at=fetched_at, reason=f"HTTP {status}")
    else:
        observation = Snapshot(
            name=shown_as,
            url=source.url,
            sha256=hashlib.sha256(raw).hexdigest(),
            fetched_at=fetched_at,
            generated_at=generated_at(headers, fetched_at) if headers else None,
            content_type=headers.get("content-type", _TYPES[name["kind"]]),
        )
    body = raw if isinstance(observation, Snapshot) else None
    return Frame(
        name=shown_as, fetched_at=fetched_at, observation=observation, body=body, status=status, headers=headers
    )


def _beside(file: Path) -> tuple[int, dict[str, str]]:
    if not file.exists():
        return 200, {}
    try:
        beside = msgspec.json.decode(file.read_bytes(), type=_Headers)
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError(f'{file}: cannot be read ({error}); write {{"status": 200, "headers": {{}}}}') from None
    return beside.status, {name.lower(): value for name, value in beside.headers.items()}


def _fields(block: bytes) -> dict[str, str]:
    """Header lines as a mapping, names in lower case; a repeated field is joined (RFC 9110 §5.3)."""
    headers: dict[str, str] = {}
    for line in block.decode("latin-1").splitlines():
        name, colon, value = line.partition(":")
        if colon:
            name, value = name.strip().lower(), value.strip()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _source(file: Path) -> Source:
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"{file}: does not exist; write one with a [source] table (name, url)") from None
    except OSError as error:
        raise UsageError(f"{file}: cannot be read ({error.strerror or error}); check its rights") from None
    except ValueError:
        raise UsageError(f"{file}: is not UTF-8 text; save it as UTF-8") from None
    return load_recording(text, origin=str(file))
