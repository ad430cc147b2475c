"""One copy of a page looked at once: what ``stetwatch check`` and the preview of a source show."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.core.chronology import Steps, of_posts
from monitor.core.extract import extract, proposal
from monitor.model import Page, Snapshot, Source, Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a copy holds. ``table`` is a ``[source.extract]`` table (TOML) worth keeping; None where there is none.

    ``inferred``: the posts were found by structure alone, so that a table would be worth having.
    """

    page: Page
    inferred: bool = False
    table: str | None = None


def look(body: bytes, snapshot: Snapshot, source: Source) -> Looked | Unreadable:
    """The posts by the source's rules, and the table that would keep this reading."""
    match extract(body, snapshot, source):
        case Unreadable() as unreadable:
            return unreadable
        case Page() as page:
            inferred = source.extract.format == "auto" and page.rung in proposal.RUNGS
            table = proposal.of(body, snapshot, source, page) if inferred else None
            return Looked(page=page, inferred=inferred, table=table)


def verdict(page: Page) -> str:
    """Whether a post that goes missing from this page may be told as removed, as detection will judge it, and why."""
    if page.shape == "feed":
        return "a feed: it drops and returns entries, so nothing is ever told as removed"
    found = of_posts(page.posts)
    counted = steps_text(found)
    if page.shape == "list" and found.order is not None:
        return f"an edited list, though {counted}: mostly links, or too few times; nothing is told as removed"
    if page.shape == "list" and any(post.published is not None for post in page.posts):
        return f"an edited list: {counted}; its order proves nothing, so nothing is told as removed"
    if found.order is not None:
        return f"a live blog: {counted}, so what disappears from the middle may be told as removed"
    return f"a live blog: {counted}; nothing is told as removed until it has grown at one end for a few copies"


def steps_text(found: Steps) -> str:
    """``11 of 12 steps run from newest to oldest``; of the two ways the commoner."""
    if not found.all:
        return "no two of its times differ"
    way = "newest to oldest" if found.down >= found.up else "oldest to newest"
    runs = "step runs" if found.all == 1 else "steps run"
    return f"{max(found.down, found.up)} of {found.all} {runs} from {way}"
