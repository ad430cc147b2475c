"""What every rung does with a raw field: text to paragraphs, links made absolute, ids brought to one spelling.

Every value here was written by a stranger: wrong types give nothing, long ones are cut, nothing raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

from monitor.core.extract import dom
from monitor.core.extract.infer_lines import is_counter
from monitor.core.normalize import loose, unescape
from monitor.core.normalize import text as tidy
from monitor.core.times import read, read_machine
from monitor.model import Span

MAX_POSTS = 5_000
MAX_BODY_CHARS = 200_000
MAX_FIELD_CHARS = 2_000
MAX_MEDIA = 40

_LINES = re.compile(r"[\r\n]+")
_BLANK_LINES = re.compile(r"\r?\n[ \t]*(?:\r?\n[ \t]*)+")
_BOILERPLATE = re.compile(
    r"(?:read more(?: here)?|lire la suite|weiterlesen|mehr dazu|leer más|leggi di più|leia mais|lees meer|"
    r"(?:last )?updated at [0-9].{0,30})\s?[.:…»>]?",
    re.IGNORECASE,
)
_AGENCY = re.compile(r"(?i:from) [A-Z][\w&.]*(?: [A-Z][\w&.]*){0,2}[’']s\s+(?=\S)")
_BY = re.compile(r"(?i:by:?|from|par|por|von)\s+(?=[^\W\da-z_])")
_SIGNED = ("by", "from ", "par ", "por ", "von ")
_ABSOLUTE = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,5})?(?:[/?#][!-~]*)?\Z")
_NO_WORD = re.compile(r"\W+")
_NO_KEY = re.compile(r"_:|\s*(?:javascript|data|mailto|about|blob):", re.IGNORECASE)
_KEY_QUERY = re.compile(r"(?:^|[?&;])(?:page=with(?::|%3A)|post=|post-id=|postid=|post_id=)([^&#]+)", re.IGNORECASE)
_KEY_PREFIX = re.compile(
    r"(?:block|live-?blog-?post|liveblog-entry|post|entry|card|msg)[-_:]?(?=[0-9a-f]*[0-9])|asset:", re.IGNORECASE
)


def paragraphs_of(value: object, *, wrapped: bool = False) -> list[str]:
    """A body as paragraphs: HTML by its blocks, plain text by its lines (by blank lines when ``wrapped``).

    Lists are taken part by part. Text escaped once too often is unescaped: at most twice in all.
    """
    if isinstance(value, str):
        return _paragraphs(value[: MAX_BODY_CHARS * 2], wrapped)
    if isinstance(value, list):
        found: list[str] = []
        size = 0
        for part in value[:MAX_POSTS]:
            if isinstance(part, str):
                found += _paragraphs(part[: MAX_BODY_CHARS * 2], wrapped)
                size += len(part)
            if size > MAX_BODY_CHARS:
                break
        return found
    return [str(value)] if isinstance(value, int | float) and not isinstance(value, bool) else []


def _paragraphs(raw: str, wrapped: bool) -> list[str]:
    marked = dom.has_markup(raw)
    if not marked and "&" in raw:
        raw = unescape(raw)
        marked = dom.has_markup(raw)
    if marked:
        root = dom.parse(raw)
        found = dom.paragraphs(root, MAX_BODY_CHARS) if root is not None else []
        return [tidy(unescape(part)) if "&" in part else part for part in found]
    if "\n" not in raw and "\r" not in raw:
        line = tidy(raw[:MAX_BODY_CHARS])
        return [line] if line else []
    parts = (_BLANK_LINES if wrapped else _LINES).split(raw[:MAX_BODY_CHARS])
    return [line for part in parts if (line := tidy(part))]


def line_of(value: object) -> str:
    """A short field as one tidy line without markup; "" when there is none."""
    if isinstance(value, str):
        raw = value[:MAX_FIELD_CHARS]
        if "<" not in raw and "&" not in raw:
            return tidy(raw)
        return " ".join(_paragraphs(raw, wrapped=True))
    if isinstance(value, list):
        return ", ".join(line for part in value[:20] if isinstance(part, str) and (line := line_of(part)))
    return str(value)[:40] if isinstance(value, int | float) and not isinstance(value, bool) else ""


def body_of(paragraphs: Sequence[str], headline: str) -> tuple[str, ...]:
    """Paragraphs as they are kept: no headline on top again, no "Read more" or counter, captions printed twice once."""
    kept: list[str] = []
    size = 0
    for place, line in enumerate(paragraphs):
        if place == 0 and line == headline:
            continue
        if len(line) <= 60 and (_BOILERPLATE.fullmatch(line) is not None or is_counter(line)):
            continue
        size += len(line)
        if size > MAX_BODY_CHARS:
            kept.append(line[: max(0, MAX_BODY_CHARS - size + len(line))])
            break
        if kept and len(line) >= 24 and line[:3] == kept[-1][:3] and (same := _doubled(kept[-1], line)) is not None:
            kept[-1] = same
        else:
            kept.append(line)
    return tuple(kept)


def _doubled(first: str, second: str) -> str | None:
    """The fuller of two neighbours that are one caption printed twice, the second often with its credit."""
    if (
        not -8 < len(second) - len(first) < 160
        or _NO_WORD.sub("", first[:24])[:16] != _NO_WORD.sub("", second[:24])[:16]
    ):
        return None
    one, other = loose(first), loose(second)
    if one == other:
        return first
    return second if other.startswith(one + " ") and second.endswith(")") else None


def author_of(value: object) -> str | None:
    """Names as the page gives them, without "By" or "From Agency's"; lists joined, None when nobody signs."""
    if isinstance(value, dict):
        value = value.get("name")
    if isinstance(value, list):
        names = [name for part in value[:20] if not isinstance(part, list) and (name := author_of(part)) is not None]
        return ", ".join(dict.fromkeys(names)) or None
    return _signed(value[:MAX_FIELD_CHARS]) if isinstance(value, str) else None


@lru_cache(maxsize=1024)
def _signed(raw: str) -> str | None:
    name = line_of(raw)
    if name.lower().startswith(_SIGNED):
        name = _AGENCY.sub("", name, count=1)
        name = _BY.sub("", name, count=1) if _BY.match(name) is not None else name
    return name.rstrip(" ,;") or None


def url_of(value: object, base: str) -> str | None:
    """An absolute http(s) address, or None: ``javascript:``, ``data:`` and the like lead nowhere."""
    if not isinstance(value, str):
        return None
    raw = value[: MAX_FIELD_CHARS * 2].strip()
    if _ABSOLUTE.match(raw) is not None:
        return raw
    return _joined("".join(raw.split()), base)


@lru_cache(maxsize=4096)
def _joined(raw: str, base: str) -> str | None:
    if not raw or not raw.isprintable():
        return None
    try:
        whole = urljoin(base, raw)
        parts = urlsplit(whole)
    except ValueError:
        return None
    return whole if parts.scheme in {"http", "https"} and parts.netloc else None


def media_of(values: Iterable[object], base: str) -> tuple[str, ...]:
    """Absolute addresses without repeats, at most ``MAX_MEDIA``."""
    found = dict.fromkeys(url for value in values if (url := url_of(value, base)) is not None)
    return tuple(found)[:MAX_MEDIA]


def place_of(url: str) -> str:
    """A page's identity: host and path without scheme, ``www.``, query, fragment and closing slash."""
    bare = url.partition("#")[0].partition("?")[0].partition("://")[2] or url.partition("#")[0].partition("?")[0]
    return bare.removeprefix("www.").rstrip("/")


