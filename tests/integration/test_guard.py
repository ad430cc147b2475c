"""The guard against a real server on loopback: what it lets through is counted where it would arrive."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from ipaddress import ip_network

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from monitor.adapters.guard import PUBLIC_PORTS, Guard, address_verdict, refusals
from monitor.errors import Blocked
from tests.kit.addresses import FORBIDDEN, NEVER, PUBLIC, SPELLINGS, every_address
from tests.kit.site import Reply, Site, running_site

TIMEOUT = aiohttp.ClientTimeout(total=5)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """A site that must not be reached unless the test allows it."""
    async with running_site() as site:
        site.on("/", Reply(body=b"SECRET"))
        yield site


class Names(AbstractResolver):
    """Resolves every name to the next list of addresses of a script; the last list stays."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:  # noqa: ARG002
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
                "proto": 0,
                "flags": 0,
            }
            for address in answer
        ]

    async def close(self) -> None:
        return None


async def ask(guard: Guard, url: str, **options: object) -> bytes:
    """The body a guarded session gets for ``url``."""
    async with guard.session(connector=guard.connector(**options), timeout=TIMEOUT) as session, session.get(url) as got:
        return await got.read()


EVERYTHING = (ip_network("0.0.0.0/0"), ip_network("::/0"))


@pytest.mark.parametrize("address", FORBIDDEN + NEVER)
def test_addresses_that_are_not_public_are_forbidden(address: str) -> None:
    """No special-purpose address, and nothing that is no address, may be connected to unless an operator allows it."""
    assert address_verdict(address, 443, (), PUBLIC_PORTS) is not None


@pytest.mark.parametrize("address", NEVER)
def test_metadata_and_link_local_stay_forbidden_when_everything_is_allowed(address: str) -> None:
    """An allow-list of all addresses still leaves metadata and link-local out, in every IPv6 wrapping."""
    verdict = address_verdict(address, 443, EVERYTHING, PUBLIC_PORTS)

    assert verdict is not None
    assert "can never be allowed" in verdict


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_pass_on_public_ports_only(address: str) -> None:
    """A public address passes on a listed port and is refused on Redis's or SMTP's."""
    assert address_verdict(address, 443, (), PUBLIC_PORTS) is None
    assert address_verdict(address, 8443, (), PUBLIC_PORTS) is None
    assert "port 6379" in str(address_verdict(address, 6379, (), PUBLIC_PORTS))
    assert address_verdict(address, 25, (), (25,)) is None


def test_an_allowed_network_is_exempt_from_ranges_and_ports() -> None:
    """Inside an allowed CIDR any port may be asked, outside it the ranges stand; wrapped addresses count as inside."""
    allow = (ip_network("10.1.0.0/16"), ip_network("fd12::/16"))

    assert address_verdict("10.1.2.3", 6379, allow, PUBLIC_PORTS) is None
    assert address_verdict("::ffff:10.1.2.3", 6379, allow, PUBLIC_PORTS) is None
    assert address_verdict("64:ff9b::a01:203", 1, allow, PUBLIC_PORTS) is None
    assert address_verdict("fd12::7", 1, allow, PUBLIC_PORTS) is None
    assert address_verdict("10.2.0.1", 443, allow, PUBLIC_PORTS) is not None


def test_a_verdict_names_the_rule_and_the_cure() -> None:
    """The line says what the address is and where it can be allowed."""
    verdict = address_verdict("127.0.0.1", 80, (), PUBLIC_PORTS)

    assert verdict == "127.0.0.1 is a loopback address; allow it with [network] allow"


async def test_no_spelling_of_loopback_reaches_a_server() -> None:
    """However loopback is written, not one connection arrives, though the server listens on every address."""
    guard = Guard()
    async with every_address() as sites:
        for spelling in SPELLINGS:
            with pytest.raises((aiohttp.ClientError, OSError, ValueError)):
                await ask(guard, spelling.format(port=sites[0].port))

        assert sum(site.connections for site in sites) == 0


async def test_without_the_guard_the_same_spellings_do_reach_it() -> None:
    """The test above could fail: a bare session reaches the same servers by most of those spellings."""
    async with every_address() as sites:
        for spelling in SPELLINGS:
            async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
                try:
                    async with session.get(spelling.format(port=sites[0].port)):
                        pass
                except (aiohttp.ClientError, OSError, ValueError):
                    continue

        assert sum(site.connections for site in sites) >= 8


