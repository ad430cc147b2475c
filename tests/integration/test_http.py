"""The fetcher against real servers on loopback, well-behaved and not."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import importlib
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from backports import zstd

from monitor.adapters.guard import Guard
from monitor.adapters.http import USER_AGENT, HttpFetcher, Limits, opened_fetcher
from monitor.model import Access, Secret, Source
from monitor.ports import Failed, Fetched, FetchOutcome, NotModified, Validators
from tests.kit.site import Asked, Reply, Script, Site, raw_site, running_site, saying

QUICK = Limits(total_s=2, connect_s=1, read_s=1, body_bytes=100_000, header_bytes=8_192)
PAGE = b"<html><body>" + b"<p>news</p>" * 200 + b"</body></html>"


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """A scripted site."""
    async with running_site() as site:
        yield site


@pytest.fixture
async def fetcher() -> AsyncIterator[HttpFetcher]:
    """A fetcher allowed on 127.0.0.1 only, with limits that tests can wait for."""
    async with opened_fetcher(Guard(allow=["127.0.0.1/32"]), limits=QUICK) as fetcher:
        yield fetcher


async def get(
    fetcher: HttpFetcher, url: str, *, access: Access | None = None, validators: Validators | None = None
) -> FetchOutcome:
    """One visit to ``url``."""
    return await fetcher.fetch(Source(name="s", url=url), access or Access(), validators or Validators())


async def reason(fetcher: HttpFetcher, url: str) -> str:
    """The line of a visit that must fail."""
    outcome = await get(fetcher, url)
    assert isinstance(outcome, Failed), outcome
    assert "\n" not in outcome.reason
    return outcome.reason


async def failing_with(fetcher: HttpFetcher, script: Script) -> str:
    """The line for a raw server that answers by ``script``."""
    async with raw_site(script) as url:
        return await reason(fetcher, url)


async def test_a_page_becomes_a_snapshot(fetcher: HttpFetcher, site: Site) -> None:
    """A 200 yields the body, its hash, its validators, its type and a name made of time and type."""
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "ETag": '"v1"',
        "Last-Modified": "Tue, 21 Mar 2023 12:00:00 GMT",
    }
    site.on("/live", Reply(headers=headers, body=PAGE))
    before = datetime.now(UTC)

    outcome = await get(fetcher, f"{site.url}/live?x=1#top")

    assert isinstance(outcome, Fetched)
    assert outcome.body == PAGE
    assert outcome.snapshot.sha256 == hashlib.sha256(PAGE).hexdigest()
    assert outcome.snapshot.url == f"{site.url}/live?x=1"
    assert outcome.snapshot.content_type == "text/html; charset=utf-8"
    assert outcome.snapshot.encoding == ""
    assert outcome.snapshot.name == f"{outcome.snapshot.fetched_at:%Y%m%dT%H%M%SZ}.html"
    assert before <= outcome.snapshot.fetched_at <= datetime.now(UTC)
    assert outcome.snapshot.generated_at is not None
    assert outcome.validators == Validators(etag='"v1"', last_modified="Tue, 21 Mar 2023 12:00:00 GMT")
    assert outcome.expires_in_s is None


async def test_what_every_request_says(fetcher: HttpFetcher, site: Site) -> None:
    """A plain visit names us, takes three content codings, and carries neither cookies nor conditions."""
    site.on("/", Reply(body=PAGE))

    await get(fetcher, site.url)

    sent = site.requests[0].headers
    assert sent["user-agent"] == USER_AGENT
    assert sent["accept-encoding"] == "zstd, gzip, br"
    assert not {"cookie", "authorization", "if-none-match", "if-modified-since"} & sent.keys()


@pytest.mark.parametrize(
    ("coding", "squeeze"),
    [("gzip", gzip.compress), ("br", importlib.import_module("brotli").compress), ("zstd", zstd.compress)],
)
async def test_content_codings_pass_through(
    fetcher: HttpFetcher, site: Site, coding: str, squeeze: Callable[[bytes], bytes]
) -> None:
    """A coded body arrives as it came over the wire and is hashed so; the snapshot names the coding."""
    wire = squeeze(PAGE)
    site.on("/", Reply(headers={"Content-Encoding": coding}, body=wire))

    outcome = await get(fetcher, site.url)

    assert isinstance(outcome, Fetched)
    assert (outcome.body, outcome.snapshot.encoding) == (wire, coding)
    assert outcome.snapshot.sha256 == hashlib.sha256(wire).hexdigest()


async def test_a_compression_bomb_is_not_opened(fetcher: HttpFetcher, site: Site) -> None:
    """Ten megabytes of zeros in ten kilobytes of gzip cost ten kilobytes here."""
    wire = gzip.compress(bytes(10_000_000))
    site.on("/", Reply(headers={"Content-Encoding": "gzip"}, body=wire))

    outcome = await get(fetcher, site.url)

    assert isinstance(outcome, Fetched)
    assert len(outcome.body) == len(wire) < 20_000


@pytest.mark.parametrize(
    ("content_type", "extension"),
    [
        ("application/json", "json"),
        ("application/feed+json; charset=utf-8", "json"),
        ("application/rss+xml", "xml"),
        ("text/xml", "xml"),
        ("application/xhtml+xml", "html"),
        ("text/plain", "txt"),
        ("text/html", "html"),
        ("application/octet-stream", "html"),
    ],
)
async def test_the_name_ends_in_the_kind_of_page(
    fetcher: HttpFetcher, site: Site, content_type: str, extension: str
) -> None:
    """The snapshot's extension follows the media type; html when that says nothing."""
    site.on("/", Reply(headers={"Content-Type": content_type}, body=b"x"))

    outcome = await get(fetcher, site.url)

    assert isinstance(outcome, Fetched)
    assert outcome.snapshot.name.endswith(f".{extension}")


