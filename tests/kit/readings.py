"""Copies of a page that tells its posts twice, in JSON-LD and in its DOM, and a watch that sees one after the other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from monitor.core.compare.state import pack, unpack
from monitor.model import Change, Version
from tests.kit.pages import NOON, Watch, snapshot

Texts = Mapping[str, Sequence[str]]
"""Key → paragraphs, in page order."""

BODIES = {
    f"100{n}": (f"Member number {n} rose to speak.", f"Matter {n * 7} was heard at some length.") for n in range(9)
}


@dataclass
class Copies:
    """A watch that sees copies of one page: what its JSON-LD says, and what its DOM shows."""

    watch: Watch
    known: bool = True
    visits: int = 0

    def see(
        self,
        ld: Texts | None,
        dom: Texts,
        *,
        times: Mapping[str, str] | None = None,
        ld_times: Mapping[str, str] | None = None,
        ld_id: str = "block-%s",
    ) -> list[tuple[str, str | None]]:
        """Type and key of what the next copy tells; its nonce and its ticking labels differ from all before."""
        changes = self.changes(
            copy_of(
                ld,
                dom,
                self.visits,
                known=self.known,
                times=times or {},
                ld_times=ld_times or {},
                ld_id=ld_id,
            )
        )
        return [(change.type, change.post.key if change.post else change.subject) for change in changes]

    def changes(self, body: bytes) -> tuple[Change, ...]:
        """What a copy of these bytes tells."""
        self.visits += 1
        watch = self.watch
        watch.state = unpack(pack(watch.state))
        seen = replace(
            snapshot(self.visits, NOON + timedelta(minutes=self.visits)), content_type="text/html; charset=utf-8"
        )
        return watch.observe(seen, body).changes

    def text(self, key: str) -> Version:
        """The text kept of a post."""
        return next(self.watch.texts[track.id] for track in self.watch.state.tracks if track.key == key)


def copy_of(
    ld: Texts | None,
    dom: Texts,
    visit: int,
    *,
    known: bool = True,
    times: Mapping[str, str],
    ld_times: Mapping[str, str],
    ld_id: str,
) -> bytes:
    """The bytes of a copy; without JSON-LD where ``ld`` is None. ``times`` and ``ld_times`` are by key."""
    updates = [
        {
            "@type": "BlogPosting",
            "@id": ld_id % key,
            "headline": f"Report {key} from the chamber",
            "articleBody": "\n".join(body),
            "datePublished": ld_times.get(key, f"2026-03-02T10:{key[2:]}:00Z"),
        }
        for key, body in (ld or {}).items()
    ]
    node = {"@type": "LiveBlogPosting", "headline": "Budget day, live", "liveBlogUpdate": updates}
    name = "block" if known else "entry"
    rows = "".join(
        f"<article class='{name if known else f'x{visit}'}' id='{name}-{key}'>"
        f"<time datetime='{times.get(key, f'2026-03-02T10:{key[2:]}:00Z')}'>{visit} min ago</time>"
        f"<h2>Report {key} from the chamber</h2>{''.join(f'<p>{line}</p>' for line in body)}</article>"
        for key, body in dom.items()
    )
    told = f"<script type='application/ld+json'>{json.dumps(node)}</script>" if ld is not None else ""
    script = f"{told}<script nonce='{visit}'>x={visit}</script>"
    return f"<html><head>{script}</head><body><main>{rows}</main><p>{visit} readers</p></body></html>".encode()


def with_(key: str, *body: str) -> dict[str, Sequence[str]]:
    """The bodies, one of them another."""
    return {**BODIES, key: body}
