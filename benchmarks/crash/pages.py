"""The watched pages: every answer to a poll shows one more edit, so that there is always something to detect."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

POSTS: Final = 10
WORDS: Final = (
    "ferry", "harbour", "council", "storm", "bridge", "minister", "strike", "budget", "verdict", "signal", "tram",
)  # fmt: skip


@dataclass(slots=True)
class _Page:
    """One live page: the edits every post has had."""

    edits: list[int] = field(default_factory=lambda: [0] * POSTS)
    served: int = 0


class Pages:
    """``count`` sources under ``/page/<number>``. While ``going``, each answer carries one edit more than the last."""

    def __init__(self, count: int, seed: int) -> None:
        self._pages = [_Page() for _ in range(count)]
        self._random = random.Random(seed)
        self.going = True

    @property
    def edits(self) -> int:
        """How many edits were shown in all; two between the polls of one killed poller are one change."""
        return sum(sum(page.edits) for page in self._pages)

    def shown(self) -> list[int]:
        """How often each page has been asked for."""
        return [page.served for page in self._pages]

    async def answer(self, request: web.Request) -> web.Response:
        """A page's JSON; its first answer is the baseline."""
        number = int(request.match_info["number"])
        page = self._pages[number]
        if self.going and page.served:
            page.edits[self._random.randrange(POSTS)] += 1
        page.served += 1
        posts = [_post(number, place, edits) for place, edits in enumerate(page.edits)]
        return web.Response(body=json.dumps({"posts": posts}).encode(), content_type="application/json")

    def final_texts(self) -> dict[tuple[str, str], str]:
        """What each edited post says at the end, by source and the post's own id."""
        return {
            (f"page-{number}", str(place)): text(number, place, edits)
            for number, page in enumerate(self._pages)
            for place, edits in enumerate(page.edits)
            if edits
        }


def text(source: int, place: int, edits: int) -> str:
    """The body of a post after so many edits: a sentence that stays, and one that says which edit this is."""
    one, two = WORDS[(source + place) % len(WORDS)], WORDS[(source * 5 + place * 7 + 3) % len(WORDS)]
    return f"The {one} committee of district {source} met about the {two} on item {place}. Edit {edits} stands."


def _post(source: int, place: int, edits: int) -> dict[str, str]:
    published = datetime(2026, 5, 4, 12, 59 - place, tzinfo=UTC)
    return {
        "id": str(place),
        "title": f"District {source}: item {place}",
        "body": text(source, place, edits),
        "published": published.isoformat(),
    }
