"""The pictures of the docs: every page, in a wide window and on a phone, of the demo's own stories."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.web.newsstand import Newsstand, newsstand, until
from monitor.demo.newsroom import Newsroom
from tests.kit.browser import Visit, chromium, visiting

if TYPE_CHECKING:
    from playwright.async_api import Browser

FOLDER: Final = Path(__file__).parents[2] / "docs" / "pictures"
WINDOWS: Final[Mapping[str, tuple[int, int]]] = {"wide": (1280, 780), "narrow": (390, 844)}
MOST_BYTES: Final = 150_000
PAGES: Final = (
    "now",
    "now-dark",
    "post",
    "change",
    "sources",
    "source",
    "new-source",
    "deliveries",
    "destination",
    "sign-in",
    "nothing-here",
)
_WATCHED: Final = ("storm", "harbour", "council")


def pictures(progress: Callable[[str], Any], folder: Path = FOLDER, *, whole: bool = False) -> None:
    """Take them all anew, into ``folder``: what a window shows, or, to be looked at, ``whole`` pages."""
    folder.mkdir(exist_ok=True)
    asyncio.run(_pictures(progress, folder, whole=whole))
    heavy = [path.name for path in folder.glob("*.png") if path.stat().st_size > MOST_BYTES]
    if heavy and not whole:
        raise SystemExit(f"more than {MOST_BYTES} bytes: {', '.join(sorted(heavy))}")


async def _pictures(progress: Callable[[str], Any], folder: Path, *, whole: bool) -> None:
    async with newsstand(_WATCHED, failing=["ferries"], guarded=True) as stand, chromium() as browser:
        await _history(stand)
        for window, (width, height) in WINDOWS.items():
            for name in PAGES:
                progress(f"{name}, {window}")
                await _taken(browser, stand, name, folder / f"{name}-{window}.png", width, height, whole=whole)


async def _history(stand: Newsstand) -> None:
    """A few minutes of a newsroom's work, in seconds: each deed is told before the next is done."""
    storm, harbour, council = stand.newsrooms.values()
    deeds: list[Callable[[], Any]] = [council.publish, harbour.publish, storm.publish, lambda: _figure(storm, 5, 41)]
    deeds += [
        harbour.reword,
        storm.publish,
        lambda: _figure(storm, 5, 57),
        council.retime,
        lambda: _figure(harbour, 4, 36),
        storm.publish,
    ]
    for n, deed in enumerate(deeds, start=1):
        deed()
        await until(lambda: sum(_of_post(one.change) for one in stand.archive.taken) >= n, f"deed {n} was told")  # noqa: B023
    await until(lambda: any(one.change["type"] == "source.failing" for one in stand.archive.taken), "a page is away")


def _figure(room: Newsroom, post: int, number: int) -> None:
    """The figure in this post, of those that were there at first, is now another; nobody says so."""
    entry = room.entries[post]
    words = entry.body[0].split()
    at = next(n for n, word in enumerate(words) if word.isdigit())
    words[at] = str(number)
    entry.body[0] = " ".join(words)


def _of_post(change: Mapping[str, Any]) -> bool:
    return str(change["type"]).startswith("post.")


async def _taken(
    browser: Browser, stand: Newsstand, name: str, path: Path, width: int, height: int, *, whole: bool
) -> None:
    scheme = "dark" if name.endswith("-dark") else "light"
    window = {"width": width, "height": height}
    async with visiting(
        browser, viewport=window, color_scheme=scheme, reduced_motion="reduce", locale="en-GB", timezone_id="UTC"
    ) as visit:
        await _opened(visit, stand, name)
        await visit.page.screenshot(path=path, full_page=whole)


async def _opened(visit: Visit, stand: Newsstand, name: str) -> None:
    changes: list[dict[str, Any]] = [one.change for one in stand.archive.taken]
    edited = [one for one in changes if one["type"] == "post.edited" and one["data"]["source"]["name"] == "storm"][-1]
    failing = next(one for one in changes if one["type"] == "source.failing")
    paths = {
        "post": f"/posts/{edited['data']['post']['id']}?from=1&to=3",
        "change": f"/changes/{failing['id']}",
        "sources": "/sources",
        "source": "/sources/storm",
        "new-source": f"/sources/new?url={edited['data']['source']['url']}",
        "deliveries": "/deliveries",
        "destination": "/deliveries/desk",
        "nothing-here": "/posts/pst_nothing",
    }
    await visit.page.goto(f"{stand.guarded}/login" if name == "sign-in" else stand.at + paths.get(name, "/"))
    if name.startswith("now"):
        await visit.page.locator("[data-state=live]").wait_for()
    if name == "new-source":
        await visit.page.get_by_role("button", name="Preview", exact=True).click()
        await visit.page.locator("#seen").wait_for()
        await visit.page.evaluate("scrollTo(0, 0)")
