"""The end of coverage: told by a title or a farewell, with the page that it goes on at."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor.core.compare.closing import noticed, says_so, successor
from monitor.core.compare.state import SourceState, pack, unpack
from monitor.core.detect import begin, conclude
from monitor.model import Page, Span
from tests.kit.copies import page_of, read_copy
from tests.kit.pages import NOON, SOURCE, Watch, blog, clock, page, post, snapshot

OVER = [
    "Storm on the coast – as it happened",
    "Budget day live - as it happened | Politics | The Paper",
    "Storm: live (closed)",
    "Budget day: live coverage has ended",
    "Final: live ended",
    "Liveblog Oekraïne (gesloten)",
    "Wahltag: Liveblog beendet",
    "Sturm-Ticker – beendet",
    "Grève : direct terminé",
    "Elezioni, diretta conclusa",
    "Eleições: cobertura encerrada",
    "Lokführerstreik: Liveblog ist jetzt beendet | News",
    "Der Tag zum Nachlesen: Sturm – zum Nachlesen",
]
GOING_ON = [
    "Storm on the coast: live",
    "Ceasefire talks ended: live updates",
    "War has ended",
    "Road closed – live",
    "School closed",
    "Das Turnier ist beendet",
    "Lokführerstreik: beendet | News",
    "Talks with the union – ended",
    "Bridge, closed",
    None,
]
FAREWELLS = [
    "This live blog is now closed.",
    "Our live coverage has moved here.",
    "We’re closing this live blog now. Thanks for reading.",
    "Wir beenden diesen Liveblog.",
    "Ce direct est terminé, merci.",
    "Termina aquí la cobertura.",
    "Dit liveblog is gesloten.",
    "La nostra diretta finisce qui.",
    "Encerramos aqui a cobertura.",
    "Direktrapporteringen är avslutad.",
    "Kończymy relację na żywo.",
    "この速報の更新を終了しました",
    "本次直播结束",
]


@pytest.mark.parametrize("title", OVER)
def test_titles_that_say_it_is_over(title: str) -> None:
    """The ending of a title, before the names of section and site."""
    assert says_so(title)


@pytest.mark.parametrize("title", GOING_ON)
def test_titles_that_say_something_else_is_over(title: str | None) -> None:
    """Wars end, roads close; the coverage goes on."""
    assert not says_so(title)


@pytest.mark.parametrize("words", FAREWELLS)
def test_a_farewell_closes_the_page(words: str) -> None:
    """A short post at an end of the page that says goodbye, in the languages of thirteen markets."""
    closed = noticed(page(post(None, "", words), *blog(5, 4, 3)), NOON, SourceState())
    assert isinstance(closed, Page)
    assert closed.closed


def test_a_post_in_the_middle_is_no_farewell() -> None:
    """That another page's live blog is now closed may be news here."""
    shown = page(*blog(6, 5, 4), post(None, "", "This live blog is now closed."), *blog(3, 2, 1))
    assert noticed(shown, NOON, SourceState()) == shown


def test_the_successor_is_linked_from_the_words() -> None:
    """The link in, or just after, the words; not those elsewhere, of other sites, or to the page itself."""
    url = "https://news.example/live/day-1"
    html = (
        '<p><a href="/a">Else</a></p><div>Our live coverage has ended. <a href="https://share.example/x">Share</a>'
        '<a href="/live/day-1#top">Up</a> Follow <a class="b" href="/live/day-2?x=1&amp;y=2">day two</a></div>'
    )
    assert successor(html, url) == "https://news.example/live/day-2?x=1&y=2"
    assert successor('<a href="/live/day-2">Our live coverage has moved</a>', url) == "https://news.example/live/day-2"
    assert successor('<a href="/live/day-2">Day two</a>', url) is None


def test_another_blogs_opening_closes_nothing() -> None:
    """A post that points at a new blog on another matter is no farewell to this one."""
    shown = page(post(None, "", "The final has begun. Follow our new live blog on the football here."), *blog(3, 2, 1))
    assert noticed(shown, NOON, SourceState()) == shown


def test_the_successor_is_found_behind_letters_that_fold_to_two() -> None:
    """A case fold makes two letters of each ß, and the place of the words another; the link is found all the same."""
    url = "https://news.example/live/day-1"
    html = (
        f"<p>{'Straße ' * 200}</p><a href='/wrong'>x</a><P>OUR LIVE COVERAGE HAS MOVED <a href='/live/day-2'>here</a>"
    )
    assert successor(html + "<a href='/late'>y</a>" + "z" * 600, url) == "https://news.example/live/day-2"


@pytest.mark.parametrize("opening", ["", "<a ", "<a " * 1_000])
def test_a_page_that_says_so_ten_thousand_times_is_searched_in_no_time(opening: str) -> None:
    """Each place that says so is searched near itself, and not the whole page back: 200 KB took 15 s."""
    markup = opening + "x this blog is closed " * 10_000
    began = time.process_time()
    assert successor(markup, "https://news.example/live/day-1") is None
    assert time.process_time() - began < 0.5


def test_the_end_is_told_with_its_successor() -> None:
    """From bytes to change: a page whose JSON-LD shows posts and whose banner says where it goes on."""
    watch = Watch()
    watch.see(page(*blog(3)))
    html = (
        b'<html><head><title>x</title><script type="application/ld+json">{"@type":"LiveBlogPosting","headline":'
        b'"Budget day - as it happened","liveBlogUpdate":[{"@type":"BlogPosting","@id":"k3","headline":'
        b'"Report 3 from the chamber","datePublished":"2026-03-02T10:03:00Z","articleBody":"Member number 3 rose to '
        b'speak of matter 21 at some length."}]}</script></head><body><p>Our live coverage has ended. Go on '
        b'<a href="/live/day-2">here</a></p></body></html>'
    )
    draft = begin(SOURCE, watch.state, snapshot(9, NOON), html)
    closed = [change for change in conclude(draft, watch.texts).changes if change.type == "page.closed"]
    assert [change.page and change.page.successor for change in closed] == ["https://news.example/live/day-2"]


