"""What Grafana's Redis data source does with a query: the command it sends, and the numbers it makes of the reply.

After its source (RedisGrafana/grafana-redis-datasource 2.2: pkg/redis-stream.go, redis-hash.go, redis-zset.go).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import redis

Frame = dict[str, list[float | str]]
"""Columns by name, as a panel sees them."""


def frame(client: redis.Redis, target: Mapping[str, Any], variables: Mapping[str, str], start: int, end: int) -> Frame:
    """The reply to a target of a panel, for a time range in milliseconds."""
    key = filled(target["keyName"], variables)
    assert target["type"] == "command"
    assert target["query"] == ""
    match target["command"]:
        case "hgetall":
            reply: Any = client.execute_command("HGETALL", key)  # type: ignore[no-untyped-call]
            return {name.decode(): [_value(value)] for name, value in reply.items()}
        case "zrange":
            reply = client.execute_command("ZRANGE", key, target["min"], target["max"], "WITHSCORES")  # type: ignore[no-untyped-call]
            return {name.decode(): [_value(score)] for name, score in reply}
        case "xrange":
            reply = client.execute_command("XRANGE", key, f"{start}-0", f"{end}-0")  # type: ignore[no-untyped-call]
            rows = [{"$time": id_.split(b"-")[0], **_text(fields)} for id_, fields in reply]
            names = list(dict.fromkeys(name for row in rows for name in row))
            return {name: [_value(row.get(name, b"0")) for row in rows] for name in names}
        case other:
            raise AssertionError(f"the data source knows no {other}")


def shown(columns: Frame, transformations: Sequence[Mapping[str, Any]]) -> Frame:
    """What the panel's filters leave of it."""
    for step in transformations:
        assert step["id"] == "filterFieldsByName"
        include = step["options"]["include"]
        if "pattern" in include:
            columns = {name: values for name, values in columns.items() if re.search(include["pattern"], name)}
        else:
            columns = {name: values for name, values in columns.items() if name in include["names"]}
    return columns


def filled(text: str, variables: Mapping[str, str]) -> str:
    """The text with the dashboard's variables put in: ``$name`` and ``${name}``."""
    return re.sub(r"\$\{?(\w+)\}?", lambda found: variables[found[1]], text)


def _text(fields: Any) -> dict[str, Any]:
    flat = fields if isinstance(fields, dict) else dict(zip(fields[::2], fields[1::2], strict=True))
    return {name.decode(): value for name, value in flat.items()}


def _value(raw: bytes | float) -> float | str:
    try:
        return float(raw)
    except ValueError:
        return raw.decode() if isinstance(raw, bytes) else str(raw)
