"""What the operators' pages stand on in tests: sources and a change log in memory, and an application over them."""

from __future__ import annotations

import contextlib
import html
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from monitor.config.draft import draft
from monitor.core.deliver.wire import encode
from monitor.model import Change, Source
from monitor.ports.deliveries import DeliveryDesk
from monitor.ports.preview import Previewed, Unseen
from monitor.ports.records import Copy, Found, Logged, Mark, Wanted
from monitor.ports.sourcing import Condition, PollMark, SourcePage, SourceStanding
from monitor.web.app import build
from monitor.web.parts import Parts
from monitor.web.routes import Route
from tests.kit.visitors import no_parts

NOW = datetime(2026, 3, 17, 14, 30, tzinfo=UTC)
_TOKEN = re.compile(r'name="csrf" value="([^"]*)"')


@dataclass
class SourcesInMemory:
    """A SourceDesk over a dictionary."""

    known: dict[str, SourceStanding] = field(default_factory=dict)
    visits: dict[str, Sequence[PollMark]] = field(default_factory=dict)

    def put(self, *standings: SourceStanding) -> None:
        self.known |= {one.source.name: one for one in standings}

    def page(self, limit: int = 100, after: str = "", condition: Condition | None = None) -> SourcePage:
        rows = [one for name, one in sorted(self.known.items()) if name > after]
        kept = tuple(one for one in rows[:limit] if condition in (None, one.condition))
        return SourcePage(rows=kept, after=rows[limit - 1].source.name if len(rows) > limit else None)

    def names(self) -> Sequence[str]:
        return sorted(self.known)

    def counts(self) -> Mapping[str, int]:
        found: dict[str, int] = {"all": len(self.known)}
        for one in self.known.values():
            found[one.condition] = found.get(one.condition, 0) + 1
        return found

    def standing(self, name: str) -> SourceStanding | None:
        return self.known.get(name)

    def polls(self, name: str) -> Sequence[PollMark]:
        return self.visits.get(name, ())

    def add(self, source: Source) -> bool:
        if source.name in self.known:
            return False
        self.put(SourceStanding(source=source, origin="added", condition="new", due_in_s=0))
        return True

    def remove(self, name: str) -> Literal["removed", "unknown", "configured"]:
        known = self.known.get(name)
        if known is None or known.origin == "file":
            return "unknown" if known is None else "configured"
        del self.known[name]
        return "removed"

    def pause(self, name: str, reason: str = "", by: str = "operator") -> bool:
        known = self.known.get(name)
        if known is None or known.condition == "paused":
            return False
        self.put(replace(known, condition="paused", reason=f"{reason} (by {by})" if reason else f"by {by}", since=NOW))
        return True

    def resume(self, name: str) -> bool:
        known = self.known.get(name)
        if known is None or known.condition != "paused":
            return False
        self.put(replace(known, condition="healthy", reason="", since=None))
        return True


