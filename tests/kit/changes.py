"""Changes to send: plain ones for stories, and every possible one for laws."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from monitor.model import (
    POST_TYPES,
    Change,
    ChangeType,
    PageRef,
    PostRef,
    Redline,
    Significance,
    SnapshotRef,
    SourceRef,
    Span,
    Version,
)

AT = datetime(2023, 3, 21, 12, 3, 10, tzinfo=UTC)
SOURCE = SourceRef(name="budget-day", url="https://news.example/live", tags=("politics",))
BEFORE = Version(
    headline="Toll", body=("At least 14 people were hurt.",), author="Jo", published=None, modified=None, sha256="b"
)
AFTER = replace(BEFORE, body=("At least 17 people were hurt.",), sha256="a")
POST = PostRef(
    id="pst_1", key="k1", url="https://news.example/live#k1", headline="Toll", sequence=3, version=2
)  # fmt: skip
REDLINE: dict[str, Redline] = {"body": (("=", "At least "), ("-", "14"), ("+", "17"), ("=", " people were hurt."))}


def edited(id_: str = "chg_1", subject: str = "pst_1", **parts: Any) -> Change:
    """An edit of a number, on the track ``subject``."""
    base = Change(
        id=id_,
        type="post.edited",
        at=AT,
        source=SOURCE,
        subject=subject,
        snapshot=SnapshotRef(name="003_20230321T120310Z.html", fetched_at=AT),
        post=replace(POST, id=subject),
        fields=("body",),
        significance=Significance(name="number", score=0.9, reasons=("14 → 17",)),
        silent=True,
        before=BEFORE,
        after=AFTER,
        redline=REDLINE,
    )
    return replace(base, **parts)


def added(id_: str = "chg_1", **parts: Any) -> Change:
    """A new post."""
    bare = edited(id_, type="post.added", before=None, redline={}, fields=(), significance=None, silent=None)
    return replace(bare, **parts)


def failing(id_: str = "chg_1", reason: str = "HTTP 503 three times in a row") -> Change:
    """A source that can no longer be watched."""
    return Change(id=id_, type="source.failing", at=AT, source=SOURCE, subject="source", reason=reason)


times = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # bounds are naive
text = st.text(max_size=40)
spans = st.builds(
    lambda at, width, words, kind: Span(earliest=at, latest=at + timedelta(seconds=width), text=words, kind=kind),
    times,
    st.integers(0, 86_400),
    text,
    st.sampled_from(["machine", "absolute", "clock", "relative"]),
)


def versions(words: st.SearchStrategy[str] = text) -> st.SearchStrategy[Version]:
    """Versions whose texts are ``words``."""
    return st.builds(
        Version,
        headline=words,
        body=st.lists(words, max_size=4).map(tuple),
        author=st.none() | words,
        published=st.none() | spans,
        modified=st.none() | spans,
        media=st.lists(words, max_size=2).map(tuple),
        sha256=st.just("0" * 64),
    )


def redlines(words: st.SearchStrategy[str] = text) -> st.SearchStrategy[dict[str, Any]]:
    """Redlines of ``headline`` and ``body``, at least one."""
    runs = st.lists(st.tuples(st.sampled_from("=-+"), words), max_size=6).map(tuple)
    return st.dictionaries(st.sampled_from(["headline", "body"]), runs, min_size=1)


@st.composite
def changes(draw: st.DrawFn, words: st.SearchStrategy[str] = text) -> Change:
    """Any change as the detector may make it, its page texts being ``words``."""
    type_: ChangeType = draw(
        st.sampled_from([*POST_TYPES, "post.moved", "page.edited", "page.closed", "source.failing", "delivery.dead"])
    )
    family = type_.split(".")[0]
    post = st.builds(
        PostRef,
        id=st.just("pst_1"),
        key=st.none() | words,
        url=st.none() | words,
        headline=words,
        sequence=st.integers(1, 9),
        version=st.integers(1, 9),
    )
    page = st.builds(
        PageRef,
        title=st.none() | words,
        summary=st.none() | words,
        previous_title=st.none() | words,
        successor=st.none() | words,
    )
    marked = type_ in {"post.edited", "post.retimed", "post.restored"}
    return Change(
        id="chg_1",
        type=type_,
        at=draw(times),
        source=SOURCE,
        subject={"post": "pst_1", "delivery": "desk"}.get(family, family),
        snapshot=None if family == "delivery" else SnapshotRef(name="001.html", fetched_at=draw(times)),
        post=draw(post) if family == "post" else None,
        fields=draw(st.sampled_from([("body",), ("headline", "published")])) if marked else (),
        significance=Significance(name="wording", score=draw(st.floats(0, 1)), reasons=(draw(words),))
        if marked
        else None,
        silent=draw(st.sampled_from([True, False, None])) if type_ == "post.edited" else None,
        before=draw(versions(words)) if marked or type_ == "post.removed" else None,
        after=draw(versions(words)) if marked or type_ == "post.added" else None,
        redline=draw(redlines(words)) if type_ in {"post.edited", "post.restored"} else {},
        page=draw(page) if family == "page" else None,
        reason=draw(words) if family in {"source", "delivery"} else None,
    )
