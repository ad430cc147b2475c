"""What a person reads on a terminal: nothing that a change knows is kept from them."""

from __future__ import annotations

from monitor.cli.show import change_lines, page_lines
from monitor.model import Change, Page, PageRef, Post, PostRef, Significance, SourceRef
from tests.kit.pages import NOON

SOURCE = SourceRef(name="budget-day", url="https://news.example/live")


def of_page(type_: str, *fields: str, **words: str | None) -> str:
    """A page change in the lines of a terminal."""
    change = Change(
        id="chg_1",
        type="page.closed" if type_ == "page.closed" else "page.edited",
        at=NOON,
        source=SOURCE,
        subject="page",
        fields=fields,
        page=PageRef(**words),
    )
    return change_lines(change).plain


def edited(significance: Significance, *, silent: bool | None) -> str:
    """An edit of a post in the lines of a terminal."""
    post = PostRef(id="pst_1", key=None, url=None, headline="Rail suspended", sequence=2, version=2)
    change = Change(
        id="chg_1",
        type="post.edited",
        at=NOON,
        source=SOURCE,
        subject="pst_1",
        post=post,
        significance=significance,
        silent=silent,
    )
    return change_lines(change).plain


def test_another_title_is_shown_beside_the_old_one() -> None:
    """`page.edited` shows which words changed, old → new, and those only."""
    words = {"title": "Budget passed", "previous_title": "Budget day", "summary": "Same", "previous_summary": "Same"}

    assert "\n    title: Budget day → Budget passed" in of_page("page.edited", "title", **words)
    assert "Same" not in of_page("page.edited", "title", **words)
    both = of_page("page.edited", "summary", title="Live", summary="It passed.", previous_summary="It waits.")
    assert "\n    summary: It waits. → It passed." in both


def test_a_closed_page_shows_where_it_goes_on() -> None:
    """`page.closed` names the successor where the page does, and says nothing of one otherwise."""
    successor = "https://news.example/live/tomorrow"

    assert of_page("page.closed", title="Live", successor=successor).endswith(f"\n    goes on at {successor}")
    assert "goes on" not in of_page("page.closed", title="Live")


def test_an_edit_shows_class_score_reasons_and_silence() -> None:
    """The second line has what a route's `min_significance` goes by, and whether the page's times moved."""
    number = Significance(name="number", score=0.9, reasons=("14 → 17",))

    assert "\n    number 0.9: 14 → 17; silent: no time on the page moved" in edited(number, silent=True)
    assert "\n    number 0.9: 14 → 17" in edited(number, silent=None)
    assert "silent" not in edited(number, silent=None) + edited(number, silent=False)
    assert "\n    whitespace 0.02" in edited(Significance(name="whitespace", score=0.02), silent=False)


def test_hostile_words_of_a_page_stay_text() -> None:
    """Titles, summaries and successors cannot drive the terminal either."""
    evil = "\x1b[2J\u202e"
    shown = of_page("page.edited", "title", title=evil, previous_title=evil)
    shown += of_page("page.closed", title=evil, successor=f"https://news.example/{evil}")

    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_check_says_how_many_posts_the_page_completed() -> None:
    """A page in JSON-LD whose posts were completed from the DOM is not said to be found by JSON-LD alone."""
    dom, ld = Post(headline="A", found_by="jsonld+dom"), Post(headline="B", found_by="jsonld")

    assert "2 posts, found by: jsonld, 1 of 2 posts completed from the page" in page_lines(_page(dom, ld)).plain
    assert "2 posts, found by: jsonld\n" in page_lines(_page(ld, ld)).plain


def _page(*posts: Post) -> Page:
    return Page(posts=posts, rung="jsonld")
