"""The JSON API over real HTTP: every answer as the OpenAPI document has it, pages, tags, and problems that help."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # no stubs in the lock
import pytest
import redis
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from monitor.adapters.valkey.destinations import Destinations
from monitor.config.draft import draft
from monitor.core.look import Looked
from monitor.model import Source
from monitor.ports.numbers import Figures
from monitor.ports.preview import Previewed, Seen, Unseen
from monitor.ports.sourcing import PollMark, SourceStanding
from monitor.web.api import ROUTES
from monitor.web.api_document import document
from tests.kit.changes import AFTER, AT, edited, failing
from tests.kit.copies import PAGES, page_of, read_copy
from tests.kit.deliveries import KEYS, queue
from tests.kit.pages import snapshot
from tests.kit.records_stand_in import MemoryRecords, detected
from tests.kit.web_desks import SourcesInMemory
from tests.kit.webapp import Site, web_site

DOCUMENT = json.loads(json.dumps(document(ROUTES)))
REGISTRY: Registry[Any] = Registry().with_resource("urn:api", DRAFT202012.create_resource(DOCUMENT))
OPERATIONS = {
    said["operationId"]: (method.upper(), path, said)
    for path, methods in DOCUMENT["paths"].items()
    for method, said in methods.items()
}


@dataclass(frozen=True)
class Answer:
    """What came: the JSON is checked against the document."""

    status: int
    headers: Any
    json: Any


@dataclass(frozen=True)
class Api:
    """The API over records and sources in memory and the deliveries of a real store."""

    site: Site
    records: MemoryRecords
    sources: SourcesInMemory

    async def __call__(
        self,
        operation: str,
        query: str = "",
        *,
        body: object = None,
        headers: dict[str, str] | None = None,
        **parts: str,
    ) -> Answer:
        """Ask an operation, and hold its answer against what the document says of it."""
        method, path, said = OPERATIONS[operation]
        url = self.site.url(path.format(**parts) + query)
        async with self.site.session.request(method, url, json=body, headers=headers) as came:
            raw = await came.read()
        described = said["responses"].get(str(came.status))
        assert described is not None, f"{operation}: {came.status} is not described: {raw!r}"
        while "$ref" in described:
            described = DOCUMENT["components"]["responses"][described["$ref"].rpartition("/")[2]]
        content = described.get("content", {})
        assert bool(raw) == bool(content), raw
        if not content:
            return Answer(came.status, came.headers, None)
        [(media, form)] = content.items()
        assert came.content_type == media
        told = json.loads(raw)
        _check(told, form["schema"])
        return Answer(came.status, came.headers, told)


def _check(told: Any, schema: Any) -> None:
    absolute = json.loads(json.dumps(schema).replace('"#/components', '"urn:api#/components'))
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(absolute, registry=REGISTRY, format_checker=checker).validate(told)


class _Numbers:
    async def numbers(self, sources: Any = None) -> Figures:
        return Figures(counters={"polls_total": 7}, sources={name: {"polls_total": 7} for name in sources or ["worst"]})


async def _preview(source: Source) -> Previewed:
    if "gone" in source.url:
        return Unseen("status 410: the page is gone")
    page = page_of(read_copy((PAGES / "liveblog.html").read_bytes()))
    return Seen(snapshot=snapshot(1, AT), size=80, looked=Looked(page=page))


@contextlib.asynccontextmanager
async def opened(valkey: redis.Redis, *changes: Any) -> AsyncIterator[Api]:
    """The API, with these changes in the log."""
    records, sources = MemoryRecords(*changes), SourcesInMemory()
    async with web_site(
        ROUTES,
        records=records,
        sources=sources,
        deliveries=Destinations(valkey, KEYS),
        destinations={"hook": "webhook"},
        draft=draft,
        preview=_preview,
        numbers=_Numbers(),
    ) as site:
        yield Api(site, records, sources)


async def test_the_log_is_read_page_by_page(valkey: redis.Redis) -> None:
    """Newest first; the cursor in ``next``, and the Link header, lead through all of it, each change once."""
    changes = [edited(f"chg_{number}") for number in range(7)]
    async with opened(valkey, *changes) as api:
        first = await api("changes", "?limit=3")
        link = first.headers["Link"]
        async with api.site.session.get(api.site.url(link[1 : link.index(">")])) as came:
            second = await came.json()
        last = await api("changes", f"?limit=3&cursor={second['next']}")

    pages = [first.json, second, last.json]
    assert [[one["id"] for one in page["changes"]] for page in pages] == [
        ["chg_6", "chg_5", "chg_4"],
        ["chg_3", "chg_2", "chg_1"],
        ["chg_0"],
    ]
    assert link.endswith('; rel="next"')
    assert last.json["next"] is None
    assert "Link" not in last.headers


async def test_filters_narrow_the_log(valkey: redis.Redis) -> None:
    """By type and text, as the stream has them; the next page keeps the filter."""
    async with opened(valkey, *detected(), failing("chg_failing", "no answer")) as api:
        edits = await api("changes", "?type=post.edited&q=toll&limit=2")
        failures = await api("changes", "?type=source.failing")

    assert {one["type"] for one in edits.json["changes"]} == {"post.edited"}
    assert "type=post.edited" in edits.headers["Link"]
    assert [one["id"] for one in failures.json["changes"]] == ["chg_failing"]


async def test_a_change_and_its_post_are_the_frozen_bytes(valkey: redis.Redis) -> None:
    """What a webhook was sent is what the API answers; a post's history is oldest first."""
    changes = detected()
    async with opened(valkey, *changes) as api:
        row = api.records.rows[-1]
        async with api.site.session.get(api.site.url(f"/api/v1/changes/{row.change.id}")) as came:
            assert await came.read() == row.body
        history = await api("post", post=row.change.subject)
        newest = await api("post", "?limit=1", post=row.change.subject)

    assert [one["id"] for one in history.json["changes"]] == [one.id for one in changes]
    assert [one["id"] for one in newest.json["changes"]] == [row.change.id]


