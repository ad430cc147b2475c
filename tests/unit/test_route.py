"""Which destinations hear of a change, and why not."""

from dataclasses import replace
from datetime import time
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.deliver.route import judged, reached, routing
from monitor.model import OPERATIONAL_TYPES, Change, ChangeType, PageRef, QuietHours, Route, Significance
from tests.kit.changes import POST, SOURCE, added, changes, edited, failing

NAMES = ("desk", "archive")
RETIMED = edited(type="post.retimed", fields=("published",), redline={})
MODIFIED = edited(type="post.retimed", fields=("modified",), redline={})
TITLE = Change(
    id="chg_1", type="page.edited", at=added().at, source=SOURCE, subject="page", page=PageRef(title="Budget live"),
    fields=("title",),
)  # fmt: skip
DEAD = Change(id="chg_1", type="delivery.dead", at=added().at, source=SOURCE, subject="archive")
NIGHT = QuietHours(start=time(22), end=time(6), timezone="Europe/London")


def destinations(change: Change, *routes: Route) -> tuple[str, ...]:
    """The names that a change reaches."""
    return tuple(reached(change, routing(routes, NAMES)))


def test_without_routes_everybody_hears_of_posts_and_sources() -> None:
    """Posts' and sources' changes go to every destination; page changes and the touch of a modified date to none."""
    assert destinations(added()) == destinations(failing()) == NAMES
    assert destinations(RETIMED) == NAMES
    assert destinations(TITLE) == destinations(MODIFIED) == destinations(DEAD) == ()


@pytest.mark.parametrize(
    ("route", "change", "matches"),
    [
        (Route(to=("desk",)), TITLE, True),
        (Route(to=("desk",), types=("post.edited",)), edited(), True),
        (Route(to=("desk",), types=("post.edited",)), added(), False),
        (Route(to=("desk",), tags=("sport", "politics")), edited(), True),
        (Route(to=("desk",), tags=("sport",)), edited(), False),
        (Route(to=("desk",), sources=("budget-day",)), edited(), True),
        (Route(to=("desk",), sources=("other",)), edited(), False),
        (Route(to=("desk",), fields=("headline", "body")), edited(), True),
        (Route(to=("desk",), fields=("headline",)), edited(), False),
        (Route(to=("desk",), fields=("headline",)), RETIMED, False),
        (Route(to=("desk",), fields=("title",)), TITLE, True),
        (Route(to=("desk",), fields=("headline",)), added(), True),
        (Route(to=("desk",), min_significance=0.9), edited(), True),
        (Route(to=("desk",), min_significance=0.91), edited(), False),
        (Route(to=("desk",), min_significance=0.91), added(), True),
        (Route(to=("desk",), min_significance=0.91), edited(significance=None), True),
        (Route(to=("desk",)), MODIFIED, False),
        (Route(to=("desk",), modified_only=True), MODIFIED, True),
        (Route(to=("desk",), keywords=("PEOPLE",)), edited(), True),
        (Route(to=("desk",), keywords=("14",)), edited(), True),
        (Route(to=("desk",), keywords=("straße",)), edited(post=replace(POST, headline="STRASSE")), True),
        (Route(to=("desk",), keywords=("budget",)), TITLE, True),
        (Route(to=("desk",), keywords=("election",)), edited(), False),
        (Route(to=("desk",), keywords=("people",)), failing(), False),
        (Route(to=("desk",)), DEAD, False),
        (Route(to=("desk",), types=("delivery.dead",)), DEAD, True),
        (Route(to=("archive",), types=("delivery.dead",)), DEAD, False),
    ],
)  # fmt: skip
def test_every_matcher_of_a_route_must_agree(route: Route, change: Change, matches: bool) -> None:
    """Types, tags, sources, fields, significance (of edits), modified dates and keywords each let pass or hold back;
    what befell a destination goes only where it is asked for, never to the destination itself."""
    assert destinations(change, route) == (route.to if matches else ())


def test_destinations_come_once_in_the_routes_order_with_the_quiet_hours_of_each_way() -> None:
    """Two routes to one destination send one delivery; a name that is not configured is left out."""
    change = edited(significance=Significance(name="typo", score=0.1))
    routes = (
        Route(to=("archive", "gone"), quiet=NIGHT),
        Route(to=("desk",), types=("post.added",), quiet=NIGHT),
        Route(to=("desk", "archive")),
    )

    found = reached(change, routing(routes, NAMES))
    assert list(found.items()) == [("archive", (NIGHT, None)), ("desk", (None,))]


def test_each_matcher_says_why() -> None:
    """A person who asks why a route does not take a change is told by matcher, in words."""
    route = Route(
        to=("desk",), types=("post.added",), sources=("other",), tags=("politics",), fields=("headline", "author"),
        min_significance=0.95, keywords=("people", "tax"),
    )  # fmt: skip

    (way,) = routing([route], NAMES).ways
    assert [(one.matcher, one.passes, one.because) for one in judged(edited(), way)] == [
        ("types", False, "post.edited, not post.added"),
        ("sources", False, "budget-day, not other"),
        ("tags", True, "politics"),
        ("fields", False, "body, not headline / author"),
        ("min_significance", False, "0.9 is below 0.95"),
        ("keywords", True, "found: people"),
    ]
    (bare,) = routing([Route(to=("desk",))], NAMES).ways
    assert [one.matcher for one in judged(edited(), bare) if one.asked] == []
    assert next(judged(DEAD, bare)).because == "delivery.dead goes only where a route names it"


@given(changes(), st.sampled_from(get_args(ChangeType)))
def test_naming_a_type_never_takes_more(change: Change, type_: ChangeType) -> None:
    """Law: what a route for one type takes, a route for every type takes too, but for operational changes."""
    narrow, wide = Route(to=NAMES, types=(type_,)), Route(to=NAMES)

    if change.type not in OPERATIONAL_TYPES:
        assert set(destinations(change, narrow)) <= set(destinations(change, wide))
    assert change.type == type_ or destinations(change, narrow) == ()
