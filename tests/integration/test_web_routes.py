"""Every address of the web role, walked: who is let in, and what a change must bring with it."""

from __future__ import annotations

import dataclasses
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

ROUTES = (*FRAME, *PAGES)
OPEN = {"healthz", "readyz", "static", "login", "sign_in"}
"""The only addresses that anybody may ask for; a new one is added here on purpose or not at all."""

CLOSED = [route for route in ROUTES if route.needs != "open"]
CHANGING = [route for route in ROUTES if route.method != "GET"]
SAMPLES = (
    "x",
    "7",
    "chg_x",
    "pst_x",
    *(f"{kind}_{'0123456789abcdef' * 2}"[:at] for kind in ("chg", "pst") for at in (20, 36)),
)


def _telling(route: Route) -> Answer:
    """An answer that tells which page was reached."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(text=_named(route))

    return answer


async def _form(request: web.Request) -> web.StreamResponse:
    return web.Response(text=f'<input name="csrf" value="{csrf(request)}">')


def _named(route: Route) -> str:
    return f"{route.method} {route.path}"


TOLD = tuple(dataclasses.replace(route, answer=_telling(route)) for route in PAGES)
FORM = Route(method="GET", path="/a-form", answer=_form, name="a_form")
"""The pages of the application with an answer that shows it was reached; who comes that far is what is walked."""


def address(route: Route) -> str:
    """An address that leads to this route and no other."""
    app = build(no_parts(), PAGES)
    place = next(place for place, one in app[ROUTES_BY_PLACE].items() if one is route)
    resource = place.resource
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
async def nobody() -> AsyncIterator[TestClient[Any, Any]]:
    """One without token or cookie, at a guarded door."""
    async with visiting((*TOLD, FORM), door=GUARDED) as client:
        yield client


@pytest.fixture
async def reader(nobody: TestClient[Any, Any]) -> TestClient[Any, Any]:
    """One who signed in to read."""
    await sign_in(nobody, VIEW)
    return nobody


@pytest.fixture
async def operator(nobody: TestClient[Any, Any]) -> TestClient[Any, Any]:
    """One who signed in to operate."""
    await sign_in(nobody, OPERATE)
    return nobody


async def ask(client: TestClient[Any, Any], route: Route, **told: Any) -> tuple[int, bool]:
    """The status, and whether the page itself was reached (of the frame's own: whether it was not refused)."""
    answer = await client.request(route.method, address(route), allow_redirects=False, **told)
    text = await answer.text()
    reached = text == _named(route) if route in PAGES else answer.status not in {401, 403}
    return answer.status, reached


def test_every_route_is_known_to_the_door() -> None:
    """The router holds nothing that stands in no table: what is added aside would be open to all."""
    app = build(no_parts(), PAGES)
    known = app[ROUTES_BY_PLACE]

    assert set(app.router.routes()) == known.keys()
    assert len({route.name for route in ROUTES}) == len(ROUTES)


def test_only_these_addresses_are_open() -> None:
    """Health, static files and the login form need no token; everything else does."""
    assert {route.name for route in ROUTES if route.needs == "open"} <= OPEN


def test_what_changes_something_needs_an_operator() -> None:
    """Every POST and DELETE needs an operator, signing in and out aside: a preview makes us fetch, too."""
    free = {route.name for route in CHANGING if route.needs != "operate"}

    assert free <= {"sign_in", "logout"}


@pytest.mark.parametrize("route", CLOSED, ids=_named)
async def test_nobody_comes_in(nobody: TestClient[Any, Any], route: Route) -> None:
    """Without a token no closed page is reached: 401, or the login form for a person who would read."""
    person = await ask(nobody, route, headers={"Accept": "text/html"})
    program = await ask(nobody, route)

    assert person in {(303, False), (401, False)}
    assert program == (401, False)


@pytest.mark.parametrize("route", CLOSED, ids=_named)
@pytest.mark.parametrize("name", ["token", "access_token", "csrf", "key", "auth"])
async def test_a_token_in_the_address_is_none(nobody: TestClient[Any, Any], route: Route, name: str) -> None:
    """Addresses end in logs and histories: a token there opens nothing."""
    answer = await nobody.request(route.method, f"{address(route)}?{name}={OPERATE}", allow_redirects=False)

    assert answer.status == 401


@pytest.mark.parametrize("route", CLOSED, ids=_named)
async def test_a_wrong_token_opens_nothing(nobody: TestClient[Any, Any], route: Route) -> None:
    """A token that is not ours is refused on every route, in every way to send one."""
    for sent in (f"Bearer {VIEW}x", "Bearer ", "Basic eDp5", "Basic %%%", f"Token {OPERATE}", f"bearer {OPERATE[:-1]}"):
        assert await ask(nobody, route, headers={"Authorization": sent}) == (401, False)


@pytest.mark.parametrize("route", CLOSED, ids=_named)
async def test_a_reader_reads_and_changes_nothing(reader: TestClient[Any, Any], route: Route) -> None:
    """With a reader's session, and with a reader's token, what may be viewed is reached and the rest is not."""
    token = await form_token(reader, "/a-form")
    by_token = await ask(reader, route, headers={"Authorization": f"Bearer {VIEW}"})
    by_session = await ask(reader, route, headers={"X-CSRF": token})

    for _, reached in (by_session, by_token):
        assert reached is (route.needs == "view")
    assert by_session[0] != 401


@pytest.mark.parametrize("route", CLOSED, ids=_named)
async def test_an_operator_comes_in_everywhere(operator: TestClient[Any, Any], route: Route) -> None:
    """With an operator's session and the token of a form every route is reached; with the bearer token too."""
    token = await form_token(operator, "/a-form")
    by_token = await ask(operator, route, headers={"Authorization": f"Bearer {OPERATE}"})
    by_session = await ask(operator, route, headers={"X-CSRF": token})

    assert (by_session[1], by_token[1]) == (True, True)


@pytest.mark.parametrize("route", CHANGING, ids=_named)
async def test_a_change_needs_the_token_of_a_form(operator: TestClient[Any, Any], route: Route) -> None:
    """A session alone changes nothing: no token, a made-up one and another visitor's are refused; a form's is taken."""
    async with visiting((FORM,), door=GUARDED) as other:
        await sign_in(other, OPERATE)
        foreign = await form_token(other, "/a-form")
    for sent in ({}, {"X-CSRF": "x"}, {"X-CSRF": foreign}, {"Sec-Fetch-Site": "same-origin"}):
        assert await ask(operator, route, headers=sent) == (403, False)
    assert await ask(operator, route, data={"csrf": "x"}) == (403, False)

    told = await ask(operator, route, data={"csrf": await form_token(operator, "/a-form"), "token": OPERATE})

    assert told[1], told


@pytest.mark.parametrize("route", CHANGING, ids=_named)
async def test_a_change_asked_for_by_another_site_is_refused(operator: TestClient[Any, Any], route: Route) -> None:
    """What a browser says of a foreign page counts, even beside a right token of a form or a right bearer token."""
    token = await form_token(operator, "/a-form")
    for told in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        assert await ask(operator, route, headers={"X-CSRF": token, **told}) == (403, False)
        assert await ask(operator, route, headers={"Authorization": f"Bearer {OPERATE}", **told}) == (403, False)


@pytest.mark.parametrize("route", CHANGING, ids=_named)
async def test_an_open_door_still_asks_for_the_token_of_a_form(route: Route) -> None:
    """On loopback without tokens a foreign page could still post: every change needs a form's token there too."""
    async with visiting((*TOLD, FORM)) as client:
        assert await ask(client, route) == (403, False)
        told = await ask(client, route, headers={"X-CSRF": await form_token(client, "/a-form")})

        assert told[1], told


@pytest.mark.parametrize("route", [route for route in ROUTES if route.path != "/healthz"], ids=_named)
async def test_a_name_led_here_by_others_is_not_answered(route: Route) -> None:
    """A page that was rebound to this machine by DNS comes with its own name, and reaches nothing."""
    for told in ({}, {"Authorization": "Bearer any"}, {"Authorization": "Basic eDp5"}):
        async with visiting(TOLD) as client:
            answer = await client.request(
                route.method, address(route), headers={"Host": "evil.example", **told}, allow_redirects=False
            )

        assert answer.status == 421


@pytest.mark.parametrize("route", ROUTES, ids=_named)
async def test_every_answer_keeps_itself_safe(nobody: TestClient[Any, Any], route: Route) -> None:
    """Whatever is answered, refusals too: a strict policy, no sniffing, no framing, no name of the software's parts."""
    answer = await nobody.request(route.method, address(route), allow_redirects=False)

    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Server"] == "Stetwatch"
    assert answer.headers["Cache-Control"]
