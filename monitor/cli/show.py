"""Changes and posts as a person reads them on a terminal. Page text is shown as text, never as markup."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence, Sized
from datetime import datetime

from rich.console import Console
from rich.text import Text

from monitor.core.compare.rebroken import settled
from monitor.core.deliver.wire import span_document
from monitor.core.look import verdict
from monitor.core.replay import Pending
from monitor.model import Change, Page, PageRef, Post, Redline, Significance, Span

MARKS = {
    "post.added": ("+", "green"),
    "post.edited": ("~", "yellow"),
    "post.retimed": ("@", "cyan"),
    "post.removed": ("-", "red"),
    "post.restored": ("^", "green"),
    "page.edited": ("#", "yellow"),
    "page.closed": ("#", "magenta"),
    "source.failing": ("!", "red"),
    "source.recovered": ("!", "green"),
    "source.stalled": ("!", "red"),
    "source.resumed": ("!", "green"),
    "role.stopped": ("!", "red"),
    "role.recovered": ("!", "green"),
}
_CONTEXT = 40
_PIPED_WIDTH = 10_000


def console(*, stderr: bool = False) -> Console:
    """A console that interprets no markup, no emoji and no highlighting in what a page says."""
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False, soft_wrap=True)


def unfolded() -> Console:
    """A console for tables: off a terminal nothing is cut, since what is read from a file or pasted must be whole."""
    out = console()
    if not out.is_terminal:
        out.width = _PIPED_WIDTH
    return out


def plain(text: str) -> str:
    """The text without control characters, so that no page can drive the terminal."""
    return "".join(
        c if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs") else "\N{REPLACEMENT CHARACTER}"
        for c in text
    )


def change_lines(change: Change) -> Text:
    """One change: what, when, where, and the redline below it."""
    mark, colour = MARKS.get(change.type, ("?", "white"))
    line = Text()
    line.append(f"{mark} {change.type:<16}", style=f"bold {colour}")
    line.append(f" {moment(change.at)}  {plain(change.source.name)}", style="dim")
    if change.post is not None:
        line.append(f"  {plain(change.post.headline) or plain(_opening(change)) or change.post.id}")
    if change.reason:
        line.append(f"  {plain(change.reason)}")
    if change.page is not None:
        line.append_text(_page_text(change.page, change.fields))
    if change.significance is not None:
        line.append(f"\n    {_weight(change.significance)}", style="dim")
        line.append("; silent: no time on the page moved" if change.silent else "", style="dim")
    for name in ("headline", "author", "body"):
        runs = change.redline.get(name, ())
        if change.type == "post.edited" and name in change.fields and runs:
            line.append(f"\n    {name}: ", style="dim")
            line.append_text(redline_text(runs))
    if change.type == "post.retimed" and change.before is not None and change.after is not None:
        for name in ("published", "modified"):
            if name in change.fields:
                before, after = getattr(change.before, name), getattr(change.after, name)
                line.append(f"\n    {name}: {span_text(before)} → {span_text(after)}")
    return line


def _page_text(page: PageRef, fields: Sequence[str]) -> Text:
    """The title; below it the words that changed, old → new, and the page that a closed one goes on at."""
    text = Text(f"  {plain(page.title)}" if page.title else "")
    words = {"title": (page.previous_title, page.title), "summary": (page.previous_summary, page.summary)}
    for name, (old, new) in words.items():
        if name in fields:
            text.append(f"\n    {name}: ", style="dim")
            text.append(f"{plain(old or 'none')} → {plain(new or 'none')}")
    if page.successor:
        text.append(f"\n    goes on at {plain(page.successor)}")
    return text


def _weight(significance: Significance) -> str:
    """Class, score and reasons: what a route's ``min_significance`` goes by."""
    reasons = ", ".join(significance.reasons)
    return f"{significance.name} {significance.score:g}" + (f": {plain(reasons)}" if reasons else "")


def pending_lines(one: Pending) -> Text:
    """What was seen and is not told yet, and what it takes to be told."""
    subject = f": '{plain(_clipped(one.subject, 80))}'" if one.subject else ""
    times = f": {span_text(one.before)} → {span_text(one.after)}" if one.after is not None else ""
    return Text(f"? {one.seen}{subject}{times}: {one.awaits}", style="dim")


