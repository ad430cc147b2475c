"""What the operators' pages say: lengths of time, conditions of sources and destinations."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest

from monitor.model import Source
from monitor.ports.deliveries import AttemptRow, DeliveryRow, DestinationState
from monitor.ports.sourcing import Condition, PollMark, SourceStanding
from monitor.web.condition import CONDITIONS, cadence, status
from monitor.web.delivery_words import breaker, lately, outcome, standing, waiting
from monitor.web.spoken import ago, counted, lasting, sized
from tests.kit.web_desks import NOW

FINE = DestinationState(name="desk")


def source(condition: Condition, **parts: Any) -> SourceStanding:
    """A source in a condition."""
    return SourceStanding(
        source=Source(name="budget", url="https://news.example/live"), origin="file", condition=condition, **parts
    )


def attempt(outcome_: Any = "retry", **parts: Any) -> AttemptRow:
    """One attempt."""
    base = {"status": 503, "reason": "HTTP 503", "next_at": None, "answer": "", "message": "", "address": "192.0.2.1"}
    told: dict[str, Any] = base | parts
    return AttemptRow(at=NOW, change_id="chg_1", lane="a/b", n=1, outcome=outcome_, duration_s=0.2, **told)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 ms"), (0.34, "340 ms"), (1, "1 s"), (59.6, "1 min"), (200, "3 min 20 s"), (3_600, "1 h"),
        (7_500, "2 h 5 min"), (7_501, "2 h 5 min"), (3_605, "1 h"), (86_400, "1 day"), (180_000, "2 days 2 h"),
        (350_000, "4 days"),
    ],
)  # fmt: skip
def test_lengths_are_said_in_two_units(seconds: float, said: str) -> None:
    """The two largest that count; nobody reads the seconds of a day."""
    assert lasting(seconds) == said


def test_moments_sizes_and_numbers_are_said_in_words() -> None:
    """Before and after now; bytes by powers of a thousand; one of a thing in the singular."""
    assert (ago(NOW - timedelta(seconds=12), NOW), ago(NOW + timedelta(minutes=3), NOW)) == ("12 s ago", "in 3 min")
    assert ago(NOW + timedelta(milliseconds=400), NOW) == "now"
    assert [sized(n) for n in (1, 870, 34_400, 1_240_000)] == ["1 byte", "870 bytes", "34 kB", "1.2 MB"]
    assert [counted(n, "copy", "copies") for n in (1, 1_200)] == ["1 copy", "1,200 copies"]


def test_every_condition_has_its_words() -> None:
    """None is left out, neither in the list of filters nor in the sentence."""
    assert set(CONDITIONS) == set(get_args(Condition))
    for condition in get_args(Condition):
        said = status(source(condition))
        assert (said.condition, said.word.lower()) == (condition, CONDITIONS[condition])


def test_a_source_says_why_and_what_comes_next() -> None:
    """Failing because of what, and when it is tried again; stalled, and by whom; late rather than due in the past."""
    failing = status(source("failing", reason="HTTP 503", since=NOW, due_in_s=45.0))
    assert (failing.because, failing.since) == ("HTTP 503", NOW)
    assert failing.next.endswith("It is tried again in 45 s.")
    assert status(source("stalled", due_in_s=-90.0)).because == "it is due, yet no poller came"
    assert status(source("stalled", waiting=2)).because == "2 copies fetched, yet no worker came"
    assert status(source("healthy", due_in_s=-90.0)).next == "The next visit is late by 1 min 30 s."
    assert status(source("retrying", failures=2)).because == "the last 2 visits failed"
    paused = status(source("paused", reason="moving (by ada)")), status(source("paused", reason="by ada"))
    assert [(one.because, one.by) for one in paused] == [("moving (by ada)", ""), ("", "ada")]
    assert status(source("paused")).next == "It is not visited until it is resumed."


def test_the_cadence_is_told_with_its_bounds_and_what_it_rests_on() -> None:
    """At a bound or between them, and at how many of the last visits the page was another."""
    polls = [PollMark(at=NOW, outcome="changed" if n < 2 else "same", took_ms=40, bytes=1, next_s=30) for n in range(5)]
    assert cadence(source("new"), []) == "Not learned yet; it may be anything from 15 s to 10 min."
    assert cadence(source("healthy", interval_s=60.0), []) == "Every 1 min, between its bounds of 15 s to 10 min."
    often = "Every 15 s, as often as it may (bounds: 15 s to 10 min): the page was another at 2 of the last 5 visits."
    assert cadence(source("healthy", interval_s=15.0), polls) == often
    assert "as seldom as it may" in cadence(source("healthy", interval_s=600.0), [])


def test_a_destination_says_how_it_fares() -> None:
    """Fine, a hiccup, failing, held by whom and why; and the rest that it asked for."""
    fine = standing(DestinationState(name="desk"), NOW)
    assert (fine.fares, fine.word, fine.next) == ("active", "Fine", "")
    once = standing(DestinationState(name="desk", failing_since=NOW, failed=1), NOW)
    assert (once.fares, once.because) == ("retrying", "1 attempt failed since something last arrived")
    assert standing(DestinationState(name="desk", failing_since=NOW, failed=1, breaker="open"), NOW).fares == "failing"
    rest = DestinationState(name="desk", wish_until=NOW + timedelta(minutes=2))
    assert standing(rest, NOW).next == "It asked for a rest: nothing is sent for 2 min."
    held = standing(DestinationState(name="desk", state="paused", by="ada", reason="moving", since=NOW), NOW)
    assert (held.fares, held.by, held.because) == ("paused", "ada", "moving")
    assert standing(DestinationState(name="desk", state="disabled"), NOW).word == "Disabled"


def test_the_breaker_says_when_it_tries() -> None:
    """Closed, open until, and half open."""
    until = NOW + timedelta(seconds=90)
    assert breaker(DestinationState(name="desk"), NOW).startswith("closed")
    assert breaker(DestinationState(name="desk", breaker="open", breaker_until=until), NOW).endswith("in 1 min 30 s")
    assert breaker(DestinationState(name="desk", breaker="half open"), NOW).startswith("half open")


def test_attempts_are_told_by_what_came_of_them() -> None:
    """Arrived, refused, without an answer, given up; and how many of the last arrived."""
    assert outcome(attempt("delivered", status=204)) == "arrived (HTTP 204)"
    assert outcome(attempt("retry", status=None, reason="")) == "no answer"
    assert outcome(attempt("dead", reason="HTTP 410")) == "given up: HTTP 410"
    assert lately([attempt(), attempt("delivered")]) == "1 of the last 2 attempts arrived"
    assert lately([]) == "no attempt yet"


def test_what_waits_says_what_for() -> None:
    """Its turn, a moment, quiet hours, its post's earlier changes; or what keeps its whole destination."""
    row = DeliveryRow(destination="desk", change_id="chg_1", lane="a/b", state="pending", attempts=0, at=NOW)
    later: dict[str, Any] = {"due_at": NOW + timedelta(minutes=5)}

    def said(at: DestinationState = FINE, **parts: Any) -> str:
        return waiting(replace(row, **parts), NOW, at)

    assert said() == "behind its post's earlier changes"
    assert said(due_at=NOW) == "its turn is now"
    assert said(**later) == "next try in 5 min"
    assert said(**later, held=True) == "quiet hours end in 5 min"
    assert said(replace(FINE, breaker="open"), due_at=NOW) == "the breaker to close"
    assert said(replace(FINE, state="paused"), due_at=NOW) == "desk to be resumed"
