"""What several changes that one message settles come to: from the text before the first to the text after the last.

Nothing is netted away that somebody must hear of: of a source and of deliveries every change keeps its reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from monitor.core.compare import redline, significance
from monitor.core.deliver.saying import LABELS, minutes
from monitor.core.deliver.slack_text import one_line
from monitor.model import HEALTH_TYPES, OPERATIONAL_TYPES, SOURCE_TYPES, Change, ChangeType, PageRef, Redline, Version

_COSMETIC: Final = frozenset({"typo", "punctuation", "typography", "whitespace", "time-only"})
_APART_TYPES: Final = frozenset({*SOURCE_TYPES, *HEALTH_TYPES, *OPERATIONAL_TYPES})
_APART: Final[Redline] = (("=", "\n\n"), ("=", "…"), ("=", "\n\n"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Net:
    """Changes of one lane as one. ``note`` says of how many and in what time, "" for a single one.

    ``edits`` counts them, a new post left out, ``cosmetic`` those that nobody needs a message for; ``speaks``: there
    are others. ``reverted``: the text is what it was before the first; then ``change`` shows the first step away.
    ``each`` is a line for every change, oldest first, where they are not one: then ``change`` is the gravest of them.
    """

    change: Change
    edits: int
    cosmetic: int
    speaks: bool
    note: str = ""
    reverted: bool = False
    each: tuple[str, ...] = ()


def net(changes: Sequence[Change]) -> Net:
    """What at least one change of a lane, oldest first, come to."""
    first, last = changes[0], changes[-1]
    counts = Net(
        change=last,
        edits=sum(one.type != "post.added" for one in changes),
        cosmetic=sum(map(is_cosmetic, changes)),
        speaks=not all(map(is_cosmetic, changes)),
    )
    if len(changes) == 1:
        return counts
    note = _note(changes)
    if last.type in _APART_TYPES:
        return _listed(changes, counts)
    if last.post is None:
        return _of_page(changes, replace(counts, note=note))
    merged = _merged(changes)
    if merged.type != "post.removed" and same(first.before, last.after, cut=merged.truncated):
        gone = "post.removed" in {one.type for one in changes}
        away = replace(merged, redline={} if gone else first.redline, after=last.after if gone else first.after)
        words = "removed and restored" if gone else "edited and reverted"
        return replace(counts, change=away, note=f"{words}: {note}", reverted=True)
    return replace(counts, change=judged(replace(merged, redline=_net_redline(changes, merged))), note=note)


def nets(changes: Sequence[Change]) -> list[Net]:
    """What they come to where each row stands alone: one of a post or page, else one a change."""
    apart = changes[-1].type in _APART_TYPES
    return [net([one]) for one in changes] if apart else [net(changes)]


def _listed(changes: Sequence[Change], counts: Net) -> Net:
    """Changes of a source, of a role, or of deliveries: none takes the place of another."""
    types = [one.type for one in changes]
    gravest = max(reversed(changes), key=lambda one: _gravity(one.type))
    away = minutes((changes[-1].at - changes[0].at).total_seconds())
    note = f"failed and recovered {away} later" if types == [*SOURCE_TYPES] else _note(changes)
    lines = tuple(f"{LABELS[one.type]}: {one_line(one.reason or '')}".removesuffix(": ") for one in changes)
    return replace(counts, change=gravest, note=note, each=lines)


def _gravity(type_: ChangeType) -> int:
    return OPERATIONAL_TYPES.index(type_) if type_ in OPERATIONAL_TYPES else -1


def _of_page(changes: Sequence[Change], counts: Net) -> Net:
    """The page's words before the first and after the last of them, and that it ended if it did."""
    refs = [one.page or PageRef() for one in changes]
    words = PageRef(
        title=refs[-1].title,
        summary=refs[-1].summary,
        previous_title=next((one.previous_title for one in refs if one.previous_title is not None), refs[-1].title),
        previous_summary=next(
            (one.previous_summary for one in refs if one.previous_summary is not None), refs[-1].summary
        ),
        successor=next((one.successor for one in reversed(refs) if one.successor), None),
    )
    closed = any(one.type == "page.closed" for one in changes)
    lines = _page_redline(words)
    first = changes[0]
    if not lines and not closed and any(one.redline or one.page for one in changes):
        away = replace(changes[-1], page=first.page, redline=first.redline, fields=first.fields)
        return replace(counts, change=away, note=f"edited and reverted: {counts.note}", reverted=True)
    type_: ChangeType = "page.closed" if closed else "page.edited"
    told = replace(changes[-1], type=type_, page=words, redline=lines, fields=tuple(lines))
    return replace(counts, change=told)


