"""What is no time, what may be two, and who decides."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from monitor.core.times import line_kind, read, rounded


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("14h", "Europe/Paris"),  # two in the afternoon, or fourteen hours ago
        ("14h30min", "America/Sao_Paulo"),
        ("hace 5 m", "Europe/Madrid"),  # minutes, or CLDR's months
        ("3/4/2023", "UTC"),
        ("3/4/2023", "America/Toronto"),
        ("1.5 hours ago", "UTC"),
        ("1 hour 2 hours ago", "UTC"),
        ("more than 2 hours ago", "UTC"),
        ("14:30 - 15:30", "UTC"),
    ],
)
def test_what_may_be_two_times_is_none(text: str, zone: str) -> None:
    """An ambiguous text is not guessed at."""
    assert read(text, datetime(2023, 9, 21, 20, 0, tzinfo=UTC), ZoneInfo(zone)) is None


def test_the_readers_of_a_zone_decide_between_orders_and_clocks() -> None:
    """3/4 is March in New York, April in London; 14h an age in London; "5:40" in New York may be either half."""
    anchor = datetime(2023, 9, 21, 20, 0, tzinfo=UTC)

    def earliest(text: str, zone: str) -> datetime:
        found = read(text, anchor, ZoneInfo(zone))
        assert found is not None
        return found.earliest

    assert earliest("3/4/2023 3 pm", "America/New_York") == datetime(2023, 3, 4, 20, 0, tzinfo=UTC)
    assert earliest("3/4/2023 3 pm", "Europe/London") == datetime(2023, 4, 3, 14, 0, tzinfo=UTC)
    assert earliest("3/4/2023 3 pm ET", "UTC") == datetime(2023, 3, 4, 20, 0, tzinfo=UTC)
    assert earliest("Mon 3/4/2023 15:00", "UTC") == datetime(2023, 4, 3, 15, 0, tzinfo=UTC)
    assert earliest("21/9/2023 15:00", "UTC") == datetime(2023, 9, 21, 15, 0, tzinfo=UTC)
    assert earliest("14h", "Europe/London") == anchor - timedelta(hours=15)
    assert earliest("23/03/21", "Asia/Tokyo") == datetime(2023, 3, 20, 15, 0, tzinfo=UTC)
    assert earliest("So 14:30", "Europe/Berlin") == datetime(2023, 9, 17, 12, 30, tzinfo=UTC)
    assert earliest("so 14:30", "Europe/Prague") == datetime(2023, 9, 16, 12, 30, tzinfo=UTC)


def test_a_clock_of_twelve_hours_spans_both_halves() -> None:
    """Without am or pm "5:40" in New York is from the earlier of the two latest such minutes to the later one."""
    zone = ZoneInfo("America/New_York")
    for hour, first, last in ((10, 17 - 24, 5), (18, 5, 17), (4, 5 - 24, 17 - 24)):
        anchor = datetime(2023, 9, 21, hour, 0, tzinfo=zone)
        day = datetime(2023, 9, 21, 0, 40, tzinfo=zone)
        found = read("5:40", anchor, zone)
        assert found is not None
        assert found.earliest == day + timedelta(hours=first)
        assert found.latest == day + timedelta(hours=last, seconds=60, microseconds=-1)
    whole = read("05:40", datetime(2023, 9, 21, 18, 0, tzinfo=zone), zone)
    assert whole is not None
    assert whole.latest - whole.earliest < timedelta(minutes=1)


def test_a_site_that_rounds_is_read_half_a_unit_wider() -> None:
    """Where a site rounds, "5 minutes ago" begins at four and a half."""
    anchor = datetime(2023, 9, 21, 20, 0, tzinfo=UTC)
    plain = read("5 minutes ago", anchor, UTC)
    assert plain is not None
    wide = rounded(plain)
    assert (wide.earliest, wide.latest) == (plain.earliest, plain.latest + timedelta(seconds=30))
    about = read("about 2 hours ago", anchor, UTC)
    assert about is not None
    assert about.latest == anchor - timedelta(hours=1, minutes=30)
    less = read("vor weniger als einer Minute", anchor, UTC)
    assert less is not None
    assert (less.earliest, less.latest) == (anchor - timedelta(minutes=1), anchor)


def test_a_byline_may_stand_beside_a_time() -> None:
    """Where a source says that an element holds the time, a few words beside an unmistakable one do no harm."""
    anchor = datetime(2023, 3, 21, 20, 0, tzinfo=UTC)
    for text in (
        "By Jane Doe, 21 March 2023 15:05",
        "Posted by Jane at 15:05",
        "15:05 | Jane Doe",
        "21.03.2023 15:05 dpa",
    ):
        found = read(text, anchor, UTC)
        assert found is not None, text
        assert found.earliest == datetime(2023, 3, 21, 15, 5, tzinfo=UTC)
        assert line_kind(text) is None
    assert read("Jane Doe · 5 min ago", anchor, UTC) is not None


HEADLINES: Final = """
2:1; 2:1 (1:0); 3-2; 24/7; Open 24/7; Route 66; Route 66 closed after crash; Python 3.12 released
iOS 17.4.1 is out; v2.10; €12.50; $3.99; 12.50 €; 5G; G20; Bayern 2:1 Dortmund; FC Bayern schlägt Dortmund 3:0
Le PSG bat Lyon 4-2; Real Madrid gana 2-1 al Barça; 1.5 million people affected; 12,5 % Inflation; 3.5%
Covid-19; 7 Tage; 10 Jahre Haft; 5 killed in crash; Two hours that changed the world
24 Stunden im Ausnahmezustand; Vor 30 Jahren fiel die Mauer; 30 years ago the wall fell
Hace 20 años cayó el muro; Hoje é dia de eleição; Heute in Berlin; Today's headlines; Mayo
March of the penguins; May wins vote; Mr. March; An hour with the PM; Now or never; Ora legale: cosa cambia
Sat nav; Sun 3; Mon amour; Mar del Plata; 1. FC Köln; 1. Halbzeit; 45.+2; 61.; 61'; 90+3'; Halbzeit 2; 9/11; 1/4
9/11 memorial; 50/50; Boeing 737; Airbus A320; Apollo 11; World Cup 2022; EM 2024; 2024; 1,234; 0:0; F-16; MH17
5 km; 400 m; 4x100 m; 20 % off; 5-я колонна; Новости за 24 часа; 10 лет назад началась война; 24 godziny
3 dni w Krakowie; 5 gün sonra; 5 dakika; Son dakika haberleri; 24 saat; اليوم السابع; 5 أيام في غزة; 24 שעות
היום בערב; आज तक; आज की बड़ी खबरें; 今日のニュース; 24時間テレビ; 3月のライオン; 5分でわかる; 今天新闻
24小时新闻; 一周要闻; 오늘의 뉴스; 24시간 뉴스; Hari ini di Jakarta; 24 jam; in 5 Minuten; in 5 minutes
dans 5 minutes; через 5 минут; 5 min read; Lesezeit: 5 Min.; 3 min de lecture; Artikel 50; § 5; 14:30-15:30
10 a 5; 2 + 2; 36 min ago the bridge fell; Windows 3.11; Les 24 Heures du Mans; 24 timer; 1 time; 24 tuntia
1000 Tage Krieg; 5 Minuten Ruhm; 14 juillet 1789; 7/7; 20/20; John 3:16; 20 Uhr Tagesschau; 12:36 Tor für Bayern
1.5 hours ago; more than 2 hours ago
"""


@pytest.mark.parametrize("line", [cell.strip() for cell in re.split(r"[;\n]", HEADLINES) if cell.strip()])
def test_headlines_are_no_times(line: str) -> None:
    """Scores, prices, versions, roads and amounts are no times, alone or in a headline."""
    assert line_kind(line) is None
    assert read(line, datetime(2023, 3, 21, 20, 0, tzinfo=UTC), ZoneInfo("Europe/London")) is None
