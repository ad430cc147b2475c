"""A newsroom that writes a live blog, and knows exactly what it did.

``work`` is what it does between two polls; ``shown`` is what a reader's page holds afterwards. Nothing is drawn
from anywhere but the seed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

from benchmarks.accuracy import words, writing
from benchmarks.accuracy.writing import Text

WINDOW = 24
GROWN_WINDOW = 36
"""Posts a page shows, and shows after "load more"."""

REST = 4
"""Steps a post is left alone after something happened to it, so that every change has time to be confirmed."""

SETTLED = 5
"""Steps before a page first shows more: without times, nothing tells its old end from its new one before."""

RETIMED_BY_MIN = (5, 15, 60)
SAFE_FROM_THE_END = 0.7
"""Posts are taken off only above this share of the window: below, they might slide off before it is confirmed."""


@dataclass(frozen=True, slots=True)
class Story:
    """One post as the newsroom knows it: ``uid`` is its true identity, ``key`` the id its page gives it."""

    uid: int
    key: str
    text: Text
    author: str
    published: datetime
    modified: datetime
    born: datetime
    touched: int = -REST
    fill_at: int = -1

    @property
    def has_rest(self) -> bool:
        return self.fill_at >= 0


@dataclass(frozen=True, slots=True)
class View:
    """What the page shows at ``at``: stories in page order, the pinned one's uid, and uids taken off until now."""

    at: datetime
    stories: tuple[Story, ...]
    pinned: int | None
    removed: frozenset[int]


@dataclass(frozen=True, slots=True)
class Habits:
    """What a newsroom's page can do: whether posts are re-timed, and what ids new posts get."""

    retimes: bool = True
    ids: str = "stable"
    sorts: bool = True
    """Whether a re-timed post moves to its new place; else it keeps the one it was first put on."""
    grows: bool = True
    """Whether the page can show more of its older posts for a while."""


