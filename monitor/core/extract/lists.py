"""A list of posts in a JSON document nobody described: found by what its objects hold.

An object looks like a post when it has a text and, beside it, an id and a time under one of the names publishers use.
Lists of links to other stories have titles and times as well; what they lack is the text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from monitor.core.extract import dom
from monitor.core.extract.fields import (
    MAX_BODY_CHARS,
    MAX_POSTS,
    author_of,
    body_of,
    key_of,
    line_of,
    media_of,
    paragraphs_of,
    place_of,
    time_of,
    url_of,
)
from monitor.model import Post, Span

_MAX_NODES, _SAMPLE, _WIDE, _ENOUGH, _MAX_DEPTH = 60_000, 12, 500, 3, 40
_BODY_CHARS = 20
_SEPARATOR = re.compile(r"[_\-\s]+")

_IDS = ("id", "postid", "nid", "uid", "uuid", "assetid", "entryid", "itemid", "newsid", "guid", "urn", "key", "slug")
_HEADLINES = ("headline", "title", "newstitle", "blogtitle", "posttitle", "heading", "header", "kicker")
_BODIES = (
    "bodyhtml", "contenthtml", "articlebody", "body", "content", "contents", "html", "text", "blogcontent",
    "textrendered", "render", "elements", "blocks", "message", "bodytext", "bodytextsummary",
)  # fmt: skip
_WEAK_BODIES = ("description", "summary", "synopsis", "excerpt", "standfirst")
_PUBLISHED = (
    "datepublished", "publishedat", "publisheddate", "publishdate", "published", "firstpublished", "firstpublishdate",
    "firstpublisheddate", "blockfirstpublished", "datepublishediso", "pubdate", "entrytime", "createdat", "createddate",
    "creationdate", "created", "insertdate", "tickertime", "displaydate", "displaytime", "date", "datetime", "time",
    "timestamp", "ts", "lastpublishdate", "at",
)  # fmt: skip
_MODIFIED = (
    "datemodified", "modifiedat", "modifieddate", "modified", "modifiedgmt", "updatedat", "updateddate", "updatedate",
    "updated", "lastpublished", "lastpublishdate", "lastmodifieddate", "lastmodified", "lastupdated",
    "blocklastupdated", "contentupdateddate", "editedat",
)  # fmt: skip
_AUTHORS = (
    "author",
    "authors",
    "byline",
    "bylines",
    "contributors",
    "creator",
    "user",
    "authordisplayname",
    "syndicate",
)
_LINKS = ("permalink", "url", "link", "shareurl", "canonicalurl", "webpath", "itemurl", "href")
_LIST_NAMES = re.compile(
    r"posts|blocks|updates|liveblog\w*|liveblogupdate|entries|news|messages|ticker\w*|currentposts|children",
    re.IGNORECASE,
)
_TEXTS = ("html", "text", "plaintext", "rendered", "bodyhtml", "value")
_NAMED = ("dates", "attributes", "meta", "fields")

Object = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Names:
    """Under which name the objects of one list hold each field; None where they do not."""

    id: str | None
    headline: str | None
    body: str | None
    published: str | None
    modified: str | None
    author: str | None
    link: str | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A list taken for posts, and the path that leads to it in its document."""

    path: str
    posts: tuple[Post, ...]


def find(
    document: object, url: str, anchor: datetime, zone: tzinfo, found_by: str, *, titles: bool = False
) -> Listed | None:
    """The list of posts with the most text in a decoded JSON document; None when no list looks like posts.

    ``titles``: headlines with an id and a time will do, since the document is nothing but the list.
    """
    best: tuple[int, str, list[Object], _Names] | None = None
    for path, objects in _object_lists(document):
        names = _names(objects)
        if not _looks_like_posts(path, objects, names) and not (titles and _are_headlines(objects, names)):
            continue
        weight = sum(_length(_value(raw, names.body)) + _length(_value(raw, names.headline)) for raw in objects)
        if best is None or weight > best[0]:
            best = (weight, path, objects, names)
    if best is None:
        return None
    _, path, objects, names = best
    posts = [_post(raw, names, url, anchor, zone, found_by) for raw in objects[:MAX_POSTS]]
    kept = tuple(post for post in posts if post.headline or post.body or post.media or post.key)
    return Listed(path=path, posts=kept) if kept else None


def _object_lists(document: object) -> Iterator[tuple[str, list[Object]]]:
    waiting: list[tuple[str, int, object]] = [("", 0, document)]
    seen = 0
    while waiting and seen < _MAX_NODES:
        path, depth, node = waiting.pop()
        seen += 1
        if depth > _MAX_DEPTH:
            continue
        if isinstance(node, dict):
            waiting += [
                (f"{path}.{name[:80]}" if path else name[:80], depth + 1, value)
                for name, value in node.items()
                if isinstance(value, dict | list)
            ]
        elif isinstance(node, list):
            objects: list[Object] = [part for part in node if isinstance(part, dict)]
            if objects and len(objects) * 2 >= len(node):
                yield path, objects
            waiting += [(f"{path}[]", depth + 1, part) for part in node[:MAX_POSTS] if isinstance(part, dict | list)]


def _bare(name: object) -> str:
    return _SEPARATOR.sub("", str(name)).casefold().lstrip("$@")


