"""One post, as it was known and as it is shown now: is it the same, edited, re-timed, or back?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import xxhash

from monitor.core import normalize
from monitor.core.compare import redline, retime, significance
from monitor.core.compare.changes import Scene, of_post
from monitor.core.compare.delta import field_delta
from monitor.core.compare.pairing import Pair
from monitor.core.compare.retime import Timing, compatible
from monitor.core.compare.seen import Seen, media_print, same_words
from monitor.core.compare.state import Status, Track, held_key
from monitor.model import Change, ChangeType, Redline, Significance, Version

REMEMBERED_TEXTS = 3
REMEMBERED_TIMES = 3
"""How many earlier texts and times of a post are known again when a copy goes back to one of them."""


UNSURE = "perhaps another post: no id tells, and the texts are little alike or another is as like"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """The track after one more sight, the texts to keep (None: to forget) and what there is to tell."""

    track: Track
    texts: Mapping[str, Version | None] = field(default_factory=dict)
    change: Change | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Two versions: the text ``fields`` that differ, the times that ``moved``.

    ``known``: both texts are at hand. ``ambiguous``: they may be of two posts.
    """

    before: Version
    after: Version
    fields: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    silent: bool | None = None
    known: bool = True
    ambiguous: bool = False


def reads_otherwise(pair: Pair) -> bool:
    """Whether anything but times differs, so that the stored text is wanted."""
    track, post = pair.track, pair.seen.post
    return (
        pair.seen.exact != track.exact
        or not _same_byline(track.author, post.author)
        or media_print(post.media) != track.media
    )


def revise(scene: Scene, pair: Pair, stored: Version | None) -> Revision:
    """Take one more sight of a known post into account; ``stored`` is its text, None when it is no longer kept.

    The copy that raised a doubt is no second witness when it is tracked again.
    """
    newer = pair.track.since is None or scene.at > pair.track.since
    if _is_as_it_was(pair) or (not newer and pair.track.held == _sight_print(pair.seen)):
        return Revision(track=pair.track)
    if _goes_back(pair):
        return _held(scene.at, pair)
    track, seen = pair.track, pair.seen
    published = retime.follow(track.published, seen.post.published, track.doubt if newer else None)
    modified = retime.follow(track.modified, seen.post.modified)
    moved = tuple(name for name, timing in (("published", published), ("modified", modified)) if timing.moved)
    now = _sighted(track, seen, published, modified, since=scene.at if newer else track.since)
    after = seen.version(published.span, modified.span)
    texts: dict[str, Version | None] = {held_key(track.id): None} if track.held else {}
    if reads_otherwise(pair):
        before = last_known(track, stored)
        fields = _fields(pair, before, known=stored is not None)
        now = _reworded(track, now, seen, after, edited=bool(fields))
        # Kept even where only markup differs: the next comparison must be with what is shown now.
        texts[track.id] = after
        silent = _silent(track, seen, published, modified)
        found = Difference(
            before=before,
            after=after,
            fields=fields,
            moved=moved,
            silent=silent,
            known=stored is not None,
            ambiguous=pair.ambiguous,
        )
    else:
        digest = track.sha256 or bytes.fromhex(after.sha256)
        now = replace(now, headline=after.headline, loose=track.loose or seen.loose, sha256=digest)
        after = replace(after, sha256=now.sha256.hex())
        before = replace(after, published=track.published, modified=track.modified)
        found = Difference(before=before, after=after, moved=moved)
    type_ = _type(track, found)
    if type_ is None:
        return Revision(track=now, texts=texts)
    now = replace(now, sequence=track.sequence + 1)
    return Revision(track=now, texts=texts, change=_told(scene, type_, now, found))


def last_known(track: Track, stored: Version | None) -> Version:
    """The last version of a track; without its text when that is no longer kept."""
    if stored is not None:
        return replace(stored, published=track.published, modified=track.modified)
    return Version(
        headline=track.headline,
        body=(),
        author=track.author,
        published=track.published,
        modified=track.modified,
        sha256=track.sha256.hex(),
    )


def _is_as_it_was(pair: Pair) -> bool:
    """The common case, told first because it is most of every page: on it before, with this text and these times."""
    track, post = pair.track, pair.seen.post
    return (
        track.status == "present"
        and not (track.held or track.doubt)
        and (post.published, post.modified) == (track.published, track.modified)
        and (post.key, post.url, post.author, post.pinned) == (track.key, track.url, track.author, track.pinned)
        and not reads_otherwise(pair)
    )


def _goes_back(pair: Pair) -> bool:
    """Whether the copy shows the post as it had been before, and is the first to do so.

    Caches serve an edited, re-timed or removed post old, new, old, new within seconds; an editor who takes a change
    back is believed one copy later. A text never seen before does not wait.
    """
    track, seen = pair.track, pair.seen
    if track.status != "present":
        return track.status == "removed"
    if seen.exact != track.exact:
        back = seen.exact in track.past
    else:
        back = _side_print(seen.exact, seen.post.author, seen.post.media) in track.past or _turns_back(track, seen)
    return back and _sight_print(seen) != track.held


def _turns_back(track: Track, seen: Seen) -> bool:
    """Whether only times differ, and one is as it was: an earlier ``published``, or any earlier ``modified``."""
    if retime.is_before(seen.post.modified, track.modified):
        return True
    published = seen.post.published
    if not track.past_times or published is None or compatible(track.published, published) is not False:
        return False
    return published.kind != "relative" and any(retime.holds(published, earlier) for earlier in track.past_times)


