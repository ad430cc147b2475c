"""Times as intervals, read from what people and machines write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.core.times import line_kind, read, read_machine, zone_of
from monitor.core.times.words import LANGUAGES
from monitor.model import Span

NOW = datetime(2023, 3, 21, 23, 47, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime:
    """A UTC instant from its ISO form."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(text: str, zone: tzinfo = LONDON, anchor: datetime = NOW) -> Span:
    """What ``read`` finds, or a failure."""
    found = read(text, anchor, zone)
    assert found is not None, text
    assert found.earliest <= found.latest
    return found


@pytest.mark.parametrize(
    ("text", "least_s", "most_s"),
    [
        ("36 min ago", 36 * 60, 37 * 60),
        ("1 min ago", 60, 120),
        ("4m", 240, 300),
        ("4m ago", 240, 300),
        ("2 hr 22 min ago", 8520, 8580),
        ("2 hr ago", 7200, 10800),
        ("an hour ago", 2700, 7200),
        ("2 days ago", 86400, 259200),
        ("just now", 0, 60),
        ("less than a minute ago", 0, 60),
        ("Updated 5 minutes ago", 300, 360),
        ("vor 36 Minuten", 2160, 2220),
        ("vor einer Stunde", 2700, 7200),
        ("gerade eben", 0, 60),
        ("il y a 2 heures et 5 minutes", 7500, 7560),
        ("à l’instant", 0, 60),
        ("hace una hora", 2700, 7200),
        ("hace 5 minutos", 300, 360),
        ("5 minuti fa", 300, 360),
        ("un'ora fa", 2700, 7200),
        ("há 5 minutos", 300, 360),
        ("5 minutos atrás", 300, 360),
        ("5 minuten geleden", 300, 360),
        ("zojuist", 0, 60),
    ],
)
def test_ages_are_intervals_of_their_last_unit(text: str, least_s: int, most_s: int) -> None:
    """ "n units ago" is n to n+1 units before the copy; an article begins at three quarters, days a day earlier."""
    found = span(text)
    assert (NOW - found.latest).total_seconds() == least_s
    assert (NOW - found.earliest).total_seconds() == most_s
    assert found.kind == "relative"


@pytest.mark.parametrize(
    ("text", "earliest", "kind"),
    [
        ("12.36 GMT", "2023-03-21T12:36:00", "clock"),
        ("12.36\u00a0BST", "2023-03-21T11:36:00", "clock"),
        ("Updated at 12.36 BST", "2023-03-21T11:36:00", "clock"),
        ("Posted at 9:07", "2023-03-21T09:07:00", "clock"),
        ("8:05 a.m. ET, March 21", "2023-03-21T12:05:00", "absolute"),
        ("12:09 a.m. ET, October 30, 2023", "2023-10-30T04:09:00", "absolute"),
        ("5:40 PM EST", "2023-03-21T22:40:00", "clock"),
        ("Updated 5:40 PM EDT", "2023-03-21T21:40:00", "clock"),
        ("12:05 p.m. PT", "2023-03-21T19:05:00", "clock"),
        ("12:30 CET", "2023-03-21T11:30:00", "clock"),
        ("18:30 IST", "2023-03-21T13:00:00", "clock"),
        ("12:30 +0530", "2023-03-21T07:00:00", "clock"),
        ("GMT+2 12:30", "2023-03-21T10:30:00", "clock"),
        ("22.02.2015 12:30", "2015-02-22T12:30:00", "absolute"),
        ("21. März 2023, 12.05 Uhr", "2023-03-21T12:05:00", "absolute"),
        ("21 mars 2023 à 12h36", "2023-03-21T12:36:00", "absolute"),
        ("mar. 21 mars 12:36", "2023-03-21T12:36:00", "absolute"),
        ("21 de marzo de 2023, 12:36", "2023-03-21T12:36:00", "absolute"),
        ("21 maart 2023 12:36 uur", "2023-03-21T12:36:00", "absolute"),
        ("3/21/2023 8:05", "2023-03-21T08:05:00", "absolute"),
        ("yesterday at 5:40 PM", "2023-03-20T17:40:00", "clock"),
        ("gestern, 12:05 Uhr", "2023-03-20T12:05:00", "clock"),
        ("Mon 12:05", "2023-03-20T12:05:00", "clock"),
        ("4m ago 12.50 GMT", "2023-03-21T12:50:00", "clock"),
    ],
)
def test_clock_times_are_whole_minutes(text: str, earliest: str, kind: str) -> None:
    """A minute as shown is the interval of that minute, in the zone the text names, daylight saving included."""
    found = span(text)
    assert found.earliest == at(earliest)
    assert found.latest == found.earliest + timedelta(seconds=59, microseconds=999_999)
    assert found.kind == kind


