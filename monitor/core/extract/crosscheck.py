"""JSON-LD checked against the DOM: what readers see wins where the one says less.

The rule, a post at a time, so that one post's gap never changes another's text: a post with no body, a body cut off,
or no time (the page's date does not count) takes what it lacks from the element that shows it. One that lacks nothing
takes text and time from there where it says more or otherwise (``otherwise``). Whether a DOM is parsed where no post
lacks anything is a matter of what was measured before (``agreement``).
Where most posts lack something and most of those shown had it from the DOM, it leads: its order and its window are
the page's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from operator import and_

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.core.extract import amp, dom, otherwise, shapes
from monitor.core.extract.fields import key_of, place_of
from monitor.core.extract.marked import MARKING, Place, post_of
from monitor.core.normalize import loose
from monitor.model import Page, Post

_DOTS = ("…", "...", "…]", "...]")
_CUT_CHARS, _UNENDED_CHARS = 40, 160
_PREFIX = 48
_ABOVE = 60

Pairs = list[tuple[int | None, Post]]
"""Posts of the DOM in its order, each with the place of the JSON-LD post it shows."""


def wanted(page: Page) -> bool:
    """Whether any post lacks what only the DOM can tell."""
    return any(map(_lacks, page.posts))


def _lacks(post: Post) -> bool:
    return post.published is None or not post.body or _is_cut(post.body)


def _is_cut(body: Sequence[str]) -> bool:
    """Whether a body ends in dots, or is long and ends in the middle of a sentence."""
    last = body[-1]
    if last.endswith(_DOTS):
        return sum(map(len, body)) >= _CUT_CHARS
    return (last[-1:].isalnum() or last[-1:] == ",") and sum(map(len, body)) >= _UNENDED_CHARS


def checked(
    page: Page, tree: LexborHTMLParser, body: bytes, place: Place, others: Callable[[], Sequence[Post]]
) -> Page | None:
    """The page with the gaps of its posts filled from the DOM; None where the DOM shows none of them.

    Posts are read from the DOM by a live list or known shape, by the ids and headlines JSON-LD gives, and at last by
    ``others`` (inference). They are matched by id, headline, the beginning of the text, or their place between matched
    ones.
    """
    shown = _shown(tree, body, page.posts, place)
    pairs = shown or _anchored(tree, page.posts, place)
    if sum(index is not None for index, _ in pairs) < min(2, len(page.posts)):
        pairs = _aligned(page.posts, others())
    partners = {index: post for index, post in pairs if index is not None}
    if not partners:
        return None
    measured = page.agreement is not None and page.agreement.agrees is not None
    readings = otherwise.compared(page.posts, partners, _lacks, trusted=bool(shown) or measured)
    filled = [
        _filled(post, partners.get(index), whole=bool(shown)) if _lacks(post) else readings.posts[index]
        for index, post in enumerate(page.posts)
    ]
    lacking = list(map(_lacks, page.posts))
    taken = [
        (new.body, new.published) != (old.body, old.published) for new, old in zip(filled, page.posts, strict=True)
    ]
    completed = sum(map(and_, taken, lacking))
    if any(lacking):
        page = replace(page, reasons=(*page.reasons, f"{completed} of {len(filled)} posts completed from the DOM"))
    if readings.found:
        told = f"{readings.found} of {len(partners)} posts shown say otherwise in the DOM, which is what readers see"
        page = replace(page, reasons=(*page.reasons, told))
    posts = filled
    if completed * 2 > len(partners) and sum(lacking) * 2 > len(filled):
        posts, left = _led(filled, pairs, whole=bool(shown))
        told = f"{left} post{'s' * (left > 1)} of JSON-LD below those shown left out"
        page = replace(page, reasons=(*page.reasons, told)) if left else page
    elif readings.believed:
        posts = otherwise.with_unlisted(filled, pairs)
    seen = {index: post for index, post in partners.items() if readings.believed or lacking[index]}
    return otherwise.witnessed(page, posts, filled, seen, believed=readings.believed)


def _shown(tree: LexborHTMLParser, body: bytes, posts: Sequence[Post], place: Place) -> Pairs:
    """What a live list or a known shape shows; nothing when that is another list of the page."""
    found = amp.read(tree, place) if amp.MARK in body else None
    found = found if found is not None else shapes.read(tree, place)
    pairs = _aligned(posts, found.posts) if found is not None else []
    return pairs if any(index is not None for index, _ in pairs) else []


def _led(filled: Sequence[Post], pairs: Pairs, *, whole: bool) -> tuple[list[Post], int]:
    """Posts in the order of the DOM; those JSON-LD alone has stay where they stand, save below the last one shown.

    ``whole``: the DOM's list is known to be the page's, so that what it alone shows is a post too.
    """
    partnered = {index for index, _ in pairs if index is not None}
    last = max(partnered)
    followers: dict[int, list[Post]] = {}
    before = -1
    for place, post in enumerate(filled[: last + 1]):
        if place in partnered:
            before = place
        else:
            followers.setdefault(before, []).append(post)
    posts = followers.get(-1, [])
    for index, shown in pairs:
        if index is not None:
            posts += [filled[index], *followers.get(index, [])]
        elif whole:
            posts.append(shown)
    return posts, len(filled) - last - 1


def _filled(post: Post, shown: Post | None, *, whole: bool) -> Post:
    if shown is None or not _lacks(post):
        return post if shown is None or shown.pinned == post.pinned else replace(post, pinned=shown.pinned)
    # JSON-LD often runs paragraphs together; where the markup is known, its text is the one readers see.
    better = not post.body or _says_more(shown.body, post.body) or (whole and post.published is None)
    body = shown.body if shown.body and better else post.body
    return replace(
        post,
        headline=post.headline or shown.headline,
        body=body,
        author=post.author or shown.author,
        published=post.published or shown.published,
        modified=post.modified or shown.modified,
        url=post.url or shown.url,
        key=post.key or shown.key,
        media=post.media or shown.media,
        pinned=shown.pinned,
        found_by="jsonld+dom",
    )


def _says_more(shown: Sequence[str], body: Sequence[str]) -> bool:
    """Whether the DOM's text goes on where a cut body ends."""
    if not _is_cut(body):
        return False
    known = loose(body)[:-8]
    return bool(known) and loose(shown).startswith(known)


