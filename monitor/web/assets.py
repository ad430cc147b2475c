"""Stylesheets, scripts and the icon: what lies in ``static/``, under its own name, and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from monitor.web.problem import Problem
from monitor.web.routes import Route

_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is served. ``mark`` changes with its bytes."""

    body: bytes
    content_type: str
    mark: str


def _read() -> Mapping[str, Asset]:
    found = {}
    for path in sorted((Path(__file__).parent / "static").iterdir()):
        if path.suffix in _TYPES:
            body = path.read_bytes()
            found[path.name] = Asset(body, _TYPES[path.suffix], hashlib.sha256(body).hexdigest()[:16])
    return found


ASSETS: Final = _read()


def address(file: str) -> str:
    """Where a file is had; the address changes with its bytes, so that browsers keep it for good."""
    return f"/static/{file}?v={ASSETS[file].mark}"


async def asset(request: web.Request) -> web.StreamResponse:
    """One file: kept for good where it was asked for by its mark, else asked for anew each time."""
    found = ASSETS.get(request.match_info["file"])
    if found is None:
        raise Problem(404, "There is no such file")
    response = web.Response(body=found.body, content_type=found.content_type, charset="utf-8")
    response.etag = found.mark
    marked = request.query.get("v") == found.mark
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if marked else "no-cache"
    return response


ROUTES: Final = (Route(method="GET", path="/static/{file}", answer=asset, name="static", needs="open"),)