@pytest.mark.parametrize("text", ["hello", "", "MON", "1:0", "1. Halbzeit", "45.+2", "31 February", "99:99", "…"])
def test_other_text_is_no_time(text: str) -> None:
    """What names neither a time nor a day is not forced into one."""
    assert read(text, NOW, LONDON) is None


def test_a_clock_ahead_of_the_copy_is_yesterdays() -> None:
    """A bare clock more than five minutes ahead belongs to the day before; four minutes may be a fast clock."""
    assert span("23:59").earliest == at("2023-03-20T23:59:00")
    assert span("23:51").earliest == at("2023-03-21T23:51:00")


def test_ambiguous_words_follow_the_source() -> None:
    """IST is Irish for an Irish source, and 3/4 is March 4 for an American one."""
    assert span("12:30 IST", ZoneInfo("Europe/Dublin"), at("2023-07-01T20:00")).earliest == at("2023-07-01T11:30")
    assert span("3/4/2023 10:00", ZoneInfo("America/New_York")).earliest == at("2023-03-04T15:00")
    assert span("3/4/2023 10:00").earliest == at("2023-04-03T09:00")


def test_days_and_hours_are_intervals_too() -> None:
    """A date is its whole day in the source's zone, "8 p.m." its whole hour; a date without year is the last one."""
    day = span("22.02.2015", BERLIN)
    assert (day.earliest, day.latest) == (at("2015-02-21T23:00"), at("2015-02-22T23:00") - timedelta(microseconds=1))
    short = span("26 March 2023")
    assert short.latest - short.earliest == timedelta(hours=23) - timedelta(microseconds=1)
    hour = span("8 p.m. ET, March 20")
    assert (hour.earliest, hour.latest - hour.earliest) == (
        at("2023-03-21T00:00"),
        timedelta(hours=1) - timedelta(microseconds=1),
    )
    assert span("29 September 19:00", BERLIN).earliest == at("2022-09-29T17:00")
    assert span("Feb 29").earliest == at("2020-02-29")


def test_gained_precision_meets_the_old_span() -> None:
    """The same post shown to the day, minute and second has spans that intersect."""
    spans = [span("22.02.2015"), span("22.02.2015 12:30"), span("22.02.2015 12:30:04")]
    assert max(s.earliest for s in spans) <= min(s.latest for s in spans)
    assert spans[2].earliest == spans[2].latest


def test_an_hour_that_comes_twice_spans_both_readings() -> None:
    """2:30 on the night the clocks go back may be either; both are inside the span."""
    found = read_machine("2022-10-30T02:30:00", BERLIN)
    assert found is not None
    assert (found.earliest, found.latest) == (at("2022-10-30T00:30"), at("2022-10-30T01:30"))