def _aligned(posts: Sequence[Post], shown: Sequence[Post]) -> Pairs:
    """The DOM's posts with the places of JSON-LD's: by id, by headline, by the beginning of the text, by order."""
    taken: set[int] = set()
    found: list[int | None] = [None] * len(shown)
    for name in (_by_key, _by_headline, _by_beginning):
        unmatched = [at for at, index in enumerate(found) if index is None]
        if not unmatched:
            break
        places: dict[str, list[int]] = {}
        for index, post in enumerate(posts):
            if index not in taken and (value := name(post)):
                places.setdefault(value, []).append(index)
        values = {at: name(shown[at]) for at in unmatched}
        often = Counter(values.values())
        for at, value in values.items():
            free = places.get(value)
            # An id may stand on two posts, in order; a headline that does tells nothing.
            if free and (name is _by_key or (len(free) == 1 and often[value] == 1)):
                taken.add(free[0])
                found[at] = free.pop(0)
    return _by_order(posts, list(zip(found, shown, strict=True)))


def _by_key(post: Post) -> str:
    return post.key or ""


def _by_headline(post: Post) -> str:
    return loose(post.headline)


def _by_beginning(post: Post) -> str:
    return loose(" ".join(post.body[:2])[: _PREFIX * 2])[:_PREFIX] if post.body else ""


def _by_order(posts: Sequence[Post], pairs: Pairs) -> Pairs:
    """Unmatched posts paired one to one where as many stand between the same matched neighbours on both sides."""
    known = [index for index, _ in pairs if index is not None]
    if not known or known != sorted(known):
        return pairs
    result: Pairs = []
    run: list[Post] = []
    below = -1
    for index, post in [*pairs, (len(posts), Post())]:
        if index is None:
            run.append(post)
            continue
        free = range(below + 1, index)
        last = index == len(posts)
        fits = len(run) == len(free) or (last and len(run) < len(free))
        fits = fits and all(_may_be(posts[at], shown) for at, shown in zip(free, run, strict=False))
        places = [*free][: len(run)] if fits else [None] * len(run)
        result += zip(places, run, strict=True)
        run = []
        if not last:
            result.append((index, post))
        below = index
    return result


