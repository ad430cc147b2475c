"""The law of page text in Slack: whatever a page says, the message is taken, nobody is pinged, only our links live."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from hypothesis import strategies as st

from monitor.core.deliver.blocks import Frame, Message, forms, message, plain
from monitor.core.deliver.digest import flattened, messages
from monitor.core.deliver.letters import Standing, full_diff, parent, reply
from monitor.core.deliver.netting import net
from monitor.core.deliver.permalinks import permalink
from monitor.core.deliver.settle import Digest, Waiting
from monitor.core.deliver.slack_text import safe_link
from monitor.core.deliver.thread import Thread
from monitor.demo.slack.reading import emoji, links, pings
from monitor.demo.slack.rules import fault_of, problems
from monitor.model import Change, PageRef, Redline, Significance, Span
from tests.kit.attempts import delivery
from tests.kit.changes import AFTER, AT, BEFORE, POST, added, edited, failing

Renderer = Callable[[Change], Iterable[Message]]

SITE: Final = "https://stetwatch.example"
_THREAD: Final = Thread(to="C0", channel="C0", ts="1.1", origin="chg_1", last="chg_1", edits=2, latest_at=AT)
_STANDING: Final = Standing(acknowledged_by="<!here> :rocket:", acknowledged_at=AT, muted="Post muted")


def _digest(change: Change) -> Digest:
    """Two lanes that say the same."""
    waiting = Waiting(delivery=delivery(change), changes=(change,), threaded=False)
    return Digest((waiting, waiting), "many new posts at once", "dig_1")


RENDERERS: Final[Mapping[str, Renderer]] = {
    "message": lambda change: (message(change),),
    "message that leads to us": lambda change: (message(change, Frame(page=permalink(SITE, change))),),
    "plain": lambda change: (plain(change, Frame(page=permalink(SITE, change))),),
    "parent": lambda change: forms(
        *parent(_THREAD, change, net([change]), standing=_STANDING, buttons=True, site=SITE)
    ),
    "reply": lambda change: forms(*reply(net([change, change]), notes=("delivered 12 min late",), site=SITE)),
    "diff": lambda change: (full_diff(change, change),),
    "digest": lambda change: (one for told in messages(_digest(change), SITE) for one in (told, flattened(told))),
}
"""Everything that makes Slack messages of a change: a new renderer is one more line."""

SHORT_NASTIES: Final = (
    "<!channel>", "<!here> look", "<!everyone|x>", "<@U012345>", "<@W1|boss>", "<!subteam^S1|x>", "<#C1>", "<#C1|desk>",
    "<https://evil.example|click here>", "<http://x|y>", "https://evil.example/ www.evil.example mailto:a@evil.example",
    "[click](https://evil.example) ![p](https://evil.example/p.png)", "&lt;!here&gt;", "&amp;lt;!everyone&amp;gt;",
    "&#60;!channel&#62;", "<<!channel>>", "<", ">", "&", "@here", "@channel @everyone #general", "＠here ﹤!here﹥",
    "*b* _i_ ~s~ `c` ```d```", "> quoted\n>>> all", "# h\n- a\n1. b\n| t |\n|---|", ":rocket:", ":+1::skin-tone-2:",
    "<!date^1392734382^{date}^https://evil.example|x>", "{{7*7}} ${x} %s {0}", "javascript:alert(1)",
    '"},{"type":"user"', "\u202eevil\u202c", "\u2066x\u2069", "a\u200bb\u2060c\ufeff", "\u200b",
    "\u0645\u0631\u062d\u0628\u0627 <!here> \u05e9\u05dc\u05d5\u05dd", "e\u0301" * 200,
    "\U0001f469\u200d\U0001f469\u200d\U0001f467\U0001f3f3\ufe0f\u200d\U0001f308\U0001f44d\U0001f3fd",
    "\x00", "\x00\x1b[31m\x07\x7f\x9b", "\r\n\x85\u2028\u2029", "\ud800", "\udfff\ud800x", "\U0010ffff\ufffe",
    "\U000e0041", "", " \t\n", "\u00a0\u3000",
)  # fmt: skip
LONG_NASTIES: Final = (
    "x" * 100_000,
    "<!channel>" * 10_000,
    "&" * 3_001,
    "東" * 50_000,
    "\U0001f600" * 5_000,
    "a\n" * 20_000,
)
NASTIES: Final = (*SHORT_NASTIES, *LONG_NASTIES)
MONSTERS: Final = ("x" * 1_000_000, "<@U1> " * 170_000)

hostile = (
    st.sampled_from(SHORT_NASTIES)
    | st.text(max_size=30)
    | st.builds(operator.add, st.sampled_from(SHORT_NASTIES), st.text(max_size=20))
    | st.builds(operator.mul, st.sampled_from(SHORT_NASTIES), st.integers(1, 400))
)
"""One text of a page: a nasty, anything at all, both at once, or a nasty many times over."""


@dataclass(frozen=True, slots=True)
class Breach:
    """What a message did that it must not."""

    renderer: str
    what: str


def breaches(change: Change, renderers: Mapping[str, Renderer] = RENDERERS) -> Iterator[Breach]:
    """Every breach of the law by any renderer; none is right."""
    ours = set(our_links(change))
    rendered = ((name, shown.payload()) for name, render in renderers.items() for shown in render(change))
    for name, arguments in rendered:
        error = fault_of(arguments)
        if error is not None:
            yield Breach(name, f"refused: {error} {problems(arguments)[:3]}")
        yield from (Breach(name, f"pings {one}") for one in pings(arguments))
        yield from (Breach(name, f"links to {one}") for one in links(arguments) if one not in ours)
        if "blocks" in arguments:
            yield from (Breach(name, f"shows a picture for {one}") for one in emoji(arguments))


def our_links(change: Change) -> Iterator[str]:
    """The addresses we may make clickable: the watched page, the post, the page it goes on at, the change with us."""
    for url in (
        change.source.url,
        change.post.url if change.post else None,
        change.page.successor if change.page else None,
        permalink(SITE, change),
    ):
        link = safe_link(url)
        if link is not None:
            yield link[0]


def changes_that_say(text: str, other: str | None = None) -> tuple[Change, ...]:
    """A change of each kind in which the page says ``text`` wherever it can, and where it can say two, ``other``."""
    old = text[::-1] if other is None else other
    said = replace(AFTER, headline=text, body=(text, old), author=text, published=_span(old), modified=_span(text))
    was = replace(BEFORE, headline=old, body=(old,), author=old, published=_span(text))
    post = replace(POST, key=text, url=old, headline=text)
    runs: Redline = (("=", text), ("-", old), ("+", text), ("=", old), ("-", text), ("=", text))
    redline = {"headline": runs, "body": runs, "author": runs}
    page = PageRef(title=text, summary=old, previous_title=old, previous_summary=text, successor=old)
    bare = failing(reason=text)
    return (
        added(post=post, after=said),
        edited(type="post.removed", post=post, before=said, after=None, redline={}),
        edited(post=post, before=was, after=said, redline=redline, significance=_significance(old), fields=("media",)),
        edited(type="post.restored", post=post, before=was, after=said, redline={}),
        edited(type="post.retimed", post=post, before=was, after=said, redline={}),
        bare,
        replace(bare, type="delivery.dead", subject="desk"),
        replace(bare, type="page.edited", subject="page", page=page),
        replace(bare, type="page.edited", subject="page", page=page, redline=redline),
        replace(bare, type="page.closed", subject="page", page=page),
    )


any_change = st.builds(
    lambda place, text, other: changes_that_say(text, other)[place], st.integers(0, 9), hostile, st.none() | hostile
)
"""A change of any kind; ``tests.kit.changes.changes`` draws more shapes, ten times as slowly."""


def _span(text: str) -> Span:
    return Span(earliest=AT, latest=AT, text=text, kind="clock")


def _significance(text: str) -> Significance:
    return Significance(name="wording", score=0.5, reasons=(text, text))


def many_tiny_edits(count: int = 5_000) -> Change:
    """A body in which every other word changed."""
    redline: Redline = tuple(run for n in range(count) for run in (("-", f"{n}"), ("+", f"{n + 1}"), ("=", " ")))
    return edited(redline={"body": redline})
