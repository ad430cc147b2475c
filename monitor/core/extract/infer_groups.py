"""The repeated structure of an unknown page: siblings of one kind that each show a time and a text of their own.

Only tags, positions and the words of readable names are looked at: class names may be hashed anew with every build.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from itertools import pairwise

from selectolax.lexbor import LexborNode

from monitor.core.extract.fields import MAX_POSTS
from monitor.core.extract.infer_marks import UNREAD, Mark, spans
from monitor.core.extract.infer_structure import ENOUGH, Member, Structure, is_aside, prose

_LEAST = 12
"""Characters of its own the middle post says; scores and fixtures say less."""
_LEAST_LINKED = 30
"""Characters it says where that is mostly links."""
_MOST_TIMES = 4
"""Different times the middle post shows; an element with more of them holds several posts."""
_LINKED = 55
"""Percent of its characters the middle post has to itself, links counting a quarter; teasers have less."""
_MOST_GROUPS = 60
_MOST_NESTED = 4
_MOST_STRANGERS = 2
"""Elements in a row that may stand between the paragraphs of a flat post, such as an advert; more are its end."""
_FLAT_TAGS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "dt", "hr", "time", "span", "strong", "b", "small"})
_FOLLOWERS = frozenset({"p", "ul", "ol", "dd", "blockquote", "figure", "pre", "h2", "h3", "h4", "h5", "h6"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


def dated(found: Sequence[Mark], anchor: datetime, zone: tzinfo) -> list[Structure]:
    """Every group of dated siblings that says something of its own, the likeliest first."""
    sizes: dict[int, tuple[int, int]] = {}
    candidates = [
        structure
        for parents, tag, nodes in sorted(_runs(found), key=lambda run: -len(run[2]))[:_MOST_GROUPS]
        if (structure := _weighed(parents, tag, nodes, found, anchor, zone, sizes)) is not None
    ]
    candidates.sort(key=lambda structure: -structure.score)
    for _ in range(_MOST_NESTED):
        finer = next((other for other in candidates[1:] if candidates and _divides(other, candidates[0])), None)
        if finer is None:
            break
        candidates.remove(finer)
        candidates.insert(0, finer)
    return candidates


def _divides(finer: Structure, coarse: Structure) -> bool:
    """Whether a structure's posts lie in the members of another, say much of what those say, and are more of them."""
    if len(finer.members) <= len(coarse.members) or finer.score * 2 < coarse.score:
        return False
    tops = {node.mem_id for member in coarse.members for node in member.nodes}
    within = 0
    for parent in finer.parents:
        node: LexborNode | None = parent
        while node is not None and node.mem_id not in tops:
            node = node.parent
        within += node is not None
    return within * 2 > len(finer.parents)


def _runs(found: Sequence[Mark]) -> Iterator[tuple[tuple[LexborNode, ...], str, list[LexborNode]]]:
    """Dated elements of one tag whose parents stand alike below one ancestor; then dated siblings by themselves."""
    parents: dict[int, LexborNode] = {}
    runs: dict[tuple[int, str], list[LexborNode]] = {}
    seen: set[int] = set()
    for mark in found:
        node = mark.node
        while node.mem_id not in seen and node.tag != "body" and (above := node.parent) is not None:
            seen.add(node.mem_id)
            parents[above.mem_id] = above
            runs.setdefault((above.mem_id, str(node.tag)), []).append(node)
            node = above
    wider: dict[tuple[int, str], list[tuple[int, str]]] = {}
    for run in runs:
        for key in _ways_up(parents[run[0]], run[1]):
            wider.setdefault(key, []).append(run)
    told: set[tuple[tuple[int, str], ...]] = set()
    parts: set[tuple[int, str]] = set()
    for places in wider.values():
        nodes = [child for run in places for child in runs[run]]
        # Where most parents hold one, the parents themselves are the posts.
        if len(places) > 1 and len(nodes) * 2 >= len(places) * 3 and tuple(places) not in told:
            told.add(tuple(places))
            parts |= {run for run in places if len(runs[run]) * 2 < len(nodes)}
            yield tuple(parents[place] for place, _ in places), places[0][1], nodes
    for run, nodes in runs.items():
        if len(nodes) > 1 and run not in parts:
            yield (parents[run[0]],), run[1], nodes


def _ways_up(parent: LexborNode, tag: str) -> Iterator[tuple[int, str]]:
    """Lists parted by days or sections: the ancestors two and three levels up, with the tags on the way."""
    way = tag
    node: LexborNode | None = parent
    for _ in range(3):
        if node is None or node.tag in {"body", "html"} or node.parent is None:
            return
        way = f"{node.tag}>{way}"
        node = node.parent
        yield node.mem_id, way