def _may_be(post: Post, shown: Post) -> bool:
    if post.key is not None and shown.key is not None:
        return False
    return not post.headline or not shown.headline or loose(post.headline) == loose(shown.headline)


def _anchored(tree: LexborHTMLParser, posts: Sequence[Post], place: Place) -> Pairs:
    """Posts read from the elements around the ids and headlines that JSON-LD gives."""
    anchors = _anchors(tree, posts, place)
    if len(anchors) < 2:
        return []
    chains = {index: _above(node) for index, node in anchors.items()}
    shared = Counter(mem_id for chain in chains.values() for mem_id in {node.mem_id for node in chain})
    containers: dict[int, tuple[int, LexborNode]] = {}
    for index, chain in chains.items():
        own = [node for node in chain if shared[node.mem_id] == 1]
        if own:
            containers[own[-1].mem_id] = (index, own[-1])
    if not containers:
        return []
    parents = Counter(node.parent.mem_id for _, node in containers.values() if node.parent is not None)
    main = parents.most_common(1)[0][0] if parents else 0
    tags = {node.tag for _, node in containers.values()}
    parent = next((node.parent for _, node in containers.values() if node.parent and node.parent.mem_id == main), None)
    siblings = [child for child in parent.iter() if child.tag in tags] if parent is not None else []
    listed = {node.mem_id for node in siblings}
    siblings += [node for _, node in containers.values() if node.mem_id not in listed]
    read = [(containers.get(node.mem_id), post_of(node, MARKING, place, "dom")) for node in siblings]
    dated = any(post.published is not None for anchored, post in read if anchored is not None)
    pairs: Pairs = []
    names: dict[int, str | None] = {}
    for anchored, post in read:
        if anchored is not None:
            pairs.append((anchored[0], post))
        elif post.published is not None or (not dated and (post.headline or post.body)):
            pairs.append((None, replace(post, key=None)))
            names[id(pairs[-1][1])] = post.key
    ordered = _by_order(posts, pairs)
    return [(at, post if at is not None else _named(post, names.get(id(post)), posts)) for at, post in ordered]


def _named(post: Post, name: str | None, posts: Sequence[Post]) -> Post:
    """The post with its id where that is written as all those of JSON-LD are, and none of them: of one to come."""
    keys = {other.key for other in posts if other.key is not None}
    if not keys or name is None or name in keys:
        return post
    alike = all((len(key), key.isdigit()) == (len(name), name.isdigit()) for key in keys)
    return replace(post, key=name) if alike else post


def _anchors(tree: LexborHTMLParser, posts: Sequence[Post], place: Place) -> Mapping[int, LexborNode]:
    page = place_of(place.url)
    keys = {post.key: index for index, post in reversed(list(enumerate(posts))) if post.key is not None}
    found: dict[int, LexborNode] = {}
    for element in tree.css("[id]"):
        key = key_of(element.attributes.get("id"), page)
        if key is not None and key in keys:
            found.setdefault(keys[key], element)
    titles = Counter(loose(post.headline) for post in posts if post.headline)
    wanted_titles = {
        loose(post.headline): index
        for index, post in enumerate(posts)
        if index not in found and post.headline and titles[loose(post.headline)] == 1
    }
    headings: dict[int, list[LexborNode]] = {}
    for node in tree.css("h2, h3, h4, h5") if wanted_titles else ():
        if (index := wanted_titles.get(loose(dom.flat(node)))) is not None:
            headings.setdefault(index, []).append(node)
    return found | {index: nodes[0] for index, nodes in headings.items() if len(nodes) == 1}


def _above(node: LexborNode) -> list[LexborNode]:
    chain = [node]
    while len(chain) < _ABOVE and (above := chain[-1].parent) is not None and above.tag not in {"body", "html"}:
        chain.append(above)
    return chain
