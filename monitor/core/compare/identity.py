"""Stable names: of a track, of a change, of a text, of an address. The same input always yields the same name.

Nothing here comes from a clock or a random source, so a commit that is repeated after a crash repeats its ids.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from monitor.model import ChangeType

_CAMPAIGN_MARKS = ("utm_", "at_", "ns_", "fbclid", "gclid", "cmp", "ocid", "xtor")


def track_id(source: str, *, key: str | None, generation: int, snapshot: str, place: int) -> str:
    """``pst_…`` of a new track.

    A post with a native ``key`` is known by it, and by ``generation`` when the page used the key before for another
    post. One without is known by where it was first seen: the snapshot's name and the place on the page.
    """
    if key is not None:
        return "pst_" + _name(source, "key", key, str(generation))
    return "pst_" + _name(source, "place", snapshot, str(place))


def change_id(source: str, subject: str, type_: ChangeType, sequence: int, before: str = "", after: str = "") -> str:
    """``chg_…`` of a change; ``before`` and ``after`` are digests (hex) of what changed, empty when there is none."""
    return "chg_" + _name(source, subject, type_, str(sequence), before, after)


def digest(headline: str, body: Sequence[str], author: str | None, media: Sequence[str]) -> str:
    """sha256 (hex) over a version's text as shown: headline, author, paragraphs, media. Times have no part in it."""
    return hashlib.sha256(_framed((headline, author or "", *body, "\0", *media))).hexdigest()


def address(url: str) -> str:
    """A URL as an identity: no scheme, no campaign parameters, no closing slash. Fragments stay: posts live there."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return url.strip()
    query = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in query if not name.lower().startswith(_CAMPAIGN_MARKS)]
    return urlunsplit(("", parts.netloc.lower(), parts.path.rstrip("/"), urlencode(kept), parts.fragment))


def picture(url: str) -> str:
    """A media URL as an identity: its host and path, since sizes and signatures in the query change by themselves."""
    return url.partition("?")[0].partition("#")[0].partition("://")[2] or url


def _name(*parts: str) -> str:
    raw = hashlib.blake2b(_framed(parts), digest_size=16).digest()
    return base64.b32encode(raw).decode("ascii").rstrip("=").lower()


def _framed(parts: Iterable[str]) -> bytes:
    # Each part carries its length, so that ("ab", "c") and ("a", "bc") differ.
    raws = [part.encode("utf-8", "surrogatepass") for part in parts]
    return b"".join(len(raw).to_bytes(8, "big") + raw for raw in raws)
