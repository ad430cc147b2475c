"""One turn of the detector, over an inbox in memory and a core that is told what to find."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import structlog

from monitor.core.compare.state import SourceState, pack, pack_text, unpack, unpack_text
from monitor.core.deliver.route import routing
from monitor.errors import StoreUnavailable
from monitor.model import Observation, QuietHours, Route, Snapshot, Source, Version
from monitor.ports import Claim, Commit
from monitor.roles import detector
from monitor.roles.detector import Drained, drain
from tests.kit.snapshots import NOON, make_change, make_failure, make_snapshot, make_source


@dataclass
class MemoryInbox:
    """``batches`` are claimed one after the other; what is asked of the inbox stands in ``calls``."""

    batches: list[list[Claim]]
    bodies: Mapping[str, bytes] = field(default_factory=dict)
    stored: Mapping[str, bytes] = field(default_factory=dict)
    fenced: bool = False
    away: bool = False
    calls: list[tuple[Any, ...]] = field(default_factory=list)
    commits: list[Commit] = field(default_factory=list)

    def silence(self) -> None:
        self.calls.append(("silence",))

    def claim(self, limit: int, lease_s: float) -> Sequence[Claim]:
        self.calls.append(("claim", limit, lease_s))
        return self.batches.pop(0) if self.batches else []

    def body(self, snapshot: Snapshot) -> bytes | None:
        if self.away:
            raise StoreUnavailable("away")
        return self.bodies.get(snapshot.sha256)

    def texts(self, source: str, tracks: Sequence[str]) -> Mapping[str, bytes]:
        self.calls.append(("texts", source, *tracks))
        return {track: self.stored[track] for track in tracks if track in self.stored}

    def commit(self, claim: Claim, commit: Commit) -> bool:
        self.calls.append(("commit", claim.source.name, commit.taken))
        if not self.fenced:
            self.commits.append(commit)
        return not self.fenced

    def set_aside(self, claim: Claim, reason: str) -> bool:
        self.calls.append(("set_aside", claim.source.name, reason))
        return True

    def release(self, claim: Claim, after_s: float) -> bool:
        self.calls.append(("release", claim.source.name, after_s))
        return True

    def ring(self) -> bool:
        self.calls.append(("ring",))
        return True

    def called(self, name: str) -> list[tuple[Any, ...]]:
        """The calls of one method, without its name."""
        return [call[1:] for call in self.calls if call[0] == name]


class ToldCore:
    """Core's two steps: it edits ``pst_1`` at every snapshot, and fails at the bodies ``bug``.

    ``seen`` holds what it was given: (body, title of the state before, texts).
    """

    def __init__(self) -> None:
        self.seen: list[tuple[bytes | None, str | None, dict[str, str]]] = []

    def begin(self, source: Source, state: SourceState, observation: Observation, body: bytes | None) -> Any:
        if body == b"bug":
            raise ZeroDivisionError("a bug")
        return SimpleNamespace(needs=("pst_1",), source=source, state=state, observation=observation, body=body)

    def conclude(self, begun: Any, texts: Mapping[str, Version]) -> Any:
        self.seen.append((begun.body, begun.state.title, {track: text.headline for track, text in texts.items()}))
        if not isinstance(begun.observation, Snapshot):
            return SimpleNamespace(state=begun.state, texts={}, changes=(), eager=True, fresh=0, refetch=False)
        number = int(begun.observation.name[:3])
        title = begun.body.decode()
        version = Version(headline=title, body=(), author=None, published=None, modified=None)
        return SimpleNamespace(
            state=SourceState(title=title),
            texts={"pst_1": version},
            changes=(make_change(number, source=begun.source.name),),
            eager=False,
            fresh=1,
            refetch=False,
        )


@pytest.fixture
def core(monkeypatch: pytest.MonkeyPatch) -> ToldCore:
    """Core's detection replaced; routing, wire form and packing are the real ones."""
    told = ToldCore()
    monkeypatch.setattr(detector, "detect", told)
    return told


def make_claim(*bodies: bytes, name: str = "desk", state: bytes | None = None) -> Claim:
    """A claim of one snapshot a body."""
    observations = tuple(make_snapshot(number, body) for number, body in enumerate(bodies, 1))
    return Claim(source=make_source(name), epoch=1, state=state, observations=observations, heat=0.0, heat_at=None)