def _held(at: datetime, pair: Pair) -> Revision:
    track, post = pair.track, pair.seen.post
    shown = pair.seen.version(post.published, post.modified)
    status: Status = "returning" if track.status == "removed" else track.status
    return Revision(
        track=replace(track, held=_sight_print(pair.seen), since=at, status=status),
        texts={held_key(track.id): shown},
    )


def _sight_print(seen: Seen) -> bytes:
    """A print of a post's text and times on one copy."""
    times = [span.earliest.isoformat() if span else "" for span in (seen.post.published, seen.post.modified)]
    return xxhash.xxh3_64_digest(seen.exact + " ".join(times).encode())


def _side_print(exact: bytes, author: str | None, media: Iterable[str] | bytes) -> bytes:
    """A print of a text with its byline and pictures."""
    pictures = media if isinstance(media, bytes) else media_print(media)
    return xxhash.xxh3_64_digest(exact + pictures + normalize.loose(author or "").encode())


def _sighted(track: Track, seen: Seen, published: Timing, modified: Timing, *, since: datetime | None) -> Track:
    """The track, present, with what every sight tells anew; ``since`` is of a doubt, if one is left open."""
    past_times = track.past_times
    if published.moved and track.published is not None:
        past_times = (*past_times, track.published.earliest)[-REMEMBERED_TIMES:]
    return replace(
        track,
        key=seen.post.key or track.key,
        url=seen.post.url or track.url,
        author=seen.post.author or track.author,
        published=published.span,
        modified=modified.span,
        doubt=published.doubt,
        status="present",
        pinned=seen.post.pinned,
        since=since if published.doubt is not None else None,
        held=b"",
        past_times=past_times,
    )


def _reworded(track: Track, now: Track, seen: Seen, after: Version, *, edited: bool) -> Track:
    gone = track.exact if seen.exact != track.exact else _side_print(track.exact, track.author, track.media)
    shown = {seen.exact, _side_print(seen.exact, seen.post.author, seen.post.media)}
    earlier = (*(old for old in track.past if old not in shown and old != gone), gone)
    return replace(
        now,
        headline=after.headline,
        exact=seen.exact,
        loose=seen.loose,
        media=media_print(after.media),
        sha256=bytes.fromhex(after.sha256),
        past=earlier[-REMEMBERED_TEXTS:],
        version=track.version + edited,
    )


def _fields(pair: Pair, before: Version, *, known: bool) -> tuple[str, ...]:
    """Which of headline, body, author and media differ to a reader. Markup, links and paragraph breaks do not count."""
    track, post = pair.track, pair.seen.post
    # A departed post whose text is not kept has no headline to compare with either.
    headline = (known or before.headline != "") and normalize.text(before.headline) != normalize.text(post.headline)
    body = not same_words(before.body, post.body) if known else pair.seen.exact != track.exact and not headline
    differs = {
        "headline": headline,
        "body": body,
        "author": not _same_byline(track.author, post.author),
        "media": media_print(post.media) != track.media,
    }
    return tuple(name for name, differ in differs.items() if differ)


def _silent(track: Track, seen: Seen, published: Timing, modified: Timing) -> bool | None:
    """True when the page's own times did not move with its text, None when it shows none."""
    if published.span is None and modified.span is None:
        return None
    appeared = track.modified is None and seen.post.modified is not None
    return not (published.moved or published.doubt or modified.moved or modified.doubt or appeared)


def _type(track: Track, found: Difference) -> ChangeType | None:
    if track.status == "returning":
        return "post.restored"
    if found.fields:
        return "post.edited"
    return "post.retimed" if found.moved else None


def _told(scene: Scene, type_: ChangeType, track: Track, found: Difference) -> Change:
    redlines = _redlines(found) if found.known else {}
    return of_post(
        scene,
        type_,
        track,
        before=found.before,
        after=found.after,
        fields=(*found.fields, *found.moved),
        significance=_significance(found, redlines),
        silent=found.silent if type_ == "post.edited" else None,
        redlines=redlines,
        delta=field_delta(found.before, found.after) if found.fields and found.known else {},
    )


def _redlines(found: Difference) -> Mapping[str, Redline]:
    old, new = found.before, found.after
    lines: dict[str, Redline] = {}
    if "headline" in found.fields:
        lines["headline"] = redline.of_line(old.headline, new.headline)
    if "body" in found.fields:
        lines["body"] = redline.of_paragraphs(old.body, new.body)
    if "author" in found.fields:
        lines["author"] = redline.of_line(old.author or "", new.author or "")
    return lines


def _significance(found: Difference, redlines: Mapping[str, Redline]) -> Significance | None:
    if not found.fields:
        return significance.TIME_ONLY if found.moved else None
    if not found.known:
        return significance.UNKNOWN
    judged = significance.judge(found.before, found.after, found.fields, redlines)
    return replace(judged, reasons=(*judged.reasons, UNSURE)) if found.ambiguous else judged


def _same_byline(one: str | None, other: str | None) -> bool:
    # A byline that appears or vanishes tells of the template, like a time that does; one name for another is an edit.
    return one == other or not one or not other or normalize.loose(one) == normalize.loose(other)
