"""Labels that say a post is pinned: off its text, whoever reads it, and never out of a sentence."""

from __future__ import annotations

import pytest

from monitor.core.extract import dom, pins
from monitor.model import ExtractRules, Post
from tests.kit.copies import page_of, read_copy

LABELS = (
    "<span>Pinned</span>",
    "<p>Pinned</p>",
    "<p class=pin>Pinned post</p>",
    "<span>📌</span>",
    '<span class="sr-only">Pinned post</span>',
    "<div><b>📌 PINNED:</b></div>",
)
LAYOUTS = (
    "{pin}<span class=t>{time}</span><h3>{head}</h3><p>{body}</p>",
    "<span class=t>{time}</span>{pin}<h3>{head}</h3><p>{body}</p>",
    "<div><span class=t>{time}</span> · {pin}</div><h3>{head}</h3><p>{body}</p>",
    "<div>{pin}<span class=t>{time}</span><span>Ann Lee</span></div><h3>{head}</h3><p>{body}</p>",
    "<span class=t>{time}</span><h3>{pin} {head}</h3><p>{body}</p>",
    "<h3>{pin}<a href=/x>{head}</a></h3><span class=t>{time}</span><p>{body}</p>",
)
CSS = ExtractRules(format="css", posts="div.feed > div", published="span", headline="h3", body="p")


def _page(layout: str, pin: str, row: str = "div") -> bytes:
    rows = [
        layout.format(
            pin=pin if number == 0 else "",
            time=f"08:{50 - number}",
            head=f"Boat {number} is in",
            body=f"Boat number {number} came in with {number * 7 + 3} crates of cod at the north quay.",
        )
        for number in range(6)
    ]
    rows = [f"<{row} class=x9f>{inner}</{row}>" for inner in rows]
    return f"<html><body><main><h1>Live</h1><div class=feed>{''.join(rows)}</div></main></body></html>".encode()


def _told(post: Post) -> tuple[object, ...]:
    return post.headline, post.body, post.author, post.published


@pytest.mark.parametrize(
    ("layout", "label"),
    [(one, label) for one in LAYOUTS for label in LABELS if label.startswith("<span") or "<h3>{pin}" not in one],
)
@pytest.mark.parametrize("rules", [None, CSS])
def test_a_pinned_post_reads_as_it_does_unpinned(layout: str, label: str, rules: ExtractRules | None) -> None:
    """By inference and by a mapping: headline, text, author and time are the same, and the label is a fact."""
    bare, marked = (page_of(read_copy(_page(layout, pin), rules)).posts for pin in ("", label))
    assert [_told(post) for post in marked] == [_told(post) for post in bare]
    assert [post.pinned for post in marked] == [True, *[False] * 5]
    assert not any(post.pinned for post in bare)
    assert all(post.published is not None for post in marked)


def test_a_known_shape_reads_a_label() -> None:
    """Elements of a known platform may say it in words alone."""
    rows = [
        f'<article id="block-{number}" class=block><time datetime="2026-05-04T08:{50 - number}:00Z">now</time>'
        f"{'<p>Pinned post</p>' * (number == 0)}<h2>Boat {number}</h2><p>It came in.</p></article>"
        for number in range(4)
    ]
    page = page_of(read_copy(f"<main><h1>Live</h1>{''.join(rows)}</main>".encode()))
    assert page.rung == "shape"
    assert [post.pinned for post in page.posts] == [True, False, False, False]
    assert [post.body for post in page.posts] == [("It came in.",)] * 4


@pytest.mark.parametrize(
    "text",
    [
        "Live blog\n\nPinned\n36 min ago\nBoat in\nIt came in.\n\n12 min ago\nCrew\nAll well.\n",
        "Live blog\n\n36 min ago\nPinned post\nBoat in\nIt came in.\n\n12 min ago\nCrew\nAll well.\n",
    ],
)
def test_a_text_capture_reads_a_label(text: str) -> None:
    """A line above or below the time, and never the end of the post before or the page's title."""
    page = page_of(read_copy(text.encode(), name="page.txt"))
    assert page.title == "Live blog"
    assert [(post.headline, post.body, post.pinned) for post in page.posts] == [
        ("Boat in", ("It came in.",), True),
        ("Crew", ("All well.",), False),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "Pinned",
        "PINNED POST",
        "📌",
        "📌 Pinned:",
        "Angeheftet",
        "Épinglé",
        "Fijado",
        "Przypięty wpis",
        "Закреплено",
        "置顶",
        "固定された投稿",
        "고정됨",
        "מוצמד",
        "مثبت",
        "• Vastgezet •",
    ],
)
def test_labels_in_many_languages(line: str) -> None:
    """A closed table, whatever the case and the marks around it."""
    assert pins.is_pin(line)


@pytest.mark.parametrize(
    "line", ["", "Pin", "Pinned down", "He was pinned", "Pinned by Ann Lee", "📌 Boats are in", "—"]
)
def test_what_is_no_label(line: str) -> None:
    """A word more makes it text."""
    assert not pins.is_pin(line)


@pytest.mark.parametrize(
    "inner",
    [
        "<p>He was <b>pinned</b> to the wall.</p>",
        "<p><b>Pinned</b> to the wall, he called for help.</p>",
        "<p><span>Pinned</span><span> to the wall, he called for help.</span></p>",
        "<p>The knight is <i><b>pinned</b></i></p>",
        "<p><b>Pinned</b> <a href=/x>Ann Lee</a> could not move.</p>",
        "<h3><span>Pinned</span> under rubble for hours</h3><p>A man is free.</p>",
        "<h3>How they got <em>Pinned</em></h3><p>A man is free.</p>",
        "<p>📌 Boats are in.</p>",
        "<figure><img src=/a.jpg><figcaption>Pinned</figcaption></figure><p>A butterfly.</p>",
        f"<p>{'A long report of the day. ' * 20}</p><p>Pinned</p>",
    ],
)
def test_a_word_in_a_sentence_stays(inner: str) -> None:
    """No element of running text, no caption, and nothing below the head of a post is taken for a label."""
    tree = dom.parse_page(f"<div id=a>{inner}</div><span>Pinned</span>".encode())
    assert tree is not None
    node = tree.css("#a")[0]
    before = node.html
    assert not pins.take(node)
    assert node.html == before


def test_a_label_beside_a_post_is_not_the_posts() -> None:
    """Only what lies in the element itself is looked at."""
    tree = dom.parse_page(b"<div id=a><p>Short.</p></div><div><span>Pinned</span></div>")
    assert tree is not None
    assert not pins.take(tree.css("#a")[0])
