"""The form of a new source: what is typed becomes a source, or comes back with what is wrong beside each field."""

from typing import Any

import pytest

from monitor.config.draft import draft
from monitor.model import ExtractRules, Source
from monitor.web.source_form import FIELDS, Typed, blank, drafted, suggested, typed

GOOD = {"url": "https://www.news.example/uk/live/budget-2026.html", "name": "budget"}


def faults(**fields: str) -> dict[str, str]:
    """What is wrong with a form."""
    came = drafted(typed(GOOD | fields), draft)
    return dict(came.faults) if isinstance(came, Typed) else {}


def test_a_whole_form_becomes_a_source() -> None:
    """Every field finds its place, bare numbers are seconds, rules may be pasted with their heading."""
    rules = '[source.extract]\nformat = "css"\nposts = "article"\n'
    came = drafted(
        typed(GOOD | {"tags": " uk, politics ,", "timezone": "Europe/London", "poll_min": "20", "poll_max": "1h",
                      "baseline": "alert", "rules": rules}),
        draft,
    )  # fmt: skip
    assert came == Source(
        name="budget", url=GOOD["url"], tags=("uk", "politics"), timezone="Europe/London", poll_min_s=20.0,
        poll_max_s=3600.0, baseline="alert", extract=ExtractRules(format="css", posts="article"),
    )  # fmt: skip
    assert drafted(typed(GOOD | {"rules": 'format = "text"'}), draft) == Source(
        name="budget", url=GOOD["url"], extract=ExtractRules(format="text")
    )


def test_whatever_is_wrong_is_told_at_once_beside_its_field() -> None:
    """In the order of the form; what was typed is kept."""
    wrong = {"url": "ftp://x", "name": "a b", "timezone": "Europe/Lodnon", "poll_min": "soon", "rules": "format = nope"}
    came = drafted(typed(wrong), draft)
    assert isinstance(came, Typed)
    assert list(came.faults) == ["url", "name", "timezone", "poll_min", "rules"]
    assert {name: came.values[name] for name in wrong} == wrong
    assert 'did you mean "Europe/London"?' in came.faults["timezone"]


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"url": ""}, "url", "missing"),
        ({"url": "https://user:pw@news.example/"}, "url", "no URL"),
        ({"name": "new"}, "name", "choose another"),
        ({"poll_min": "20m"}, "poll_min", ""),
        ({"rules": 'format = "css"'}, "rules", "posts: missing"),
        ({"rules": 'format = "css"\nposts = "a["'}, "rules", "no CSS selector"),
        ({"rules": 'format = "css"\nposts = "p"\nbogus = 1'}, "rules", "bogus: unknown key"),
        ({"rules": "a = " + "[" * 3_000}, "rules", "no TOML"),
        ({"rules": "source = 3"}, "rules", "no table"),
    ],
)
def test_each_fault_stands_where_it_was_made(fields: dict[str, str], field: str, said: str) -> None:
    """By the very checks of the configuration file."""
    found = faults(**fields)
    assert list(found) == [field]
    assert said in found[field]


def test_nothing_a_poll_sends_along_can_be_drafted() -> None:
    """Headers, cookies, a proxy: a page must not make this machine read its environment or its files."""
    came = draft(GOOD | {"auth_env": "HOME", "headers": {"a": "b"}})
    assert not isinstance(came, Source)
    assert set(came) == {"auth_env", "headers"}


@pytest.mark.parametrize("form", [{}, {"url": 3}, {"url": b"x", "rules": object()}, {"url": "x" * 100_000}])
def test_any_form_is_read(form: dict[str, Any]) -> None:
    """Fields that are missing, files in their place, texts without end: a form comes back."""
    assert isinstance(drafted(typed(form), draft), Typed)
    assert set(blank().values) == set(FIELDS)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (GOOD["url"], "news-budget-2026"),
        ("https://news.example/", "news"),
        ("https://live.example/a/b/", "live-b"),
        ("https://[::1", ""),
        ("", ""),
        ("https://news.example/" + "x" * 100, "news-" + "x" * 59),
    ],
)
def test_a_name_is_made_from_the_address(url: str, name: str) -> None:
    """The host's name and the last word of the path, as a name may be written."""
    assert suggested(url) == name
