"""The pages in a real Chromium over a real installation: what people do there, and what hostile pages cannot."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio

from monitor.core.deliver.permalinks import permalink
from monitor.core.deliver.wire import decode
from tests.kit import hostile
from tests.kit.browser import Visit, absent, chromium, visiting
from tests.kit.newsstand import TOKEN, Newsstand, newsstand
from tests.kit.waiting import wait_for

if TYPE_CHECKING:
    from playwright.async_api import Browser, Route

PAGES = (
    "now",
    "now, filtered",
    "post",
    "post, compared",
    "hostile post",
    "change",
    "sources",
    "source",
    "failing source",
    "hostile source",
    "new source",
    "deliveries",
    "destination",
    "attempts",
    "login",
    "nothing",
)
SEEN = {
    "script": f"Script {hostile.SCRIPT}",
    "breakout": f"Breakout {hostile.BREAKOUT}",
    "bidi": "Bidi paid knab eht yb in full",
    "word": "Word ΩΩΩΩ",
}
"""Of each hostile post's headline, what every page must show."""
MADE = "script, img, iframe, style, [onload], [onerror], a[href^='javascript:' i]"
UNSEEN = set("\u202e\u202c\u2067\u2069\u200b\u2060\ufeff\u00ad")
LATER = """
window.later = [];
const soon = window.setTimeout;
window.setTimeout = (then, ms, ...rest) => (ms < 5000 ? soon(then, ms, ...rest) : later.push([then, ms]));
"""
"""What a page puts off for long is done when the test says so."""
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One for all; without it all of this is skipped, with what is absent."""
    if missing := absent():
        pytest.skip(missing)
    async with chromium() as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Newsstand]:  # noqa: ARG001  # no browser, no stand
    """One for all; what a test adds to it stays."""
    async with newsstand(tmp_path_factory.mktemp("stand")) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def visit(browser: Browser) -> AsyncIterator[Visit]:
    """A visitor who must meet no dialog, no script error, no broken policy and no host but ours."""
    async with visiting(browser) as opened:
        yield opened
        assert await opened.broken() == []
    # A browser's own note that a page was refused, which is what some tests are about.
    assert [fault for fault in opened.faults if not re.search("status of (40[34]|502)", fault)] == []


async def test_a_change_arrives_without_a_reload(stand: Newsstand, visit: Visit) -> None:
    """Who watches Now sees a new post on top and a corrected figure as a redline, while the page stays the same."""
    page = visit.page
    await page.goto(stand.at)
    await page.locator("[data-state=live]").wait_for()
    await page.evaluate("window.kept = true")

    headline = stand.publish()
    await page.locator("li.change h3", has_text=headline).first.wait_for()
    stand.correct(77)
    await page.locator("li.change").first.locator("ins", has_text="77").wait_for()

    assert await page.locator("li.change").first.locator("del").first.text_content() == "41"
    assert await page.evaluate("window.kept")
    await page.locator("#told", has_text="on top of the list").wait_for(state="attached")


async def test_a_refused_stream_is_joined_again_after_the_last_change(stand: Newsstand, visit: Visit) -> None:
    """A proxy's error ends a browser's stream for good; the next one begins after what came, not at the page's load."""
    page, asked = visit.page, list[str]()
    event = 'retry: 1\n\nid: {}-0\nevent: change\ndata: {{"id": "chg_{}"}}\n\n'
    answers = [event.format(7, 1), event.format(8, 2)]

    async def answer(route: Route) -> None:
        asked.append(parse_qs(urlsplit(route.request.url).query)["after"][0])
        if answers:
            await route.fulfill(content_type="text/event-stream", body=answers.pop(0))
        else:
            await route.fulfill(status=502)

    await page.add_init_script(LATER)
    await page.route("**/changes/stream?*", answer)
    await page.goto(stand.at)
    await wait_for(lambda: page.evaluate("later.some(([, ms]) => ms === 10000)"), saying="the page's own patience")
    await page.evaluate("later.find(([, ms]) => ms === 10000)[0]()")
    await wait_for(lambda: len(asked) == 4, saying="a stream that the page begins")

    assert asked[0] == asked[2] != asked[3] == "8-0"


