"""The kinds of value a key can hold: how each is read, and its JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import jmespath
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from monitor.config.place import FAULTY, Place, Refused, did_you_mean, show
from monitor.core.deliver.keywords import units
from monitor.core.extract.css_map import where


@dataclass(frozen=True, slots=True)
class Kind:
    """``read`` turns a TOML value into ours or raises Refused; ``shape`` is its JSON Schema, ``name`` what it is."""

    name: str
    read: Callable[[Place, object], Any]
    shape: Mapping[str, object] = field(default_factory=dict)


DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PAGES: Final = frozenset({"new", "preview"})
"""No source can be called so: its page would stand where another one does."""
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*(ms|s|m|h|d)")
_CLOCK = re.compile(r"[01][0-9]:[0-5][0-9]|2[0-3]:[0-5][0-9]")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PREFIX = re.compile(r"[A-Za-z0-9_.{}:-]{0,63}:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def _text(_: Place, value: object) -> str:
    if not isinstance(value, str):
        raise Refused(f"{show(value)} is no text; put it in quotes")
    if not value.strip():
        raise Refused("is empty; give it a text, or leave the key out")
    if _CONTROL.search(value):
        raise Refused("holds control characters; remove them")
    return value


def _name(place: Place, value: object) -> str:
    text = _text(place, value)
    if not _NAME.fullmatch(text):
        raise Refused(f"{show(text)} is no name; use up to 64 letters, digits, dots, dashes and underscores")
    return text


def _source_name(place: Place, value: object) -> str:
    text = _name(place, value)
    if text in PAGES:
        raise Refused(f"{show(text)} is taken: /sources/{text} is a page of Stetwatch's own; choose another name")
    return text


def _prefix(place: Place, value: object) -> str:
    text = _text(place, value)
    if not _PREFIX.fullmatch(text):
        raise Refused(f'{show(text)} is no key prefix; use letters, digits and "_.-{{}}", and end it with ":"')
    return text


def _boolean(_: Place, value: object) -> bool:
    if not isinstance(value, bool):
        raise Refused(f"{show(value)} is neither true nor false; write one of them, without quotes")
    return value


def integer(low: int, high: int) -> Kind:
    """A whole number, both bounds included."""

    def read(_: Place, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise Refused(f"{show(value)} will not do; give a whole number from {low} to {high}")
        return value

    return Kind("whole number", read, {"type": "integer", "minimum": low, "maximum": high})


def number(low: float, high: float) -> Kind:
    """A number, both bounds included."""

    def read(_: Place, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise Refused(f"{show(value)} will not do; give a number from {low:g} to {high:g}")
        return float(value)

    return Kind("number", read, {"type": "number", "minimum": low, "maximum": high})


def duration(low_s: float, high_s: float) -> Kind:
    """Seconds as a number, or text with a unit: ``"0.2s"``, ``"15s"``, ``"10m"``, ``"1h"``."""

    def read(_: Place, value: object) -> float:
        match value:
            case bool():
                seconds = None
            case int() | float():
                seconds = value
            case str() if found := _DURATION.fullmatch(value.strip()):
                seconds = float(found[1]) * _UNITS[found[2]]
            case _:
                seconds = None
        if seconds is None:
            raise Refused(f'{show(value)} is no duration; write "15s", "10m", "1h" or a number of seconds')
        if not low_s <= seconds <= high_s:
            raise Refused(f"{show(value)} is out of bounds; give {low_s:g} s to {high_s:g} s")
        return float(seconds)

    shape = {"type": ["string", "number"], "pattern": rf"^\s*{_DURATION.pattern}\s*$", "minimum": low_s}
    return Kind("duration", read, shape | {"maximum": high_s})


def choice(*options: str) -> Kind:
    """One of a few words."""

    def read(_: Place, value: object) -> str:
        if value not in options or not isinstance(value, str):
            cure = did_you_mean(value, options) if isinstance(value, str) else f"known here: {', '.join(options)}"
            raise Refused(f"{show(value)} is not known here; {cure}")
        return value

    return Kind("one of: " + ", ".join(options), read, {"enum": list(options)})


def many(one: Kind, *, at_least: int = 0, repeats: bool = False) -> Kind:
    """A list, each value of one kind; said twice counts once unless ``repeats``."""

    def read(place: Place, value: object) -> object:
        if not isinstance(value, list):
            raise Refused(f"{show(value)} is no list; put it in square brackets")
        if len(value) < at_least:
            raise Refused("is empty; give at least one")
        found = [place.index(number).read(one.read, single) for number, single in enumerate(value)]
        return FAULTY if FAULTY in found else tuple(found if repeats else dict.fromkeys(found))

    shape: dict[str, object] = {"type": "array", "items": one.shape}
    return Kind(f"list of {one.name}", read, shape | ({"minItems": at_least} if at_least else {}))


def _timezone(place: Place, value: object) -> str:
    text = _text(place, value)
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        cure = did_you_mean(text, available_timezones())
        if cure.startswith("known"):
            cure = 'use a name of the IANA database such as "Europe/London"'
        raise Refused(f"{show(text)} is no time zone; {cure}") from None
    return text


def _clock(place: Place, value: object) -> time:
    text = _text(place, value)
    if not _CLOCK.fullmatch(text):
        raise Refused(f'{show(text)} is no time of day; write it like "22:00", from "00:00" to "23:59"')
    return time.fromisoformat(text)


def _keyword(place: Place, value: object) -> str:
    text = _text(place, value)
    if next(units(text), None) is None:
        raise Refused(f"{show(text)} holds no letter and no number; give a word or a phrase")
    return text


def jmespath_fault(expression: str) -> str | None:
    """What is wrong with a JMESPath expression, None when nothing is."""
    try:
        jmespath.compile(expression)
    except jmespath.exceptions.JMESPathError as error:
        column = getattr(error, "lex_position", 0) + 1
        return f"{show(expression)} is no JMESPath expression (column {column}); see https://jmespath.org/"
    return None


def css_fault(mapping: str) -> str | None:
    """What is wrong with a CSS mapping (``selector``, ``selector@attribute``, ``@attribute``), None when nothing is."""
    selector = where(mapping).selector
    try:
        if selector:
            LexborHTMLParser(b"<p>").css(selector)
    except (SelectolaxError, UnicodeEncodeError):
        return f"{show(mapping)} is no CSS selector; write selector, selector@attribute or @attribute"
    return None


TEXT: Final = Kind("text", _text, {"type": "string", "minLength": 1})
PATH: Final = Kind("path", _text, {"type": "string", "minLength": 1})
NAME: Final = Kind("name", _name, {"type": "string", "pattern": f"^{_NAME.pattern}$"})
SOURCE_NAME: Final = Kind("name", _source_name, {**NAME.shape, "not": {"enum": sorted(PAGES)}})
PREFIX: Final = Kind("key prefix", _prefix, {"type": "string", "pattern": f"^{_PREFIX.pattern}$"})
CLOCK: Final = Kind("time of day", _clock, {"type": "string", "pattern": f"^(?:{_CLOCK.pattern})$"})
KEYWORD: Final = Kind("text", _keyword, {"type": "string", "minLength": 1})
BOOLEAN: Final = Kind("true or false", _boolean, {"type": "boolean"})
TIMEZONE: Final = Kind("time zone", _timezone, {"type": "string", "minLength": 1})
