"""Fetches pages: conditional GETs over the guarded connector, bodies left in their content coding.

Whatever the far end does becomes a value; a ``Failed`` carries one line an operator can act on. Text of the far end
(status phrases, header values, error pages) never enters that line.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import ipaddress
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Final
from weakref import WeakValueDictionary

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from monitor import __version__
from monitor.adapters.guard import Guard, failure_line, refusals
from monitor.core import freshness, urls
from monitor.errors import Blocked
from monitor.model import Access, Snapshot, Source
from monitor.ports import Failed, Fetched, FetchOutcome, NotModified, Validators

USER_AGENT: Final = f"Stetwatch/{__version__} (+https://github.com/stetwatch/stetwatch)"
ACCEPT: Final = "text/html,application/xhtml+xml,application/json;q=0.9,application/xml;q=0.9,*/*;q=0.8"
ACCEPT_ENCODING: Final = "zstd, gzip, br"

_REDIRECTS: Final = (301, 302, 303, 307, 308)
_PAGES: Final = (200, 203)
_SMALL: Final = 65_536
"""A body up to this size is read before its connection is used again; a larger one costs the connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long and how much one visit may take.

    ``total_s`` spans redirects, but not the wait for our own turn at a host that ``per_host`` others are visiting;
    ``body_bytes`` counts on the wire.
    """

    total_s: float = 20.0
    connect_s: float = 5.0
    read_s: float = 10.0
    body_bytes: int = 8_000_000
    header_bytes: int = 32_768
    redirects: int = 5
    per_host: int = 4
    keep_alive_s: float = 75.0


def _utc_now() -> datetime:
    return datetime.now(UTC)


class HttpFetcher:
    """Visits sources over HTTP (``ports.Fetcher``); made by ``opened_fetcher``."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        guard: Guard,
        limits: Limits,
        now: Callable[[], datetime],
    ) -> None:
        self._session = session
        self._guard = guard
        self._limits = limits
        self._now = now
        self._timeout = self._within(limits.total_s)
        self._turns: WeakValueDictionary[URL, asyncio.Semaphore] = WeakValueDictionary()

    async def fetch(self, source: Source, access: Access, validators: Validators) -> FetchOutcome:
        """One visit: a GET, conditional where ``validators`` allow it; redirects are followed."""
        try:
            url = _parsed(source.url)
        except ValueError as fault:
            return self._failed(f"the URL cannot be asked for: {fault}")
        with refusals() as refused:
            try:
                return await self._follow(url, access, validators)
            except (aiohttp.ClientError, OSError, ValueError) as error:
                return self._failed(failure_line(error, refused, self._timeout))

    async def _follow(self, url: URL, access: Access, validators: Validators) -> FetchOutcome:
        own = _own_headers(access)
        proxy = URL(access.proxy.reveal()) if access.proxy else None
        headers = _headers(own, access, validators)
        timeout, spent_s, seen = self._timeout, 0.0, {url}
        while True:
            if proxy is not None:
                self._judge_literal(url)
            async with self._turn(url):
                asked_at = self._now()
                async with self._session.get(
                    url, headers=headers, allow_redirects=False, timeout=timeout, proxy=proxy
                ) as response:
                    if response.status not in _REDIRECTS:
                        return await self._outcome(response, asked_at, validators)
                    await _settle_connection(response)
                    target = _redirect_target(url, response)
                spent_s += (self._now() - asked_at).total_seconds()
            if isinstance(target, str):
                return self._failed(target)
            if target in seen:
                return self._failed("redirect loop")
            if len(seen) > self._limits.redirects:
                return self._failed(f"more than {self._limits.redirects} redirects")
            if target.origin() != url.origin():
                headers = _headers({}, access, validators)
            seen.add(target)
            url = target
            timeout = self._within(max(0.001, self._limits.total_s - spent_s))

    def _turn(self, url: URL) -> asyncio.Semaphore:
        """The places at one host. Ours, not the connector's: its wait would count as the host's own slowness."""
        return self._turns.setdefault(url.origin(), asyncio.Semaphore(self._limits.per_host))

    async def _outcome(
        self, response: aiohttp.ClientResponse, asked_at: datetime, validators: Validators
    ) -> FetchOutcome:
        head_at = self._now()
        headers = _lowered(response)
        delay_s = (head_at - asked_at).total_seconds()
        generated_at = freshness.generated_at(headers, head_at, delay_s)
        expires_in_s = freshness.expires_in_s(headers, head_at)
        if response.status == 304:
            if validators == Validators():
                return self._failed("304 Not Modified to a request that was not conditional")
            return NotModified(fetched_at=head_at, generated_at=generated_at, expires_in_s=expires_in_s)
        if response.status not in _PAGES:
            await _settle_connection(response)
            wait_s = freshness.retry_after_s(headers.get("retry-after"), head_at)
            return self._failed(_status_line(response.status, wait_s), wait_s)
        body = await self._body(response)
        if isinstance(body, str):
            return self._failed(body)
        fetched_at = self._now()
        snapshot = Snapshot(
            name=f"{fetched_at:%Y%m%dT%H%M%SZ}.{_extension(headers.get('content-type', ''))}",
            url=str(response.url),
            sha256=hashlib.sha256(body).hexdigest(),
            fetched_at=fetched_at,
            generated_at=generated_at,
            content_type=headers.get("content-type", ""),
            encoding=_coding(headers),
        )
        kept = Validators(etag=headers.get("etag"), last_modified=headers.get("last-modified"))
        return Fetched(snapshot=snapshot, body=body, validators=kept, expires_in_s=expires_in_s)

    async def _body(self, response: aiohttp.ClientResponse) -> bytes | str:
        """The body as it came over the wire, or the line that says why there is none."""
        cap = self._limits.body_bytes
        announced = response.content_length
        if announced is not None and announced > cap:
            return f"body larger than {_megabytes(cap)}"
        chunks: list[bytes] = []
        size = 0
        try:
            async for chunk in response.content.iter_any():
                size += len(chunk)
                if size > cap:
                    return f"body larger than {_megabytes(cap)}"
                chunks.append(chunk)
        except aiohttp.SocketTimeoutError:
            return f"the body stopped coming for {self._limits.read_s:g} s"
        except TimeoutError:
            return f"body not complete within {self._limits.total_s:g} s"
        return b"".join(chunks) if size else f"{response.status} with an empty body"

    def _judge_literal(self, url: URL) -> None:
        """The guard sees only the proxy's address, so at least an address written in the URL is judged here."""
        host, port = url.host or "", url.port or 80
        with contextlib.suppress(ValueError):
            refusal = self._guard.verdict(str(ipaddress.ip_address(host)), port)
            if refusal is not None:
                raise Blocked(refusal)

    def _failed(self, reason: str, retry_after_s: float | None = None) -> Failed:
        return Failed(fetched_at=self._now(), reason=reason, retry_after_s=retry_after_s)

    def _within(self, total_s: float) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(total=total_s, sock_connect=self._limits.connect_s, sock_read=self._limits.read_s)


