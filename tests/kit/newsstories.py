"""Days of a newsroom as the detection core tells them: pages seen one after the other, and what came of it."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from datetime import timedelta

from monitor.model import Change, Page, Post, Source, SourceRef
from monitor.ports.records import Logged
from tests.kit.newsdesk import MemoryRecords
from tests.kit.pages import Watch, blog, page, post

HOSTILE = (
    "<script>window.hit=1</script><img src=x onerror=window.hit=1> javascript:window.hit=1 "
    "\u202egnp.exe\u202c \u2066isolated\u2069 zero\u200bwidth \u200fmark </p></article></li> &amp; {{ 7*7 }} {% raw %}"
)
"""Text that would act, if it could."""


@dataclass
class Story:
    """A source under watch whose changes go into a log."""

    records: MemoryRecords
    watch: Watch = field(default_factory=Watch)
    top: tuple[Post, ...] = ()

    def see(self, *posts: Post, **of_page: str) -> list[Change]:
        """One more copy of the page: these posts over nine that stay as they are."""
        self.top = posts
        return self.look(page(*posts, *blog(*range(9, 0, -1)), **of_page))  # type: ignore[arg-type]  # texts only

    def look(self, seen: Page) -> list[Change]:
        """One more copy of the page; what it changed, as it stands in the log."""
        return self.records.commit(self.watch.see(seen).changes)

    def gone(self) -> list[Change]:
        """Two copies, the second newer, without what stood on top but for the first of it."""
        kept = self.top[:1]
        return [*self.see(*kept), *self.see(*kept)]


def opened(records: MemoryRecords, source: Source | None = None) -> Story:
    """A story whose baseline has been seen."""
    story = Story(records, Watch(source=source) if source else Watch())
    story.see()
    return story


def toll(body: str, *more: str, at: str = "11:40", modified: str | None = None, headline: str = "") -> Post:
    """The post that all stories are about."""
    return post(
        "k40",
        headline or "Several hurt as roof of market hall collapses",
        body,
        *more,
        at=at,
        modified=modified,
        author="Jo Marsh",
        url="https://news.example/live/budget-day#k40",
    )


def day() -> MemoryRecords:
    """A day with one of everything, hostile texts and many scripts among it."""
    return MemoryRecords(log=[*_log_of_the_day()])


@functools.cache
def _log_of_the_day() -> tuple[Logged, ...]:
    records = MemoryRecords()
    story = opened(records)
    rest = "Ambulances from three towns are on their way, and the main road is closed in both directions."
    last = "The hall, built in 1911, was last inspected in the spring."
    story.see(toll("At least 14 people were hurt, police say.", rest))
    story.see(toll("At least 17 people were hurt, police say.", rest))
    story.see(
        toll("At least 17 people were hurt, two of them seriously, a spokesman for the fire service said.", rest, last)
    )
    story.see(
        toll(
            "At least 17 people were hurt, two of them seriously, a spokeswoman for the fire service said.",
            rest,
            last,
            "Correction: an earlier version of this post gave the spokeswoman another title.",
            modified="12:05",
        )
    )
    steady = story.top[0]
    story.see(steady, title="Budget day and market hall collapse, live")
    vote = post("k41", "Vote on the budget put off", "The speaker has put the vote off until the evening.", at="11:55")
    minister = post(
        "k39", "Minister: “We will not raise the tax”", "“We will not raise the tax,” the minister said.", at="11:30"
    )
    story.see(vote, steady, minister)
    story.see(replace_time(vote, "11:20"), steady, minister)
    story.see(replace_time(vote, "11:20"), steady, minister)
    story.see(vote, steady)
    story.see(vote, steady)
    story.see(vote, steady, minister)
    story.see(vote, steady, minister)
    _foreign(story, vote, steady, minister)
    for _ in range(3):
        records.commit(story.watch.fail("HTTP 503 Service Unavailable").changes)
    story.see(vote, steady, minister)
    failed = Change(
        id="chg_dead",
        type="delivery.dead",
        at=story.watch.now + timedelta(seconds=5),
        source=SourceRef(name="budget-day", url="https://news.example/live/budget-day"),
        subject="desk",
        reason="chg_1: given up after 12 attempts over 27 h; the last: HTTP 500",
    )
    records.commit([failed])
    return tuple(records.log)


def replace_time(one: Post, at: str) -> Post:
    """The same post under another time."""
    return post(one.key, one.headline, *one.body, at=at, author=one.author, url=one.url)


def _foreign(story: Story, *others: Post) -> None:
    """Posts in other scripts, one that means harm, one that is one long word."""
    vote, *rest = others
    scripts = [
        post("k50", "הכנסת דחתה את ההצבעה", "ההצבעה נדחתה לשעה 18:00, לפי הודעת היושב ראש.", at="11:56"),
        post("k51", "市場の屋根が崩落、14人けが", "警察によると、少なくとも14人がけがをした。", at="11:57"),
        post("k52", HOSTILE, HOSTILE, at="11:58", author=HOSTILE, url="javascript:alert(1)"),
        post("k53", "One word", "w" * 50_000, at="11:59"),
    ]
    story.see(*scripts[::-1], vote, *rest)
    later = [
        post("k50", "הכנסת דחתה את ההצבעה", "ההצבעה נדחתה לשעה 20:00, לפי הודעת היושב ראש.", at="11:56"),
        post("k51", "市場の屋根が崩落、17人けが", "警察によると、少なくとも17人がけがをした。", at="11:57"),
        post("k52", HOSTILE, HOSTILE + " now " + HOSTILE, at="11:58", author=HOSTILE, url="javascript:alert(2)"),
        post("k53", "One word", "w" * 25_000 + " 17 " + "w" * 25_000, at="11:59"),
    ]
    story.see(*later[::-1], vote, *rest)
    story.see(vote, *rest)
    story.see(vote, *rest)