def held(*bodies: bytes) -> dict[str, bytes]:
    """Those bodies, as the inbox keeps them."""
    return {make_snapshot(1, body).sha256: body for body in bodies}


def turn(inbox: MemoryInbox, *, clock: Sequence[float] = (), routes: Sequence[Route] = ()) -> Drained:
    """One drain at ten seconds past noon; ``clock`` are the monotonic readings, the last one lasting."""
    ticks = list(clock) or [0.0]
    return drain(
        inbox,
        routing=routing(routes, ["hook"]),
        now=lambda: NOON + timedelta(seconds=10),
        monotonic=lambda: ticks.pop(0) if len(ticks) > 1 else ticks[0],
    )


def test_a_turn_takes_everything_that_is_ready(core: ToldCore) -> None:
    """Claim after claim is committed until nothing is ready; a small batch rings for nobody."""
    inbox = MemoryInbox(
        [[make_claim(b"a"), make_claim(b"b", name="other")], [make_claim(b"c")]], held(b"a", b"b", b"c")
    )

    assert turn(inbox) == Drained(sources=3, observations=3, changes=3)

    assert inbox.calls[0] == ("silence",)
    assert inbox.called("ring") == []
    assert [body for body, _, _ in core.seen] == [b"a", b"b", b"c"]


@pytest.mark.usefixtures("core")
def test_a_full_batch_wakes_one_more_worker() -> None:
    """As many sources as asked for mean that more may be ready."""
    inbox = MemoryInbox([[make_claim(b"a", name=f"s{number}") for number in range(16)]], held(b"a"))

    turn(inbox)

    assert inbox.calls[2] == ("ring",)
    assert len(inbox.called("ring")) == 1


@pytest.mark.usefixtures("core")
def test_a_turn_ends_with_its_budget_and_rings() -> None:
    """After five seconds the worker gives its turn up with a ring, whatever is left."""
    inbox = MemoryInbox([[make_claim(b"a")], [make_claim(b"a")]], held(b"a"))

    assert turn(inbox, clock=[0, 0, 0, 5.1]).sources == 1

    assert inbox.calls[-1] == ("ring",)
    assert len(inbox.called("claim")) == 1


@pytest.mark.usefixtures("core")
def test_a_batch_is_left_when_its_lease_has_passed() -> None:
    """What another worker may hold by now is not worth the work."""
    inbox = MemoryInbox([[make_claim(b"a"), make_claim(b"a", name="late")]], held(b"a"))

    assert turn(inbox, clock=[0, 0, 0, 10.1]).sources == 1

    assert inbox.called("commit") == [("desk", 1)]


def test_a_commit_holds_all_that_a_claim_changed(core: ToldCore) -> None:
    """State, texts, changes with wire form and destinations, heat, counters and delays of both observations."""
    inbox = MemoryInbox([[make_claim(b"a", b"b")]], held(b"a", b"b"))

    turn(inbox)

    [commit] = inbox.commits
    assert commit.taken == 2
    assert unpack(commit.state) == SourceState(title="b")
    assert {track: unpack_text(text or b"").headline for track, text in commit.texts.items()} == {"pst_1": "b"}
    assert [(written.change, written.destinations) for written in commit.changes] == [
        (make_change(1), ("hook",)),
        (make_change(2), ("hook",)),
    ]
    assert all(written.body.startswith(b"{") for written in commit.changes)
    assert (commit.heat, commit.heat_at, commit.eager) == (2.0, NOON + timedelta(seconds=10), False)
    assert commit.counters == {"observations_total": 2, "detect_delay_ms_total": 17_000}
    assert commit.timings_ms == {"detect_ms": [9_000.0, 8_000.0]}
    assert [title for _, title, _ in core.seen] == [None, "a"]


def test_texts_rewritten_in_a_claim_lie_over_the_stored_ones(core: ToldCore) -> None:
    """The second observation sees the first one's text, not the stored one, and does not ask for it."""
    stored = pack_text(Version(headline="old", body=(), author=None, published=None, modified=None))
    inbox = MemoryInbox([[make_claim(b"a", b"b")]], held(b"a", b"b"), {"pst_1": stored})

    turn(inbox)

    assert [texts for _, _, texts in core.seen] == [{"pst_1": "old"}, {"pst_1": "a"}]
    assert inbox.called("texts") == [("desk", "pst_1"), ("desk",)]