@contextlib.asynccontextmanager
async def opened_fetcher(
    guard: Guard,
    *,
    limits: Limits | None = None,
    now: Callable[[], datetime] = _utc_now,
    resolver: AbstractResolver | None = None,
) -> AsyncIterator[HttpFetcher]:
    """A fetcher with its connection pool; leaving the block closes the connections."""
    limits = limits or Limits()
    connector = guard.connector(limit=0, keepalive_timeout=limits.keep_alive_s, ttl_dns_cache=60, resolver=resolver)
    size = limits.header_bytes
    async with guard.session(connector=connector, max_line_size=size, max_field_size=size) as session:
        yield HttpFetcher(session, guard, limits, now)


@lru_cache(maxsize=10_000)
def _parsed(url: str) -> URL:
    return URL(urls.normalise(url), encoded=True)


def _own_headers(access: Access) -> dict[str, str]:
    """What only the source's own origin may see."""
    own = {name: value.reveal() for name, value in access.headers.items()}
    if access.cookies:
        own["Cookie"] = "; ".join(f"{name}={value.reveal()}" for name, value in access.cookies.items())
    if access.auth:
        # RFC 7617, with the UTF-8 it recommends.
        own["Authorization"] = "Basic " + base64.b64encode(access.auth.reveal().encode()).decode()
    return own


def _headers(own: Mapping[str, str], access: Access, validators: Validators) -> dict[str, str]:
    headers = {"User-Agent": access.user_agent or USER_AGENT, "Accept": ACCEPT, **own}
    headers["Accept-Encoding"] = ACCEPT_ENCODING
    if validators.etag:
        headers["If-None-Match"] = validators.etag
    if validators.last_modified:
        headers["If-Modified-Since"] = validators.last_modified
    return headers


def _redirect_target(url: URL, response: aiohttp.ClientResponse) -> URL | str:
    """Where a redirect leads, or the line that says why it is not followed."""
    location = response.headers.get("location", "").strip()
    if not location:
        return f"{response.status} without a Location"
    try:
        fault = "a backslash in it" if "\\" in location else urls.check(str(url.join(URL(location))))
        target = url.join(URL(location)).with_fragment(None)
    except ValueError:
        fault, target = "not a URL", url
    if fault is not None:
        return f"redirect refused: {fault}"
    if url.scheme == "https" and target.scheme == "http":
        return "redirect refused: it leads from https to http"
    return target


async def _settle_connection(response: aiohttp.ClientResponse) -> None:
    """Read a small body that nobody wants, so that its connection can be kept."""
    if response.content_length is not None and response.content_length <= _SMALL:
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            await response.read()


def _lowered(response: aiohttp.ClientResponse) -> dict[str, str]:
    """Headers by lower-case name; repeated ones joined (RFC 9110 §5.3), values that are not ASCII left out."""
    lowered: dict[str, str] = {}
    for name, value in response.headers.items():
        if value.isascii():  # else it may hold undecodable bytes, which no store and no JSON would take
            key = name.lower()
            lowered[key] = f"{lowered[key]}, {value}" if key in lowered else value
    return lowered


def _coding(headers: Mapping[str, str]) -> str:
    coding = headers.get("content-encoding", "").strip().lower()
    return {"identity": "", "x-gzip": "gzip"}.get(coding, coding)


def _extension(content_type: str) -> str:
    kind = content_type.partition(";")[0].strip().lower()
    if kind.endswith(("/json", "+json")):
        return "json"
    if kind.endswith(("/xml", "+xml")) and "xhtml" not in kind:
        return "xml"
    return "txt" if kind == "text/plain" else "html"


def _status_line(status: int, wait_s: float | None) -> str:
    try:
        line = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        line = f"status {status}"
    return line if wait_s is None else f"{line}; asked to stay away for {wait_s:.0f} s"


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:g} MB"
