"""What the far end may do to us: each fault is told once in words, no post is lost by it, the process lives."""

from __future__ import annotations

import gzip
import json
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.kit.cli import running
from tests.kit.site import Reply, Site, running_site
from tests.kit.waiting import wait_for

HTML = {"Content-Type": "text/html; charset=utf-8"}
JSON = {"Content-Type": "application/json"}


def page(*posts: tuple[str, str]) -> bytes:
    """A live blog with these posts (id, text) as JSON-LD."""
    updates = [
        {"@type": "BlogPosting", "@id": key, "headline": f"Post {key}", "articleBody": text}
        | {"datePublished": f"2026-03-21T12:0{place}:00Z"}
        for place, (key, text) in enumerate(posts)
    ]
    data = json.dumps({"@type": "LiveBlogPosting", "headline": "Live", "liveBlogUpdate": updates})
    return f'<html><script type="application/ld+json">{data}</script></html>'.encode()


def rows(*posts: tuple[str, str]) -> bytes:
    """The same as a JSON array for a mapped source."""
    return json.dumps([{"id": key, "title": f"Post {key}", "text": text} for key, text in posts]).encode()


POSTS = (("a", "One quiet morning at the harbour."), ("b", "Two boats have left."), ("c", "Three came back."))
FAULTS: dict[str, Reply] = {
    "gone-404": Reply(status=404),
    "broken-500": Reply(status=500, body=b"oops"),
    "empty-body": Reply(headers=HTML, body=b""),
    "no-posts": Reply(headers=HTML, body=b"<html><body><h1>We value your privacy</h1><p>Accept all?</p></body></html>"),
    "cut-gzip": Reply(headers={**HTML, "Content-Encoding": "gzip"}, body=gzip.compress(page(*POSTS))[:60]),
    "huge-body": Reply(headers=HTML, body=os.urandom(9_000_000)),
}
MAPPED_FAULTS: dict[str, Reply] = {
    "not-json": Reply(headers=JSON, body=b'[{"id": "a", "title'),
    "html-for-json": Reply(headers=HTML, body=b"<html><body>Please log in</body></html>"),
    "not-a-list": Reply(headers=JSON, body=b'{"error": "maintenance"}'),
}
SOURCE = """
[[source]]
name = "{name}"
url = "{url}/{name}"
poll = {{ min = "0.2s", max = "0.4s" }}
"""
MAPPING = '[source.extract]\nformat = "json"\nposts = "[]"\nid = "id"\nheadline = "title"\nbody = "text"\n'


def configuration(folder: Path, site: Site) -> Path:
    """Every faulty source, and two of which one has a broken charset and one no host at all."""
    text = f'data_dir = "{folder / "state"}"\n[network]\nallow = ["127.0.0.0/8"]\n[work]\nprocesses = 1\n'
    text += '[web]\nlisten = "127.0.0.1:0"\n'
    for name in (*FAULTS, "broken-charset"):
        text += SOURCE.format(name=name, url=site.url)
    for name in MAPPED_FAULTS:
        text += SOURCE.format(name=name, url=site.url) + MAPPING
    text += SOURCE.format(name="unreachable", url="http://127.0.0.1:9")
    path = folder / "stetwatch.toml"
    path.write_text(text)
    return path


def told(log: Path) -> dict[str, list[dict[str, Any]]]:
    """The changes printed so far, by source."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in log.read_text().splitlines():
        change = json.loads(line)
        if "schema_version" in change:
            found[change["data"]["source"]["name"]].append(change)
    return found


@pytest.mark.timeout(120)
async def test_every_fault_is_told_once_and_costs_no_post(tmp_path: Path) -> None:
    """A source that fails says so once and recovers once; its posts are as they were, and the roles never restart."""
    log = tmp_path / "log"
    async with running_site() as site:
        good = Reply(headers=HTML, body=page(*POSTS))
        mapped = Reply(headers=JSON, body=rows(*POSTS))
        for name, fault in FAULTS.items():
            site.on(f"/{name}", good, fault)
        for name, fault in MAPPED_FAULTS.items():
            site.on(f"/{name}", mapped, fault)
        site.on("/broken-charset", good, Reply(headers=HTML, body=good.body.replace(b"Two", b"Tw\xff\xfe")))
        names = {*FAULTS, *MAPPED_FAULTS}

        with running("run", "--config", configuration(tmp_path, site), "--json", log=log) as process:
            await wait_for(
                lambda: (
                    {name for name, changes in told(log).items() if changes[-1]["type"] == "source.failing"}
                    >= {*names, "unreachable"}
                ),
                within_s=60,
                saying=log.read_text(),
            )
            for name in FAULTS:
                site.on(f"/{name}", good)
            for name in MAPPED_FAULTS:
                site.on(f"/{name}", mapped)
            await wait_for(lambda: all(len(told(log)[name]) == 2 for name in names), within_s=30)
            assert process.poll() is None

    changes = told(log)
    assert {name: [change["type"] for change in changes[name]] for name in names} == {
        name: ["source.failing", "source.recovered"] for name in names
    }
    assert all("\n" not in changes[name][0]["data"]["reason"] for name in names)
    assert [change["type"] for change in changes["broken-charset"]] == ["post.edited"]
    assert [change["type"] for change in changes["unreachable"]] == ["source.failing"]
    assert "role ended" not in log.read_text()
    assert "Traceback" not in log.read_text()