async def test_a_change_that_was_cut_for_size_is_answered_whole(valkey: redis.Redis) -> None:
    """The log holds the webhook's body; the change's own address, which that body names, holds all of it."""
    long = replace(AFTER, body=tuple(f"Paragraph {n}. " + "word " * 100 for n in range(80)))
    async with opened(valkey, edited("chg_long", after=long)) as api:
        listed = await api("changes")
        whole = await api("change", id="chg_long")

    assert listed.json["changes"][0]["data"]["truncated"]
    assert whole.json["data"]["after"]["body"] == list(long.body)
    assert "truncated" not in whole.json["data"]


@pytest.mark.parametrize(
    "path", ["/api/v1/changes", "/api/v1/changes/chg_1", "/api/v1/posts/pst_1", "/api/v1/openapi.json"]
)
async def test_what_a_visitor_has_is_not_sent_again(valkey: redis.Redis, path: str) -> None:
    """The tag of an answer brings 304 without a body until the answer is another one."""
    async with opened(valkey, edited()) as api:
        async with api.site.session.get(api.site.url(path)) as came:
            tag, body = came.headers["ETag"], await came.read()
        async with api.site.session.get(api.site.url(path), headers={"If-None-Match": f'"other", {tag}'}) as came:
            assert (came.status, await came.read()) == (304, b"")
        async with api.site.session.get(api.site.url(path), headers={"If-None-Match": '"other"'}) as came:
            assert (came.status, await came.read()) == (200, body)


async def test_a_source_is_tried_added_paused_resumed_and_removed(valkey: redis.Redis) -> None:
    """Each answer shows the source as it then stands."""
    words = {"name": "harbour", "url": "https://news.example/harbour", "tags": ["city"], "poll": {"min": "20s"}}
    async with opened(valkey) as api:
        seen = await api("source_preview", body=words)
        added = await api("source_add", body=words)
        again = await api("source_add", body=words)
        barred = await api("source_add", body=words | {"name": "new"})
        paused = await api("source_pause", source="harbour", body={"reason": "the page is rebuilt"})
        listed = await api("sources", "?condition=paused")
        resumed = await api("source_resume", source="harbour")
        removed = await api("source_remove", source="harbour")
        gone = await api("source", source="harbour")

    assert seen.json["posts"][0]["headline"]
    assert seen.json["found_by"]
    assert (added.status, added.headers["Location"]) == (201, "/api/v1/sources/harbour")
    assert added.json["source"]["poll_min_s"] == 20
    assert (again.status, again.json["title"]) == (409, "The name is taken")
    assert (barred.status, list(barred.json["errors"])) == (422, ["name"])
    assert (paused.json["condition"], paused.json["reason"]) == ("paused", "the page is rebuilt (by operator)")
    assert [one["source"]["name"] for one in listed.json["sources"]] == ["harbour"]
    assert listed.json["counts"] == {"all": 1, "paused": 1}
    assert resumed.json["condition"] == "healthy"
    assert (removed.status, gone.status) == (204, 404)


async def test_a_source_that_is_none_is_told_all_its_faults(valkey: redis.Redis) -> None:
    """Every key that is wrong, with its cure, as the configuration file's check has them."""
    async with opened(valkey) as api:
        refused = await api("source_add", body={"name": "no good", "url": "ftp://x", "headers": {"Cookie": "secret"}})
        unseen = await api("source_preview", body={"name": "x", "url": "https://news.example/gone"})

    assert refused.status == 422
    assert {"url", "headers"} <= set(refused.json["errors"])
    assert "secret" not in json.dumps(refused.json)
    assert (unseen.json["posts"], unseen.json["reason"]) == ([], "status 410: the page is gone")


