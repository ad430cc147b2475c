"""Laws of reading times: ages hold their moment, ticking labels meet, reading is pure and never inverted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.times import line_kind, read
from monitor.core.times.parts import parts_of
from monitor.core.times.words import LANGUAGES, NAMED, ZONES
from monitor.model import Span

UNIT_S: Final = {"s": 1, "min": 60, "h": 3600, "d": 86400, "w": 604800, "mo": 2592000, "y": 31536000}
WHERE: Final = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Tokyo", "Europe/Paris")
anchors = st.datetimes(datetime(2000, 1, 1), datetime(2089, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
places = st.sampled_from(WHERE).map(ZoneInfo)


@st.composite
def ages(draw: st.DrawFn) -> tuple[str, int, str]:
    """An age in the words of a language, with its number and unit."""
    language = draw(st.sampled_from(LANGUAGES))
    unit = draw(st.sampled_from(sorted(UNIT_S)))
    word = draw(st.sampled_from(language.units[unit].split())).replace("_", " ")
    count = draw(st.integers(0, 59))
    lead = next((phrase for phrase in language.before), "")
    tail = next((phrase for phrase in language.after), "") if not lead else ""
    return " ".join(part for part in (lead, str(count), word, tail) if part), count, unit


def _label(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    return f"{minutes // 60} hr {minutes % 60} min ago" if minutes % 60 else f"{minutes // 60} hr ago"


def _meet(one: Span | None, other: Span | None) -> bool:
    assert one is not None
    assert other is not None
    return one.earliest <= other.latest and other.earliest <= one.latest


@given(ages(), anchors, places)
def test_an_age_holds_its_moment(age: tuple[str, int, str], anchor: datetime, zone: ZoneInfo) -> None:
    """ "n units ago" read at an anchor always contains the anchor less n units, or is not read at all."""
    text, count, unit = age
    found = read(text, anchor, zone)
    if found is not None:
        assert found.earliest <= anchor - timedelta(seconds=count * UNIT_S[unit]) <= found.latest


@given(anchors, st.integers(0, 47 * 3600), st.integers(0, 3600))
def test_a_ticking_label_meets_itself(anchor: datetime, age_s: int, later_s: int) -> None:
    """However much later a copy is made, its label and the one before can be the same moment."""
    age, later = timedelta(seconds=age_s), timedelta(seconds=later_s)
    assert _meet(read(_label(age), anchor, UTC), read(_label(age + later), anchor + later, UTC))


@given(ages(), anchors)
def test_a_minute_later_meets(age: tuple[str, int, str], anchor: datetime) -> None:
    """The same label, read of a copy made a minute later, meets the first reading (seconds apart)."""
    text, _, unit = age
    first = read(text, anchor, UTC)
    if first is not None and unit != "s":
        assert _meet(first, read(text, anchor + timedelta(minutes=1), UTC))


@given(anchors, places, st.sampled_from(["%d.%m.%Y", "%Y-%m-%d", "%d %B %Y", "%Y年%m月%d日"]))
def test_a_gain_of_precision_meets(anchor: datetime, zone: ZoneInfo, date: str) -> None:
    """The same moment shown to the day, the minute and the second has readings that meet."""
    local = anchor.astimezone(zone)
    spans = [read(local.strftime(form), anchor, zone) for form in (date, f"{date} %H:%M", f"{date} %H:%M:%S")]
    for one in spans:
        for other in spans:
            assert _meet(one, other)


TOKENS: Final = [
    *{word.replace("_", " ") for language in LANGUAGES for row in (language.units.values(), language.months)
      for cell in row for word in cell.split()},
    *(phrase for language in LANGUAGES for phrase in (*language.before, *language.after, *language.now)),
    *ZONES, *(name.replace("_", " ") for name in NAMED), *(str(number) for number in range(0, 99, 7)),
    *"0123456789.:,-/()' ", "年", "月", "日", "時", "am", "pm", "kl", "Uhr", "2023", "١٢", "+02:00", "GMT+3", "x",
]  # fmt: skip


@given(st.lists(st.sampled_from(sorted(TOKENS)), max_size=9), st.sampled_from(["", " "]), anchors, places)
def test_any_mixture_of_words_for_time_is_read_purely(
    words: list[str], between: str, anchor: datetime, zone: ZoneInfo
) -> None:
    """Whatever words for time stand together: no failure, the same answer twice, no inverted interval."""
    text = between.join(words)
    found = read(text, anchor, zone)
    parts_of.cache_clear()
    assert read(text, anchor, zone) == found
    assert found is None or found.earliest <= found.latest
    assert line_kind(text) in (None, "relative", "clock", "absolute")


def test_a_word_with_combining_marks_is_one_word() -> None:
    """A word no table knows, whose letters carry marks, shifts nothing that stands behind it."""
    anchor = datetime(2026, 3, 21, 12, tzinfo=UTC)

    found = read("अक्टू a few minutes ago", anchor, UTC)

    assert found is None or found.latest <= anchor


@given(st.text(max_size=160), anchors, places)
def test_any_text_is_read_purely(text: str, anchor: datetime, zone: ZoneInfo) -> None:
    """Whatever a page writes, the answer is an interval in order or None, and a line of time is also read."""
    found = read(text, anchor, zone)
    assert read(text, anchor, zone) == found
    assert found is None or found.earliest <= found.latest
