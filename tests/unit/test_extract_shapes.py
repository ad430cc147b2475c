"""Known shapes of live pages."""

from __future__ import annotations

import re

import pytest

from monitor.core.extract.shapes import SHAPES, unpinned
from monitor.model import Post
from tests.kit.copies import PAGES, URL, page_of, read_copy, reason_of

GOLDEN = PAGES / "golden"
_HASHED = re.compile(r"\b(?:sc-[a-z0-9]{5,}|css-[a-z0-9]{5,}|dcr-[a-z0-9]{4,}|[a-z]+_[A-Za-z]+__[A-Za-z0-9]{5})\b")


def _html(main: str) -> bytes:
    return f"<html><body><h1>Live</h1>{main}</body></html>".encode()


def _block(key: str, headline: str, text: str, minute: int = 0) -> str:
    name = f" id='block-{key}'" if key else ""
    return (
        f"<article class=block{name}><header><time datetime='2026-05-04T09:{minute:02}:00Z'>x</time>"
        f"<h2>{headline}</h2></header><p>{text}</p></article>"
    )


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_no_shape_relies_on_a_hashed_class(shape: object) -> None:
    """Selectors hold no class name that a style compiler makes anew with every build."""
    assert _HASHED.search(repr(shape)) is None


@pytest.mark.parametrize("name", ["boxes.html", "modules.html", "blocks.html"])
def test_another_build_of_the_site_changes_nothing(name: str) -> None:
    """A page whose hashed class names all changed is read as before."""
    raw = (GOLDEN / name).read_text(encoding="utf-8")
    rebuilt = re.sub(r"(sc-1egoi1-0|sc-2ts3cz-1|sc-9v7nwy-0|tzojb|XXK17|dcr-[0-9a-z]+)", "q7Zk2", raw)
    assert rebuilt != raw
    assert page_of(read_copy(rebuilt.encode())) == page_of(read_copy(raw.encode()))


def test_a_pinned_copy_marks_its_original() -> None:
    """A copy on top without an id is no post of its own, whether it is told by its link or by its words."""
    pinned = f"<div id=pinned-post>{_block('', 'B', 'Two words.')}</div>"
    page = page_of(read_copy(_html(pinned + _block("1a", "A", "One word.", 5) + _block("2b", "B", "Two words."))))
    assert [(post.key, post.pinned) for post in page.posts] == [("1a", False), ("2b", True)]


def test_a_pin_from_an_older_page_is_a_post() -> None:
    """A pinned post whose original is not on this page is told once, with the id that its link names."""
    pinned = (
        "<div id=pinned-post><article class=block><header><a href='?page=with:block-9f#block-9f'>10.02 BST</a>"
        "<h2>Before</h2></header><p>Old words.</p></article></div>"
    )
    page = page_of(read_copy(_html(pinned + _block("1a", "A", "One word.")), timezone="Europe/London"))
    assert [(post.key, post.pinned, post.headline) for post in page.posts] == [
        ("9f", True, "Before"),
        ("1a", False, "A"),
    ]
    assert page.posts[0].published is not None
    assert (page.posts[0].published.earliest.hour, page.posts[0].published.kind) == (9, "clock")


def test_key_events_are_no_posts() -> None:
    """A list that repeats headlines of posts with their times adds none."""
    page = page_of(read_copy((GOLDEN / "reach.html").read_bytes()))
    assert [post.key for post in page.posts] == ["7003", "7002"]


def test_a_quote_keeps_its_own_time_and_footer() -> None:
    """What a quoted tweet says of itself is text of the post; the post's own labels are not."""
    quote = "<blockquote><p>Stay indoors.</p><footer>Harbour office, <time>4 May</time></footer></blockquote>"
    main = _block("1a", "A", "They say:").replace("</article>", f"{quote}<footer><p>Share</p></footer></article>")
    (post,) = page_of(read_copy(_html(main))).posts
    assert post.body == ("They say:", "Stay indoors.", "Harbour office, 4 May")


def test_a_time_within_a_sentence_stays() -> None:
    """A machine-readable time inside prose is prose; a label that ticks is not, wherever it stands."""
    text = "The bridge opens again at <time datetime='2026-05-04T18:00Z'>18:00</time>, says the harbour office today"
    (post,) = page_of(read_copy(_html(_block("1a", "A", text)))).posts
    assert post.body == ("The bridge opens again at 18:00, says the harbour office today",)
    (post,) = page_of(read_copy(_html(_block("1a", "A", f"{'Words and words. ' * 5}<time>5 min ago</time>")))).posts
    assert "ago" not in post.body[0]


def test_one_marked_teaser_is_no_live_page() -> None:
    """A theme that marks cards of a front page as live updates needs two dated ones to be believed."""
    card = (
        "<div itemprop='liveBlogUpdate'><time datetime='2026-05-04T09:0{0}:00Z'>x</time><p>Trains stop {0}.</p></div>"
    )
    assert reason_of(read_copy(_html(card.format(1)), url="https://news.example/"))
    assert len(page_of(read_copy(_html(card.format(1) + card.format(2)))).posts) == 2


def test_sharing_tools_are_no_text_and_shared_text_is() -> None:
    """Buttons go; a body whose class happens to say "share" stays."""
    main = _block("1a", "A", "Words.").replace(
        "<p>Words.</p>", "<div class='body shareable'><p>Words.</p></div><div class=share-tools><a>Post</a></div>"
    )
    assert page_of(read_copy(_html(main))).posts[0].body == ("Words.",)


def test_addresses_are_absolute() -> None:
    """A permalink that is a query of the page becomes an address."""
    main = _block("1a", "A", "Words.").replace("<h2>", "<a href='?page=with:block-1a#block-1a'>10.00</a><h2>")
    assert page_of(read_copy(_html(main))).posts[0].url == f"{URL}?page=with:block-1a#block-1a"


def test_copies_are_known_by_id_or_by_words_where_one_has_no_id() -> None:
    """The first original counts; two ids are two posts, whatever their words."""
    one, other = Post(key="a", headline="One", body=("x",)), Post(key=None, headline="One", body=("x",))
    copies = [Post(key=key, headline="One", body=("x",), pinned=True) for key in ("a", None, "b")]
    for copy, place in zip(copies, (0, 0, 1), strict=True):
        kept, gone = unpinned([copy, one, other])
        assert ([post.pinned for post in kept], gone) == ([place == 0, place == 1], 1)
    kept, gone = unpinned([copies[2], one])
    assert (len(kept), gone) == (2, 0)
