"""What a template is given to render, and the small things all templates share."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Literal
from zoneinfo import ZoneInfo

from benchmarks.accuracy import words
from benchmarks.accuracy.newsroom import Story, View
from benchmarks.accuracy.series import Copy
from monitor.model import ExtractRules

ZONE = ZoneInfo("Europe/London")
URL = "https://coast.example/live/storm"
TITLE = "Storm on the coast: live"

Ids = Literal["stable", "absent", "random", "index", "reused", "duplicated"]
Times = Literal["kept", "relative", "none"]
Extension = Literal["html", "json", "xml", "txt"]


@dataclass(frozen=True, slots=True)
class Frame:
    """One rendering: the view, the ids its posts get, how times are shown, and a source of noise."""

    view: View
    ids: Mapping[int, str | None]
    times: Times
    noise: Random
    build: str
    """Changes when the site is built anew: the tail of its hashed class names."""

    def stories(self) -> list[tuple[Story, str | None]]:
        """Stories in page order with the id each has in this rendering."""
        return [(story, self.ids[story.uid]) for story in self.view.stories]

    def pinned(self) -> Story | None:
        """The story that is printed once more on top."""
        return next((story for story in self.view.stories if story.uid == self.view.pinned), None)

    def hashed(self, name: str) -> str:
        """A class name as a style compiler writes it: the same within one build, another in the next."""
        return "c" + format(hash_of(self.build + name), "07x")


@dataclass(frozen=True, slots=True)
class Template:
    """A kind of page: how it is rendered, and what of its stories it can show."""

    name: str
    render: Callable[[Frame], bytes]
    extension: Extension = "html"
    rules: ExtractRules = field(default_factory=ExtractRules)
    regimes: tuple[Ids, ...] = ("stable", "absent", "random", "index", "reused")
    times: tuple[Times, ...] = ("kept", "relative", "none")
    modified: bool = False
    """Whether a modified time is shown beside the published one."""
    modified_late: bool = False
    removals: bool = True
    sorts: bool = True
    about: str = ""


def frame(copy: Copy, ids: Ids, times: Times, seed: int) -> Frame:
    """The frame of a copy under a regime of ids."""
    noise = Random(copy.noise)
    build = f"{seed}-{copy.number // 17}"
    given: dict[int, str | None] = {}
    for place, story in enumerate(copy.view.stories):
        match ids:
            case "absent":
                given[story.uid] = None
            case "random":
                given[story.uid] = f"{noise.getrandbits(48):012x}"
            case "index":
                given[story.uid] = str(place)
            case _:
                given[story.uid] = story.key
    return Frame(view=copy.view, ids=given, times=times, noise=noise, build=build)


def hash_of(text: str) -> int:
    """A small stable number of a string."""
    value = 2166136261
    for char in text.encode():
        value = (value ^ char) * 16777619 & 0xFFFFFFF
    return value


def iso(at: datetime) -> str:
    """ISO 8601 with Z."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def clock(at: datetime) -> str:
    """The time of day as the coast reads it: 14:32."""
    return at.astimezone(ZONE).strftime("%H:%M")


def ago(at: datetime, now: datetime) -> str:
    """A label as sites render it: whole units, cut off, minutes kept beside hours."""
    minutes = int((now - at).total_seconds() // 60)
    if minutes < 1:
        return "just now"
    hours, rest = divmod(minutes, 60)
    if hours == 0:
        return f"{minutes} min ago"
    return f"{hours} hr {rest} min ago" if rest else f"{hours} hr ago"


def escaped(raw: str) -> str:
    """Text as HTML."""
    return html.escape(raw, quote=False)


def churned(raw: str, noise: Random) -> str:
    """A paragraph's HTML; links and emphasis come and go around the same words."""
    parts = raw.split(" ")
    if len(parts) > 4 and noise.random() < 0.2:
        place = noise.randrange(1, len(parts) - 1)
        tag = noise.choice(("<a href='/tag/storm'>{}</a>", "<a href=/map>{}</a>", "<b>{}</b>", "<span>{}</span>"))
        shown = tag.format(escaped(parts[place]))
        return " ".join((*map(escaped, parts[:place]), shown, *map(escaped, parts[place + 1 :])))
    return escaped(raw)


def paragraphs(story: Story, noise: Random, attributes: str = "") -> str:
    """The body as ``p`` elements."""
    return "".join(f"<p{attributes}>{churned(line, noise)}</p>" for line in story.text.body)


def advert(noise: Random) -> str:
    """One of the adverts."""
    return noise.choice(words.ADVERTS)


def between(noise: Random, share: float = 0.12) -> bool:
    """Whether an advert stands here."""
    return noise.random() < share


def page(frame: Frame, main: str, head: str = "") -> bytes:
    """A whole page around the posts: menus in any order, most-read lists, nonces, a footer."""
    noise = frame.noise
    menu = noise.sample(words.CHROME, len(words.CHROME))
    read = [f"<li><a href='/story/{noise.randrange(10**6)}'>{line}</a></li>" for line in noise.sample(words.CHROME, 5)]
    nonce = f"{noise.getrandbits(64):016x}"
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{TITLE}</title>{head}"
        f"<script nonce='{nonce}'>window.visit='{nonce}';var now=new Date().getTime();</script>"
        f"<style>.{frame.hashed('page')}{{margin:0}}</style></head><body class='{frame.hashed('page')}'>"
        f"<header><nav><ul>{''.join(f'<li><a href=/{x[:4]}>{x}</a></li>' for x in menu)}</ul></nav></header>"
        f"<main><h1>{TITLE}</h1>{main}</main>"
        f"<aside><h2>Most read</h2><ol>{''.join(read)}</ol><div class=ad>{advert(noise)}</div></aside>"
        f"<footer><p>Coast Radio, {noise.randrange(9000)} readers now</p></footer></body></html>"
    ).encode()


def consent() -> bytes:
    """A wall with status 200."""
    inner = f"<main><h1>Your privacy</h1><p>{words.CONSENT}</p></main>"
    return f"<!doctype html><title>Before you continue</title>{inner}".encode()
