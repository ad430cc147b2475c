"""Sites that round their labels: "2 hours ago" from an hour and a half on is measured, and is no re-timestamp."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from backports import zstd

from monitor.core.compare.rounding import Kind, measured
from monitor.core.compare.state import SourceState, pack, unpack
from monitor.core.times import read
from monitor.model import Post
from tests.kit.pages import DAY, Watch, page, post

START = DAY + timedelta(hours=6, seconds=20)
NEWS = {f"n{place}": START + timedelta(minutes=9 * place, seconds=7 * place) for place in range(30)}


def _label(age_s: float, *, rounds: bool) -> str:
    minutes, hours = (int(age_s / unit + 0.5 * rounds) for unit in (60, 3600))
    if minutes < 60:
        return f"{minutes} min ago" if minutes else "just now"
    return f"{hours} hour{'s' * (hours > 1)} ago"


def _shown(published: Mapping[str, datetime], at: datetime, *, rounds: bool) -> tuple[Post, ...]:
    """The posts that are out by then, newest first, under the labels of a site of this kind."""
    out = sorted(((when, name) for name, when in published.items() if when <= at), reverse=True)
    return tuple(
        post(
            name,
            f"Report {name}",
            f"Words of {name}, told at some length.",
            at=read(_label((at - when).total_seconds(), rounds=rounds), at, UTC),
        )
        for when, name in out
    )


def _watched(watch: Watch, published: Mapping[str, datetime], minutes: int, *, rounds: bool) -> list[str]:
    """The posts told as re-timed while a page is polled each minute."""
    told = []
    for _ in range(minutes):
        found = watch.see(page(*_shown(published, watch.now + timedelta(minutes=1), rounds=rounds)))
        told += [str(change.post.key) for change in found.changes if change.type == "post.retimed" and change.post]
    return told


@pytest.mark.parametrize(("rounds", "kind"), [(True, "rounds"), (False, "floor")])
def test_ticking_labels_of_either_kind_are_no_re_timestamp_and_tell_the_kind(rounds: bool, kind: Kind) -> None:
    """Posts that pass from minutes to hours move nothing, and show whether their site rounds."""
    watch = Watch(now=START)
    assert _watched(watch, NEWS, 60 * 5, rounds=rounds) == []
    assert measured(watch.state.rounding) == kind


def test_labels_of_a_site_that_rounds_are_read_half_a_unit_wider() -> None:
    """Once that is measured, what is known of a new post holds its true time, however late it is met."""
    watch = Watch(now=START)
    _watched(watch, NEWS, 60 * 5, rounds=True)
    found = {"late": watch.now - timedelta(minutes=100), **NEWS}
    _watched(watch, found, 1, rounds=True)
    late = next(track for track in watch.state.tracks if track.key == "late")
    assert late.published is not None
    assert late.published.earliest <= found["late"] <= late.published.latest


@pytest.mark.parametrize("rounds", [True, False])
@pytest.mark.parametrize("known_for", [30, 60 * 5])
def test_a_post_put_on_top_again_is_told_on_sites_of_either_kind(rounds: bool, known_for: int) -> None:
    """A label that jumps back to minutes is a re-timestamp, whatever is known of the site."""
    watch = Watch(now=START)
    _watched(watch, NEWS, known_for, rounds=rounds)
    assert _watched(watch, {**NEWS, "n0": watch.now - timedelta(seconds=30)}, 3, rounds=rounds) == ["n0"]


def test_a_post_put_a_little_back_is_told_where_the_site_is_known_to_round_down() -> None:
    """Twenty minutes earlier is what rounding looks like, and is told once the site has shown that it does not."""
    watch = Watch(now=START)
    _watched(watch, NEWS, 60 * 5, rounds=False)
    moved = {**NEWS, "n25": NEWS["n25"] - timedelta(minutes=20)}
    assert _watched(watch, moved, 60 * 2, rounds=False) == ["n25"]


def test_one_post_put_back_does_not_make_others_move() -> None:
    """One contradiction that rounding would explain is believed to be that, and costs the other posts nothing."""
    watch = Watch(now=START)
    _watched(watch, NEWS, 50, rounds=False)
    moved = {**NEWS, "n0": NEWS["n0"] - timedelta(minutes=20)}
    assert set(_watched(watch, moved, 60 * 4, rounds=False)) <= {"n0"}
    assert measured(watch.state.rounding) == "floor"


@pytest.mark.parametrize("rounds", [True, False])
def test_a_site_that_is_built_anew_is_measured_anew(rounds: bool) -> None:
    """A morning of one kind, then the other: the page's labels change alike, and no post was re-timed."""
    news = {f"n{place}": START + timedelta(minutes=19 * place, seconds=7 * place) for place in range(20)}
    watch = Watch(now=START)
    told = _watched(watch, news, 60 * 4, rounds=rounds)
    assert told + _watched(watch, news, 60 * 3, rounds=not rounds) == []
    assert measured(watch.state.rounding) == ("floor" if rounds else "rounds")


def test_a_state_written_before_rounding_was_measured_is_read() -> None:
    """A stored state without these fields is one of a source of which nothing is known yet."""
    watch = Watch(now=START)
    _watched(watch, NEWS, 20, rounds=True)
    old = msgspec.msgpack.decode(zstd.decompress(pack(watch.state)[1:]))
    del old["rounding"]
    for track in old["tracks"]:
        del track["ticked"]
    state = unpack(b"\x01" + zstd.compress(msgspec.msgpack.encode(old)))
    assert (state.rounding, {track.ticked for track in state.tracks}) == (SourceState().rounding, {""})
    watch.state = state
    assert _watched(watch, NEWS, 60 * 3, rounds=True) == []