def key_of(raw: object, page: str) -> str | None:
    """A native id in one spelling: ``block-X``, ``#X``, ``?page=with:block-X`` and ``<page>/X`` are all ``X``.

    ``page`` is ``place_of`` the page: an address that only names the page is no id of a post.
    """
    if isinstance(raw, int) and not isinstance(raw, bool):
        return str(raw) if abs(raw) < 10**20 else None
    if not isinstance(raw, str) or _NO_KEY.match(raw) is not None:
        return None
    base, _, fragment = raw.strip()[:MAX_FIELD_CHARS].partition("#")
    key = fragment.lstrip("/!")
    if not key and (found := _KEY_QUERY.search(base)) is not None:
        key = found[1]
    elif not key and ("://" in base or base.startswith("/")):
        place = place_of(base)
        if not place or place == page:
            return None
        key = place.removeprefix(page + "/") if page else place
    key = tidy(key or base)
    prefix = _KEY_PREFIX.match(key)
    return (key[prefix.end() :] if prefix is not None else key)[:300] or None


def time_of(value: object, anchor: datetime, zone: tzinfo) -> Span | None:
    """A time field, read as a machine writes it and else as people do."""
    if isinstance(value, str):
        return read_machine(value, zone) or read(value, anchor, zone)
    return read_machine(value, zone) if isinstance(value, int | float) else None