def pending_document(one: Pending) -> dict[str, object]:
    """The same as plain objects; ``pending`` is the type of the change it may become."""
    track = one.track
    post = {"id": track.id, "key": track.key, "url": track.url, "headline": track.headline} if track else None
    times = {"before": span_document(one.before), "after": span_document(one.after)} if one.after else {}
    return {"pending": one.type, "reason": f"{one.seen}: {one.awaits}", "subject": one.subject, "post": post, **times}


def redline_text(runs: Redline) -> Text:
    """Deletions struck and red, insertions underlined and green, long kept runs shortened in the middle."""
    out = Text()
    shown_runs = tuple(settled(runs))
    for place, (operation, run) in enumerate(shown_runs):
        shown = plain(run).replace("\n\n", " ¶ ")
        if operation == "=":
            out.append(_shortened(shown, first=place == 0, last=place == len(shown_runs) - 1))
        else:
            out.append(
                f"[-{shown}-]" if operation == "-" else f"{{+{shown}+}}", style="red" if operation == "-" else "green"
            )
    return out


def count_of(things: Sized, word: str) -> str:
    """``2 sources``, ``1 source``."""
    return f"{len(things)} {word}{'' if len(things) == 1 else 's'}"


def due_text(due_in_s: float | None) -> str:
    """When a source is visited next; nothing while it is paused."""
    if due_in_s is None:
        return ""
    return f"{due_in_s:.0f} s" if due_in_s >= 0 else f"{-due_in_s:.0f} s late"


def moment(at: datetime) -> str:
    """A time as people compare them: UTC, to the second."""
    return at.strftime("%Y-%m-%d %H:%M:%SZ")


def span_text(span: Span | None) -> str:
    """An interval in words: its text, and what instants it may mean."""
    if span is None:
        return "no time"
    if span.earliest == span.latest:
        return f"{span.earliest:%Y-%m-%d %H:%M:%SZ} ({plain(span.text)})"
    return f"{span.earliest:%Y-%m-%d %H:%M:%S}…{span.latest:%H:%M:%SZ} ({plain(span.text)})"


def post_lines(number: int, post: Post) -> Text:
    """One post as ``check`` shows it."""
    line = Text()
    line.append(f"{number:>3}. ", style="dim")
    line.append(plain(post.headline) or "(no headline)", style="bold")
    line.append(f"\n     {span_text(post.published)}", style="cyan")
    if post.author:
        line.append(f"  {plain(post.author)}", style="dim")
    if post.key:
        line.append(f"  key {plain(post.key)}", style="dim")
    if post.pinned:
        line.append("  pinned", style="dim")
    for paragraph in post.body[:2]:
        line.append(f"\n     {_clipped(plain(paragraph))}")
    if len(post.body) > 2:
        line.append(f"\n     … {len(post.body) - 2} more paragraphs", style="dim")
    return line


def page_lines(page: Page) -> Text:
    """What ``check`` says below the posts: how many, by which rung, and why; what was ignored."""
    dated = sum(post.published is not None for post in page.posts)
    completed = sum(post.found_by == f"{page.rung}+dom" for post in page.posts)
    line = Text(f"{count_of(page.posts, 'post')}, found by: {page.rung}")
    line.append(f", {completed} of {len(page.posts)} posts completed from the page" if completed else "")
    if page.title:
        line.append(f"  ({plain(page.title)})")
    line.append(f"\n  · {verdict(page)}", style="dim")
    line.append(f"\n  · with a time: {dated} of {len(page.posts)}", style="dim")
    for reason in page.reasons:
        line.append(f"\n  · {plain(reason)}", style="dim")
    return line


def proposal_lines(table: str | None) -> Text:
    """A proposed ``[source.extract]`` table, ready to be copied; or that none would do."""
    if table is None:
        return Text("\nNo selectors read this page as well as that: leave [source.extract] out.", style="dim")
    line = Text("\nTo keep this reading whatever else changes on the page, configure the source with:\n\n", style="dim")
    line.append(plain(table.rstrip("\n")), style="none")
    return line


def _opening(change: Change) -> str:
    version = change.after or change.before
    return _clipped(version.body[0], 80) if version and version.body else ""


def _clipped(text: str, most: int = 160) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _shortened(text: str, *, first: bool, last: bool) -> str:
    if len(text) <= 2 * _CONTEXT + 3:
        return text
    head = "" if first else text[:_CONTEXT]
    tail = "" if last else text[-_CONTEXT:]
    return f"{head} … {tail}"
