"""What a message to a lane is: its thread's parent, a reply to it, or no more than another count on the parent.

Several changes that one message settles are told as their net: from the text before the first to the text after the
last. The parent shows the present state against the first text told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Final

from monitor.core.compare import redline, significance
from monitor.core.deliver.saying import minutes
from monitor.model import Change, ChangeType, Redline, Version

BROADCAST_EVERY: Final = timedelta(minutes=10)
"""A post is shown in the channel again by its replies at most this often."""

_COSMETIC: Final = frozenset({"typo", "punctuation", "typography", "whitespace", "time-only"})
_APART: Final[Redline] = (("=", "\n\n"), ("=", "…"), ("=", "\n\n"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Net:
    """Changes of one lane as one. ``note`` says of how many and in what time, "" for a single one.

    ``edits`` counts them, a new post left out, ``cosmetic`` those that nobody needs a message for; ``speaks``: there
    are others. ``reverted``: the text is what it was before the first; then ``change`` shows the first step away.
    """

    change: Change
    edits: int
    cosmetic: int
    speaks: bool
    note: str = ""
    reverted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """What is remembered of a lane's thread. ``to`` is the channel as it was configured, ``channel`` its id;
    ``origin`` and ``last`` are the first and the latest change told.
    """

    to: str
    channel: str
    ts: str
    origin: str
    last: str
    edits: int = 0
    cosmetic: int = 0
    latest_at: datetime
    broadcast_at: datetime | None = None

    def memory(self) -> dict[str, str]:
        """As it is left with the lane."""
        return {
            "to": self.to,
            "channel": self.channel,
            "ts": self.ts,
            "origin": self.origin,
            "last": self.last,
            "edits": str(self.edits),
            "cosmetic": str(self.cosmetic),
            "latest": self.latest_at.isoformat(),
            **({"broadcast_at": self.broadcast_at.isoformat()} if self.broadcast_at else {}),
        }

    def grown(self, net: Net, last: str, *, broadcast_at: datetime | None = None) -> Thread:
        """With these changes told, too."""
        return replace(
            self,
            last=last,
            edits=self.edits + net.edits,
            cosmetic=self.cosmetic + net.cosmetic,
            latest_at=net.change.at,
            broadcast_at=broadcast_at or self.broadcast_at,
        )


def recalled(memory: Mapping[str, str], to: str | None) -> Thread | None:
    """The thread a memory tells of; None for none, and for one in a channel that is no longer the configured one."""
    if to is None or memory.get("to") != to or not memory.get("ts"):
        return None
    return Thread(
        to=to,
        channel=memory.get("channel") or to,
        ts=memory["ts"],
        origin=memory.get("origin", ""),
        last=memory.get("last", ""),
        edits=_count(memory.get("edits")),
        cosmetic=_count(memory.get("cosmetic")),
        latest_at=_moment(memory.get("latest")) or datetime.min.replace(tzinfo=UTC),
        broadcast_at=_moment(memory.get("broadcast_at")),
    )


def opens(change: Change) -> bool:
    """Whether a change starts a thread of its own although its lane has one: a source that fails once more."""
    return change.type == "source.failing"


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


def broadcasts(net: Net, thread: Thread, broadcast_at: float, now: datetime) -> bool:
    """Whether the reply is shown in the channel too."""
    lately = thread.broadcast_at is not None and now - thread.broadcast_at < BROADCAST_EVERY
    return not (lately or net.reverted) and weight(net.change) >= broadcast_at


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
    if last.post is None:
        return replace(counts, note=note)
    merged = _merged(changes)
    if merged.type != "post.removed" and _same(first.before, last.after, cut=merged.truncated):
        gone = "post.removed" in {one.type for one in changes}
        away = replace(merged, redline={} if gone else first.redline, after=last.after if gone else first.after)
        words = "removed and restored" if gone else "edited and reverted"
        return replace(counts, change=away, note=f"{words}: {note}", reverted=True)
    return replace(counts, change=_judged(replace(merged, redline=_net_redline(changes, merged))), note=note)


def _judged(change: Change) -> Change:
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


def cumulative(origin: Change | None, latest: Net, edits: int) -> tuple[Change, bool]:
    """The state of a post against the first text told, and whether it is back there after its edits.

    Where the first change is not at hand, or was cut for size, the latest stands alone.
    """
    now = latest.change
    if origin is None or now.post is None or now.type == "post.removed":
        return now, False
    base = origin.before if origin.type in {"post.edited", "post.retimed", "post.removed"} else origin.after
    current = now.before if latest.reverted else now.after
    if base is None or current is None:
        return now, False
    stands = replace(now, type="post.restored" if now.type == "post.restored" else "post.edited", after=current)
    cut = origin.truncated or now.truncated
    if _same(base, current, cut=cut):
        return replace(stands, before=base, redline={}, significance=None, silent=None), edits > 0
    if cut:
        return now, False
    return _judged(replace(stands, before=base, redline=between(base, current))), False


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


def _same(one: Version | None, other: Version | None, *, cut: bool) -> bool:
    """Whether two versions say the same. Digests are over the whole text: of texts cut for size they tell."""
    if one is None or other is None:
        return False
    if cut:
        return one.sha256 == other.sha256
    return (one.headline, one.body, one.author, one.media) == (other.headline, other.body, other.author, other.media)


def _note(changes: Sequence[Change]) -> str:
    word = "edits" if all(one.type == "post.edited" for one in changes) else "changes"
    return f"{len(changes)} {word} in {minutes((changes[-1].at - changes[0].at).total_seconds())}"


def _count(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
