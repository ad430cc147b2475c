"""AMP live lists (``amp-live-list``, amp.dev): posts are the children of ``items``, by ids that must not change.

``data-sort-time`` orders, ``data-update-time`` says when a post was last touched, ``data-tombstone`` that it was taken
off; seconds or milliseconds, by magnitude. Adverts are children too (``ad-…``). What readers see is the time in
``amp-timeago``: a scheduled post may show another than it sorts by.
"""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.core.extract.fields import MAX_POSTS
from monitor.core.extract.marked import Marking, Place, fields, outermost, post_of, title_of
from monitor.model import Page

MARK = b"amp-live-list"
UPDATE = "amp_latest_update_time="
"""In an address: the answer holds only what changed since then, and nothing when nothing did."""

_MARKING = Marking(
    author=fields("[rel=author]", "[class*=byline]", "[class*=author]", "[itemprop=author]"),
    published=fields(
        "amp-timeago@datetime", "time@datetime", "@data-sort-time", "amp-timeago", "time", "[datetime]@datetime"
    ),
    modified=fields("@data-update-time"),
    signed=True,
)
_ADVERT = ("ad-", "ad_", "advert")


def read(page: LexborHTMLParser, place: Place) -> Page | None:
    """The posts of the page's live lists in page order; None when it has no live list.

    A list without posts is a page without posts. An update answer says "no change" by it, and is ``partial``: what it
    lacks has not gone, unless a tombstone says so.
    """
    lists = [found for found in outermost(page.css("amp-live-list")) if found.css_first("[items]") is not None]
    if not lists:
        return None
    title = title_of(page)
    nodes = [node for found in lists for node in _children(found)][:MAX_POSTS]
    posts, adverts, tombstones = [], 0, []
    for node in nodes:
        attributes = node.attributes
        if "data-tombstone" in attributes:
            tombstones.append(post_of(node, _MARKING, place, "amp").key)
        elif (attributes.get("id") or "").startswith(_ADVERT):
            adverts += 1
        else:
            post = post_of(node, _MARKING, place, "amp")
            if post.headline or post.body or post.media:
                posts.append(post)
    partial = UPDATE in place.url
    reasons = ["AMP live list", *_told(adverts, len(tombstones))]
    if partial:
        reasons.append("an update answer: what it lacks has not changed")
    return Page(
        posts=tuple(posts),
        rung="amp",
        shape="feed" if partial else "blog",
        title=title,
        partial=partial,
        tombstones=frozenset(key for key in tombstones if key is not None) if partial else frozenset(),
        reasons=tuple(reasons),
    )


def _told(adverts: int, tombstones: int) -> list[str]:
    told = [f"{adverts} advert{'s' * (adverts > 1)} left out"] if adverts else []
    if tombstones:
        told.append(f"{tombstones} post{'s' * (tombstones > 1)} marked as taken off (data-tombstone) left out")
    return told


def _children(found: LexborNode) -> list[LexborNode]:
    container = found.css_first("[items]")
    return (
        [child for child in container.iter() if child.tag not in {"script", "style"}] if container is not None else []
    )