@pytest.mark.parametrize(
    ("value", "earliest", "width_s"),
    [
        ("2023-05-15T11:50:54.000Z", "2023-05-15T11:50:54", 0),
        ("2024-08-05T21:00:18.921+01:00", "2024-08-05T20:00:18.921", 0),
        ("2023-05-15T11:50:54+0000", "2023-05-15T11:50:54", 0),
        ("2023-05-15 11:34", "2023-05-15T09:34:00", 60),
        ("2023-05-15T11:34Z", "2023-05-15T11:34:00", 60),
        ("2023-05-15", "2023-05-14T22:00:00", 86400),
        (1691986806000, "2023-08-14T04:20:06", 0),
        (1691986806, "2023-08-14T04:20:06", 0),
        (1691986806.5, "2023-08-14T04:20:06.5", 0),
        ("1691986779", "2023-08-14T04:19:39", 0),
        (20230321, "2023-03-20T23:00:00", 86400),
        ("20230321120310", "2023-03-21T11:03:10", 0),
        ("Mon, 17 May 2021 19:24:11 GMT", "2021-05-17T19:24:11", 0),
        ("17 May 2021 19:24 +0200", "2021-05-17T17:24:00", 60),
        ("Mon, 17 May 2021 19:24:11 EDT", "2021-05-17T23:24:11", 0),
    ],
)
def test_machine_times(value: str | float, earliest: str, width_s: int) -> None:
    """ISO, RFC 5322 and epochs by magnitude; a value without an offset is in the source's zone."""
    found = read_machine(value, BERLIN)
    assert found is not None
    assert found.kind == "machine"
    assert found.earliest == at(earliest)
    width = timedelta(seconds=width_s)
    assert found.latest - found.earliest == (width - timedelta(microseconds=1) if width else width)


@pytest.mark.parametrize(
    "value",
    ["0001-01-01T00:00:00", "9999-12-31", 0, -5, float("nan"), float("inf"), 10**400, "9" * 30, True, "soon", ""],
)
def test_absurd_machine_times_are_none(value: str | float) -> None:
    """Zero dates, infinities and other non-times are no time."""
    assert read_machine(value, BERLIN) is None


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("36 min ago", "relative"),
        ("20:18", "clock"),
        ("Updated at 12.36 BST", "clock"),
        ("THU. 29.09. 19:00", "absolute"),
        ("29.09.2016", None),
        ("It began at 20:18 today", None),
        ("36 min ago the bridge fell", None),
        ("61.", None),
    ],
)
def test_lines_that_are_times_and_nothing_else(line: str, kind: str | None) -> None:
    """Only a line without any other word starts a post in a capture."""
    assert line_kind(line) == kind


def test_unknown_zones_are_utc() -> None:
    """A source without a zone, or with a name nobody knows, counts in UTC."""
    assert zone_of(None) is UTC
    assert zone_of("Mars/Base") is UTC
    assert zone_of("../../etc/passwd") is UTC


def test_language_tables_are_complete() -> None:
    """Each language has twelve months, seven weekdays, and a word for every unit."""
    for language in LANGUAGES:
        assert len(language.months) == 12, language.code
        assert len(language.weekdays) == 7, language.code
        assert set(language.units) == {"s", "min", "h", "d", "w", "mo", "y"}, language.code
        assert language.before or language.after, language.code


@given(st.text(max_size=160))
@example("1 h" * 60)
@example("vor " + "a m " * 40)
@example("١٢:٣٠")
def test_no_text_makes_reading_fail(text: str) -> None:
    """Whatever a page writes, the answer is a span in order or None."""
    for found in (read(text, NOW, BERLIN), read_machine(text, BERLIN)):
        assert found is None or found.earliest <= found.latest
    line_kind(text)


@given(st.datetimes(datetime(1995, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_notation_does_not_move_an_instant(moment: datetime) -> None:
    """One instant written with another offset, as an epoch, or as mail writes it is one span."""
    whole = moment.replace(microsecond=0)
    shifted = whole.astimezone(ZoneInfo("Asia/Kolkata"))
    spans = [
        read_machine(whole.isoformat(), BERLIN),
        read_machine(shifted.isoformat(), BERLIN),
        read_machine(int(whole.timestamp()) * 1000, BERLIN) if whole.year > 2001 else None,
        read_machine(whole.strftime("%a, %d %b %Y %H:%M:%S +0000"), BERLIN),
    ]
    assert {(s.earliest, s.latest) for s in spans if s is not None} == {(whole, whole)}
