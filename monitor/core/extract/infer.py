"""The repeated structure of a page nobody described: no configuration, no ids, table rows or divs, adverts between.

Times come first: elements that show or tell a time are found, and the siblings that each hold one of them are weighed
by the text of their own, the order of their times and the page's own words for lists that are something else.
A page without times is read where one run of siblings built alike is most of what it says.
"""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser

from monitor.core.chronology import shape_of
from monitor.core.extract import dom, infer_groups, infer_marks, infer_post, infer_undated
from monitor.core.extract.fields import place_of
from monitor.core.extract.infer_structure import ENOUGH, Structure, page_chars
from monitor.core.times import zone_of
from monitor.model import Page, Post, Snapshot, Source, Unreadable

_LEAST_SAID = 60
_SHARE = 0.12
"""Of the page's text, or of what that many long posts would hold: what the posts must at least say."""


def read(tree: LexborHTMLParser, snapshot: Snapshot, source: Source) -> Page | Unreadable:
    """The posts of an unknown page in page order.

    Returns:
        A Page of rung ``structure``, with reasons that say which elements were taken for posts and what was passed
        over; Unreadable when no structure repeats, or none that the page is about.
    """
    found, others = structures(tree, snapshot, source)
    if found is None:
        return Unreadable(reason=_why_not(others))
    where = place(found, snapshot, source)
    posts = tuple(post for member in found.members if (post := infer_post.post(member, where)) is not None)
    if len(posts) < 2:
        return Unreadable(reason="no posts found: what repeats on the page holds times and no text")
    title = tree.css_first("title")
    return Page(
        posts=posts,
        rung="structure",
        shape="list" if found.linked else shape_of(posts) if found.dated else "blog",
        title=dom.flat(title) or _text(title.text()) if title is not None else None,
        reasons=tuple(_reasons(found, others, posts)),
    )


def structures(tree: LexborHTMLParser, snapshot: Snapshot, source: Source) -> tuple[Structure | None, list[Structure]]:
    """The structure taken for posts, and every dated one that was weighed."""
    zone = zone_of(source.timezone)
    anchor = snapshot.generated_at or snapshot.fetched_at
    candidates = infer_groups.dated(infer_marks.marks(tree, zone), anchor, zone)
    if candidates and _carries(candidates[0], tree):
        return candidates[0], candidates
    return infer_undated.undated(tree, page_chars(tree)), candidates


def _carries(found: Structure, tree: LexborHTMLParser) -> bool:
    """Whether a structure is what the page is about, no teaser box beside an article."""
    enough = _SHARE * ENOUGH * 2 * len(found.members)
    return (
        found.said >= _LEAST_SAID
        and found.score > 0
        and (found.said >= enough or found.said >= _SHARE * page_chars(tree))
    )


def place(found: Structure, snapshot: Snapshot, source: Source) -> infer_post.Place:
    """What reading a member needs to know of its copy."""
    return infer_post.Place(
        url=snapshot.url,
        page=place_of(snapshot.url),
        anchor=snapshot.generated_at or snapshot.fetched_at,
        zone=zone_of(source.timezone),
        machine=found.machine,
    )


def _text(raw: str) -> str | None:
    return " ".join(raw[:2000].split()) or None


def described(found: Structure) -> str:
    """Where a structure stands, in words: ``tr in table#ticker tbody``."""
    names: list[str] = []
    above = found.parents[0]
    for _ in range(3):
        tag, name = above.tag, above.attributes.get("id")
        names.append(f"{tag}#{name[:40]}" if name else str(tag))
        if name or above.parent is None or tag in {"body", "html"}:
            break
        above = above.parent
    return f"{found.tag} in {' '.join(reversed(names))}"


def _reasons(found: Structure, others: list[Structure], posts: tuple[Post, ...]) -> list[str]:
    lead = f"inferred from repeated structure: {len(posts)} × {described(found)}"
    if not found.dated:
        return [f"{lead}, built alike and without times; adverts and others passed over: {found.passed_over}"]
    kinds = sorted({post.published.kind for post in posts if post.published is not None})
    reasons = [f"{lead}, each with a time ({', '.join(kinds) or 'unread'})"]
    if found.flat:
        reasons.append("a post is the element with the time and what follows it")
    if found.passed_over:
        reasons.append(f"{found.passed_over} siblings of the kind without a time or a text passed over")
    if not found.machine:
        reasons.append("one machine time stands on every post: taken for the page's, the shown times are read")
    ignored = [other for other in others if other is not found][:3]
    reasons += [f"weighed and left: {len(other.members)} × {described(other)}" for other in ignored]
    return reasons


def _why_not(others: list[Structure]) -> str:
    if others:
        return (
            f"no posts found: {len(others[0].members)} × {described(others[0])} show times, but hold too little of the"
            ' page\'s text; configure [source.extract] with format = "css"'
        )
    return "no posts found: no two elements of one kind show a time and a text; configure [source.extract]"