async def test_a_conditional_get_is_answered_304(fetcher: HttpFetcher, site: Site) -> None:
    """Both validators are sent, and a 304 says how old the copy is and when it expires."""
    generated = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=20)
    headers = {"Date": format_datetime(generated, usegmt=True), "Age": "20", "Cache-Control": "max-age=60"}
    site.on("/", Reply(status=304, headers=headers))
    held = Validators(etag='W/"a"', last_modified="Tue, 21 Mar 2023 12:00:00 GMT")

    outcome = await get(fetcher, site.url, validators=held)

    assert isinstance(outcome, NotModified)
    assert outcome.generated_at is not None
    assert abs((outcome.generated_at - generated).total_seconds()) < 2
    assert outcome.expires_in_s == 41.0
    assert site.requests[0].headers["if-none-match"] == 'W/"a"'
    assert site.requests[0].headers["if-modified-since"] == "Tue, 21 Mar 2023 12:00:00 GMT"


async def test_a_304_nobody_asked_for_is_a_failure(fetcher: HttpFetcher, site: Site) -> None:
    """A 304 to an unconditional request brings no page and says so."""
    site.on("/", Reply(status=304))

    assert await reason(fetcher, site.url) == "304 Not Modified to a request that was not conditional"


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (204, "204 No Content"),
        (206, "206 Partial Content"),
        (403, "403 Forbidden"),
        (404, "404 Not Found"),
        (410, "410 Gone"),
        (500, "500 Internal Server Error"),
        (503, "503 Service Unavailable"),
        (599, "status 599"),
    ],
)
async def test_other_statuses_are_named(fetcher: HttpFetcher, site: Site, status: int, line: str) -> None:
    """A status that brings no page becomes its number and its standard phrase."""
    site.on("/", Reply(status=status, body=b"" if status == 204 else b"<script>"))

    assert await reason(fetcher, site.url) == line


async def test_retry_after_in_both_forms(fetcher: HttpFetcher, site: Site) -> None:
    """Seconds and dates are understood, told in the line and handed on."""
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    site.on("/seconds", Reply(status=429, headers={"Retry-After": "120"}))
    site.on("/date", Reply(status=503, headers={"Retry-After": later}))

    seconds, date = await get(fetcher, f"{site.url}/seconds"), await get(fetcher, f"{site.url}/date")

    assert isinstance(seconds, Failed)
    assert isinstance(date, Failed)
    assert seconds.retry_after_s == 120
    assert seconds.reason == "429 Too Many Requests; asked to stay away for 120 s"
    assert date.retry_after_s is not None
    assert 95 < date.retry_after_s <= 100


async def test_an_empty_body_is_a_failure(fetcher: HttpFetcher, site: Site) -> None:
    """A 200 without a byte is no page, not a page without posts."""
    site.on("/", Reply(body=b""))

    assert await reason(fetcher, site.url) == "200 with an empty body"


