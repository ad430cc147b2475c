"""A live page that means ill: its posts try to run, to mislead, to hide and to burst what shows them."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

SCRIPT = "<script>alert('script')</script>"
HANDLER = "<img src=x onerror=alert('handler')><svg onload=alert('svg')>"
BREAKOUT = "\"'></textarea></title></style><script>alert('breakout')</script>"
FLIPPED = "paid \u202eknab eht yb\u202c in \u2067full\u2069"
HIDDEN = "no\u200b\u2060t\ufeff gui\u00adlty"
LINK = "javascript:alert('link')"
WORD = "W" * 1_000_000
POSTS: Mapping[str, tuple[str, str]] = {
    "script": (f"Script {SCRIPT}", f"Body {SCRIPT} and {HANDLER}"),
    "breakout": (f"Breakout {BREAKOUT}", f"{{{{ 7 * 7 }}}} {BREAKOUT} ]]> --> {LINK}"),
    "bidi": (f"Bidi {FLIPPED}", f"He was {HIDDEN}, {FLIPPED}."),
    "word": (f"Word {'Ω' * 3000}", WORD),
}
"""Headline and body of each hostile post by its key."""


def page(posts: Mapping[str, tuple[str, str]], *, round_: int = 0) -> str:
    """The page as HTML with JSON-LD; three quiet posts below the hostile ones. Each round edits every one of them."""
    quiet = {f"quiet-{n}": (f"Quiet {n}", f"Nothing happened in hour {n} of this story.") for n in (3, 2, 1)}
    edit = f"Correction {round_}. " if round_ else ""
    shown = {key: (headline, edit + body) for key, (headline, body) in posts.items()} | quiet
    began = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
    times = {key: (began + timedelta(minutes=n)).isoformat() for n, key in enumerate(reversed(shown))}
    data = {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "headline": f"Hostile {SCRIPT} {FLIPPED}",
        "liveBlogUpdate": [
            {
                "@type": "BlogPosting",
                "@id": key,
                "url": LINK,
                "headline": headline,
                "articleBody": body,
                "datePublished": times[key],
                "author": {"@type": "Person", "name": f"Eve {HANDLER}"},
            }
            for key, (headline, body) in shown.items()
        ],
    }
    script = json.dumps(data).replace("<", "\\u003c")
    articles = "\n".join(
        f'<article id="{key}"><h2>{html.escape(headline)}</h2><time datetime="{times[key]}">{times[key]}</time>'
        f"<p>{html.escape(body)}</p></article>"
        for key, (headline, body) in shown.items()
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Hostile</title>'
        f'<script type="application/ld+json">{script}</script></head><body><main><h1>Hostile</h1>{articles}</main>'
        "</body></html>"
    )
