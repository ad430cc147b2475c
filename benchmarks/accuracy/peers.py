"""The ten scenarios of the comparison with other monitors (docs/accuracy.md): what Stetwatch says of each.

A page of 60 posts and about 300 kB, as in the comparison; one event; the alerts told and the bytes of their webhook
bodies.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Final

from benchmarks.accuracy import frame, writing
from benchmarks.accuracy.newsroom import Story, View
from benchmarks.accuracy.scoring import Cell
from benchmarks.accuracy.templates_plain import TEMPLATES
from benchmarks.accuracy.writing import Text
from monitor.core.deliver.wire import encode
from monitor.core.freshness import generated_at
from monitor.core.replay import replay
from monitor.model import Change, Observation, Snapshot, Source

POSTS: Final = 60
PAGE_BYTES: Final = 298_000
_NOON: Final = datetime(2026, 5, 4, 12, tzinfo=UTC)
Stories = tuple[Story, ...]
Visit = tuple[Stories, float, float]
"""What a copy shows, seconds after noon it was fetched, and its ``Age``."""


@dataclass(frozen=True, slots=True)
class Told:
    """What was told of one scenario; of each alert its type and, of an edit, its class ("" otherwise)."""

    name: str
    wanted: str
    types: tuple[str, ...]
    classes: tuple[str, ...]
    size: int

    @property
    def is_right(self) -> bool:
        return ", ".join(self.types) == self.wanted

    @property
    def in_words(self) -> str:
        """Every alert as the comparison's table shows it."""
        told = zip(self.types, self.classes, strict=True)
        return ", ".join(f"`{type_}`" + f", class `{class_}`" * bool(class_) for type_, class_ in told) or "nothing"


def measure() -> list[Told]:
    """Every scenario, in the order of the comparison."""
    return [_told(name, wanted, make(_page())) for name, wanted, make in SCENARIOS]


def as_json() -> str:
    """A JSON object a line."""
    rows = [
        {"scenario": one.name, "alerts": len(one.types), "bytes": one.size, "types": one.types}
        | {"classes": one.classes, "right": one.is_right}
        for one in measure()
    ]
    return "\n".join(json.dumps(row) for row in rows)


def as_markdown() -> str:
    """The table's column as Markdown."""
    lines = ["| event | alerts | bytes | told |", "|---|---|---|---|"]
    for one in measure():
        wrong = "" if one.is_right else " (wrong)"
        lines.append(f"| {one.name} | {len(one.types)} | {one.size:,} | {one.in_words}{wrong} |")
    return "\n".join(lines)


def _page() -> Stories:
    rng, stories = Random("the comparison's page"), list[Story]()
    for uid in range(POSTS + 1):
        at = _NOON - timedelta(minutes=4 * (POSTS - uid) + 3)
        text = writing.text(rng)
        body = (f"Some 12 people wait at gate {uid}.", *text.body, *(writing.paragraph(rng) for _ in range(3)))
        stories.append(Story(uid, f"{uid:06}", Text(f"Post {uid}: {text.headline}", body), "Mara Brandt", at, at, at))
    return tuple(reversed(stories))


def _told(name: str, wanted: str, visits: Sequence[Visit]) -> Told:
    cell = Cell(next(template for template in TEMPLATES if template.name == "jsonld"), "stable", "kept")
    source = Source(name="storm", url=frame.URL)
    changes: list[Change] = []
    for detection in replay(source, [_observed(cell, *visit) for visit in visits]):
        changes += detection.changes
    types = tuple(change.type for change in changes)
    return Told(name, wanted, types, tuple(map(_class, changes)), sum(len(encode(change)) for change in changes))


def _class(change: Change) -> str:
    return change.significance.name if change.type == "post.edited" and change.significance else ""


def _observed(cell: Cell, stories: Stories, after_s: float, age_s: float) -> tuple[Observation, bytes]:
    fetched = _NOON + timedelta(seconds=after_s)
    made = fetched - timedelta(seconds=age_s)
    view = View(made, stories, None, frozenset())
    ids = {story.uid: story.key for story in stories}
    body = cell.template.render(frame.Frame(view, ids, cell.times, Random(after_s), "build"))
    # The page is as heavy as the comparison's: scripts that detection must step over.
    body = body.replace(b"</body>", b"<script>" + b"/*x*/" * ((PAGE_BYTES - len(body)) // 5) + b"</script></body>")
    headers = {"date": format_datetime(fetched, usegmt=True), "age": str(int(age_s))}
    name = f"{int(after_s):03}_{fetched:%Y%m%dT%H%M%SZ}.html"
    clock = generated_at(headers, fetched)
    snapshot = Snapshot(name=name, url=frame.URL, sha256="", fetched_at=fetched, generated_at=clock)
    return replace(snapshot, content_type="text/html"), body


def _visits(*shown: Stories) -> list[Visit]:
    """One copy a minute; the last one twice, so that an absence can be confirmed."""
    return [(stories, 60.0 * number, 0.0) for number, stories in enumerate((*shown, shown[-1]))]


def _edited(page: Stories, place: int, change: Callable[[Text], Text]) -> Stories:
    at = _NOON + timedelta(seconds=30)
    story = page[place]
    return (*page[:place], replace(story, text=change(story.text), modified=at), *page[place + 1 :])


def _body(old: str, new: str) -> Callable[[Text], Text]:
    return lambda text: Text(text.headline, (text.body[0].replace(old, new), *text.body[1:]))


def _moved(page: Stories) -> Stories:
    at = page[20].published + timedelta(hours=1)
    story = replace(page[20], published=at, modified=at)
    return (*page[:20], story, *page[21:])


def _stale(page: Stories) -> list[Visit]:
    return [(page[1:], 0.0, 0.0), (page[:-1], 60.0, 0.0), (page[1:], 90.0, 80.0), (page[:-1], 120.0, 0.0)]


def _scenarios() -> Iterator[tuple[str, str, Callable[[Stories], list[Visit]]]]:
    longer = _body("wait at", "are still waiting, some of them since the morning, at")
    yield "new post, the oldest falls off", "post.added", lambda page: _visits(page[1:], page[:-1])
    yield "an edit", "post.edited", lambda page: _visits(page, _edited(page, 9, longer))
    yield "a number, 12 → 13", "post.edited", lambda page: _visits(page, _edited(page, 9, _body("12", "13")))
    yield "a typo", "post.edited", lambda page: _visits(page, _edited(page, 9, _body("people", "poeple")))
    yield "re-timestamp only", "post.retimed", lambda page: _visits(page, _moved(page))
    yield "a post deleted", "post.removed", lambda page: _visits(page, (*page[:9], *page[10:]))
    yield "posts reordered", "", lambda page: _visits(page, (*page[:9], page[10], page[9], *page[11:]))
    yield (
        "a new post and an edit in one poll",
        "post.edited, post.added",
        lambda page: _visits(page[1:], _edited(page, 9, longer)[:-1]),
    )
    yield "relative times tick", "", lambda page: _visits(page, page, page)
    yield "a new post, a stale copy, the new one again", "post.added", _stale


SCENARIOS: Final = tuple(_scenarios())