@pytest.mark.usefixtures("core")
def test_observations_without_a_page_have_no_delay() -> None:
    """A failed poll is taken, makes the source eager when core says so, and counts in no snapshot's delay."""
    claim = Claim(
        source=make_source(), epoch=1, state=pack(SourceState()), observations=(make_failure(1),), heat=0, heat_at=None
    )
    inbox = MemoryInbox([[claim]])

    assert turn(inbox) == Drained(sources=1, observations=1, changes=0)

    [commit] = inbox.commits
    assert commit.eager
    assert commit.timings_ms == {"detect_ms": []}


@pytest.mark.usefixtures("core")
def test_a_bug_at_the_head_sets_it_aside_and_the_turn_goes_on() -> None:
    """An unexpected exception costs its observation, with a traceback in the log, and nobody else's."""
    inbox = MemoryInbox([[make_claim(b"bug", b"b"), make_claim(b"a", name="other")]], held(b"bug", b"a", b"b"))

    with structlog.testing.capture_logs() as logged:
        assert turn(inbox) == Drained(sources=1, observations=1, changes=1)

    assert inbox.called("set_aside") == [("desk", "detection failed: ZeroDivisionError: a bug")]
    assert inbox.called("commit") == [("other", 1)]
    assert [(entry["source"], entry["exc_info"]) for entry in logged if entry["event"] == "detection failed"] == [
        ("desk", True)
    ]


@pytest.mark.usefixtures("core")
def test_a_bug_further_on_commits_what_came_before() -> None:
    """The observations before the bug are kept; the bug is the head of the source's next claim."""
    inbox = MemoryInbox([[make_claim(b"a", b"bug", b"c")]], held(b"a", b"bug", b"c"))

    assert turn(inbox).observations == 1

    [commit] = inbox.commits
    assert (commit.taken, unpack(commit.state).title) == (1, "a")
    assert inbox.called("set_aside") == []


@pytest.mark.usefixtures("core")
def test_a_store_that_goes_away_is_no_bug_of_the_observation() -> None:
    """The role's caller hears of it; nothing is set aside."""
    inbox = MemoryInbox([[make_claim(b"a")]], away=True)

    with pytest.raises(StoreUnavailable):
        turn(inbox)

    assert inbox.called("set_aside") == []


@pytest.mark.usefixtures("core")
def test_a_refused_commit_counts_for_nothing() -> None:
    """What another worker holds by now is not ours to report."""
    inbox = MemoryInbox([[make_claim(b"a")]], held(b"a"), fenced=True)

    assert turn(inbox) == Drained()


@pytest.mark.usefixtures("core")
def test_a_state_of_another_version_is_left_alone() -> None:
    """A worker that cannot read a state touches neither it nor the source's observations, for a minute at a time."""
    inbox = MemoryInbox([[make_claim(b"a", state=b"\xffnewer"), make_claim(b"a", name="other")]], held(b"a"))

    assert turn(inbox).sources == 1

    assert inbox.called("commit") == [("other", 1)]
    assert inbox.called("release") == [("desk", 60.0)]
    assert inbox.called("set_aside") == []


@pytest.mark.usefixtures("core")
def test_quiet_hours_hold_the_delivery_and_not_the_change(core: ToldCore) -> None:  # noqa: ARG001  # finds changes
    """The change is committed at once; its destination is held until quiet ends, by the clock of the commit."""
    quiet = QuietHours(start=time(12), end=time(13, 30), timezone="UTC")
    inbox = MemoryInbox([[make_claim(b"a")]], held(b"a"))
    turn(inbox, routes=[Route(to=("hook",), quiet=quiet)])

    [written] = inbox.commits[0].changes
    assert written.destinations == ("hook",)
    assert written.holds == {"hook": NOON.replace(hour=13, minute=30)}


def test_bytes_that_told_a_change_are_its_evidence() -> None:
    """The commit names the body of a snapshot that told something, to be kept."""
    inbox = MemoryInbox([[make_claim(b"a")]], held(b"a"))

    turn(inbox)

    [commit] = inbox.commits
    assert (commit.evidence, commit.spent) == ([make_snapshot(1, b"a").sha256], [])


