"""HTML to paragraphs."""

from __future__ import annotations

import time

import pytest

from monitor.core.extract import dom
from monitor.core.extract.fields import body_of, paragraphs_of


@pytest.mark.parametrize(
    ("html", "lines"),
    [
        ("<p>the <a href='#'>link</a> stays</p>", ["the link stays"]),
        ("<div>one<p>two</p>three</div>", ["one", "two", "three"]),
        ("<ul> \n <li>a</li><li>b</li></ul>", ["a", "b"]),
        ("<p>a<br>b<br/><br/>c</p>", ["a", "b", "c"]),
        ("<p>kept</p><script>var t = 1</script><style>p{}</style><!-- gone -->", ["kept"]),
        ("<table><tr><td>Home</td><td>2</td></tr></table>", ["Home 2"]),
        ("<p>unclosed <b>bold<p>next", ["unclosed bold", "next"]),
        ("<blockquote><p>said</p></blockquote><figure><figcaption>seen</figcaption></figure>", ["said", "seen"]),
        ("", []),
    ],
)
def test_lines_break_at_blocks_only(html: str, lines: list[str]) -> None:
    """Links and bold words split nothing; paragraphs, list points, quotes and captions do; scripts say nothing."""
    assert paragraphs_of(html or "<p></p>") == lines


def test_markup_does_not_change_text() -> None:
    """The same words linked, re-wrapped or spaced otherwise are the same paragraphs."""
    assert paragraphs_of("<p>A <b>b</b> c.</p>") == paragraphs_of("<div>\n<span>A b</span>  c.</div>") == ["A b c."]


def test_text_escaped_twice_is_read() -> None:
    """Escaped markup is markup, escaped entities are characters, and a less-than sign is just that."""
    assert paragraphs_of("&lt;p&gt;Tom &amp;amp; Jo&lt;/p&gt;") == ["Tom & Jo"]
    assert paragraphs_of("3 < 5 and 7 > 2") == ["3 < 5 and 7 > 2"]
    assert paragraphs_of("one\n\ntwo\nthree") == ["one", "two", "three"]
    assert paragraphs_of("one\ntwo\n\nthree", wrapped=True) == ["one two", "three"]
    assert paragraphs_of(["<p>a</p>", None, "b", {"c": 1}]) == ["a", "b"]


def test_bodies_lose_what_is_no_text() -> None:
    """A headline repeated, "Read more", "Updated at" and a caption printed twice are not kept."""
    caption = "The barge's crew on deck on Monday"
    credited = "The barge’s crew on deck on Monday (Joel Okafor/Coast Radio)"
    body = ["Bridge shut", caption, credited, "Text.", "Read more here.", "Updated at 12.36 BST", "Text."]
    assert body_of(body, "Bridge shut") == (credited, "Text.", "Text.")
    assert body_of([caption, caption], "") == (caption,)


def test_bodies_are_bounded() -> None:
    """A body without end is cut, not refused."""
    assert sum(map(len, body_of(["x" * 150_000] * 3, ""))) == 200_000
    assert sum(map(len, paragraphs_of("<p>" + "y" * 900_000))) <= 400_000


def test_pictures_without_trackers() -> None:
    """Pictures and embeds are told in page order, one-pixel ones left out."""
    root = dom.parse('<p><img src="/a.jpg"><img src="/t.gif" width="1"><iframe src="/v"></iframe><img></p>')
    assert root is not None
    assert dom.media(root) == ["/a.jpg", "/v"]


def test_deep_nesting_is_refused_in_time() -> None:
    """Nested blocks cost the HTML algorithm quadratic time, so a page built of them is not parsed at all."""
    began = time.process_time()
    assert dom.parse_page(b"<div>" * 200_000) is None
    assert dom.parse("<ul><li>" * 50_000) is None
    assert paragraphs_of("<div>" * 50_000) == []
    assert time.process_time() - began < 5
    assert dom.parse_page(b"<div><p>x</p></div>" * 20_000) is not None


def test_tags_that_never_end_are_looked_at_once() -> None:
    """Thousands of tags without their ``>``, or one without end, cost no more than their length."""
    began = time.process_time()
    for html in (b"<a" * 100_000, b"<a" * 100_000 + b">", b"<" + b"a" * 1_000_000, b"<a " * 300_000):
        assert dom.parse_page(html, tags=0) is not None
    assert time.process_time() - began < 2


def test_a_slash_does_not_close_an_html_element() -> None:
    """``<div/>`` opens a div, whatever XML says, so it counts as nesting; ``<path/>`` of a drawing does not."""
    assert dom.parse_page(b"<div/>" * 40_000) is None
    assert dom.parse_page(b"<svg>" + b"<path/>" * 40_000 + b"</svg>") is not None