class Newsroom:
    """The stories of one live blog through time."""

    def __init__(self, seed: int, habits: Habits, at: datetime) -> None:
        self._rng = Random(seed)
        self._habits = habits
        self._used: set[Text] = set()
        self._stories: dict[int, Story] = {}
        self._removed: dict[int, int] = {}
        self._pinned: int | None = None
        self._window = WINDOW
        self._step = 0
        self._count = 0
        self._left: list[str] = []
        first = at - timedelta(minutes=5 * 2 * WINDOW)
        for _ in range(2 * WINDOW):
            first += timedelta(seconds=self._rng.randint(60, 540))
            self._publish(min(first, at - timedelta(seconds=30)), self._new_text())

    def shown(self, at: datetime) -> View:
        """The page as it would be rendered now."""
        return View(at, tuple(self._visible()), self._pinned, frozenset(self._removed))

    def work(self, at: datetime) -> None:
        """Do what a newsroom does between two polls; three times in ten that is nothing."""
        self._step += 1
        before = {story.uid: story.key for story in self._visible()}
        self._fill(at)
        if self._rng.random() < 0.7:
            self._add(at)
            for _ in range(self._rng.choice((0, 1, 1, 2, 2))):
                self._edit(at)
            for _ in range(self._rng.choice((1, 1, 1, 2)) if self._habits.retimes else 0):
                self._retime(at)
            for _ in range(self._rng.choice((1, 1, 1, 2))):
                self._remove()
            self._rarely(at)
        now = {story.uid for story in self._visible()}
        self._left = (self._left + [key for uid, key in before.items() if uid not in now])[-8:]

    def _visible(self) -> list[Story]:
        live = [story for story in self._stories.values() if story.uid not in self._removed]
        live.sort(key=lambda story: (story.published if self._habits.sorts else story.born, story.uid), reverse=True)
        return live[: self._window]

    def _rarely(self, at: datetime) -> None:
        dice = self._rng.random()
        if dice < 0.10:
            self._restore()
        elif dice < 0.14:
            self._repost(at)
        elif dice < 0.22 and (story := self._rested()):
            self._put(replace(story, modified=at))
        elif dice < 0.25:
            self._pin()
        elif dice < 0.28 and self._habits.grows and self._step > SETTLED:
            self._window = GROWN_WINDOW if self._window == WINDOW else WINDOW
        elif dice < 0.33 and (story := self._rested()):
            self._rewrite(story, writing.edited(self._rng, story.text, "blank"), None)

    def _add(self, at: datetime) -> None:
        last = None
        for _ in range(self._rng.choice((1, 1, 2, 2, 3))):
            same_minute = last is not None and self._rng.random() < 0.3
            when = last if last and same_minute else at - timedelta(seconds=self._rng.randint(2, 55))
            dice = self._rng.random()
            if dice < 0.12:
                self._publish(when, self._fresh(self._sibling))
            elif dice < 0.27:
                text = self._fresh(lambda: writing.placeholder(self._rng))
                self._publish(when, text, fill_at=self._step + self._rng.randint(1, 3))
            else:
                self._publish(when, self._new_text())
            last = when

    def _sibling(self) -> Text:
        return writing.sibling(self._rng, self._rng.choice(self._visible()).text)

    def _fill(self, at: datetime) -> None:
        visible = {story.uid for story in self._visible()}
        for story in [story for story in self._stories.values() if story.fill_at == self._step]:
            text = writing.filled(self._rng, story.text)
            if story.uid in visible and story.uid not in self._removed:
                self._rewrite(story, text, at)

    def _edit(self, at: datetime) -> None:
        story = self._rested()
        if story is None:
            return
        kinds, weights = zip(*writing.EDITS, strict=True)
        text = writing.edited(self._rng, story.text, self._rng.choices(kinds, weights)[0])
        # Seven edits in ten move the modified time; the others are silent.
        self._rewrite(story, text, at if self._rng.random() < 0.7 else None)

    def _retime(self, at: datetime) -> None:
        story = self._rested()
        if story is None:
            return
        # Seconds differ, as they do where a clerk presses a button.
        moves = [timedelta(minutes=by, seconds=self._rng.randint(0, 20)) for by in RETIMED_BY_MIN]
        fit = [story.published + move for move in moves if story.published + move < at]
        if not fit or (not self._habits.sorts and self._displaced()):
            return
        self._put(replace(story, published=self._rng.choice(fit), modified=at))

    def _displaced(self) -> bool:
        """Whether a story of a page that never sorts already stands out of its time's order."""
        visible = self._visible()
        return any(one.published < other.published for one, other in pairwise(visible))

    def _remove(self) -> None:
        story = self._rested(share=SAFE_FROM_THE_END)
        if story is not None and story.uid != self._pinned:
            self._removed[story.uid] = self._step

    def _restore(self) -> None:
        visible = self._visible()
        oldest = visible[int(len(visible) * SAFE_FROM_THE_END)].published
        taken = {story.key for story in visible}
        fit = [
            uid
            for uid, step in self._removed.items()
            if self._step - step >= REST
            and self._stories[uid].published > oldest
            and self._stories[uid].key not in taken
        ]
        if fit:
            uid = self._rng.choice(fit)
            del self._removed[uid]
            self._stories[uid] = replace(self._stories[uid], touched=self._step)

    def _repost(self, at: datetime) -> None:
        """The same text under a new id, as some systems do when a post is saved again."""
        story = self._rested()
        if story is not None and self._habits.ids != "reused":
            self._put(replace(story, key=self._key(), modified=at))

    def _pin(self) -> None:
        if self._pinned is not None:
            self._pinned = None
            return
        top = [story for story in self._visible()[:8] if self._step - story.touched >= REST and not story.has_rest]
        self._pinned = self._rng.choice(top).uid if top else None

    def _rested(self, share: float = 1.0) -> Story | None:
        """A visible story nothing happened to lately, most likely one of the newer."""
        visible = self._visible()
        upper = visible[: int((len(visible) - 2) * share)]
        fit = [
            story
            for story in upper
            if self._step - story.touched >= REST and story.fill_at < self._step and story.uid != self._pinned
        ]
        if not fit:
            return None
        return fit[min(int(self._rng.random() ** 1.5 * len(fit)), len(fit) - 1)]

    def _new_text(self) -> Text:
        return self._fresh(lambda: writing.text(self._rng))

    def _fresh(self, write: writing.Writer) -> Text:
        """A text nobody wrote before: of two posts with one text, nobody could say which is which."""
        while (text := write()) in self._used:
            pass
        self._used.add(text)
        return text

    def _publish(self, at: datetime, text: Text, fill_at: int = -1) -> None:
        uid = self._count
        self._count += 1
        author = self._rng.choice(words.BYLINES)
        self._stories[uid] = Story(uid, self._key(), text, author, at, at, at, self._step, fill_at)

    def _key(self) -> str:
        ids, rng = self._habits.ids, self._rng
        if ids == "reused" and self._left and rng.random() < 0.4:
            return self._left.pop(0)
        if ids == "duplicated" and self._stories and rng.random() < 0.05:
            return rng.choice(self._visible()).key
        return f"{rng.getrandbits(48):012x}"

    def _rewrite(self, story: Story, text: Text | None, at: datetime | None) -> None:
        if text is not None and text != story.text and text not in self._used:
            self._used.add(text)
            self._put(replace(story, text=text, modified=at or story.modified, fill_at=-1))

    def _put(self, story: Story) -> None:
        self._stories[story.uid] = replace(story, touched=self._step)
