"""Which destinations hear of a change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.model import POST_TYPES, SOURCE_TYPES, Change, Route

DEFAULT_TYPES = (*POST_TYPES, *SOURCE_TYPES)


def destinations(change: Change, routes: Sequence[Route], names: Sequence[str]) -> tuple[str, ...]:
    """The destinations of a change, each once, in the order of the routes; ``names`` are those there are.

    Without routes every destination gets posts' and sources' changes. A change of ``modified`` alone goes only where
    a route says ``modified_only``.
    """
    if not routes:
        return tuple(names) if change.type in DEFAULT_TYPES and not _modified_only(change) else ()
    known = set(names)
    reached = dict.fromkeys(name for route in routes if _matches(change, route) for name in route.to)
    return tuple(name for name in reached if name in known)


def _matches(change: Change, route: Route) -> bool:
    """Every matcher the route has must agree; significance is asked of edits only."""
    return (
        (not route.types or change.type in route.types)
        and (not route.sources or change.source.name in route.sources)
        and (not route.tags or not set(route.tags).isdisjoint(change.source.tags))
        and (route.modified_only or not _modified_only(change))
        and (change.type != "post.edited" or _score(change) >= route.min_significance)
        and (not route.keywords or _mentions(change, route.keywords))
    )


def _modified_only(change: Change) -> bool:
    return change.type == "post.retimed" and tuple(change.fields) == ("modified",)


def _score(change: Change) -> float:
    """An edit nobody scored passes: silence is no judgement."""
    return 1.0 if change.significance is None else change.significance.score


def _mentions(change: Change, keywords: Sequence[str]) -> bool:
    text = "\n".join(_texts(change)).casefold()
    return any(keyword.casefold() in text for keyword in keywords)


def _texts(change: Change) -> Iterator[str]:
    for version in (change.before, change.after):
        if version is not None:
            yield version.headline
            yield from version.body
    if change.post is not None:
        yield change.post.headline
    if change.page is not None:
        page = change.page
        yield from filter(None, (page.title, page.summary, page.previous_title, page.previous_summary))
