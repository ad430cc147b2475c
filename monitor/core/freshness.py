"""When a copy was made and how long it stays fresh, read from its headers (RFC 9111, RFC 9110).

Header names are expected in lower case; repeated fields joined by ``", "``. Nonsense is ignored, never an error:
headers are written by strangers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

DATE_AHEAD_S = 300.0
"""A ``Date`` up to this far ahead of our clock means that our clock is slow; further ahead, that theirs is wrong."""

DATE_BEHIND_S = 86_400.0
"""A ``Date`` older than a day is a broken clock or a fixed header, not the age of a copy of a live page."""

RETRY_AFTER_MAX_S = 3_600.0
"""However long a server asks us to stay away, we look again after an hour."""

_AGE_MAX_S = 31 * 86_400
_DIRECTIVE = re.compile(
    r"\b(s-maxage|max-age|no-store|no-cache|private)\b(?:\s*=\s*\"?([0-9]{1,10})\"?)?", re.IGNORECASE
)
_SHARED_CACHE = ("age", "x-cache", "cf-cache-status", "cache-status", "x-cache-status")


def generated_at(headers: Mapping[str, str], fetched_at: datetime, response_delay_s: float = 0.0) -> datetime | None:
    """When the copy was generated, None when neither ``Date`` nor ``Age`` is credible.

    RFC 9111 §4.2.3: its age is the larger of ``Age`` + the time the response took and our clock − ``Date``.
    ``fetched_at`` is when the response head arrived. A ``Date`` ahead of our clock is taken for the true time, so
    a slow clock of ours does not make copies look older than they are; a fast one is corrected by ``Date`` itself.
    """
    date = _credible_date(headers, fetched_at)
    age_s = _age_s(headers)
    if date is None and age_s is None:
        return None
    now = fetched_at if date is None else max(fetched_at, date)
    apparent_s = 0.0 if date is None else (now - date).total_seconds()
    corrected_s = (age_s or 0.0) + max(0.0, response_delay_s)
    return now - timedelta(seconds=max(apparent_s, corrected_s))


def expires_in_s(headers: Mapping[str, str], fetched_at: datetime) -> float | None:
    """Seconds until a shared cache will fetch a new copy, + 1; None when no cache stands between or it does not say.

    A cache is evident when it signs with ``Age``, ``Cache-Status`` (RFC 9211), ``X-Cache``, ``X-Cache-Status`` or
    ``CF-Cache-Status``. Its copy lives for ``s-maxage``, else ``max-age``, else ``Expires`` − ``Date``
    (RFC 9111 §4.2.1). An expired copy yields 1.0: the visit that saw it makes the cache look again.
    """
    if headers.keys().isdisjoint(_SHARED_CACHE):
        return None
    lifetime_s = _lifetime_s(headers, fetched_at)
    if lifetime_s is None:
        return None
    return max(0.0, lifetime_s - (_age_s(headers) or 0.0)) + 1.0


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """``Retry-After`` (RFC 9110 §10.2.3: seconds or a date) as seconds from ``now`` within 0..3600, or None."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return RETRY_AFTER_MAX_S if len(value) > 9 else min(float(value), RETRY_AFTER_MAX_S)
    until = http_date(value)
    if until is None:
        return None
    return min(max((until - now).total_seconds(), 0.0), RETRY_AFTER_MAX_S)


@lru_cache(maxsize=1024)  # the answers of one second, and a page's headers from visit to visit, say the same
def http_date(value: str | None) -> datetime | None:
    """An HTTP date in any of its three forms (RFC 9110 §5.6.7) as aware UTC, None when it is none."""
    if not value or len(value) > 64:
        return None
    try:
        parsed = parsedate_to_datetime(value)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _credible_date(headers: Mapping[str, str], fetched_at: datetime) -> datetime | None:
    date = http_date(headers.get("date"))
    if date is None:
        return None
    behind_s = (fetched_at - date).total_seconds()
    return date if -DATE_AHEAD_S <= behind_s <= DATE_BEHIND_S else None


def _age_s(headers: Mapping[str, str]) -> float | None:
    value = headers.get("age")
    if value is None:
        return None
    first = value.partition(",")[0].strip()  # RFC 9111 §5.1: of a list, the first member counts
    if not (first.isascii() and first.isdigit() and len(first) <= 9):
        return None
    age_s = float(first)
    return age_s if age_s <= _AGE_MAX_S else None


def _lifetime_s(headers: Mapping[str, str], fetched_at: datetime) -> float | None:
    shared, lifetime_s = _cache_control(headers.get("cache-control", ""))
    if not shared or lifetime_s is not None:
        return lifetime_s
    expires = http_date(headers.get("expires"))
    if expires is None:
        return None
    date = _credible_date(headers, fetched_at) or fetched_at
    return max(0.0, (expires - date).total_seconds())


@lru_cache(maxsize=1024)
def _cache_control(value: str) -> tuple[bool, float | None]:
    """Whether a shared cache may keep the page, and for how many seconds if it says."""
    directives = {name.lower(): digits for name, digits in _DIRECTIVE.findall(value)}
    if not directives.keys().isdisjoint(("no-store", "no-cache", "private")):
        return False, None
    digits = directives.get("s-maxage") or directives.get("max-age")
    return True, float(digits) if digits else None
