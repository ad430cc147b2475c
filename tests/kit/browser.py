"""A real headless Chromium, where ``make test-extras`` could fetch one, and a watch over what it must never do."""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.kit.cli import ROOT

if TYPE_CHECKING:
    from playwright.async_api import Browser, ConsoleMessage, Page, Request

AXE = ROOT / ".extras" / "node_modules" / "axe-core" / "axe.min.js"
_ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_WATCHED = """
window.broken = [];
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
  window.broken.push(`${violatedDirective} ${blockedURI}`);
});
"""
_JUDGED = """
async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
  .filter(({ impact }) => impact === "serious" || impact === "critical")
  .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(" | ")}`)
"""


def absent() -> str:
    """What a browser cannot be had for, in words; "" where all is there."""
    missing = [] if importlib.util.find_spec("playwright") else ["Playwright"]
    missing += [] if shutil.which("chromium") else ["Chromium"]
    return f"{' and '.join(missing)} absent: `make test-extras` fetches what it can" if missing else ""


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser with a profile of its own, where nothing is ``absent``."""
    from playwright.async_api import async_playwright  # noqa: PLC0415  # only where it is there

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Visit:
    """One visitor's page. ``faults`` is what went wrong: dialogs, errors of scripts, requests that leave loopback."""

    page: Page
    faults: list[str] = field(default_factory=list)

    async def watched(self) -> Visit:
        """From now on."""
        page = self.page
        page.set_default_timeout(10_000)
        page.on("dialog", lambda dialog: self.faults.append(f"dialog: {dialog.message}"))
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("console", self._said)
        page.on("request", self._asked)
        await page.add_init_script(_WATCHED)
        return self

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.hostname != "127.0.0.1" and url.scheme not in {"data", "about"}:
            self.faults.append(f"request: {request.url[:200]}")

    async def broken(self) -> list[str]:
        """The rules of the content security policy that the page at hand broke."""
        found: list[str] = await self.page.evaluate("window.broken")
        return found

    async def overhang(self) -> int:
        """CSS pixels by which the page is wider than its window."""
        found: int = await self.page.evaluate(
            "document.scrollingElement.scrollWidth - document.documentElement.clientWidth"
        )
        return found

    async def judged(self) -> Sequence[str]:
        """What axe-core finds serious or critical on the page at hand."""
        await self.page.evaluate(_axe())
        found: list[str] = await self.page.evaluate(_JUDGED)
        return found


@contextlib.asynccontextmanager
async def visiting(browser: Browser, **context: Any) -> AsyncIterator[Visit]:
    """A fresh visitor, without cookies; ``context`` as Playwright's ``new_context`` takes it."""
    opened = await browser.new_context(**context)
    try:
        yield await Visit(await opened.new_page()).watched()
    finally:
        await opened.close()


def _axe() -> str:
    if not AXE.is_file():
        pytest.skip("npm's axe-core is absent: `make test-extras` fetches what it can")
    return AXE.read_text(encoding="utf-8")
