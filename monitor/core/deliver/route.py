"""Which destinations hear of a change, by which routes, and why not by the others."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from monitor.core.deliver.keywords import Keywords, automaton
from monitor.model import HEALTH_TYPES, OPERATIONAL_TYPES, POST_TYPES, SOURCE_TYPES, Change, QuietHours, Route

DEFAULT_TYPES = (*POST_TYPES, *SOURCE_TYPES, *HEALTH_TYPES)

_WITH_FIELDS = ("post.edited", "post.retimed", "page.edited")


@dataclass(frozen=True, slots=True)
class Way:
    """A route made ready to match."""

    route: Route
    keywords: Keywords


@dataclass(frozen=True, slots=True)
class Routing:
    """All routes made ready, and the names of the destinations there are."""

    ways: tuple[Way, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one matcher of a route says of a change, and why. ``asked`` is false where the route does not set it."""

    matcher: str
    passes: bool
    because: str
    asked: bool = True


def routing(routes: Sequence[Route], names: Sequence[str]) -> Routing:
    """The routes made ready, once for many changes.

    Without routes every destination gets posts' and sources' changes, and hears of roles that stop.
    """
    wanted = tuple(routes) or (Route(to=tuple(names), types=DEFAULT_TYPES),)
    return Routing(tuple(Way(route, automaton(route.keywords)) for route in wanted), tuple(names))


def reached(change: Change, routing: Routing) -> dict[str, tuple[QuietHours | None, ...]]:
    """The destinations of a change, each once, in the order of the routes, with the quiet hours of every route that
    leads there (``quiet.released_at`` weighs them).

    A destination never hears of itself.
    """
    found: dict[str, tuple[QuietHours | None, ...]] = {}
    for way in routing.ways:
        if all(verdict.passes for verdict in judged(change, way)):
            for name in way.route.to:
                if name in routing.names and not _about_itself(change, name):
                    found[name] = (*found.get(name, ()), way.route.quiet)
    return found


def judged(change: Change, way: Way) -> Iterator[Verdict]:
    """What each matcher of a route says, the cheap ones first; all must pass.

    Significance is asked of ``post.edited`` only, fields of the types that have any; other types pass by type. A
    change of ``modified`` alone goes only where a route says ``modified_only``, operational changes only where a route
    names their type.
    """
    route = way.route
    yield _of_type(change, route)
    yield _any_of("sources", route.sources, (change.source.name,))
    yield _any_of("tags", route.tags, change.source.tags)
    yield _fields(change, route)
    if _modified_only(change):
        why = "taken: modified_only is true" if route.modified_only else "the modified time alone changed"
        yield Verdict("modified_only", route.modified_only, why)
    yield _significance(change, route)
    if route.keywords:
        found = way.keywords.first(_texts(change))
        why = f"no {' / '.join(route.keywords)} in its text" if found is None else f"found: {found}"
        yield Verdict("keywords", found is not None, why)
    else:
        yield _unasked("keywords")


def _unasked(matcher: str) -> Verdict:
    return Verdict(matcher, passes=True, because="any", asked=False)


def _any_of(matcher: str, wanted: Sequence[str], given: Collection[str]) -> Verdict:
    if not wanted:
        return _unasked(matcher)
    common = [one for one in wanted if one in given]
    why = ", ".join(common) or f"{', '.join(given) or 'none'}, not {' / '.join(wanted)}"
    return Verdict(matcher, bool(common), why)


def _of_type(change: Change, route: Route) -> Verdict:
    if not route.types and change.type in OPERATIONAL_TYPES:
        return Verdict("types", passes=False, because=f"{change.type} goes only where a route names it")
    return _any_of("types", route.types, (change.type,))


def _fields(change: Change, route: Route) -> Verdict:
    if route.fields and change.type not in _WITH_FIELDS:
        return Verdict("fields", passes=True, because=f"not asked of {change.type}", asked=False)
    return _any_of("fields", route.fields, change.fields)


def _significance(change: Change, route: Route) -> Verdict:
    """An edit nobody scored passes: silence is no judgement."""
    if not route.min_significance:
        return _unasked("min_significance")
    if change.type != "post.edited" or change.significance is None:
        why = f"not asked of {change.type}" if change.type != "post.edited" else "nobody scored it"
        return Verdict("min_significance", passes=True, because=why, asked=False)
    score, least = change.significance.score, route.min_significance
    why = f"{score:g} is {'at least' if score >= least else 'below'} {least:g}"
    return Verdict("min_significance", score >= least, why)


def _about_itself(change: Change, name: str) -> bool:
    return change.type in OPERATIONAL_TYPES and change.subject == name


def _modified_only(change: Change) -> bool:
    return change.type == "post.retimed" and tuple(change.fields) == ("modified",)


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
