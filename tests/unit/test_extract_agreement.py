"""When the DOM is read beside a complete JSON-LD."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from monitor.core.extract import agreement, extract
from monitor.model import Agreement, Page, Snapshot, Source
from tests.kit.copies import ANCHOR, URL

SOURCE = Source(name="harbour", url=URL)
SNAPSHOT = Snapshot(name="1.html", url=URL, sha256="", fetched_at=ANCHOR, content_type="text/html; charset=utf-8")


def _copy(count: int, nonce: int = 0, *, chatter: str = "", shown: bool = True) -> bytes:
    updates = [
        {
            "@id": f"block-100{n}",
            "headline": f"Report {n}",
            "articleBody": f"Text {n}.",
            "datePublished": ANCHOR.isoformat(),
        }
        for n in range(count)
    ]
    node = {"@type": "LiveBlogPosting", "headline": "Live", "liveBlogUpdate": updates}
    rows = "".join(
        f"<article class=block id=block-100{n}><time datetime='{ANCHOR.isoformat()}'>{nonce} min ago</time>"
        f"<h2>Report {n}</h2><p>Text {n}.</p></article>"
        for n in range(count if shown else 0)
    )
    script = f"<script type='application/ld+json'>{json.dumps(node)}</script>"
    return f"<html><head>{script}</head><body nonce={nonce}>{rows}<p>{chatter}</p></body></html>".encode()


def _reads(copies: Sequence[bytes], known: Agreement | None = None) -> list[bool]:
    """Of which copies the DOM was read."""
    told = []
    for body in copies:
        page = extract(body, SNAPSHOT, SOURCE, known)
        assert isinstance(page, Page)
        known = page.agreement
        assert known is not None
        told.append(known.unread == 0)
    return told


def _distances(reads: Sequence[bool]) -> list[int]:
    places = [place for place, read in enumerate(reads) if read]
    return [later - earlier for earlier, later in pairwise(places)]


def test_a_page_whose_nonces_tick_is_read_less_and_less() -> None:
    """While the two agree and nothing but nonces and labels differ, readings are 2, 4, 8, at most 16 copies apart."""
    reads = _reads([_copy(3, nonce) for nonce in range(70)])
    assert reads[0]
    assert _distances(reads) == [2, 4, 8, 16, 16, 16]


def test_a_page_whose_words_tick_is_read_at_every_fourth_copy() -> None:
    """Other words call for a reading; where three found nothing, they are no evidence any more."""
    reads = _reads(
        [_copy(3, nonce, chatter=f"It is {nonce} minutes that readers have been here") for nonce in range(60)]
    )
    assert all(reads[:3])
    assert _distances(reads)[-5:] == [4] * 5


def test_both_changing_at_once_is_agreement_until_the_next_copy() -> None:
    """A copy on which JSON-LD and page changed is taken as it is; the next that only the page changed on is read."""
    assert _reads([_copy(3, 0), _copy(4, 1), _copy(5, 2), _copy(5, 3), _copy(5, 4)])[:4] == [True, False, False, True]


def test_json_ld_that_changes_alone_is_read_at_once() -> None:
    """The bytes outside it are the same: the DOM did not change with it."""
    other = _copy(3).replace(b'Text 1."', b'Text 1, more."')
    assert _reads([_copy(3), other]) == [True, True]


def test_a_page_that_shows_no_posts_is_read_seldom() -> None:
    """What a script will render cannot be compared, and is looked for at every 32nd copy in the end."""
    reads = _reads([_copy(3, nonce, shown=False) for nonce in range(140)])
    assert _distances(reads)[-2:] == [32, 32]


def test_disagreement_is_read_at_every_copy() -> None:
    """Until the two agree again."""
    lagging = [_copy(3, nonce).replace(b"<p>Text 1.", b"<p>Text 1, edited.") for nonce in range(5)]
    assert all(_reads(lagging))
    assert not all(_reads([*lagging, *(_copy(3, nonce) for nonce in range(5, 12))]))


def test_many_changes_at_once_are_looked_into_in_the_end() -> None:
    """However often both change together, the DOM is read after so many copies."""
    known = Agreement(agrees=True, ld=b"old", outside=b"old", unread=agreement.LONGEST - 1)
    assert _reads([_copy(3)], known) == [True]
    assert _reads([_copy(3)], replace(known, unread=1)) == [False]
