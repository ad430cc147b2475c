"""The form of a new source: what was typed → the words of a ``[[source]]`` table, and faults → their fields."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from monitor.model import Source
from monitor.ports.preview import Draft

FIELDS: Final = ("url", "name", "tags", "timezone", "poll_min", "poll_max", "baseline", "rules")
_FIELD_OF: Final = {"poll.min": "poll_min", "poll.max": "poll_max", "poll": "poll_min"}
_LONGEST: Final = 20_000
_UNNAMED = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What stands in the fields, as it was typed, and what is wrong beside which of them."""

    values: Mapping[str, str]
    faults: Mapping[str, str] = field(default_factory=dict)


def blank(url: str = "") -> Typed:
    """The form as it is first shown."""
    return Typed(values=dict.fromkeys(FIELDS, "") | {"url": url[:_LONGEST], "baseline": "silent"})


def typed(form: Mapping[str, Any]) -> Typed:
    """What a form says; a field that is not there is empty, and a name that is not given is made from the address."""
    values = {name: text if isinstance(text := form.get(name), str) else "" for name in FIELDS}
    values = {name: text.strip()[:_LONGEST] for name, text in values.items()}
    return Typed(values=values | {"name": values["name"] or suggested(values["url"])})


def drafted(said: Typed, draft: Draft) -> Source | Typed:
    """The source, or the same form with a fault beside each field that has one."""
    words, faults = _words(said.values)
    came = draft(words)
    if isinstance(came, Source):
        came = {} if faults else came
    if isinstance(came, Source):
        return came
    for key, text in came.items():
        name = _FIELD_OF.get(key) or ("rules" if key.startswith("extract") else key)
        within = f"{key.removeprefix('extract.')}: " if name == "rules" and key != "extract" else ""
        faults[name] = "\n".join(filter(None, (faults.get(name), within + text)))
    ordered = {name: faults[name] for name in FIELDS if name in faults}
    whole = "\n".join(text for name, text in faults.items() if name not in FIELDS)
    return Typed(values=said.values, faults=ordered | ({"": whole} if whole else {}))


def suggested(url: str) -> str:
    """A name for a page: its host's name and the last word of its path."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    last = next((part for part in reversed(parts.path.split("/")) if part), "").rpartition(".")
    words = _UNNAMED.sub("-", f"{host.partition('.')[0]} {last[0] or last[2]}".lower()).strip("-")
    return words[:64].rstrip("-")


def _words(values: Mapping[str, str]) -> tuple[dict[str, object], dict[str, str]]:
    """The table, empty fields left out, and faults of what is no TOML."""
    words: dict[str, object] = {name: values[name] for name in ("url", "name", "timezone", "baseline") if values[name]}
    tags = [tag for tag in (one.strip() for one in values["tags"].split(",")) if tag]
    poll = {key: _seconds(values[name]) for key, name in (("min", "poll_min"), ("max", "poll_max")) if values[name]}
    words |= ({"tags": tags} if tags else {}) | ({"poll": poll} if poll else {})
    faults = {}
    if values["rules"]:
        try:
            read = tomllib.loads(values["rules"])
        except (ValueError, RecursionError) as error:
            faults["rules"] = f'no TOML: {error}; write lines such as format = "css", texts in quotes'
        else:
            words["extract"] = _table(read)
    return words, faults


def _table(read: Mapping[str, object]) -> object:
    """The rules, whether they were pasted with their heading or without."""
    source = read.get("source", read)
    return source.get("extract", source) if isinstance(source, dict) else source


def _seconds(text: str) -> object:
    """A bare number is seconds."""
    try:
        return float(text)
    except ValueError:
        return text
