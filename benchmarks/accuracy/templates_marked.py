"""Pages that say what they are: JSON-LD, AMP, known shapes, WordPress, embedded state."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from benchmarks.accuracy.frame import (
    TITLE,
    URL,
    ZONE,
    Frame,
    advert,
    ago,
    between,
    clock,
    escaped,
    iso,
    page,
    paragraphs,
)
from benchmarks.accuracy.newsroom import Story


def jsonld(frame: Frame) -> bytes:
    """LiveBlogPosting with full bodies, and the same posts in a DOM of hashed classes."""
    return page(frame, _plain_dom(frame), _block(frame, [_update(frame, story, key) for story, key in frame.stories()]))


def jsonld_empty(frame: Frame) -> bytes:
    """LiveBlogPosting without bodies, the page's date on every post; text and time stand in the DOM alone."""
    updates = []
    for story, key in frame.stories():
        update = {name: value for name, value in _update(frame, story, key).items() if name != "articleBody"}
        if frame.times == "kept":
            update |= {"datePublished": iso(_start(frame)), "dateModified": iso(frame.view.at)}
        updates.append(update)
    return page(frame, _plain_dom(frame), _block(frame, updates))


def amp(frame: Frame) -> bytes:
    """An AMP live list; adverts are children too, and what was just taken off leaves a tombstone."""
    rows = []
    for place, (story, key) in enumerate(frame.stories()):
        if between(frame.noise):
            at = int(frame.view.at.timestamp())
            rows.append(f"<div id='ad-{place}' data-sort-time='{at}'><amp-ad>{advert(frame.noise)}</amp-ad></div>")
        name = f" id='post-{key}'" if key is not None else ""
        times = ""
        if frame.times == "kept":
            sort, update = _millis(story.published), _millis(story.modified)
            times = f" data-sort-time='{sort}' data-update-time='{update}'"
        rows.append(
            f"<div{name}{times}>{_label(frame, story)}{_heading(story, 'h3')}"
            f"<div>{paragraphs(story, frame.noise)}</div><p class=byline>By {story.author}</p></div>"
        )
    inner = f"<div items>{''.join(rows)}</div><div pagination></div>"
    live = f"<amp-live-list id=live data-poll-interval=15000 data-max-items-per-page=60>{inner}</amp-live-list>"
    return page(frame, live, "<script async src='https://cdn.ampproject.org/v0.js'></script>").replace(
        b"<html lang=en>", b"<html amp lang=en>"
    )


def blocks(frame: Frame) -> bytes:
    """Articles ``block-<id>`` with two ``time`` elements; the pinned one is a copy without an id on top."""
    rows = []
    pinned = frame.pinned()
    if pinned is not None:
        rows.append(f"<div id=pinned-post><article class=block>{_block_inner(frame, pinned)}</article></div>")
    for story, key in frame.stories():
        name = f" id='block-{key}'" if key is not None else ""
        rows.append(f"<article class='block {frame.hashed('block')}'{name}>{_block_inner(frame, story)}</article>")
        if between(frame.noise):
            rows.append(f"<div class='ad-slot'>{advert(frame.noise)}</div>")
    return page(frame, f"<div id=liveblog-body>{''.join(rows)}</div>")


def prefix(frame: Frame) -> bytes:
    """Class names with a readable head and a hashed tail; a re-timed post keeps its place."""
    rows = []
    for story, key in frame.stories():
        box = f"poststyles__PostBox-sc-{frame.hashed('a')}-0 {frame.hashed('b')}"
        name = f" id='h_{key}'" if key is not None else ""
        head = f"post-headlinestyles__Headline-sc-{frame.hashed('h')}-1"
        line = f"<h2 class='{head}'>{escaped(story.text.headline)}</h2>" if story.text.headline else ""
        rows.append(
            f"<article class='{box}'{name}><header><span>{_shown_time(frame, story)}</span>{line}"
            f"<p data-type=byline-area>From Coast Radio's {story.author}</p></header>"
            f"<div class='render-stellar-contentstyles__Content-sc-{frame.hashed('c')}-0'>"
            f"{paragraphs(story, frame.noise)}</div></article>"
        )
        if between(frame.noise):
            rows.append(f"<div class='{frame.hashed('ad')}'>{advert(frame.noise)}</div>")
    return page(frame, f"<div id=posts-and-button>{''.join(rows)}<button>Load more</button></div>")


