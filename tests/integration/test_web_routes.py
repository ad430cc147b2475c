"""Every address of the web role, walked: who is let in, and what a change must bring with it.

Each fact is proved for all routes there are, those to come included: a page module's routes need no test of their own.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from monitor.web.access import ROUTES_BY_PLACE
from monitor.web.answers import csrf
from monitor.web.app import FRAME, PAGES, build
from monitor.web.routes import Answer, Route
from tests.kit.visitors import GUARDED, OPERATE, VIEW, form_token, no_parts, sign_in, visiting

ROUTES = sorted((*FRAME, *PAGES), key=lambda route: route.name == "logout")  # after it one is signed out
OPEN = {"healthz", "readyz", "static", "login", "sign_in"}
"""The only addresses that anybody may ask for; a new one is added here on purpose or not at all."""

CLOSED = [route for route in ROUTES if route.needs != "open"]
CHANGING = [route for route in ROUTES if route.method != "GET"]
SAMPLES = ("x", "7", "chg_0123456789abcdef", "pst_0123456789abcdef")
FOREIGN = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
)
Client = TestClient[Any, Any]


def named(route: Route) -> str:
    """A route in a line."""
    return f"{route.method} {route.path}"


def _telling(route: Route) -> Answer:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(text=named(route))

    return answer


async def _form(request: web.Request) -> web.StreamResponse:
    return web.Response(text=f'<input name="csrf" value="{csrf(request)}">')


TOLD = tuple(dataclasses.replace(route, answer=_telling(route)) for route in PAGES)
"""The pages of the application, each with an answer that tells which page was reached."""
FORM = Route(method="GET", path="/a-form", answer=_form, name="a_form")


@functools.cache
def address(route: Route) -> str:
    """An address that leads to this route."""
    app = build(no_parts(), PAGES)
    resource = next(place.resource for place, one in app[ROUTES_BY_PLACE].items() if one is route)
    assert resource is not None
    pattern = resource.get_info().get("pattern")
    if pattern is None:
        return resource.canonical
    for sample in SAMPLES:
        path = str(resource.url_for(**dict.fromkeys(pattern.groupindex, sample)))
        if pattern.fullmatch(path):
            return path
    raise AssertionError(f"no sample fits {route.path}: add one to SAMPLES")


@pytest.fixture
async def nobody() -> AsyncIterator[Client]:
    """One without token or cookie, at a guarded door."""
    async with visiting((*TOLD, FORM), door=GUARDED) as client:
        yield client


@pytest.fixture
async def reader(nobody: Client) -> Client:
    """One who signed in to read."""
    await sign_in(nobody, VIEW)
    return nobody


@pytest.fixture
async def operator(nobody: Client) -> Client:
    """One who signed in to operate."""
    await sign_in(nobody, OPERATE)
    return nobody


async def ask(client: Client, route: Route, **told: Any) -> tuple[int, bool]:
    """The status, and whether the page itself was reached (of the frame's own: whether it was not refused)."""
    answer = await client.request(route.method, address(route), allow_redirects=False, **told)
    text = await answer.text()
    reached = text == named(route) if route in PAGES else answer.status not in {401, 403, 421}
    return answer.status, reached


def test_every_route_is_known_to_the_door() -> None:
    """The router holds nothing that stands in no table: what is added aside would be open to all."""
    app = build(no_parts(), PAGES)
    known = app[ROUTES_BY_PLACE]

    assert set(app.router.routes()) == known.keys()
    assert len({route.name for route in ROUTES}) == len(ROUTES)


def test_only_these_addresses_are_open() -> None:
    """Health, static files and the login form need no token; everything else does."""
    assert {route.name for route in ROUTES if route.needs == "open"} == OPEN


def test_what_changes_something_needs_an_operator() -> None:
    """Every POST and DELETE needs an operator, signing in and out aside: a preview makes us fetch, too."""
    assert {route.name for route in CHANGING if route.needs != "operate"} == {"sign_in", "logout"}


async def test_nobody_comes_in(nobody: Client) -> None:
    """Without a token no closed page is reached: 401, or for a person who would read the login form."""
    wrong = []
    for route in CLOSED:
        person = await ask(nobody, route, headers={"Accept": "text/html"})
        form = route.method == "GET" and not route.path.startswith("/api/")
        if person != (303 if form else 401, False) or await ask(nobody, route) != (401, False):
            wrong.append(named(route))

    assert wrong == []


@pytest.mark.parametrize("name", ["token", "access_token", "csrf", "key", "auth"])
async def test_a_token_in_the_address_is_none(nobody: Client, name: str) -> None:
    """Addresses end in logs and histories: a token there opens nothing."""
    wrong = []
    for route in CLOSED:
        answer = await nobody.request(route.method, f"{address(route)}?{name}={OPERATE}", allow_redirects=False)
        if answer.status != 401:
            wrong.append((named(route), answer.status))

    assert wrong == []


@pytest.mark.parametrize("route", CLOSED[:1], ids=named)
@pytest.mark.parametrize(
    "sent", [f"Bearer {VIEW}x", "Bearer ", "Basic eDp5", "Basic %%%", f"Token {OPERATE}", f"bearer {OPERATE[:-1]}"]
)
async def test_a_wrong_token_opens_nothing(nobody: Client, route: Route, sent: str) -> None:
    """A token that is not ours is refused, in every way to send one."""
    assert await ask(nobody, route, headers={"Authorization": sent}) == (401, False)


async def test_a_reader_reads_and_changes_nothing(reader: Client) -> None:
    """With a reader's session, and with a reader's token, what may be viewed is reached and the rest is refused."""
    wrong = []
    for route in CLOSED:
        by_token = await ask(reader, route, headers={"Authorization": f"Bearer {VIEW}"})
        by_session = await ask(reader, route, headers={"X-CSRF": await form_token(reader, "/a-form")})
        for status, reached in (by_token, by_session):
            if reached is not (route.needs == "view") or not (reached or status == 403):
                wrong.append((named(route), status))

    assert wrong == []


async def test_an_operator_comes_in_everywhere(operator: Client) -> None:
    """With an operator's session and the token of a form every page is reached, at its own address; by bearer too."""
    wrong = []
    for route in CLOSED:
        by_token = await ask(operator, route, headers={"Authorization": f"Bearer {OPERATE}"})
        by_session = await ask(operator, route, headers={"X-CSRF": await form_token(operator, "/a-form")})
        if not (by_token[1] and by_session[1]):
            wrong.append((named(route), by_token, by_session))

    assert wrong == []


async def test_a_change_needs_the_token_of_a_form(operator: Client) -> None:
    """A session alone changes nothing: no token, a made-up one and another visitor's are refused; a form's is taken."""
    async with visiting((FORM,), door=GUARDED) as other:
        await sign_in(other, OPERATE)
        foreign = await form_token(other, "/a-form")
    refused: list[dict[str, Any]] = [
        {},
        {"headers": {"X-CSRF": "x"}},
        {"headers": {"X-CSRF": foreign}},
        {"headers": {"Sec-Fetch-Site": "same-origin"}},
        {"data": {"csrf": "x"}},
        {"params": {"csrf": await form_token(operator, "/a-form")}},
    ]
    wrong = []
    for route in CHANGING:
        wrong += [(named(route), told) for told in refused if await ask(operator, route, **told) != (403, False)]
        form = {"csrf": await form_token(operator, "/a-form"), "token": OPERATE}
        if not (await ask(operator, route, data=form))[1]:
            wrong.append((named(route), form))

    assert wrong == []


async def test_a_change_asked_for_by_another_site_is_refused(operator: Client) -> None:
    """What a browser says of a foreign page counts, even beside a right token of a form or a right bearer token."""
    token = await form_token(operator, "/a-form")
    wrong = [
        (named(route), sent, told)
        for route in CHANGING
        for told in FOREIGN
        for sent in ({"X-CSRF": token}, {"Authorization": f"Bearer {OPERATE}"})
        if await ask(operator, route, headers={**sent, **told}) != (403, False)
    ]

    assert wrong == []


async def test_an_open_door_still_asks_for_the_token_of_a_form() -> None:
    """On loopback without tokens a foreign page could still post: every change needs a form's token there too."""
    wrong = []
    async with visiting((*TOLD, FORM)) as client:
        for route in CHANGING:
            bare = await ask(client, route)
            told = await ask(client, route, headers={"X-CSRF": await form_token(client, "/a-form")})
            if bare != (403, False) or not told[1]:
                wrong.append((named(route), bare, told))

    assert wrong == []


async def test_a_name_led_here_by_others_is_not_answered() -> None:
    """A page that was rebound to this machine by DNS comes with its own name and reaches nothing, whatever it sends."""
    wrong = []
    async with visiting(TOLD) as client:
        for route in ROUTES:
            for told in ({}, {"Authorization": "Bearer any"}, {"Authorization": "Basic eDp5"}):
                status, _ = await ask(client, route, headers={"Host": "evil.example", **told})
                if status != (200 if route.path == "/healthz" else 421):
                    wrong.append((named(route), told, status))

    assert wrong == []


async def test_every_answer_keeps_itself_safe(nobody: Client) -> None:
    """Whatever is answered, refusals too: a strict policy, no sniffing, no framing, no name of the software's parts."""
    wrong = []
    for route in ROUTES:
        answer = await nobody.request(route.method, address(route), allow_redirects=False)
        told = answer.headers
        safe = "default-src 'none'" in told["Content-Security-Policy"] and told["X-Frame-Options"] == "DENY"
        if not safe or told["X-Content-Type-Options"] != "nosniff" or told["Server"] != "Stetwatch":
            wrong.append(named(route))

    assert wrong == []
