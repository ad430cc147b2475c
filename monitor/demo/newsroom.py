"""A simulated live blog: a page of its own that is added to, edited and re-timed, with the noise real pages have."""

from __future__ import annotations

import html
import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aiohttp import web

from monitor.demo.wording import BODIES, HEADLINES, PLACES, TURNS

WINDOW = 12
"""The page shows this many posts; older ones slide off, which is no deletion."""

_FIGURE = re.compile(r"\d+")


@dataclass
class Entry:
    """A post as the newsroom's own system holds it."""

    key: str
    headline: str
    body: list[str]
    published_at: datetime
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class Deed:
    """Something done to the page that Stetwatch ought to tell of: when, what, to which post."""

    at: datetime
    type: str
    key: str
    what: str


@dataclass
class Newsroom:
    """The page, its history of deeds, and a web server's view of both."""

    rng: random.Random
    now: Callable[[], datetime]
    entries: list[Entry] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)
    served: int = 0
    _numbered: int = 0

    def open(self, posts: int) -> None:
        """Fill the page before anybody watches."""
        for back in range(posts, 0, -1):
            self._publish(self.now() - timedelta(minutes=7 * back))

    def act(self) -> Deed:
        """Do the next thing an editor might do, and remember it."""
        deed = self.rng.choices([self.publish, self.correct, self.reword, self.retime], weights=[4, 3, 2, 2])[0]
        return deed()

    def publish(self) -> Deed:
        """A new post on top."""
        entry = self._publish(self.now())
        return self._did("post.added", entry, "published")

    def correct(self) -> Deed:
        """A figure changes; every second time nobody says so."""
        entry = self._pick()
        old = _FIGURE.search(entry.body[0])
        new = str(int(old[0]) + self.rng.randrange(1, 30)) if old else "40"
        entry.body[0] = _FIGURE.sub(new, entry.body[0], count=1)
        silent = self.rng.random() < 0.5
        if not silent:
            entry.modified_at = self.now()
        was = old[0] if old else "none"
        return self._did("post.edited", entry, f"{was} became {new}" + (", silently" if silent else ""))

    def reword(self) -> Deed:
        """A headline is rewritten."""
        entry = self._pick()
        opening, _, ending = entry.headline.partition(": ")
        entry.headline = f"{opening}: {self.rng.choice([one for one in TURNS if one != ending])}"
        entry.modified_at = self.now()
        return self._did("post.edited", entry, "headline rewritten")

    def retime(self) -> Deed:
        """The post claims to be a quarter of an hour younger; its text stays."""
        entry = self._pick()
        entry.published_at += timedelta(minutes=15)
        entry.modified_at = max(entry.modified_at, entry.published_at)
        return self._did("post.retimed", entry, "moved 15 minutes forward")

    async def page(self, _request: web.Request) -> web.Response:
        """The live page; its bytes differ at every visit, its posts only when somebody edits them."""
        self.served += 1
        return web.Response(text=self.render(), content_type="text/html", headers={"Cache-Control": "no-cache"})

    def render(self) -> str:
        """The page as HTML with JSON-LD, ticking labels, an advert and a nonce."""
        shown = list(reversed(self.entries[-WINDOW:]))
        data = {
            "@context": "https://schema.org",
            "@type": "LiveBlogPosting",
            "headline": "Storm over the islands: live",
            "liveBlogUpdate": [_json_ld(entry) for entry in shown],
        }
        script = json.dumps(data).replace("<", "\\u003c")
        nonce = f"{self.rng.getrandbits(64):016x}"
        articles = "\n".join(_article(entry, self.now()) for entry in shown)
        return (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Storm over the islands: live</title>'
            f'<script nonce="{nonce}" type="application/ld+json">{script}</script></head><body><main>'
            f'<h1>Storm over the islands: live</h1><aside class="ad">Advert {self.rng.randrange(1000)}</aside>'
            f"{articles}</main></body></html>"
        )

    def _publish(self, at: datetime) -> Entry:
        self._numbered += 1
        place = PLACES[self._numbered % len(PLACES)]
        opening, ending = HEADLINES[self._numbered % len(HEADLINES)], TURNS[self._numbered % len(TURNS)]
        entry = Entry(
            key=f"p-{self._numbered}",
            headline=f"{opening.format(place=place)}: {ending}",
            body=[
                sentence.format(place=place, number=self._numbered + 11) for sentence in _pair(BODIES, self._numbered)
            ],
            published_at=at.replace(microsecond=0),
            modified_at=at.replace(microsecond=0),
        )
        self.entries.append(entry)
        return entry

    def _pick(self) -> Entry:
        shown = self.entries[-(WINDOW - 3) :]
        quiet = [entry for entry in shown if entry.key not in {deed.key for deed in self.deeds[-3:]}]
        return self.rng.choice(quiet or shown)

    def _did(self, type_: str, entry: Entry, what: str) -> Deed:
        deed = Deed(at=self.now(), type=type_, key=entry.key, what=f"{entry.headline}: {what}")
        self.deeds.append(deed)
        return deed


def _pair(sentences: Sequence[str], number: int) -> list[str]:
    return [sentences[number % len(sentences)], sentences[(number * 3 + 1) % len(sentences)]]


def _json_ld(entry: Entry) -> dict[str, object]:
    return {
        "@type": "BlogPosting",
        "@id": entry.key,
        "headline": entry.headline,
        "datePublished": entry.published_at.isoformat(),
        "dateModified": entry.modified_at.isoformat(),
        "articleBody": "\n\n".join(entry.body),
        "author": {"@type": "Person", "name": "The news desk"},
    }


def _article(entry: Entry, now: datetime) -> str:
    minutes = max(0, int((now - entry.published_at).total_seconds() // 60))
    paragraphs = "".join(f"<p>{html.escape(text)}</p>" for text in entry.body)
    stamp = entry.published_at.astimezone(UTC).isoformat()
    return (
        f'<article id="{entry.key}"><h2>{html.escape(entry.headline)}</h2>'
        f'<time datetime="{stamp}">{minutes} min ago</time>{paragraphs}</article>'
    )
