"""How long after its commit a change stands in an open browser."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from benchmarks.web.figures import Figures, timed
from benchmarks.web.newsstand import newsstand, until
from tests.kit.browser import chromium, visiting

BAR_MS: Final = 250.0
_WATCHED: Final = """
window.arrived = [];
addEventListener("DOMContentLoaded", () => new MutationObserver((changes) => {
  for (const { addedNodes } of changes) {
    for (const node of addedNodes) {
      const rows = node.nodeType !== 1 ? [] : node.matches("li.change") ? [node] : node.querySelectorAll("li.change");
      for (const row of rows) {
        requestAnimationFrame(() => setTimeout(() => window.arrived.push([row.dataset.place, Date.now()])));
      }
    }
  }
}).observe(document.getElementById("changes"), { childList: true, subtree: true }));
"""


def visible(changes: int, progress: Callable[[str], Any]) -> Figures:
    """The whole way: a page on loopback changes, is polled and compared; Chromium has Now open.

    The commit is the time in the change's place in the log (the store's clock, this machine's); it is visible in the
    task after the first frame that has its row. One change a commit, as many as asked for.
    """
    return asyncio.run(_visible(changes, progress))


async def _visible(changes: int, progress: Callable[[str], Any]) -> Figures:
    async with newsstand(["storm"]) as stand, chromium() as browser, visiting(browser) as visit:
        await visit.page.add_init_script(_WATCHED)
        await visit.page.goto(stand.at)
        await visit.page.locator("[data-state=live]").wait_for()
        room = stand.newsrooms["storm"]
        for n in range(1, changes + 1):
            room.publish()
            await until(lambda: len(stand.archive.taken) >= n, f"change {n} was told")  # noqa: B023  # awaited here
            progress(f"change {n} of {changes}")
        await visit.page.wait_for_function(f"window.arrived.length >= {changes}", timeout=20_000)
        arrived: list[tuple[str, float]] = await visit.page.evaluate("window.arrived")
    taken_ms = [seen_ms - int(place.partition("-")[0]) for place, seen_ms in arrived]
    return timed("commit of a change → visible in an open browser", taken_ms, BAR_MS, slowest_ms=round(max(taken_ms)))