async def test_an_announced_body_over_the_cap_is_not_read(fetcher: HttpFetcher) -> None:
    """A Content-Length above the cap ends the visit before a byte of the body has come."""

    async def announce(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n")
        await writer.drain()
        await reader.read()

    assert await failing_with(fetcher, announce) == "body larger than 0.1 MB"


async def test_an_endless_body_is_cut(fetcher: HttpFetcher) -> None:
    """A body that never ends costs no more than the cap."""
    written = 0

    async def endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(bytes(10_000))
            written += 10_000
            await writer.drain()

    assert await failing_with(fetcher, endless) == "body larger than 0.1 MB"
    assert written < 50_000_000


async def test_a_slow_drip_ends_with_the_visit() -> None:
    """A byte now and then keeps the socket busy but not the visit alive."""

    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.02)  # the drip itself

    limits = Limits(total_s=0.3, read_s=5)
    async with opened_fetcher(Guard(allow=["127.0.0.1/32"]), limits=limits) as fetcher:
        assert await failing_with(fetcher, drip) == "body not complete within 0.3 s"


async def silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """A server that takes the request and says nothing."""
    await reader.read()


async def test_silence_is_waited_out() -> None:
    """A server that never answers is given up when it was silent too long, and at the latest at the visit's end."""
    for limits, line in (
        (Limits(total_s=5, read_s=0.1), "no answer: silent for 0.1 s"),
        (Limits(total_s=0.1, read_s=5), "no answer within 0.1 s"),
    ):
        async with opened_fetcher(Guard(allow=["127.0.0.1/32"]), limits=limits) as fetcher:
            assert await failing_with(fetcher, silence) == line


async def test_a_body_that_stalls_is_given_up() -> None:
    """A body whose next byte does not come is not waited for until the end of the visit."""

    async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        await writer.drain()
        await reader.read()

    async with opened_fetcher(Guard(allow=["127.0.0.1/32"]), limits=Limits(read_s=0.1)) as fetcher:
        assert await failing_with(fetcher, stall) == "the body stopped coming for 0.1 s"


