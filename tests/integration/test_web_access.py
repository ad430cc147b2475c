"""The web role's frame over real HTTP: signing in, sessions, what is told when something is wrong, static files."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import json
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from ipaddress import ip_network
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from structlog.testing import capture_logs

from monitor.errors import StetwatchError, StoreUnavailable
from monitor.web.answers import Problem, absolute, json_answer
from monitor.web.app import build
from monitor.web.assets import ASSETS
from monitor.web.door import Door
from monitor.web.routes import Route
from monitor.web.serving import Web
from monitor.web.throttle import MOST
from tests.kit.visitors import GUARDED, OPERATE, VIEW, form_token, no_parts, sign_in, visiting
from tests.kit.waiting import wait_for

PERSON = {"Accept": "text/html"}
HOSTILE = "<script>alert(1)</script>"


async def _shown(request: web.Request) -> web.StreamResponse:
    return web.Response(text=f"shown at {absolute(request, '/')}", headers={"ETag": '"one"'})


async def _long(_request: web.Request) -> web.StreamResponse:
    return json_answer(["a word"] * 1_000)


async def _away(_request: web.Request) -> web.StreamResponse:
    raise StoreUnavailable("the store at redis://:password@box does not answer")


async def _broken(_request: web.Request) -> web.StreamResponse:
    raise RuntimeError("the secret of the house")


async def _refused(_request: web.Request) -> web.StreamResponse:
    raise Problem(409, "That name is taken", f"Choose another than {HOSTILE}.")


async def _stream(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    await response.write(b"data: 1\n\n")
    raise RuntimeError("the far end's store went away")


ROUTES = tuple(
    Route(method="GET", path=path, answer=answer, name=path.strip("/").replace("/", "_") or "now")
    for path, answer in {
        "/": _shown,
        "/long": _long,
        "/away": _away,
        "/api/v1/away": _away,
        "/broken": _broken,
        "/api/v1/broken": _broken,
        "/refused": _refused,
        "/api/v1/refused": _refused,
        "/stream": _stream,
    }.items()
)


async def cookies_of(client: TestClient[Any, Any], path: str, **told: Any) -> SimpleCookie:
    """The cookies an answer sets, with their attributes."""
    answer = await client.get(path, allow_redirects=False, **told)
    return SimpleCookie("\n".join(answer.headers.getall("Set-Cookie", [])))


async def test_signing_in_leads_back_to_where_one_wanted_to_go() -> None:
    """A person without a session is led to the form, and from there, with the right token, to the page."""
    async with visiting(ROUTES, door=GUARDED) as client:
        led = await client.get("/long?q=1", headers=PERSON, allow_redirects=False)
        assert (led.status, led.headers["Location"]) == (303, "/login?next=/long?q%3D1")
        form = await form_token(client, led.headers["Location"])
        told = {"csrf": form, "next": "/long?q=1", "token": f" {VIEW}\n"}
        signed = await client.post("/login", data=told, allow_redirects=False)

        assert (signed.status, signed.headers["Location"]) == (303, "/long?q=1")
        assert (await client.get("/long")).status == 200


@pytest.mark.parametrize("next_", ["//evil.example", "https://evil.example", "/\\evil.example", "/login", "/a\nb", ""])
async def test_signing_in_never_leads_to_another_site(next_: str) -> None:
    """Whatever stands in `next`, one lands on a page of ours."""
    async with visiting(ROUTES, door=GUARDED) as client:
        told = {"csrf": await form_token(client, "/login"), "next": next_, "token": VIEW}
        signed = await client.post("/login", data=told, allow_redirects=False)

    assert signed.headers["Location"] == "/"


async def test_a_wrong_token_is_told_and_begins_nothing() -> None:
    """The form comes again with status 403 and says so; the page stays closed."""
    async with visiting(ROUTES, door=GUARDED) as client:
        told = {"csrf": await form_token(client, "/login"), "token": "readers-read-her"}
        wrong = await client.post("/login", data=told)

        assert (wrong.status, "not known here" in await wrong.text()) == (403, True)
        assert (await client.get("/")).status == 401


async def test_too_many_wrong_tokens_have_to_wait() -> None:
    """After ten wrong ones the address is told to wait, right token or not; a session that exists goes on."""
    at, elapsed_s = datetime(2026, 11, 24, tzinfo=UTC), 0.0
    parts = no_parts(now=lambda: at, monotonic_s=lambda: elapsed_s)
    async with visiting(ROUTES, door=GUARDED, parts=parts) as client:
        await sign_in(client, VIEW)
        wrong = [await client.get("/", headers={"Authorization": "Bearer wrong"}) for _ in range(MOST)]
        right = await client.get("/", headers={"Authorization": f"Bearer {OPERATE}"})

        assert {answer.status for answer in wrong} == {401}
        assert (right.status, right.headers["Retry-After"]) == (429, "60")
        assert (await client.get("/")).status == 200
        elapsed_s, at = 60.0, at - timedelta(hours=1)  # the clock on the wall is set back meanwhile
        assert (await client.get("/", headers={"Authorization": f"Bearer {OPERATE}"})).status == 200


async def test_wrong_tokens_behind_a_proxy_hold_up_nobody_else() -> None:
    """A proxy that tells IPv4 visitors as IPv6 addresses tells them apart: one waits, the other comes in."""
    door = dataclasses.replace(GUARDED, proxies=(ip_network("127.0.0.0/8"),))
    one, other = ({"X-Forwarded-For": f"::ffff:{address}"} for address in ("203.0.113.9", "198.51.100.7"))
    async with visiting(ROUTES, door=door) as client:
        for _ in range(MOST):
            await client.get("/", headers={"Authorization": "Bearer wrong", **one})
        told = [
            (await client.get("/", headers={"Authorization": f"Bearer {VIEW}", **asked})).status
            for asked in (one, other, {"X-Forwarded-For": "203.0.113.9"})
        ]

    assert told == [429, 200, 429]


async def test_the_cookie_is_for_us_alone() -> None:
    """No script reads it and no foreign form sends it; over https it is bound to the host and never sent in clear."""
    async with visiting(ROUTES, door=GUARDED) as client:
        (plain,) = (await cookies_of(client, "/login")).values()
    async with visiting(ROUTES, door=dataclasses.replace(GUARDED, url="https://stet.example")) as client:
        (secure,) = (await cookies_of(client, "/login")).values()

    assert (plain["httponly"], plain["samesite"], plain["secure"], plain["path"]) == (True, "Lax", "", "/")
    assert (secure.key, secure["secure"], secure["domain"]) == ("__Host-stetwatch", True, "")


async def test_a_page_that_holds_no_form_sets_no_cookie() -> None:
    """Programs and readers of an open door are not given cookies they have no use for."""
    async with visiting(ROUTES) as client:
        assert not await cookies_of(client, "/")
        assert not await cookies_of(client, "/nowhere")


async def test_a_session_outlives_the_process() -> None:
    """A cookie of one process is read by another with the same tokens, and by none with another token."""
    async with visiting(ROUTES, door=GUARDED) as client:
        await sign_in(client, VIEW)
        jar = {cookie.key: cookie.value for cookie in client.session.cookie_jar}
        (value,) = jar.values()
    for token, status in ((GUARDED.view_token, 200), (GUARDED.operate_token, 401)):
        door = dataclasses.replace(GUARDED, view_token=token, operate_token=None)
        async with visiting(ROUTES, door=door) as other:
            name = f"stetwatch-{door.port}"
            assert (await other.get("/", cookies={name: value})).status == status


async def test_a_session_ends_after_a_week() -> None:
    """What was signed eight days ago opens nothing."""
    at = datetime(2026, 11, 24, tzinfo=UTC)
    async with visiting(ROUTES, door=GUARDED, parts=no_parts(now=lambda: at)) as client:
        await sign_in(client, VIEW)
        at += timedelta(days=6)
        assert (await client.get("/")).status == 200
        at += timedelta(days=2)
        assert (await client.get("/")).status == 401


async def test_signing_out_ends_it_in_this_browser() -> None:
    """After signing out the page is closed again."""
    async with visiting(ROUTES, door=GUARDED) as client:
        await sign_in(client, OPERATE)
        out = await client.post("/logout", data={"csrf": await form_token(client, "/nowhere")}, allow_redirects=False)

        assert (out.status, out.headers["Location"]) == (303, "/login")
        assert (await client.get("/")).status == 401


async def test_feed_readers_send_the_token_as_a_password() -> None:
    """HTTP Basic opens what is read, under any user name; it changes nothing, as browsers send it unasked."""
    basic = {"Authorization": "Basic " + base64.b64encode(f"me:{OPERATE}".encode()).decode()}
    async with visiting(ROUTES, door=GUARDED) as client:
        assert (await client.get("/", headers=basic)).status == 200
        assert (await client.post("/logout", headers=basic)).status == 401


async def test_what_is_wrong_is_a_page_for_people_and_a_document_for_programs() -> None:
    """A problem is a page whose text is text, and under /api/ an RFC 9457 document."""
    async with visiting(ROUTES) as client:
        person = await client.get("/refused")
        program = await client.get("/api/v1/refused")
        shown = await person.text()

        assert (person.status, person.content_type, HOSTILE in shown, "That name is taken" in shown) == (
            409,
            "text/html",
            False,
            True,
        )
        assert program.content_type == "application/problem+json"
        assert await program.json(content_type=None) == {
            "type": "about:blank",
            "title": "That name is taken",
            "status": 409,
            "detail": f"Choose another than {HOSTILE}.",
        }


async def test_a_store_that_is_away_is_said_without_its_address() -> None:
    """503 with a time to come back; where the store is stays in the log."""
    async with visiting(ROUTES) as client:
        for path in ("/away", "/api/v1/away"):
            answer = await client.get(path)
            assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
            assert "password" not in await answer.text()


async def test_a_fault_of_ours_is_logged_and_not_shown() -> None:
    """500 says that the log knows; the traceback is there and nowhere else."""
    async with visiting(ROUTES) as client:
        with capture_logs() as logged:
            answers = [await client.get(path) for path in ("/broken", "/api/v1/broken")]
        for answer in answers:
            assert answer.status == 500
            assert "secret of the house" not in await answer.text()

    assert [line["log_level"] for line in logged] == ["error", "error"]


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/api/v1/nowhere", 404)])
async def test_an_address_that_is_none_is_said_in_our_words(path: str, status: int) -> None:
    """404 looks like every other answer of ours, and so does a method that an address does not know."""
    async with visiting(ROUTES) as client:
        answer = await client.get(path)
        other = await client.delete("/long", headers={"Authorization": "Bearer program"})

        assert (answer.status, "Content-Security-Policy" in answer.headers) == (status, True)
        assert (other.status, other.headers["Allow"]) == (405, "GET,HEAD")


async def test_a_stream_is_neither_compressed_nor_answered_twice() -> None:
    """Server-sent events go out as they are written; one that breaks is cut off, without an error page inside."""
    async with visiting(ROUTES) as client:
        answer = await client.get("/stream", headers={"Accept-Encoding": "gzip"})
        received = b""
        with pytest.raises(Exception, match=r"payload|closed"):  # noqa: PT012  # it breaks while it is read
            while True:
                received += await answer.content.readany()

    assert "Content-Encoding" not in answer.headers
    assert received == b"data: 1\n\n"


@pytest.mark.parametrize(
    ("asked", "coding"), [("gzip, br", "gzip"), ("br", None), ("gzip;q=0", None), ("gzip;q=0.5", "gzip"), ("", None)]
)
async def test_a_long_answer_is_compressed_for_those_who_can_read_it(asked: str, coding: str | None) -> None:
    """gzip where it was asked for, plain elsewhere; caches are told that it depends."""
    async with visiting(ROUTES) as client:
        answer = await client.get("/long", headers={"Accept-Encoding": asked})

        assert (answer.headers.get("Content-Encoding"), answer.headers["Vary"]) == (coding, "Accept-Encoding")
        assert len(await answer.json()) == 1_000


async def test_an_answer_one_has_is_not_sent_again() -> None:
    """304 without a body for the ETag of any page, in weak comparison; another ETag gets the page."""
    async with visiting(ROUTES) as client:
        for held, named in (('"one"',) * 2, ('W/"one"',) * 2, ('"zero", W/"one"', 'W/"one"'), ("*", '"one"')):
            again = await client.get("/", headers={"If-None-Match": held})
            assert (again.status, await again.read(), again.headers["ETag"]) == (304, b"", named)
        assert (await client.get("/", headers={"If-None-Match": '"two"'})).status == 200


@pytest.mark.parametrize("file", sorted(ASSETS))
async def test_a_static_file_is_kept_by_its_mark(file: str) -> None:
    """By its mark it is kept for good, by its plain name it is asked for anew, and both answer a 304."""
    async with visiting(ROUTES, door=GUARDED) as client:
        marked = await client.get(f"/static/{file}?v={ASSETS[file].mark}")
        plain = await client.get(f"/static/{file}")
        again = await client.get(f"/static/{file}", headers={"If-None-Match": plain.headers["ETag"]})

        assert (marked.status, await marked.read() == ASSETS[file].body) == (200, True)
        assert "immutable" in marked.headers["Cache-Control"]
        assert (plain.headers["Cache-Control"], again.status) == ("no-cache", 304)
        assert plain.content_type == ASSETS[file].content_type


@pytest.mark.parametrize("file", ["app.py", "..%2fapp.py", "%2e%2e/app.py", "style.css%00", "STYLE.CSS", ".", ""])
async def test_no_other_file_is_served(file: str) -> None:
    """Only known names are files: no way out of the folder, no other spelling."""
    async with visiting(ROUTES) as client:
        assert (await client.get(f"/static/{file}")).status in {400, 404}


@pytest.mark.parametrize(
    "host", ["localhost:99999", "localhost:abc", "127.0.0.1:8080#x", "[::1", "a b", "evil.example"]
)
@pytest.mark.parametrize("path", ["/login", "/", "/static/style.css", "/nowhere"])
async def test_a_host_that_is_none_of_ours_is_turned_away(host: str, path: str) -> None:
    """A name or a port that cannot be read is 421 like a foreign one (404 where nothing is), and raises no alarm."""
    async with visiting(ROUTES, door=GUARDED) as client:
        with capture_logs() as logged:
            reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            line = await asyncio.wait_for(reader.readline(), 5)
            writer.close()

    assert line.split()[1] == (b"404" if path == "/nowhere" else b"421")
    assert logged == []


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
async def test_an_open_door_is_closed_to_who_comes_by_a_proxy(header: str) -> None:
    """403 with what to do, whatever else is sent; health is told, and with a token the proxy is no matter."""
    sent = {header: "203.0.113.9", "Host": "127.0.0.1", "Authorization": "Bearer any"}
    async with visiting(ROUTES) as client:
        answers = [await client.get(path, headers=sent) for path in ("/", "/login", "/api/v1/refused", "/readyz")]
        answers.append(await client.post("/logout", headers=sent))
        assert {answer.status for answer in answers} == {403}
        for answer in answers:
            assert "Set [web] operate_token_env" in await answer.text()
        assert (await client.get("/healthz", headers=sent)).status == 200
        assert (await client.get("/")).status == 200
    async with visiting(ROUTES, door=GUARDED) as client:
        assert (await client.get("/", headers={**sent, "Authorization": f"Bearer {VIEW}"})).status == 200


async def test_healthz_says_nothing_but_that_it_lives() -> None:
    """Open to anybody under any name, and the same whatever the store does."""
    async with visiting(door=GUARDED) as client:
        answer = await client.get("/healthz", headers={"Host": "pod-7.cluster"})

        assert (answer.status, await answer.text()) == (200, "ok\n")


async def test_readyz_says_what_is_absent_to_those_who_may_know() -> None:
    """200 when nothing is absent, else 503; this machine and readers are told what, one behind a proxy is not."""
    absent: list[str] = []

    def looked_for() -> list[str]:
        if "store" in absent:
            raise StoreUnavailable("the store does not answer")
        return absent

    async with visiting(door=GUARDED, parts=no_parts(absent=looked_for)) as client:
        assert (await client.get("/readyz")).status == 200
        absent.append("notify")
        here = await client.get("/readyz")
        stranger = await client.get("/readyz", headers={"X-Forwarded-For": "1.2.3.4"})
        reader = await client.get("/readyz", headers={"X-Forwarded-For": "1.2.3.4", "Authorization": f"Bearer {VIEW}"})
        assert (here.status, await here.json()) == (503, {"ready": False, "absent": ["notify"]})
        assert (stranger.status, await stranger.json()) == (503, {"ready": False})
        assert await reader.json() == {"ready": False, "absent": ["notify"]}
        absent.append("store")
        assert await (await client.get("/readyz")).json() == {"ready": False, "absent": ["store"]}


@pytest.mark.parametrize(
    ("door", "shown"), [(Door(), "http://127.0.0.1:"), (Door(url="https://stet.example"), "https://stet.example/")]
)
async def test_whole_addresses_are_the_public_ones(door: Door, shown: str) -> None:
    """Links that leave the page lead to the public address where there is one, else to where the visitor came."""
    async with visiting(ROUTES, door=door) as client:
        assert shown in await (await client.get("/")).text()


async def test_a_taken_port_is_one_line() -> None:
    """A port that another program holds is named, with what to do."""
    async with visiting(ROUTES) as client:
        app = build(no_parts(), door=Door(port=client.port or 0))
        with pytest.raises(
            StetwatchError, match=rf"^cannot listen on 127\.0\.0\.1:{client.port} .*--listen or \[web\]"
        ):
            await Web(app).run(asyncio.Event())


async def test_the_log_tells_who_asked_for_what_and_no_query() -> None:
    """A request is a line: method, path, status, client; neither its query nor a token is in it. It ends when told."""
    app, stop = build(no_parts(), ROUTES, door=dataclasses.replace(GUARDED, port=0)), asyncio.Event()
    with capture_logs() as logged:
        running = asyncio.create_task(Web(app).run(stop))
        (listening,) = await wait_for(lambda: [line for line in logged if line["event"] == "listening"])
        async with aiohttp.ClientSession(str(listening["at"])) as session:
            await session.get(f"/?q=hunter2&token={VIEW}", headers={"Authorization": f"Bearer {VIEW}"})
            await session.get("/static/style.css")
        stop.set()
        await asyncio.wait_for(running, 5)

    (line,) = [one for one in logged if one["event"] == "answered" and one["log_level"] == "info"]
    assert (line["method"], line["path"], line["status"], line["client"], line["may"]) == (
        "GET",
        "/",
        200,
        "127.0.0.1",
        "view",
    )
    told = json.dumps(logged, default=str)
    assert "hunter2" not in told
    assert VIEW not in told


@pytest.mark.parametrize(
    "kind",
    ["application/x-www-form-urlencoded; charset=none-such", "multipart/form-data; boundary=x", "multipart/form-data"],
)
async def test_a_form_that_cannot_be_read_is_the_visitors_fault(kind: str) -> None:
    """400 and no line of alarm, whoever sends it."""
    async with visiting(ROUTES, door=GUARDED) as client:
        with capture_logs() as logged:
            answer = await client.post("/login", data=b"a=b", headers={"Content-Type": kind})

    assert (answer.status, logged) == (400, [])


async def test_what_is_no_http_raises_no_alarm(caplog: pytest.LogCaptureFixture) -> None:
    """Garbage on the port is answered with 400 and leaves no traceback in the log; the next visitor is served."""
    app, stop = build(no_parts(), ROUTES, door=Door(port=0)), asyncio.Event()
    with capture_logs() as logged:
        running = asyncio.create_task(Web(app).run(stop))
        (listening,) = await wait_for(lambda: [line for line in logged if line["event"] == "listening"])
        port = int(str(listening["at"]).rstrip("/").rpartition(":")[2])
        for garbage in (b"\x16\x03\x01\x02\r\n\r\n", b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(garbage)
            assert b" 400 " in await reader.readline()
            writer.close()
        async with aiohttp.ClientSession(str(listening["at"])) as session, session.get("/healthz") as alive:
            assert alive.status == 200
        stop.set()
        await asyncio.wait_for(running, 5)

    assert [record.getMessage() for record in caplog.records if record.levelname in {"ERROR", "WARNING"}] == []
    assert {line["log_level"] for line in logged} <= {"info", "debug"}