@dataclass
class RecordsInMemory:
    """Records over a list of changes, oldest first; it follows nothing and keeps no copies."""

    log: list[Change] = field(default_factory=list)

    def _logged(self, change: Change) -> Logged:
        return Logged(place="", change=change, body=encode(change))

    async def changes(self, wanted: Wanted, limit: int, before: str | None = None) -> Found:  # noqa: ARG002  # as the port
        rows = [one for one in reversed(self.log) if not wanted.sources or one.source.name in wanted.sources]
        return Found(rows=tuple(map(self._logged, rows[:limit])), before=None)

    async def since(self, place: str, limit: int) -> Sequence[Logged]:  # noqa: ARG002  # as the port has it
        return ()

    async def newest_place(self) -> str:
        return "0-0"

    async def at_or_after(self, place: str) -> str | None:  # noqa: ARG002  # as the port has it
        return None

    async def follow(self, place: str) -> AsyncIterator[Logged]:  # noqa: ARG002  # as the port has it
        nothing: Sequence[Logged] = ()
        for change in nothing:
            yield change

    async def change(self, change_id: str) -> Logged | None:
        return next((self._logged(one) for one in self.log if one.id == change_id), None)

    async def changes_of(self, ids: Iterable[str]) -> Mapping[str, Logged]:
        asked = set(ids)
        return {one.id: self._logged(one) for one in self.log if one.id in asked}

    async def whole(self, change_id: str) -> bytes | None:  # noqa: ARG002  # as the port has it
        return None

    async def history(self, post: str, limit: int = 200, skip: int = 0) -> Sequence[Logged]:
        every = [self._logged(one) for one in self.log if one.subject == post]
        return every[max(0, len(every) - skip - limit) : len(every) - skip]

    async def marks(self, source: str, since: datetime, until: datetime, limit: int = 5_000) -> Sequence[Mark]:
        inside = [one for one in self.log if one.source.name == source and since <= one.at < until]
        return [Mark(at=one.at, type=one.type, subject=one.subject, change_id=one.id, score=None) for one in inside][
            :limit
        ]

    async def copy(self, source: str, snapshot: str) -> Copy | None:  # noqa: ARG002  # as the port has it
        return None


async def unseen(source: Source) -> Previewed:
    """A preview that no page answers."""
    return Unseen(f"{source.name}: no answer")


def parts_of(deliveries: DeliveryDesk, **given: Any) -> Parts:
    """Parts over these deliveries; all others empty unless given."""
    made: dict[str, Any] = {
        "records": RecordsInMemory(),
        "sources": SourcesInMemory(),
        "deliveries": deliveries,
        "destinations": {},
        "draft": draft,
        "preview": unseen,
        "now": lambda: NOW,
    }
    return no_parts(**made | given)


@contextlib.asynccontextmanager
async def visiting(parts: Parts, routes: Iterable[Route]) -> AsyncIterator[Visitor]:
    """A visitor of these pages, served on loopback."""
    async with TestClient(TestServer(build(parts, [*routes, *_others(routes)]))) as client:
        yield Visitor(client)


@dataclass(frozen=True)
class Visitor:
    """Somebody with a browser: reads pages as text, presses buttons that stand on them."""

    client: TestClient[web.Request, web.Application]

    async def reads(self, path: str, status: int = 200) -> str:
        """The page's source."""
        async with self.client.get(path) as answer:
            assert answer.status == status, await answer.text()
            return await answer.text()

    async def presses(self, page: str, action: str, **fields: str) -> tuple[int, str, str]:
        """Send the form of that action from that page: the status, where it leads to, and what came."""
        source = await self.reads(page)
        assert action in source, f"no form of {page} leads to {action}"
        token = _TOKEN.search(source)
        sent = {"csrf": html.unescape(token[1]) if token else "", **fields}
        async with self.client.post(action, data=sent, allow_redirects=False) as answer:
            return answer.status, answer.headers.get("Location", ""), await answer.text()

    async def does(self, page: str, action: str, **fields: str) -> str:
        """The same for what is done: the page that the redirect leads to."""
        status, to, text = await self.presses(page, action, **fields)
        assert status == 303, text
        return await self.reads(to)


def words(source: str) -> str:
    """A page's source as a person reads it: tags taken out, entities read, white space made one."""
    seen = re.sub(r"<(head|script|style|svg)\b.*?</\1>", " ", source, flags=re.DOTALL)
    inline = re.sub(r"</?(?:a|b|bdi|code|i|span|time)\b[^>]*>", "", seen)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", inline)).split())


def _others(routes: Iterable[Route]) -> Iterable[Route]:
    """Pages that are linked to and not under test."""
    known = {route.name for route in routes}

    async def there(request: web.Request) -> web.StreamResponse:
        return web.Response(text=request.path)

    for name, path in (
        ("change", "/changes/{id}"),
        ("now", "/"),
        ("deliveries", "/deliveries"),
        ("sources", "/sources"),
    ):
        if name not in known:
            yield Route(method="GET", path=path, answer=there, name=name)
