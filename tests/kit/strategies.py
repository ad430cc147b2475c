"""Hypothesis strategies for texts, posts and pages: small alphabets, so that things collide often."""

from __future__ import annotations

from hypothesis import strategies as st

from monitor.model import Page, Post
from tests.kit.pages import blog, page, post

_WORDS = (
    "the", "The", "a", "vote", "votes", "14", "17", "1,000.50", "50%", "Smith", "Müller", "said,", "“yes”", "—",
    "now.", "Then!", "it’s", "東京", "地震", "🇩🇪", "no",
)  # fmt: skip

WORDS = st.sampled_from(_WORDS)

lines = st.lists(WORDS, min_size=1, max_size=12).map(" ".join)
"""One paragraph, normalised in white space."""

paragraphs = st.lists(lines, max_size=5)

any_paragraphs = st.lists(st.text(min_size=1, max_size=30).filter(lambda text: "\n\n" not in text), max_size=4)
"""Paragraphs of any characters at all."""

posts: st.SearchStrategy[Post] = st.builds(
    lambda key, headline, body, minute: post(key, headline, *body, at=minute),
    key=st.none() | st.sampled_from(["a", "b", "c", "d", "e", "f"]),
    headline=st.just("") | lines,
    body=st.lists(lines, max_size=3),
    minute=st.none() | st.sampled_from(["10:00", "10:01", "10:02", "11:30"]),
)

pages: st.SearchStrategy[Page] = st.lists(posts, max_size=8).map(lambda found: page(*found))
"""Pages as hostile as they come: ids twice, ids missing, equal texts, no posts."""

blogs: st.SearchStrategy[Page] = st.builds(
    lambda top, size: page(*blog(*range(top, top - size, -1))),
    top=st.integers(min_value=30, max_value=59),
    size=st.integers(min_value=6, max_value=12),
)
"""Well-behaved windows of one rolling live blog."""
