"""What is told to one who asked for what cannot be had."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web


class Problem(Exception):
    """What is told to the one who asks (RFC 9457): ``detail`` says what to do. A page, or problem+json in the API."""

    def __init__(self, status: int, title: str, detail: str = "", *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.detail = detail
        self.headers = dict(headers or {})


def in_api(request: web.Request) -> bool:
    """Whether programs are answered here."""
    return request.path.startswith("/api/")
