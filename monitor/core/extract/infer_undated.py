"""What repeats on a page without times: siblings built alike that hold most of what it says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.core.extract.fields import MAX_POSTS
from monitor.core.extract.infer_marks import UNREAD
from monitor.core.extract.infer_structure import Member, Structure, is_aside, prose

_FEWEST = 6


def undated(tree: LexborHTMLParser, total: int) -> Structure | None:
    """A page without times: the largest run of siblings built alike, when it is most of what the page says."""
    body = tree.body
    if body is None:
        return None
    children: dict[tuple[int, str], list[LexborNode]] = {}
    for node in body.traverse():
        parent = node.parent
        if parent is not None and node.tag in _BUILT:
            children.setdefault((parent.mem_id, str(node.tag)), []).append(node)
    found: list[Structure] = []
    for (_, tag), nodes in children.items():
        if len(nodes) < _FEWEST:
            continue
        kept = _alike(nodes[:MAX_POSTS])
        own = [prose(node, ())[0] for node in kept]
        parent = nodes[0].parent
        if parent is None or len(kept) < _FEWEST or sorted(own)[len(own) // 2] < 60 or is_aside(kept[0]):
            continue
        members = tuple(Member((node,), ()) for node in kept)
        found.append(Structure((parent,), tag, members, len(nodes) - len(kept), float(sum(own)), sum(own), dated=False))
    top = max(found, key=lambda structure: structure.score, default=None)
    return top if top is not None and top.score >= 0.4 * total else None


_BUILT = frozenset({"article", "section", "div", "li", "tr", "tbody"})


def _alike(nodes: Sequence[LexborNode]) -> list[LexborNode]:
    """The nodes that have most of what at least half of them have: the paths below, each once or more than once."""
    prints = [_paths(node) for node in nodes]
    counts = Counter(path for paths in prints for path in paths)
    core = {path for path, count in counts.items() if count * 2 >= len(nodes)}
    if len(core) < 2:
        return []
    return [node for node, paths in zip(nodes, prints, strict=True) if len(core & paths) * 5 >= len(core) * 3]


def _paths(node: LexborNode) -> frozenset[str]:
    found: Counter[str] = Counter()
    waiting = [(node, "", 0)]
    while waiting:
        above, way, depth = waiting.pop()
        for child in above.iter():
            if child.tag not in UNREAD and child.tag not in {"a", "b", "i", "em", "strong", "span", "br"}:
                path = f"{way}/{child.tag}"
                found[path] += 1
                if depth < 2:
                    waiting.append((child, path, depth + 1))
    return frozenset(found) | frozenset(f"{path}+" for path, count in found.items() if count > 1)
