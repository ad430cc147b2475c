"""Changes that befall most posts at once are the page's, not the newsroom's: another template, another time zone.

No editor changes the text of two posts in three, or moves their times by one amount, between two polls. The tracks
take such a change on, so that later ones are told against it; nobody is alerted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from monitor.core.compare.pairing import Matching
from monitor.core.compare.revise import Revision
from monitor.model import Change

MIN_AT_ONCE = 8
MIN_SHARE = 0.6
"""So many posts, and this share of all that stayed on the page, changed alike on one copy."""

_MINUTE_S = 60


def hushed(matching: Matching, revisions: Mapping[int, Revision]) -> dict[int, Revision]:
    """Place → revision, without the changes that most posts share. ``revisions`` are of the pairs of the matching."""
    most = max(MIN_AT_ONCE, MIN_SHARE * len(matching.pairs))
    told = {place: revision.change for place, revision in revisions.items() if revision.change is not None}
    if len(told) < most:
        return dict(revisions)
    edited = {place for place, change in told.items() if change.type == "post.edited"}
    moves = Counter(_move_min(change) for change in told.values())
    alike = {move for move, count in moves.items() if move and count >= most}
    shifted = {place for place, change in told.items() if change.type == "post.retimed" and _move_min(change) in alike}
    quiet = shifted | (edited if len(edited) >= most else set())
    before = {pair.seen.place: pair.track for pair in matching.pairs}
    return {
        place: _hush(revision, before[place].sequence, before[place].version) if place in quiet else revision
        for place, revision in revisions.items()
    }


def _hush(revision: Revision, sequence: int, version: int) -> Revision:
    return replace(revision, track=replace(revision.track, sequence=sequence, version=version), change=None)


def _move_min(change: Change) -> int:
    """By how many minutes ``published`` moved, 0 for not at all."""
    before = change.before.published if change.before else None
    after = change.after.published if change.after else None
    if before is None or after is None:
        return 0
    return round((after.earliest - before.earliest).total_seconds() / _MINUTE_S)