def _weighed(
    parents: tuple[LexborNode, ...],
    tag: str,
    nodes: Sequence[LexborNode],
    found: Sequence[Mark],
    anchor: datetime,
    zone: tzinfo,
    known: dict[int, tuple[int, int]],
) -> Structure | None:
    nodes = nodes[:MAX_POSTS]
    owners = _marks_by_member(nodes, found)
    for node in nodes:
        if node.mem_id not in known:
            known[node.mem_id] = prose(node, owners.get(node.mem_id, ()))
    sizes = [known[node.mem_id] for node in nodes]
    flat = tag in _FLAT_TAGS or _middle([said for _, said in sizes]) < _LEAST
    members = [Member((node,), tuple(owners.get(node.mem_id, ()))) for node in nodes]
    if flat:
        members = list(_segments(parents, members))
        parts = [[prose(node, member.marks) for node in member.nodes] for member in members]
        sizes = [(sum(own for own, _ in part), sum(said for _, said in part)) for part in parts]
    if _middle([own for own, _ in sizes]) < _LEAST and _middle([said for _, said in sizes]) < _LEAST_LINKED:
        return None
    machine = _tells_apart(members)
    weight = _order(members, anchor, zone, machine=machine)
    weight *= (0.1 if is_aside(nodes[0]) else 1.0) * (0.7 if flat else 1.0)
    if _middle([len({mark.shown or mark.value for mark in member.marks}) for member in members]) > _MOST_TIMES:
        weight *= 0.3
    own, said = (sum(min(size[place], ENOUGH) for size in sizes) for place in (0, 1))
    like = sum(1 for parent in parents for child in parent.iter() if child.tag == tag) if not flat else len(members)
    return Structure(
        parents,
        tag,
        tuple(members),
        max(0, like - len(members)),
        own * weight,
        round(said * weight),
        dated=True,
        flat=flat,
        machine=machine,
        linked=_middle([round(100 * own / said) if said else 0 for own, said in sizes]) < _LINKED,
    )


def _middle(numbers: Sequence[int]) -> int:
    return sorted(numbers)[len(numbers) // 2] if numbers else 0


def _marks_by_member(nodes: Sequence[LexborNode], found: Sequence[Mark]) -> dict[int, list[Mark]]:
    members = {node.mem_id for node in nodes}
    owner: dict[int, int] = {}
    owners: dict[int, list[Mark]] = {}
    for mark in found:
        node: LexborNode | None = mark.node
        way: list[int] = []
        place = 0
        while node is not None:
            place = node.mem_id
            if place in members or place in owner:
                break
            way.append(place)
            node = node.parent
        top = 0 if node is None else owner.get(place, place)
        owner.update(dict.fromkeys(way, top))
        if top:
            owners.setdefault(top, []).append(mark)
    return owners


def _tells_apart(members: Sequence[Member]) -> bool:
    """Whether machine times differ between posts; one value on all of them is the page's own."""
    values = [next((mark.value for mark in member.marks if mark.machine), "") for member in members]
    values = [value for value in values if value]
    return len(values) < 3 or len(set(values)) > 1


def _order(members: Sequence[Member], anchor: datetime, zone: tzinfo, *, machine: bool) -> float:
    """1.0 when the times run one way, less the more often they turn; a list that is in no order is no live page."""
    times = [span for member in members if (span := spans(member.marks, anchor, zone, machine=machine)[0]) is not None]
    if len(times) < 2:
        return 0.3
    pairs = list(pairwise(times))
    falling = sum(1 for one, other in pairs if other.earliest <= one.latest)
    rising = sum(1 for one, other in pairs if one.earliest <= other.latest)
    share = max(falling, rising) / len(pairs)
    return 1.0 if share > 0.8 else 0.3 + 0.7 * share * share


def _segments(parents: Sequence[LexborNode], members: Sequence[Member]) -> Iterator[Member]:
    """Dated elements with the siblings up to the next: a heading and its paragraphs, a term and its description."""
    heads = {member.nodes[0].mem_id: member for member in members}
    for parent in parents:
        rows: list[list[LexborNode]] = []
        for child in parent.iter():
            if child.mem_id in heads:
                rows.append([child])
            elif rows and child.tag not in UNREAD:
                rows[-1].append(child)
        first = Counter(str(row[1].tag) for row in rows if len(row) > 1).most_common(1)
        usual = first[0][0] if first and str(rows[0][0].tag) not in _FLAT_TAGS else ""
        for row in rows:
            taken, strangers = [row[0]], 0
            for child in row[1:]:
                if child.tag in _HEADINGS and row[0].tag in _HEADINGS and str(child.tag) < str(row[0].tag):
                    break
                if child.tag in _FOLLOWERS or child.tag == usual:
                    taken.append(child)
                    strangers = 0
                elif (strangers := strangers + 1) > _MOST_STRANGERS:
                    break
            yield Member(tuple(taken), heads[row[0].mem_id].marks)