async def test_a_stream_with_a_gap_reloads_the_page_once_a_minute(stand: Newsstand, visit: Visit) -> None:
    """Where every stream says at once that changes are gone, the page is not loaded over and over."""
    page, loads = visit.page, list[str]()
    gone = "retry: 100\n\nevent: gone\ndata: {}\n\n"
    page.on("domcontentloaded", lambda loaded: loads.append(loaded.url))
    await page.add_init_script(LATER)
    await page.route("**/changes/stream?*", lambda route: route.fulfill(content_type="text/event-stream", body=gone))

    await page.goto(stand.at)
    await wait_for(lambda: page.evaluate("later.length > 1"), saying="two events `gone`")
    assert len(loads) == 1
    assert await page.evaluate("later.every(([, ms]) => 30000 < ms && ms <= 60000)")
    await page.evaluate("later[0][0]()")

    await wait_for(lambda: len(loads) == 2, saying="the reload")
    await page.unroute_all(behavior="ignoreErrors")


async def test_a_permalink_opens_at_its_change(stand: Newsstand, visit: Visit) -> None:
    """The address in a message shows the post, scrolled to the change, which is marked."""
    change = stand.told("post.edited", "p-1")[0]
    sent = next(decode(one.body) for one in stand.archive.taken if one.id == change["id"])

    await visit.page.goto(permalink(stand.at, sent))

    shown = visit.page.locator(f"#{sent.id}")
    assert await shown.locator("ins").first.text_content() == "41"
    assert await shown.evaluate("(it) => it.matches(':target') && it.getBoundingClientRect().top < innerHeight")


async def test_a_permalink_leads_through_the_door_to_its_change(stand: Newsstand, visit: Visit) -> None:
    """Who has to sign in first, and mistypes, stands before the same change afterwards."""
    page, change = visit.page, stand.told("post.edited", "p-1")[0]
    sent = next(decode(one.body) for one in stand.archive.taken if one.id == change["id"])

    await page.goto(permalink(stand.guarded, sent))
    for token in ("a-guess", TOKEN):
        await page.get_by_label("Token").fill(token)
        await page.get_by_role("button", name="Sign in").click()
    await page.locator(f"#{sent.id}").wait_for()

    assert page.url == permalink(stand.guarded, sent)


async def test_two_versions_are_compared(stand: Newsstand, visit: Visit) -> None:
    """Choosing two versions and pressing Compare shows what differs between them, with both digests."""
    page, change = visit.page, stand.told("post.edited", "p-1")[0]
    await page.goto(f"{stand.at}/posts/{change['data']['post']['id']}")

    await page.locator("select[name=from]").select_option("1")
    await page.locator("select[name=to]").select_option("2")
    await page.get_by_role("button", name="Compare").click()

    compared = page.locator("#compared")
    await compared.get_by_role("heading", name="Version 1 → version 2").wait_for()
    assert await compared.locator("ins").all_text_contents() == ["41"]
    assert await compared.locator("code.sha").all_text_contents() == [
        change["data"]["before"]["sha256"],
        change["data"]["after"]["sha256"],
    ]