def wordpress(frame: Frame) -> bytes:
    """The WordPress Liveblog plugin's markup."""
    rows = []
    for story, key in frame.stories():
        name = f" id='liveblog-entry-{key}'" if key is not None else ""
        stamp = f" data-timestamp='{int(story.published.timestamp())}'" if frame.times == "kept" else ""
        line = f"<h2 class=liveblog-entry-title>{escaped(story.text.headline)}</h2>" if story.text.headline else ""
        label = _shown_time(frame, story)
        time = f"<span class='liveblog-meta-time'><abbr>{label}</abbr></span>" if label else ""
        rows.append(
            f"<div class='liveblog-entry'{name}{stamp}><header class='liveblog-meta'>{time}"
            f"<span class='liveblog-meta-author-name'>{story.author}</span></header>{line}"
            f"<div class='liveblog-entry-text'>{paragraphs(story, frame.noise)}</div></div>"
        )
    return page(frame, f"<div id=wpcom-liveblog-container><div id=liveblog-entries>{''.join(rows)}</div></div>")


def state(frame: Frame) -> bytes:
    """No posts in the markup: a script renders them from the state that the page carries."""
    posts = []
    for story, key in frame.stories():
        post: dict[str, object] = {"id": key} if key is not None else {}
        post |= {"headline": story.text.headline, "byline": {"name": story.author}}
        post["body"] = "".join(f"<p>{escaped(line)}</p>" for line in story.text.body)
        if frame.times == "kept":
            post |= {"publishedAt": _millis(story.published), "updatedAt": _millis(story.modified)}
        posts.append(post)
    noise = frame.noise
    props = {"story": {"title": TITLE, "url": URL, "posts": posts}, "ads": [advert(noise)], "visit": noise.random()}
    inner = json.dumps({"props": {"pageProps": props}, "buildId": frame.build}).replace("</", "<\\/")
    return page(frame, f"<div id=__next></div><script id=__NEXT_DATA__ type='application/json'>{inner}</script>")


def _plain_dom(frame: Frame) -> str:
    """Posts in a DOM that only their anchors and times give away."""
    rows = []
    for story, key in frame.stories():
        name = f" id='post-{key}'" if key is not None else ""
        rows.append(
            f"<article class='{frame.hashed('post')}'{name}>{_label(frame, story)}{_heading(story, 'h2')}"
            f"<div class='{frame.hashed('text')}'>{paragraphs(story, frame.noise)}</div></article>"
        )
        if between(frame.noise):
            rows.append(f"<div class='{frame.hashed('slot')}'>{advert(frame.noise)}</div>")
    return f"<section class='{frame.hashed('stream')}'>{''.join(rows)}</section>"


def _update(frame: Frame, story: Story, key: str | None) -> dict[str, object]:
    update: dict[str, object] = {"@type": "BlogPosting", "headline": story.text.headline or TITLE}
    update["url"] = f"{URL}#post-{key}" if key is not None else URL
    update["author"] = {"@type": "Person", "name": story.author}
    update["articleBody"] = "\n".join(story.text.body)
    if frame.times == "kept":
        update |= {"datePublished": iso(story.published), "dateModified": iso(story.modified)}
    return update


def _block(frame: Frame, updates: list[dict[str, object]]) -> str:
    blog = {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "headline": TITLE,
        "url": URL,
        "datePublished": iso(_start(frame)),
        "dateModified": iso(frame.view.at),
        "liveBlogUpdate": updates,
    }
    inner = json.dumps(blog).replace("</", "<\\/")
    return f"<script type='application/ld+json'>{inner}</script>"


def _start(frame: Frame) -> datetime:
    return frame.view.stories[-1].born.replace(hour=0, minute=0, second=0) - timedelta(days=1)


def _block_inner(frame: Frame, story: Story) -> str:
    footer = ""
    if frame.times == "kept" and story.modified > story.published:
        footer = (
            f"<footer><time datetime='{iso(story.modified)}'>Updated at {clock(story.modified)} BST</time></footer>"
        )
    line = _heading(story, "h2")
    head = f"<header>{_label(frame, story)}{line}<span class=contributor>{story.author}</span></header>"
    return f"{head}<div>{paragraphs(story, frame.noise)}</div>{footer}"


def _heading(story: Story, tag: str) -> str:
    return f"<{tag}>{escaped(story.text.headline)}</{tag}>" if story.text.headline else ""


def _label(frame: Frame, story: Story) -> str:
    """A ``time`` element: a machine's time with a ticking label, the label alone, or nothing."""
    if frame.times == "none":
        return ""
    label = ago(story.published, frame.view.at)
    return (
        f"<time datetime='{iso(story.published)}'>{label}</time>" if frame.times == "kept" else f"<time>{label}</time>"
    )


def _shown_time(frame: Frame, story: Story) -> str:
    if frame.times == "none":
        return ""
    if frame.times == "relative":
        return ago(story.published, frame.view.at)
    return f"{clock(story.published)} BST, May {story.published.astimezone(ZONE).day}, 2026"


def _millis(at: datetime) -> int:
    return int(at.timestamp() * 1000)
