"""When JSON-LD may stand alone, and when the DOM must be read beside it: measured a source at a time.

Reading the DOM costs ten times what JSON-LD does, so it is done where it can tell something: at first sight, for as
long as the two disagree, and whenever one of them changed without the other. Nonces, adverts and ticking labels change
a page at every visit: what counts is the running text of the markup, and where that ticks too, every fourth copy.
"""

from __future__ import annotations

import re
from dataclasses import replace

import xxhash

from monitor.model import Agreement

SHORTEST_RUN = 24
"""Bytes between two tags from which on they are running text; below are labels, which tick."""

MAX_NOISE = 3
"""So many readings that other words called for and that found nothing: the words of this page tick."""

MAX_IDLE, MAX_NOISY, MAX_BLANK = 4, 2, 5
"""While JSON-LD stands still and nothing is found, the DOM is read at the next copy, then 2, 4, 8 and 16 on; no more
than 4 where words tick, since nothing else then tells of an edit; up to 32 where it shows no post at all."""

LONGEST = 32
"""So many copies in which both changed are taken for agreeing."""

_RUN = re.compile(rb">([^<]{%d,})" % SHORTEST_RUN)
_HIDDEN = re.compile(rb"<(script|style)\b", re.IGNORECASE)


def asked(known: Agreement | None, fresh: Agreement, body: bytes) -> tuple[Agreement, bool]:
    """What is known of this copy before its DOM is read, and whether it must be.

    ``known`` is what the copies before taught, None at first sight. ``fresh`` has the prints of this copy.
    """
    if known is None or not known.ld:
        return replace(fresh, words=_words(body)), True
    now = replace(known, ld=fresh.ld, outside=fresh.outside, unread=known.unread + 1)
    stands = fresh.outside == known.outside
    if known.agrees is False:
        return (now if stands else replace(now, words=_words(body))), True
    if known.ld != fresh.ld:
        due = (stands and known.agrees is not None) or now.unread >= LONGEST
        return replace(now, idle=0, words=_words(body) if due else b""), due
    if stands:
        return now, False
    now = replace(now, words=_words(body))
    believed = known.noise < MAX_NOISE
    longest = MAX_BLANK if known.agrees is None else MAX_IDLE if believed else MAX_NOISY
    if now.unread >= 2 ** min(known.idle, longest):
        return now, True
    called = believed and now.words != known.words
    return replace(now, noise=known.noise + called), called


def answered(now: Agreement, *, agrees: bool | None) -> Agreement:
    """What is known once the DOM was read."""
    if agrees is False:
        return replace(now, agrees=False, unread=0, idle=0, noise=0)
    return replace(now, agrees=agrees, unread=0, idle=now.idle + 1)


def _words(body: bytes) -> bytes:
    """A print of the running text of the markup, scripts and styles left out."""
    hashed, end = xxhash.xxh3_64(), 0
    for opening in _HIDDEN.finditer(body):
        if opening.start() < end:
            continue
        hashed.update(b"\n".join(_RUN.findall(body, end, opening.start())))
        end = body.find(b"</" + opening[1], opening.end())
        if end < 0:
            return hashed.digest()
    hashed.update(b"\n".join(_RUN.findall(body, end)))
    return hashed.digest()
