"""Whether a JSON Schema only adds to another, as its readers see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Node = Mapping[str, Any]


def breaks(old: Node, new: Node) -> list[str]:
    """What a reader of ``old`` may trip over in what ``new`` allows, a line each: ``data.post.id: …``.

    Keys may be added, and a value may become narrower. A key that goes, one that was always there and now may be
    absent, a type or value that was never there before, a wider limit: each is a break. Both are whole schemas;
    references are followed into their ``$defs``.
    """
    return list(_breaks(old, new, old.get("$defs", {}), new.get("$defs", {}), ""))


def _breaks(old: Node, new: Node, olds: Node, news: Node, at: str) -> Iterator[str]:
    old, new = _followed(old, olds), _followed(new, news)
    if not new.keys() - {"description", "title"}:
        if old.keys() - {"description", "title"}:
            yield f"{at or 'the whole'}: may now be anything"
        return
    if not old.keys() - {"description", "title"}:
        return
    alternatives = _alternatives(old)
    for one in _alternatives(new):
        found = [list(_of_one(each, one, olds, news, at)) for each in alternatives]
        if [] not in found:
            yield from min(found, key=len)


def _alternatives(node: Node) -> Sequence[Node]:
    """The single kinds of value a schema allows."""
    if "anyOf" in node:
        return [each for one in node["anyOf"] for each in _alternatives(one)]
    if "enum" in node:
        return [{"const": value} for value in node["enum"]]
    if isinstance(node.get("type"), list):
        return [{**node, "type": type_} for type_ in node["type"]]
    return [node]


def _of_one(old: Node, new: Node, olds: Node, news: Node, at: str) -> Iterator[str]:
    old, new = _followed(old, olds), _followed(new, news)
    if "const" in new or "const" in old:
        if new.get("const", ...) != old.get("const", ...) and "const" in old:
            yield f"{at}: may now be {new.get('const', new.get('type'))!r}"
        elif "const" not in old and old.get("type") not in (_type_of(new["const"]), None):
            yield f"{at}: may now be {new['const']!r}"
        return
    if old.get("type") != new.get("type"):
        yield f"{at}: was of type {old.get('type')}, is now of type {new.get('type')}"
        return
    for limit in ("minimum", "maximum", "format", "pattern"):
        if limit in old and not _within(limit, old[limit], new.get(limit)):
            yield f"{at}: its {limit} was {old[limit]}, is now {new.get(limit)}"
    yield from _of_object(old, new, olds, news, at)
    yield from _of_array(old, new, olds, news, at)


def _within(limit: str, old: Any, new: Any) -> bool:
    match limit:
        case "minimum":
            return new is not None and new >= old
        case "maximum":
            return new is not None and new <= old
        case _:
            return bool(new == old)


def _of_array(old: Node, new: Node, olds: Node, news: Node, at: str) -> Iterator[str]:
    for part in ("items", "additionalProperties"):
        if isinstance(old.get(part), dict):
            yield from _breaks(old[part], new.get(part) or {}, olds, news, f"{at}[]")
    for place, one in enumerate(old.get("prefixItems", ())):
        here = new.get("prefixItems", ())
        yield from _breaks(one, here[place] if place < len(here) else {}, olds, news, f"{at}[{place}]")


def _of_object(old: Node, new: Node, olds: Node, news: Node, at: str) -> Iterator[str]:
    properties = new.get("properties", {})
    for name, one in old.get("properties", {}).items():
        place = f"{at}.{name}".lstrip(".")
        if name not in properties:
            yield f"{place}: is gone"
        elif name in old.get("required", ()) and name not in new.get("required", ()):
            yield f"{place}: was always there, may now be absent"
        else:
            yield from _breaks(one, properties[name], olds, news, place)


def _followed(node: Node, definitions: Node) -> Node:
    while "$ref" in node:
        node = {**definitions[node["$ref"].rpartition("/")[2]], **{k: v for k, v in node.items() if k != "$ref"}}
    return node


def _type_of(value: object) -> str:
    names = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
    return names[type(value)]