def _names(objects: Sequence[Object]) -> _Names:
    sample = objects[:_SAMPLE]
    counts = _counted(sample)
    rare = _bare_names(_counted(objects[:_WIDE]))
    common = _bare_names({name: count for name, count in counts.items() if count * 10 >= len(sample) * 4})
    texts = [common[name] for name in (*_BODIES, *_WEAK_BODIES) if name in common and _is_text(sample, common[name])]
    published = _first(common, _PUBLISHED)
    modified = _first(rare, _MODIFIED)
    # What every post must have is common; a headline or a signature may stand on one post in twenty.
    return _Names(
        id=_first(common, _IDS),
        headline=_first(rare, _HEADLINES),
        body=texts[0] if texts else None,
        published=published,
        modified=modified if modified != published else None,
        author=_first(rare, _AUTHORS),
        link=_first(rare, _LINKS),
    )


def _counted(objects: Sequence[Object]) -> Mapping[str, int]:
    """How many objects hold something under each name; names one level down are dotted: ``dates.firstPublished``."""
    paths: Counter[str] = Counter()
    for raw in objects:
        for name, value in raw.items():
            if value not in (None, "", [], {}):
                paths[name] += 1
            if isinstance(value, dict) and _bare(name) in _NAMED:
                paths.update(f"{name}.{inner}" for inner, below in value.items() if below not in (None, ""))
    return paths


def _bare_names(paths: Mapping[str, int]) -> Mapping[str, str]:
    bare: dict[str, str] = {}
    for name in sorted(paths, key=lambda name: name.count(".")):
        bare.setdefault(_bare(name.rpartition(".")[2]), name)
    return bare


def _first(bare: Mapping[str, str], wanted: Sequence[str]) -> str | None:
    return next((bare[name] for name in wanted if name in bare), None)


def _value(raw: Object, name: str | None) -> object:
    if name is None:
        return None
    if name in raw:
        return raw[name]
    outer, _, inner = name.partition(".")
    below = raw.get(outer)
    return below.get(inner) if isinstance(below, dict) else None


def _is_text(sample: Sequence[Object], name: str) -> bool:
    lengths = [_length(_value(raw, name)) for raw in sample]
    return sum(length >= _BODY_CHARS for length in lengths) * 2 >= len(sample)


def _length(value: object) -> int:
    return sum(map(len, _pieces(value)))


def _looks_like_posts(path: str, objects: Sequence[Object], names: _Names) -> bool:
    if names.body is None:
        return False
    own = _LIST_NAMES.fullmatch(path.rpartition(".")[2].rstrip("[]")) is not None
    weak = _bare(names.body.rpartition(".")[2]) in _WEAK_BODIES
    if names.id is not None and names.published is not None and _is_dated(objects, names.published):
        return own or (not weak and len(objects) >= _ENOUGH)
    return own and not weak and len(objects) >= _ENOUGH and (names.headline is not None or names.published is not None)


def _are_headlines(objects: Sequence[Object], names: _Names) -> bool:
    if len(objects) < _ENOUGH or names.id is None or names.published is None or names.headline is None:
        return False
    return _is_text(objects[:_SAMPLE], names.headline) and _is_dated(objects, names.published)


def _is_dated(objects: Sequence[Object], name: str) -> bool:
    values = [_value(raw, name) for raw in objects[:_SAMPLE]]
    return sum(
        isinstance(value, int | float) or (isinstance(value, str) and any(map(str.isdigit, value))) for value in values
    ) * 2 >= len(values)


def _pieces(value: object) -> list[str]:
    """Strings of a text however it is wrapped: a string, a list, {"rendered": …}, a tree of blocks."""
    found: list[str] = []
    waiting: list[object] = [value]
    size = 0
    for _ in range(2_000):
        if not waiting or size > MAX_BODY_CHARS:
            break
        node = waiting.pop()
        if isinstance(node, str):
            found.append(node)
            size += len(node)
        elif isinstance(node, list):
            waiting.extend(reversed(node))
        elif isinstance(node, dict):
            own = next((node[name] for name in node if _bare(name) in _TEXTS and isinstance(node[name], str)), None)
            if own is not None:
                waiting.append(own)
            else:
                waiting.extend(reversed([below for below in node.values() if isinstance(below, dict | list)]))
    return found


def _post(raw: Object, names: _Names, url: str, anchor: datetime, zone: tzinfo, found_by: str) -> Post:
    pieces = _pieces(_value(raw, names.body))
    headline = " ".join(line for piece in _pieces(_value(raw, names.headline))[:5] if (line := line_of(piece)))
    return Post(
        key=key_of(_value(raw, names.id), place_of(url)),
        url=url_of(_value(raw, names.link), url),
        headline=headline,
        body=body_of(paragraphs_of(list(pieces)), headline),
        author=_author(_value(raw, names.author)),
        published=_time(_value(raw, names.published), anchor, zone),
        modified=_time(_value(raw, names.modified), anchor, zone),
        media=media_of([address for piece in pieces for address in _embeds(piece)], url),
        found_by=found_by,
    )


def _author(value: object) -> str | None:
    return author_of(value) or author_of([name for name in _pieces(value)[:5] if len(name) <= 200])


def _time(value: object, anchor: datetime, zone: tzinfo) -> Span | None:
    if isinstance(value, dict):
        value = next((below for below in value.values() if isinstance(below, str | int | float)), None)
    return time_of(value, anchor, zone)


def _embeds(piece: str) -> list[str]:
    if "<img" not in piece and "<iframe" not in piece:
        return []
    root = dom.parse(piece)
    return dom.media(root) if root is not None else []