def live_page(*headlines: str) -> bytes:
    """A page that the real core reads."""
    posts = [{"@type": "BlogPosting", "@id": f"#{place}", "headline": text} for place, text in enumerate(headlines)]
    blog = json.dumps({"@type": "LiveBlogPosting", "liveBlogUpdate": posts})
    return f'<script type="application/ld+json">{blog}</script>'.encode()


def test_bytes_that_told_nothing_are_spent() -> None:
    """A page read at first sight, and the same posts in other bytes, are needed no more."""
    pages = live_page("Rates rise"), live_page("Rates rise") + b"<!-- nonce -->"
    inbox = MemoryInbox([[make_claim(*pages)]], held(*pages))

    turn(inbox)

    [commit] = inbox.commits
    assert (commit.evidence, commit.spent) == ([], [make_snapshot(1, page).sha256 for page in pages])


def test_the_first_sight_of_a_source_is_logged_once() -> None:
    """Whoever starts a watch reads that the page was understood, and how; a later page says nothing of it."""
    pages = live_page("Rates rise"), live_page("Rates rise", "Pound falls")
    inbox = MemoryInbox([[make_claim(*pages)]], held(*pages))

    with structlog.testing.capture_logs() as logged:
        turn(inbox)

    sights = [line for line in logged if line["event"].startswith("first sight")]
    assert [(line["source"], line["rung"], line["log_level"]) for line in sights] == [("desk", "jsonld", "info")]


def test_a_copy_that_cannot_be_read_asks_for_another() -> None:
    """Commit says so, names the trouble, and lets nobody throw the bytes away; a good copy takes it all back."""
    good, bad = live_page("Rates rise"), b""
    first = MemoryInbox([[make_claim(good, bad)]], held(good, bad))
    turn(first)
    [commit] = first.commits

    assert commit.refetch
    assert commit.trouble
    assert make_snapshot(2, bad).sha256 not in commit.spent

    second = MemoryInbox([[make_claim(good, state=commit.state)]], held(good))
    turn(second)
    assert (second.commits[0].refetch, second.commits[0].trouble) == (False, "")


def test_bytes_that_expired_ask_for_another_copy() -> None:
    """A snapshot whose bytes are gone is no reason to go on asking whether the page has changed since."""
    inbox = MemoryInbox([[make_claim(live_page("Rates rise"))]], {})

    turn(inbox)

    assert inbox.commits[0].refetch


@pytest.mark.usefixtures("core")
def test_another_page_under_the_same_name_has_names_of_its_own() -> None:
    """The same happening on the page after the move gets another id, and the same one each time it is detected."""
    told = []
    for generation in (0, 1, 1, 2):
        claim = replace(make_claim(b"a"), generation=generation)
        inbox = MemoryInbox([[claim]], held(b"a"))
        turn(inbox)
        [written] = inbox.commits[0].changes
        assert written.change.id.encode() in written.body
        told.append(written.change.id)

    assert told[0] == make_change(1).id
    assert told[1] == told[2]
    assert len(set(told)) == 3
    assert all(id_.startswith("chg_") for id_ in told)


@pytest.mark.parametrize("first", [(), (live_page("Rates rise"),)])
def test_a_commit_says_that_coverage_ended_and_where_it_goes_on(first: tuple[bytes, ...]) -> None:
    """Of a page met closed, and of one that closes, for as long as it is closed; the successor at the end alone."""
    named = b'"headline": "Budget day - as it happened", "liveBlogUpdate"'
    banner = b'<p>Our live coverage has ended. Go on <a href="/live/day-2">here</a></p>'
    over = live_page("Rates rise").replace(b'"liveBlogUpdate"', named) + banner
    inbox = MemoryInbox([[make_claim(*first, over)]], held(*first, over))
    turn(inbox)
    [ended] = inbox.commits
    assert (ended.closed, ended.successor) == (True, "https://news.example/live/day-2")
    assert bool(ended.changes) == bool(first)

    later = MemoryInbox([[make_claim(over + b"<!-- nonce -->", state=ended.state)]], held(over + b"<!-- nonce -->"))
    turn(later)
    assert (later.commits[0].closed, later.commits[0].successor) == (True, None)
    [open_still] = _committed(live_page("Rates rise"))
    assert (open_still.closed, open_still.successor) == (False, None)


def _committed(*bodies: bytes) -> list[Commit]:
    inbox = MemoryInbox([[make_claim(*bodies)]], held(*bodies))
    turn(inbox)
    return inbox.commits