def _page_redline(words: PageRef) -> dict[str, Redline]:
    lines = {
        "title": redline.of_line(words.previous_title or "", words.title or ""),
        "summary": redline.of_line(words.previous_summary or "", words.summary or ""),
    }
    return {name: runs for name, runs in lines.items() if any(op != "=" for op, _ in runs)}


def judged(change: Change) -> Change:
    """An edit put together of several, weighed for what it comes to."""
    if change.type != "post.edited" or change.truncated or change.before is None or change.after is None:
        return change
    fields = [name for name in change.fields if name not in {"headline", "body", "author"}] + list(change.redline)
    judged = significance.judge(change.before, change.after, fields, change.redline)
    return replace(change, significance=judged)


def _merged(changes: Sequence[Change]) -> Change:
    """The last of them, from the text before the first on."""
    first, last = changes[0], changes[-1]
    scored = [one.significance for one in changes if one.significance is not None]
    type_ = _net_type(changes)
    return replace(
        last,
        type=type_,
        before=last.before if type_ == "post.removed" else first.before,
        fields=tuple(dict.fromkeys(name for one in changes for name in one.fields)),
        significance=max(scored, key=lambda one: one.score, default=None),
        silent=None if last.silent is None else all(one.silent for one in changes),
        truncated=any(one.truncated for one in changes),
    )


def is_cosmetic(change: Change) -> bool:
    """An edit only counted on the parent: times, places and slips."""
    if change.type == "post.edited":
        return change.significance is not None and change.significance.name in _COSMETIC
    return change.type in {"post.retimed", "post.moved"}


def weight(change: Change) -> float:
    """How much it matters, 0..1: an edit by its significance; a post that goes or comes back, and the page, wholly."""
    if change.type == "post.edited":
        return change.significance.score if change.significance else 0.0
    return 0.0 if change.type in {"post.retimed", "post.moved"} else 1.0


def between(old: Version, new: Version) -> dict[str, Redline]:
    """The redlines of two versions, by field; a field that stayed has none."""
    lines = {
        "headline": redline.of_line(old.headline, new.headline),
        "body": redline.of_paragraphs(old.body, new.body),
        "author": redline.of_line(old.author or "", new.author or ""),
    }
    return {name: runs for name, runs in lines.items() if runs}


def _net_type(changes: Sequence[Change]) -> ChangeType:
    types = [one.type for one in changes]
    if types[-1] == "post.removed" or not types[-1].startswith("post."):
        return types[-1]
    if types[0] in {"post.added", "post.restored"}:
        return types[0]
    # Gone and back within one message: what is left to tell is how the text differs, if it does.
    if "post.removed" in types or "post.restored" in types:
        return "post.restored"
    return "post.edited" if "post.edited" in types else types[-1]


def _net_redline(changes: Sequence[Change], merged: Change) -> Mapping[str, Redline]:
    """From the first text to the last; texts cut for size cannot be compared, so their redlines follow each other."""
    if merged.type in {"post.added", "post.removed"}:
        return {}
    if merged.before is None or merged.after is None or merged.truncated:
        names = dict.fromkeys(name for one in changes for name in one.redline)
        return {name: _joined([one.redline[name] for one in changes if name in one.redline]) for name in names}
    return between(merged.before, merged.after)


def _joined(redlines: Sequence[Redline]) -> Redline:
    parts = [(*(_APART if place else ()), *runs) for place, runs in enumerate(redlines)]
    return tuple(chain(*parts))


def same(one: Version | None, other: Version | None, *, cut: bool) -> bool:
    """Whether two versions say the same. Digests are over the whole text: of texts cut for size they tell."""
    if one is None or other is None:
        return False
    if cut:
        return one.sha256 == other.sha256
    return (one.headline, one.body, one.author, one.media) == (other.headline, other.body, other.author, other.media)


def _note(changes: Sequence[Change]) -> str:
    word = "edits" if all(one.type == "post.edited" for one in changes) else "changes"
    return f"{len(changes)} {word} in {minutes((changes[-1].at - changes[0].at).total_seconds())}"