async def test_a_name_that_turns_private_is_refused_at_connect(site: Site) -> None:
    """A name that was public when first resolved and is loopback now (DNS rebinding) is not connected to."""
    names = Names(["127.0.0.1"])
    public_first = Names(["93.184.215.14"], ["127.0.0.1"])
    assert (await public_first.resolve("news.example"))[0]["host"] == "93.184.215.14"

    for resolver in (names, public_first):
        with refusals() as refused, pytest.raises(aiohttp.ClientConnectorError):
            await ask(Guard(), f"http://news.example:{site.port}/", resolver=resolver)
        assert refused == ["127.0.0.1 is a loopback address; allow it with [network] allow"]

    assert site.connections == 0


async def test_every_address_of_a_name_is_judged(site: Site) -> None:
    """Of a name with several addresses the forbidden ones are skipped and all refusals are told."""
    mixed = Names(["::1", "127.0.0.1", "10.0.0.1"])

    with refusals() as refused, pytest.raises(aiohttp.ClientConnectorError):
        await ask(Guard(), f"http://news.example:{site.port}/", resolver=mixed)

    assert len(refused) == 3
    assert site.connections == 0


async def test_an_allowed_address_beside_a_forbidden_one_is_used(site: Site) -> None:
    """A name with a forbidden AAAA and an allowed A record is fetched by the allowed one."""
    guard = Guard(allow=["127.0.0.1/32"])

    body = await ask(guard, f"http://news.example:{site.port}/", resolver=Names(["::1", "127.0.0.1"]))

    assert body == b"SECRET"
    assert site.connections == 1


async def test_an_allowed_cidr_opens_loopback_and_not_metadata(site: Site) -> None:
    """What an operator allows is reached on any port; metadata stays out of reach in the same session."""
    guard = Guard(allow=["127.0.0.0/8", "0.0.0.0/0"])

    assert await ask(guard, f"{site.url}/") == b"SECRET"
    with refusals() as refused, pytest.raises(aiohttp.ClientConnectorError):
        await ask(guard, "http://169.254.169.254/latest/meta-data/")
    assert "can never be allowed" in refused[0]


async def test_the_guard_refuses_with_an_os_error(site: Site) -> None:
    """The refusal is an OSError by name, so aiohttp's connection race keeps it whole."""
    with pytest.raises(aiohttp.ClientConnectorError) as caught:
        await ask(Guard(), f"{site.url}/")

    assert isinstance(caught.value.os_error, Blocked)


async def test_redirects_are_judged_at_each_connection(site: Site) -> None:
    """Even a session that follows redirects by itself cannot be led from an allowed to a forbidden address."""
    site.on("/", Reply(status=302, headers={"Location": f"http://127.0.0.2:{site.port}/inside"}))
    site.on("/inside", Reply(body=b"SECRET"))

    with pytest.raises(aiohttp.ClientConnectorError):
        await ask(Guard(allow=["127.0.0.1/32"]), f"{site.url}/")

    assert [asked.path for asked in site.requests] == ["/"]


async def test_proxy_settings_of_the_environment_are_ignored(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTP_PROXY and its kin, which would hide the true address from the guard, change nothing."""
    async with running_site() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)

        assert await ask(Guard(allow=["127.0.0.1/32"]), f"{site.url}/") == b"SECRET"
        assert proxy.connections == 0


async def test_sessions_keep_no_cookies_and_leave_bodies_encoded(site: Site) -> None:
    """Nothing one answer sets is sent with the next request, and a content coding is not undone."""
    site.on("/", Reply(headers={"Set-Cookie": "id=1", "Content-Encoding": "gzip"}, body=b"as it came"))
    guard = Guard(allow=["127.0.0.1/32"])

    async with guard.session(timeout=TIMEOUT) as session:
        for _ in range(2):
            async with session.get(site.url + "/") as got:
                assert await got.read() == b"as it came"

    assert all("cookie" not in asked.headers for asked in site.requests)


async def test_refusals_of_concurrent_requests_do_not_mix(site: Site) -> None:
    """Two requests at once each learn of their own refusal only."""
    guard = Guard()

    async def refused_at(host: str) -> list[str]:
        with refusals() as refused, pytest.raises(aiohttp.ClientConnectorError):
            await ask(guard, f"http://{host}:{site.port}/")
        return refused

    first, second = await asyncio.gather(refused_at("127.0.0.1"), refused_at("127.0.0.2"))

    assert ["127.0.0.1" in line for line in first] == [True]
    assert ["127.0.0.2" in line for line in second] == [True]
