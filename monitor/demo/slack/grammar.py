"""The few words the stand-in's schema is written in: each makes a check, which yields what is wrong and where.

A place is a JSON pointer (RFC 6901), as in Slack's own ``response_metadata.messages``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

Check = Callable[[object, str], Iterator[str]]


def told(what: str, at: str) -> str:
    """One line of what is wrong, in Slack's form."""
    return f"{what} [json-pointer:{at}]"


def string(most: int | None = None, *, least: int = 1, like: str | None = None) -> Check:
    """A string of ``least`` to ``most`` characters; ``like`` is a pattern for the whole of it."""
    pattern = re.compile(like, re.DOTALL) if like else None

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield told("must be a string", at)
        elif len(value) < least:
            yield told(f"must be more than {least - 1} characters", at)
        elif most is not None and len(value) > most:
            yield told(f"must be less than {most + 1} characters", at)
        elif pattern is not None and not pattern.fullmatch(value):
            yield told("is not of the required form", at)

    return check


def number(least: int | None = None, most: int | None = None) -> Check:
    """A whole number."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield told("must be an integer", at)
        elif (least is not None and value < least) or (most is not None and value > most):
            yield told(f"must be from {least} to {most}", at)

    return check


def boolean(value: object, at: str) -> Iterator[str]:
    """True or false, not 1 or "true"."""
    if not isinstance(value, bool):
        yield told("must be a boolean", at)


def one_of(*words: object) -> Check:
    """One of a few values."""

    def check(value: object, at: str) -> Iterator[str]:
        if value not in words:
            yield told(f"must be one of {', '.join(map(str, words))}", at)

    return check


def listing(check_one: Check, most: int | None = None, *, least: int = 1, unique: str | None = None) -> Check:
    """A list of ``least`` to ``most``; what they call ``unique`` may not occur twice."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield told("must be an array", at)
            return
        if len(value) < least:
            yield told(f"no fewer than {least} allowed", at)
        if most is not None and len(value) > most:
            yield told(f"no more than {most} items allowed", at)
        for place, one in enumerate(value):
            yield from check_one(one, f"{at}/{place}")
        if unique is not None:
            yield from _twice(value, unique, at)

    return check


def _twice(values: list[object], name: str, at: str) -> Iterator[str]:
    seen: set[str] = set()
    for place, one in enumerate(values):
        word = one.get(name) if isinstance(one, dict) else None
        if isinstance(word, str) and word in seen:
            yield told(f"`{name}` already exists", f"{at}/{place}/{name}")
        elif isinstance(word, str):
            seen.add(word)


def shape(
    required: Mapping[str, Check] | None = None,
    optional: Mapping[str, Check] | None = None,
    *,
    any_of: tuple[str, ...] = (),
) -> Check:
    """An object of exactly these keys; ``any_of``: at least one of them is there."""
    must, may = required or {}, optional or {}

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield told("must be an object", at)
            return
        for name in must.keys() - value.keys():
            yield told(f"missing required field: {name}", at)
        if any_of and not any(name in value for name in any_of):
            yield told(f"one of {', '.join(any_of)} is required", at)
        for name, one in value.items():
            known = must.get(name) or may.get(name)
            yield from known(one, f"{at}/{name}") if known else (told(f"invalid additional property: {name}", at),)

    return check


def kinds(shapes: Mapping[str, Check]) -> Check:
    """An object whose ``type`` names the shape that the rest of it has."""

    def check(value: object, at: str) -> Iterator[str]:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(value, dict):
            yield told("must be an object", at)
        elif not isinstance(kind, str) or kind not in shapes:
            yield told(f"unsupported type: {kind}", f"{at}/type")
        else:
            yield from shapes[kind]({name: one for name, one in value.items() if name != "type"}, at)

    return check
