"""Which changes a visitor asks for: read from the words of an address, and held against a change."""

from __future__ import annotations

from typing import Final, cast, get_args

from aiohttp import web

from monitor.core.deliver.findable import findable, folded
from monitor.model import Change, ChangeType
from monitor.ports.records import Wanted
from monitor.web.answers import Problem

TYPES: Final[tuple[str, ...]] = get_args(ChangeType)
_LONGEST: Final = 200


def wanted_of(request: web.Request) -> Wanted:
    """The filter that ``source``, ``type`` (both may stand more than once), ``tag``, ``min`` and ``q`` ask for.

    Raises Problem (400) for a type there is not, and for a ``min`` that is no number from 0 to 1.
    """
    query = request.query
    return Wanted(
        sources=frozenset(filter(None, query.getall("source", []))),
        tag=query.get("tag", ""),
        types=frozenset(map(_type, filter(None, query.getall("type", [])))),
        min_significance=_score(query.get("min", "")),
        text=query.get("q", "").strip()[:_LONGEST],
    )


def _type(name: str) -> ChangeType:
    if name not in TYPES:
        raise Problem(400, "Unknown type", f"type: {name[:60]!r} is none; there are {', '.join(TYPES)}")
    return cast("ChangeType", name)


def _score(text: str) -> float:
    try:
        score = float(text or 0)
    except ValueError:
        score = -1.0
    if not 0 <= score <= 1:
        raise Problem(400, "Not a significance", f"min: {text[:60]!r} is no number from 0 to 1")
    return score


def matches(wanted: Wanted, change: Change) -> bool:
    """Whether a change is wanted: the same answer as ``Records.changes`` gives for it."""
    score = change.significance.score if change.significance else None
    return (
        (not wanted.sources or change.source.name in wanted.sources)
        and (not wanted.types or change.type in wanted.types)
        and (not wanted.tag or wanted.tag in change.source.tags)
        and (change.type != "post.edited" or score is None or score >= wanted.min_significance)
        and (not wanted.text or folded(wanted.text) in findable(change))
    )
