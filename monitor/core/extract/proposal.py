"""From the structure found on an unknown page to a ``[source.extract]`` table an editor can keep.

A selector is proposed only when it finds what inference found, texts and times, on this very page; names that look
made by a machine are not used, since they change with the next build.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.core.extract import css_map, decode, dom, infer, infer_post
from monitor.core.extract.infer_structure import Member, Structure
from monitor.core.normalize import loose
from monitor.core.times import zone_of
from monitor.model import ExtractRules, Page, Post, Snapshot, Source, Unreadable

RUNGS = ("structure", "text")
"""The rungs whose reading can be kept by a table."""

_FIELDS = ("format", "posts", "id", "published", "headline", "author", "body")
_LOOKED_AT = 40
_GOOD = 0.9
_ENOUGH_SAME = 0.8
"""Of the inferred posts, how many a table must read in the same words to be worth keeping."""
_Interval = tuple[datetime, datetime] | None
_NAMED = 60
_CLASS = re.compile(r"[A-Za-z]{2,}(?:[-_]{1,2}[A-Za-z]{2,})*")
_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_MADE = re.compile(r"(?:css|sc|jsx|dcr|emotion|svelte|jss|makeStyles|styled)[-_]", re.IGNORECASE)
_BOXES_ALONE = re.compile(r"(?:div|span|section)(?: > (?:div|span|section))*")
_ID = re.compile(r"[A-Za-z][A-Za-z_-]{2,40}")


def of(body: bytes, snapshot: Snapshot, source: Source, page: Page) -> str | None:
    """The table as TOML for a copy whose posts had to be inferred, else None.

    ``page`` is what extraction made of the copy: other rungs need no table, a text capture only its format.
    """
    if page.rung == "text":
        return f'# {page.reasons[0] if page.reasons else "text capture"}\n[source.extract]\nformat = "text"\n'
    plain = decode.uncoded(body, snapshot.encoding)
    if isinstance(plain, Unreadable):
        return None
    codec = decode.charset(plain, snapshot.content_type)
    tree = dom.parse_page(plain if codec == "utf-8" else decode.decoded(plain, codec).encode("utf-8", "replace"))
    if tree is None:
        return None
    found, _ = infer.structures(tree, snapshot, source)
    return _table(tree, found, page, snapshot, source) if found is not None else None


def _table(tree: LexborHTMLParser, found: Structure, page: Page, snapshot: Snapshot, source: Source) -> str | None:
    """The table for a structure; None where no selectors read it as well as inference does."""
    place = infer.place(found, snapshot, source)
    told = [(member, post) for member in found.members if (post := infer_post.post(member, place)) is not None]
    posts = _selector_of_posts(tree, found, _originals(told)) if told and not found.flat else None
    if posts is None:
        return None
    pairs = [(member.nodes[0], post) for member, post in told[:_LOOKED_AT]]
    rules = ExtractRules(format="css", posts=posts, id=_id(pairs), published=_published(found))
    rules = replace(rules, headline=_by_text(pairs, lambda post: post.headline))
    rules = replace(rules, author=_by_text(pairs, lambda post: post.author or ""))
    rules = replace(rules, body=_body(pairs))
    zone = zone_of(source.timezone)
    read = css_map.read_page(tree, rules, snapshot.url, snapshot.generated_at or snapshot.fetched_at, zone)
    if isinstance(read, Unreadable):
        return None
    same, otherwise = _compared(read, page)
    if same < _ENOUGH_SAME * len(page.posts) or len(otherwise) > (1 - _GOOD) * len(page.posts):
        return None
    note = f"reads {len(read.posts)} posts, {same} of {len(page.posts)} word for word as inferred"
    doubts = [f"; of {json.dumps(name, ensure_ascii=False)} another time than inferred" for name in otherwise]
    return _toml(rules, note + "".join(doubts))


def _toml(rules: ExtractRules, note: str) -> str:
    lines = [f"# {note}", "[source.extract]"]
    for name in _FIELDS:
        value = getattr(rules, name)
        if value is not None:
            lines.append(f"{name} = {json.dumps(value, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"


def _compared(read: Page, page: Page) -> tuple[int, list[str]]:
    """How many inferred posts a table reads in the same words, and which it gives another time, or none."""
    times: dict[str, set[_Interval]] = {}
    for post in read.posts:
        for name in {_words(post), loose(post.headline)} - {""}:
            times.setdefault(name, set()).add(_time(post))
    read_as = [(post, times.get(_words(post)) or times.get(loose(post.headline))) for post in page.posts]
    otherwise = [post for post, told in read_as if told is not None and _time(post) not in told]
    words = {_words(post) for post in read.posts}
    same = sum(_words(post) in words for post in page.posts)
    return same, [(post.headline or " ".join(post.body))[:_NAMED] for post in otherwise]


def _time(post: Post) -> _Interval:
    return (post.published.earliest, post.published.latest) if post.published is not None else None


def _originals(told: Sequence[tuple[Member, Post]]) -> list[Member]:
    """The members without copies of a post further down: a pin may stand in a box of its own, and need not be read."""
    known: set[tuple[str, object]] = set()
    kept = []
    for member, post in reversed(told):
        if (_words(post), _time(post)) not in known:
            kept.append(member)
        known.add((_words(post), _time(post)))
    return kept[::-1]


def _words(post: Post) -> str:
    return loose((post.headline, *post.body))


def is_readable(name: str) -> bool:
    """Whether a class or id was named by a person: words with vowels, no digits, no prefix of a style compiler."""
    if not 3 <= len(name) <= 40 or _CLASS.fullmatch(name) is None or _MADE.match(name) is not None:
        return False
    pieces = _PIECE.findall(name)
    spoken = [piece for piece in pieces if re.search(r"[aeiouyAEIOUY]", piece)]
    return all(len(piece) > 1 for piece in pieces) and len(spoken) * 2 >= len(pieces)


def _classes(node: LexborNode) -> list[str]:
    return [name for name in (node.attributes.get("class") or "").split()[:20] if is_readable(name)]


def _selector_of_posts(tree: LexborHTMLParser, found: Structure, originals: Sequence[Member]) -> str | None:
    """What finds all originals, and as few other elements as can be; the copies may be among them."""
    wanted = {member.nodes[0].mem_id for member in originals}
    every = {member.nodes[0].mem_id for member in found.members}
    best: tuple[int, str] | None = None
    for selector in islice(_candidates(found, originals), 40):
        got = [node.mem_id for node in tree.css(selector)]
        if not wanted.issubset(got):
            continue
        if every.issuperset(got):
            return selector
        if best is None or len(got) < best[0]:
            best = (len(got), selector)
    return best[1] if best is not None and best[0] <= 3 * len(wanted) else None


def _candidates(found: Structure, originals: Sequence[Member]) -> Iterator[str]:
    nodes = [member.nodes[0] for member in originals]
    shared = [name for name in _classes(nodes[0]) if all(name in _classes(node) for node in nodes)]
    above = list(_above(_parents(nodes)))
    time = _time_selector(found)
    for name in shared:
        yield f"{found.tag}.{name}"
    for parent in above:
        yield from (f"{parent} > {found.tag}.{name}" for name in shared)
        yield f"{parent} > {found.tag}"
        if time is not None:
            yield f"{parent} > {found.tag}:has({time})"
    if time is not None:
        yield f"{found.tag}:has({time})"


def _parents(nodes: Sequence[LexborNode]) -> list[LexborNode]:
    parents = {above.mem_id: above for node in nodes if (above := node.parent) is not None}
    return list(parents.values())


def _above(parents: Sequence[LexborNode]) -> Iterator[str]:
    """Selectors of the parent: by its own name, else by a named ancestor and the way down."""
    way: list[str] = []
    plain: list[str] = []
    node: LexborNode | None = parents[0]
    for _ in range(6):
        if node is None or node.tag in {"html", "-document"}:
            break
        name = node.attributes.get("id") or ""
        named = [f"#{name}"] if _ID.fullmatch(name) is not None and len(parents) == 1 else []
        for step in (*named, *(f"{node.tag}.{name}" for name in _classes(node)[:3])):
            yield " > ".join([step, *reversed(way)])
        plain.append(" > ".join([str(node.tag), *reversed(way)]))
        way.append(str(node.tag))
        node = node.parent
    # A way of boxes alone would meet any other box that the page may show tomorrow.
    yield from (way for way in plain if not _BOXES_ALONE.fullmatch(way))


def _time_selector(found: Structure) -> str | None:
    """What the first time of every post is found by, below the post."""
    firsts = [
        (member.nodes[0], next((m.node for m in member.marks if not m.revised), None)) for member in found.members
    ]
    told = [(top, node) for top, node in firsts if node is not None and node.mem_id != top.mem_id][:_LOOKED_AT]
    if not told:
        return None
    node = told[0][1]
    above = node.parent
    ways = [f".{name}" for name in _classes(node)] + [str(node.tag)]
    if above is not None:
        ways += [f".{name} {node.tag}" for name in _classes(above)]
    for way in ways:
        right = sum(1 for top, node in told if (got := top.css_first(way)) is not None and got.mem_id == node.mem_id)
        if right >= _GOOD * len(told):
            return way
    return None


def _published(found: Structure) -> str | None:
    mark = next((mark for member in found.members for mark in member.marks if not mark.revised), None)
    if mark is None:
        return None
    top = found.members[0].nodes[0]
    way = "" if mark.node.mem_id == top.mem_id else _time_selector(found)
    if way is None:
        return None
    attributes = mark.node.attributes
    name = next((name for name, value in attributes.items() if mark.machine and value == mark.value), None)
    return f"{way}@{name}" if name is not None and found.machine else way or None


def _id(pairs: Sequence[tuple[LexborNode, Post]]) -> str | None:
    for name in infer_post.KEYS:
        values = [node.attributes.get(name) for node, _ in pairs]
        if pairs and all(values) and len(set(values)) == len(values):
            return f"@{name}"
    return None


def _by_text(pairs: Sequence[tuple[LexborNode, Post]], text_of: Callable[[Post], str]) -> str | None:
    """The selector of a field below a post, found by the text it must give."""
    told = [(node, text_of(post)) for node, post in pairs if text_of(post)]
    ways: dict[str, None] = {}
    for node, text in told[:3]:
        for part in islice(node.traverse(), 400):
            if part.mem_id != node.mem_id and len(part.text()) < 4 * len(text) + 200 and dom.flat(part) == text:
                ways |= dict.fromkeys([f".{name}" for name in _classes(part)] + [str(part.tag)])
    counted = {way: _agreeing(pairs, way, text_of) for way in ways}
    best = max(counted, key=lambda way: counted[way], default=None)
    return best if best is not None and counted[best] >= _GOOD * len(pairs) else None


def _agreeing(pairs: Sequence[tuple[LexborNode, Post]], way: str, text_of: Callable[[Post], str]) -> int:
    return sum(
        1
        for node, post in pairs
        if (dom.flat(got) if (got := node.css_first(way)) is not None else "") == text_of(post)
    )


def _body(pairs: Sequence[tuple[LexborNode, Post]]) -> str | None:
    """The element that holds a post's paragraphs and nothing else, else its paragraphs themselves."""
    told = [(node, post) for node, post in pairs if post.body]
    ways: dict[str, None] = {}
    for node, post in told[:3]:
        for part in islice(node.traverse(), 400):
            if part.mem_id != node.mem_id and tuple(dom.paragraphs(part)) == post.body:
                ways |= dict.fromkeys([f".{name}" for name in _classes(part)] + [str(part.tag)])
    ways["p"] = None
    counted = {
        way: sum(1 for node, post in told if loose([dom.flat(p) for p in node.css(way)]) == loose(post.body))
        for way in ways
    }
    best = max(counted, key=lambda way: counted[way], default=None)
    return best if best is not None and counted[best] * 2 > len(told) else None
