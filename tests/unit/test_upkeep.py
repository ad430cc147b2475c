"""Changes about the watching itself: what they say, whose they are, and who hears of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.core.deliver.route import reached, routing
from monitor.core.deliver.upkeep import HealthType, Turn, change_of
from monitor.core.deliver.wire import decode, encode
from monitor.model import HEALTH_TYPES, Route
from tests.kit.changes import AT, SOURCE

LATER = AT + timedelta(seconds=90)


def turn(type_: HealthType, awaits: str = "poll") -> Turn:
    """Trouble, or the end of it, that began at AT."""
    if type_.startswith("role."):
        return Turn(type=type_, name="poll", since=AT)
    return Turn(type=type_, name=SOURCE.name, since=AT, source=SOURCE, awaits=awaits)


@pytest.mark.parametrize(
    ("type_", "awaits", "said"),
    [
        (
            "role.stopped",
            "",
            "no sign of life since 21 Mar 12:03:10 UTC: sources are not visited; start `stetwatch poll`",
        ),
        ("role.recovered", "", "back after 1 min"),
        ("source.stalled", "poll", "due since 21 Mar 12:03:10 UTC, and no poller has come"),
        ("source.stalled", "work", "fetched, and since 21 Mar 12:03:10 UTC no worker has compared the copy"),
        ("source.resumed", "", "taken up again after 1 min"),
    ],
)
def test_it_says_what_happened_in_a_line(type_: HealthType, awaits: str, said: str) -> None:
    """The reason is one line for a person, and the wire form says the same."""
    change = change_of(turn(type_, awaits), LATER)

    assert change.reason == said
    assert decode(encode(change)) == change


@pytest.mark.parametrize("type_", HEALTH_TYPES)
def test_told_by_whomever_it_is_the_same_change(type_: HealthType) -> None:
    """The id says which trouble, not when it was told; the next trouble of the same kind has another."""
    one, again = change_of(turn(type_), AT), change_of(turn(type_), LATER)
    next_one = Turn(type=type_, name="poll", since=LATER)

    assert one.id == again.id
    assert change_of(next_one, LATER).id != one.id


def test_a_role_belongs_to_no_source() -> None:
    """Its source is Stetwatch itself, its subject the role; a source's trouble belongs to the source."""
    role, source = change_of(turn("role.stopped"), LATER), change_of(turn("source.stalled"), LATER)

    assert (role.source.name, role.source.url, role.subject) == ("stetwatch", "", "poll")
    assert (source.source, source.subject) == (SOURCE, "source")


@pytest.mark.parametrize("type_", HEALTH_TYPES)
def test_without_routes_everybody_hears_of_it_and_with_them_who_takes_the_type(type_: HealthType) -> None:
    """As of a source that fails; a destination that bears the name of a role hears of the role too."""
    change, names = change_of(turn(type_), LATER), ("desk", "poll")

    assert tuple(reached(change, routing((), names))) == names
    assert tuple(reached(change, routing((Route(to=("poll",)),), names))) == ("poll",)
    assert reached(change, routing((Route(to=names, types=("post.added",)),), names)) == {}