async def test_a_source_is_added_after_a_look_at_it(stand: Newsstand, visit: Visit) -> None:
    """The preview shows the posts found, saving watches the page, and it can be paused, resumed and removed."""
    page = visit.page
    await page.goto(f"{stand.at}/sources")
    await page.get_by_role("link", name="Add a source").click()
    await page.get_by_label("Address of the page").fill(f"{stand.site.url}/live/harbour")
    await page.get_by_label("Name").fill("harbour")
    await page.get_by_role("button", name="Preview", exact=True).click()
    await page.get_by_role("heading", name="6 posts, found by").wait_for()
    assert await visit.judged() == []

    await page.get_by_role("button", name="Save and watch it").click()
    await page.get_by_role("heading", name="harbour", exact=True).wait_for()
    await page.get_by_role("button", name="Pause").click()
    await page.get_by_role("button", name="Resume").click()
    await page.get_by_text("Remove this source…").click()
    await page.get_by_role("button", name="Remove harbour").click()
    await page.get_by_role("heading", name="Sources").wait_for()

    assert await page.get_by_role("link", name="harbour", exact=True).count() == 0
    assert any(one.path == "/live/harbour" for one in stand.site.requests)


async def test_a_dead_letter_is_redelivered(stand: Newsstand, visit: Visit) -> None:
    """Pressed once, the receiver gets the change that was given up, and the list has one letter less."""
    page = visit.page
    await page.goto(f"{stand.at}/deliveries")
    await page.get_by_role("link", name="grave").first.click()
    letters = page.locator("section[aria-labelledby=dead] tbody tr")
    before, taken = await letters.count(), len(stand.grave.taken)

    await letters.first.get_by_role("button", name="Redeliver").click()
    await wait_for(lambda: len(stand.grave.taken) > taken, within_s=20, saying="the redelivery")
    await page.goto(f"{stand.at}/deliveries/grave")

    assert await letters.count() == before - 1


async def test_without_a_token_nobody_comes_in(stand: Newsstand, visit: Visit) -> None:
    """Every page leads to the door; a wrong token is told; the right one leads to where one wanted to go; out again."""
    page = visit.page
    await page.goto(f"{stand.guarded}/deliveries/grave")
    await page.get_by_role("heading", name="Sign in").wait_for()
    assert "grave" not in await page.locator("main").inner_text()

    await page.get_by_label("Token").fill("a-guess")
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_text("This token is not known here").wait_for()
    await page.get_by_label("Token").fill(TOKEN)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("heading", name="grave").wait_for()
    await page.get_by_role("button", name="Sign out").click()
    await page.goto(f"{stand.guarded}/")

    await page.get_by_role("heading", name="Sign in").wait_for()


async def test_an_address_that_leads_nowhere_says_so(stand: Newsstand, visit: Visit) -> None:
    """In a sentence, with the way to the other pages still there."""
    await visit.page.goto(f"{stand.at}/posts/pst_gone")

    await visit.page.get_by_text("Its changes are not kept any more, or there never was one.", exact=True).wait_for()
    await visit.page.get_by_role("link", name="Now").click()
    await visit.page.get_by_role("heading", name="Now").wait_for()


async def test_all_of_it_works_without_javascript(stand: Newsstand, browser: Browser) -> None:
    """With scripts off changes are read, filtered and compared, and a source is paused and resumed."""
    async with visiting(browser, java_script_enabled=False) as opened:
        page = opened.page
        await page.goto(stand.at)
        await page.get_by_label("Source", exact=True).fill("storm")
        await page.get_by_role("button", name="Filter").click()
        rows = page.locator("li.change")
        assert set(await rows.locator("a.source").all_text_contents()) == {"storm"}
        await rows.filter(has_text="41").last.get_by_role("heading").get_by_role("link").click()
        await page.get_by_role("button", name="Compare").click()
        await page.locator("#compared").wait_for()
        await page.goto(f"{stand.at}/sources/storm")
        await page.get_by_role("button", name="Pause").click()
        await page.get_by_text("Paused", exact=False).first.wait_for()
        await page.get_by_role("button", name="Resume").click()
        await page.get_by_role("button", name="Pause").wait_for()

    assert opened.faults == []


