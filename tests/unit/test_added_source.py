"""A source that is added while everything runs is checked like one of the file."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.config import added_source, load
from monitor.config.added import ACCESS
from monitor.config.table import SOURCE
from monitor.errors import ConfigError
from monitor.model import ExtractRules, Source
from monitor.web.app import PAGES

URL = "https://news.example/live/budget-day"


def test_an_added_source_is_what_the_file_would_make_of_it() -> None:
    """The same keys give the same source."""
    fields: dict[str, Any] = {
        "name": "budget-day",
        "url": URL,
        "timezone": "Europe/London",
        "tags": ["politics"],
        "poll": {"min": "20s", "max": "5m"},
        "baseline": "alert",
        "extract": {"format": "css", "posts": "article", "id": "@id"},
    }
    text = (
        f'[[source]]\nname = "budget-day"\nurl = "{URL}"\ntimezone = "Europe/London"\ntags = ["politics"]\n'
        'poll = { min = "20s", max = "5m" }\nbaseline = "alert"\n'
        'extract = { format = "css", posts = "article", id = "@id" }\n'
    )

    (configured,) = load(text, origin="f", environ={"HOME": "/h"}, read_file=lambda _: "").sources

    assert added_source(fields, origin="added") == configured
    assert configured.extract == ExtractRules(format="css", posts="article", id="@id")


def test_without_a_name_it_is_named_after_its_page() -> None:
    """A URL alone is enough, and the defaults are the file's."""
    assert added_source({"url": URL}, origin="added") == Source(name="news.example-live-budget-day", url=URL)


def test_a_source_cannot_be_called_as_a_page_of_ours() -> None:
    """Every page that stands where a source's would bars its name; a page named so by its host gets another one."""
    words = {route.path.split("/")[2] for route in PAGES if route.path.startswith("/sources/")}
    own = {word for word in words if not word.startswith("{")}
    for name in own:
        with pytest.raises(ConfigError) as caught:
            added_source({"url": URL, "name": name}, origin="added")
        cure = f"is taken: /sources/{name} is a page of Stetwatch's own; choose another name"
        assert caught.value.faults == (f'added: name: "{name}" {cure}',)
        assert added_source({"url": f"http://{name}/"}, origin="added").name.startswith(f"{name}-")

    assert own >= {"new", "preview"}


@pytest.mark.parametrize("key", [spelling for key in SOURCE.keys if key.name in ACCESS for spelling in key.spellings()])
def test_an_added_source_carries_no_secret(key: str) -> None:
    """What is sent along is refused whatever it holds, and is never shown."""
    with pytest.raises(ConfigError) as caught:
        added_source({"url": URL, key: "hush"}, origin="added")

    (fault,) = caught.value.faults
    assert fault.startswith(f"added: {key}: stays in the configuration file")
    assert "hush" not in fault


def test_every_fault_is_told_at_once() -> None:
    """As in the file: key, what is wrong, cure."""
    with pytest.raises(ConfigError) as caught:
        added_source(
            {"url": "gopher://x", "poll": {"min": "1s", "max": "no"}, "pol": 1, "render": True}, origin="added"
        )

    keys = {fault.split(": ")[1] for fault in caught.value.faults}
    assert keys == {"url", "poll.max", "pol", "render"}
