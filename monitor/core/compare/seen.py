"""A post as one copy shows it, with the prints it is recognised by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

import xxhash

from monitor.core import normalize
from monitor.core.compare.identity import digest, picture
from monitor.core.compare.retime import is_vague, meets, same_interval, tells_moment
from monitor.core.compare.state import Track
from monitor.model import Page, Post, Span, Version

RECOGNISABLE = 40
"""Characters of text by which a post is known again without its id or time: "Goal!" is not enough."""

PRINT_BYTES = 8
"""64 bits of a fingerprint tell apart the few hundred posts of one source; the hot state stays small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A post, its place on the page (0 is the top) and its prints; ``alias`` is its id in the DOM, if another."""

    post: Post
    place: int
    exact: bytes
    alias: str | None = None

    @property
    def loose(self) -> bytes:
        """The loose print, made when asked for: on a page that hardly changed, nobody asks."""
        return normalize.loose_print(self.post.headline, self.post.body)[:PRINT_BYTES]

    @property
    def is_recognisable(self) -> bool:
        """Whether there is text enough to be known by."""
        return len(self.post.headline) + sum(map(len, self.post.body)) >= RECOGNISABLE

    def version(self, published: Span | None, modified: Span | None) -> Version:
        """The text shown, with the times as we know them."""
        post = self.post
        return Version(
            headline=post.headline,
            body=post.body,
            author=post.author,
            published=published,
            modified=modified,
            media=post.media,
            sha256=digest(post.headline, post.body, post.author, post.media),
        )


def sights(page: Page, tracks: Sequence[Track] = (), *, ids: bool = True) -> tuple[Seen, ...]:
    """The posts of a page, each once.

    A post printed twice under one id with one text counts once, and a pinned copy of a post that is on the page as
    well counts as that post, marked as pinned or not. The ``tracks`` of the page tell when a post was published whose
    label says little by now, and, where ``ids`` are believed, which ids name posts: these stay.
    """
    every = [_seen(post, place) for place, post in enumerate(page.posts)]
    for place, shown in page.dom.items():
        if shown.key != every[place].post.key:
            every[place] = replace(every[place], alias=shown.key)
    copies = _copies(every)
    copies |= _twins((seen for seen in every if seen.place not in copies), tracks, ids=ids)
    known: set[tuple[str, bytes]] = set()
    kept = []
    for seen in every:
        if seen.place in copies or (seen.post.key is not None and (seen.post.key, seen.exact) in known):
            continue
        if seen.post.key is not None:
            known.add((seen.post.key, seen.exact))
        kept.append(seen)
    return tuple(kept)


def _copies(every: Sequence[Seen]) -> set[int]:
    """Places of pinned posts that repeat another of the page, whole or cut short.

    Every text is brought into its loose form once, and only where a pinned post has its headline.
    """
    pinned = [(seen, normalize.loose(seen.post.headline)) for seen in every if seen.post.pinned]
    if not pinned:
        return set()
    originals = [seen for seen in every if not seen.post.pinned]
    exact, keys = {seen.exact for seen in originals}, {seen.post.key for seen in originals} - {None}
    wanted = {headline for _, headline in pinned}
    named: dict[tuple[str, str], list[tuple[str, Seen]]] = defaultdict(list)
    for seen in originals:
        if (headline := normalize.loose(seen.post.headline)) in wanted:
            body = normalize.loose(seen.post.body)
            named[_heading(headline, body)].append((body, seen))
    found = set()
    for seen, headline in pinned:
        body = normalize.loose(seen.post.body)
        alike = named.get(_heading(headline, body), ())
        if seen.exact in exact or seen.post.key in keys or any(_cut(body, seen, *other) for other in alike):
            found.add(seen.place)
    return found


def _twins(every: Iterable[Seen], tracks: Sequence[Track], *, ids: bool) -> set[int]:
    """Places of posts that repeat another word for word, at its time, under another id or none."""
    timed: dict[bytes, list[tuple[datetime, int, Seen]]] = defaultdict(list)
    for seen in every:
        if seen.post.published is not None and seen.is_recognisable:
            timed[seen.exact].append((seen.post.published.earliest, seen.place, seen))
    timed = {text: same for text, same in timed.items() if len(same) > 1}
    known: dict[bytes, list[Track]] = defaultdict(list)
    for track in tracks if timed else ():
        known[track.exact].append(track)
    keys = {track.key for track in tracks if ids and track.key is not None} if timed else set()
    copies = set()
    for text, same in timed.items():
        if len(same) <= len(known[text]) and not any(seen.post.key in keys for *_, seen in same):
            continue  # each is known, though no id tells which is which
        for (*_, one), (*_, other) in pairwise(sorted(same)):
            copy = _copy_of(one, other, keys) if _of_one_moment(one, other, known[text]) else None
            copies |= {copy.place} if copy is not None else set()
    return copies


def _of_one_moment(one: Seen, other: Seen, known: Iterable[Track]) -> bool:
    """Whether two posts of one copy and one text are of one time.

    Labels widen with age ("59 minutes ago", "an hour ago", "1 day ago"): then it is told by what was ``known`` before.
    """
    first, second = one.post.published, other.post.published
    if first is None or second is None or not meets(first, second):
        return False
    if first.kind == second.kind == "relative" and is_vague(first) and not same_interval(first, second):
        return False  # one site tells one age in one way
    moments = (track.published for track in known if track.published is not None and tells_moment(track.published))
    return (tells_moment(first) and tells_moment(second)) or any(
        meets(moment, first) and meets(moment, second) for moment in moments
    )


def _copy_of(one: Seen, other: Seen, keys: Collection[str | None]) -> Seen | None:
    """Which of two is the copy: the one that is not known, or else the upper one, since a pin stands on top."""
    known = [seen for seen in (one, other) if seen.post.key is not None and seen.post.key in keys]
    if len(known) == 1:
        return other if known[0] is one else one
    same_key = one.post.key is not None and one.post.key == other.post.key
    return None if known or same_key else min(one, other, key=lambda seen: seen.place)


def _heading(headline: str, body: str) -> tuple[str, str]:
    """By what a copy finds its original: without a headline, only the whole text tells."""
    return (headline, "") if headline else ("", body)


def _cut(body: str, pinned: Seen, other: str, original: Seen) -> bool:
    if pinned.post.key is not None and original.post.key is not None:
        return False
    return body.startswith(other) or other.startswith(body)


def of_version(version: Version, *, key: str | None, url: str | None, pinned: bool, place: int) -> Seen:
    """A text that was kept, as if it were seen again."""
    post = Post(
        key=key,
        url=url,
        headline=version.headline,
        body=version.body,
        author=version.author,
        published=version.published,
        modified=version.modified,
        media=version.media,
        pinned=pinned,
    )
    return _seen(post, place)


def media_print(media: Iterable[str]) -> bytes:
    """A print of a set of pictures and embeds, empty for none: neither their order nor their sizes matter."""
    names = sorted({picture(url) for url in media})
    return xxhash.xxh3_128_digest("\n".join(names).encode("utf-8", "surrogatepass"))[:PRINT_BYTES] if names else b""


def same_words(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two texts are one but for markup, white space and where paragraphs break."""
    return normalize.text(" ".join(one)) == normalize.text(" ".join(other))


def _seen(post: Post, place: int) -> Seen:
    return Seen(
        post=post,
        place=place,
        exact=normalize.exact_print(post.headline, post.body)[:PRINT_BYTES],
    )
