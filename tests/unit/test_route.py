"""Which destinations hear of a change."""

from dataclasses import replace

import pytest

from monitor.core.deliver.route import destinations
from monitor.model import Change, PageRef, Route, Significance
from tests.kit.changes import POST, SOURCE, added, edited, failing

NAMES = ("desk", "archive")
RETIMED = edited(type="post.retimed", fields=("published",), redline={})
MODIFIED = edited(type="post.retimed", fields=("modified",), redline={})
TITLE = Change(
    id="chg_1", type="page.edited", at=added().at, source=SOURCE, subject="page", page=PageRef(title="Budget live")
)  # fmt: skip


def test_without_routes_everybody_hears_of_posts_and_sources() -> None:
    """Posts' and sources' changes go to every destination; page changes and the touch of a modified date to none."""
    assert destinations(added(), (), NAMES) == destinations(failing(), (), NAMES) == NAMES
    assert destinations(RETIMED, (), NAMES) == NAMES
    assert destinations(TITLE, (), NAMES) == destinations(MODIFIED, (), NAMES) == ()


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
    ],
)  # fmt: skip
def test_every_matcher_of_a_route_must_agree(route: Route, change: Change, matches: bool) -> None:
    """Types, tags, sources, significance (of edits), modified dates and keywords each let pass or hold back."""
    assert destinations(change, (route,), NAMES) == (("desk",) if matches else ())


def test_destinations_come_once_in_the_routes_order() -> None:
    """Two routes to one destination send one delivery; a name that is not configured is left out."""
    routes = (Route(to=("archive", "gone")), Route(to=("desk", "archive")))

    assert destinations(edited(significance=Significance(name="typo", score=0.1)), routes, NAMES) == ("archive", "desk")