@pytest.mark.parametrize(
    ("ends", "built", "closed"),
    [
        ("11:00", None, True),
        ("12:00", None, True),
        ("12:01", None, False),  # still to come
        ("10:03", None, False),  # posts came after it
        ("11:30", "11:30", False),  # perhaps only the last change of the page
        ("10:50", "10:50", True),  # nothing has followed it for an hour
    ],
)
def test_a_dated_end_closes_the_page_once_it_is_past(ends: str, built: str | None, closed: bool) -> None:
    """Coverage ends when the page says, unless later posts belie it; an end to come is none yet."""
    shown = replace(page(*blog(5, 4, 3), built_at=clock(built) if built else None), ends_at=clock(ends))
    seen = noticed(shown, NOON, SourceState())
    assert isinstance(seen, Page)
    assert seen.closed is closed


def test_the_dated_end_is_told_once() -> None:
    """The copy made after ``coverageEndTime`` says so; an end that is plainly the start is no end."""
    post_ = '{"@type":"BlogPosting","@id":"#block-1001","articleBody":"Text.","datePublished":"2026-03-02T10:00:00Z"}'
    node = (
        '{"@type":"LiveBlogPosting","headline":"Live","coverageStartTime":"2026-03-02T08:00:00Z",'
        f'"coverageEndTime":"2026-03-02T%sZ","liveBlogUpdate":[{post_}]}}'
    )
    body = f"<html><head><script type='application/ld+json'>{node}</script></head><body></body></html>"
    watch = Watch()
    told = []
    for number, at in ((1, "11:58"), (2, "12:02"), (3, "12:04")):
        seen = replace(snapshot(number, clock(at)), content_type="text/html")
        told.append([change.type for change in watch.observe(seen, (body % "12:00:00").encode()).changes])
    assert told == [[], ["page.closed"], []]
    assert page_of(read_copy((body % "12:00:00").encode())).ends_at == NOON
    assert page_of(read_copy((body % "08:01:00").encode())).ends_at is None


def dated(*numbers: int, ends: datetime, built: datetime | None = None) -> Page:
    """A page of posts that dates the end of its coverage; each of its posts is of that minute past noon."""
    posts = (replace(one, published=span_at(number)) for number, one in zip(numbers, blog(*numbers), strict=True))
    return replace(page(*posts, built_at=built), ends_at=ends)


def span_at(minutes: int) -> Span:
    """The moment so many minutes past noon."""
    moment = NOON + timedelta(minutes=minutes)
    return Span(earliest=moment, latest=moment, text=moment.isoformat(), kind="machine")


@pytest.mark.parametrize(("last_change", "closes"), [(0, 30), (30, 90)])
def test_a_page_that_stands_still_closes_when_its_end_is_past(last_change: int, closes: int) -> None:
    """After the end nothing changes any more: unchanged polls are asked for until it is past, and tell it, once."""
    watch = Watch(now=NOON + timedelta(minutes=last_change))
    ends, built = NOON + timedelta(minutes=30), NOON + timedelta(minutes=last_change)
    assert watch.see(dated(-1, -2, -3, ends=ends, built=built)).eager
    watch.state = unpack(pack(watch.state))
    told = [(change.type, watch.now) for _ in range(100) for change in watch.unchanged().changes]
    assert told == [("page.closed", NOON + timedelta(minutes=closes))]
    assert not watch.unchanged().eager
    assert not watch.see(dated(-1, -2, -3, ends=ends, built=built)).changes


def test_an_end_far_ahead_is_not_waited_for() -> None:
    """A poll a minute for the years until an end in 2099 is worth nobody's while; nor is a copy kept for it."""
    seen = Watch().see(dated(-1, -2, ends=NOON + timedelta(days=400)))
    assert (seen.eager, seen.in_doubt) == (False, False)
    seen = Watch().see(dated(-1, -2, ends=NOON + timedelta(minutes=30)))
    assert (seen.eager, seen.in_doubt) == (True, False)


def test_ends_that_posts_follow_are_not_believed_again() -> None:
    """Software that dates the end by the last change would end a slow blog at every lull."""
    watch = Watch()
    closed, posts = [], [0, -1, -2]
    for start in range(80, 800, 80):
        watch.now = NOON + timedelta(minutes=start)
        posts = [start, *posts]
        last_change = NOON + timedelta(minutes=start)
        closed += [change.type for change in watch.see(dated(*posts, ends=last_change, built=last_change)).changes]
        closed += [change.type for _ in range(75) for change in watch.unchanged().changes]
    assert closed.count("page.closed") == 1
    planned = NOON + timedelta(minutes=850)
    watch.see(dated(*posts, ends=planned, built=watch.now))
    watch.now = planned
    assert [change.type for change in watch.unchanged().changes] == ["page.closed"]


def test_a_blog_that_ran_before_its_first_lull_is_not_closed_by_it() -> None:
    """Two posts in a row under ends that moved with them tell what such an end is worth."""
    watch = Watch()
    for posts in ((1, -1, -2), (5, 1, -1, -2)):
        watch.now = last_change = NOON + timedelta(minutes=posts[0])
        watch.see(dated(*posts, ends=last_change, built=last_change))
    assert not [change for _ in range(75) for change in watch.unchanged().changes]