async def test_sources_are_read_page_by_page_with_their_visits(valkey: redis.Redis) -> None:
    """By name; a configured one cannot be removed."""
    async with opened(valkey) as api:
        api.sources.put(
            *(
                SourceStanding(
                    source=Source(name=name, url=f"https://news.example/{name}"), origin="file", condition="healthy"
                )
                for name in "abc"
            )
        )
        visit = PollMark(at=AT - timedelta(seconds=5), outcome="same", took_ms=31, bytes=0, next_s=15.0)
        api.sources.visits["b"] = [visit]
        first = await api("sources", "?limit=2")
        second = await api("sources", f"?limit=2&cursor={first.json['next']}")
        polls = await api("source_polls", source="b")
        kept = await api("source_remove", source="b")

    names = [one["source"]["name"] for page in (first, second) for one in page.json["sources"]]
    assert names == ["a", "b", "c"]
    assert polls.json["polls"][0]["outcome"] == "same"
    assert (kept.status, kept.json["title"]) == (409, "It is configured")


async def test_deliveries_are_looked_at_redelivered_and_dropped(valkey: redis.Redis) -> None:
    """On a real store: a delivery that waits, asked for again, dropped; a destination paused and resumed."""
    change = edited()
    queue(valkey, "hook", change)
    async with opened(valkey, change) as api:
        waiting = await api("deliveries", destination="hook")
        one = await api("delivery", destination="hook", change=change.id)
        again = await api("redeliver", destination="hook", change=change.id)
        paused = await api("destination_pause", destination="hook", body={"reason": "they move house"})
        resumed = await api("destination_resume", destination="hook")
        all_of_them = await api("destinations")
        dropped = await api("drop", destination="hook", change=change.id)
        empty = await api("drop", destination="hook", change=change.id)
        lost = await api("redeliver", destination="hook", change="chg_never")
        unknown = await api("destination", destination="nobody")

    assert [row["change_id"] for row in waiting.json["deliveries"]] == [change.id]
    assert (one.json["delivery"]["state"], one.json["attempts"]) == ("pending", [])
    assert (again.status, again.json) == (202, {"outcome": "due"})
    assert (paused.json["standing"]["state"], paused.json["standing"]["reason"]) == ("paused", "they move house")
    assert resumed.json["standing"]["state"] == "active"
    assert [(one["kind"], one["standing"]["name"]) for one in all_of_them.json["destinations"]] == [("webhook", "hook")]
    assert (dropped.status, empty.status, lost.status, unknown.status) == (204, 404, 404, 404)


async def test_the_installation_at_a_glance(valkey: redis.Redis) -> None:
    """Sources, destinations, open streams, the end of the log, the numbers, and the document itself."""
    async with opened(valkey, edited()) as api:
        status = await api("status")
        numbers = await api("metrics", "?source=desk")
        described = await api("openapi")

    assert status.json["newest_place"] == api.records.rows[-1].place
    assert (status.json["streams"], [one["kind"] for one in status.json["destinations"]]) == (0, ["webhook"])
    assert numbers.json["sources"] == {"desk": {"polls_total": 7}}
    assert described.json == DOCUMENT


@pytest.mark.parametrize(
    ("operation", "query"),
    [
        ("changes", "?limit=0"),
        ("changes", "?limit=many"),
        ("changes", "?limit=000000001999"),
        ("changes", "?limit=000000001" + "9" * 5_000),
        ("changes", "?cursor=%21%21"),
        ("changes", "?cursor=_____w"),
        ("changes", "?cursor=Zm9v"),
        ("changes", "?type=post.flown"),
        ("changes", "?min=nan"),
        ("sources", "?condition=glad"),
        ("sources", "?cursor=a"),
    ],
)
async def test_what_is_asked_wrongly_is_told_so(valkey: redis.Redis, operation: str, query: str) -> None:
    """400 as problem+json, and a detail that names the parameter."""
    async with opened(valkey) as api:
        answer = await api(operation, query)

    assert answer.status == 400
    assert answer.json["detail"]


async def test_a_body_that_is_no_json_or_no_object_is_refused(valkey: redis.Redis) -> None:
    """415 for another media type, 400 for what cannot be read."""
    async with opened(valkey) as api:
        url = api.site.url("/api/v1/sources")
        for body, media, status in (
            (b"{}", "text/plain", 415),
            (b"{", "application/json", 400),
            (b"[]", "application/json", 400),
        ):
            async with api.site.session.post(url, data=body, headers={"Content-Type": media}) as came:
                assert (came.status, came.content_type) == (status, "application/problem+json")