@pytest.mark.parametrize(
    ("wire", "line"),
    [
        (b"", "the server closed the connection without an answer"),
        (b"HTTP/1.1 2", "the server closed the connection without an answer"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "the answer is not HTTP"),
        (b"HTTP/1.1 abc OK\r\n\r\n", "the answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "the body broke off before its end"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "the answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nX-Big: " + b"x" * 9_000 + b"\r\n\r\n", "a response header is too large"),
        (b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 1_000 + b"\r\n", "a response header is too large"),
        (b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", "302 without a Location"),
    ],
)
async def test_broken_answers_have_a_line(fetcher: HttpFetcher, wire: bytes, line: str) -> None:
    """A server that closes early, talks something else or drowns us in headers is told apart in words."""
    assert await failing_with(fetcher, saying(wire)) == line


async def test_the_far_ends_words_stay_out_of_the_line(fetcher: HttpFetcher) -> None:
    """A status phrase, which a stranger writes, is never repeated."""
    wire = b"HTTP/1.1 500 <script>alert(1)</script>\r\nContent-Length: 0\r\n\r\n"

    assert await failing_with(fetcher, saying(wire)) == "500 Internal Server Error"


async def test_header_values_that_are_not_ascii_are_left_out(fetcher: HttpFetcher) -> None:
    """Bytes in a validator or media type that no store could take are not handed on."""
    wire = (
        b'HTTP/1.1 200 OK\r\nETag: "\xff"\r\nContent-Type: text/\xfe\r\nLast-Modified: x\r\nContent-Length: 1\r\n\r\n.'
    )
    async with raw_site(saying(wire)) as url:
        outcome = await get(fetcher, url)

    assert isinstance(outcome, Fetched)
    assert outcome.validators == Validators(etag=None, last_modified="x")
    assert outcome.snapshot.content_type == ""


async def test_a_refused_connection_names_host_and_port(fetcher: HttpFetcher) -> None:
    """Where nobody listens, the line says where that is."""
    async with running_site() as gone:
        port = gone.port

    assert await reason(fetcher, f"http://127.0.0.1:{port}/secret-path") == (
        f"no connection to 127.0.0.1:{port}: connection refused"
    )


class NoNames(AbstractResolver):
    """Fails as the system's resolver does, without asking a network."""

    def __init__(self, code: int) -> None:
        self._code = code

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:  # noqa: ARG002
        raise socket.gaierror(self._code, "far end's words")

    async def close(self) -> None:
        return None


@pytest.mark.parametrize(
    ("code", "line"),
    [
        (socket.EAI_NONAME, "DNS: no such host nowhere.example"),
        (socket.EAI_AGAIN, "DNS: no answer about nowhere.example"),
    ],
)
async def test_dns_failures_are_told_apart(code: int, line: str) -> None:
    """A name that does not exist is another trouble than a resolver that does not answer."""
    async with opened_fetcher(Guard(), resolver=NoNames(code)) as fetcher:
        assert await reason(fetcher, "http://nowhere.example/") == line


async def test_a_connection_that_is_never_made_is_given_up() -> None:
    """A host that takes the connection and never speaks TLS is not waited for until the end of the visit."""
    limits = Limits(connect_s=0.1)
    async with raw_site(saying(b"")) as url, opened_fetcher(Guard(allow=["127.0.0.1/32"]), limits=limits) as fetcher:
        assert await reason(fetcher, url.replace("http:", "https:")) == "no connection within 0.1 s"


async def test_a_status_is_told_even_when_its_page_breaks_off(fetcher: HttpFetcher) -> None:
    """Of a 404 whose error page is cut short, the 404 is what matters."""
    wire = b"HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\nabc"

    assert await failing_with(fetcher, saying(wire)) == "404 Not Found"


@pytest.mark.parametrize("url", ["ftp://h/", "http://u:p@h/", "http://127.1/", "http://h\\x/", "nonsense"])
async def test_an_unusable_url_is_a_failure(fetcher: HttpFetcher, url: str) -> None:
    """A URL that core.urls refuses fails its visits instead of raising."""
    assert (await reason(fetcher, url)).startswith("the URL cannot be asked for: ")


async def test_a_forbidden_address_is_told(fetcher: HttpFetcher, site: Site) -> None:
    """The guard's rule, with its cure, is the reason of the failed visit."""
    assert await reason(fetcher, f"http://127.0.0.2:{site.port}/") == (
        "blocked: 127.0.0.2 is a loopback address; allow it with [network] allow"
    )
    assert site.connections == 0


async def test_tls_to_a_plain_server_is_told(fetcher: HttpFetcher, site: Site) -> None:
    """https spoken to a plain HTTP port is a TLS failure that names the port."""
    line = await reason(fetcher, f"https://127.0.0.1:{site.port}/")

    assert line.startswith(f"TLS: no agreement with 127.0.0.1:{site.port} (")


@pytest.fixture
def certificate(tmp_path: Path) -> ssl.SSLContext:
    """A server context with a certificate nobody vouches for."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl command to make a certificate with")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    make = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=127.0.0.1"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    subprocess.run([openssl, *make.split(), *names], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    return context


async def test_an_untrusted_certificate_is_refused(fetcher: HttpFetcher, certificate: ssl.SSLContext) -> None:
    """A self-signed certificate fails the visit, and the line says why."""
    async with running_site(tls=certificate) as site:
        line = await reason(fetcher, site.url)

    assert line == "TLS: the certificate of 127.0.0.1 is not valid: self-signed certificate"


# --- redirects --------------------------------------------------------------------------------------------------


def to(location: str, status: int = 302) -> Reply:
    """A redirect."""
    return Reply(status=status, headers={"Location": location})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_followed(fetcher: HttpFetcher, site: Site, status: int) -> None:
    """Each kind of redirect leads to the page, relative or absolute, over the same connection."""
    site.on("/", to("a/b?c=1#d", status))
    site.on("/a/b", to(f"{site.url}/end", status))
    site.on("/end", Reply(body=PAGE))

    outcome = await get(fetcher, f"{site.url}/")

    assert isinstance(outcome, Fetched)
    assert outcome.snapshot.url == f"{site.url}/end"
    assert [asked.path for asked in site.requests] == ["/", "/a/b?c=1", "/end"]
    assert site.connections == 1


async def test_a_redirect_loop_is_told(fetcher: HttpFetcher, site: Site) -> None:
    """Coming back to a URL already asked ends the visit."""
    site.on("/", to("/b"))
    site.on("/b", to("/"))

    assert await reason(fetcher, f"{site.url}/") == "redirect loop"
    assert len(site.requests) == 2


async def test_five_redirects_and_no_more(fetcher: HttpFetcher, site: Site) -> None:
    """The fifth redirect is followed, the sixth is not."""
    for hop in range(6):
        site.on(f"/{hop}", to(f"/{hop + 1}"))
    site.on("/6", Reply(body=PAGE))

    assert isinstance(await get(fetcher, f"{site.url}/1"), Fetched)
    assert await reason(fetcher, f"{site.url}/0") == "more than 5 redirects"


async def test_a_redirect_to_a_private_address_is_blocked(fetcher: HttpFetcher, site: Site) -> None:
    """A page we may read cannot send us to an address we may not."""
    site.on("/", to(f"http://127.0.0.2:{site.port}/inside"))
    site.on("/inside", Reply(body=b"SECRET"))

    assert (await reason(fetcher, f"{site.url}/")).startswith("blocked: 127.0.0.2 is a loopback address")
    assert [asked.path for asked in site.requests] == ["/"]


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "http://u:p@127.0.0.1/",
        "http://127.1/",
        "\\\\evil\\x",
        "http://[::1",
        "javascript:1",
    ],
)
async def test_redirects_to_unusable_urls_are_refused(fetcher: HttpFetcher, site: Site, location: str) -> None:
    """Each hop's URL passes the same check as a source's."""
    site.on("/", to(location))

    assert (await reason(fetcher, f"{site.url}/")).startswith("redirect refused: ")


async def test_https_is_not_left_by_redirect(certificate: ssl.SSLContext, site: Site) -> None:
    """An https page cannot send us on to http, where anyone could write the page."""
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    async with running_site(tls=certificate) as secure:
        secure.on("/", to(f"{site.url}/"))
        guard = Guard(allow=["127.0.0.1/32"])
        async with guard.session(connector=guard.connector(ssl=trusting)) as session:
            line = await reason(HttpFetcher(session, guard, QUICK, lambda: datetime.now(UTC)), f"{secure.url}/")

    assert line == "redirect refused: it leads from https to http"
    assert site.requests == []


ACCESS = Access(
    headers={"X-Key": Secret("k"), "accept": Secret("text/x")},
    cookies={"sid": Secret("1"), "b": Secret("2")},
    auth=Secret("user:pä:ss"),
    user_agent="Desk/1",
)


def shown(asked: Asked) -> dict[str, str | None]:
    """The part of a request that only the source's own origin may see."""
    return {name: asked.headers.get(name) for name in ("x-key", "cookie", "authorization")}


async def test_a_sources_headers_cookies_and_auth_are_sent(fetcher: HttpFetcher, site: Site) -> None:
    """What the configuration gives a source goes with every visit, over our own defaults."""
    site.on("/", Reply(body=PAGE))

    await get(fetcher, site.url, access=ACCESS)

    assert shown(site.requests[0]) == {"x-key": "k", "cookie": "sid=1; b=2", "authorization": "Basic dXNlcjpww6Q6c3M="}
    assert site.requests[0].headers["accept"] == "text/x"
    assert site.requests[0].headers["user-agent"] == "Desk/1"


async def test_another_origin_does_not_see_them(fetcher: HttpFetcher, site: Site) -> None:
    """They follow redirects within the origin, and are dropped for good when another host or port is asked."""
    async with running_site() as other:
        site.on("/", to("/here"))
        site.on("/here", to(f"{other.url}/there"))
        site.on("/back", Reply(body=PAGE))
        other.on("/there", to(f"{site.url}/back"))

        outcome = await get(fetcher, f"{site.url}/", access=ACCESS)

        nothing = {"x-key": None, "cookie": None, "authorization": None}
        assert isinstance(outcome, Fetched)
        assert shown(site.requests[0]) == shown(site.requests[1]) != nothing
        assert shown(other.requests[0]) == nothing
        assert shown(site.requests[2]) == nothing
        assert other.requests[0].headers["user-agent"] == "Desk/1"


async def test_a_header_http_forbids_fails_the_visit_without_showing_it(fetcher: HttpFetcher, site: Site) -> None:
    """A line break in a configured header neither reaches the wire nor the log."""
    outcome = await get(fetcher, site.url, access=Access(headers={"X-A": Secret("hush\r\nX-B: 1")}))

    assert isinstance(outcome, Failed)
    assert "hush" not in outcome.reason
    assert outcome.reason.startswith("no request can be made")
    assert site.requests == []


async def test_cookies_are_not_kept_between_visits(fetcher: HttpFetcher, site: Site) -> None:
    """What one visit is given the next does not send: every visit sees the page of a newcomer."""
    site.on("/", Reply(headers={"Set-Cookie": "seen=1"}, body=PAGE))

    await get(fetcher, site.url)
    await get(fetcher, site.url)

    assert "cookie" not in site.requests[1].headers


# --- proxies and connections ------------------------------------------------------------------------------------


async def test_a_source_is_asked_through_its_proxy(fetcher: HttpFetcher, site: Site) -> None:
    """The proxy gets the absolute URL and its own credentials; the page is what it answers."""
    site.on("/live", Reply(body=PAGE))
    access = Access(proxy=Secret(f"http://user:pw@127.0.0.1:{site.port}"))

    outcome = await get(fetcher, "http://news.example/live", access=access)

    assert isinstance(outcome, Fetched)
    assert site.requests[0].headers["host"] == "news.example"
    assert site.requests[0].headers["proxy-authorization"] == "Basic dXNlcjpwdw=="


async def test_an_address_written_out_is_judged_before_a_proxy_is_asked(fetcher: HttpFetcher, site: Site) -> None:
    """Behind a proxy the guard sees no target, so at least a forbidden literal is refused here."""
    site.on("/", to("http://169.254.169.254/latest/"))
    access = Access(proxy=Secret(site.url))

    outcome = await get(fetcher, "http://news.example/", access=access)

    assert isinstance(outcome, Failed)
    assert outcome.reason.startswith("blocked: 169.254.169.254 is a link-local")
    assert len(site.requests) == 1


async def test_visits_share_a_connection(fetcher: HttpFetcher, site: Site) -> None:
    """Keep-alive: ten visits, pages and small errors alike, cost one connection."""
    site.on("/", Reply(body=PAGE), Reply(status=503, body=b"busy"), Reply(status=304), Reply(body=PAGE))

    for _ in range(10):
        await get(fetcher, site.url, validators=Validators(etag='"1"'))

    assert len(site.requests) == 10
    assert site.connections == 1


@pytest.mark.parametrize("head", [b"503 Service Unavailable", b"302 Found\r\nLocation: /"])
async def test_an_error_page_in_pieces_does_not_cost_the_connection(fetcher: HttpFetcher, head: bytes) -> None:
    """A small body nobody wants, arriving after its head, is read so that the next visit finds the connection."""
    connections = 0

    async def in_pieces(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while True:
            writer.write(b"HTTP/1.1 " + head + b"\r\nContent-Length: 4\r\n\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)  # so that head and body are two packets
            writer.write(b"busy")
            await reader.readuntil(b"\r\n\r\n")

    async with raw_site(in_pieces) as url:
        await get(fetcher, url)
        await get(fetcher, url)

    assert connections == 1


async def test_a_host_is_not_stormed(fetcher: HttpFetcher, site: Site) -> None:
    """Of many visits to one host at once no more than four are on the wire."""
    site.on("/", Reply(body=PAGE))

    outcomes = await asyncio.gather(*(get(fetcher, f"{site.url}/") for _ in range(40)))

    assert all(isinstance(outcome, Fetched) for outcome in outcomes)
    assert 1 <= site.connections <= 4


async def test_cancellation_passes_through(fetcher: HttpFetcher) -> None:
    """A visit that is cancelled ends as cancelled, not as failed."""
    arrived = asyncio.Event()

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await silence(reader, writer)

    async with raw_site(note) as url:
        visit = asyncio.ensure_future(get(fetcher, url))
        await arrived.wait()
        visit.cancel()
        with pytest.raises(asyncio.CancelledError):
            await visit


async def test_waiting_for_our_own_turn_is_not_the_hosts_fault() -> None:
    """More visits than a host gets at once all succeed, though their queue takes longer than one visit may."""
    inside = most = 0

    async def slowly(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0.1)  # what the host takes for a page: the time under test
        inside -= 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\npage")

    limits = Limits(total_s=0.35, per_host=2)
    async with (
        raw_site(slowly) as url,
        opened_fetcher(Guard(allow=["127.0.0.1/32"]), limits=limits) as fetcher,
    ):
        outcomes = await asyncio.gather(*(get(fetcher, f"{url}/{number}") for number in range(12)))

    assert [outcome.reason for outcome in outcomes if isinstance(outcome, Failed)] == []
    assert most == 2
