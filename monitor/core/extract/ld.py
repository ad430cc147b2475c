"""JSON-LD blocks of a page and the nodes in them: found by byte search, decoded, walked; broken ones passed over."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

import msgspec

from monitor.core.extract import decode

_MARK = b"application/ld+json"
_CLOSE = re.compile(rb"</script", re.IGNORECASE)
_WRAPPING = re.compile(
    rb"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/)|(?:-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/)\s*$"
)
_BRANCHES = ("@graph", "mainEntity", "hasPart", "mainEntityOfPage", "itemListElement", "item", "about")
_MAX_BLOCKS, _MAX_NODES = 100, 20_000

Node = Mapping[str, object]


def blocks(body: bytes) -> Iterator[bytes]:
    """What stands in the page's JSON-LD scripts, in page order."""
    return (body[start:end] for start, end in places(body))


def places(body: bytes) -> Iterator[tuple[int, int]]:
    """From where to where the page's JSON-LD scripts stand, in page order."""
    place = 0
    for _ in range(_MAX_BLOCKS):
        mark = body.find(_MARK, place)
        if mark < 0:
            return
        place = mark + len(_MARK)
        opening = body.rfind(b"<", max(0, mark - 1000), mark)
        start = body.find(b">", place, place + 1000) + 1
        if start == 0 or opening < 0 or body[opening : opening + 7].lower() != b"<script":
            continue
        end = body.find(b"</script", start)
        other = body.find(b"</SCRIPT", start, end if end >= 0 else len(body))
        end = other if other >= 0 else end
        if end < 0:
            found = _CLOSE.search(body, start)
            if found is None:
                return
            end = found.start()
        yield start, end
        place = end


def document(block: bytes, codec: str) -> object:
    """A block decoded; None when it is no JSON."""
    try:
        return msgspec.json.decode(block if codec == "utf-8" else decode.decoded(block, codec))
    except (ValueError, RecursionError):
        # Control characters and broken bytes inside strings are common; comment marks around the block are not rare.
        try:
            return json.loads(decode.decoded(_WRAPPING.sub(b"", block), codec), strict=False)
        except (ValueError, RecursionError):
            return None


def find(root: object) -> list[Node]:
    """Every LiveBlogPosting of a JSON-LD document, wherever a graph or a list hides it."""
    found: list[Node] = []
    waiting: list[object] = [root]
    for _ in range(_MAX_NODES):
        if not waiting:
            break
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(reversed(node))
        elif isinstance(node, dict):
            kind = node.get("@type")
            if kind == "LiveBlogPosting" or (isinstance(kind, list) and "LiveBlogPosting" in kind):
                found.append(node)
            else:
                waiting.extend(node[branch] for branch in _BRANCHES if branch in node)
    return found


def nodes(body: bytes, codec: str, mark: bytes) -> Iterator[Node]:
    """Every node of the page's JSON-LD blocks that hold ``mark``, outer ones first."""
    for block in blocks(body):
        waiting: list[object] = [document(block, codec)] if mark in block else []
        for _ in range(_MAX_NODES):
            if not waiting:
                break
            node = waiting.pop()
            if isinstance(node, list):
                waiting.extend(reversed(node))
            elif isinstance(node, dict):
                yield node
                waiting.extend(node[branch] for branch in _BRANCHES if branch in node)


def find_in_strings(root: object) -> list[Node]:
    """The LiveBlogPosting nodes that stand in a document's strings as JSON (an embed's ``schemaOrg``)."""
    found: list[Node] = []
    waiting: list[object] = [root]
    for _ in range(_MAX_NODES):
        if not waiting:
            break
        node = waiting.pop()
        if isinstance(node, str) and "LiveBlogPosting" in node:
            found += find(document(node.encode("utf-8", "replace"), "utf-8"))
        elif isinstance(node, dict | list):
            waiting.extend(node.values() if isinstance(node, dict) else node)
    return found
