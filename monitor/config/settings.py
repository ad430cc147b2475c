"""What a configuration comes to: immutable values, all checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from urllib.parse import urlsplit

from monitor.model import Access, Destination, Route, Secret, Slack, Source, Webhook


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisSettings:
    """Where state lives. ``url`` None: an embedded Valkey in the data directory, on TCP too when ``listen`` is set
    (``host:port``). ``blobs_url`` names a second server for the bytes of pages."""

    url: Secret | None = None
    listen: str | None = None
    prefix: str = "stet:"
    blobs_url: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What may be connected to beyond public addresses, and the ports public addresses are asked on."""

    allow: tuple[IPv4Network | IPv6Network, ...] = ()
    ports: tuple[int, ...] = (80, 443, 8080, 8443)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long changes are kept (days, and at most so many), and the bytes of snapshots (hours)."""

    days: int = 30
    max_changes: int = 1_000_000
    snapshot_hours: int = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """How many diff worker processes run; 0 means one a core."""

    processes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """Where the pages are served, ``listen`` being ``host:port``; who may come in. ``url`` is the public address
    without a path, "" when there is none; ``proxies`` are the networks whose ``X-Forwarded-For`` is believed."""

    listen: str = "127.0.0.1:8080"
    url: str = ""
    view_token: Secret | None = None
    operate_token: Secret | None = None
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()

    @property
    def host(self) -> str:
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        return int(self.listen.rpartition(":")[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One whole configuration. ``access`` holds what each source sends along, by source name; ``remarks`` are lines on
    what is no fault, but may be a slip.
    """

    data_dir: Path
    redis: RedisSettings = field(default_factory=RedisSettings)
    network: Network = field(default_factory=Network)
    retention: Retention = field(default_factory=Retention)
    work: Work = field(default_factory=Work)
    web: Web = field(default_factory=Web)
    sources: tuple[Source, ...] = ()
    access: Mapping[str, Access] = field(default_factory=dict)
    destinations: tuple[Destination, ...] = ()
    routes: tuple[Route, ...] = ()
    remarks: tuple[str, ...] = ()

    def access_by_page(self) -> Mapping[tuple[str, str], Access]:
        """What is sent along, by name and URL of a source: secrets go to the page they were configured for."""
        return {(source.name, source.url): self.access[source.name] for source in self.sources}

    def access_at(self, source: Source) -> Access:
        """What is sent along when the page of ``source`` is looked at by hand: what is configured under its name, as
        long as it is on the same host.
        """
        hosts = (urlsplit(one.url).netloc for one in self.sources if one.name == source.name)
        return self.access[source.name] if urlsplit(source.url).netloc in hosts else Access()

    def roles(self) -> tuple[str, ...]:
        """The roles without which nothing is told: without destinations there is nothing to notify."""
        return ("poll", "work", "notify") if self.destinations else ("poll", "work")

    def secrets(self) -> Iterator[Secret]:
        """Every secret of this configuration, so that logs can conceal them wherever they turn up."""
        yield from _given(self.redis.url, self.redis.blobs_url, self.web.view_token, self.web.operate_token)
        for access in self.access.values():
            yield from _given(access.auth, access.proxy)
            yield from access.headers.values()
            yield from access.cookies.values()
        for destination in self.destinations:
            match destination:
                case Webhook():
                    yield from (destination.url, *destination.secrets, *destination.headers.values())
                case Slack():
                    yield from _given(destination.token, destination.app_token, destination.url)


def _given(*secrets: Secret | None) -> Iterator[Secret]:
    return (secret for secret in secrets if secret is not None)