@pytest.mark.parametrize("name", PAGES)
async def test_each_page_is_fit_to_be_read(stand: Newsstand, visit: Visit, name: str) -> None:
    """In light and dark axe-core finds nothing serious, and at 360 pixels nothing hangs over the edge."""
    page = visit.page
    await page.goto((stand.guarded if name == "login" else stand.at) + stand.pages()[name])
    light = await visit.judged()
    await page.emulate_media(color_scheme="dark")
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.locator("main details").evaluate_all("(all) => all.forEach((one) => { one.open = true; })")
    dark = await visit.judged()

    assert (light, dark, await visit.overhang()) == ([], [], 0)


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        *((path, tuple(hostile.POSTS)) for path in ("/?source=ill", "/sources/ill", "/deliveries/grave")),
        *(("/posts/{post}?from=1&to=2", (key,)) for key in hostile.POSTS),
    ],
)
async def test_hostile_text_shows_as_text(stand: Newsstand, visit: Visit, path: str, keys: tuple[str, ...]) -> None:
    """Headlines stand there to the letter; they make no element and no link, turn nothing round and run nothing."""
    change = stand.told("post.edited", keys[0])[0]
    await visit.page.goto(stand.at + path.format(post=change["data"]["post"]["id"]))

    shown = " ".join((await visit.page.locator("main").inner_text()).split())

    assert [key for key in keys if SEEN[key] not in shown] == []
    assert await visit.page.locator(f"main :is({MADE})").count() == 0
    assert not set(shown) & UNSEEN


async def test_hostile_text_arrives_as_text(stand: Newsstand, visit: Visit) -> None:
    """What comes while one watches, our script puts there as text, the 1 MB word cut, nothing over the edge."""
    page = visit.page
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.goto(f"{stand.at}/?source=ill")
    await page.locator("[data-state=live]").wait_for()

    stand.show("ill", hostile.page(hostile.POSTS, round_=2))
    for key in hostile.POSTS:
        change = await stand.after("post.edited", key, count=2)
        await page.locator(f"#{change['id']}.arrived", has_text="2").wait_for()

    assert await page.locator(f"main :is({MADE})").count() == 0
    assert len(await page.locator("main").inner_text()) < 50_000
    assert await visit.overhang() == 0


async def test_a_receivers_hostile_answer_shows_as_text(stand: Newsstand, visit: Visit) -> None:
    """What a receiver answered stands there to the letter, without what would turn it round."""
    page = visit.page
    await page.goto(stand.at + stand.pages()["attempts"])
    await page.get_by_text("what it answered").first.click()

    answer = await page.get_by_label("Answer").first.inner_text()

    assert answer == f"{hostile.BREAKOUT} paid knab eht yb in full"


async def test_a_hostile_page_is_looked_at_before_it_is_watched(stand: Newsstand, visit: Visit) -> None:
    """The preview shows a hostile page's posts as text too, and what it is called stays a name."""
    page = visit.page
    await page.goto(f"{stand.at}/sources/new?url={stand.site.url}/live/ill")
    await page.get_by_role("button", name="Preview", exact=True).click()
    await page.get_by_role("heading", name="7 posts, found by").wait_for()

    shown = " ".join((await page.locator("main").inner_text()).split())

    assert [key for key in hostile.POSTS if SEEN[key] not in shown] == []
    assert await page.locator(f"main :is({MADE})").count() == 0
    assert await visit.judged() == []
    await page.set_viewport_size({"width": 360, "height": 740})
    assert await visit.overhang() == 0


async def test_a_stored_copy_is_plain_text(stand: Newsstand, visit: Visit) -> None:
    """A hostile page's copy, opened as evidence, shows its source and runs nothing of it."""
    page, change = visit.page, stand.told("post.edited", "script")[0]
    await page.goto(f"{stand.at}/posts/{change['data']['post']['id']}?change={change['id']}")
    await page.get_by_role("link", name=change["data"]["snapshot"]["name"]).first.click()
    await page.wait_for_url("**/copies/**")

    assert "<!doctype html>" in await page.locator("pre").inner_text()
    assert await page.locator("article, script").count() == 0
