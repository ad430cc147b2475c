"""Changes about delivery itself: what they say, and who hears of them."""

from dataclasses import replace

import pytest

from monitor.core.deliver.operational import Operational, operational, told_to
from monitor.core.deliver.wire import decode, encode, fetched_at, readable
from monitor.model import Route
from tests.kit.attempts import delivery
from tests.kit.changes import AT, SOURCE, edited, failing

TYPES: tuple[Operational, ...] = ("delivery.failing", "delivery.dead", "destination.disabled")


@pytest.mark.parametrize("type_", TYPES)
def test_it_says_which_destination_and_why_and_keeps_to_its_schema(type_: Operational) -> None:
    """The subject is the destination, the source that of the delivery; said again it is the same change."""
    head = delivery(edited("chg_7"))
    change = operational(type_, head, "HTTP 404", AT)
    again = operational(type_, head, "HTTP 404", AT)

    assert change is not None
    assert change == again == decode(encode(change))
    assert (change.type, change.subject, change.source) == (type_, "desk", SOURCE)
    assert change.reason is not None
    assert change.reason.endswith("HTTP 404")
    assert ("chg_7" in change.reason) == (type_ != "destination.disabled")


def test_trouble_with_telling_of_trouble_is_not_told() -> None:
    """Only that a destination was closed is told, whatever was on its way to it."""
    about = operational("delivery.dead", delivery(edited()), "no", AT)
    assert about is not None
    told = [operational(type_, delivery(about), "no", AT) for type_ in TYPES]

    assert [one is None for one in told] == [True, True, False]


def test_a_body_that_cannot_be_read_is_told_of_by_its_lane() -> None:
    """What is left of it is the name of its source."""
    change = operational("delivery.dead", replace(delivery(edited()), body=b"{garbage"), "no", AT)

    assert change is not None
    assert (change.source.name, change.source.url) == ("budget-day", "")


def test_only_routes_that_name_the_type_hear_of_it() -> None:
    """Neither the default routes, nor one that takes every type, nor the destination itself."""
    change = operational("delivery.failing", delivery(edited()), "no", AT)
    assert change is not None
    names = ("desk", "ops", "wall")
    asking = Route(to=("desk", "ops", "gone"), types=("delivery.failing",))

    assert told_to(change, (), names) == {}
    assert told_to(change, (Route(to=("ops",)),), names) == {}
    assert told_to(change, (Route(to=("wall",), types=("delivery.dead",)), asking), names) == {"ops": (None,)}


def test_a_wire_form_is_glanced_at() -> None:
    """Whether it is one, and when its page was fetched, without reading all of it."""
    assert [readable(body) for body in (encode(edited()), encode(failing()), b"", b"{garbage", b"[]")] == [
        True, True, False, False, False,
    ]  # fmt: skip
    assert fetched_at(encode(edited())) == AT
    assert fetched_at(encode(failing())) is None
    assert fetched_at(b"no") is None
